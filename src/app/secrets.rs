//! The secret that a sign-in needs: fetched or asked for, kept in the key ring, and what waits for it.

use std::time::Instant;

use super::dialog::{Choice, Dialog, Item, Menu, Purpose};
use super::signing::{Signing, for_the_form};
use super::{App, Effect};
use crate::config::secret::Source;
use crate::wire::{Secret, Side, printable};

/// What waits for a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Opening the mailbox.
    OpenMailbox,
    /// Connecting the SMTP side.
    Connect,
    /// Going on with a script that signs in on this side.
    Script(Side),
    /// Sending the mail in the form.
    Send,
    /// Sending the mail in the form many times.
    SendMany,
    /// Sending a message on as it is.
    Resend,
    /// Signing in on the SMTP line that stands.
    SignIn,
}

impl App {
    /// Does `task` once there is a secret: at once, after it was fetched, or after it was typed.
    pub(super) fn with_secret(&mut self, task: Task) {
        if self.account.password.is_some() || self.account.needs_no_secret() || !self.signs_in(task) {
            self.go_on(task);
            return;
        }
        if !self.signing.waiting.contains(&task) {
            self.signing.waiting.push(task);
        }
        if self.account.source == Source::Prompt {
            self.ask_for_password(None);
        } else if self.signing.fetching.is_none() {
            self.signing.fetching = Some(self.now.instant);
            let (source, key) = (self.account.source.clone(), self.account.secret_key());
            self.effects.push(Effect::FetchSecret { source, key });
        }
    }

    fn signs_in(&self, task: Task) -> bool {
        let side = match task {
            Task::OpenMailbox => Side::Pop3,
            Task::Script(side) => side,
            _ => Side::Smtp,
        };
        // Whoever says hello by hand signs in by hand.
        self.account.user_of(side).is_some() && (self.account.greet || task != Task::Connect)
    }

    fn go_on(&mut self, task: Task) {
        match task {
            Task::OpenMailbox => self.open_with_secret(),
            Task::Script(_) => self.script_has_secret(),
            Task::Send => self.send_with_secret(),
            Task::SendMany => self.send_many_with_secret(),
            Task::Resend => self.resend_with_secret(),
            Task::SignIn if self.links.smtp.is_up() => self.sign_in(Side::Smtp),
            Task::Connect | Task::SignIn => {
                self.connect(Side::Smtp);
            }
        }
    }

    fn ask_for_password(&mut self, error: Option<String>) {
        // Each side may have a name of its own: that of the sign-in that waits is asked about.
        let to_mailbox = self.signing.waiting.contains(&Task::OpenMailbox);
        let sides = if to_mailbox { [Side::Pop3, Side::Smtp] } else { [Side::Smtp, Side::Pop3] };
        let user = sides.into_iter().find_map(|side| self.account.user_of(side)).unwrap_or_default();
        let what = if self.account.token { "Access token" } else { "Password" };
        let title = format!("{what} of {}", printable::text(user));
        let mut dialog = Dialog::question(Purpose::Password, &title, "It is not shown, kept or written anywhere.", "");
        if let Dialog::Question(question) = &mut dialog {
            question.error = error;
        }
        self.dialog = Some(dialog);
    }

    /// The secret was fetched, or why not.
    pub(super) fn secret_came(&mut self, secret: Result<Option<Secret>, String>) {
        self.signing.fetching = None;
        match secret {
            Ok(_) | Err(_) if self.signing.waiting.is_empty() => {}
            Ok(Some(secret)) if self.signing.refused.as_ref().is_some_and(|old| old.expose() == secret.expose()) => {
                let error = "The same was fetched again that the server refused. Type the right one, or Esc.";
                self.ask_for_password(Some(error.to_owned()));
            }
            Ok(Some(secret)) => {
                self.signing.typed = false;
                self.have_secret(secret);
            }
            Ok(None) => self.ask_for_password(None),
            Err(error) => {
                let error = printable::text(&for_the_form(&error)).into_owned();
                self.error(format!("the password could not be fetched: {error}"));
                // The question says the same; the log keeps it.
                self.status.dismiss();
                self.ask_for_password(Some(format!("It could not be fetched: {error}. Type it, or Esc.")));
            }
        }
    }

    /// The secret was typed.
    pub(super) fn secret_typed(&mut self, text: &str) {
        self.signing.typed = true;
        self.have_secret(Secret::new(text));
    }

    fn have_secret(&mut self, secret: Secret) {
        self.account.password = Some(secret);
        for task in std::mem::take(&mut self.signing.waiting) {
            self.go_on(task);
        }
    }

    /// Another account is used from now on. `typed`: its secret was typed just now.
    pub(super) fn sign_in_anew(&mut self, typed: bool) {
        self.signing = Signing { typed, made: self.signing.made, ..Signing::default() };
    }

    /// Something waits for a secret.
    pub(super) fn is_asked_for_secret(&self) -> bool {
        !self.signing.waiting.is_empty()
    }

    /// Since when something waits for a secret that is being fetched.
    pub(crate) fn fetching_since(&self) -> Option<Instant> {
        self.signing.fetching.filter(|_| !self.signing.waiting.is_empty())
    }

    /// What waited for a secret is not wanted any more.
    pub(super) fn no_secret(&mut self) {
        self.signing.waiting.clear();
        self.script_has_no_secret();
        self.no_many();
    }

    pub(super) fn keep_secret_menu() -> Menu {
        let text = vec!["The server took it. Kept there, it is not asked for again on this machine.".to_owned()];
        Menu::new(
            "Keep the password in the key ring?",
            text,
            vec![Item::new('n', "No", Choice::Stay), Item::new('y', "Yes, keep it", Choice::KeepSecret)],
        )
    }

    pub(super) fn keep_secret(&mut self) {
        if let Some(secret) = self.account.password.clone() {
            self.effects.push(Effect::KeepSecret { key: self.account.secret_key(), secret });
        }
    }
}
