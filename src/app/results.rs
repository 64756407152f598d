//! What became of a mail: it is told in one sentence, kept as a grid and a waterfall, and never made better than it is.

use std::time::{Duration, Instant};

use super::App;
use super::compose::result::{Fate, by_gravity, deciding, tally};
use super::dialog::{Card as TextCard, Choice, Dialog, Item, Menu};
use super::retrying::{self, rest};
use crate::connection::LinkEvent;
use crate::explain::{self, Question};
use crate::keymap::Action;
use crate::layout::Pane;
use crate::smtp::{self, MailId, MailOutcome, MailReport, RecipientOutcome, RecipientReport, Stage, Verb, Waterfall};
use crate::transcript::{Direction, Record};
use crate::wire::{ChunkKind, Secured, Side, printable};

/// Where the time goes, by the clock of the records: it is read where the octets come and go.
#[derive(Debug)]
pub(super) struct Watch {
    zero: Instant,
    now: Instant,
    /// The next record is the first one of a line that is being made.
    dials: bool,
    fall: Waterfall,
    /// Of the mail whose result is shown.
    told: Waterfall,
}

impl Watch {
    pub(super) fn new(now: Instant) -> Self {
        Self { zero: now, now, dials: false, fall: Waterfall::new(now), told: Waterfall::new(now) }
    }

    fn heard(&mut self, at: Duration) {
        self.now = self.zero + at;
        if std::mem::take(&mut self.dials) {
            self.fall = Waterfall::new(self.now);
        }
    }
}

impl App {
    /// A record of the SMTP line, for its time and for what only a record tells.
    pub(super) fn time_record(&mut self, record: &Record) {
        if record.side != Side::Smtp {
            return;
        }
        self.watch.heard(record.at);
        match (record.direction, record.kind) {
            (Direction::Sent, ChunkKind::Command)
                if self.compose.sending.is_some() && record.bytes.starts_with(b"MAIL ") =>
            {
                self.watch.fall.begins(self.watch.now);
            }
            (Direction::Sent, ChunkKind::BodyEnd) => self.reached(Stage::Body),
            _ => {}
        }
    }

    pub(super) fn time_event(&mut self, event: &LinkEvent) {
        match event {
            LinkEvent::Dialling { .. } => self.watch.dials = true,
            LinkEvent::Connected { lapse, .. } => self.watch.fall.connected(*lapse, self.watch.now),
            LinkEvent::Tls(_) => self.reached(Stage::Tls),
            LinkEvent::BodyProgress { .. } | LinkEvent::Closed(_) | LinkEvent::NotConnected => {}
        }
    }

    pub(super) fn time_notice(&mut self, notice: &smtp::Notice) {
        match notice {
            smtp::Notice::Greeting(_) => self.reached(Stage::Greeting),
            smtp::Notice::Capabilities(_) => self.reached(Stage::Hello),
            smtp::Notice::Secured(Secured::Started { .. }) => self.reached(Stage::Tls),
            smtp::Notice::SignIn(progress) if progress.is_end() => self.reached(Stage::Auth),
            // Of a mail typed by hand nothing is told.
            smtp::Notice::Replied { .. } if self.compose.sending.is_none() => {}
            smtp::Notice::Replied { verb: Verb::Mail, .. } => self.reached(Stage::Mail),
            smtp::Notice::Replied { verb: Verb::Rcpt, .. } => self.reached(Stage::Rcpt),
            smtp::Notice::Replied { verb: Verb::Data, .. } => self.reached(Stage::Data),
            smtp::Notice::Replied { verb: Verb::FinalDot, .. } => self.reached(Stage::FinalDot),
            _ => {}
        }
    }

    fn reached(&mut self, stage: Stage) {
        self.watch.fall.mark(stage, self.watch.now);
    }

    /// The mail in the form is handed over.
    pub(super) fn time_mail(&mut self) {
        self.sent_edits = self.compose.edits;
        let stood = matches!(self.links.smtp_state, smtp::State::Ready | smtp::State::Mail | smtp::State::Rcpt);
        self.watch.fall.handed_over(stood);
    }

    /// Where the time of the mail went whose result is shown.
    pub(crate) fn waterfall(&self) -> &Waterfall {
        &self.watch.told
    }

    /// Why the mail in the form may have come to its recipients already.
    pub(super) fn sent_before(&self) -> Option<String> {
        let told = self.compose.result.as_ref().and_then(|report| match report.outcome {
            MailOutcome::Unknown => {
                let why = "Nobody knows whether the last attempt was accepted: the line went away after the final dot.";
                Some(why.to_owned())
            }
            MailOutcome::Sent => Some("This very mail was sent already.".to_owned()),
            MailOutcome::Partial => Some(format!("This very mail was sent already, to some: {}.", tally(report))),
            _ => None,
        });
        let crashed = "It was on its way when the program ended: nobody knows whether it was accepted.";
        told.or_else(|| self.compose.standing.perhaps_sent.then(|| crashed.to_owned()))
    }

