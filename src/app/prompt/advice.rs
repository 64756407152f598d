//! What is said of the line while it is typed: its right spelling, what the server will answer, its octets, and what
//! comes next.

use super::super::App;
use super::candidates::{pop3 as of_pop3, smtp as of_smtp};
use super::foretold::{self, Outlook};
use super::ladder::{self, Rung};
use super::{Help, Offer, Standing, octets, starts};
use crate::connection::Protocol;
use crate::explain::{self, Hint};
use crate::mail::Envelope;
use crate::wire::{Side, printable};
use crate::{pop3, smtp};

/// How something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Something will go wrong, or not as it may be meant.
    Warning,
    Plain,
}

/// A sentence about the line in the prompt; sanitized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    pub(crate) tone: Tone,
    pub(crate) text: String,
}

impl Advice {
    fn warning(text: impl Into<String>) -> Self {
        Self { tone: Tone::Warning, text: text.into() }
    }

    fn plain(text: impl Into<String>) -> Self {
        Self { tone: Tone::Plain, text: text.into() }
    }
}

impl App {
    /// What can be put in at the end of the line in the prompt; nothing where a secret is typed.
    pub(crate) fn prompt_offer(&self) -> Offer {
        let line = self.prompt.input.value();
        let at_end = self.prompt.input.cursor() == line.chars().count();
        let hidden = self.prompt.secret_from(&self.links).is_some();
        if !at_end || hidden || !self.links.of(self.prompt.side).is_up() {
            return Offer::default();
        }
        let nobody = Envelope::default();
        match self.prompt.side {
            Side::Smtp => {
                let envelope = self.compose.addresses.said().as_ref().unwrap_or(&nobody);
                let known: Vec<&str> = self.compose.known_addresses().collect();
                of_smtp::offer(line, &of_smtp::Material { facts: self.smtp_facts(), envelope, known: &known })
            }
            Side::Pop3 => of_pop3::offer(line, &self.pop3_facts(), self.account.user.as_deref()),
        }
    }

    /// The line as Tab makes it: the next proper command where it begins like that, else the one way to go on.
    pub(crate) fn prompt_whole(&self, offer: &Offer) -> Option<String> {
        let typed = self.prompt.input.value();
        if !self.links.of(self.prompt.side).is_up() || self.prompt.input.cursor() != typed.chars().count() {
            return None;
        }
        let next = self.suggestion().map(|suggestion| suggestion.line).filter(|line| starts(line, typed));
        next.or_else(|| match &offer.candidates[..] {
            [only] => Some(offer.line_with(typed, only)).filter(|line| starts(line, typed)),
            _ => None,
        })
    }

    pub(in crate::app) fn prompt_help(&self) -> Help {
        let offer = self.prompt_offer();
        let secret = self.prompt.secret_from(&self.links).is_some();
        Help { whole: self.prompt_whole(&offer).filter(|_| !secret), offer, secret }
    }

