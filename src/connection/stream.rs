//! The stream under a link, and the seam where it becomes an encrypted one.

mod encrypted;

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

pub use self::encrypted::Encrypted;
use super::outgoing::Outgoing;
use super::tls::First;

/// A stream of octets to the peer.
#[derive(Debug)]
pub enum Stream {
    /// TCP in clear.
    Plain(TcpStream),
    /// Inside TLS.
    Tls(Box<Encrypted>),
    /// A pipe in memory.
    #[cfg(test)]
    Memory(tokio::io::DuplexStream),
}

/// One thing that a stream did.
#[derive(Debug)]
pub enum Progress {
    /// So many octets were read into the buffer; 0 is the end.
    Read(io::Result<usize>),
    /// So many octets were taken.
    Wrote(io::Result<usize>),
}

impl Stream {
    /// Hands the stream over to TLS. It is consumed: nothing read in clear can pass for something read inside TLS. What
    /// the peer sends first goes to `first` as well. A stream inside TLS is refused.
    pub async fn upgrade(
        self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        first: First,
    ) -> io::Result<Box<Encrypted>> {
        if self.is_encrypted() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Encrypted::shake_hands(self, config, name, first).await.map(Box::new)
    }

    /// Whether what is written here leaves encrypted.
    pub fn is_encrypted(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Says goodbye inside TLS (`close_notify`), as far as that goes without waiting.
    pub fn part(mut self) {
        if self.is_encrypted() {
            let _ = Pin::new(&mut self).poll_shutdown(&mut Context::from_waker(Waker::noop()));
        }
    }

    /// Asks the system to acknowledge at once what comes next: servers with Nagle's algorithm hold back the second part
    /// of a reply until the first is acknowledged.
    pub fn acknowledge_at_once(&self) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Plain(stream) => {
                // A refusal costs time only.
                let _ = stream.set_quickack(true);
            }
            #[cfg(not(target_os = "linux"))]
            Self::Plain(_) => {}
            Self::Tls(stream) => stream.beneath().acknowledge_at_once(),
            #[cfg(test)]
            Self::Memory(_) => {}
        }
    }

    /// Waits until something was read into `buffer` or some of `outgoing` was written, as far as they are given. Reads
    /// and writes take turns in being first, so that neither starves. Cancel-safe; never ready when there is nothing to
    /// do.
    pub async fn progress(
        &mut self,
        mut buffer: Option<&mut [u8]>,
        outgoing: Option<&Outgoing>,
        write_first: bool,
    ) -> Progress {
        std::future::poll_fn(|context| {
            for writing in [write_first, !write_first] {
                let progress = if writing {
                    self.poll_outgoing(outgoing, context).map(Progress::Wrote)
                } else {
                    self.poll_buffer(buffer.as_deref_mut(), context).map(Progress::Read)
                };
                if progress.is_ready() {
                    return progress;
                }
            }
            Poll::Pending
        })
        .await
    }

    fn poll_outgoing(&mut self, outgoing: Option<&Outgoing>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(outgoing) = outgoing else { return Poll::Pending };
        if outgoing.is_empty() {
            return self.poll_leftovers(context);
        }
        let (slices, count) = outgoing.slices();
        Pin::new(self).poll_write_vectored(context, &slices[..count])
    }

    /// What was taken before and has not left yet. Ready with an error only.
    fn poll_leftovers(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Self::Tls(stream) = self else { return Poll::Pending };
        match stream.poll_leftovers(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    }

    fn poll_buffer(&mut self, buffer: Option<&mut [u8]>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(buffer) = buffer else { return Poll::Pending };
        let mut buffer = ReadBuf::new(buffer);
        Pin::new(self).poll_read(context, &mut buffer).map_ok(|()| buffer.filled().len())
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
            #[cfg(test)]
            Self::Memory(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write_vectored(context, slices),
            #[cfg(test)]
            Self::Memory(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(context),
            #[cfg(test)]
            Self::Memory(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
            #[cfg(test)]
            Self::Memory(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
