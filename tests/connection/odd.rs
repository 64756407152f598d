//! Certificates made to harm who looks at them, names that fit in other ways than word by word, and chains with a hole.

use rcgen::{CertificateParams, CustomExtension, DnType, DnValue, SanType};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};
use telepost::connection::{Authority, Failure, FailureKind, LinkEvent, Protocol, Remedy, Report, Trust, Verdict};
use telepost::smtp::Notice;
use telepost::wire::{Side, TlsMode, Wait};

use crate::peer::Peer;
use crate::samples::{Issuer, Sample, leaf};
use crate::talk::Talk;
use crate::tls::{NAME, Server, provider, up_to_tls};

/// Shows `sample` to a client: what became of it, and all that was reported until then.
async fn shown(sample: &Sample, trust: Trust, name: &str) -> (Option<Failure>, Talk) {
    let peer = Peer::new().await;
    let mut to = Server::new().target(Protocol::Smtp, TlsMode::Implicit, &peer);
    (to.tls.trust, to.tls.name) = (trust, Some(name.to_owned()));
    let mut talk = Talk::connect(to).await;
    let caller = peer.call().await.secure(&wall(sample, &[&TLS12, &TLS13])).await;
    let Ok(mut caller) = caller else { return (talk.closed(Side::Smtp).await, talk) };
    caller.say("220 sandbox.test\r\n").await;
    let ended = talk.until(is_end).await;
    let failure = match ended {
        Report::Link { event: LinkEvent::Closed(failure), .. } => failure,
        _ => None,
    };
    (failure, talk)
}

/// Shows `sample` without a look at it, as a server does that is out to do harm.
fn wall(sample: &Sample, versions: &[&'static SupportedProtocolVersion]) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::from_pem_slice(sample.key_pem.as_bytes()).unwrap();
    let key = provider().key_provider.load_private_key(key).unwrap();
    let certified = CertifiedKey::new(vec![sample.der.clone().into()], key);
    let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions).unwrap();
    Arc::new(builder.with_no_client_auth().with_cert_resolver(Arc::new(SingleCertAndKey::from(certified))))
}

fn is_end(report: &Report) -> bool {
    matches!(
        report,
        Report::Smtp { notice: Notice::Greeting(_), .. } | Report::Link { event: LinkEvent::Closed(_), .. }
    )
}

/// Fails if `text` holds anything that a terminal acts upon, or more than anybody reads.
#[track_caller]
fn assert_harmless(text: &str) {
    let bad = |sign: char| sign.is_control() || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!text.contains(bad), "{}", text.escape_debug());
    assert!(text.len() < 4_000, "{} octets: {text}", text.len());
}

fn subject(params: &mut CertificateParams, kind: DnType, text: &str) {
    params.distinguished_name.push(kind, DnValue::Utf8String(text.to_owned()));
}

fn alternative(params: &mut CertificateParams, name: &str) {
    params.subject_alt_names.push(SanType::DnsName(name.try_into().expect("ASCII")));
}

/// Certificates with something odd in each.
fn odd() -> Vec<(&'static str, Sample)> {
    let hot = "a\u{1b}]0;pwn\u{7}\r\nFORGED\u{202e}\u{2066}\0 b";
    let hot_name = "a\x1b[2J\r\nx\0.example";
    let mut not_utf_8 =
        leaf("other.example").with(|it| subject(it, DnType::OrganizationName, "MARKEDMARK")).self_signed();
    let at = not_utf_8.der.windows(10).position(|window| window == b"MARKEDMARK").unwrap();
    not_utf_8.der[at..at + 10].copy_from_slice(b"\xff\xfe\x9b\xc0\x9b\x1b[2J\xff");
    vec![
        (
            "controls",
            leaf("other.example")
                .with(|it| {
                    for kind in [DnType::CommonName, DnType::OrganizationName, DnType::CustomDnType(vec![2, 5, 4, 12])]
                    {
                        subject(it, kind, hot);
                    }
                    alternative(it, hot_name);
                })
                .self_signed(),
        ),
        ("controls in the issuer", leaf("other.example").signed(&Issuer::new(hot))),
        (
            "10,000 characters",
            leaf("other.example")
                .with(|it| {
                    subject(it, DnType::CommonName, &"\u{fc}x".repeat(5_000));
                    alternative(it, &"y".repeat(10_000));
                })
                .self_signed(),
        ),
        (
            "1,000 names",
            leaf("other.example")
                .with(|it| (0..1_000).for_each(|number| alternative(it, &format!("h{number}.example"))))
                .self_signed(),
        ),
        (
            "a NUL behind the right name",
            leaf("other.example").with(|it| alternative(it, "mail.example\0.eve.example")).self_signed(),
        ),
        ("not UTF-8", not_utf_8),
        ("dates far out", leaf("other.example").valid(1, 9999).self_signed()),
        (
            "an extension of garbage",
            leaf("other.example")
                .with(|it| {
                    let garbage = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![0xff, 0x1b, 0x80, 0, 0x9b]);
                    it.custom_extensions.push(garbage);
                })
                .self_signed(),
        ),
    ]
}

