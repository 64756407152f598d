//! A mended draft back in the form: only what the mend changed, so that everything else keeps its caret and its past.

use std::time::Instant;

use super::{Compose, Slot, text_area};
use crate::app::edit;
use crate::mail::Draft;

impl Compose {
    /// Takes what differs from the form out of a draft that was mended.
    pub(crate) fn take_mended(&mut self, mended: Draft, now: Instant) {
        let present = self.draft();
        for (slot, text, was) in
            [(Slot::Bcc, &mended.bcc, &present.bcc), (Slot::Subject, &mended.subject, &present.subject)]
        {
            if text != was {
                *self.field_mut(slot) = edit::field(text);
            }
        }
        if mended.body != present.body {
            self.body = text_area(&mended.body);
        }
        if mended.headers != present.headers {
            let lines: Vec<String> = mended.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            self.headers = text_area(&lines.join("\n"));
        }
        if mended.envelope != present.envelope {
            self.take_envelope(&mended);
        }
        self.flaws = mended.flaws;
        self.changed(now);
    }

    /// A half of the envelope that follows from the headers is not typed.
    fn take_envelope(&mut self, mended: &Draft) {
        let derived = self.addressed();
        let from = derived.envelope_with(None, Some(vec![String::new()])).map(|envelope| envelope.from);
        let to = derived.envelope_with(Some(String::new()), None).map(|envelope| envelope.to);
        if mended.envelope.as_ref().is_none_or(|envelope| from.as_ref() == Ok(&envelope.from)) {
            self.envelope_from = edit::field("");
        }
        if mended.envelope.as_ref().is_none_or(|envelope| to.as_ref() == Ok(&envelope.to)) {
            self.envelope_to = edit::field("");
        }
    }

    /// The mail is sent in another manner than it was to be.
    pub(crate) fn manner_changed(&mut self, now: Instant) {
        self.changed(now);
    }
}
