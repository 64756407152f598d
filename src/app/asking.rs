//! Questions that no key of the person's led to: one at a time, behind whatever is on screen, and never answered by a key
//! that was meant for something else.

use super::dialog::{Dialog, Menu};
use super::{App, TYPING_PAUSE};
use crate::wire::Side;

/// What is to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// Whether to trust the certificate for which the line of this side failed.
    Trust(Side),
    /// Whether the secret may go over a line without TLS.
    PlainAuth(Side),
    /// Whether to put the mail in the form aside for an answer.
    PutAside,
    /// Whether to send a mail as it is.
    Lints,
    /// Whether to put the password into the key ring.
    KeepSecret,
}

impl App {
    /// Asks at once, or as soon as what is on screen is closed.
    pub(super) fn ask(&mut self, what: Asking) {
        if self.dialog.is_some() {
            if !self.to_ask.contains(&what) {
                self.to_ask.push(what);
            }
            return;
        }
        let ready = self.last_text_key.map(|last| last + TYPING_PAUSE);
        self.show_question(what, ready);
    }

    /// A dialog was closed: the next question that still matters comes up.
    pub(super) fn ask_on(&mut self) {
        while self.dialog.is_none() && self.leaving.is_none() && !self.to_ask.is_empty() {
            let what = self.to_ask.remove(0);
            let ready = Some(self.now.instant + TYPING_PAUSE);
            self.show_question(what, ready);
        }
    }

    fn show_question(&mut self, what: Asking, ready: Option<std::time::Instant>) {
        let Some(menu) = self.question_of(what) else { return };
        // It says what the toast said, and more.
        self.status.dismiss();
        let ready = ready.filter(|ready| *ready > self.now.instant);
        self.dialog = Some(Dialog::Menu(Menu { ready, ..menu }));
    }

    /// The question, unless it has settled itself meanwhile.
    fn question_of(&self, what: Asking) -> Option<Menu> {
        match what {
            Asking::Trust(side) => self.trust_menu(side),
            Asking::PlainAuth(side) => self.clear_text_would_do(side).then(|| self.plain_auth_menu(side)),
            Asking::PutAside => self.put_aside_menu(),
            Asking::Lints => self.lint_menu(),
            Asking::KeepSecret => self.account.password.as_ref().map(|_| Self::keep_secret_menu()),
        }
    }
}
