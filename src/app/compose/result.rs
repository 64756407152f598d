//! What became of each recipient, as it may be said: a RCPT that was accepted is no mail that was accepted.

use crate::smtp::{MailOutcome, MailReport, RecipientOutcome, RecipientReport, Reply};

/// The full view of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResultView {
    /// It is on screen, in place of the form.
    pub(crate) open: bool,
    /// The recipient under the cursor.
    pub(crate) at: usize,
}

impl ResultView {
    /// Moves the cursor among so many recipients.
    pub(crate) fn move_by(&mut self, step: isize, count: usize) {
        self.at = self.at.min(count.saturating_sub(1)).saturating_add_signed(step).min(count.saturating_sub(1));
    }
}

/// How a recipient fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Accepted,
    Refused,
    Deferred,
    Unknown,
    /// RCPT was accepted, the mail was not.
    NotTaken,
    Untried,
}

impl Fate {
    /// Of one recipient of a mail that ended so.
    pub(crate) fn of(recipient: &RecipientReport, mail: MailOutcome) -> Self {
        use RecipientOutcome::{Accepted, Deferred, Refused, Unknown, Untried};
        match (recipient.outcome, mail) {
            (Accepted, MailOutcome::Sent | MailOutcome::Partial) => Self::Accepted,
            (Deferred, _) | (Accepted | Untried, MailOutcome::Deferred) => Self::Deferred,
            (Refused, _) | (Accepted | Untried, MailOutcome::Refused) => Self::Refused,
            (Unknown, _) | (Accepted, MailOutcome::Unknown) => Self::Unknown,
            (Accepted, MailOutcome::Failed | MailOutcome::Stopped) => Self::NotTaken,
            (Untried, _) => Self::Untried,
        }
    }

    /// A mark that does without colour.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Accepted => "+",
            Self::Refused => "x",
            Self::Deferred => "~",
            Self::Unknown => "?",
            Self::NotTaken | Self::Untried => "-",
        }
    }

    /// What is to be seen first has the smallest.
    fn gravity(self) -> u8 {
        match self {
            Self::Refused => 0,
            Self::Unknown => 1,
            Self::Deferred => 2,
            Self::NotTaken => 3,
            Self::Untried => 4,
            Self::Accepted => 5,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "REFUSED",
            Self::Deferred => "DEFERRED",
            Self::Unknown => "UNKNOWN",
            Self::NotTaken => "not sent",
            Self::Untried => "not tried",
        }
    }
}

/// The recipients, those whom the mail did not reach before those whom it did.
pub(crate) fn by_gravity(report: &MailReport) -> Vec<&RecipientReport> {
    let mut all: Vec<&RecipientReport> = report.recipients.iter().collect();
    all.sort_by_key(|one| Fate::of(one, report.outcome).gravity());
    all
}

/// The reply that decided on one recipient: its own, or where that was good and the mail was not taken, the mail's.
pub(crate) fn deciding<'a>(recipient: &'a RecipientReport, report: &'a MailReport) -> Option<&'a Reply> {
    let own = recipient.reply.as_ref();
    match (recipient.outcome, report.outcome) {
        (
            RecipientOutcome::Accepted | RecipientOutcome::Untried,
            MailOutcome::Deferred | MailOutcome::Refused | MailOutcome::Failed,
        ) => report.reply.as_ref().or(own),
        _ => own,
    }
}

/// Recipients by fate in a few words: `2 accepted, 1 deferred`.
pub(crate) fn tally(report: &MailReport) -> String {
    tally_of(report.recipients.iter().map(|one| Fate::of(one, report.outcome)))
}

/// The same of some of them.
pub(crate) fn tally_of(fates: impl Iterator<Item = Fate>) -> String {
    let fates: Vec<Fate> = fates.collect();
    let all = [Fate::Accepted, Fate::Deferred, Fate::Refused, Fate::Unknown, Fate::NotTaken, Fate::Untried];
    let count = |fate: Fate| fates.iter().filter(|found| **found == fate).count();
    let named = all.into_iter().filter(|fate| count(*fate) > 0);
    named.map(|fate| format!("{} {}", count(fate), fate.word().to_lowercase())).collect::<Vec<_>>().join(", ")
}

