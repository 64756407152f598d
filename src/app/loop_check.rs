//! The loop: the mail just sent is waited for in the mailbox and compared with what was sent.
//!
//! It looks by what the pane does anyway: a session that lists, TOP for the newest headers, RETR for the one message.
//! It never ends a session with marks, never closes what somebody reads, and waits while anything else is under way.

mod look;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{App, Effect};
use crate::layout::Pane;
use crate::mail::{Comparison, Summary};
use crate::pop3;
use crate::smtp::{MailId, MailOutcome, MailReport};
use crate::wire::{Segment, Side};

/// Between the first looks; doubled each time.
const PAUSE: Duration = Duration::from_secs(5);
/// Most between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// After this long it is given up.
const PATIENCE: Duration = Duration::from_mins(5);
/// Marks are never committed for the sake of a look.
const MARKED: &str = "messages are marked, and a new session would delete them";

/// A mail as it went out.
#[derive(Clone, Debug)]
struct Sent {
    /// Without angle brackets.
    message_id: String,
    segments: Arc<[Segment]>,
    /// When it was handed over, then when it was accepted.
    at: Instant,
}

/// The last mail sent, and the watch for it.
#[derive(Debug, Default)]
pub(super) struct LoopCheck {
    /// On its way.
    going: Option<(MailId, Sent)>,
    /// Accepted last.
    sent: Option<Sent>,
    watch: Option<Watch>,
}

/// A watch under way.
#[derive(Debug)]
struct Watch {
    sent: Sent,
    since: Instant,
    step: Step,
    pause: Duration,
    /// Unique-ids of messages that were opened in vain.
    in_vain: HashSet<Box<str>>,
    /// What keeps it from looking, as the person was told.
    obstacle: Option<&'static str>,
    /// Seconds left as they are on screen.
    shown: u64,
}

/// What it does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A listing is there or on its way: since when it is waited for.
    Look(Instant),
    /// Until then.
    Wait(Instant),
    /// The message with this number is being fetched, or waits for the person to fetch it.
    Open { number: u32, found: Instant },
    /// It is here and being compared.
    Compare { found: Instant },
}

impl LoopCheck {
    /// Why no watch can begin.
    pub(super) fn unavailable(&self) -> Option<&'static str> {
        self.sent.is_none().then_some("no mail was sent in this session yet")
    }

    /// A mail is handed over.
    pub(super) fn goes(&mut self, id: MailId, message_id: &str, segments: &Arc<[Segment]>, at: Instant) {
        let message_id = message_id.trim_matches(['<', '>']).to_owned();
        self.going = Some((id, Sent { message_id, segments: Arc::clone(segments), at }));
    }

    /// A mail came to its end.
    pub(super) fn done(&mut self, report: &MailReport, at: Instant) {
        let Some((_, sent)) = self.going.take_if(|(id, _)| *id == report.id) else { return };
        if matches!(report.outcome, MailOutcome::Sent | MailOutcome::Partial) {
            self.sent = Some(Sent { at, ..sent });
        }
    }
}

impl App {
    /// Begins to watch for the mail sent last; once more: looks at once.
    pub(super) fn loop_check(&mut self) {
        let Some(sent) = self.loop_check.sent.clone() else { return };
        let now = self.now.instant;
        let in_vain = HashSet::new();
        let mut watch =
            Watch { sent, since: now, step: Step::Wait(now), pause: PAUSE, in_vain, obstacle: None, shown: 0 };
        self.focus_on(Pane::Mailbox);
        self.mailbox.close_message();
        self.status.dismiss();
        // A list made since the mail was sent may hold it already.
        if self.mailbox.session == super::mailbox::Session::Open && !self.mailbox.stale {
            watch.step = Step::Look(now);
        }
        self.loop_check.watch = Some(watch);
    }

    /// What the comparison found out. Of a message that is no longer open nothing is said.
    pub(super) fn compared(&mut self, raw: &Arc<Vec<u8>>, comparison: Comparison) {
        let watch = self.loop_check.watch.take_if(|watch| matches!(watch.step, Step::Compare { .. }));
        let asked = self.dialog.is_some();
        let Some(message) = self.mailbox.message_of(raw) else { return };
        let (same, summary) = (comparison.body_same, comparison.summary.clone());
        message.comparison = Some(comparison);
        // A question about another tab may be on top.
        if !asked {
            message.set_tab(super::mailbox::Tab::Diff);
        }
        let lapse = watch.and_then(|watch| match watch.step {
            Step::Compare { found } => Some(found.saturating_duration_since(watch.sent.at)),
            _ => None,
        });
        let after = lapse.map(|lapse| format!("arrived after {:.1} s; ", lapse.as_secs_f32())).unwrap_or_default();
        let text = format!("{after}{summary}");
        if same {
            self.info(text);
        } else {
            self.warn(text);
        }
    }

    /// What the loop check does next, after anything that changed.
    pub(super) fn loop_on(&mut self) {
        let Some(mut watch) = self.loop_check.watch.take() else { return };
        if self.leaving.is_none() && self.watch_on(&mut watch) {
            self.dirty |= watch.seconds(self.now.instant) != watch.shown;
            watch.shown = watch.seconds(self.now.instant);
            self.loop_check.watch = Some(watch);
        }
    }

