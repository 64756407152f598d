//! The server's side of TLS: one set of certificates a sandbox, of which each line takes the one that the faults want,
//! and what ties a sign-in to a line (RFC 5929, RFC 9266).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::certificate;
use super::fault::{Fault, Faults};
use crate::wire::Channel;

/// What every TLS line of one sandbox shares.
pub struct Tls {
    /// By [`certificate::which`].
    doors: Vec<Door>,
    ca_pem: String,
    faults: Arc<Faults>,
}

/// What shakes hands with one certificate.
struct Door {
    acceptor: TlsAcceptor,
    /// Hash of the certificate; SHA-256 because its signature uses that.
    end_point: Vec<u8>,
}

impl Tls {
    /// With certificates for the server called `name`.
    pub fn new(name: &str, now: Timestamp, faults: Arc<Faults>) -> io::Result<Self> {
        let certificate::Issued { ca_pem, certificates, key } = certificate::issue(name, now)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let door = |certificate| Door::new(Arc::clone(&provider), certificate, key.clone_key());
        let doors = certificates.into_iter().map(door).collect::<io::Result<_>>()?;
        Ok(Self { doors, ca_pem, faults })
    }

    /// The authority's certificate in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Shakes hands on `stream`, within `limit`.
    pub async fn accept(&self, mut stream: TcpStream, limit: Duration) -> io::Result<(TlsStream<TcpStream>, Channel)> {
        if self.faults.has(Fault::TlsStall) {
            return Err(stall(&mut stream).await);
        }
        let door = &self.doors[certificate::which(|fault| self.faults.has(fault))];
        let stream = timeout(limit, door.acceptor.accept(stream)).await.map_err(|_| io::ErrorKind::TimedOut)??;
        let channel = door.channel(stream.get_ref().1);
        Ok((stream, channel))
    }
}

impl Door {
    fn new(
        provider: Arc<CryptoProvider>,
        certificate: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
    ) -> io::Result<Self> {
        let end_point = Sha256::digest(&certificate).to_vec();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate], key))
            .map_err(io::Error::other)?;
        // Without it the exporter of TLS 1.2 ties nothing (RFC 9266 2).
        config.require_ems = true;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), end_point })
    }

    fn channel(&self, line: &ServerConnection) -> Channel {
        let exporter = line.export_keying_material(vec![0; 32], b"EXPORTER-Channel-Binding", Some(b""));
        Channel { exporter: exporter.ok(), end_point: Some(self.end_point.clone()), ..Channel::default() }
    }
}

/// Listens and says nothing, until the client goes.
async fn stall(stream: &mut TcpStream) -> io::Error {
    let mut heard = vec![0; 4 * 1024];
    loop {
        match stream.read(&mut heard).await {
            Ok(0) => return io::ErrorKind::UnexpectedEof.into(),
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}
