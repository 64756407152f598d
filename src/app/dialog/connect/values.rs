//! What stands in the connect form, filled from an account, a preset or what was found, and read back as an account.

use std::path::PathBuf;

use tui_input::Input;

use super::row::{FIELDS, Kind, Row};
use crate::app::account::Account;
use crate::app::edit;
use crate::config::secret::Source;
use crate::connection::{Authority, Protocol, Target, Trust};
use crate::sasl::Mechanism;
use crate::wire::{Secret, Side, TlsMode};

/// A place, and what is wrong there.
pub(super) type Fault = (Row, String);

/// What stands in the form.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Values {
    pub(super) fields: [Input; FIELDS],
    pub(super) smtp_tls: TlsMode,
    pub(super) pop3_tls: TlsMode,
    pub(super) mechanism: Option<Mechanism>,
    /// Index into [`SOURCES`].
    pub(super) source: usize,
    pub(super) smtp_too: bool,
    pub(super) token: bool,
    pub(super) plain_auth: bool,
    pub(super) greet: bool,
    /// What the form does not show is taken from here.
    base: Account,
}

/// Where the secret may come from, as the form calls it.
pub(super) const SOURCES: [&str; 5] = ["asked for", "a command", "a file", "a variable", "the key ring"];

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A password is among the texts.
        f.debug_struct("Values").finish_non_exhaustive()
    }
}

impl Values {
    pub(super) fn of(account: &Account) -> Self {
        let mut values = Self {
            fields: std::array::from_fn(|_| edit::field("")),
            smtp_tls: TlsMode::default(),
            pop3_tls: TlsMode::default(),
            mechanism: account.mechanism,
            source: 0,
            smtp_too: account.smtp_user.is_some(),
            token: account.token,
            plain_auth: account.allow_plain_auth,
            greet: account.greet,
            base: account.clone(),
        };
        values.set_target(Side::Smtp, account.smtp.as_ref());
        values.set_target(Side::Pop3, account.pop3.as_ref());
        let (source, value) = match &account.source {
            Source::Prompt => (0, String::new()),
            Source::Command(command) => (1, command.clone()),
            Source::File(path) => (2, path.to_string_lossy().into_owned()),
            Source::Variable(name) => (3, name.clone()),
            Source::KeyRing => (4, String::new()),
        };
        values.source = source;
        let user = account.user.as_ref().or(account.smtp_user.as_ref());
        for (row, text) in [
            (Row::Value, value.as_str()),
            (Row::User, user.map_or("", String::as_str)),
            (Row::Password, account.password.as_ref().map_or("", Secret::expose)),
            (Row::Hello, &account.hello),
            (Row::From, &account.from),
            (Row::Ca, &ca_file(account)),
            (Row::Name, if account.kept { &account.name } else { "" }),
        ] {
            values.set(row, text);
        }
        values
    }

    /// Puts a server into the form; none empties its half.
    pub(super) fn set_target(&mut self, side: Side, target: Option<&Target>) {
        let (protocol, host, port) = places(side);
        let like = Target::new(protocol, String::new(), protocol.port());
        let target = target.unwrap_or(&like);
        self.set(host, &target.host);
        self.set(port, &target.port.to_string());
        match side {
            Side::Smtp => self.smtp_tls = target.tls.mode,
            Side::Pop3 => self.pop3_tls = target.tls.mode,
        }
        if let Some(known) = self.base.target_mut(side) {
            *known = target.clone();
        } else {
            self.base.set_target(target.clone());
        }
    }

    /// Whose servers were found by a mail address sends from it, unless another sender was named.
    pub(super) fn sender_of_user(&mut self) {
        let user = self.text(Row::User).to_owned();
        if user.contains('@') && self.text(Row::From).is_empty() {
            self.set(Row::From, &user);
        }
    }

    /// Other servers come in: a password that was for those used so far does not go to them, and nothing goes in clear.
    pub(super) fn not_for_others(&mut self) {
        let known = self.base.password.take();
        if known.is_some_and(|known| known.expose() == self.text(Row::Password)) {
            self.set(Row::Password, "");
        }
        self.plain_auth = false;
    }

    pub(super) fn set(&mut self, row: Row, text: &str) {
        if let Kind::Field(index) = row.kind() {
            self.fields[index] = edit::field(text);
        }
    }

