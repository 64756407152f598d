//! The connect form: two servers, how their lines are protected, who signs in and with what, and the profiles that keep
//! all this.

mod filling;
mod row;
mod values;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use super::Answer;
use crate::app::account::Account;
use crate::app::edit;
use crate::config::{Preset, Profile};
use crate::connection::Protocol;
use crate::mail::AddressList;
use crate::wire::{Side, TlsMode};
use filling::Known;
pub(crate) use row::{Button, Kind, Row};
use values::{SOURCES, Values, stepped};

/// The form's state.
#[derive(Debug)]
pub(crate) struct ConnectForm {
    values: Values,
    /// What stood here before something else was chosen to fill it.
    own: Option<Box<Values>>,
    known: Vec<Known>,
    /// What fills the form: 0 is what the person has, then [`Self::known`].
    chosen: usize,
    pub(crate) at: usize,
    pub(crate) error: Option<String>,
    /// What was found, or is being done.
    pub(crate) note: Option<String>,
}

/// The port to go to when the mode changes: the one registered for it if `port` was so for the mode before, else the
/// same.
pub(crate) fn port_for(protocol: Protocol, mode: TlsMode, port: u16) -> u16 {
    let Some(implicit) = protocol.implicit_tls_port() else { return port };
    let plain: &[u16] = if protocol == Protocol::Pop3 { &[110] } else { &[587, 25] };
    match mode {
        TlsMode::Implicit if plain.contains(&port) => implicit,
        TlsMode::None | TlsMode::Auto | TlsMode::Require if port == implicit => plain[0],
        _ => port,
    }
}

impl ConnectForm {
    pub(crate) fn new(account: &Account, profiles: &[Profile], presets: &[Preset]) -> Self {
        let mut form = Self {
            values: Values::of(account),
            own: None,
            known: Vec::new(),
            chosen: 0,
            at: 0,
            error: None,
            note: None,
        };
        form.go(Row::SmtpHost);
        form.know(profiles, presets);
        form
    }

    /// The text of a place, if it holds one.
    pub(crate) fn field(&self, row: Row) -> Option<&Input> {
        match row.kind() {
            Kind::Field(index) => Some(&self.values.fields[index]),
            _ => None,
        }
    }

    pub(crate) fn is_on(&self, row: Row) -> bool {
        match row {
            Row::SmtpToo => self.values.smtp_too,
            Row::Token => self.values.token,
            Row::PlainAuth => self.values.plain_auth,
            _ => self.values.greet,
        }
    }

    /// What is chosen at a place, sanitized.
    pub(crate) fn choice(&self, row: Row) -> String {
        match row {
            Row::SmtpTls => self.values.smtp_tls.word().to_owned(),
            Row::Pop3Tls => self.values.pop3_tls.word().to_owned(),
            Row::Mechanism => self.values.mechanism.map_or("automatic", |mechanism| mechanism.name()).to_owned(),
            Row::Source => SOURCES[self.values.source].to_owned(),
            _ => self.filled_from(),
        }
    }

    pub(crate) fn row(&self) -> Row {
        Row::ALL[self.at.min(Row::ALL.len() - 1)]
    }

    /// Whether a place is there: a source without a value has no field for it.
    pub(crate) fn has(&self, row: Row) -> bool {
        row != Row::Value || self.values.has_value()
    }

    /// What Enter does here, in a word.
    pub(crate) fn enter_word(&self) -> &'static str {
        match self.row() {
            Row::Button(Button::Find) => "find",
            Row::Button(Button::Save) => "keep",
            Row::Button(Button::Remove) => "forget",
            _ => "connect",
        }
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Answer {
        let row = self.row();
        let button = if let Kind::Button(button) = row.kind() { Some(button) } else { None };
        match (key.code, key.modifiers) {
            (KeyCode::Up | KeyCode::BackTab, _) => self.step(-1),
            (KeyCode::Down, _) | (KeyCode::Tab, KeyModifiers::NONE) => self.step(1),
            (KeyCode::Enter, _) => return Answer::Form(button.unwrap_or(Button::Connect)),
            (KeyCode::Char(' '), KeyModifiers::NONE) if button.is_some() => {
                return button.map_or(Answer::None, Answer::Form);
            }
            (KeyCode::Left, _) if button.is_some() => self.step(-1),
            (KeyCode::Right, _) if button.is_some() => self.step(1),
            (KeyCode::Char(' '), KeyModifiers::NONE) if row.kind() == Kind::Switch => self.switch(row),
            (KeyCode::Right | KeyCode::Char(' '), _) if row.kind() == Kind::Choice => self.turn(row, 1),
            (KeyCode::Left, _) if row.kind() == Kind::Choice => self.turn(row, -1),
            _ => {
                if let Kind::Field(index) = row.kind() {
                    self.error = None;
                    edit::line(&mut self.values.fields[index], key);
                }
            }
        }
        Answer::None
    }

