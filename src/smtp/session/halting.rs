//! A mail that is broken off on purpose takes the conversation with it.

use std::time::Instant;

use super::Session;
use super::ending::Loss;
use crate::smtp::{Leave, Line, Stage, Verb};

/// What becomes of everything queued behind.
const WHY: &str = "the mail before it was broken off on purpose";

impl Session {
    /// Reports the last mail under way as stopped, and leaves by QUIT or by closing the line. Nothing is sent behind it.
    pub(super) fn halt(&mut self, stage: Stage, now: Instant) {
        let Some(mail) = self.mails.pop_last() else { return };
        self.body = None;
        let (report, how) = mail.stopped(stage);
        self.report(Box::new(report));
        match how {
            Leave::Drop => self.give_up(None, WHY),
            Leave::Quit => {
                self.drop_queued(Loss { why: WHY, stage: Stage::Mail, reply: None }, |_| false);
                self.send(Line::bare(Verb::Quit), None, now);
            }
        }
    }
}
