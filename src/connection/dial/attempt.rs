//! One attempt to connect to one address.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::super::{FailureKind, failure};
use super::race::Attempt;

/// Connects within `limit`, from `source` if there is one.
pub async fn attempt(address: SocketAddr, source: Option<IpAddr>, limit: Duration) -> Attempt<TcpStream> {
    match timeout(limit, connect(address, source)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(trouble(&error)),
        Err(_) => Err((FailureKind::ConnectTimeout, format!("no answer within {:.1} s", limit.as_secs_f64()))),
    }
}

async fn connect(address: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(source) = source {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn trouble(error: &io::Error) -> (FailureKind, String) {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => (FailureKind::Refused, "refused: nothing listens there".to_owned()),
        io::ErrorKind::TimedOut => (FailureKind::ConnectTimeout, "no answer".to_owned()),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkDown => {
            (FailureKind::Unreachable, format!("unreachable: {}", failure::in_words(error)))
        }
        io::ErrorKind::AddrNotAvailable => {
            (FailureKind::Io, "the address to connect from is none of this machine's, or has no free port".to_owned())
        }
        _ => (FailureKind::Io, format!("failed: {}", failure::in_words(error))),
    }
}
