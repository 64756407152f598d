//! What the placeholders of lessons stand for here: the account's names, and the keys of the key map in force.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::App;
use crate::keymap::{Action, Scope};
use crate::lesson::words::fill;
use crate::mail::AddressList;
use crate::mail::address::on_the_wire;
use crate::wire::{Secret, printable};

impl App {
    /// The value of a placeholder. Of other servers than the sandbox no secret is shown.
    pub(super) fn lesson_word(&self, name: &str) -> Option<String> {
        if let Some(action) = name.strip_prefix("key:") {
            return self.keymap.hint(Action::from_id(action)?, &[Scope::Global, Scope::Leader]);
        }
        let me = || self.own_address();
        let word = match name {
            "me" => me(),
            "you" => self.account.example.as_ref().map_or_else(me, |example| example.to.clone()),
            "domain" => me().rsplit_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default(),
            "hello" => self.account.hello.clone(),
            "user" => self.account.user.clone().unwrap_or_else(|| "(your user name)".to_owned()),
            "password" => self.practice_password().unwrap_or("(your password)").to_owned(),
            "sign_in" => {
                let me = me();
                let user = me.split('@').next().unwrap_or_default();
                let packed = |password| STANDARD.encode(format!("\0{user}\0{password}"));
                self.practice_password().map_or_else(|| "(your sign-in in base64)".to_owned(), packed)
            }
            _ => return None,
        };
        Some(printable::text(&word).into_owned())
    }

    /// A text of a lesson, its placeholders replaced.
    pub(super) fn in_words(&self, text: &str) -> String {
        fill(text, &|name: &str| self.lesson_word(name))
    }

    pub(super) fn own_address(&self) -> String {
        let list = AddressList::salvage(&self.account.from);
        let mine = list.mailboxes().next().map(|mailbox| on_the_wire(&mailbox.address).into_owned());
        mine.unwrap_or_else(|| "you@example.org".to_owned())
    }

    /// The sandbox's password, which is no secret.
    fn practice_password(&self) -> Option<&str> {
        self.account.password.as_ref().filter(|_| self.account.is_practice()).map(Secret::expose)
    }
}
