//! A message on its way into the view: asked for, arriving, taken apart, shown.

use std::sync::Arc;

use super::{Mailbox, Message, Opening, Outcome, Parsing, Said};
use crate::mail::View;
use crate::pop3::{Line, Verb};
use crate::wire::limits;

impl Mailbox {
    /// RETR for the selected message.
    pub(crate) fn open_selected(&mut self) -> Option<Line> {
        let number = self.selected_row().filter(|row| !row.marked)?.number;
        Some(self.open_number(number))
    }

    /// RETR for a message.
    pub(crate) fn open_number(&mut self, number: u32) -> Line {
        self.opening = Some(Opening { number, bytes: Vec::new(), octets: 0, since: None });
        Line::numbered(Verb::Retr, number)
    }

    /// A message is being fetched or taken apart.
    pub(crate) fn is_opening(&self) -> bool {
        self.opening.is_some() || self.parsing.is_some()
    }

    /// This message is being fetched or taken apart.
    pub(crate) fn is_on_its_way(&self, number: u32) -> bool {
        let opening = self.opening.as_ref().map(|opening| opening.number);
        opening == Some(number) || self.parsing.as_ref().is_some_and(|parsing| parsing.number == number)
    }

    /// The open message, if it is this one: another one may have its number in the next session.
    pub(crate) fn message_of(&mut self, raw: &Arc<Vec<u8>>) -> Option<&mut Message> {
        self.message.as_mut().filter(|message| Arc::ptr_eq(&message.raw, raw))
    }

    pub(crate) fn close_message(&mut self) -> bool {
        self.focus_message = false;
        self.message.take().is_some()
    }

    pub(super) fn body(&mut self, number: u32, bytes: &[u8]) {
        // A RETR typed by hand opens the message too.
        let opening = self.opening.get_or_insert_with(|| Opening { number, bytes: Vec::new(), octets: 0, since: None });
        if opening.number != number {
            *opening = Opening { number, bytes: Vec::new(), octets: 0, since: None };
        }
        let room = limits::MESSAGE_IN_MEMORY.saturating_sub(opening.bytes.len());
        opening.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        opening.octets += bytes.len() as u64;
    }

    pub(super) fn message_end(&mut self, number: u32, octets: u64, complete: bool) -> Outcome {
        let Some(opening) = self.opening.take() else { return Outcome::default() };
        if !complete {
            return Outcome::say(Said::Error(format!(
                "message {number} is incomplete: the line went away after {octets} octets; it is not shown"
            )));
        }
        let said = (opening.octets > opening.bytes.len() as u64).then(|| {
            Said::Warning(format!("message {number} is larger than is kept in memory: only its first part is shown"))
        });
        let raw = Arc::new(opening.bytes);
        self.parsing = Some(Parsing { number, raw: Arc::clone(&raw), octets: opening.octets });
        Outcome { said, whole: Some((number, raw)), ..Outcome::default() }
    }

    /// Shows a message that was taken apart.
    pub(crate) fn show_message(&mut self, number: u32, raw: Arc<Vec<u8>>, view: View) {
        // A session may have ended while it was taken apart; then its number means nothing any more.
        if let Some(parsing) = self.parsing.take_if(|parsing| Arc::ptr_eq(&parsing.raw, &raw)) {
            let mut message = Message::new(number, raw, parsing.octets, view);
            if let Some(before) = &self.message {
                message.look_as(before);
            }
            self.message = Some(message);
            self.focus_message = true;
        }
    }
}
