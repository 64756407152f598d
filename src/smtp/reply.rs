//! Replies: code, enhanced code, lines, class (RFC 5321 4.2, RFC 3463).
//!
//! `assembler` puts a reply together from its lines; what a reply means for the conversation is the session's.

pub(super) mod assembler;

use std::fmt;
use std::str::FromStr;

use self::assembler::Assembler;
use super::Violation;
use crate::wire::framing::without_line_end;

/// An enhanced status code, `class.subject.detail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnhancedCode {
    /// 2, 4 or 5.
    pub class: u8,
    /// 0 to 999.
    pub subject: u16,
    /// 0 to 999.
    pub detail: u16,
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// A text is no enhanced status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an enhanced status code such as 5.1.1")]
pub struct NotEnhanced;

impl FromStr for EnhancedCode {
    type Err = NotEnhanced;

    fn from_str(text: &str) -> Result<Self, NotEnhanced> {
        let mut parts = text.split('.');
        let class = match parts.next() {
            Some("2") => 2,
            Some("4") => 4,
            Some("5") => 5,
            _ => return Err(NotEnhanced),
        };
        let mut number = || parts.next().and_then(up_to_999).ok_or(NotEnhanced);
        let code = Self { class, subject: number()?, detail: number()? };
        if parts.next().is_none() { Ok(code) } else { Err(NotEnhanced) }
    }
}

fn up_to_999(digits: &str) -> Option<u16> {
    let fits = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { digits.parse().ok() } else { None }
}

/// What the first digit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// 2yz.
    Ok,
    /// 3yz: go on.
    More,
    /// 4yz: not now.
    Temporary,
    /// 5yz: not at all.
    Permanent,
}

impl Class {
    /// Of a code from 200 to 559.
    pub fn of(code: u16) -> Self {
        match code / 100 {
            2 => Self::Ok,
            3 => Self::More,
            4 => Self::Temporary,
            _ => Self::Permanent,
        }
    }

    /// The word shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::More => "MORE",
            Self::Temporary => "TEMP",
            Self::Permanent => "PERM",
        }
    }
}

/// One whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 559.
    pub code: u16,
    /// From the first line that carries one.
    pub enhanced: Option<EnhancedCode>,
    /// The text of each line, without code, separator, enhanced code and line end; lossy UTF-8, **not sanitized**.
    pub lines: Vec<String>,
}

impl Reply {
    /// From the text of its lines. With `enhanced`, a code of RFC 3463 in front of a line that agrees with the class
    /// (RFC 2034 4) is taken off; greetings and the replies to HELO and EHLO carry none.
    pub(super) fn new(code: u16, mut lines: Vec<String>, enhanced: bool) -> Self {
        let mut found = None;
        for line in lines.iter_mut().filter(|_| enhanced) {
            let (word, rest) = line.split_once(' ').unwrap_or((line.as_str(), ""));
            let Ok(carried) = word.parse::<EnhancedCode>() else { continue };
            if u16::from(carried.class) == code / 100 {
                *line = rest.trim_start().to_owned();
                found.get_or_insert(carried);
            }
        }
        Self { code, enhanced: found, lines }
    }

    /// What the first digit says.
    pub fn class(&self) -> Class {
        Class::of(self.code)
    }

    /// The lines with a space between them; lossy UTF-8, **not sanitized**.
    pub fn text(&self) -> String {
        self.lines.join(" ")
    }

    /// The text of the first line; lossy UTF-8, **not sanitized**.
    pub fn first_line(&self) -> &str {
        self.lines.first().map_or("", String::as_str)
    }
}

/// Code, enhanced code and text on one line; **not sanitized**.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        self.lines.iter().filter(|line| !line.is_empty()).try_for_each(|line| write!(f, " {line}"))
    }
}

/// Exactly one whole reply, lines ended by LF or CRLF, the last one's end optional.
impl FromStr for Reply {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let mut assembler = Assembler::default();
        let mut lines = text.split_inclusive('\n').map(str::as_bytes);
        for line in lines.by_ref() {
            let read = assembler.line(without_line_end(line), line.len(), &[])?;
            if read.last {
                break;
            }
        }
        match (assembler.finish(true), lines.next()) {
            (Some(reply), None) => Ok(reply),
            _ => Err(Violation::NotAReply(crate::wire::printable::text(text).into_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enhanced_codes_are_three_numbers_of_which_the_first_is_2_4_or_5() {
        for text in ["2.0.0", "4.7.1", "5.1.1", "5.999.0"] {
            assert_eq!(text.parse::<EnhancedCode>().map(|code| code.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "2", "2.0", "2.0.0.0", "3.0.0", "5.1000.1", "5.1.x", "5..1", "+5.1.1", "5.+1.1", "55.1.1"] {
            assert_eq!(text.parse::<EnhancedCode>(), Err(NotEnhanced), "{text}");
        }
    }

    #[test]
    fn an_enhanced_code_is_parsed_apart_when_its_class_agrees() {
        let reply: Reply = "550-5.1.1 no such\r\n550 5.1.1 mailbox\r\n".parse().unwrap();
        assert_eq!(reply.enhanced.map(|code| code.to_string()).as_deref(), Some("5.1.1"));
        assert_eq!((reply.text().as_str(), reply.first_line()), ("no such mailbox", "no such"));
        assert_eq!(reply.to_string(), "550 5.1.1 no such mailbox");
        let other: Reply = "250 5.1.1 odd".parse().unwrap();
        assert_eq!((other.enhanced, other.text().as_str()), (None, "5.1.1 odd"));
    }

    #[test]
    fn the_first_digit_is_the_class() {
        for (code, class, name) in [
            (220, Class::Ok, "OK"),
            (354, Class::More, "MORE"),
            (421, Class::Temporary, "TEMP"),
            (550, Class::Permanent, "PERM"),
        ] {
            assert_eq!((Class::of(code), Class::of(code).name()), (class, name));
        }
    }

    #[test]
    fn only_one_whole_reply_is_a_reply() {
        assert!("250".parse::<Reply>().is_ok());
        for text in ["", "250-a", "250-a\r\n", "250 a\r\n250 b\r\n", "hello", "250-a\r\n251 b\r\n"] {
            assert!(text.parse::<Reply>().is_err(), "{}", text.escape_debug());
        }
    }
}