    pub(super) fn text(&self, row: Row) -> &str {
        match row.kind() {
            Kind::Field(index) => self.fields[index].value().trim(),
            _ => "",
        }
    }

    /// Changes the mode of a side; a port that is registered for the mode used so far moves along.
    pub(super) fn step_tls(&mut self, side: Side, step: isize) {
        let (protocol, _, port) = places(side);
        let mode = if side == Side::Smtp { &mut self.smtp_tls } else { &mut self.pop3_tls };
        let here = TlsMode::ALL.iter().position(|known| known == mode).unwrap_or(0);
        let next = TlsMode::ALL[stepped(here, step, TlsMode::ALL.len())];
        *mode = next;
        if let Ok(number) = self.text(port).parse() {
            self.set(port, &super::port_for(protocol, next, number).to_string());
        }
    }

    pub(super) fn step_mechanism(&mut self, step: isize) {
        let here = self.mechanism.and_then(|one| Mechanism::ALL.iter().position(|known| *known == one));
        let next = stepped(here.map_or(0, |index| index + 1), step, Mechanism::ALL.len() + 1);
        self.mechanism = next.checked_sub(1).map(|index| Mechanism::ALL[index]);
    }

    pub(super) fn step_source(&mut self, step: isize) {
        self.source = stepped(self.source, step, SOURCES.len());
    }

    /// The source has a command, a file or a variable.
    pub(super) fn has_value(&self) -> bool {
        (1..=3).contains(&self.source)
    }

    /// The account that stands here. `kept`: a profile of its name is.
    pub(super) fn read(&self, kept: impl Fn(&str) -> bool) -> Result<Account, Fault> {
        let smtp = self.target(Side::Smtp)?;
        let pop3 = self.target(Side::Pop3)?;
        let Some(main) = smtp.as_ref().or(pop3.as_ref()) else {
            return Err((Row::SmtpHost, "name at least one server, e.g. mail.example.org or 127.0.0.1".to_owned()));
        };
        let hello = self.text(Row::Hello).to_owned();
        crate::wire::argument::checked("the HELO name", &hello).map_err(|error| (Row::Hello, error.to_string()))?;
        let user = Some(self.text(Row::User).to_owned()).filter(|user| !user.is_empty());
        if user.is_none() && self.smtp_too {
            return Err((Row::User, "who signs in to SMTP? Name the user, or switch that off".to_owned()));
        }
        let password = self.fields[6].value();
        let name = match self.text(Row::Name) {
            "" => main.host.clone(),
            name => name.to_owned(),
        };
        Ok(Account {
            kept: kept(&name),
            name,
            hello,
            smtp_user: if self.smtp_too { self.smtp_user(user.as_ref()) } else { None },
            user,
            password: (!password.is_empty()).then(|| Secret::new(password)),
            source: self.secret_source()?,
            token: self.token,
            mechanism: self.mechanism,
            allow_plain_auth: self.plain_auth,
            greet: self.greet,
            from: self.text(Row::From).to_owned(),
            smtp,
            pop3,
            example: None,
            ..self.base.clone()
        })
    }

    /// A profile may name two users: the other one stays while the one shown does.
    fn smtp_user(&self, user: Option<&String>) -> Option<String> {
        let shown = self.base.user.as_ref().or(self.base.smtp_user.as_ref());
        if shown == user { self.base.smtp_user.clone().or_else(|| user.cloned()) } else { user.cloned() }
    }

    fn secret_source(&self) -> Result<Source, Fault> {
        let value = self.text(Row::Value);
        if self.has_value() && value.is_empty() {
            return Err((Row::Value, format!("{}: which one?", SOURCES[self.source])));
        }
        Ok(match self.source {
            1 => Source::Command(value.to_owned()),
            2 => Source::File(PathBuf::from(value)),
            3 => Source::Variable(value.to_owned()),
            4 => Source::KeyRing,
            _ => Source::Prompt,
        })
    }

