//! A stream inside TLS. What it takes to write may wait in buffers of its own, and is seen off from there.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Stream;
use crate::connection::tls::First;

/// Inside TLS.
#[derive(Debug)]
pub struct Encrypted {
    stream: TlsStream<Tap>,
    /// Something taken may not have left yet.
    leftovers: bool,
}

/// The stream beneath, with its first octets noted.
#[derive(Debug)]
struct Tap {
    stream: Stream,
    /// Until the handshake is done.
    first: Option<First>,
}

impl Encrypted {
    /// The handshake of a client; whatever it ends with, `stream` is gone.
    pub(super) async fn shake_hands(
        stream: Stream,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        first: First,
    ) -> io::Result<Self> {
        let tap = Tap { stream, first: Some(first) };
        let mut stream = TlsConnector::from(config).connect(name, tap).await?;
        stream.get_mut().0.first = None;
        Ok(Self { stream, leftovers: true })
    }

    /// What the handshake agreed on.
    pub fn session(&self) -> &ClientConnection {
        self.stream.get_ref().1
    }

    /// The stream that carries it.
    pub(super) fn beneath(&self) -> &Stream {
        &self.stream.get_ref().0.stream
    }

    /// Ready once all that was taken has left.
    pub(super) fn poll_leftovers(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.leftovers {
            return Poll::Ready(Ok(()));
        }
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.leftovers = !matches!(flushed, Poll::Ready(Ok(())));
        flushed
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Reading may call for an answer (RFC 8446 4.6.3).
        let this = self.get_mut();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        this.leftovers |= this.session().wants_write();
        read
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.leftovers = true;
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        if matches!(written, Poll::Ready(Ok(_))) {
            // Trouble with it stays, and comes up at the next turn.
            let _ = this.poll_leftovers(context);
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl AsyncRead for Tap {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if let Some(first) = &this.first {
            first.push(&buffer.filled()[before..]);
        }
        read
    }
}

impl AsyncWrite for Tap {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
