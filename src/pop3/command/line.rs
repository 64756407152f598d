//! How a line is made, and which part of it is secret.
//!
//! A typed line keeps its bytes and is classified for what it is; a built line passes the choke point of
//! [`crate::wire::argument`]. Which of the two a line is matters only inside an AUTH exchange (RFC 5034).

use std::ops::Range;

use zeroize::Zeroize;

use super::{Line, Verb};
use crate::sasl::Mechanism;
use crate::wire::argument::{checked, fits};
use crate::wire::{BadLine, Secret, limits, printable, secret};

impl Line {
    /// A line as a person or a script wrote it, in any letter case, kept byte for byte, without its line end.
    ///
    /// Refused are a CR or LF inside, as that would be two lines, and what is over the limit: 512 octets, or 12 288
    /// for AUTH and for what can only be a SASL response.
    pub fn typed(bytes: impl Into<Vec<u8>>) -> Result<Self, BadLine> {
        let line = Self::classified(bytes.into(), true);
        if let Some(index) = memchr::memchr2(b'\r', b'\n', &line.bytes) {
            let shown = printable::bytes(&line.bytes[index..=index]);
            return Err(BadLine::Control { what: "the line", shown, at: index + 1 });
        }
        let limit = if line.is_base64() { limits::AUTH_LINE } else { line.limit() };
        fits(&line.bytes, limit)?;
        Ok(line)
    }

    /// A verb that needs no argument: STAT, LIST, UIDL, RSET, NOOP, CAPA, STLS, QUIT.
    pub fn bare(verb: Verb) -> Self {
        Self::classified(verb.name().into(), false)
    }

    /// RETR, DELE, or LIST or UIDL of one message.
    pub fn numbered(verb: Verb, number: u32) -> Self {
        Self::classified(format!("{} {number}", verb.name()).into_bytes(), false)
    }

    /// TOP: the header and the first `lines` lines of the body.
    pub fn top(number: u32, lines: u32) -> Self {
        Self::classified(format!("TOP {number} {lines}").into_bytes(), false)
    }

    /// USER.
    pub fn user(name: &str) -> Result<Self, BadLine> {
        Self::built(format!("USER {}", checked("the user name", name)?))
    }

    /// PASS.
    pub fn pass(password: &Secret) -> Result<Self, BadLine> {
        Self::built(format!("PASS {}", checked("the password", password.expose())?))
    }

    /// APOP.
    pub(in crate::pop3) fn apop(name: &str, digest: &str) -> Result<Self, BadLine> {
        Self::built(format!("APOP {} {digest}", checked("the user name", name)?))
    }

    /// AUTH, with base64 as initial response if there is one.
    pub(in crate::pop3) fn auth(mechanism: Mechanism, initial: Option<&[u8]>) -> Self {
        let mut bytes = format!("AUTH {mechanism}").into_bytes();
        if let Some(initial) = initial {
            // Room at once, so that no copy of a part is left behind.
            bytes.reserve_exact(initial.len() + 1);
            bytes.push(b' ');
            bytes.extend_from_slice(initial);
        }
        Self::classified(bytes, false)
    }

    /// A response inside an AUTH exchange, in base64.
    pub(in crate::pop3) fn response(base64: &[u8]) -> Self {
        Self::classified(base64.to_vec(), false).into_sasl_response()
    }

    fn built(line: String) -> Result<Self, BadLine> {
        let line = Self::classified(line.into_bytes(), false);
        fits(&line.bytes, line.limit())?;
        Ok(line)
    }

    fn classified(bytes: Vec<u8>, typed: bool) -> Self {
        let word = nth_word(&bytes, 0).unwrap_or(0..0);
        let verb = Verb::of(&bytes[word.clone()]);
        let number = nth_word(&bytes, 1).filter(|_| verb.takes_message_number());
        let number = number.and_then(|at| std::str::from_utf8(&bytes[at]).ok()?.parse().ok());
        let secrets = secret_part(verb, word, &bytes).into_iter().collect();
        Self { verb, number, bytes, secrets, typed }
    }

