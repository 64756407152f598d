//! What EHLO or LHLO announced, as types (RFC 5321 4.1.1.1).

use super::Reply;

/// The service extensions of the last EHLO or LHLO. Empty after HELO.
#[expect(clippy::struct_excessive_bools, reason = "each is an extension of its own, announced or not")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// The name the server greets with.
    pub domain: String,
    /// SIZE (RFC 1870): announced; the limit in octets, `None` inside when none is declared or it is 0.
    pub size: Option<Option<u64>>,
    /// PIPELINING (RFC 2920).
    pub pipelining: bool,
    /// 8BITMIME (RFC 6152).
    pub eight_bit_mime: bool,
    /// SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// DSN (RFC 3461).
    pub dsn: bool,
    /// CHUNKING (RFC 3030).
    pub chunking: bool,
    /// BINARYMIME (RFC 3030).
    pub binary_mime: bool,
    /// DELIVERBY (RFC 2852): announced; the shortest time in seconds that the server takes, `None` inside when it says
    /// none.
    pub deliver_by: Option<Option<u32>>,
    /// FUTURERELEASE (RFC 4865).
    pub future_release: Option<FutureRelease>,
    /// REQUIRETLS (RFC 8689).
    pub require_tls: bool,
    /// XCLIENT of Postfix: the attributes it takes, upper case; empty when it is not announced.
    pub xclient: Vec<String>,
    /// STARTTLS (RFC 3207).
    pub starttls: bool,
    /// ENHANCEDSTATUSCODES (RFC 2034).
    pub enhanced_status_codes: bool,
    /// AUTH mechanisms (RFC 4954), upper case, in the server's order.
    pub auth: Vec<String>,
    /// LIMITS (RFC 9422): name and value.
    pub limits: Vec<(String, String)>,
    /// Every keyword line as sent, known or not, in order, lossy UTF-8, **not sanitized**.
    pub lines: Vec<String>,
}

/// How long a mail may be kept (RFC 4865 3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FutureRelease {
    /// Most seconds; `None` where the server does not say.
    pub seconds: Option<u32>,
    /// Latest moment, as RFC 3339 writes it; `None` where the server does not say. **Not sanitized**.
    pub until: Option<String>,
}

impl Capabilities {
    /// From the reply to EHLO or LHLO.
    pub fn parse(reply: &Reply) -> Self {
        let mut capabilities = Self::of_helo(reply);
        for line in reply.lines.iter().skip(1) {
            capabilities.keyword(line);
        }
        capabilities
    }

    /// From the reply to HELO, which announces nothing but the server's name.
    pub fn of_helo(reply: &Reply) -> Self {
        let domain = reply.first_line().split_whitespace().next().unwrap_or_default().to_owned();
        Self { domain, ..Self::default() }
    }

    /// Most recipients of one mail (RFC 9422 4.2).
    pub fn rcpt_max(&self) -> Option<usize> {
        self.limit("RCPTMAX")
    }

    /// Most mails over one connection (RFC 9422 4.1).
    pub fn mail_max(&self) -> Option<usize> {
        self.limit("MAILMAX")
    }

    /// Most domains among the recipients of one mail (RFC 9422 4.3).
    pub fn rcpt_domain_max(&self) -> Option<usize> {
        self.limit("RCPTDOMAINMAX")
    }

    /// A number of up to six digits that does not begin with 0; others count as none (RFC 9422 4).
    fn limit(&self, name: &str) -> Option<usize> {
        let (_, value) = self.limits.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        let is_number = value.len() <= 6 && !value.starts_with('0') && value.bytes().all(|byte| byte.is_ascii_digit());
        value.parse().ok().filter(|_| is_number)
    }

    fn keyword(&mut self, line: &str) {
        self.lines.push(line.to_owned());
        let mut words = line.split_ascii_whitespace();
        let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
        match keyword.as_str() {
            "SIZE" => {
                let limit = words.next().and_then(|limit| limit.parse().ok()).filter(|limit| *limit > 0);
                self.size = Some(limit);
            }
            "PIPELINING" => self.pipelining = true,
            "8BITMIME" => self.eight_bit_mime = true,
            "SMTPUTF8" => self.smtputf8 = true,
            "DSN" => self.dsn = true,
            "CHUNKING" => self.chunking = true,
            "BINARYMIME" => self.binary_mime = true,
            "DELIVERBY" => self.deliver_by = Some(words.next().and_then(|least| least.parse().ok())),
            "FUTURERELEASE" => {
                let seconds = words.next().and_then(|most| most.parse().ok());
                self.future_release = Some(FutureRelease { seconds, until: words.next().map(str::to_owned) });
            }
            "REQUIRETLS" => self.require_tls = true,
            "XCLIENT" => self.xclient = words.map(str::to_ascii_uppercase).collect(),
            "STARTTLS" => self.starttls = true,
            "ENHANCEDSTATUSCODES" => self.enhanced_status_codes = true,
            "AUTH" => words.for_each(|mechanism| self.mechanism(mechanism)),
            "LIMITS" => self.limits.extend(words.filter_map(limit)),
            // The form that servers keep for clients older than RFC 2554: `AUTH=LOGIN PLAIN`.
            old if old.starts_with("AUTH=") => {
                self.mechanism(&old["AUTH=".len()..]);
                words.for_each(|mechanism| self.mechanism(mechanism));
            }
            _ => {}
        }
    }