    pub(in crate::app) fn smtp_facts(&self) -> foretold::smtp::Facts<'_> {
        let link = &self.links.smtp;
        foretold::smtp::Facts {
            state: self.links.smtp_state,
            lmtp: self.speaks_lmtp(),
            hello: &self.account.hello,
            offered: &self.links.smtp_capabilities,
            tls: link.protection.is_some(),
            signed_in: link.signed_in.is_some() || self.prompt.course.smtp.auth == Standing::Passed,
            insecure: link.insecure,
            accepted: self.accepted,
            refused: self.prompt.course.smtp.refused,
        }
    }

    pub(in crate::app) fn pop3_facts(&self) -> foretold::pop3::Facts<'_> {
        foretold::pop3::Facts {
            state: self.links.pop3_state,
            named: self.named,
            offered: self.links.pop3_capabilities.as_ref(),
            tls: self.links.pop3.protection.is_some(),
            insecure: self.links.pop3.insecure,
            mailbox: &self.mailbox,
        }
    }

    fn speaks_lmtp(&self) -> bool {
        self.account.smtp.as_ref().is_some_and(|target| target.protocol == Protocol::Lmtp)
    }

    /// What is to be said of the line in the prompt, the most urgent first. `cells`: room for each.
    pub(crate) fn prompt_advice(&self, cells: usize) -> Vec<Advice> {
        let typed = self.prompt.input.value();
        if typed.is_empty() && self.prompt.open.is_none() {
            return self.why_next().map(|why| Advice::plain(format!("Next: {why}"))).into_iter().collect();
        }
        let side = self.prompt.side;
        if !self.links.of(side).is_up() {
            return vec![Advice::plain(format!(
                "There is no {} connection: F8 opens it, F2 chooses another",
                side.name()
            ))];
        }
        let chosen = self.prompt.open.and_then(|index| self.prompt_offer().candidates.get(index).cloned());
        let chosen = chosen.filter(|candidate| !candidate.note.is_empty());
        if let Some(chosen) = chosen {
            return vec![Advice::plain(format!("{}: {}", printable::text(chosen.text.trim()), chosen.note))];
        }
        let mut advice: Vec<Advice> = self.prompt_hint().map(Advice::warning).into_iter().collect();
        advice.extend(self.of_body_line(typed).map(Advice::plain));
        advice.extend(self.octets_of_line(typed, cells).map(Advice::plain));
        if advice.is_empty() {
            advice.extend(self.why_as_typed(typed).map(Advice::plain));
        }
        advice
    }

    /// Why the next proper command comes next.
    pub(crate) fn why_next(&self) -> Option<String> {
        let up = self.links.of(self.prompt.side).is_up();
        self.suggestion().filter(|_| up).map(|suggestion| suggestion.why.to_string())
    }

    /// The reason of the command that is being typed, where it is the next proper one; else what its verb is for.
    fn why_as_typed(&self, typed: &str) -> Option<String> {
        if self.prompt.secret_from(&self.links).is_some() {
            return Some("what is typed here is not shown, kept or completed".to_owned());
        }
        let proper = self.suggestion().filter(|next| next.line == typed || starts(&next.line, typed));
        if let Some(proper) = proper {
            return Some(proper.why.to_string());
        }
        let purpose = match self.prompt.side {
            Side::Smtp if matches!(self.links.smtp_state, smtp::State::Body | smtp::State::Auth) => None,
            Side::Smtp => of_smtp::purpose(typed),
            Side::Pop3 if self.links.pop3_state == pop3::State::Auth => None,
            Side::Pop3 => of_pop3::purpose(typed),
        };
        purpose.map(str::to_owned)
    }

    fn octets_of_line(&self, typed: &str, cells: usize) -> Option<String> {
        const LABEL: &str = "octets: ";
        let secret = self.prompt.secret_from(&self.links);
        let hex = || octets::hex(typed, self.prompt.input.cursor(), secret, cells.saturating_sub(LABEL.len()));
        octets::is_odd(typed).then(|| format!("{LABEL}{}", hex()))
    }

    /// What becomes of a line of a mail typed by hand (RFC 5321 4.5.2).
    fn of_body_line(&self, typed: &str) -> Option<String> {
        if !self.is_in_body() || !typed.starts_with('.') {
            return None;
        }
        if typed == "." {
            return Some("a lone dot ends the mail; a text line that is one dot is typed as two".to_owned());
        }
        let start: String = typed.chars().take(20).collect();
        let start = printable::text(&start);
        Some(match super::paste::stuffed(typed) {
            std::borrow::Cow::Owned(_) => {
                format!("goes out as .{start}: a dot at the start of a line is doubled, and arrives single")
            }
            std::borrow::Cow::Borrowed(_) => {
                format!("doubled already: it arrives as {}", start.strip_prefix('.').unwrap_or_default())
            }
        })
    }

    /// The conversation of the prompt is inside of a mail after 354.
    pub(crate) fn is_in_body(&self) -> bool {
        self.prompt.side == Side::Smtp && self.links.smtp_state == smtp::State::Body
    }

    /// What is wrong with what stands in the prompt, or what the server will say to it.
    pub(crate) fn prompt_hint(&self) -> Option<String> {
        let typed = self.prompt.input.value();
        match self.prompt.side {
            _ if typed.is_empty() || super::in_exchange(self.prompt.side, &self.links) => None,
            Side::Smtp if self.is_in_body() => (typed == ".").then(|| self.typed_lint())?,
            side => misspelt(side, typed).or_else(|| self.forecast(typed).map(|forecast| forecast.text().to_owned())),
        }
    }

    /// What the server will say to a line. Nothing while an answer may still change that.
    fn forecast(&self, typed: &str) -> Option<Outlook> {
        let side = self.prompt.side;
        if self.links.of(side).waiting.is_some() {
            return None;
        }
        match side {
            Side::Smtp => foretold::smtp::outlook(&smtp::Line::typed(typed).ok()?, &self.smtp_facts()),
            Side::Pop3 => foretold::pop3::outlook(&pop3::Line::typed(typed).ok()?, &self.pop3_facts()),
        }
    }

    /// A verb that looks misspelt is sent all the same, with a hint.
    pub(in crate::app) fn hint_spelling(&mut self, line: &str) {
        if self.is_in_body() || super::in_exchange(self.prompt.side, &self.links) {
            return;
        }
        if let Some(hint) = explain::command_hint(self.prompt.side, line) {
            self.warn(spelled(self.prompt.side, &hint));
        }
    }

    /// The last line of a side ended behind a QUIT that was answered.
    pub(crate) fn parted(&self, side: Side) -> bool {
        let course = &self.prompt.course;
        let quit = match side {
            Side::Smtp => course.smtp.quit,
            Side::Pop3 => course.pop3.quit,
        };
        quit == Standing::Passed
    }

    /// How far the conversation of the prompt is; empty when there is none.
    pub(crate) fn prompt_ladder(&self) -> Vec<Rung> {
        if !self.links.of(self.prompt.side).is_up() {
            return Vec::new();
        }
        let next = self.suggestion().map(|suggestion| suggestion.line);
        let course = &self.prompt.course;
        match self.prompt.side {
            Side::Smtp => ladder::smtp(&ladder::Smtp {
                state: self.links.smtp_state,
                course: &course.smtp,
                offered: &self.links.smtp_capabilities,
                next: next.as_deref(),
                lmtp: self.speaks_lmtp(),
                recipients: (self.accepted, self.compose.addresses.said().as_ref().map_or(0, |mail| mail.to.len())),
            }),
            Side::Pop3 => {
                let offered = self.links.pop3_capabilities.as_ref();
                ladder::pop3(self.links.pop3_state, &course.pop3, offered, next.as_deref())
            }
        }
    }
}