    /// The question about it, with these answers.
    pub(super) fn again_menu(why: String, items: Vec<Item>) -> Menu {
        let text = vec![why, "It keeps its Message-ID, so that a reader can tell it is the same.".to_owned()];
        Menu::new("Send it again?", text, items)
    }

    /// What F5 asks before it sends a mail that was sent before. `false`: nothing is to be asked.
    pub(super) fn ask_before_again(&mut self) -> bool {
        let Some(why) = self.sent_before() else { return false };
        let mut items = vec![Item::new('n', "No, back to the form", Choice::Stay)];
        if let Some(report) = &self.compose.result {
            let without = rest(report).len();
            if without > 0 && without < report.recipients.len() {
                let text = format!("Only to the {without} who are not known to have it");
                items.push(Item::new('o', text, Choice::Retry(retrying::Choice::Rest)));
            }
        }
        items.push(Item::new('y', "Yes, send it again", Choice::SendAgain));
        self.dialog = Some(Dialog::Menu(Self::again_menu(why, items)));
        true
    }

    /// What became of the mail in the form, if it was handed over as it is now; not sanitized.
    pub(super) fn fate_of_mail(&self) -> Option<(String, bool)> {
        let report = self.compose.result.as_ref().filter(|_| self.compose.edits == self.sent_edits)?;
        Some((said(report), report.outcome == MailOutcome::Sent))
    }

    /// A mail came to its end.
    pub(super) fn mail_done(&mut self, report: MailReport) {
        self.keep_sent(&report);
        if self.resent_done(&report) || self.compose.sending.is_none_or(|(id, _)| id != report.id) {
            return;
        }
        self.compose.sending = None;
        self.watch.fall.ends(self.watch.now);
        self.watch.told = self.watch.fall.clone();
        self.loop_check.done(&report, self.now.instant);
        let early = matches!(report.stage, Stage::Connect | Stage::Greeting | Stage::Hello | Stage::Tls | Stage::Auth);
        self.signing.resend = early;
        let delivered = matches!(report.outcome, MailOutcome::Sent | MailOutcome::Partial);
        let report = self.retrying.told(report);
        self.tell(&report);
        // A mail that goes out by itself once the sign-in is settled goes to the same recipients.
        if !(early && report.outcome != MailOutcome::Deferred && self.retrying.is_trying()) {
            self.offer_retry(&report);
        }
        if delivered {
            self.mailbox.stale = true;
            let draft = self.compose.addressed();
            self.compose.used(&draft, &report);
            // What comes next is looking at it: single keys shall work.
            self.compose.editing = false;
        }
        let standing = &mut self.compose.standing;
        // An attempt that came to nothing says nothing of the one before it.
        standing.perhaps_sent = match report.outcome {
            MailOutcome::Unknown => true,
            MailOutcome::Sent => false,
            _ => standing.earlier,
        };
        if report.outcome == MailOutcome::Sent {
            self.compose.unsent = false;
            let _ = self.compose.take_unsaved(None);
            self.forget_draft();
        } else {
            self.save_draft();
        }
        self.explain_report(&report);
        self.compose.result_view.at = 0;
        self.compose.result = Some(report);
    }

    /// There was no line that a mail could go over, and so nobody reported on it. The failure of the line is told.
    pub(super) fn mail_unsent(&mut self, id: MailId) {
        let to = self.compose.envelope().map(|envelope| envelope.to).unwrap_or_default();
        let untried = |address| RecipientReport { address, outcome: RecipientOutcome::Untried, reply: None };
        let report = MailReport {
            id,
            outcome: MailOutcome::Failed,
            stage: Stage::Connect,
            recipients: to.into_iter().map(untried).collect(),
            reply: None,
            queue_id: None,
            why: Some("there was no line to send it over".to_owned()),
        };
        self.watch.told = self.watch.fall.clone();
        self.compose.result = Some(self.retrying.told(report));
    }

    /// The toast.
    fn tell(&mut self, report: &MailReport) {
        let mut text = said(report);
        text.push_str(&carrying(&self.compose.carried));
        if report.outcome == MailOutcome::Sent && self.account.pop3.is_some() {
            text.push_str(" - press 3 to read it");
        }
        if report.outcome == MailOutcome::Sent && self.compose.standing.over.is_some() {
            text.push_str(", ^X N for the mail put aside");
        }
        if self.account.smtp_user.is_none() && report.reply.as_ref().is_some_and(|reply| reply.code == 530) {
            text.push_str("; F2 names who signs in");
        }
        match report.outcome {
            // What became of TLS or the sign-in was said.
            _ if matches!(report.stage, Stage::Tls | Stage::Auth) => {}
            MailOutcome::Sent => self.info(text),
            MailOutcome::Partial | MailOutcome::Deferred => self.warn(text),
            _ => self.error(text),
        }
    }

