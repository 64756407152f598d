//! What comes before a line stands: files are read, the host is dialled, and, for TLS from the first octet, hands shaken.

use std::future::Future;
use std::pin::Pin;

use tokio::task::spawn_blocking;

use crate::connection::dial::{Dial, Step};
use crate::connection::failure::place;
use crate::connection::tls::{Handshake, Materials, Shaken};
use crate::connection::{Failure, Target};

/// How far it has come.
pub enum Approach {
    /// Files are read.
    Preparing(Reading),
    /// Looking up and trying addresses.
    Dialling,
    /// TCP stands; TLS does not yet.
    Securing(Handshake),
}

type Reading = Pin<Box<dyn Future<Output = Result<Materials, Failure>> + Send>>;

/// What it goes on with.
#[derive(Debug)]
pub enum Advance {
    /// The files were read, or not.
    Prepared(Box<Result<Materials, Failure>>),
    /// Dialling went on.
    Dial(Step),
    /// The handshake is over.
    Secured(Box<Shaken>),
}

impl Approach {
    /// The first thing to do for `target`.
    pub fn to(target: &Target) -> Self {
        if !Materials::are_asked_for(&target.tls) {
            return Self::Dialling;
        }
        let (tls, at) = (target.tls.clone(), place(target.host.trim(), target.port));
        let reading = async move {
            let gone = Failure::tls(&at, "the files for TLS were not read");
            spawn_blocking(move || Materials::read(&tls, &at)).await.unwrap_or(Err(gone))
        };
        Self::Preparing(Box::pin(reading))
    }

    /// Waits for the next thing. Cancel-safe.
    pub async fn advance(&mut self, dial: &mut Dial) -> Advance {
        match self {
            Self::Preparing(reading) => Advance::Prepared(Box::new(reading.await)),
            Self::Dialling => Advance::Dial(dial.step().await),
            Self::Securing(handshake) => Advance::Secured(Box::new(handshake.await)),
        }
    }
}