    fn step(&mut self, step: isize) {
        self.note = None;
        self.at = stepped(self.at, step, Row::ALL.len());
        if !self.has(self.row()) {
            self.at = stepped(self.at, step, Row::ALL.len());
        }
    }

    pub(crate) fn go(&mut self, row: Row) {
        self.at = Row::ALL.iter().position(|each| *each == row).unwrap_or(0);
    }

    fn switch(&mut self, row: Row) {
        let switch = match row {
            Row::SmtpToo => &mut self.values.smtp_too,
            Row::Token => &mut self.values.token,
            Row::PlainAuth => &mut self.values.plain_auth,
            _ => &mut self.values.greet,
        };
        *switch = !*switch;
    }

    fn turn(&mut self, row: Row, step: isize) {
        self.error = None;
        match row {
            Row::SmtpTls => self.values.step_tls(Side::Smtp, step),
            Row::Pop3Tls => self.values.step_tls(Side::Pop3, step),
            Row::Mechanism => self.values.step_mechanism(step),
            Row::Source => self.values.step_source(step),
            _ => self.fill(stepped(self.chosen, step, self.known.len() + 1)),
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        if let Kind::Field(index) = self.row().kind() {
            edit::paste_line(&mut self.values.fields[index], text);
        }
    }

    /// Says what is wrong at a place, with the caret there.
    pub(crate) fn complain(&mut self, row: Row, error: &str) {
        self.go(row);
        self.note = None;
        self.error = Some(error.to_owned());
    }

    /// The account as the form has it. On a mistake the form says so, with the caret where it is.
    pub(crate) fn account(&mut self) -> Option<Account> {
        let kept = |name: &str| {
            self.known.iter().any(|known| matches!(known, Known::Profile(profile) if profile.name == name))
        };
        match self.values.read(kept) {
            Ok(account) => Some(account),
            Err((row, error)) => {
                self.complain(row, &error);
                None
            }
        }
    }

    /// The name to keep it under.
    pub(crate) fn name(&self) -> String {
        self.values.text(Row::Name).to_owned()
    }

    /// The account to keep: it needs a name.
    pub(crate) fn account_to_keep(&mut self) -> Option<Account> {
        if self.name().is_empty() {
            self.complain(Row::Name, "a name is needed to keep it under, such as work");
            return None;
        }
        self.account()
    }

    /// The mail address to find servers for: the user, or the sender.
    pub(crate) fn mail_address(&mut self) -> Option<String> {
        let user = self.values.text(Row::User);
        let sender = AddressList::salvage(self.values.text(Row::From));
        let sender = sender.mailboxes().next().map(|mailbox| mailbox.address.clone());
        let address = Some(user.to_owned()).filter(|user| user.contains('@')).or(sender);
        let address = address.filter(|address| address.rsplit_once('@').is_some_and(|(_, domain)| !domain.is_empty()));
        if address.is_none() {
            self.complain(Row::User, "type the whole mail address here first, such as ada@example.org");
        }
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{Service, Target};

    fn form(values: &[(Row, &str)]) -> ConnectForm {
        let mut form = ConnectForm::new(&Account::empty("lab.test"), &[], &[]);
        for (row, value) in values {
            form.values.set(*row, value);
        }
        form
    }

    fn press(form: &mut ConnectForm, code: KeyCode) -> Answer {
        form.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn ports_are_preset_and_faults_name_their_field() {
        let mut fine = form(&[(Row::SmtpHost, "127.0.0.1")]);
        let account = fine.account().unwrap();
        assert_eq!(account.smtp.unwrap().port, 25);
        assert!(account.pop3.is_none());
        for (values, row) in [
            (vec![], Row::SmtpHost),
            (vec![(Row::SmtpHost, "a b")], Row::SmtpHost),
            (vec![(Row::SmtpHost, "smtp://a")], Row::SmtpHost),
            (vec![(Row::SmtpHost, "a"), (Row::SmtpPort, "70000")], Row::SmtpPort),
            (vec![(Row::Pop3Host, "a"), (Row::Pop3Port, "0")], Row::Pop3Port),
        ] {
            let mut form = form(&values);
            assert!(form.account().is_none(), "{values:?}");
            assert_eq!(form.row(), row);
            assert!(form.error.is_some());
        }
    }

    #[test]
    fn a_registered_port_moves_with_the_mode_and_no_other_does() {
        for (protocol, mode, port, then) in [
            (Protocol::Smtp, TlsMode::Implicit, 25, 465),
            (Protocol::Smtp, TlsMode::Implicit, 587, 465),
            (Protocol::Smtp, TlsMode::Require, 465, 587),
            (Protocol::Smtp, TlsMode::Implicit, 2525, 2525),
            (Protocol::Smtp, TlsMode::None, 25, 25),
            (Protocol::Pop3, TlsMode::Implicit, 110, 995),
            (Protocol::Pop3, TlsMode::Auto, 995, 110),
            (Protocol::Lmtp, TlsMode::Implicit, 24, 24),
        ] {
            assert_eq!(port_for(protocol, mode, port), then, "{protocol:?} {mode:?} {port}");
        }
        let mut form = form(&[(Row::Pop3Host, "pop.example")]);
        form.go(Row::Pop3Tls);
        press(&mut form, KeyCode::Right);
        press(&mut form, KeyCode::Char(' '));
        assert_eq!(form.choice(Row::Pop3Tls), "implicit");
        assert_eq!(form.account().unwrap().pop3.unwrap().port, 995);
        press(&mut form, KeyCode::Left);
        assert_eq!(form.account().unwrap().pop3.unwrap().port, 110);
    }

    #[test]
    fn a_source_wants_its_value_and_has_a_field_only_then() {
        let mut form = form(&[(Row::SmtpHost, "a")]);
        assert!(!form.has(Row::Value));
        form.go(Row::Source);
        press(&mut form, KeyCode::Right);
        assert!(form.has(Row::Value) && form.account().is_none());
        assert_eq!(form.row(), Row::Value);
        for character in "pass mail".chars() {
            press(&mut form, KeyCode::Char(character));
        }
        let source = form.account().unwrap().source;
        assert_eq!(source, crate::config::secret::Source::Command("pass mail".to_owned()));
    }

    #[test]
    fn a_profile_fills_the_form_and_the_own_settings_come_back() {
        let target = Target::new(Protocol::Smtp, "mail.example", 587);
        let account = Account { name: "work".to_owned(), smtp: Some(target), ..Account::empty("lab.test") };
        let mut form = ConnectForm::new(&Account::empty("lab.test"), &[account.profile()], &[]);
        form.values.set(Row::SmtpHost, "own.example");
        form.go(Row::Profile);
        press(&mut form, KeyCode::Right);
        assert_eq!(form.choice(Row::Profile), "profile work");
        let read = form.account().unwrap();
        assert_eq!((read.name.as_str(), read.kept, read.smtp.unwrap().host.as_str()), ("work", true, "mail.example"));
        press(&mut form, KeyCode::Right);
        assert_eq!(form.values.text(Row::SmtpHost), "own.example");
    }

    #[test]
    fn what_was_found_fills_the_form_and_says_where_it_is_from() {
        let mut form = form(&[(Row::User, "ada@example.org")]);
        assert_eq!(form.mail_address().as_deref(), Some("ada@example.org"));
        let service = |protocol, host: &str, port, tls| Service {
            protocol,
            host: host.to_owned(),
            port,
            tls,
            source: "SRV _submissions._tcp.example.org".to_owned(),
        };
        form.fill_services(&[
            service(Protocol::Smtp, "smtp.example.org", 465, TlsMode::Implicit),
            service(Protocol::Smtp, "second.example.org", 587, TlsMode::Require),
            service(Protocol::Pop3, "pop.example.org", 995, TlsMode::Implicit),
        ]);
        assert!(form.note.as_ref().unwrap().contains("SRV _submissions._tcp.example.org"));
        let account = form.account().unwrap();
        let smtp = account.smtp.unwrap();
        assert_eq!((smtp.host.as_str(), smtp.port, smtp.tls.mode), ("smtp.example.org", 465, TlsMode::Implicit));
        assert_eq!(account.smtp_user.as_deref(), Some("ada@example.org"));
        assert_eq!(account.pop3.unwrap().host, "pop.example.org");
    }
}
