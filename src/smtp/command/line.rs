//! How command lines are made: typed ones keep their bytes, built ones pass the checks against forged commands
//! (RFC 5321 4.1.1, 4.5.3.1.4; RFC 4954 4).

mod room;

use super::{Line, Verb};
use crate::wire::argument::{BadLine, checked, fits};
use crate::wire::limits::{AUTH_LINE, TEXT_LINE};
use crate::wire::{secret, xtext};

impl Line {
    /// A line as a person or a script typed it, kept byte for byte. Spaces around it do not hide its verb. The
    /// initial response of an AUTH is secret, and what stands behind a misspelt AUTH, or a PASS that is for POP3.
    ///
    /// Refused: CR or LF inside, and more octets than its [`Self::limit`], or than [`AUTH_LINE`] for what can only be
    /// base64.
    pub fn typed(bytes: impl Into<Vec<u8>>) -> Result<Self, BadLine> {
        let bytes = one_line(bytes.into())?;
        let verb = Verb::of(word(&bytes, 0).0);
        let is_long = verb == Verb::Auth || (verb == Verb::Unknown && bytes.iter().all(|byte| is_base64(*byte)));
        fits(&bytes, if is_long { AUTH_LINE } else { room::limit(verb, &bytes) })?;
        let secret = if matches!(verb, Verb::Auth | Verb::Unknown) { secret::typed(&bytes) } else { None };
        let secrets = secret.map(|start| start..bytes.len()).into_iter().collect();
        Ok(Self { verb, bytes, secrets })
    }

    /// A line typed while the conversation is inside of a body; `.` alone ends it.
    pub fn body(bytes: impl Into<Vec<u8>>) -> Result<Self, BadLine> {
        let bytes = one_line(bytes.into())?;
        fits(&bytes, TEXT_LINE + 2)?;
        let verb = if bytes == b"." { Verb::FinalDot } else { Verb::BodyLine };
        Ok(Self { verb, bytes, secrets: Vec::new() })
    }

    /// A response inside of an AUTH exchange, as it goes on the wire: wholly secret, and never sent outside of one.
    /// `*` cancels.
    pub fn sasl(bytes: impl Into<Vec<u8>>) -> Result<Self, BadLine> {
        let bytes = one_line(bytes.into())?;
        fits(&bytes, AUTH_LINE)?;
        Ok(Self { verb: Verb::SaslResponse, bytes, secrets: Vec::new() }.wholly_secret())
    }

    /// AUTH for a mechanism, with the base64 of an initial response; `=` stands for an empty one (RFC 4954 4).
    pub(in crate::smtp) fn auth(mechanism: &str, initial: Option<&[u8]>) -> Self {
        let mut bytes = format!("{} {mechanism}", Verb::Auth.name()).into_bytes();
        let initial = initial.map(|initial| if initial.is_empty() { &b"="[..] } else { initial });
        let secrets = initial.map(|initial| bytes.len() + 1..bytes.len() + 1 + initial.len());
        if let Some(octets) = initial {
            bytes.push(b' ');
            bytes.extend_from_slice(octets);
        }
        Self { verb: Verb::Auth, bytes, secrets: secrets.into_iter().collect() }
    }

    /// The `*` that cancels an exchange.
    pub(in crate::smtp) fn cancel() -> Self {
        Self { verb: Verb::SaslResponse, bytes: b"*".to_vec(), secrets: Vec::new() }
    }

    /// HELO, EHLO or LHLO with our name.
    pub fn hello(verb: Verb, name: &str) -> Result<Self, BadLine> {
        Self::with(verb, checked("the name in the greeting", name)?)
    }

    /// `MAIL FROM:<from> params…`; `from` without angle brackets, empty for the null sender.
    pub fn mail(from: &str, params: &[String]) -> Result<Self, BadLine> {
        Self::path("MAIL FROM:", Verb::Mail, path("the sender", from)?, params)
    }

    /// `RCPT TO:<to> params…`; `to` without angle brackets.
    pub fn rcpt(to: &str, params: &[String]) -> Result<Self, BadLine> {
        Self::path("RCPT TO:", Verb::Rcpt, path("a recipient", to)?, params)
    }

    /// `XCLIENT NAME=value…`, the values as `xtext` (the XCLIENT protocol of Postfix).
    pub fn xclient(attributes: &[(String, String)]) -> Result<Self, BadLine> {
        let mut line = Verb::XClient.name().to_owned();
        for (name, value) in attributes {
            let name = one_word("an attribute", checked("an attribute", name)?)?;
            line.extend([" ", name, "=", &xtext::encode(value)]);
        }
        Self::built(Verb::XClient, line)
    }

    /// The verb alone.
    pub fn bare(verb: Verb) -> Self {
        let bytes = if verb == Verb::FinalDot { "." } else { verb.name() };
        Self { verb, bytes: bytes.into(), secrets: Vec::new() }
    }

