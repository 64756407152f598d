//! What an account puts into a form that nobody has touched: the sender, a signature, an example.

use super::{Compose, Slot, text_area};
use crate::app::account::{Account, Example};
use crate::app::edit;

impl Compose {
    /// Fills empty fields from the account; the person's text is never overwritten.
    pub(crate) fn fill(&mut self, account: &Account) {
        if self.unsent {
            return;
        }
        *self.field_mut(Slot::From) = edit::field(&account.from);
        if account.example.is_none() && self.body_text() == self.filled {
            self.fill_body(&signed(&account.signature));
        }
        if let Some(example) = &account.example {
            self.put(example);
        } else if !account.from.is_empty() {
            self.at = Slot::To;
        }
        self.check_addresses();
    }

    /// Puts a mail for practice into a form that nobody has touched and that has no recipient yet.
    pub(crate) fn fill_for_practice(&mut self, example: &Example) {
        if !self.unsent && self.field(Slot::To).value().is_empty() {
            self.put(example);
            self.check_addresses();
        }
    }

    fn put(&mut self, Example { to, subject, body }: &Example) {
        *self.field_mut(Slot::To) = edit::field(to);
        *self.field_mut(Slot::Subject) = edit::field(subject);
        self.fill_body(body);
        self.at = Slot::Main;
    }

    fn fill_body(&mut self, body: &str) {
        self.body = text_area(body);
        self.filled = self.body_text();
    }
}

/// A body that holds nothing but a signature (RFC 3676 4.3), with room above it.
pub(super) fn signed(signature: &str) -> String {
    if signature.is_empty() { String::new() } else { format!("\n\n-- \n{signature}") }
}
