//! Trying again after "not now" (4yz): offered, counted down, and only to those who were put off. What is in the form
//! goes out as it went, with its Message-ID (RFC 5321 4.5.4.1). A fate that nobody knows is never tried again here.

mod delay;

use std::time::{Duration, Instant};

use super::App;
use super::compose::result::{Fate, deciding, merged};
use super::dialog::{self, Dialog, Item, Menu};
use crate::mail::Envelope;
use crate::smtp::{MailOutcome, MailReport};

/// Before the first try, where the server names no time; doubled for each further one.
const FIRST: Duration = Duration::from_mins(1);
/// Doubling ends here.
const LONGEST: Duration = Duration::from_mins(15);
/// Tries in a row that nobody asks for one by one.
const MOST: u32 = 5;

/// An answer to the question when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// After the countdown, and on with longer ones.
    Later,
    /// At once.
    Now,
    /// No more.
    Never,
    /// At once, to everybody who is not known to have the mail.
    Rest,
}

/// Another attempt at the mail in the form.
#[derive(Debug, Default)]
pub(super) struct Retrying {
    plan: Option<Plan>,
}

#[derive(Debug)]
struct Plan {
    /// What is known from the attempts before.
    earlier: MailReport,
    /// RCPT of the next one.
    to: Vec<String>,
    step: Step,
    /// Before the next try.
    pause: Duration,
    /// Made by themselves so far.
    tries: u32,
    /// The changes of the form so far: one more, and it is another mail.
    edits: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Offered,
    Waiting(Instant),
    /// Under way; by itself or not.
    Trying(bool),
}

impl Retrying {
    /// Nothing is to be tried again.
    pub(super) fn end(&mut self) {
        self.plan = None;
    }

    /// MAIL FROM and RCPT TO of the attempt that goes out: those of a retry go to fewer.
    pub(super) fn envelope(&self, envelope: Envelope) -> Envelope {
        match &self.plan {
            Some(Plan { step: Step::Trying(_), to, .. }) => Envelope { to: to.clone(), ..envelope },
            _ => envelope,
        }
    }

    /// What is known of the mail once an attempt ended: all attempts together, if it was a retry.
    pub(super) fn told(&self, report: MailReport) -> MailReport {
        match &self.plan {
            Some(Plan { step: Step::Trying(_), earlier, .. }) => merged(earlier, report),
            _ => report,
        }
    }

    /// A retry is under way.
    pub(super) fn is_trying(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| matches!(plan.step, Step::Trying(_)))
    }

    fn due(&self) -> Option<Instant> {
        match self.plan.as_ref()?.step {
            Step::Waiting(due) => Some(due),
            Step::Offered | Step::Trying(_) => None,
        }
    }
}

impl App {
    /// An attempt ended with `report`, which holds those before it too: whether there is to be another.
    pub(super) fn offer_retry(&mut self, report: &MailReport) {
        let last = self.retrying.plan.take();
        let to = put_off(report);
        if to.is_empty() || !matches!(report.outcome, MailOutcome::Deferred | MailOutcome::Partial) {
            return;
        }
        let (now, edits) = (self.now.instant, self.compose.edits);
        let named = report.recipients.iter().filter(|one| to.contains(&one.address));
        let named = named.filter_map(|one| delay::named(&deciding(one, report)?.text())).max();
        let mut plan = Plan {
            earlier: report.clone(),
            to,
            step: Step::Offered,
            pause: named.unwrap_or(FIRST),
            tries: 0,
            edits: self.sent_edits,
        };
        // What was changed since it went out is another mail.
        if edits != plan.edits {
            return;
        }
        if let Some(last) = last.filter(|last| last.step == Step::Trying(true)) {
            plan.pause = named.unwrap_or((last.pause * 2).min(LONGEST));
            plan.tries = last.tries;
            if plan.tries < MOST {
                plan.step = Step::Waiting(now + plan.pause);
            } else {
                self.warn(format!("still deferred after {MOST} more tries: no more by themselves, F5 sends again"));
            }
        }
        self.retrying.plan = Some(plan);
    }

