//! Many mails out of the form: asked for in a form of its own, sent over their own connections beside the two of the
//! workbench, by what `telepost send` sends with. Nothing is sent again by itself.

use std::path::PathBuf;
use std::time::Duration;

use super::dialog::{Card, Dialog, ManyForm};
use super::secrets::Task;
use super::{App, Effect, TYPING_PAUSE};
use crate::batch::{Counts, Rate};
use crate::connection::Target;
use crate::mail::Draft;
use crate::sasl::SignIn;
use crate::smtp::Manner;
use crate::wire::Side;

/// Many mails to be sent.
#[derive(Clone, Debug)]
pub struct Order {
    /// The mail, without an identity: each that goes out has its own Message-ID.
    pub draft: Draft,
    /// How each is sent.
    pub manner: Manner,
    /// Where to.
    pub target: Target,
    /// Name for EHLO, LHLO or HELO.
    pub hello: String,
    /// Who signs in on each connection; `None`: nobody.
    pub sign_in: Option<SignIn>,
    /// For Message-IDs.
    pub host: String,
    /// How many, how fast, to whom.
    pub wanted: Wanted,
}

/// How many mails, how fast, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// So many times each.
    pub count: u64,
    /// No faster than this.
    pub rate: Option<Rate>,
    /// Connections side by side.
    pub connections: u16,
    /// Whom the mails are for, where the form does not say.
    pub list: Option<List>,
    /// One mail for each recipient.
    pub each: bool,
}

/// A file that says whom the mails are for; `~` is the home folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// Recipients, one a line, in place of To.
    Recipients(PathBuf),
    /// A table: a mail for each row.
    Rows(PathBuf),
}

/// What became of many mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManySummary {
    /// The outcome of all in a word, as `telepost send --json` has it.
    pub word: &'static str,
    /// Mails by what became of them.
    pub counts: Counts,
    /// Counts, failures, percentiles of each stage: lines to read, sanitized.
    pub lines: Vec<String>,
}

/// Many mails that are being sent, or were.
#[derive(Debug, Default)]
pub(super) struct Batching {
    /// What was asked for last.
    wanted: Option<Wanted>,
    /// What waits for the secret.
    waiting: Option<Wanted>,
    running: Option<Running>,
    /// The end, which nobody has seen yet.
    untold: Option<Card>,
}

/// Mails under way.
#[derive(Debug, Default)]
struct Running {
    counts: Counts,
    /// Wishes to stop so far.
    stops: u8,
}

