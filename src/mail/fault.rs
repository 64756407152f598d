//! What is wrong with a draft: in which field, where in it, and what to try.

use std::fmt;

/// A field of the compose form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// From.
    From,
    /// To.
    To,
    /// Cc.
    Cc,
    /// Bcc.
    Bcc,
    /// Reply-To.
    ReplyTo,
    /// Subject.
    Subject,
    /// The text of the mail.
    Body,
    /// The extra header with this index.
    Header(usize),
    /// The attachment with this index.
    Attachment(usize),
    /// The key that signs.
    Dkim,
    /// The envelope that overrides the headers.
    Envelope,
    /// Date kept from an earlier build, or the clock's.
    Date,
    /// Message-ID kept from an earlier build.
    MessageId,
}

impl Field {
    /// The name as the header or the form spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::From => "From",
            Self::To => "To",
            Self::Cc => "Cc",
            Self::Bcc => "Bcc",
            Self::ReplyTo => "Reply-To",
            Self::Subject => "Subject",
            Self::Body => "Body",
            Self::Header(_) => "Extra header",
            Self::Attachment(_) => "Attachment",
            Self::Dkim => "DKIM",
            Self::Envelope => "Envelope",
            Self::Date => "Date",
            Self::MessageId => "Message-ID",
        }
    }
}

/// One thing that keeps a draft from being built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field it is in.
    pub field: Field,
    /// Where in the field, in characters from its start.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// What to try.
    pub advice: String,
}

impl Fault {
    /// A fault at character `at` of `field`.
    pub fn new(field: Field, at: usize, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { field, at, what: what.into(), advice: advice.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} ({})", self.field.name(), self.what, self.advice)
    }
}

impl std::error::Error for Fault {}

/// The first control character of `text` (tabs may be let through) as a fault: with one, a field could become two.
pub(super) fn control(field: Field, text: &str, tabs: bool) -> Option<Fault> {
    let bad = |c: char| c.is_control() && !(tabs && c == '\t');
    let (at, found) = text.chars().enumerate().find(|(_, c)| bad(*c))?;
    let what = match found {
        '\r' | '\n' => "a line break inside the field".to_owned(),
        other => format!("the control character U+{:04X} inside the field", u32::from(other)),
    };
    Some(Fault::new(field, at, what, "remove it: a header is one line"))
}
