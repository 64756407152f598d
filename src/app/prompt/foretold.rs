//! What a server will say to a command, told before it is sent: out of order, not announced, too big, without the
//! argument it needs. A forecast only: every line can be sent all the same.

pub(crate) mod pop3;
pub(crate) mod smtp;

/// What to expect of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outlook {
    /// The server will refuse it.
    Refused(String),
    /// It is allowed, and does or shows something that one may not mean.
    Note(String),
}

impl Outlook {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Refused(text) | Self::Note(text) => text,
        }
    }

    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what it stands in for is an option")]
fn refused(text: impl Into<String>) -> Option<Outlook> {
    Some(Outlook::Refused(text.into()))
}

#[expect(clippy::unnecessary_wraps, reason = "what it stands in for is an option")]
fn note(text: impl Into<String>) -> Option<Outlook> {
    Some(Outlook::Note(text.into()))
}

/// Whether `word` begins one of `words`, in any letter case: more of it may be on its way.
fn begins_one<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> bool {
    words.into_iter().any(|whole| whole.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))
}

/// A sign-in that shows the password to whoever reads the line.
fn shows_password(mechanism: &str) -> bool {
    matches!(mechanism, "PLAIN" | "LOGIN" | "XOAUTH2" | "OAUTHBEARER")
}
