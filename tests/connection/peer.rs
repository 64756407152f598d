//! A scripted server on loopback.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Longer than any step of a test takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A listener on a free port.
pub struct Peer {
    listener: TcpListener,
    pub port: u16,
}

impl Peer {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port }
    }

    /// The next client.
    pub async fn call(&self) -> Caller {
        let (stream, _) = timeout(PATIENCE, self.listener.accept()).await.expect("nobody calls").unwrap();
        stream.set_nodelay(true).unwrap();
        Caller { stream: BufReader::new(Box::new(stream)), dribble: false }
    }
}

/// A line to a client, in clear or inside TLS.
pub trait Line: AsyncRead + AsyncWrite + Send + Unpin {
    fn tcp(&self) -> &TcpStream;
    fn into_tcp(self: Box<Self>) -> TcpStream;
}

impl Line for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
    fn into_tcp(self: Box<Self>) -> TcpStream {
        *self
    }
}

impl Line for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
    fn into_tcp(self: Box<Self>) -> TcpStream {
        self.into_inner().0
    }
}

/// One client, seen from the server.
pub struct Caller {
    stream: BufReader<Box<dyn Line>>,
    /// Write one octet at a time.
    pub dribble: bool,
}

impl Caller {
    pub async fn say(&mut self, words: &str) {
        let size = if self.dribble { 1 } else { words.len().max(1) };
        for piece in words.as_bytes().chunks(size) {
            self.write(piece).await;
            tokio::task::yield_now().await;
        }
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        self.try_write(bytes).await.unwrap();
    }

    pub async fn try_write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let writing = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        timeout(PATIENCE, writing).await.expect("the client does not read")
    }

    /// The next line, which starts with `start`.
    pub async fn expect(&mut self, start: &str) {
        let mut line = String::new();
        timeout(PATIENCE, self.stream.read_line(&mut line)).await.expect("the client says nothing").unwrap();
        assert!(line.starts_with(start) && line.ends_with("\r\n"), "{line:?} in place of {start:?}");
    }

    /// The next BDAT: its octets, and whether they are the last.
    pub async fn chunk(&mut self) -> (Vec<u8>, bool) {
        let mut line = String::new();
        timeout(PATIENCE, self.stream.read_line(&mut line)).await.expect("the client says nothing").unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(words[0] == "BDAT" && line.ends_with("\r\n"), "{line:?} in place of BDAT");
        let mut octets = vec![0; words[1].parse().unwrap()];
        timeout(PATIENCE, self.stream.read_exact(&mut octets)).await.expect("the chunk is short").unwrap();
        (octets, words.get(2) == Some(&"LAST"))
    }

    /// Everything up to and with the line of the final dot.
    pub async fn body(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        let reading = async {
            loop {
                let start = body.len();
                let count = self.stream.read_until(b'\n', &mut body).await.unwrap();
                assert_ne!(count, 0, "the body has no end");
                if &body[start..] == b".\r\n" {
                    return;
                }
            }
        };
        timeout(PATIENCE, reading).await.expect("the body does not end");
        body
    }

    pub async fn read_some(&mut self) {
        let mut some = [0; 1000];
        self.stream.read_exact(&mut some).await.unwrap();
    }

    /// Everything until the client closes.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let reading = self.stream.read_to_end(&mut rest);
        // A client that goes with octets unread resets the line.
        let _ = timeout(PATIENCE, reading).await.expect("the client stays");
        rest
    }

    /// The last octets before the client closes, of however many.
    pub async fn tail(&mut self) -> Vec<u8> {
        let (mut tail, mut block) = (Vec::new(), vec![0; 64 * 1024]);
        loop {
            match timeout(PATIENCE, self.stream.read(&mut block)).await.expect("the client stays") {
                Ok(count) if count > 0 => {
                    tail.drain(..tail.len().saturating_sub(10));
                    tail.extend_from_slice(&block[..count]);
                }
                _ => return tail,
            }
        }
    }

    /// Cuts the line with a reset.
    pub fn reset(self) {
        self.stream.get_ref().tcp().set_zero_linger().unwrap();
    }

    /// Shakes hands as a server.
    pub async fn secure(self, config: &Arc<ServerConfig>) -> std::io::Result<Self> {
        assert!(self.stream.buffer().is_empty(), "something came in clear behind STARTTLS");
        let tcp = self.stream.into_inner().into_tcp();
        let shaking = TlsAcceptor::from(config.clone()).accept(tcp);
        let stream = timeout(PATIENCE, shaking).await.expect("the handshake does not end")?;
        Ok(Self { stream: BufReader::new(Box::new(stream)), dribble: false })
    }

    /// Whether the client closes with the goodbye of TLS, and says nothing before.
    pub async fn ends_properly(&mut self) -> bool {
        let mut rest = Vec::new();
        let ending = timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await.expect("the client stays");
        ending.is_ok() && rest.is_empty()
    }

    /// Sends a record that no key of this line opens.
    pub async fn send_bad_record(self) -> TcpStream {
        let mut tcp = self.stream.into_inner().into_tcp();
        tcp.write_all(&[&[0x17, 3, 3, 0, 32][..], &[7; 32]].concat()).await.unwrap();
        tcp
    }

    /// Closes with the goodbye of TLS, where there is TLS.
    pub async fn close(mut self) {
        // A client that is gone needs none.
        let _ = self.stream.shutdown().await;
    }
}

/// An address where attempts to connect are not answered: the queue of the listener is full.
#[cfg(target_os = "linux")]
pub struct Deaf {
    pub port: u16,
    _listener: TcpListener,
    _queued: Vec<TcpStream>,
}

#[cfg(target_os = "linux")]
impl Deaf {
    pub async fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queued = Vec::new();
        // A queue of n holds n + 1.
        for _ in 0..2 {
            queued.push(TcpStream::connect(address).await.unwrap());
        }
        Self { port: address.port(), _listener: listener, _queued: queued }
    }
}
