//! The connect form: host and port are two fields, for each protocol.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use super::Answer;
use crate::app::account::Account;
use crate::app::edit;
use crate::connection::{Family, Protocol, Target};
use crate::wire::{Secret, Timeouts};

/// A line of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    SmtpHost,
    SmtpPort,
    Pop3Host,
    Pop3Port,
    User,
    Password,
    Hello,
    /// Say hello by itself.
    Greet,
    /// Allow the password over a line without TLS.
    PlainAuth,
}

impl Row {
    pub(crate) const ALL: [Self; 9] = [
        Self::SmtpHost,
        Self::SmtpPort,
        Self::Pop3Host,
        Self::Pop3Port,
        Self::User,
        Self::Password,
        Self::Hello,
        Self::Greet,
        Self::PlainAuth,
    ];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::SmtpHost => "SMTP server",
            Self::Pop3Host => "POP3 server",
            Self::SmtpPort | Self::Pop3Port => "     port",
            Self::User => "POP3 user",
            Self::Password => "Password",
            Self::Hello => "HELO name",
            Self::Greet => "Say EHLO by itself after the greeting",
            Self::PlainAuth => "Allow the password over a line without TLS",
        }
    }

    pub(crate) fn is_switch(self) -> bool {
        matches!(self, Self::Greet | Self::PlainAuth)
    }
}

/// The form's state.
#[derive(Debug)]
pub(crate) struct ConnectForm {
    fields: [Input; 7],
    greet: bool,
    plain_auth: bool,
    pub(crate) at: usize,
    pub(crate) error: Option<String>,
}

impl ConnectForm {
    pub(crate) fn new(account: &Account) -> Self {
        let host = |target: Option<&Target>| edit::field(target.map_or("", |target| &target.host));
        let port = |target: Option<&Target>, protocol: Protocol| {
            edit::field(&target.map_or(protocol.port(), |target| target.port).to_string())
        };
        let (smtp, pop3) = (account.smtp.as_ref(), account.pop3.as_ref());
        Self {
            fields: [
                host(smtp),
                port(smtp, Protocol::Smtp),
                host(pop3),
                port(pop3, Protocol::Pop3),
                edit::field(account.user.as_deref().unwrap_or_default()),
                edit::field(account.password.as_ref().map_or("", Secret::expose)),
                edit::field(&account.hello),
            ],
            greet: account.greet,
            plain_auth: account.allow_plain_auth,
            at: 0,
            error: None,
        }
    }

    pub(crate) fn field(&self, row: Row) -> &Input {
        &self.fields[(row as usize).min(6)]
    }

    pub(crate) fn is_on(&self, row: Row) -> bool {
        if row == Row::Greet { self.greet } else { self.plain_auth }
    }

    fn row(&self) -> Row {
        Row::ALL[self.at.min(Row::ALL.len() - 1)]
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Answer {
        let (row, last) = (self.row(), Row::ALL.len() - 1);
        match (key.code, key.modifiers) {
            (KeyCode::Up | KeyCode::BackTab, _) => self.at = self.at.checked_sub(1).unwrap_or(last),
            (KeyCode::Down, _) | (KeyCode::Tab, KeyModifiers::NONE) => {
                self.at = if self.at == last { 0 } else { self.at + 1 }
            }
            (KeyCode::Enter, _) => return Answer::Connect,
            (KeyCode::Char(' '), KeyModifiers::NONE) if row == Row::Greet => self.greet = !self.greet,
            (KeyCode::Char(' '), KeyModifiers::NONE) if row == Row::PlainAuth => self.plain_auth = !self.plain_auth,
            _ if row.is_switch() => {}
            _ => {
                self.error = None;
                edit::line(&mut self.fields[row as usize], key);
            }
        }
        Answer::None
    }

    pub(super) fn paste(&mut self, text: &str) {
        if !self.row().is_switch() {
            edit::paste_line(&mut self.fields[self.at], text);
        }
    }

    /// The account as the form has it. On a mistake the form says so, with the caret where it is.
    pub(crate) fn account(&mut self, before: &Account) -> Option<Account> {
        match self.read(before) {
            Ok(account) => Some(account),
            Err((row, error)) => {
                self.at = Row::ALL.iter().position(|each| *each == row).unwrap_or(0);
                self.error = Some(error);
                None
            }
        }
    }

    fn read(&self, before: &Account) -> Result<Account, (Row, String)> {
        let text = |row: Row| self.field(row).value().trim().to_owned();
        let smtp = self.target(Protocol::Smtp, Row::SmtpHost, Row::SmtpPort, before)?;
        let pop3 = self.target(Protocol::Pop3, Row::Pop3Host, Row::Pop3Port, before)?;
        let Some(main) = smtp.as_ref().or(pop3.as_ref()) else {
            return Err((Row::SmtpHost, "name at least one server, e.g. mail.example.org or 127.0.0.1".to_owned()));
        };
        let hello = text(Row::Hello);
        crate::wire::argument::checked("the HELO name", &hello).map_err(|error| (Row::Hello, error.to_string()))?;
        let password = self.field(Row::Password).value();
        Ok(Account {
            name: main.host.clone(),
            hello,
            user: Some(text(Row::User)).filter(|user| !user.is_empty()),
            password: (!password.is_empty()).then(|| Secret::new(password)),
            allow_plain_auth: self.plain_auth,
            greet: self.greet,
            smtp,
            pop3,
            from: before.from.clone(),
            example: None,
        })
    }

    fn target(
        &self,
        protocol: Protocol,
        host: Row,
        port: Row,
        before: &Account,
    ) -> Result<Option<Target>, (Row, String)> {
        let name = self.field(host).value().trim().trim_matches(['[', ']']).to_owned();
        if name.is_empty() {
            return Ok(None);
        }
        if name.contains(char::is_whitespace) || name.contains("://") {
            return Err((host, "only the host name or address belongs here, without spaces or smtp://".to_owned()));
        }
        let number = self.field(port).value().trim();
        let number: u16 = number.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
            (port, format!("{number:?} is no port: a number from 1 to 65535, usually {}", protocol.port()))
        })?;
        let like = before.target(protocol.side());
        let protocol = like.map_or(protocol, |target| target.protocol);
        Ok(Some(Target {
            protocol,
            host: name,
            port: number,
            family: like.map_or(Family::Any, |target| target.family),
            source: like.and_then(|target| target.source),
            timeouts: like.map_or_else(Timeouts::default, |target| target.timeouts),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(values: &[(Row, &str)]) -> ConnectForm {
        let mut form = ConnectForm::new(&Account::empty("lab.test"));
        for (row, value) in values {
            form.fields[*row as usize] = edit::field(value);
        }
        form
    }

    #[test]
    fn ports_are_preset_and_faults_name_their_field() {
        let mut fine = form(&[(Row::SmtpHost, "127.0.0.1")]);
        let account = fine.account(&Account::empty("lab.test")).unwrap();
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
            assert!(form.account(&Account::empty("lab.test")).is_none(), "{values:?}");
            assert_eq!(Row::ALL[form.at], row);
            assert!(form.error.is_some());
        }
    }
}
