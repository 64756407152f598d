//! Whether and when a port that says nothing is asked for TLS.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::connection::tls::probe::{self, Probe};

/// Silence after which a port registered for TLS from the first octet is asked.
const SUSPICIOUS: Duration = Duration::from_secs(5);
/// Silence after which any other port is: longer than the pause by which some servers tell clients that cannot wait.
const SILENT: Duration = Duration::from_secs(10);
/// Ports registered for TLS from the first octet (RFC 8314 7.3).
const REGISTERED: [u16; 2] = [465, 995];

/// One question at most, as long as the peer has said nothing.
pub enum Sounding {
    /// The peer spoke, was asked, or is not to be asked.
    Off,
    /// The peer is silent so far.
    Listening(Ear),
    /// The question is asked.
    Asking(Probe),
}

/// Whom to ask, and when.
pub struct Ear {
    peer: SocketAddr,
    source: Option<IpAddr>,
    limit: Duration,
    /// Before the greeting is late.
    early: Instant,
}

impl Sounding {
    /// For a line in clear to `peer`. `port`: the one asked for. `limit`: of the handshake.
    pub fn of(peer: SocketAddr, source: Option<IpAddr>, port: u16, limit: Duration, now: Instant) -> Self {
        let early = now + if REGISTERED.contains(&port) { SUSPICIOUS } else { SILENT };
        Self::Listening(Ear { peer, source, limit, early })
    }

    /// When the clock is to ring for it.
    pub fn clock(&self) -> Option<Instant> {
        match self {
            Self::Listening(ear) => Some(ear.early),
            Self::Off | Self::Asking(_) => None,
        }
    }

    /// Whether the answer is awaited; until then the greeting is not called late.
    pub fn is_asking(&self) -> bool {
        matches!(self, Self::Asking(_))
    }

    /// Asks if it is time. `late`: the greeting is. True when it was not asked before.
    pub fn ask(&mut self, late: bool, now: Instant) -> bool {
        let Self::Listening(ear) = self else { return false };
        let due = late || ear.early <= now;
        if due {
            *self = Self::Asking(probe::start(ear.peer, ear.source, ear.limit));
        }
        due
    }

    /// The peer spoke, or the answer came.
    pub fn stop(&mut self) {
        *self = Self::Off;
    }

    /// Waits for the answer: whether the port speaks TLS. Cancel-safe.
    pub async fn answer(&mut self) -> bool {
        match self {
            Self::Asking(probe) => probe.await,
            Self::Off | Self::Listening(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_is_asked_once_and_those_registered_for_tls_sooner() {
        let now = Instant::now();
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let sounding = |port| Sounding::of(peer, None, port, Duration::ZERO, now);
        let mut usual = sounding(25);
        assert_eq!(usual.clock(), Some(now + SILENT));
        assert!(!usual.ask(false, now + SUSPICIOUS) && usual.ask(true, now), "a late greeting is time enough");
        assert!(usual.is_asking() && !usual.ask(true, now));
        assert!(!usual.answer().await, "nobody answers within no time");
        let mut registered = sounding(465);
        assert_eq!(registered.clock(), Some(now + SUSPICIOUS));
        assert!(!registered.ask(false, now) && registered.ask(false, now + SUSPICIOUS));
        let mut spoken = sounding(995);
        spoken.stop();
        assert!(!spoken.ask(true, now));
    }
}