    /// BDAT with the size of the chunk behind it in octets (RFC 3030 2).
    pub(in crate::smtp) fn bdat(octets: usize, last: bool) -> Self {
        let bytes = format!("BDAT {octets}{}", if last { " LAST" } else { "" });
        Self { verb: Verb::Bdat, bytes: bytes.into_bytes(), secrets: Vec::new() }
    }

    /// Whether a typed BDAT announces octets: what is typed behind it would be taken for them. Any size but a plain 0
    /// counts, as servers differ in how they read others.
    pub fn announces_octets(&self) -> bool {
        let (size, _) = word(&self.bytes, word(&self.bytes, 0).1);
        self.verb == Verb::Bdat && size.iter().any(|byte| *byte != b'0')
    }

    /// The verb and its argument: VRFY, EXPN, HELP, ETRN, NOOP.
    pub fn with(verb: Verb, argument: &str) -> Result<Self, BadLine> {
        let line = format!("{} {}", verb.name(), checked("the argument", argument)?);
        Self::built(verb, line)
    }

    fn path(command: &str, verb: Verb, path: &str, params: &[String]) -> Result<Self, BadLine> {
        let mut line = format!("{command}<{path}>");
        for param in params {
            line.push(' ');
            line.push_str(one_word("a parameter", checked("a parameter", param)?)?);
        }
        Self::built(verb, line)
    }

    fn built(verb: Verb, line: String) -> Result<Self, BadLine> {
        fits(line.as_bytes(), room::limit(verb, line.as_bytes()))?;
        Ok(Self { verb, bytes: line.into_bytes(), secrets: Vec::new() })
    }

    /// Most octets it may have, CRLF included: those of RFC 5321 4.5.3.1.4, and what each extension adds to them.
    pub fn limit(&self) -> usize {
        if self.verb == Verb::Auth { AUTH_LINE } else { room::limit(self.verb, &self.bytes) }
    }

    /// What it is.
    pub fn verb(&self) -> Verb {
        self.verb
    }

    /// Its octets, without CRLF, **secrets included**.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its text with the secrets masked; lossy UTF-8, **not sanitized**.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&secret::masked(&self.bytes, &self.secrets)).into_owned()
    }

    /// Octet from which all is secret, if anything is.
    pub fn secret_from(&self) -> Option<usize> {
        self.secrets.first().map(|secret| secret.start)
    }

    /// All of it secret, but for the `*` that cancels an exchange.
    pub(in crate::smtp) fn wholly_secret(mut self) -> Self {
        self.secrets = if self.bytes.is_empty() || self.bytes == b"*" { Vec::new() } else { vec![0..self.bytes.len()] };
        self
    }
}

/// `bytes` if they are one line.
fn one_line(bytes: Vec<u8>) -> Result<Vec<u8>, BadLine> {
    match memchr::memchr2(b'\r', b'\n', &bytes) {
        None => Ok(bytes),
        Some(at) => {
            let shown = crate::wire::printable::bytes(&bytes[at..=at]);
            Err(BadLine::Control {
                what: "the line",
                shown,
                at: String::from_utf8_lossy(&bytes[..at]).chars().count() + 1,
            })
        }
    }
}

