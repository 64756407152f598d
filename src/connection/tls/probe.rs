//! Asks a port that says nothing whether it speaks TLS from the first octet: one further connection, a handshake that
//! nothing is sent behind and nothing is believed of.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::handshake::config;
use super::hello::{First, is_tls};
use super::identity::Showing;
use super::verifier::Recording;
use crate::connection::stream::Stream;

/// Longest time for an answer.
pub const LIMIT: Duration = Duration::from_secs(3);

/// A probe under way: whether TLS was spoken.
pub type Probe = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Starts one to `peer`, from `source` where it is given.
pub fn start(peer: SocketAddr, source: Option<IpAddr>, limit: Duration) -> Probe {
    Box::pin(async move {
        let first = First::default();
        let asking = ask(peer, source, first.clone());
        // Late or broken: what came tells.
        let _ = timeout(limit.min(LIMIT), asking).await;
        is_tls(&first.octets())
    })
}

async fn ask(peer: SocketAddr, source: Option<IpAddr>, first: First) -> io::Result<()> {
    let stream = connect(peer, source).await?;
    let config = config(Arc::new(Recording::of_nobody()), Arc::new(Showing::new(None)));
    let name = ServerName::from(peer.ip());
    Stream::Plain(stream).upgrade(Arc::new(config), name, first).await.map(drop)
}

async fn connect(peer: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if peer.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(source) = source {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    socket.connect(peer).await
}
