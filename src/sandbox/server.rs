//! Sockets for the conversations: accept, read, answer in one write, time out. It knows no protocol.

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Site;
use super::outbox::Outbox;

/// Octets asked of one read.
const READ: usize = 64 * 1024;
/// A conversation pauses when this much waits to be written.
pub const FLUSH: usize = 256 * 1024;
/// How long a client may take to close after it was told goodbye.
const LINGER: Duration = Duration::from_secs(2);

/// The server's side of one session, without its socket.
pub trait Conversation: Send + 'static {
    /// The first words; `crowded` when there are too many sessions and this one must end here.
    fn greet(&mut self, crowded: bool, out: &mut Outbox);
    /// Takes input and answers. Returns how many octets are dealt with; the others come again with more behind
    /// them. Pauses when `out` holds [`FLUSH`] octets.
    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize;
    /// The client was silent for too long.
    fn timed_out(&mut self, out: &mut Outbox);
    /// Nothing more is to be read.
    fn is_over(&self) -> bool;
}

/// Serves `listener` for ever. Dropping the future ends every session with it.
pub async fn serve<C: Conversation>(listener: TcpListener, site: Arc<Site>, open: fn(Arc<Site>, IpAddr) -> C) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let crowded = sessions.len() >= site.limits.connections;
                    sessions.spawn(session(stream, peer, Arc::clone(&site), open, crowded));
                }
                // Out of descriptors, most likely: to ask again at once would spin.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = sessions.join_next() => {}
        }
    }
}

async fn session<C: Conversation>(
    mut stream: TcpStream,
    peer: SocketAddr,
    site: Arc<Site>,
    open: fn(Arc<Site>, IpAddr) -> C,
    crowded: bool,
) {
    let idle = site.limits.idle;
    let mut conversation = open(site, peer.ip());
    // A client that goes away in the middle is its own business; there is nobody to tell.
    let _gone = converse(&mut stream, &mut conversation, idle, crowded).await;
    drop(conversation);
    let _gone = timeout(LINGER, say_goodbye(&mut stream)).await;
}

async fn converse(
    stream: &mut TcpStream,
    conversation: &mut impl Conversation,
    idle: Duration,
    crowded: bool,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut input = Vec::with_capacity(READ);
    let mut out = Outbox::default();
    conversation.greet(crowded, &mut out);
    loop {
        flush(stream, &mut out, idle).await?;
        if conversation.is_over() {
            return Ok(());
        }
        let used = conversation.receive(&input, &mut out);
        input.drain(..used);
        if used > 0 {
            continue;
        }
        input.reserve(READ / 2);
        let Ok(read) = timeout(idle, stream.read_buf(&mut input)).await else {
            conversation.timed_out(&mut out);
            return flush(stream, &mut out, LINGER).await;
        };
        if read? == 0 {
            return Ok(());
        }
    }
}

async fn flush(stream: &mut TcpStream, out: &mut Outbox, limit: Duration) -> io::Result<()> {
    if !out.is_empty() {
        timeout(limit, write_all(stream, &mut out.slices())).await.map_err(|_| io::ErrorKind::TimedOut)??;
        out.clear();
    }
    Ok(())
}

async fn write_all(stream: &mut TcpStream, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !slices.is_empty() {
        let written = stream.write_vectored(slices).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        IoSlice::advance_slices(&mut slices, written);
    }
    Ok(())
}

/// Ends our side and waits for the client to end its own: closing with input unread would reset the line, and the
/// last reply could be lost with it.
async fn say_goodbye(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut rest = vec![0; 4 * 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