/// The word at or behind `from`, and where it ends.
fn word(bytes: &[u8], from: usize) -> (&[u8], usize) {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = bytes[from..].iter().position(|byte| !is_space(byte)).map_or(bytes.len(), |at| from + at);
    let end = bytes[start..].iter().position(is_space).map_or(bytes.len(), |at| start + at);
    (&bytes[start..end], end)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// `address` if it stays inside of its angle brackets.
fn path<'a>(what: &'static str, address: &'a str) -> Result<&'a str, BadLine> {
    let (mut quoted, mut escaped) = (false, false);
    for (index, found) in checked(what, address)?.chars().enumerate() {
        match found {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' | '<' | '>' if !quoted => return Err(BadLine::Delimiter { what, found, at: index + 1 }),
            _ => {}
        }
    }
    if quoted {
        // The bracket behind an open quote would belong to the quote.
        return Err(BadLine::Delimiter { what, found: '"', at: address.chars().count() });
    }
    Ok(address)
}

fn one_word<'a>(what: &'static str, text: &'a str) -> Result<&'a str, BadLine> {
    match text.chars().position(|found| found == ' ') {
        Some(index) => Err(BadLine::Delimiter { what, found: ' ', at: index + 1 }),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::limits::COMMAND_LINE;

    #[test]
    fn a_typed_line_is_known_by_its_verb_and_keeps_its_bytes() {
        for (typed, verb) in [
            (&b"HeLo dell01"[..], Verb::Helo),
            (b"  ehlo x ", Verb::Ehlo),
            (b"mail from: ada@sandbox.test", Verb::Mail),
            (b"RCPT", Verb::Rcpt),
            (b"data\t", Verb::Data),
            (b"bdat 0 last", Verb::Bdat),
            (b"quit", Verb::Quit),
            (b"starttls", Verb::StartTls),
            (b"hello dell01", Verb::Unknown),
            (b"", Verb::Unknown),
            (b"\x7f\xff\x08", Verb::Unknown),
            (b".", Verb::Unknown),
        ] {
            let line = Line::typed(typed).unwrap();
            assert_eq!((line.verb(), line.bytes()), (verb, typed));
        }
    }

    #[test]
    fn a_line_end_inside_would_be_a_second_command() {
        for typed in ["a\rb", "a\nb", "quit\r\n"] {
            assert!(Line::typed(typed).is_err() && Line::body(typed).is_err() && Line::sasl(typed).is_err());
        }
        let error = Line::typed("quit\r\n").unwrap_err().to_string();
        assert!(error.contains("position 5"), "{error}");
    }

    #[test]
    fn a_line_over_the_limit_is_refused_and_not_cut() {
        let words = |octets: usize| "x ".repeat(octets / 2);
        assert!(Line::typed(words(COMMAND_LINE - 2)).is_ok());
        assert!(Line::typed(words(COMMAND_LINE)).is_err());
        let auth = |octets: usize| format!("AUTH PLAIN {}", "A".repeat(octets - 13));
        assert!(Line::typed(auth(AUTH_LINE)).is_ok() && Line::typed(auth(AUTH_LINE + 1)).is_err());
        assert!(Line::typed("A".repeat(AUTH_LINE - 2)).is_ok() && Line::typed("A".repeat(AUTH_LINE - 1)).is_err());
        assert!(Line::body(vec![b' '; TEXT_LINE]).is_ok() && Line::body(vec![b' '; TEXT_LINE + 1]).is_err());
        assert!(Line::mail(&"a".repeat(600), &[]).is_err());
    }

    #[test]
    fn what_follows_the_mechanism_of_an_auth_is_secret() {
        for (typed, shown) in [
            ("AUTH PLAIN AGFkYQBodW50ZXIy", "AUTH PLAIN ****(16 B)"),
            (" auth  plain  abc def", " auth  plain  ****(7 B)"),
            ("AUHT PLAIN AGFkYQBodW50ZXIy", "AUHT PLAIN ****(16 B)"),
            ("PASS hunter2", "PASS ****(7 B)"),
            ("hello dell01", "hello dell01"),
            ("AUTH LOGIN", "AUTH LOGIN"),
            ("AUTH LOGIN ", "AUTH LOGIN "),
            ("auth", "auth"),
        ] {
            assert_eq!(Line::typed(typed).unwrap().shown(), shown);
        }
        let response = Line::sasl("c2VjcmV0").unwrap();
        assert_eq!(response.shown(), "****(8 B)");
        assert!(!format!("{response:?}").contains("c2VjcmV0"));
        assert_eq!(Line::sasl("*").unwrap().shown(), "*");
    }

    #[test]
    fn a_typed_bdat_with_octets_is_known() {
        for (typed, announces) in [
            ("BDAT 0 LAST", false),
            ("bdat 00", false),
            ("BDAT", false),
            ("BDAT 5", true),
            ("bdat +0", true),
            ("x 5", false),
        ] {
            assert_eq!(Line::typed(typed).unwrap().announces_octets(), announces, "{typed}");
        }
        assert_eq!(Line::bdat(86, true).bytes(), b"BDAT 86 LAST");
        assert_eq!(Line::bdat(86, false).bytes(), b"BDAT 86");
    }

    #[test]
    fn built_lines_are_strict() {
        let size = ["SIZE=9".to_owned(), "BODY=8BITMIME".to_owned()];
        assert_eq!(Line::mail("a@b", &size).unwrap().bytes(), b"MAIL FROM:<a@b> SIZE=9 BODY=8BITMIME");
        assert_eq!(Line::mail("", &[]).unwrap().bytes(), b"MAIL FROM:<>");
        assert_eq!(Line::rcpt("\"a >b\"@c", &[]).unwrap().bytes(), b"RCPT TO:<\"a >b\"@c>");
        assert_eq!(Line::hello(Verb::Ehlo, "[192.0.2.1]").unwrap().bytes(), b"EHLO [192.0.2.1]");
        assert_eq!(Line::with(Verb::Vrfy, "ada").unwrap().bytes(), b"VRFY ada");
        assert_eq!(Line::bare(Verb::Data).bytes(), b"DATA");
    }

    #[test]
    fn no_argument_can_forge_a_command_or_a_parameter() {
        for forged in ["a@b\r\nRSET", "a\n", "a\0", "a@b> SIZE=1", "<a@b>", "a b@c", "\"a@b", "\"a\\\"@b> x"] {
            assert!(Line::mail(forged, &[]).is_err() && Line::rcpt(forged, &[]).is_err(), "{}", forged.escape_debug());
        }
        assert!(Line::hello(Verb::Ehlo, "a\r\nQUIT").is_err());
        assert!(Line::with(Verb::Help, "a\nb").is_err());
        assert!(Line::mail("a@b", &["SIZE=1 BODY=7BIT".to_owned()]).is_err());
        assert!(Line::mail("a@b", &["SIZE=1\r\nRSET".to_owned()]).is_err());
    }
}
