//! A scripted server on loopback.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

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
        Caller { stream: BufStream::new(stream), dribble: false }
    }
}

/// One client, seen from the server.
pub struct Caller {
    stream: BufStream<TcpStream>,
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
        self.stream.get_ref().set_zero_linger().unwrap();
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