    /// Why there is nothing to try again.
    pub(super) fn retry_unavailable(&self) -> Option<&'static str> {
        (!self.is_deferred()).then_some("no mail was put off: there is nothing to try again")
    }

    /// The mail in the form was put off, and is as it was.
    fn is_deferred(&self) -> bool {
        let same = |plan: &Plan| {
            plan.edits == self.compose.edits
                && self.compose.result.as_ref().is_some_and(|report| report.id == plan.earlier.id)
                && !matches!(plan.step, Step::Trying(_))
        };
        self.retrying.plan.as_ref().is_some_and(same)
    }

    /// Asks when.
    pub(super) fn ask_retry(&mut self) {
        let Some(plan) = self.retrying.plan.as_ref().filter(|_| self.is_deferred()) else { return };
        let item = |key, text: String, choice| Item::new(key, text, dialog::Choice::Retry(choice));
        let waits = matches!(plan.step, Step::Waiting(_));
        let mut items = vec![item(
            'n',
            if waits { "No, stop the countdown" } else { "No, not by itself" }.to_owned(),
            Choice::Never,
        )];
        let later =
            format!("In {}, then after longer and longer pauses, {MOST} times at most; ^C stops", lasting(plan.pause));
        items.push(item('r', later, Choice::Later));
        items.push(item('a', "At once".to_owned(), Choice::Now));
        let text = vec![
            format!("Put off: {}", shown(&plan.to)),
            "Only they are tried, with the same Message-ID; any change of the mail ends it.".to_owned(),
        ];
        self.dialog = Some(Dialog::Menu(Menu::new("Not now, the server says: try again?", text, items)));
    }

    pub(super) fn retry_choice(&mut self, choice: Choice) {
        let now = self.now.instant;
        match (choice, &mut self.retrying.plan) {
            (Choice::Rest, _) => self.send_to_the_rest(),
            (_, None) => {}
            (Choice::Never, Some(plan)) => {
                (plan.step, plan.tries) = (Step::Offered, 0);
                self.info("not tried again by itself; the draft is kept");
            }
            (Choice::Later, Some(plan)) => (plan.step, plan.tries) = (Step::Waiting(now + plan.pause), 0),
            (Choice::Now, Some(plan)) => {
                plan.step = Step::Trying(false);
                self.send_now();
            }
        }
    }

    fn send_to_the_rest(&mut self) {
        let Some(earlier) = self.compose.result.clone() else { return };
        let to = rest(&earlier);
        self.try_now(earlier, to);
    }

    /// Sends to everybody once more. Where nobody knows what became of the attempt before, that stays so should this
    /// one come to nothing.
    pub(super) fn send_again(&mut self) {
        match self.compose.result.clone().filter(|report| report.outcome == MailOutcome::Unknown) {
            Some(earlier) => {
                let to = earlier.recipients.iter().map(|one| one.address.clone()).collect();
                self.try_now(earlier, to);
            }
            None => self.send_now(),
        }
    }

    fn try_now(&mut self, earlier: MailReport, to: Vec<String>) {
        let edits = self.compose.edits;
        self.retrying.plan = Some(Plan { earlier, to, step: Step::Trying(false), pause: FIRST, tries: 0, edits });
        self.send_now();
    }

    /// Ends a countdown. Whether there was one.
    pub(super) fn stop_retrying(&mut self) -> bool {
        let waited = self.retrying.due().is_some();
        if let Some(plan) = self.retrying.plan.as_mut().filter(|_| waited) {
            plan.step = Step::Offered;
        }
        waited
    }

    /// What a countdown leads to: its seconds on screen, the attempt at its end, or its own end when the mail changed.
    pub(super) fn retry_on(&mut self) {
        let Some(due) = self.retrying.due() else { return };
        self.dirty = true;
        if !self.is_deferred() {
            self.retrying.end();
            self.info("the mail is not tried again: it was changed");
        } else if due <= self.now.instant && !self.mail_is_under_way() && self.leaving.is_none() {
            if let Some(plan) = &mut self.retrying.plan {
                plan.tries += 1;
                plan.step = Step::Trying(true);
            }
            self.send_now();
        }
    }

    /// When the seconds on screen change next.
    pub(super) fn retry_wake_at(&self) -> Option<Instant> {
        let left = self.retrying.due()?.saturating_duration_since(self.now.instant);
        let beyond = Duration::from_nanos(u64::from(left.subsec_nanos()));
        Some(self.now.instant + if beyond.is_zero() { Duration::from_secs(1) } else { beyond })
    }

    /// Whole seconds until the next attempt.
    pub(crate) fn retry_seconds(&self) -> Option<u64> {
        let left = self.retrying.due()?.saturating_duration_since(self.now.instant);
        Some(left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }

    /// Where the tries stand, in one line.
    pub(crate) fn retry_words(&self) -> Option<String> {
        let plan = self.retrying.plan.as_ref().filter(|_| self.is_deferred())?;
        Some(match self.retry_seconds() {
            Some(left) => {
                let left = lasting(Duration::from_secs(left));
                format!("Next try in {left} ({} of {MOST}), to {}; ^C stops", plan.tries + 1, shown(&plan.to))
            }
            None => format!("Put off: ^X g a tries again, in {} or at once", lasting(plan.pause)),
        })
    }
}

/// Those who are to be tried again.
fn put_off(report: &MailReport) -> Vec<String> {
    let deferred = report.recipients.iter().filter(|one| Fate::of(one, report.outcome) == Fate::Deferred);
    deferred.map(|one| one.address.clone()).collect()
}

/// Those who are not known to have the mail.
pub(super) fn rest(report: &MailReport) -> Vec<String> {
    let without = report.recipients.iter().filter(|one| Fate::of(one, report.outcome) != Fate::Accepted);
    without.map(|one| one.address.clone()).collect()
}

/// Addresses for one line.
fn shown(to: &[String]) -> String {
    match to {
        [one] => crate::wire::printable::text(one).into_owned(),
        all => format!("{} recipients", all.len()),
    }
}

/// `45 s`, `5 min`, `4:59 min`.
fn lasting(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (0, seconds) => format!("{seconds} s"),
        (1, seconds) => format!("{} s", 60 + seconds),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes}:{seconds:02} min"),
    }
}