    fn mechanism(&mut self, name: &str) {
        let name = name.to_ascii_uppercase();
        if !name.is_empty() && !self.auth.contains(&name) {
            self.auth.push(name);
        }
    }
}

fn limit(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    Some((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(keywords: &str) -> Capabilities {
        let lines = keywords.split('|').map(str::to_owned).collect();
        Capabilities::parse(&Reply { code: 250, enhanced: None, lines })
    }

    #[test]
    fn keywords_are_known_in_any_letter_case() {
        let found = announced(
            "post.example.com at your service|pipelining|8BitMime|SMTPUTF8|DSN|CHUNKING|StartTLS|\
             ENHANCEDSTATUSCODES|auth plain Login|AUTH=LOGIN CRAM-MD5|LIMITS RCPTMAX=100 MAILMAX=5|X-ODD a b",
        );
        assert_eq!(found.domain, "post.example.com");
        assert!(found.pipelining && found.eight_bit_mime && found.smtputf8 && found.dsn && found.chunking);
        assert!(found.starttls && found.enhanced_status_codes);
        assert_eq!(found.auth, ["PLAIN", "LOGIN", "CRAM-MD5"]);
        assert_eq!(found.limits[0], ("RCPTMAX".to_owned(), "100".to_owned()));
        assert_eq!((found.lines.len(), found.lines.last().map(String::as_str)), (11, Some("X-ODD a b")));
    }

    #[test]
    fn a_size_without_a_limit_is_announced_and_unlimited() {
        for (line, size) in [
            ("SIZE 1000", Some(Some(1_000))),
            ("SIZE", Some(None)),
            ("SIZE 0", Some(None)),
            ("SIZE -1", Some(None)),
            ("SIZE 99999999999999999999999", Some(None)),
            ("SIZES", None),
        ] {
            assert_eq!(announced(&format!("host|{line}")).size, size, "{line}");
        }
    }

    #[test]
    fn what_stands_behind_the_later_keywords_is_read() {
        let found = announced(
            "host|BINARYMIME|DELIVERBY 240|FUTURERELEASE 86400 2026-11-23T00:00:00Z|REQUIRETLS|XCLIENT name ADDR|\
             LIMITS MAILMAX=5 rcptmax=100 RCPTDOMAINMAX=1",
        );
        assert!(found.binary_mime && found.require_tls);
        assert_eq!(
            (found.deliver_by, found.xclient.as_slice()),
            (Some(Some(240)), &["NAME", "ADDR"].map(str::to_owned)[..])
        );
        let until = Some("2026-11-23T00:00:00Z".to_owned());
        assert_eq!(found.future_release, Some(FutureRelease { seconds: Some(86_400), until }));
        assert_eq!((found.mail_max(), found.rcpt_max(), found.rcpt_domain_max()), (Some(5), Some(100), Some(1)));
        let bare = announced("host|DELIVERBY|FUTURERELEASE|XCLIENT");
        assert_eq!((bare.deliver_by, bare.future_release), (Some(None), Some(FutureRelease::default())));
        assert!(bare.xclient.is_empty());
    }

    #[test]
    fn a_limit_that_is_no_number_of_the_rfc_is_none() {
        for value in ["", "0", "007", "1000000", "-1", "+1", "x"] {
            assert_eq!(announced(&format!("host|LIMITS RCPTMAX={value}")).rcpt_max(), None, "{value}");
        }
        assert_eq!(announced("host|LIMITS RCPTMAX=999999").rcpt_max(), Some(999_999));
    }

    #[test]
    fn the_greeting_line_is_no_keyword() {
        assert!(!announced("PIPELINING PIPELINING").pipelining);
        assert_eq!(announced(""), Capabilities::default());
    }
}