    /// What a line becomes that is sent inside an AUTH exchange. `*` cancels the exchange and is no secret.
    pub(in crate::pop3) fn into_sasl_response(mut self) -> Self {
        self.verb = Verb::SaslResponse;
        self.number = None;
        self.secrets = if self.cancels() { Vec::new() } else { vec![0..self.bytes.len()] };
        self
    }

    /// The line that ends an AUTH exchange from our side.
    pub(in crate::pop3) fn cancel() -> Self {
        Self::classified(b"*".to_vec(), false).into_sasl_response()
    }

    pub(in crate::pop3) fn cancels(&self) -> bool {
        self.bytes == b"*"
    }

    /// What it is.
    pub fn verb(&self) -> Verb {
        self.verb
    }

    /// The message number it names.
    pub fn number(&self) -> Option<u32> {
        self.number
    }

    /// Exactly what goes out before the CRLF, secrets included.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Secrets masked, lossy UTF-8, **not sanitized**.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&secret::masked(&self.bytes, &self.secrets)).into_owned()
    }

    /// Octet from which all is secret, if anything is.
    pub fn secret_from(&self) -> Option<usize> {
        self.secrets.first().map(|secret| secret.start)
    }

    /// Whether anything but blanks stands behind the verb.
    pub(in crate::pop3) fn has_argument(&self) -> bool {
        nth_word(&self.bytes, 1).is_some()
    }

    /// Most octets it may have, CRLF included, when it is sent as a command.
    pub(in crate::pop3) fn limit(&self) -> usize {
        if self.verb == Verb::Auth { limits::AUTH_LINE } else { limits::COMMAND_LINE }
    }

    fn is_base64(&self) -> bool {
        self.bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.secrets.is_empty() {
            self.bytes.zeroize();
        }
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let masked = secret::masked(&self.bytes, &self.secrets);
        write!(f, "Line({:?}, \"{}\")", self.verb, masked.escape_ascii())
    }
}

/// Where the word with that index stands. Words are parted by blanks and tabs.
fn nth_word(bytes: &[u8], index: usize) -> Option<Range<usize>> {
    let mut at = 0;
    for word in 0.. {
        at += bytes[at..].iter().position(|byte| !byte.is_ascii_whitespace())?;
        let end = bytes[at..].iter().position(u8::is_ascii_whitespace).map_or(bytes.len(), |length| at + length);
        if word == index {
            return Some(at..end);
        }
        at = end;
    }
    None
}

