//! The lines of a planned mail, and the reasons not to start it at all (RFC 1870, RFC 6152, RFC 6531).

use crate::smtp::{BodyKind, Capabilities, Line, Transaction, Verb};
use crate::wire::BadLine;

/// MAIL and each RCPT, built and checked before the first of them goes out.
#[derive(Debug)]
pub(super) struct Lines {
    mail: Line,
    recipients: Vec<Line>,
}

impl Lines {
    /// Of `mail` for a server with `capabilities`; the error says why the server would not or must not take it.
    pub fn of(mail: &Transaction, capabilities: &Capabilities) -> Result<Self, String> {
        if mail.to.is_empty() {
            return Err("the mail has no recipient".to_owned());
        }
        if mail.to.iter().any(String::is_empty) {
            return Err("a recipient is empty".to_owned());
        }
        let params = parameters(mail, capabilities)?;
        let build = || -> Result<Self, BadLine> {
            let recipients = mail.to.iter().map(|to| Line::rcpt(to, &[])).collect::<Result<_, _>>()?;
            Ok(Self { mail: Line::mail(&mail.from, &params)?, recipients })
        };
        build().map_err(|bad| bad.to_string())
    }

    pub fn mail(&mut self) -> Line {
        taken(&mut self.mail)
    }

    pub fn recipient(&mut self, index: usize) -> Line {
        taken(&mut self.recipients[index])
    }
}

/// Each line goes out once.
fn taken(line: &mut Line) -> Line {
    std::mem::replace(line, Line::bare(Verb::Noop))
}

/// The parameters of MAIL.
fn parameters(mail: &Transaction, capabilities: &Capabilities) -> Result<Vec<String>, String> {
    let mut params = Vec::new();
    if let (Some(size), Some(limit)) = (mail.size, capabilities.size) {
        if let Some(limit) = limit.filter(|limit| size > *limit) {
            return Err(format!("the mail has {size} octets and the server takes at most {limit} (SIZE)"));
        }
        params.push(format!("SIZE={size}"));
    }
    if mail.body == BodyKind::EightBit {
        if !capabilities.eight_bit_mime {
            return Err("the mail has octets above 127 and the server does not announce 8BITMIME".to_owned());
        }
        params.push("BODY=8BITMIME".to_owned());
    }
    if mail.body == BodyKind::Binary {
        let announced = capabilities.lines.iter().any(|line| line.trim().eq_ignore_ascii_case("BINARYMIME"));
        if !capabilities.chunking || !announced {
            return Err("the mail is binary and the server does not announce CHUNKING and BINARYMIME".to_owned());
        }
        params.push("BODY=BINARYMIME".to_owned());
    }
    if mail.utf8 || !mail.from.is_ascii() || !mail.to.iter().all(|to| to.is_ascii()) {
        if !capabilities.smtputf8 {
            return Err("an address or a header needs SMTPUTF8 and the server does not announce it".to_owned());
        }
        params.push("SMTPUTF8".to_owned());
    }
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::MailId;

    fn mail(to: &[&str]) -> Transaction {
        let to = to.iter().map(|to| (*to).to_owned()).collect();
        Transaction { size: Some(9), ..Transaction::new(MailId(1), "a@b", to) }
    }

    fn able() -> Capabilities {
        Capabilities { size: Some(Some(10)), eight_bit_mime: true, smtputf8: true, ..Capabilities::default() }
    }

    #[test]
    fn parameters_are_sent_where_they_are_announced_and_needed() {
        let written = |mail: &Transaction, able: &Capabilities| {
            String::from_utf8(Lines::of(mail, able).unwrap().mail().bytes().to_vec()).unwrap()
        };
        assert_eq!(written(&mail(&["c@d"]), &Capabilities::default()), "MAIL FROM:<a@b>");
        assert_eq!(written(&mail(&["c@d"]), &able()), "MAIL FROM:<a@b> SIZE=9");
        let all = Transaction { body: BodyKind::EightBit, utf8: true, ..mail(&["c@d"]) };
        assert_eq!(written(&all, &able()), "MAIL FROM:<a@b> SIZE=9 BODY=8BITMIME SMTPUTF8");
        assert_eq!(written(&mail(&["ü@d"]), &able()), "MAIL FROM:<a@b> SIZE=9 SMTPUTF8");
        let unknown = Transaction { size: None, ..mail(&["c@d"]) };
        assert_eq!(written(&unknown, &able()), "MAIL FROM:<a@b>");
    }

    #[test]
    fn what_the_server_cannot_take_is_refused_here() {
        let none = Capabilities::default();
        for (mail, able, why) in [
            (Transaction { size: Some(11), ..mail(&["c@d"]) }, &able(), "at most 10"),
            (Transaction { body: BodyKind::EightBit, ..mail(&["c@d"]) }, &none, "8BITMIME"),
            (Transaction { body: BodyKind::Binary, ..mail(&["c@d"]) }, &able(), "BINARYMIME"),
            (Transaction { utf8: true, ..mail(&["c@d"]) }, &none, "SMTPUTF8"),
            (mail(&["ü@d"]), &none, "SMTPUTF8"),
            (mail(&[]), &able(), "no recipient"),
            (mail(&["c@d", ""]), &able(), "empty"),
            (mail(&["c@d", "e@f>\r\nRSET"]), &able(), "control character"),
            (mail(&["c@d> NOTIFY=NEVER"]), &able(), "end the address"),
            (mail(&[&"x".repeat(600)]), &able(), "limit is 512"),
        ] {
            let refusal = Lines::of(&mail, able).map(|_| ()).unwrap_err();
            assert!(refusal.contains(why), "{refusal}");
        }
    }
}
