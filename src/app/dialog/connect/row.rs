//! The lines of the connect form: what each is called, what kind it is, and where it stands.

/// A place of the form that can have the caret, in the order of Tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// Kept profiles and presets; choosing one fills the form.
    Profile,
    SmtpHost,
    SmtpPort,
    SmtpTls,
    Pop3Host,
    Pop3Port,
    Pop3Tls,
    User,
    /// Sign in to SMTP with the same user.
    SmtpToo,
    Mechanism,
    /// The secret is an access token.
    Token,
    Source,
    /// Command, file or variable of the source.
    Value,
    Password,
    /// Allow the password over a line without TLS.
    PlainAuth,
    Hello,
    /// Say hello by itself.
    Greet,
    From,
    Ca,
    Name,
    Button(Button),
}

/// What is done with the whole form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Button {
    Connect,
    Find,
    Save,
    Remove,
}

impl Button {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Connect => "Connect",
            Self::Find => "Find servers",
            Self::Save => "Keep",
            Self::Remove => "Forget",
        }
    }

    fn explanation(self) -> &'static str {
        match self {
            Self::Connect => "Enter connects; what stands here is here again with F2.",
            Self::Find => "Enter looks for the servers of the mail address that stands as user.",
            Self::Save => "Enter keeps all this in config.toml under its name; the password is not kept there.",
            Self::Remove => "Enter forgets the profile of this name, after asking once.",
        }
    }
}

/// What a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, kept at this index.
    Field(usize),
    Choice,
    Switch,
    Button(Button),
}

/// How many places hold text.
pub(super) const FIELDS: usize = 11;

impl Row {
    pub(crate) const ALL: [Self; 24] = [
        Self::Profile,
        Self::SmtpHost,
        Self::SmtpPort,
        Self::SmtpTls,
        Self::Pop3Host,
        Self::Pop3Port,
        Self::Pop3Tls,
        Self::User,
        Self::SmtpToo,
        Self::Mechanism,
        Self::Token,
        Self::Source,
        Self::Value,
        Self::Password,
        Self::PlainAuth,
        Self::Hello,
        Self::Greet,
        Self::From,
        Self::Ca,
        Self::Name,
        Self::Button(Button::Connect),
        Self::Button(Button::Find),
        Self::Button(Button::Save),
        Self::Button(Button::Remove),
    ];

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::SmtpHost => Kind::Field(0),
            Self::SmtpPort => Kind::Field(1),
            Self::Pop3Host => Kind::Field(2),
            Self::Pop3Port => Kind::Field(3),
            Self::User => Kind::Field(4),
            Self::Value => Kind::Field(5),
            Self::Password => Kind::Field(6),
            Self::Hello => Kind::Field(7),
            Self::From => Kind::Field(8),
            Self::Ca => Kind::Field(9),
            Self::Name => Kind::Field(10),
            Self::Profile | Self::SmtpTls | Self::Pop3Tls | Self::Mechanism | Self::Source => Kind::Choice,
            Self::SmtpToo | Self::Token | Self::PlainAuth | Self::Greet => Kind::Switch,
            Self::Button(button) => Kind::Button(button),
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Profile => "Fill from",
            Self::SmtpHost | Self::Pop3Host => "Server",
            Self::SmtpPort | Self::Pop3Port => "Port",
            Self::SmtpTls | Self::Pop3Tls => "TLS",
            Self::User => "User",
            Self::SmtpToo => "signs in to SMTP too",
            Self::Mechanism => "Sign-in",
            Self::Token => "it is an access token",
            Self::Source => "Secret",
            Self::Value => "which",
            Self::Password => "Password",
            Self::PlainAuth => "may go without TLS",
            Self::Hello => "HELO name",
            Self::Greet => "EHLO and TLS by itself",
            Self::From => "Sender",
            Self::Ca => "CA file",
            Self::Name => "Keep as",
            Self::Button(button) => button.label(),
        }
    }

    /// Line of the form and its half: 0 left, 1 right. Buttons share one line.
    pub(crate) fn place(self) -> (usize, usize) {
        match self {
            Self::Profile => (0, 0),
            Self::SmtpHost => (2, 0),
            Self::Pop3Host => (2, 1),
            Self::SmtpPort => (3, 0),
            Self::Pop3Port => (3, 1),
            Self::SmtpTls => (4, 0),
            Self::Pop3Tls => (4, 1),
            Self::User => (6, 0),
            Self::SmtpToo => (6, 1),
            Self::Mechanism => (7, 0),
            Self::Token => (7, 1),
            Self::Source => (8, 0),
            Self::Value => (8, 1),
            Self::Password => (9, 0),
            Self::PlainAuth => (9, 1),
            Self::Hello => (10, 0),
            Self::Greet => (10, 1),
            Self::From => (11, 0),
            Self::Ca => (11, 1),
            Self::Name => (12, 0),
            Self::Button(_) => (14, 0),
        }
    }

    /// What to know here, where the keys alone do not say it.
    pub(crate) fn explanation(self) -> &'static str {
        match self {
            Self::Profile => "Left and Right take the settings of a kept profile, or the servers of a provider.",
            Self::SmtpTls | Self::Pop3Tls => {
                "auto: if offered; require: or nothing is sent; implicit: from the first octet; none: never."
            }
            Self::User => "A whole mail address here, and \"Find servers\" below fills in the rest.",
            Self::Mechanism => "automatic: the strongest that is offered and safe on the line.",
            Self::Source => "Left and Right: where the password comes from. It is never kept by this program.",
            Self::PlainAuth => "Whoever sees the packets can then read the password. For sandboxes and tests.",
            Self::Greet => "Off: say EHLO, STARTTLS and all the rest by hand in the prompt.",
            Self::Ca => "A file of certificates in PEM, trusted beside the system's. May be empty.",
            Self::Name => "A name, to keep all this as a profile in config.toml. May be empty.",
            Self::Button(button) => button.explanation(),
            _ => "Tab moves, Left Right choose, Space switches, Enter connects, Esc leaves.",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_place_is_its_own_and_every_text_has_its_index() {
        let fields: HashSet<usize> = Row::ALL
            .into_iter()
            .filter_map(|row| match row.kind() {
                Kind::Field(index) => Some(index),
                _ => None,
            })
            .collect();
        assert_eq!(fields, (0..FIELDS).collect());
        let places: Vec<_> =
            Row::ALL.into_iter().filter(|row| !matches!(row, Row::Button(_))).map(Row::place).collect();
        let different: HashSet<_> = places.iter().collect();
        assert_eq!(different.len(), places.len());
    }
}