    fn target(&self, side: Side) -> Result<Option<Target>, Fault> {
        let (protocol, host, port) = places(side);
        let name = self.text(host).trim_matches(['[', ']']).to_owned();
        if name.is_empty() {
            return Ok(None);
        }
        if name.contains(char::is_whitespace) || name.contains("://") {
            return Err((host, "only the host name or address belongs here, without spaces or smtp://".to_owned()));
        }
        let number = self.text(port);
        let number: u16 = number.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
            (port, format!("{number:?} is no port: a number from 1 to 65535, usually {}", protocol.port()))
        })?;
        let like = self.base.target(side).cloned();
        let mut target = like.unwrap_or_else(|| Target::new(protocol, String::new(), 0));
        if !target.host.eq_ignore_ascii_case(&name) {
            // What was trusted was another server.
            target.tls.name = None;
            target.mx = false;
            if let Trust::Pin(_) = target.tls.trust {
                target.tls.trust = Trust::default();
            }
        }
        target.tls.mode = if side == Side::Smtp { self.smtp_tls } else { self.pop3_tls };
        target.tls.trust = with_ca(&target.tls.trust, self.text(Row::Ca));
        Ok(Some(Target { host: name, port: number, ..target }))
    }
}

fn places(side: Side) -> (Protocol, Row, Row) {
    match side {
        Side::Smtp => (Protocol::Smtp, Row::SmtpHost, Row::SmtpPort),
        Side::Pop3 => (Protocol::Pop3, Row::Pop3Host, Row::Pop3Port),
    }
}

/// The index `step` places further, around the end.
pub(super) fn stepped(here: usize, step: isize, count: usize) -> usize {
    (here + count).saturating_add_signed(step) % count
}

/// The first file of roots that an account trusts.
fn ca_file(account: &Account) -> String {
    let of = |target: &Target| match &target.tls.trust {
        Trust::Roots(roots) => roots.iter().find_map(|root| match root {
            Authority::File(path) => Some(path.to_string_lossy().into_owned()),
            Authority::Pem { .. } => None,
        }),
        Trust::Pin(_) | Trust::Anybody => None,
    };
    [&account.smtp, &account.pop3].into_iter().flatten().find_map(of).unwrap_or_default()
}

/// The trust with `file` in place of the first file of roots. A pin stays as long as no file is named.
fn with_ca(trust: &Trust, file: &str) -> Trust {
    let named = (!file.is_empty()).then(|| Authority::File(PathBuf::from(file)));
    match (trust, named) {
        (Trust::Pin(_) | Trust::Anybody, None) => trust.clone(),
        (Trust::Pin(_) | Trust::Anybody, Some(root)) => Trust::Roots(vec![root]),
        (Trust::Roots(roots), named) => {
            let mut roots = roots.clone();
            let first = roots.iter().position(|root| matches!(root, Authority::File(_)));
            let at = first.inspect(|at| drop(roots.remove(*at))).unwrap_or(roots.len());
            roots.splice(at..at, named);
            Trust::Roots(roots)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_reads_back_as_it_was() {
        let target = |protocol, port| Target::new(protocol, "mail.example", port).with_tls(TlsMode::Require);
        let mut account = Account {
            smtp: Some(target(Protocol::Lmtp, 24)),
            pop3: Some(target(Protocol::Pop3, 110)),
            user: Some("ada".to_owned()),
            smtp_user: Some("ada@mail.example".to_owned()),
            source: Source::Command("pass mail".to_owned()),
            mechanism: Some(Mechanism::ScramSha256),
            from: "ada@mail.example".to_owned(),
            ..Account::empty("lab.test")
        };
        account.smtp.as_mut().unwrap().tls.trust = Trust::Roots(vec![Authority::File("ca.pem".into())]);
        account.pop3.as_mut().unwrap().tls.trust = Trust::Roots(vec![Authority::File("ca.pem".into())]);
        let read = Values::of(&account).read(|_| false).unwrap();
        assert_eq!((&read.smtp, &read.pop3), (&account.smtp, &account.pop3));
        assert_eq!((&read.user, &read.smtp_user), (&account.user, &account.smtp_user));
        assert_eq!((&read.source, read.mechanism), (&account.source, account.mechanism));
        assert_eq!(read.from, account.from);
    }

    #[test]
    fn a_pin_is_for_the_server_it_was_given_to() {
        let mut target = Target::new(Protocol::Smtp, "mail.example", 25);
        target.tls.trust = Trust::Pin([1; 32]);
        let account = Account { smtp: Some(target), ..Account::empty("lab.test") };
        let mut values = Values::of(&account);
        assert_eq!(values.read(|_| false).unwrap().smtp.unwrap().tls.trust, Trust::Pin([1; 32]));
        values.set(Row::SmtpHost, "other.example");
        assert_eq!(values.read(|_| false).unwrap().smtp.unwrap().tls.trust, Trust::default());
    }
}
