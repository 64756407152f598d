//! What a script knows of one line.

use crate::script::Answer;

/// How far a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Course {
    /// There never was one.
    #[default]
    None,
    Opening,
    Open,
    Closed,
}

/// One line.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of the line of its own")]
#[derive(Debug, Default)]
pub(super) struct Link {
    pub course: Course,
    pub host: Option<String>,
    pub encrypted: bool,
    /// The name that was said hello with.
    pub hello: Option<String>,
    /// What EHLO or CAPA announced.
    pub offered: Vec<String>,
    /// The last reply, as `expect` and `if` judge it.
    pub answer: Option<Answer>,
    /// Index of its row.
    pub row: Option<usize>,
    /// A POP3 answer whose lines are still to come, and the command as sent.
    pub partial: Option<(crate::script::heard::Asked, String, Answer)>,
    /// The server asked for the text of a mail.
    pub in_body: bool,
    /// The server asked for a response of a sign-in.
    pub in_auth: bool,
    /// QUIT was answered.
    pub quitting: bool,
    /// LMTP is spoken.
    pub lmtp: bool,
    /// Recipients accepted so far.
    pub recipients: usize,
    /// A message is marked for deletion.
    pub marked: bool,
}

impl Link {
    /// A line sent now would be no command.
    pub fn is_typing(&self) -> bool {
        self.in_body || self.in_auth
    }

    /// Remembers the name, if this line says hello.
    pub fn note_hello(&mut self, line: &[u8]) {
        let said = String::from_utf8_lossy(line);
        if let Some((verb, name)) = said.split_once(' ')
            && ["EHLO", "HELO", "LHLO"].iter().any(|known| verb.eq_ignore_ascii_case(known))
        {
            self.hello = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        }
    }

    /// Replies to the final dot (RFC 2033 4.2).
    pub fn final_replies(&self) -> usize {
        if self.lmtp { self.recipients.max(1) } else { 1 }
    }

    /// Whether EHLO or CAPA announced this keyword, and behind it these words.
    pub fn offers(&self, words: &str) -> bool {
        let mut words = words.split_whitespace();
        let Some(keyword) = words.next() else { return false };
        let parameters: Vec<&str> = words.collect();
        self.offered.iter().any(|line| {
            let mut line = line.split_whitespace();
            line.next().is_some_and(|first| first.eq_ignore_ascii_case(keyword))
                && parameters.iter().all(|wanted| line.clone().any(|word| word.eq_ignore_ascii_case(wanted)))
        })
    }
}