impl App {
    /// Why many mails cannot be sent now.
    pub(super) fn many_unavailable(&self) -> Option<&'static str> {
        if self.sends_many() {
            return Some("many mails are being sent: ^C stops that");
        }
        self.account.smtp.is_none().then_some("no SMTP server is named yet: c connects, ^X b starts the sandbox")
    }

    pub(super) fn ask_many(&mut self) {
        self.dialog = Some(Dialog::Many(Box::new(ManyForm::new(self.batching.wanted.as_ref()))));
    }

    /// The form is filled in.
    pub(super) fn many_asked(&mut self) {
        let Some(Dialog::Many(form)) = &mut self.dialog else { return };
        let Some(wanted) = form.read() else { return };
        if let Some(why) = self.why_not_many(&wanted) {
            if let Some(Dialog::Many(form)) = &mut self.dialog {
                form.error = Some(why.to_owned());
            }
            return;
        }
        self.dialog = None;
        self.batching.wanted = Some(wanted.clone());
        self.batching.waiting = Some(wanted);
        self.with_secret(Task::SendMany);
    }

    /// What in the mail speaks against it.
    fn why_not_many(&self, wanted: &Wanted) -> Option<&'static str> {
        let own = self.compose.draft().envelope.is_some_and(|envelope| !envelope.to.is_empty());
        if own && matches!(wanted.list, Some(List::Recipients(_))) {
            return Some("the form names its own RCPT TO: take that out, or leave the file out");
        }
        self.compose.manner.halt.is_some().then_some("the form ends the conversation on purpose: switch that off first")
    }

    pub(super) fn send_many_with_secret(&mut self) {
        let Some(wanted) = self.batching.waiting.take() else { return };
        let Some(target) = self.account.smtp.clone() else { return };
        let order = Order {
            draft: Draft { message_id: None, date: None, ..self.compose.draft() },
            manner: self.compose.manner.clone(),
            target,
            hello: self.account.hello.clone(),
            sign_in: self.plan(Side::Smtp),
            host: self.host.clone(),
            wanted,
        };
        self.batching.running = Some(Running::default());
        self.batching.untold = None;
        self.effects.push(Effect::SendMany(Box::new(order)));
    }

    /// How far they are.
    pub(super) fn many_progress(&mut self, counts: Counts) {
        if let Some(running) = &mut self.batching.running {
            running.counts = counts;
        }
    }

    /// All have their result, or none was sent.
    pub(super) fn many_done(&mut self, done: Result<Box<ManySummary>, String>) {
        if self.batching.running.take().is_none() {
            return;
        }
        match done {
            Ok(summary) => {
                let ManySummary { word, lines, .. } = *summary;
                let card = Card { copies: true, ..Card::new(format!("Many mails: {word}"), lines) };
                self.batching.untold = Some(card);
            }
            Err(why) => self.error(format!("nothing was sent: {why}")),
        }
    }

    /// Shows the end when nothing else is on top. Keys that were meant for a text do not close it.
    pub(super) fn many_on(&mut self) {
        if self.dialog.is_some() || self.leaving.is_some() {
            return;
        }
        let Some(card) = self.batching.untold.take() else { return };
        let ready = self.last_text_key.map(|last| last + TYPING_PAUSE).filter(|ready| *ready > self.now.instant);
        self.dialog = Some(Dialog::Card(Card { ready, ..card }));
    }

    /// ^C: at first nothing more is handed out, then the lines are dropped. Whether there was something to stop.
    pub(super) fn stop_many(&mut self) -> bool {
        let Some(running) = self.batching.running.as_mut().filter(|running| running.stops < 2) else { return false };
        running.stops += 1;
        let first = running.stops == 1;
        self.effects.push(Effect::StopMany);
        self.warn(if first {
            "no more mails are handed out; replies to those under way are awaited, 10 s at most; ^C again drops the lines"
        } else {
            "the lines of the many mails are dropped"
        });
        true
    }

    /// On the way out: their lines are dropped.
    pub(super) fn leave_many(&mut self) {
        let left = self.batching.running.as_mut().map_or(0, |running| 2 - std::mem::replace(&mut running.stops, 2));
        self.effects.extend((0..left).map(|_| Effect::StopMany));
    }

    pub(super) fn no_many(&mut self) {
        self.batching.waiting = None;
    }

    pub(super) fn sends_many(&self) -> bool {
        self.batching.running.is_some()
    }

    /// What the status row tells of work that goes on by itself.
    pub(crate) fn under_way(&self) -> Option<String> {
        let stoppable =
            self.download_note().map(str::to_owned).or_else(|| self.script_note()).or_else(|| self.many_note());
        stoppable.map(|note| format!("{note}, ^C stops")).or_else(|| self.watching())
    }

    /// The mails under way in words.
    fn many_note(&self) -> Option<String> {
        let Running { counts, stops } = self.batching.running.as_ref()?;
        if counts.total == 0 {
            return Some("MANY MAILS are being made ready".to_owned());
        }
        let left = counts.left().map(|left| format!(", {} left", seconds(left))).unwrap_or_default();
        let end = if *stops > 0 { ", stopping".to_owned() } else { left };
        Some(format!("{} OF {}: {}, {:.1}/s{end}", counts.done, counts.total, counts.words(), counts.rate()))
    }
}

/// Rounded up: nothing takes no time.
fn seconds(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_never_nothing() {
        let of = |ms| seconds(Duration::from_millis(ms));
        assert_eq!([1, 1_000, 119_001, 121_000, 3_600_000].map(of), ["1 s", "1 s", "2 min", "3 min", "60 min"]);
    }
}
