//! What was heard on a POP3 line, as far as it decides what comes next.

use crate::pop3::{Notice, Response, Status, Verb};

/// Most message numbers remembered of each kind.
const MOST: usize = 10_000;

/// What was heard on a line so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, true or not whatever the others are")]
pub struct Heard {
    /// CAPA was refused: an old server.
    pub capa_refused: bool,
    /// STLS was refused.
    pub stls_refused: bool,
    /// USER was refused.
    pub user_refused: bool,
    /// PASS or AUTH was refused.
    pub refused: bool,
    /// STAT was answered.
    pub stat: bool,
    /// How many messages it told.
    pub messages: Option<u32>,
    /// LIST was answered.
    pub list: bool,
    /// UIDL was answered, be it by a refusal.
    pub uidl: bool,
    /// Messages that came whole.
    pub fetched: Vec<u32>,
    /// Messages that are marked for deletion.
    pub marked: Vec<u32>,
}

impl Heard {
    /// Something happened on the line.
    pub fn notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Replied { verb, number, response, .. } => self.replied(*verb, *number, response),
            Notice::Maildrop(drop) => self.messages = Some(drop.messages),
            Notice::Marked(number) if self.marked.len() < MOST => self.marked.push(*number),
            Notice::MarksCleared => self.marked.clear(),
            _ => {}
        }
    }

    /// The line is encrypted from here on: what was heard before counts no more (RFC 2595 4).
    pub fn encrypted(&mut self) {
        *self = Self::default();
    }

    fn replied(&mut self, verb: Verb, number: Option<u32>, response: &Response) {
        let (good, bad) = (response.status == Status::Ok, response.status == Status::Err);
        match verb {
            Verb::Capa => self.capa_refused |= bad,
            Verb::Stls => self.stls_refused |= bad,
            Verb::User => self.user_refused |= bad,
            Verb::Pass | Verb::Apop | Verb::Auth | Verb::SaslResponse => self.refused |= bad,
            Verb::Stat => self.stat |= good,
            Verb::List if number.is_none() => self.list |= good,
            Verb::Uidl if number.is_none() => self.uidl = true,
            // One that is refused is not asked for again by itself.
            Verb::Retr if self.fetched.len() < MOST => self.fetched.extend(number),
            _ => {}
        }
    }
}
