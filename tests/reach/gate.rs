//! Little proxies on loopback that play one part each.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::peer::PATIENCE;

/// A proxy that waits for its callers.
pub struct Gate {
    listener: TcpListener,
    pub port: u16,
}

impl Gate {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port }
    }

    pub async fn call(&self) -> TcpStream {
        timeout(PATIENCE, self.listener.accept()).await.expect("nobody calls").unwrap().0
    }

    /// Takes a SOCKS5 request by name: the name and port asked for.
    pub async fn socks5(&self) -> (TcpStream, String, u16) {
        let mut stream = self.call().await;
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).await.unwrap();
        assert_eq!(greeting, [5, 1, 0]);
        stream.write_all(&[5, 0]).await.unwrap();
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(head[..4], [5, 1, 0, 3], "CONNECT, by name");
        let mut name = vec![0; usize::from(head[4])];
        stream.read_exact(&mut name).await.unwrap();
        let port = stream.read_u16().await.unwrap();
        (stream, String::from_utf8(name).unwrap(), port)
    }

    /// Takes an HTTP request: all of it.
    pub async fn http(&self) -> (TcpStream, String) {
        let mut stream = self.call().await;
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.unwrap());
        }
        (stream, String::from_utf8(request).unwrap())
    }
}

/// A reply to a SOCKS5 request, and what the server says in the same breath.
pub fn socks5_reply(code: u8, then: &str) -> Vec<u8> {
    [&[5, code, 0, 1, 0, 0, 0, 0, 0, 0], then.as_bytes()].concat()
}
