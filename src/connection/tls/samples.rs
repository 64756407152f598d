//! Certificates made for tests.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256,
    SignatureAlgorithm, date_time_ymd,
};

/// An authority.
pub struct Issuer(CertifiedIssuer<'static, KeyPair>);

impl Issuer {
    pub fn new(name: &str) -> Self {
        Self::with_algorithm(name, &PKCS_ECDSA_P256_SHA256)
    }

    pub fn with_algorithm(name: &str, algorithm: &'static SignatureAlgorithm) -> Self {
        let mut params = params(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate_for(algorithm).expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }
}

/// A certificate with its key.
pub struct Sample {
    pub der: Vec<u8>,
    pub pem: String,
    pub key_pem: String,
}

/// A certificate to be.
pub struct Leaf(CertificateParams);

/// For the host `name`, valid from 2000 to 4000.
pub fn leaf(name: &str) -> Leaf {
    Leaf(params(name, &[name]))
}

fn params(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).expect("good names");
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(4000, 1, 1);
    params
}

impl Leaf {
    /// Valid in these years.
    pub fn valid(mut self, from: i32, until: i32) -> Self {
        self.0.not_before = date_time_ymd(from, 1, 1);
        self.0.not_after = date_time_ymd(until, 1, 1);
        self
    }

    /// Marked as an authority, as `openssl req -x509` marks what it makes.
    pub fn authority(mut self) -> Self {
        self.0.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self
    }

    /// With whatever else a certificate can have.
    pub fn with(mut self, change: impl FnOnce(&mut CertificateParams)) -> Self {
        change(&mut self.0);
        self
    }

    pub fn signed(self, issuer: &Issuer) -> Sample {
        let key = KeyPair::generate().expect("a key");
        let certificate = self.0.signed_by(&key, &issuer.0).expect("a certificate");
        Sample::new(&certificate, &key)
    }

    pub fn self_signed(self) -> Sample {
        let key = KeyPair::generate().expect("a key");
        let certificate = self.0.self_signed(&key).expect("a certificate");
        Sample::new(&certificate, &key)
    }
}

impl Sample {
    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        let (der, pem) = (certificate.der().to_vec(), certificate.pem());
        Self { der, pem, key_pem: key.serialize_pem() }
    }
}
