//! What is known of a connection, apart from its mails.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::cli::Trouble;
use crate::cli::attempt::Attempt;
use crate::connection::{Failure, Protection};
use crate::sasl::Progress;
use crate::smtp::{Capabilities, Reply, Stage, Verb};
use crate::wire::Timings;

/// A connection that sends, as it went.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug)]
pub struct Facts {
    pub(super) timings: Timings,
    pub(super) peer: Option<SocketAddr>,
    /// What the handshake left, if there was one.
    pub(super) protection: Option<Protection>,
    /// Why nothing was sent without TLS.
    pub(super) insecure: Option<String>,
    /// The server announced AUTH.
    pub(super) offers_sign_in: bool,
    pub(super) sign_in: Attempt,
    /// The last stage that was completed.
    pub(super) stage: Stage,
    /// What ended the conversation before its time.
    pub(super) refusal: Option<(Stage, Reply)>,
    pub(super) failure: Option<Failure>,
    pub(super) dropped: Option<String>,
    pub(super) stopped: bool,
    given_up: bool,
    has_mails: bool,
}

impl Facts {
    /// Nothing has happened yet.
    pub fn new(now: Instant) -> Self {
        Self {
            timings: Timings::new(now),
            peer: None,
            protection: None,
            insecure: None,
            offers_sign_in: false,
            sign_in: Attempt::default(),
            stage: Stage::Connect,
            refusal: None,
            failure: None,
            dropped: None,
            stopped: false,
            given_up: false,
            has_mails: false,
        }
    }

    /// TCP stands.
    pub fn connected(&mut self, peer: SocketAddr, lapse: Duration, now: Instant) {
        self.peer = Some(peer);
        self.stage = Stage::Connect;
        self.timings.connected(lapse, now);
    }

    /// A handshake left something to show.
    pub fn protected(&mut self, protection: Protection, now: Instant) {
        self.protection = Some(protection);
        self.reached(Stage::Tls, now);
    }

    /// TLS was required and cannot be had.
    pub fn insecure(&mut self, why: String) {
        self.insecure = Some(why);
    }

    /// What the server announced; what it says inside TLS comes last and counts.
    pub fn announced(&mut self, capabilities: &Capabilities) {
        self.offers_sign_in = !capabilities.auth.is_empty();
    }

    /// A step of the sign-in.
    pub fn signing_in(&mut self, progress: Progress, now: Instant) {
        if matches!(progress, Progress::Accepted { .. }) {
            self.reached(Stage::Auth, now);
        } else if progress.is_end() {
            self.timings.mark(Stage::word(Stage::Auth), now);
        }
        self.sign_in.take(progress);
    }

    /// The sign-in failed for want of a fresh access token.
    pub fn wants_fresh_token(&self) -> bool {
        matches!(self.sign_in.failed(), Some(Progress::Refused { stale_token: true, .. }))
    }

    /// A stage was answered.
    pub fn reached(&mut self, stage: Stage, now: Instant) {
        self.stage = stage;
        self.timings.mark(Stage::word(stage), now);
    }

    /// A mail came to its end.
    pub fn mail_done(&mut self, now: Instant) {
        self.has_mails = true;
        self.timings.mark("done", now);
    }

    /// The server refused something that is no mail.
    pub fn refused(&mut self, stage: Stage, reply: Reply) {
        self.refusal = Some((stage, reply));
    }

    /// A line was not sent.
    pub fn dropped(&mut self, verb: Verb, why: &str) {
        self.dropped.get_or_insert_with(|| format!("{} was not sent: {why}", verb.name()));
    }

    /// The stage asked for was reached.
    pub fn stopped(&mut self) {
        self.stopped = true;
    }

    /// The line is given up because a person wants it.
    pub fn given_up(&mut self) {
        self.given_up = true;
    }

    /// Whether it was given up.
    pub fn is_dropped(&self) -> bool {
        self.given_up
    }

    /// The line is closed.
    pub fn closed(&mut self, failure: Option<Failure>, now: Instant) {
        match failure {
            None => self.timings.mark("quit", now),
            Some(_) => self.timings.end(now),
        }
        self.failure = failure;
    }

    /// Whether it went well enough for mails.
    pub fn came_through(&self) -> bool {
        self.has_mails
    }

    /// What went wrong with the connection itself, if anything; not sanitized.
    pub fn trouble_words(&self) -> Option<String> {
        if self.given_up || self.stopped {
            return None;
        }
        if let Some(why) = &self.insecure {
            return Some(why.clone());
        }
        if let Some(end) = self.sign_in.failed() {
            return Some(Trouble::of_sign_in(end).what);
        }
        if let Some((stage, reply)) = &self.refusal {
            return Some(format!("refused at the stage {}: {reply}", stage.word()));
        }
        self.failure.as_ref().map(ToString::to_string)
    }
}