/// The outcomes of a further attempt, which went to some recipients, over those of the one before.
pub(crate) fn merged(earlier: &MailReport, later: MailReport) -> MailReport {
    let told: Vec<_> = later.recipients.iter().map(|one| settled(one, &later)).collect();
    let of = |one: &RecipientReport| {
        let newer = told.iter().find(|newer| newer.address == one.address);
        let newer = newer.filter(|newer| newer.outcome != RecipientOutcome::Untried);
        newer.cloned().unwrap_or_else(|| settled(one, earlier))
    };
    let recipients: Vec<_> = earlier.recipients.iter().map(of).collect();
    let has = |outcome| recipients.iter().any(|one| one.outcome == outcome);
    let all = recipients.iter().all(|one| one.outcome == RecipientOutcome::Accepted);
    let outcome = match later.outcome {
        _ if all => MailOutcome::Sent,
        // Nor does a further attempt that comes to nothing settle what became of the one before.
        _ if later.outcome == MailOutcome::Unknown || has(RecipientOutcome::Unknown) => MailOutcome::Unknown,
        _ if has(RecipientOutcome::Accepted) => MailOutcome::Partial,
        MailOutcome::Failed | MailOutcome::Stopped => later.outcome,
        _ if has(RecipientOutcome::Deferred) => MailOutcome::Deferred,
        _ => MailOutcome::Refused,
    };
    let queue_id = later.queue_id.clone().or_else(|| earlier.queue_id.clone());
    MailReport { outcome, recipients, queue_id, ..later }
}