/// The line as it should read, once it can no longer become right by typing on.
fn misspelt(side: Side, typed: &str) -> Option<String> {
    let becomes = ["MAIL FROM:", "RCPT TO:"].iter().any(|start| *start == typed || starts(start, typed));
    let begun = !typed.contains([' ', ':', '<']) && explain::is_begun(side, typed);
    if begun || (side == Side::Smtp && becomes) {
        return None;
    }
    explain::command_hint(side, typed).map(|hint| spelled(side, &hint))
}

/// The hint in words, without the password that may stand behind the verb.
fn spelled(side: Side, hint: &Hint) -> String {
    format!("Meant: {}  {}", super::secret::shown(&hint.right, side, false), hint.why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_on_its_way_to_be_right_is_not_called_wrong() {
        let right = "MAIL FROM:<ada@example.org> SIZE=5";
        for end in 1..=right.len() {
            assert_eq!(misspelt(Side::Smtp, &right[..end]), None, "{}", &right[..end]);
            assert_eq!(misspelt(Side::Smtp, &right[..end].to_lowercase()), None, "{}", &right[..end]);
        }
        for right in ["RCPT TO:<bob@example.org>", "EHLO lab.test", "STARTTLS", "AUTH PLAIN", "VRFY ada"] {
            for end in 1..=right.len() {
                assert_eq!(misspelt(Side::Smtp, &right[..end]), None, "{}", &right[..end]);
            }
        }
        for right in ["TOP 1 0", "CAPA", "USER ada", "RETR 12", "APOP ada c4c9"] {
            for end in 1..=right.len() {
                assert_eq!(misspelt(Side::Pop3, &right[..end]), None, "{}", &right[..end]);
            }
        }
    }

    #[test]
    fn a_slip_is_told_before_the_line_is_sent() {
        for (side, typed, right) in [
            (Side::Smtp, "hello", "HELO"),
            (Side::Smtp, "ehlo: lab.test", "EHLO lab.test"),
            (Side::Smtp, "MAIL FORM:", "MAIL FROM:"),
            (Side::Smtp, "MAIL FROM <a", "MAIL FROM:<a"),
            (Side::Smtp, "RCPT: TO", "RCPT TO:"),
            (Side::Smtp, "rctp", "RCPT"),
            (Side::Pop3, "retrive 1", "RETR 1"),
            (Side::Pop3, "delete", "DELE"),
            (Side::Pop3, "quti", "QUIT"),
        ] {
            let hint = misspelt(side, typed).unwrap_or_default();
            assert!(hint.starts_with(&format!("Meant: {right} ")), "{typed}: {hint}");
        }
    }
}
