//! Sockets for the conversations: accept, shake hands, read, answer in one write, time out. It knows no protocol.

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Site;
use super::outbox::Outbox;
use super::tls::Tls;
use crate::wire::Channel;

/// Octets asked of one read.
const READ: usize = 64 * 1024;
/// A conversation pauses when this much waits to be written.
pub const FLUSH: usize = 256 * 1024;
/// How long a client may take to close after it was told goodbye.
const LINGER: Duration = Duration::from_secs(2);

/// The server's side of one session, without its socket.
pub trait Conversation: Send + 'static {
    /// How long the first words are held back.
    fn delay(&self) -> Duration {
        Duration::ZERO
    }
    /// The first words; `crowded` when there are too many sessions and this one must end here.
    fn greet(&mut self, crowded: bool, out: &mut Outbox);
    /// Takes input and answers. Returns how many octets are dealt with; the others come again with more behind
    /// them. Pauses when `out` holds [`FLUSH`] octets.
    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize;
    /// The client was silent for too long.
    fn timed_out(&mut self, out: &mut Outbox);
    /// Nothing more is to be read.
    fn is_over(&self) -> bool;
    /// STARTTLS or STLS was accepted: what it said so far is to be written, what is still unread thrown away, and the
    /// handshake comes next.
    fn wants_tls(&self) -> bool {
        false
    }
    /// The line is encrypted since now; for implicit TLS before [`Self::greet`].
    fn tls_started(&mut self, _channel: Channel) {}
    /// A TLS line is to end as if it were cut, without `close_notify`.
    fn is_cut(&self) -> bool {
        false
    }
}

/// How far a conversation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Course {
    /// The client is listened to.
    #[default]
    Open,
    /// STARTTLS or STLS is accepted; the client is not listened to before the handshake.
    StartingTls,
    /// Nothing more is to be read.
    Over,
    /// The same, and TLS ends without `close_notify`.
    Cut,
}

impl Course {
    /// Whether nothing more is to be read, on this line or any other.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Over | Self::Cut)
    }
}

/// What a listener needs to encrypt its lines.
#[derive(Clone, Debug)]
pub struct Door {
    /// Certificates and settings.
    pub tls: Arc<Tls>,
    /// TLS comes before the first word.
    pub implicit: bool,
}

/// Serves `listener` for ever. Dropping the future ends every session with it. Without a `door` a conversation that
/// wants TLS just ends.
pub async fn serve<C: Conversation>(
    listener: TcpListener,
    site: Arc<Site>,
    door: Option<Door>,
    open: fn(Arc<Site>, IpAddr) -> C,
) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let crowded = sessions.len() >= site.limits.connections;
                    sessions.spawn(session(stream, peer, Arc::clone(&site), door.clone(), open, crowded));
                }
                // Out of descriptors, most likely: to ask again at once would spin.
                Err(_) => sleep(Duration::from_millis(50)).await,
            },
            Some(_) = sessions.join_next() => {}
        }
    }
}

async fn session<C: Conversation>(
    stream: TcpStream,
    peer: SocketAddr,
    site: Arc<Site>,
    door: Option<Door>,
    open: fn(Arc<Site>, IpAddr) -> C,
    crowded: bool,
) {
    let limits = site.limits;
    let talk = Talk {
        conversation: open(site, peer.ip()),
        out: Outbox::default(),
        idle: limits.idle,
        handshake: limits.handshake,
    };
    // A client that goes away in the middle is its own business; there is nobody to tell.
    let _gone = talk.run(stream, door, crowded).await;
}

/// A conversation and what waits to be written.
struct Talk<C> {
    conversation: C,
    out: Outbox,
    idle: Duration,
    handshake: Duration,
}

/// Why a line is left.
enum End {
    /// All is said.
    Over,
    /// The handshake comes next.
    Tls,
}

impl<C: Conversation> Talk<C> {
    /// From the first octet to the last.
    async fn run(mut self, mut stream: TcpStream, door: Option<Door>, crowded: bool) -> io::Result<()> {
        stream.set_nodelay(true)?;
        if let Some(door) = door.as_ref().filter(|door| door.implicit) {
            return self.encrypted(stream, &door.tls, Some(crowded)).await;
        }
        let input = hold_back(&mut stream, self.conversation.delay()).await?;
        self.conversation.greet(crowded, &mut self.out);
        let end = self.converse(&mut stream, input).await;
        match (end, door) {
            (Ok(End::Tls), Some(door)) => self.encrypted(stream, &door.tls, None).await,
            (end, _) => {
                drop(self);
                let _gone = timeout(LINGER, say_goodbye(&mut stream)).await;
                end.map(|_| ())
            }
        }
    }

