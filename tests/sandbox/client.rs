//! A client of our own for TLS lines, as small as it can be.

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use sha2::{Digest, Sha256};
use telepost::sandbox::Sandbox;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::PATIENCE;

/// The versions of TLS that are spoken.
pub const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS13, &rustls::version::TLS12];

/// One line to the server.
pub struct Line<S> {
    pub stream: S,
}

/// Trusts the sandbox's authority and nobody else.
fn connector(sandbox: &Sandbox, version: &'static SupportedProtocolVersion) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(sandbox.ca_pem().as_bytes()).expect("PEM")).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version that is built in")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

impl Line<TcpStream> {
    pub async fn connect(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.expect("the sandbox listens") }
    }

    /// Shakes hands with the server as `name`.
    pub async fn encrypt(
        self,
        sandbox: &Sandbox,
        version: &'static SupportedProtocolVersion,
        name: &str,
    ) -> std::io::Result<Line<TlsStream<TcpStream>>> {
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let shaken = connector(sandbox, version).connect(name, self.stream);
        let stream = tokio::time::timeout(PATIENCE, shaken).await.expect("the handshake ends")?;
        Ok(Line { stream })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    /// One line of the server's, without its end. Not an octet more is read than that.
    pub async fn hear(&mut self) -> String {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let octet = tokio::time::timeout(PATIENCE, self.stream.read_u8()).await.expect("the server speaks");
            line.push(octet.unwrap_or_else(|error| panic!("{error} after {}", line.escape_ascii())));
        }
        line.truncate(line.len() - 2);
        String::from_utf8(line).expect("replies are UTF-8")
    }

    /// All lines of an SMTP reply.
    pub async fn hear_reply(&mut self) -> Vec<String> {
        let mut lines = vec![self.hear().await];
        while lines[lines.len() - 1].as_bytes()[3] == b'-' {
            lines.push(self.hear().await);
        }
        lines
    }

    /// All lines of a POP3 listing.
    pub async fn hear_listing(&mut self) -> Vec<String> {
        let mut lines = vec![self.hear().await];
        while lines[lines.len() - 1] != "." {
            lines.push(self.hear().await);
        }
        lines
    }

    pub async fn say(&mut self, line: &str) {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await.expect("the server reads");
        self.stream.flush().await.expect("the server reads");
    }

    /// Says a line; the first line of the answer.
    pub async fn ask(&mut self, line: &str) -> String {
        self.say(line).await;
        self.hear().await
    }
}

impl Line<TlsStream<TcpStream>> {
    /// What a `-PLUS` mechanism is bound to under `name` (RFC 9266, RFC 5929 4.1).
    pub fn binding(&self, name: &str) -> Vec<u8> {
        let line = self.stream.get_ref().1;
        match name {
            "tls-exporter" => line
                .export_keying_material(vec![0; 32], b"EXPORTER-Channel-Binding", Some(b""))
                .expect("handshake done"),
            _ => Sha256::digest(&line.peer_certificates().expect("handshake done")[0]).to_vec(),
        }
    }

    /// SCRAM-SHA-256-PLUS by the formulas of RFC 5802 3. `mark`: what stands before a challenge. Returns the last answer.
    pub async fn scram_plus(&mut self, mark: &str, password: &str, name: &str, bound: &[u8]) -> String {
        let header = format!("p={name},,");
        let bare = "n=ada,r=fyko+d2lbbFgONRv9qkxdawL";
        let first = STANDARD.encode(format!("{header}{bare}"));
        let challenge = decoded(mark, &self.ask(&format!("AUTH SCRAM-SHA-256-PLUS {first}")).await);
        let [nonce, salt, count] = challenge.splitn(3, ',').collect::<Vec<_>>()[..] else { panic!("{challenge}") };
        assert_eq!(count, "i=4096");
        let salt = STANDARD.decode(&salt[2..]).expect("base64");
        let salted = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), &salt, 4096);
        let without_proof = format!("c={},{nonce}", STANDARD.encode([header.as_bytes(), bound].concat()));
        let known = format!("{bare},{challenge},{without_proof}");
        let key = keyed(&salted, "Client Key");
        let signature = keyed(&Sha256::digest(&key), &known);
        let proof: Vec<u8> = key.iter().zip(signature).map(|(a, b)| a ^ b).collect();
        let last = self.ask(&STANDARD.encode(format!("{without_proof},p={}", STANDARD.encode(proof)))).await;
        if !last.starts_with(mark) {
            return last;
        }
        let expected = STANDARD.encode(keyed(&keyed(&salted, "Server Key"), &known));
        assert_eq!(decoded(mark, &last), format!("v={expected}"), "the server proves itself");
        self.ask("").await
    }
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("any key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn decoded(mark: &str, challenge: &str) -> String {
    let text = challenge.strip_prefix(mark).unwrap_or_else(|| panic!("{challenge}"));
    String::from_utf8(STANDARD.decode(text).expect("base64")).expect("text")
}
