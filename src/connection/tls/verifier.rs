//! Judges the server's certificate, and records what it saw and what it made of it, whatever happens afterwards.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::certificate::{self, CHAIN};
use super::materials::Roots;
use super::words::{self, Trouble};
use crate::connection::request::Trust;
use crate::connection::{Certificate, Verdict};

/// What the server showed, and the verdict.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Its certificates, its own first.
    pub chain: Vec<Certificate>,
    /// Its own as it came.
    pub end_entity: Option<Vec<u8>>,
    /// `None` before a certificate came.
    pub verdict: Option<Verdict>,
}

/// The roots of the system, or why there are none.
type System = Result<Arc<dyn ServerCertVerifier>, String>;

/// A verifier of one handshake.
pub struct Recording {
    trust: Trust,
    roots: Vec<Roots>,
    /// Read when they are asked; to read them takes longer than a handshake.
    system: OnceLock<System>,
    provider: Arc<CryptoProvider>,
    seen: Mutex<Seen>,
}

impl Recording {
    /// Loads the system's roots if they are the only ones; then it blocks. `roots`: those of `trust`.
    pub fn new(trust: Trust, roots: Vec<Roots>) -> Self {
        let system = match trust {
            Trust::Pin(_) => OnceLock::from(Err("they were not asked for".to_owned())),
            Trust::Roots(_) | Trust::Anybody if roots.is_empty() => OnceLock::from(system_roots()),
            Trust::Roots(_) | Trust::Anybody => OnceLock::new(),
        };
        Self { trust, roots, system, provider: super::provider(), seen: Mutex::default() }
    }

    /// Whether [`Self::new`] has nothing to load.
    pub fn is_at_hand(trust: &Trust, roots: &[Roots]) -> bool {
        matches!(trust, Trust::Pin(_)) || !roots.is_empty()
    }

    /// For a look at what the server says only.
    pub fn of_nobody() -> Self {
        Self::with_system(Trust::Anybody, Vec::new(), Err("they were not asked for".to_owned()))
    }

    fn with_system(trust: Trust, roots: Vec<Roots>, system: System) -> Self {
        let system = OnceLock::from(system);
        Self { trust, roots, system, provider: super::provider(), seen: Mutex::default() }
    }

    /// What was seen so far.
    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn judge(&self, shown: &Shown<'_>, chain: &[Certificate]) -> (Verdict, Result<(), Error>) {
        let refused = |trouble: Trouble, error: Error| {
            let Trouble { why, advice, can_be_trusted } = trouble;
            (Verdict::Refused { why, advice: advice.to_owned(), can_be_trusted }, Err(error))
        };
        match &self.trust {
            Trust::Pin(pin) if is_pinned(shown.end_entity, pin) => (Verdict::Pinned, Ok(())),
            Trust::Pin(_) => {
                let theirs = chain.first().map(Certificate::fingerprint).unwrap_or_default();
                let error = CertificateError::ApplicationVerificationFailure.into();
                refused(words::other_than_pinned(&theirs), error)
            }
            Trust::Roots(_) => match self.by_roots(shown, chain) {
                Ok(roots) => (Verdict::Trusted(roots), Ok(())),
                Err((trouble, error)) => refused(trouble, error),
            },
            Trust::Anybody => {
                let would_be = self.by_roots(shown, chain).err().map(|(trouble, _)| trouble.why);
                (Verdict::Unchecked(would_be), Ok(()))
            }
        }
    }