    /// The part of a session inside TLS. `first`: it begins there, in a crowd or not.
    async fn encrypted(mut self, stream: TcpStream, tls: &Tls, first: Option<bool>) -> io::Result<()> {
        let (mut stream, channel) = tls.accept(stream, self.handshake).await?;
        self.conversation.tls_started(channel);
        let mut input = Vec::new();
        if let Some(crowded) = first {
            input = hold_back(&mut stream, self.conversation.delay()).await?;
            self.conversation.greet(crowded, &mut self.out);
        }
        let end = self.converse(&mut stream, input).await;
        let is_cut = self.conversation.is_cut();
        drop(self);
        let _gone = if is_cut {
            timeout(LINGER, say_goodbye(stream.get_mut().0)).await
        } else {
            timeout(LINGER, say_goodbye(&mut stream)).await
        };
        end.map(|_| ())
    }

    /// `input`: what came already.
    async fn converse(
        &mut self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        mut input: Vec<u8>,
    ) -> io::Result<End> {
        let Self { conversation, out, idle, .. } = self;
        input.reserve(READ);
        loop {
            flush(stream, out, *idle).await?;
            if conversation.is_over() {
                return Ok(End::Over);
            }
            // What lies in `input` now was said in clear: it ends here.
            if conversation.wants_tls() {
                return Ok(End::Tls);
            }
            let used = conversation.receive(&input, out);
            input.drain(..used);
            if used > 0 {
                continue;
            }
            input.reserve(READ / 2);
            let Ok(read) = timeout(*idle, stream.read_buf(&mut input)).await else {
                conversation.timed_out(out);
                return flush(stream, out, LINGER).await.map(|()| End::Over);
            };
            if read? == 0 {
                return Ok(End::Over);
            }
        }
    }
}

/// Waits before the first words. What came meanwhile; an error when the client went.
async fn hold_back(stream: &mut (impl AsyncRead + Unpin), delay: Duration) -> io::Result<Vec<u8>> {
    let mut input = Vec::new();
    if delay.is_zero() {
        return Ok(input);
    }
    let mut end = pin!(sleep(delay));
    loop {
        tokio::select! {
            () = &mut end => return Ok(input),
            read = stream.read_buf(&mut input), if input.len() < READ => if read? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            },
        }
    }
}

async fn flush(stream: &mut (impl AsyncWrite + Unpin), out: &mut Outbox, limit: Duration) -> io::Result<()> {
    if !out.is_empty() {
        timeout(limit, write_all(stream, &mut out.slices())).await.map_err(|_| io::ErrorKind::TimedOut)??;
        out.clear();
    }
    Ok(())
}

async fn write_all(stream: &mut (impl AsyncWrite + Unpin), mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !slices.is_empty() {
        let written = stream.write_vectored(slices).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        IoSlice::advance_slices(&mut slices, written);
    }
    // TLS keeps the last record back until it is asked for.
    stream.flush().await
}

/// Ends our side and waits for the client to end its own: closing with input unread would reset the line, and the
/// last reply could be lost with it.
async fn say_goodbye(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    stream.shutdown().await?;
    let mut rest = vec![0; 4 * 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;
    use tokio::time::Instant;

    use super::*;

    const DELAY: Duration = Duration::from_secs(3);

    #[tokio::test(start_paused = true)]
    async fn what_comes_before_the_greeting_is_kept() {
        let (mut client, mut server) = duplex(64);
        let start = Instant::now();
        client.write_all(b"EHLO a\r\n").await.unwrap();
        assert_eq!(hold_back(&mut server, DELAY).await.unwrap(), b"EHLO a\r\n");
        assert_eq!(start.elapsed(), DELAY);
        assert_eq!(hold_back(&mut server, Duration::ZERO).await.unwrap(), b"");
        assert_eq!(start.elapsed(), DELAY);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_goes_is_not_waited_for() {
        let (client, mut server) = duplex(64);
        let start = Instant::now();
        drop(client);
        assert!(hold_back(&mut server, DELAY).await.is_err());
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
