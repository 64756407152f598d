//! The limits this program adopts, with the RFC's value beside each. One table, so that no engine has its own idea.

use std::time::Duration;

/// Longest command line we send, in octets, CRLF included (RFC 5321 4.5.3.1.4); parameters of extensions make room for
/// themselves. A longer one is refused, not cut.
pub const COMMAND_LINE: usize = 512;
/// Longest AUTH line or SASL response we send, in octets, CRLF included (RFC 4954 4).
pub const AUTH_LINE: usize = 12_288;
/// Longest reply line we accept, in octets, line end included (RFC 5321 4.5.3.1.5 says 512).
pub const REPLY_LINE: usize = 8 * 1024;
/// Most lines in one SMTP reply.
pub const REPLY_LINES: usize = 1_000;
/// Most octets in one SMTP reply.
pub const REPLY_OCTETS: usize = 64 * 1024;
/// Most lines in one CAPA response.
pub const CAPA_LINES: usize = 200;
/// Longest text line of a body we send, in octets, without CRLF (RFC 5321 4.5.3.1.6).
pub const TEXT_LINE: usize = 998;
/// Most messages believed in a POP3 listing.
pub const MESSAGES: u32 = 1_000_000;
/// Longest unique-id that RFC 1939 7 allows, in octets.
pub const UIDL: usize = 70;
/// Most octets of one message kept in memory.
pub const MESSAGE_IN_MEMORY: usize = 32 * 1024 * 1024;
/// Most SASL rounds (challenge and response) before the exchange is cancelled.
pub const SASL_ROUNDS: u32 = 8;

/// How long each wait may last, from its start to its end, whatever dribbles in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP connect, per address.
    pub connect: Duration,
    /// TLS handshake.
    pub handshake: Duration,
    /// First line of the server to the whole greeting.
    pub greeting: Duration,
    /// A command written to its whole reply; also one block of a body each way.
    pub reply: Duration,
    /// The final dot to its whole reply (RFC 5321 4.5.3.2.6 asks for 10 minutes).
    pub final_dot: Duration,
    /// QUIT to its reply.
    pub quit: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            handshake: Duration::from_secs(10),
            greeting: Duration::from_secs(30),
            reply: Duration::from_mins(1),
            final_dot: Duration::from_mins(10),
            quit: Duration::from_secs(2),
        }
    }
}

impl Timeouts {
    /// Each wait bounded by `limit` from above.
    #[must_use]
    pub fn at_most(self, limit: Duration) -> Self {
        Self {
            connect: self.connect.min(limit),
            handshake: self.handshake.min(limit),
            greeting: self.greeting.min(limit),
            reply: self.reply.min(limit),
            final_dot: self.final_dot.min(limit),
            quit: self.quit.min(limit),
        }
    }
}

/// What was being waited for when time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The end of the TLS handshake.
    Handshake,
    /// The server's greeting.
    Greeting,
    /// The reply to a command.
    Reply,
    /// The next block of a body, either way.
    Body,
    /// The reply to the final dot: the outcome of the mail is unknown.
    FinalDot,
    /// The reply to QUIT.
    Quit,
}