    /// Whose roots vouch for it. Of several refusals the one that is nearest to trust is told: that a name or a date is
    /// wrong says more than that an issuer is unknown.
    fn by_roots(&self, shown: &Shown<'_>, chain: &[Certificate]) -> Result<String, (Trouble, Error)> {
        let mut nearest = None;
        let mut refused = |error| {
            if nearest.is_none() || !is_of_issuer(&error) {
                nearest = Some(error);
            }
        };
        for roots in &self.roots {
            match shown.by_own(roots, chain) {
                Ok(()) => return Ok(roots.name.clone()),
                Err(error) => refused(error),
            }
        }
        let system = self.system.get_or_init(system_roots);
        match system.as_ref().map(|system| shown.verify(&**system)) {
            Ok(Ok(())) => return Ok("the system's roots".to_owned()),
            Ok(Err(error)) => refused(error),
            Err(_) => {}
        }
        let name = shown.name.to_str();
        Err(match (nearest, system) {
            (None, Err(why)) => (words::no_roots(why), CertificateError::UnknownIssuer.into()),
            (None, Ok(_)) => (words::no_roots("none was asked"), CertificateError::UnknownIssuer.into()),
            (Some(Error::InvalidCertificate(error)), _) => {
                (words::of_certificate(&error, &name, chain), Error::InvalidCertificate(error))
            }
            (Some(error), _) => (words::of_error(&error, false), error),
        })
    }
}

/// What a server showed to one handshake.
struct Shown<'a> {
    end_entity: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    ocsp: &'a [u8],
    now: UnixTime,
}

impl Shown<'_> {
    fn verify(&self, verifier: &dyn ServerCertVerifier) -> Result<(), Error> {
        let judged = verifier.verify_server_cert(self.end_entity, self.intermediates, self.name, self.ocsp, self.now);
        judged.map(|_| ())
    }

    /// By roots of one's own. The server may show one of them itself, made by `openssl req -x509`: that it is marked as
    /// an authority is then no reason to refuse it, and nobody else has to vouch for it.
    fn by_own(&self, roots: &Roots, chain: &[Certificate]) -> Result<(), Error> {
        match chain.first() {
            Some(first) if roots.certificates.contains(self.end_entity) => self.fits(first),
            _ => self.verify(&*roots.verifier),
        }
    }

    /// Whether name and date are right.
    fn fits(&self, certificate: &Certificate) -> Result<(), Error> {
        verify_server_name(&ParsedCertificate::try_from(self.end_entity)?, self.name)?;
        let now = i64::try_from(self.now.as_secs()).unwrap_or(i64::MAX);
        if now < certificate.not_before.as_second() {
            return Err(CertificateError::NotValidYet.into());
        }
        if now > certificate.not_after.as_second() { Err(CertificateError::Expired.into()) } else { Ok(()) }
    }
}

fn system_roots() -> System {
    match rustls_platform_verifier::Verifier::new(super::provider()) {
        Ok(verifier) => Ok(Arc::new(verifier)),
        Err(error) => Err(error.to_string()),
    }
}

fn is_pinned(der: &[u8], pin: &[u8; 32]) -> bool {
    Sha256::digest(der).as_slice().ct_eq(pin).into()
}

fn is_of_issuer(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_)))
}

impl ServerCertVerifier for Recording {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        let chain: Vec<_> = all.take(CHAIN).map(|der| certificate::parse(der)).collect();
        let shown = Shown { end_entity, intermediates, name, ocsp, now };
        let (verdict, result) = self.judge(&shown, &chain);
        let seen = Seen { chain, end_entity: Some(end_entity.to_vec()), verdict: Some(verdict) };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        result.map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("trust", &self.trust).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::request::{Authority, Tls};
    use crate::connection::tls::Materials;
    use crate::connection::tls::samples::{Issuer, Sample, leaf};

    fn roots(issuer: &Issuer) -> Vec<Roots> {
        let authority = Authority::Pem { pem: issuer.pem(), name: "the sandbox".into() };
        let tls = Tls { trust: Trust::Roots(vec![authority]), ..Tls::default() };
        Materials::read(&tls, "h:1").expect("good roots").roots
    }

    fn verdict(trust: Trust, roots: Vec<Roots>, sample: &Sample) -> Verdict {
        let verifier = Recording::with_system(trust, roots, Err("no certificates".to_owned()));
        let name = ServerName::try_from("mail.example").expect("a name");
        let der = CertificateDer::from(sample.der.clone());
        let result = verifier.verify_server_cert(&der, &[], &name, &[], UnixTime::now());
        let seen = verifier.seen();
        assert_eq!(seen.chain.len(), 1);
        let verdict = seen.verdict.expect("a verdict is recorded whatever it is");
        assert_eq!(result.is_err(), matches!(verdict, Verdict::Refused { .. }));
        verdict
    }

