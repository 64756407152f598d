//! The lines of a planned mail, built and checked before the first of them goes out. What they say is the business of
//! `smtp::parameters`.

use crate::smtp::{Capabilities, Cover, Line, Parameters, Transaction, Verb, parameters};
use crate::wire::BadLine;

/// MAIL and each RCPT.
#[derive(Debug)]
pub(super) struct Lines {
    mail: Line,
    recipients: Vec<Line>,
}

impl Lines {
    /// Of `mail` for a server with `capabilities`; the error says why the server would not or must not take it.
    pub fn of(mail: &Transaction, capabilities: &Capabilities, cover: Cover) -> Result<Self, String> {
        let said = parameters(mail, capabilities, cover)?;
        Self::built(&said).map_err(|bad| bad.to_string())
    }

    fn built(said: &Parameters) -> Result<Self, BadLine> {
        let recipients = said.recipients.iter().map(|(to, params)| Line::rcpt(to, params)).collect::<Result<_, _>>()?;
        Ok(Self { mail: Line::mail(&said.from, &said.mail)?, recipients })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::{Dsn, MailId, Manner, Notify, Requests};

    fn mail(to: &[&str]) -> Transaction {
        let to = to.iter().map(|to| (*to).to_owned()).collect();
        Transaction { size: Some(9), ..Transaction::new(MailId(1), "a@b", to) }
    }

    fn written(line: &Line) -> String {
        String::from_utf8(line.bytes().to_vec()).unwrap()
    }

    #[test]
    fn each_line_has_its_parameters() {
        let able = Capabilities { size: Some(None), dsn: true, ..Capabilities::default() };
        let dsn = Dsn { notify: Some(Notify::Never), orcpt: true, envid: Some("x y".to_owned()), ..Dsn::default() };
        let requests = Requests { dsn, ..Requests::default() };
        let mail = Transaction { manner: Manner { requests, ..Manner::default() }, ..mail(&["c@d", "e+x@f"]) };
        let mut lines = Lines::of(&mail, &able, Cover::Clear).unwrap();
        assert_eq!(written(&lines.mail()), "MAIL FROM:<a@b> SIZE=9 ENVID=x+20y");
        assert_eq!(written(&lines.recipient(0)), "RCPT TO:<c@d> NOTIFY=NEVER ORCPT=rfc822;c@d");
        assert_eq!(written(&lines.recipient(1)), "RCPT TO:<e+x@f> NOTIFY=NEVER ORCPT=rfc822;e+2Bx@f");
    }

    #[test]
    fn an_address_that_would_forge_a_line_is_refused_here() {
        for (to, why) in [
            ("e@f>\r\nRSET", "control character"),
            ("c@d> NOTIFY=NEVER", "end the address"),
            (&*"x".repeat(600), "limit is 512"),
        ] {
            let refusal =
                Lines::of(&mail(&["c@d", to]), &Capabilities::default(), Cover::Clear).map(|_| ()).unwrap_err();
            assert!(refusal.contains(why), "{refusal}");
        }
    }
}
