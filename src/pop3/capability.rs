//! What CAPA announced, as types (RFC 2449 6). Unknown lines are kept as they came and mean nothing here.

/// The capabilities of the last CAPA.
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of its own, announced or not")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// TOP.
    pub top: bool,
    /// USER and PASS.
    pub user: bool,
    /// UIDL.
    pub uidl: bool,
    /// STLS (RFC 2595).
    pub stls: bool,
    /// PIPELINING.
    pub pipelining: bool,
    /// RESP-CODES.
    pub resp_codes: bool,
    /// SASL mechanisms, upper case, in the server's order.
    pub sasl: Vec<String>,
    /// EXPIRE: days a message is kept, `Some(None)` for NEVER.
    pub expire: Option<Option<u32>>,
    /// IMPLEMENTATION.
    pub implementation: Option<String>,
    /// Every line as sent, known or not, in order, lossy UTF-8, **not sanitized**.
    pub lines: Vec<String>,
}

impl Capabilities {
    /// Reads the lines of a CAPA response, without status line, final dot and line ends.
    pub fn parse(lines: Vec<String>) -> Self {
        let mut capabilities = Self::default();
        for line in &lines {
            capabilities.announce(line);
        }
        capabilities.lines = lines;
        capabilities
    }

    fn announce(&mut self, line: &str) {
        let (tag, arguments) = line.split_once(' ').unwrap_or((line, ""));
        match tag.to_ascii_uppercase().as_str() {
            "TOP" => self.top = true,
            "USER" => self.user = true,
            "UIDL" => self.uidl = true,
            "STLS" => self.stls = true,
            "PIPELINING" => self.pipelining = true,
            "RESP-CODES" => self.resp_codes = true,
            "SASL" => self.sasl.extend(arguments.split_whitespace().map(str::to_ascii_uppercase)),
            "EXPIRE" => self.expire = expire(arguments),
            "IMPLEMENTATION" => self.implementation = Some(arguments.to_owned()),
            _ => {}
        }
    }
}

#[expect(clippy::option_option, reason = "not announced, NEVER, and days are three things")]
fn expire(arguments: &str) -> Option<Option<u32>> {
    let days = arguments.split_whitespace().next()?;
    if days.eq_ignore_ascii_case("NEVER") { Some(None) } else { days.parse().ok().map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(lines: &[&str]) -> Capabilities {
        Capabilities::parse(lines.iter().map(|line| (*line).to_owned()).collect())
    }

    #[test]
    fn capabilities_are_read_in_any_letter_case() {
        let read = parsed(&[
            "top",
            "USER",
            "Uidl",
            "STLS",
            "PIPELINING",
            "RESP-CODES",
            "SASL plain LOGIN",
            "EXPIRE 60 USER",
            "IMPLEMENTATION Tiny 1.0",
            "X-UNKNOWN 1",
        ]);
        assert!(read.top && read.user && read.uidl && read.stls && read.pipelining && read.resp_codes);
        assert_eq!(read.sasl, ["PLAIN", "LOGIN"]);
        assert_eq!(read.expire, Some(Some(60)));
        assert_eq!(read.implementation.as_deref(), Some("Tiny 1.0"));
        assert_eq!(read.lines.len(), 10);
    }

    #[test]
    fn nothing_is_announced_by_a_word_that_only_starts_alike() {
        let read = parsed(&["TOPS", "USERS", "XSTLS", "", " PIPELINING"]);
        assert_eq!(Capabilities { lines: Vec::new(), ..read }, Capabilities::default());
    }

    #[test]
    fn expire_is_a_number_of_days_never_or_nothing() {
        for (line, expire) in [
            ("EXPIRE NEVER", Some(None)),
            ("EXPIRE 0", Some(Some(0))),
            ("EXPIRE", None),
            ("EXPIRE -1", None),
            ("EXPIRE 99999999999", None),
        ] {
            assert_eq!(parsed(&[line]).expire, expire, "{line}");
        }
    }
}
