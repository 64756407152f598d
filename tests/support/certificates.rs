//! Certificates for the servers of the tests: an authority, and leaves of it that are good, expired or for another host.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};

/// The name of the good server, besides `localhost` and 127.0.0.1.
pub const NAME: &str = "mx.example.test";

/// A folder with `ca.pem`, and one file a server with its certificate and key.
pub struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    /// Makes them all in `folder`, readable by every account, as servers drop their rights.
    pub fn make(folder: &Path) -> Self {
        fs::create_dir_all(folder).expect("the folder is ours");
        let key = KeyPair::generate().expect("a key can be made");
        let mut authority = CertificateParams::new(Vec::new()).expect("no names, no mistakes");
        authority.distinguished_name.push(DnType::CommonName, "Tests Authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = authority.self_signed(&key).expect("the parameters are sound").pem();
        fs::write(folder.join("ca.pem"), pem).expect("the folder is ours");
        let issuer = Issuer::new(authority, key);
        let these = Self { folder: folder.to_owned() };
        these.leaf("good", NAME, (2020, 2050), Some(&issuer));
        these.leaf("expired", NAME, (2020, 2021), Some(&issuer));
        these.leaf("other-host", "other.example.test", (2020, 2050), Some(&issuer));
        these.leaf("self-signed", NAME, (2020, 2050), None);
        these.leaf("client", "alice", (2020, 2050), Some(&issuer));
        these
    }

    /// The file of the authority.
    pub fn authority(&self) -> String {
        self.path("ca.pem").display().to_string()
    }

    /// Certificate and key of a server in one file: `good`, `expired`, `other-host`, `self-signed`, or of a `client`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn leaf(&self, file: &str, name: &str, years: (i32, i32), issuer: Option<&Issuer<'_, KeyPair>>) {
        let key = KeyPair::generate().expect("a key can be made");
        let mut leaf = CertificateParams::new(vec![name.to_owned()]).expect("the name is a host name");
        leaf.distinguished_name.push(DnType::CommonName, name);
        if name == NAME {
            let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
            leaf.subject_alt_names.push(SanType::IpAddress(here));
            leaf.subject_alt_names.push(SanType::DnsName("localhost".try_into().expect("a host name")));
        }
        (leaf.not_before, leaf.not_after) = (rcgen::date_time_ymd(years.0, 1, 1), rcgen::date_time_ymd(years.1, 1, 1));
        let made = match issuer {
            Some(issuer) => leaf.signed_by(&key, issuer),
            None => leaf.self_signed(&key),
        };
        let certificate = made.expect("the parameters are sound").pem();
        fs::write(self.path(&format!("{file}.crt")), &certificate).expect("the folder is ours");
        fs::write(self.path(&format!("{file}.key")), key.serialize_pem()).expect("the folder is ours");
        fs::write(self.path(file), format!("{}{certificate}", key.serialize_pem())).expect("the folder is ours");
    }
}