    /// When the loop check wants to be woken.
    pub(super) fn loop_wake_at(&self) -> Option<Instant> {
        let watch = self.loop_check.watch.as_ref()?;
        let now = self.now.instant;
        let end = watch.since + PATIENCE;
        match watch.step {
            // The countdown on screen moves each second; what cannot go on is woken by what it waits for.
            Step::Wait(next) if next > now => {
                next.checked_sub(Duration::from_secs(watch.seconds(now).saturating_sub(1)))
            }
            Step::Look(since) if since + look::LISTING > now => Some(since + look::LISTING),
            Step::Wait(_) | Step::Look(_) | Step::Open { .. } | Step::Compare { .. } => (end > now).then_some(end),
        }
    }

    /// Ends the watch; whether there was one.
    pub(super) fn stop_watching(&mut self) -> bool {
        self.loop_check.watch.take().is_some()
    }

    /// What the watch does, for the status row.
    pub(crate) fn watching(&self) -> Option<String> {
        let watch = self.loop_check.watch.as_ref()?;
        let doing = match (watch.step, watch.obstacle) {
            (Step::Wait(_), Some(obstacle)) => obstacle.to_owned(),
            (Step::Wait(_), None) => format!("next look in {} s", watch.seconds(self.now.instant)),
            (Step::Look(_), _) => "looking".to_owned(),
            (Step::Open { .. }, _) => "it is there".to_owned(),
            (Step::Compare { .. }, _) => "comparing it".to_owned(),
        };
        Some(format!("WATCHING for the mail: {doing}, ^C stops"))
    }

    /// One step, if it is time for one. `false`: the watch is over.
    fn watch_on(&mut self, watch: &mut Watch) -> bool {
        let now = self.now.instant;
        if now.saturating_duration_since(watch.since) >= PATIENCE {
            self.warn("the mail was not found in the mailbox within 5 minutes; W watches on");
            return false;
        }
        match watch.step {
            Step::Wait(next) if now < next => true,
            Step::Wait(_) => self.look_anew(watch),
            Step::Look(since) => self.look(watch, since),
            Step::Open { number, found } => self.opened(watch, number, found),
            Step::Compare { .. } => self.mailbox.message.is_some(),
        }
    }

    /// A new session, unless it would disturb.
    fn look_anew(&mut self, watch: &mut Watch) -> bool {
        let obstacle = self.obstacle();
        if let Some(obstacle) = obstacle {
            // The others are seen; what is marked may be far off the screen.
            if obstacle == MARKED && watch.obstacle != Some(MARKED) {
                self.info(format!("the watch for the mail waits: {MARKED}"));
            }
            watch.obstacle = Some(obstacle);
            return true;
        }
        watch.obstacle = None;
        watch.step = Step::Look(self.now.instant);
        if self.links.pop3_state == pop3::State::Transaction {
            self.end_and_reopen();
        } else {
            self.open_mailbox();
        }
        true
    }

    /// What keeps the watch from beginning a new session.
    fn obstacle(&self) -> Option<&'static str> {
        if self.dialog.is_some() {
            Some("a question is open")
        } else if self.mailbox.marked_count() > 0 {
            Some(MARKED)
        } else if self.mailbox.message.is_some() {
            Some("a message is open")
        } else if self.links.of(Side::Pop3).waiting.is_some()
            || self.mailbox.opening.is_some()
            || self.mailbox.reopen
            || self.fetching_since().is_some()
            || self.is_downloading()
        {
            Some("something else is under way")
        } else {
            None
        }
    }

    /// Whether the message that was fetched is the one, and if so: to the comparison.
    fn opened(&mut self, watch: &mut Watch, number: u32, found: Instant) -> bool {
        if self.mailbox.session != super::mailbox::Session::Open {
            return watch.wait(self.now.instant);
        }
        let Some(message) = self.mailbox.message.as_ref().filter(|message| message.number == number) else {
            // RETR was refused, or came to nothing; where the person is to open it, nothing was begun.
            let begun = !self.deletes_what_is_read() && !self.mailbox.is_opening();
            return if begun { watch.wait(self.now.instant) } else { true };
        };
        if Summary::from_headers(&message.raw).message_id != watch.sent.message_id {
            let uid = self.mailbox.row(number).uid.map(Box::<str>::from);
            watch.in_vain.extend(uid);
            self.mailbox.close_message();
            return watch.wait(self.now.instant);
        }
        if message.is_cut() {
            self.warn("the mail arrived, and is too large to be compared here: telepost mailbox wait --sent does it");
            return false;
        }
        let (sent, arrived) = (Arc::clone(&watch.sent.segments), Arc::clone(&message.raw));
        self.effects.push(Effect::Compare { number, sent, arrived });
        watch.step = Step::Compare { found };
        true
    }

    /// RFC 2449 6.7: EXPIRE 0.
    pub(super) fn deletes_what_is_read(&self) -> bool {
        self.links.pop3_capabilities.as_ref().is_some_and(|capabilities| capabilities.expire == Some(Some(0)))
    }
}

impl Watch {
    /// Waits for the next look, each time longer.
    fn wait(&mut self, now: Instant) -> bool {
        self.step = Step::Wait(now + self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }

    /// Whole seconds until the next look.
    fn seconds(&self, now: Instant) -> u64 {
        match self.step {
            Step::Wait(next) => next.saturating_duration_since(now).as_millis().div_ceil(1000) as u64,
            _ => 0,
        }
    }
}
