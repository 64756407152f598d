//! Status lines: `+OK`, `-ERR`, `+ `, and the response code in brackets (RFC 1939 3, RFC 2449 8, RFC 3206).
//!
//! A line that carries none of the three indicators is no response; what happens then is the session's business.

use std::fmt;

use crate::wire::framing::without_line_end;

/// Longest response code believed; what is longer in brackets is text.
const CODE: usize = 40;

/// What the status indicator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// `+OK`.
    Ok,
    /// `-ERR`.
    Err,
    /// `+ `: a SASL challenge follows.
    Continue,
}

/// One status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Good, bad, or go on.
    pub status: Status,
    /// The code in brackets, upper case, such as `IN-USE` or `SYS/TEMP`.
    pub code: Option<String>,
    /// The rest, without line end; lossy UTF-8, **not sanitized**.
    pub text: String,
}

impl Status {
    /// The indicator as RFC 1939 writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "+OK",
            Self::Err => "-ERR",
            Self::Continue => "+",
        }
    }

    /// The indicator at the start of `line`, in any letter case, and how many octets it takes. A letter or digit
    /// right behind it makes it another word.
    pub(super) fn of(line: &[u8]) -> Option<(Self, usize)> {
        [Self::Ok, Self::Err, Self::Continue].into_iter().find_map(|status| {
            let (word, rest) = line.split_at_checked(status.name().len())?;
            let ends = match status {
                Self::Continue => matches!(rest.first(), None | Some(b' ')),
                Self::Ok | Self::Err => !rest.first().is_some_and(u8::is_ascii_alphanumeric),
            };
            (word.eq_ignore_ascii_case(status.name().as_bytes()) && ends).then_some((status, word.len()))
        })
    }
}

impl Response {
    /// Reads a status line, with or without its line end. `None`: it has no status indicator.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let line = without_line_end(line);
        let (status, length) = Status::of(line)?;
        Some(Self::of_parts(status, &line[length..]))
    }

    /// From what stands behind the indicator.
    pub(super) fn of_parts(status: Status, rest: &[u8]) -> Self {
        let rest = String::from_utf8_lossy(rest);
        let rest = rest.strip_prefix(' ').unwrap_or(&rest);
        let (code, text) = match status {
            Status::Continue => (None, rest),
            Status::Ok | Status::Err => code_and_text(rest),
        };
        Self { status, code, text: text.to_owned() }
    }

    /// Whether it says `+OK`.
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }
}

fn code_and_text(rest: &str) -> (Option<String>, &str) {
    let inside = rest.strip_prefix('[').and_then(|inside| inside.split_once(']'));
    match inside {
        Some((code, text)) if is_code(code) => {
            (Some(code.to_ascii_uppercase()), text.strip_prefix(' ').unwrap_or(text))
        }
        _ => (None, rest),
    }
}

fn is_code(code: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b'_' | b'.');
    (1..=CODE).contains(&code.len()) && code.bytes().all(known)
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status.name())?;
        if let Some(code) = &self.code {
            write!(f, " [{code}]")?;
        }
        if !self.text.is_empty() {
            write!(f, " {}", self.text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_lines_come_apart() {
        for (line, status, code, text) in [
            ("+OK\r\n", Status::Ok, None, ""),
            ("+OK 2 320\r\n", Status::Ok, None, "2 320"),
            ("+ok fine\n", Status::Ok, None, "fine"),
            ("+OK, ready", Status::Ok, None, ", ready"),
            ("-ERR no such message\r\n", Status::Err, None, "no such message"),
            ("-ERR [IN-USE] busy\r\n", Status::Err, Some("IN-USE"), "busy"),
            ("-ERR [sys/temp] later", Status::Err, Some("SYS/TEMP"), "later"),
            ("-ERR [LOGIN-DELAY]wait", Status::Err, Some("LOGIN-DELAY"), "wait"),
            ("-ERR [AUTH]", Status::Err, Some("AUTH"), ""),
            ("-ERR [two words] x", Status::Err, None, "[two words] x"),
            ("-ERR [open", Status::Err, None, "[open"),
            ("-ERR [] x", Status::Err, None, "[] x"),
            ("+ \r\n", Status::Continue, None, ""),
            ("+\r\n", Status::Continue, None, ""),
            ("+ PDE4OTY=\r\n", Status::Continue, None, "PDE4OTY="),
            ("+ [AUTH] x", Status::Continue, None, "[AUTH] x"),
        ] {
            let response = Response::parse(line.as_bytes()).unwrap();
            assert_eq!((response.status, response.code.as_deref(), response.text.as_str()), (status, code, text));
        }
    }

    #[test]
    fn what_carries_no_indicator_is_no_response() {
        for line in ["", "\r\n", "OK", "220 hi", "+OKAY", "-ERRONEOUS", "-", "+foo", " +OK", "ERR", "+O", "\r+OK"] {
            assert_eq!(Response::parse(line.as_bytes()), None, "{}", line.escape_debug());
        }
    }

    #[test]
    fn a_response_prints_as_it_was_sent() {
        for line in ["+OK", "+OK 2 320", "-ERR [SYS/TEMP] later", "+ abc", "+"] {
            assert_eq!(Response::parse(line.as_bytes()).unwrap().to_string(), line);
        }
    }
}
