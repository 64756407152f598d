//! Mails that are broken off on purpose: where, and what is left of the body by then.

use super::Delivery;
use crate::smtp::{Halt, Leave, MailOutcome, MailReport, Stage, Transaction};

/// Where one mail is broken off, if it is.
#[derive(Debug)]
pub(in crate::smtp::session) struct Halting {
    halt: Option<Halt>,
    /// Octets of the body, if known.
    size: Option<u64>,
}

impl Halting {
    /// The stages before MAIL are no part of a mail.
    pub(super) fn of(mail: &Transaction) -> Self {
        let halt = mail.manner.halt.filter(|halt| (Stage::Mail..=Stage::FinalDot).contains(&halt.after));
        Self { halt, size: mail.size }
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.halt.is_some()
    }
}

impl Delivery {
    /// The stage that was answered and behind which the mail is broken off. To be asked when nothing of it is in flight.
    pub fn halt_due(&self) -> Option<Stage> {
        let stage = self.halting.halt?.after;
        let reached = match stage {
            Stage::Mail => self.mail_stands(),
            Stage::Rcpt => self.mail_stands() && self.unasked().is_none(),
            Stage::Data => self.data_goes_on(),
            _ => false,
        };
        reached.then_some(stage)
    }

    pub fn halts_after(&self, stage: Stage) -> bool {
        self.halting.halt.is_some_and(|halt| halt.after == stage)
    }

    /// How many octets of a piece of the body still go out if the mail is broken off inside of it. `sent`: octets before.
    pub fn halt_in_body(&self, sent: u64, piece: usize, last: bool) -> Option<usize> {
        if !self.halts_after(Stage::Body) {
            return None;
        }
        let middle = self.halting.size.map_or(sent + piece as u64 / 2, |size| size / 2);
        let left = usize::try_from(middle.saturating_sub(sent)).unwrap_or(usize::MAX);
        match left {
            left if last => Some(left.min(piece / 2)),
            left if left <= piece => Some(left),
            _ => None,
        }
    }

    /// The report of a mail that is broken off at `stage`, and how the line is left.
    pub fn stopped(&self, stage: Stage) -> (MailReport, Leave) {
        // Inside of a body, QUIT would be a line of it.
        let in_body = matches!(stage, Stage::Data | Stage::Body);
        let how = self.halting.halt.filter(|_| !in_body).map_or(Leave::Drop, |halt| halt.how);
        let doubt = if stage == Stage::FinalDot { "; whether it was accepted was not waited for" } else { "" };
        let why = format!("broken off on purpose after {}{doubt}", stage.word());
        let reply = match stage {
            Stage::Mail => self.mail.clone(),
            Stage::Data if !self.is_chunked() => self.data.clone(),
            _ => None,
        };
        (self.report(MailOutcome::Stopped, stage, reply, Some(why)), how)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::session::delivery::Reset;
    use crate::smtp::{Capabilities, Cover, Dialect, MailId, Manner};

    fn halted(size: Option<u64>) -> Delivery {
        let halt = Some(Halt { after: Stage::Body, how: Leave::Quit });
        let mail = Transaction { size, ..Transaction::new(MailId(1), "a@b", vec!["c@d".to_owned()]) };
        let mail = Transaction { manner: Manner { halt, ..Manner::default() }, ..mail };
        Delivery::new(mail, &Capabilities::default(), Cover::Clear, Dialect::Smtp, Reset::No).unwrap()
    }

    #[test]
    fn the_middle_of_a_body_is_never_its_end() {
        for (size, sent, piece, last, left) in [
            (Some(100), 0, 100, true, Some(50)),
            (Some(100), 0, 40, false, None),
            (Some(100), 40, 40, false, Some(10)),
            (Some(1000), 0, 10, true, Some(5)),
            (None, 0, 11, true, Some(5)),
            (None, 0, 64, false, Some(32)),
            (None, 0, 0, true, Some(0)),
        ] {
            assert_eq!(halted(size).halt_in_body(sent, piece, last), left, "{size:?} {sent} {piece} {last}");
        }
    }

    #[test]
    fn a_body_is_left_by_dropping_the_line_only() {
        let mail = halted(None);
        assert_eq!(mail.stopped(Stage::Body).1, Leave::Drop);
        assert_eq!(mail.stopped(Stage::FinalDot).1, Leave::Quit);
        assert!(mail.stopped(Stage::FinalDot).0.why.is_some_and(|why| why.contains("not waited for")));
    }
}