#[tokio::test]
async fn nothing_odd_in_a_certificate_comes_through() {
    let mut believed = 0;
    for (what, sample) in odd() {
        for trust in [Server::new().trust(), Trust::Anybody] {
            let anybody = trust == Trust::Anybody;
            let (failure, talk) = shown(&sample, trust, NAME).await;
            // One that cannot be read has no key to hold the handshake against, whoever is trusted.
            assert!(failure.is_some() || anybody, "{what}");
            believed += usize::from(failure.is_none());
            if let Some(failure) = &failure {
                assert_harmless(&failure.what);
            }
            for note in talk.notes() {
                assert_harmless(&note);
            }
            let shown = talk.protection().unwrap_or_else(|| panic!("{what}: nothing is shown"));
            assert!(!shown.is_trusted() || anybody, "{what}");
            assert!(shown.chain[0].names.len() <= 100 && shown.chain[0].subject.chars().count() <= 300, "{what}");
            assert_eq!(shown.chain[0].sha256, <[u8; 32]>::from(Sha256::digest(&sample.der)), "{what}");
        }
    }
    assert!(believed >= 5, "{believed}");
}

#[tokio::test]
async fn names_fit_as_rfc_6125_says_and_in_no_other_way() {
    let issuer = Issuer::new("Example CA");
    let trust = || Trust::Roots(vec![Authority::Pem { pem: issuer.pem(), name: "the tests".into() }]);
    let cases = [
        ("*.example.org", "mail.example.org", true),
        ("*.example.org", "a.mail.example.org", false),
        ("*.example.org", "example.org", false),
        ("xn--bcher-kva.example", "b\u{fc}cher.example", true),
        ("mail.example", "MAIL.Example.", true),
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false),
        ("::1", "::1", true),
        ("mail.example", "127.0.0.1", false),
    ];
    for (certified, wanted, fits) in cases {
        let (failure, _) = shown(&leaf(certified).signed(&issuer), trust(), wanted).await;
        assert_eq!(failure.is_none(), fits, "{certified} for {wanted}: {failure:?}");
        if let Some(failure) = failure {
            assert!(failure.what.contains(&format!("not for {wanted}")), "{failure}");
        }
    }
    // An address written as a name is no address, and a common name is no name at all (RFC 6125 6.4.4).
    let as_text = leaf("x.example").with(|it| it.subject_alt_names.clear()).with(|it| alternative(it, "127.0.0.1"));
    let (failure, _) = shown(&as_text.signed(&issuer), trust(), "127.0.0.1").await;
    assert!(failure.is_some());
    let common = leaf(NAME).with(|it| it.subject_alt_names.clear()).signed(&issuer);
    let (failure, _) = shown(&common, trust(), NAME).await;
    assert!(failure.unwrap().what.contains("names no host"));
}

