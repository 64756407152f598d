//! A typed AUTH without its response, helped: user and password are asked for, and the engine does the base64.

use super::App;
use super::dialog::{Choice, Dialog, Item, Menu, Purpose};
use crate::sasl::{Mechanism, SignIn};
use crate::wire::{Secret, Side, printable};
use crate::{pop3, smtp};

/// A sign-in begun in the prompt.
#[derive(Clone, Debug)]
pub(super) struct Helped {
    side: Side,
    /// As it was typed, to be sent or put back.
    line: String,
    /// It goes over a line without TLS, as the person said.
    in_clear: bool,
    mechanism: Mechanism,
    user: String,
}

/// Which mechanisms a typed line without a response may mean: `AUTH` alone any of those that are helped, others none.
fn asked_for(line: &str) -> &'static [Mechanism] {
    let words: Vec<String> = line.split_ascii_whitespace().map(str::to_ascii_uppercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["AUTH"] => &[Mechanism::Plain, Mechanism::Login],
        ["AUTH", "PLAIN"] => &[Mechanism::Plain],
        ["AUTH", "LOGIN"] => &[Mechanism::Login],
        _ => &[],
    }
}

impl App {
    /// A line was typed in the prompt: it goes out, unless it is an AUTH that wants help.
    pub(super) fn line_typed(&mut self, line: &str) {
        if self.script_holds(line) || self.step_changed(line) {
            return;
        }
        let side = self.prompt.side;
        let inside = match side {
            Side::Smtp => matches!(self.links.smtp_state, smtp::State::Body | smtp::State::Auth),
            Side::Pop3 => self.links.pop3_state == pop3::State::Auth,
        };
        match asked_for(line) {
            [] => self.type_line(line),
            [..] if inside || !self.links.of(side).is_up() => self.type_line(line),
            wanted => self.offer_help(side, line, wanted),
        }
    }

    fn offer_help(&mut self, side: Side, line: &str, wanted: &[Mechanism]) {
        let in_clear = self.links.of(side).protection.is_none();
        let mut text = vec![self.offered(side)];
        if in_clear {
            text.push(
                "This line is NOT encrypted: anyone on its way can read the password; base64 hides nothing.".into(),
            );
        }
        let help = |mechanism: &Mechanism| {
            let key = match mechanism {
                _ if wanted.len() == 1 => 'y',
                Mechanism::Login => 'l',
                _ => 'p',
            };
            let sure = if in_clear { "in clear all the same: " } else { "" };
            let text = format!("{}, {sure}user and password are asked for, base64 is done for you", mechanism.name());
            Item::new(key, text, Choice::HelpAuth(*mechanism))
        };
        let mut items: Vec<Item> = wanted.iter().map(help).collect();
        items.push(Item::new('s', "Send it as typed; the base64 is mine to type", Choice::AuthAsTyped));
        // What gives nothing away has the focus.
        items.insert(if in_clear { 0 } else { items.len() }, Item::new('n', "Nothing", Choice::NoAuth));
        self.helped = Some(Helped { side, line: line.to_owned(), in_clear, mechanism: wanted[0], user: String::new() });
        let title = format!("{}: sign in?", printable::text(line));
        self.dialog = Some(Dialog::Menu(Menu::new(title, text, items)));
    }

    /// Which mechanisms the server announced, in a sentence.
    fn offered(&self, side: Side) -> String {
        let names: Vec<String> = match (side, &self.links.pop3_capabilities) {
            (Side::Smtp, _) => self.links.smtp_capabilities.auth.clone(),
            (Side::Pop3, Some(capabilities)) => capabilities.sasl.clone(),
            (Side::Pop3, None) => Vec::new(),
        };
        if names.is_empty() {
            return "The server announced no AUTH mechanism (so far).".to_owned();
        }
        format!("The server offers {}.", printable::text(&names.join(", ")))
    }

    /// The person wants help: who signs in?
    pub(super) fn help_auth(&mut self, mechanism: Mechanism) {
        let Some(helped) = &mut self.helped else { return };
        helped.mechanism = mechanism;
        let account = &self.account;
        let user = account.user_of(helped.side).or(account.user.as_deref()).or(account.smtp_user.as_deref());
        let hint = "Next comes the password. Esc leaves, and nothing is sent.";
        let title = format!("User name for AUTH {}", mechanism.name());
        self.dialog = Some(Dialog::question(Purpose::AuthUser, &title, hint, user.unwrap_or_default()));
    }

    pub(super) fn auth_user(&mut self, user: &str) -> Result<(), String> {
        if user.is_empty() {
            return Err("a user name is needed".to_owned());
        }
        let Some(helped) = &mut self.helped else { return Ok(()) };
        user.clone_into(&mut helped.user);
        let hint = "It is not shown, kept or written anywhere. The base64 is done for you.";
        let title = format!("Password of {}", printable::text(user));
        self.dialog = Some(Dialog::question(Purpose::AuthPassword, &title, hint, ""));
        Ok(())
    }

    pub(super) fn auth_password(&mut self, password: &str) {
        let Some(helped) = self.helped.take() else { return };
        let plan = self.plan_of(helped.side, helped.user, Secret::new(password));
        let plan = SignIn { mechanism: Some(helped.mechanism), allow_plain: helped.in_clear, ..plan };
        self.signing.by_hand[helped.side as usize] = true;
        self.submit_sign_in(helped.side, plan);
        self.show_what_goes_out();
    }

    pub(super) fn auth_as_typed(&mut self) {
        if let Some(helped) = self.helped.take() {
            self.prompt.side = helped.side;
            self.type_line(&helped.line);
        }
    }

    /// Nothing is sent: the line stands in the prompt again.
    pub(super) fn no_auth(&mut self) {
        if let Some(helped) = self.helped.take() {
            self.prompt.side = helped.side;
            self.prompt.input = super::edit::field(&helped.line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_auth_without_its_response_wants_help() {
        for (line, wanted) in [
            ("AUTH LOGIN", &[Mechanism::Login][..]),
            ("auth plain ", &[Mechanism::Plain]),
            ("Auth", &[Mechanism::Plain, Mechanism::Login]),
            ("AUTH PLAIN AGFkYQ==", &[]),
            ("AUTH CRAM-MD5", &[]),
            ("NOOP", &[]),
        ] {
            assert_eq!(asked_for(line), wanted, "{line}");
        }
    }
}