/// A recipient by itself, without the mail's outcome to look at: what was accepted has the mail.
fn settled(one: &RecipientReport, report: &MailReport) -> RecipientReport {
    let outcome = match Fate::of(one, report.outcome) {
        Fate::Accepted => RecipientOutcome::Accepted,
        Fate::Refused => RecipientOutcome::Refused,
        Fate::Deferred => RecipientOutcome::Deferred,
        Fate::Unknown => RecipientOutcome::Unknown,
        Fate::NotTaken | Fate::Untried => RecipientOutcome::Untried,
    };
    RecipientReport { outcome, reply: deciding(one, report).cloned(), ..one.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::{MailId, Stage};

    fn reply(code: u16) -> Reply {
        Reply { code, enhanced: None, lines: vec![format!("said {code}")] }
    }

    fn report(outcome: MailOutcome, recipients: &[(&str, RecipientOutcome, u16)], last: u16) -> MailReport {
        let one = |(address, outcome, code): &(&str, RecipientOutcome, u16)| RecipientReport {
            address: (*address).to_owned(),
            outcome: *outcome,
            reply: (*code > 0).then(|| reply(*code)),
        };
        MailReport {
            id: MailId(1),
            outcome,
            stage: Stage::FinalDot,
            recipients: recipients.iter().map(one).collect(),
            reply: (last > 0).then(|| reply(last)),
            queue_id: None,
            why: None,
        }
    }

    #[test]
    fn what_rcpt_accepted_is_said_of_the_mail_only_when_the_mail_was_taken() {
        use RecipientOutcome::{Accepted, Deferred, Unknown, Untried};
        let cases = [
            (MailOutcome::Sent, Accepted, Fate::Accepted, 250),
            (MailOutcome::Partial, Accepted, Fate::Accepted, 250),
            (MailOutcome::Refused, Accepted, Fate::Refused, 554),
            (MailOutcome::Deferred, Accepted, Fate::Deferred, 554),
            (MailOutcome::Deferred, Untried, Fate::Deferred, 554),
            (MailOutcome::Partial, Deferred, Fate::Deferred, 250),
            (MailOutcome::Failed, Accepted, Fate::NotTaken, 554),
            (MailOutcome::Stopped, Accepted, Fate::NotTaken, 250),
            (MailOutcome::Unknown, Unknown, Fate::Unknown, 250),
            (MailOutcome::Failed, Untried, Fate::Untried, 554),
        ];
        for (outcome, recipient, fate, code) in cases {
            let report = report(outcome, &[("a@x", recipient, 250)], 554);
            let one = &report.recipients[0];
            assert_eq!(Fate::of(one, outcome), fate, "{outcome:?} {recipient:?}");
            assert_eq!(deciding(one, &report).map(|reply| reply.code), Some(code), "{outcome:?} {recipient:?}");
        }
    }

    #[test]
    fn whom_the_mail_did_not_reach_comes_first_each_kind_in_the_order_of_rcpt() {
        use RecipientOutcome::{Accepted, Deferred, Refused};
        let all = [("a@x", Accepted), ("b@x", Deferred), ("c@x", Refused), ("d@x", Accepted), ("e@x", Deferred)];
        let report = report(MailOutcome::Partial, &all.map(|(address, outcome)| (address, outcome, 0)), 250);
        let order: Vec<&str> = by_gravity(&report).iter().map(|one| one.address.as_str()).collect();
        assert_eq!(order, ["c@x", "b@x", "e@x", "a@x", "d@x"]);
    }

    #[test]
    fn a_further_attempt_changes_those_it_went_to() {
        use RecipientOutcome::{Accepted, Deferred, Refused, Unknown, Untried};
        let earlier = report(
            MailOutcome::Partial,
            &[("a@x", Accepted, 250), ("b@x", Deferred, 451), ("c@x", Refused, 550), ("d@x", Deferred, 451)],
            250,
        );
        let cases = [
            (MailOutcome::Sent, [("b@x", Accepted, 251), ("d@x", Accepted, 251)], MailOutcome::Partial, [251, 251]),
            (MailOutcome::Partial, [("b@x", Accepted, 251), ("d@x", Deferred, 452)], MailOutcome::Partial, [251, 452]),
            (MailOutcome::Unknown, [("b@x", Unknown, 251), ("d@x", Unknown, 251)], MailOutcome::Unknown, [251, 251]),
            (MailOutcome::Failed, [("b@x", Untried, 0), ("d@x", Untried, 0)], MailOutcome::Partial, [451, 451]),
        ];
        for (outcome, later, expected, codes) in cases {
            let merged = merged(&earlier, report(outcome, &later, 0));
            let code = |index: usize| merged.recipients[index].reply.as_ref().map(|reply| reply.code);
            assert_eq!((merged.outcome, merged.recipients.len()), (expected, 4));
            assert_eq!([code(1), code(3)], codes.map(Some), "{outcome:?}");
            assert_eq!(merged.recipients[0].outcome, Accepted, "it stays with those who have it");
        }
    }

    #[test]
    fn an_attempt_that_comes_to_nothing_does_not_settle_an_unknown_fate() {
        use RecipientOutcome::{Accepted, Deferred, Refused, Unknown, Untried};
        let earlier = report(MailOutcome::Unknown, &[("a@x", Accepted, 250), ("b@x", Unknown, 250)], 250);
        for (outcome, later, expected) in [
            (MailOutcome::Failed, [("b@x", Untried, 0)], MailOutcome::Unknown),
            (MailOutcome::Stopped, [("b@x", Untried, 0)], MailOutcome::Unknown),
            (MailOutcome::Unknown, [("b@x", Unknown, 250)], MailOutcome::Unknown),
            (MailOutcome::Deferred, [("b@x", Deferred, 450)], MailOutcome::Unknown),
            (MailOutcome::Refused, [("b@x", Refused, 550)], MailOutcome::Unknown),
            (MailOutcome::Sent, [("b@x", Accepted, 250)], MailOutcome::Unknown),
        ] {
            let merged = merged(&earlier, report(outcome, &later, 0));
            assert_eq!(merged.outcome, expected, "{outcome:?}");
        }
    }

    #[test]
    fn the_last_deferred_recipient_makes_a_mail_sent_and_one_deferred_at_the_dot_stays_whole() {
        use RecipientOutcome::{Accepted, Deferred};
        let earlier = report(MailOutcome::Partial, &[("a@x", Accepted, 250), ("b@x", Deferred, 451)], 250);
        let later = report(MailOutcome::Sent, &[("b@x", Accepted, 250)], 250);
        assert_eq!(merged(&earlier, later).outcome, MailOutcome::Sent);
        let dot = report(MailOutcome::Deferred, &[("a@x", Accepted, 250), ("b@x", Accepted, 250)], 451);
        let again = report(MailOutcome::Deferred, &[("a@x", Accepted, 250), ("b@x", Accepted, 250)], 452);
        let merged = merged(&dot, again);
        assert_eq!((merged.outcome, tally(&merged)), (MailOutcome::Deferred, "2 deferred".to_owned()));
        assert_eq!(merged.recipients[0].reply.as_ref().map(|reply| reply.code), Some(452));
    }
}
