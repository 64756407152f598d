//! What is asked: a reply in its context.

use crate::pop3::{Response, Status};
use crate::smtp::{EnhancedCode, Reply};

/// The state word for a link on which a mail has been accepted already and no new one begun.
pub const SECOND_MAIL: &str = "second-mail";
/// The state word for a link on which somebody is signed in.
pub const SIGNED_IN: &str = "signed-in";
/// The state word for a line without TLS.
pub const CLEAR: &str = "clear";

/// All state words.
pub const STATES: [&str; 3] = [SECOND_MAIL, SIGNED_IN, CLEAR];

/// What the server answered, as far as programs read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// SMTP or LMTP.
    Smtp {
        /// The three digits.
        code: u16,
        /// Class, subject and detail, if given.
        enhanced: Option<EnhancedCode>,
    },
    /// POP3.
    Pop3 {
        /// The status indicator.
        status: Status,
        /// The response code without brackets, such as `IN-USE`.
        code: Option<&'a str>,
    },
}

/// A reply in its context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// The verb it answers, in any case. `GREETING` (or nothing) for the greeting, `.` for the end of a mail's text.
    pub verb: &'a str,
    /// Where the conversation stood, if that matters: one of [`STATES`].
    pub state: Option<&'a str>,
    /// The answer.
    pub answer: Answer<'a>,
    /// The server's words, lines joined by blanks.
    pub text: std::borrow::Cow<'a, str>,
}

impl<'a> Question<'a> {
    /// A reply that the SMTP engine read.
    pub fn smtp(verb: &'a str, reply: &Reply) -> Self {
        let answer = Answer::Smtp { code: reply.code, enhanced: reply.enhanced };
        Self { verb, state: None, answer, text: reply.lines.join(" ").into() }
    }

    /// A response that the POP3 engine read.
    pub fn pop3(verb: &'a str, response: &'a Response) -> Self {
        let answer = Answer::Pop3 { status: response.status, code: response.code.as_deref() };
        Self { verb, state: None, answer, text: response.text.as_str().into() }
    }

    /// A reply of SMTP as its first line shows it, such as `550 5.1.1 no such user`. `None` when it starts with no code.
    pub fn smtp_line(verb: &'a str, line: &'a str) -> Option<Self> {
        let (digits, rest) = line.split_at_checked(3)?;
        let code = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
        if !(rest.is_empty() || rest.starts_with([' ', '-'])) {
            return None;
        }
        let text = rest.get(1..).unwrap_or_default();
        let enhanced = text.split(' ').next().and_then(enhanced_code);
        Some(Self { verb, state: None, answer: Answer::Smtp { code, enhanced }, text: text.into() })
    }

    /// A response of POP3 as its line shows it, such as `-ERR [IN-USE] locked`. `None` when it is no status line.
    pub fn pop3_line(verb: &'a str, line: &'a str) -> Option<Self> {
        let (status, rest) = match line.split_once(' ').unwrap_or((line, "")) {
            (word, rest) if word.eq_ignore_ascii_case("+OK") => (Status::Ok, rest),
            (word, rest) if word.eq_ignore_ascii_case("-ERR") => (Status::Err, rest),
            ("+", rest) => (Status::Continue, rest),
            _ => return None,
        };
        let coded = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (code, text) = coded.map_or((None, rest), |(code, text)| (Some(code), text));
        Some(Self { verb, state: None, answer: Answer::Pop3 { status, code }, text: text.trim_start().into() })
    }

    /// The same in a state that matters.
    #[must_use]
    pub fn in_state(self, state: &'a str) -> Self {
        Self { state: Some(state), ..self }
    }

    /// The verb as the tables spell it.
    pub(super) fn table_verb(&self) -> String {
        match self.verb.to_ascii_uppercase().as_str() {
            "" => "GREETING".to_owned(),
            verb => verb.to_owned(),
        }
    }
}

pub(super) fn enhanced_code(word: &str) -> Option<EnhancedCode> {
    let mut parts = word.split('.');
    let class = parts.next()?.parse().ok().filter(|class| matches!(class, 2 | 4 | 5))?;
    let mut number = || {
        let digits = parts.next().filter(|part| (1..=3).contains(&part.len()))?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let (subject, detail) = (number()?, number()?);
    parts.next().is_none().then_some(EnhancedCode { class, subject, detail })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smtp_lines_are_taken_apart() {
        let code = |class, subject, detail| Some(EnhancedCode { class, subject, detail });
        for (line, expected, text) in [
            ("550 5.1.1 no such user", Some((550, code(5, 1, 1))), "5.1.1 no such user"),
            ("250-sandbox", Some((250, None)), "sandbox"),
            ("354", Some((354, None)), ""),
            ("250 2.1.0.0 x", Some((250, None)), "2.1.0.0 x"),
            ("451 4.7.1000 x", Some((451, None)), "4.7.1000 x"),
            ("2500 x", None, ""),
            ("+5 x", None, ""),
            ("55ü", None, ""),
        ] {
            let question = Question::smtp_line("RCPT", line);
            let read = question.as_ref().map(|question| match question.answer {
                Answer::Smtp { code, enhanced } => (code, enhanced),
                Answer::Pop3 { .. } => unreachable!("an SMTP line was asked for"),
            });
            assert_eq!(read, expected, "{line}");
            assert_eq!(question.map_or(String::new(), |question| question.text.into_owned()), text, "{line}");
        }
    }

    #[test]
    fn pop3_lines_are_taken_apart() {
        for (line, status, code, text) in [
            ("+OK", Status::Ok, None, ""),
            ("-ERR [IN-USE] locked", Status::Err, Some("IN-USE"), "locked"),
            ("-err [open", Status::Err, None, "[open"),
            ("+ PDE4", Status::Continue, None, "PDE4"),
        ] {
            let question = Question::pop3_line("PASS", line).expect(line);
            assert_eq!((question.answer, &*question.text), (Answer::Pop3 { status, code }, text), "{line}");
        }
        assert_eq!(Question::pop3_line("PASS", "+OKAY"), None);
    }
}