#[tokio::test]
async fn a_pin_holds_beyond_every_date_and_a_chain_with_a_hole_is_refused() {
    let server = Server::new();
    let ended = leaf("other.example").valid(2001, 2002).self_signed();
    let (failure, talk) = shown(&ended, Trust::Pin(Sha256::digest(&ended.der).into()), NAME).await;
    assert_eq!((failure, &talk.protection().unwrap().verdict), (None, &Verdict::Pinned));
    // Right leaf, but the certificate that comes along did not issue it.
    let peer = Peer::new().await;
    let mut to = server.target(Protocol::Smtp, TlsMode::Implicit, &peer);
    to.tls.trust = server.trust();
    let mut talk = Talk::connect(to).await;
    let sample = leaf(NAME).signed(&Issuer::new("Missing Intermediate"));
    let key = PrivateKeyDer::from_pem_slice(sample.key_pem.as_bytes()).unwrap();
    let chain = vec![sample.der.clone().into(), leaf("stray.example").signed(&server.issuer).der.into()];
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    let wall = Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap());
    assert!(peer.call().await.secure(&wall).await.is_err());
    let failure = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::Tls, "{failure}");
    assert!(matches!(failure.remedy, Some(Remedy::Trust(_))), "{failure:?}");
    assert_eq!(talk.protection().unwrap().chain.len(), 2);
}

/// A certificate is public: whoever shows it has to hold its key as well, whomever we trust.
#[tokio::test]
async fn a_certificate_without_its_key_is_worth_nothing() {
    let server = Server::new();
    let stolen = Sample { key_pem: leaf(NAME).self_signed().key_pem, ..leaf(NAME).signed(&server.issuer) };
    let pin = Trust::Pin(Sha256::digest(&stolen.der).into());
    for version in [&TLS12, &TLS13] {
        for trust in [server.trust(), pin.clone(), Trust::Anybody] {
            let peer = Peer::new().await;
            let mut to = server.target(Protocol::Smtp, TlsMode::Implicit, &peer);
            to.tls.trust = trust;
            let mut talk = Talk::connect(to).await;
            assert!(peer.call().await.secure(&wall(&stolen, &[version])).await.is_err());
            let failure = talk.closed(Side::Smtp).await.unwrap();
            assert_eq!((&failure.kind, &failure.remedy), (&FailureKind::Tls, &None), "{failure}");
            assert!(failure.what.contains("does not hold the key"), "{failure}");
        }
    }
}

#[tokio::test]
async fn roots_that_cannot_be_read_stop_everything_before_the_connect() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage");
    std::fs::write(&garbage, "-----BEGIN CERTIFICATE-----\n\u{1b}[2J\n-----END CERTIFICATE-----\n").unwrap();
    for file in [folder.path().join("missing\u{1b}"), garbage, folder.path().to_owned()] {
        let peer = Peer::new().await;
        let mut to = Server::new().target(Protocol::Smtp, TlsMode::Implicit, &peer);
        to.tls.trust = Trust::Roots(vec![Authority::File(file)]);
        let mut talk = Talk::connect(to).await;
        let failure = talk.closed(Side::Smtp).await.unwrap();
        assert_harmless(&failure.what);
        assert!(talk.protection().is_none());
        assert!(
            !talk.seen.iter().any(|report| matches!(report, Report::Link { event: LinkEvent::Connected { .. }, .. }))
        );
    }
}

/// A server that keeps a handshake alive, octet by octet, gets no more time than one that is silent.
#[tokio::test]
async fn a_handshake_that_dribbles_has_the_same_end() {
    let peer = Peer::new().await;
    let mut to = Server::new().target(Protocol::Smtp, TlsMode::Require, &peer);
    to.timeouts.handshake = Duration::from_millis(600);
    let (mut talk, mut caller) = up_to_tls(to, &peer).await;
    let dribbling = tokio::spawn(async move {
        // The head of a long record of the handshake, and then its octets one by one.
        let _ = caller.try_write(&[0x16, 3, 3, 0x3f, 0xff, 2, 0, 0x3f, 0xfb]).await;
        let mut pause = tokio::time::interval(Duration::from_millis(50));
        while caller.try_write(&[0]).await.is_ok() {
            pause.tick().await;
        }
    });
    let begun = Instant::now();
    let failure = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::TimedOut(Wait::Handshake), "{failure}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    dribbling.abort();
}