    /// Shows the whole result in the form's place, and the form again.
    pub(super) fn toggle_result(&mut self) {
        // The steps stand in the place where it is shown.
        if self.shows_steps(Pane::Compose) {
            self.act_on_steps(Action::StepMode);
            self.compose.result_view.open = false;
        }
        let view = &mut self.compose.result_view;
        view.open = !view.open;
        let open = view.open;
        self.focus_on(Pane::Compose);
        if open {
            // It says what the toast says, and more.
            self.status.dismiss();
        }
        self.zoom = open.then_some(Pane::Compose);
        self.compose.editing &= !open;
    }

    /// The result has the keys.
    pub(crate) fn is_in_result(&self) -> bool {
        self.focus == Pane::Compose && self.compose.shows_result()
    }

    pub(super) fn go_in_result(&mut self, step: isize) {
        let count = self.compose.result.as_ref().map_or(0, |report| report.recipients.len());
        self.compose.result_view.move_by(step, count);
    }

    /// The card of the reply that decided on the recipient under the cursor.
    pub(super) fn explain_recipient(&mut self) {
        let Some(report) = &self.compose.result else { return };
        let Some(one) = by_gravity(report).get(self.compose.result_view.at).copied() else { return };
        let address = printable::text(&one.address).into_owned();
        let mut lines = vec![format!("{}: {}", Fate::of(one, report.outcome).word(), address), String::new()];
        if let Some(reply) = deciding(one, report) {
            let verb = if one.reply.as_ref() == Some(reply) { "RCPT" } else { verb_of(report.stage) };
            lines.push(format!("The SMTP server said to {}:", if verb.is_empty() { "the greeting" } else { verb }));
            lines.push(format!("  {}", printable::text(&reply.to_string())));
            if let Some(card) = explain::reply(&Question::smtp(verb, reply)) {
                lines.push(String::new());
                lines.extend(card.text().lines().map(str::to_owned));
            }
        } else {
            let why = report.why.as_deref().unwrap_or("nobody was asked about this recipient");
            lines.push(printable::text(why).into_owned());
        }
        self.dialog = Some(Dialog::Card(TextCard::new(address, lines)));
    }

    /// The result as text, for the pager.
    pub(super) fn result_text(&self) -> String {
        let Some(report) = &self.compose.result else { return String::new() };
        let row = |one: &smtp::RecipientReport| {
            let reply = deciding(one, report).map(ToString::to_string).unwrap_or_default();
            format!("{:<9} {}  {}", Fate::of(one, report.outcome).word(), one.address, printable::text(&reply))
        };
        let rows = by_gravity(report).into_iter().map(row);
        let bars = self.waterfall().bars();
        let bars = bars.iter().map(|bar| format!("{:<9} {:>10.1} ms", bar.label(), bar.took));
        std::iter::once(said(report)).chain(rows).chain(bars).collect::<Vec<_>>().join("\n")
    }
}

/// What the reply that ended a mail at this stage was about.
fn verb_of(stage: Stage) -> &'static str {
    match stage {
        Stage::Lookup | Stage::Connect | Stage::Greeting => "",
        Stage::Hello => "EHLO",
        Stage::Tls => "STARTTLS",
        Stage::Auth => "AUTH",
        Stage::Mail => "MAIL",
        Stage::Rcpt => "RCPT",
        Stage::Data => "DATA",
        Stage::Body | Stage::FinalDot | Stage::Done => ".",
    }
}

/// The sentence for the person.
fn said(report: &MailReport) -> String {
    let of = report.recipients.len();
    let accepted = report.recipients.iter().filter(|one| one.outcome == RecipientOutcome::Accepted).count();
    let queued = report.queue_id.as_ref().map_or_else(|| "accepted".to_owned(), |id| format!("queued as {id}"));
    let reply = report.reply.as_ref().map(|reply| format!("{} {}", reply.code, reply.text())).unwrap_or_default();
    let why = report.why.clone().unwrap_or(reply);
    match report.outcome {
        MailOutcome::Sent => queued,
        MailOutcome::Partial => format!("{queued}, but for {accepted} of {of} recipients only: ^X R shows all"),
        MailOutcome::Refused => format!("refused: {why}"),
        MailOutcome::Deferred => format!("not now: {why}; the draft is kept, ^X g a tries again"),
        MailOutcome::Unknown => {
            "unknown: the line went away after the final dot. It may have been accepted; the draft and its Message-ID \
             are kept, and nothing is sent again by itself"
                .to_owned()
        }
        MailOutcome::Failed => format!("not sent: {why}; the draft is kept"),
        MailOutcome::Stopped => {
            format!("broken off on purpose after {}; nothing was delivered", report.stage.word())
        }
    }
}

/// The faults on purpose that a mail carried, in words.
fn carrying(faults: &[String]) -> String {
    match faults {
        [] => String::new(),
        [one] => format!(", with a fault on purpose: {one}"),
        more => format!(", with {} faults on purpose: {}", more.len(), more.join(", ")),
    }
}