    fn why(verdict: Verdict) -> String {
        match verdict {
            Verdict::Refused { why, .. } => why,
            verdict => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn roots_of_ones_own_do_without_the_systems() {
        let issuer = Issuer::new("Example CA");
        let trust = || Trust::Roots(Vec::new());
        let good = leaf("mail.example").signed(&issuer);
        assert_eq!(verdict(trust(), roots(&issuer), &good), Verdict::Trusted("the sandbox".into()));
        assert!(why(verdict(trust(), Vec::new(), &good)).contains("no trusted roots: no certificates"));
        for (sample, words) in [
            (leaf("other.example").signed(&issuer), "is for other.example, not for mail.example"),
            (leaf("mail.example").valid(2001, 2002).signed(&issuer), "expired on 2002-01-01"),
            (leaf("mail.example").valid(3001, 3002).signed(&issuer), "not valid before 3001-01-01"),
            (leaf("mail.example").self_signed(), "self-signed"),
            (leaf("mail.example").signed(&Issuer::new("Somebody Else")), "leads to Somebody Else"),
        ] {
            let why = why(verdict(trust(), roots(&issuer), &sample));
            assert!(why.contains(words), "{why}");
        }
    }

    #[test]
    fn an_authority_of_ones_own_may_be_the_server_itself_when_name_and_date_fit() {
        let of = |shown: &Sample, given: &Sample| {
            let authority = Authority::Pem { pem: given.pem.clone(), name: "mine.pem".into() };
            let tls = Tls { trust: Trust::Roots(vec![authority]), ..Tls::default() };
            let roots = Materials::read(&tls, "h:1").expect("a good root").roots;
            verdict(Trust::Roots(Vec::new()), roots, shown)
        };
        let mine = leaf("mail.example").authority().self_signed();
        assert_eq!(of(&mine, &mine), Verdict::Trusted("mine.pem".into()));
        let twin = leaf("mail.example").authority().self_signed();
        assert!(why(of(&twin, &mine)).contains("self-signed"), "of the same name, but another one");
        for (sample, words) in [
            (leaf("other.example").authority().self_signed(), "is for other.example, not for mail.example"),
            (leaf("mail.example").authority().valid(2001, 2002).self_signed(), "expired on 2002-01-01"),
            (leaf("mail.example").authority().valid(3001, 3002).self_signed(), "not valid before 3001-01-01"),
        ] {
            let why = why(of(&sample, &sample));
            assert!(why.contains(words), "{why}");
        }
    }

    #[test]
    fn a_wrong_name_says_more_than_a_root_that_does_not_know_the_issuer() {
        let (issuer, stranger) = (Issuer::new("Example CA"), Issuer::new("Stranger"));
        let wrong = leaf("other.example").signed(&issuer);
        let both = [roots(&issuer), roots(&stranger)].concat();
        assert!(why(verdict(Trust::Roots(Vec::new()), both, &wrong)).contains("not for mail.example"));
    }

    #[test]
    fn a_pin_fits_one_certificate_only_and_no_key_mends_another() {
        let sample = leaf("other.example").valid(2001, 2002).self_signed();
        let mut pin: [u8; 32] = Sha256::digest(&sample.der).into();
        assert_eq!(verdict(Trust::Pin(pin), Vec::new(), &sample), Verdict::Pinned);
        pin[31] ^= 1;
        let refused = verdict(Trust::Pin(pin), Vec::new(), &sample);
        assert!(matches!(&refused, Verdict::Refused { can_be_trusted: false, .. }), "{refused:?}");
        assert!(why(refused).contains("not the pinned one"));
    }

    #[test]
    fn trusting_anybody_still_says_what_would_be_wrong() {
        let issuer = Issuer::new("Example CA");
        let good = leaf("mail.example").signed(&issuer);
        assert_eq!(verdict(Trust::Anybody, roots(&issuer), &good), Verdict::Unchecked(None));
        let Verdict::Unchecked(Some(why)) = verdict(Trust::Anybody, Vec::new(), &good) else {
            panic!("it would have been refused")
        };
        assert!(why.contains("no trusted roots"), "{why}");
    }
}