/// The password of PASS (it may hold blanks), the digest of APOP, the initial response of AUTH, and what stands behind
/// one of these when it is misspelt.
fn secret_part(verb: Verb, word: Range<usize>, bytes: &[u8]) -> Option<Range<usize>> {
    let start = match verb {
        Verb::Pass => word.end + 1,
        Verb::Unknown | Verb::Apop | Verb::Auth => secret::typed(bytes)?,
        _ => return None,
    };
    (start < bytes.len()).then_some(start..bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Line {
        Line::typed(line).unwrap()
    }

    #[test]
    fn typed_lines_are_known_in_any_letter_case_and_kept_as_they_are() {
        for (line, verb, number) in [
            ("STAT", Verb::Stat, None),
            ("stat", Verb::Stat, None),
            ("list 2", Verb::List, Some(2)),
            ("LIST", Verb::List, None),
            (" retr\t12 ", Verb::Retr, Some(12)),
            ("TOP 3 10", Verb::Top, Some(3)),
            ("DELE 4294967296", Verb::Dele, None),
            ("DELE -1", Verb::Dele, None),
            ("UIDL x", Verb::Uidl, None),
            ("USER 7", Verb::User, None),
            ("hello 1", Verb::Unknown, None),
            ("STATS", Verb::Unknown, None),
            ("STAT\u{8}", Verb::Unknown, None),
            ("", Verb::Unknown, None),
            ("Quit", Verb::Quit, None),
        ] {
            let read = typed(line);
            assert_eq!((read.verb(), read.number(), read.bytes()), (verb, number, line.as_bytes()), "{line:?}");
        }
    }

    #[test]
    fn secrets_of_typed_lines_are_masked() {
        for (line, shown) in [
            ("PASS hunter2", "PASS ****(7 B)"),
            ("pass a b ", "pass ****(4 B)"),
            ("PASS\thunter2", "PASS\t****(7 B)"),
            (" pass x", " pass ****(1 B)"),
            ("PASS", "PASS"),
            ("PASS ", "PASS "),
            ("PASSS hunter2", "PASSS ****(7 B)"),
            ("PSAS hunter2", "PSAS ****(7 B)"),
            ("PASShunter2", "PASS****(7 B)"),
            ("AUHT PLAIN AGFkYQ==", "AUHT PLAIN ****(8 B)"),
            ("AUTH AGFkYQBodW50ZXIy", "AUTH ****(16 B)"),
            ("LAST 1", "LAST 1"),
            ("APOP ada c4c9334bac560ecc", "APOP ada ****(16 B)"),
            ("APOP ada", "APOP ada"),
            ("AUTH PLAIN AGFkYQ==", "AUTH PLAIN ****(8 B)"),
            ("AUTH PLAIN", "AUTH PLAIN"),
            ("USER ada", "USER ada"),
        ] {
            let line = typed(line);
            assert_eq!(line.shown(), shown);
            let debug = format!("{line:?}");
            assert!(!debug.contains("hunter2") && !debug.contains("AGFk") && !debug.contains("c4c9"), "{debug}");
        }
    }

    #[test]
    fn one_line_is_one_line() {
        for two in ["STAT\r\nQUIT", "STAT\n", "STAT\r"] {
            assert!(matches!(Line::typed(two), Err(BadLine::Control { .. })), "{}", two.escape_debug());
        }
        assert!(Line::typed(b"X \x00\x1b\xff".to_vec()).is_ok());
    }

    #[test]
    fn lines_over_the_limit_are_refused_and_not_cut() {
        assert!(Line::typed(format!("USER {}", "a".repeat(505))).is_ok());
        assert_eq!(
            Line::typed(format!("USER {}", "a".repeat(506))),
            Err(BadLine::TooLong { octets: 513, limit: limits::COMMAND_LINE })
        );
        assert!(Line::typed("A".repeat(10_000)).is_ok(), "a token may be a SASL response");
        assert!(Line::typed(format!("AUTH PLAIN {}", "A".repeat(10_000))).is_ok());
        assert!(Line::typed("A".repeat(12_287)).is_err());
    }

    #[test]
    fn built_lines_say_what_was_asked_for() {
        for (line, bytes, verb, number) in [
            (Line::bare(Verb::Quit), "QUIT", Verb::Quit, None),
            (Line::numbered(Verb::Retr, 12), "RETR 12", Verb::Retr, Some(12)),
            (Line::numbered(Verb::Uidl, 1), "UIDL 1", Verb::Uidl, Some(1)),
            (Line::top(3, 0), "TOP 3 0", Verb::Top, Some(3)),
            (Line::user("ada").unwrap(), "USER ada", Verb::User, None),
            (Line::pass(&Secret::new("a b")).unwrap(), "PASS a b", Verb::Pass, None),
        ] {
            assert_eq!((line.bytes(), line.verb(), line.number()), (bytes.as_bytes(), verb, number));
        }
        assert_eq!(Line::pass(&Secret::new("hunter2")).unwrap().shown(), "PASS ****(7 B)");
    }

    #[test]
    fn built_lines_refuse_what_could_forge_a_command() {
        for forged in ["a\r\nDELE 1", "a\n", "a\0", "\u{560d}\u{560a}", "\u{2028}", "\u{85}"] {
            assert!(Line::user(forged).is_err(), "{}", forged.escape_debug());
            let error = Line::pass(&Secret::new(forged)).unwrap_err().to_string();
            assert!(!error.contains("DELE"), "{error}");
        }
        assert!(Line::user(&"a".repeat(506)).is_err());
    }

    #[test]
    fn inside_auth_a_whole_line_is_secret_but_not_the_cancelling_star() {
        let response = typed("QUIT").into_sasl_response();
        assert_eq!((response.verb(), response.shown().as_str()), (Verb::SaslResponse, "****(4 B)"));
        assert_eq!(typed("*").into_sasl_response().shown(), "*");
    }
}
