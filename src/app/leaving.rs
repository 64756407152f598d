//! Stopping work and leaving the program, so that nothing is lost and nothing is deleted that was not meant.

use std::time::{Duration, Instant};

use super::dialog::{Choice, Dialog, Item, Menu};
use super::mailbox::Row;
use super::{App, Effect, grouped};
use crate::connection::Request;
use crate::pop3;
use crate::wire::Side;

/// A second ^C within this time leaves.
const TWICE: Duration = Duration::from_secs(2);
/// How long leaving waits for the servers' goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// What waits for the answer to RSET: QUIT before it could delete what RSET was to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterReset {
    Leave,
    Reopen,
    /// End the session and stay.
    End,
}

/// Most messages named before QUIT deletes them.
const NAMED: usize = 5;
/// The same on a screen of few lines.
const NAMED_WHERE_SMALL: usize = 1;

/// On the way out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaving {
    /// Then we go, whatever the servers say.
    pub(super) until: Instant,
}

impl App {
    /// ^C: stops the work under way; a second one leaves.
    pub(super) fn cancel(&mut self) {
        if self.stop_script() || self.stop_steps() || self.stop_download() || self.stop_many() {
            return;
        }
        let again = self.last_cancel.is_some_and(|last| self.now.instant.duration_since(last) < TWICE);
        self.last_cancel = Some(self.now.instant);
        if again {
            self.quit();
            return;
        }
        let watched = self.stop_watching();
        let counted = self.stop_retrying();
        if self.mailbox.marking().is_some() {
            let stopped = self.mailbox.stop_marking();
            self.warn(format!("stopped: {stopped} messages are not marked; {}^C again leaves", self.fate_of_marks()));
        } else if self.mailbox.stop_fetching() {
            self.info("stopped fetching headers: the list is made from those that are here; ^C again leaves");
        } else if let Some((side, waiting)) = self.links.waiting() {
            let text = format!("stopped waiting for {}; {}^C again leaves", waiting.what, self.fate_of_marks());
            self.request(Request::Abort(side));
            self.warn(text);
        } else if self.fetching_since().is_some() {
            self.no_secret();
            self.warn(format!("stopped waiting for the password; {}^C again leaves", self.fate_of_marks()));
        } else if counted {
            self.info(format!(
                "stopped: the mail is not tried again by itself; {}^C again leaves",
                self.fate_of_marks()
            ));
        } else if watched {
            self.info(format!("stopped watching for the mail; {}^C again leaves", self.fate_of_marks()));
        } else {
            self.info(format!("nothing is under way; {}^C again leaves", self.fate_of_marks()));
            self.effects.push(Effect::StopWaiting);
        }
    }

    /// What became of marked messages, or will.
    fn fate_of_marks(&self) -> String {
        let open = self.links.pop3_state == pop3::State::Transaction;
        match (self.mailbox.marked_count(), &self.mailbox.ended) {
            (marks @ 1.., _) if open => format!("{marks} marked, nothing deleted yet; "),
            (_, Some(ended)) if !open => format!("{ended}; "),
            _ => String::new(),
        }
    }

    /// Leaves, after asking if something would be lost.
    pub(super) fn quit(&mut self) {
        let deletes = self.would_delete();
        let marks = if deletes { self.mailbox.marked_count() } else { 0 };
        let sending = self.mail_is_under_way();
        let (downloading, many) = (self.is_downloading(), self.sends_many());
        if !deletes && !sending && !many && !downloading && !self.compose.unsent {
            self.leave();
            return;
        }
        let messages = if marks == 1 { "1 message is".to_owned() } else { format!("{marks} messages are") };
        let mut text = Vec::new();
        if sending {
            text.push("A mail is on its way; leaving now stops it.".to_owned());
        }
        if many {
            text.push("Many mails are being sent; leaving now drops their lines.".to_owned());
        }
        if downloading {
            text.push("A download is under way; leaving now stops it, and what is safe on disk stays.".to_owned());
        }
        if self.compose.unsent {
            text.push("The mail in the form is not sent; it will be offered again at the next start.".to_owned());
        }
        let mut items = vec![Item::new('s', "Stay", Choice::Stay)];
        if deletes {
            text.extend(self.what_will_go());
            let number = self.mailbox.marks().map(|number| number.to_string()).collect::<Vec<_>>();
            let all = self.mailbox.count();
            items.push(Item::new('r', format!("RSET then QUIT    keep all {all} messages"), Choice::LeaveReset));
            items.push(Item::new(
                'q',
                format!("QUIT              server deletes {}", shortened(&number)),
                Choice::Leave,
            ));
            items.push(Item::new('x', format!("Drop the line     server must keep all {all}"), Choice::LeaveDrop));
        } else {
            let draft = if self.compose.unsent || sending { "; the draft is kept for the next start" } else { "" };
            items.push(Item::new('q', format!("Leave{draft}"), Choice::Leave));
        }
        // Beside marks it would have to say what becomes of them too; the draft can be thrown away at the next start.
        if self.compose.unsent && !deletes {
            items.push(Item::new('d', "Leave, and throw the draft away", Choice::LeaveWithoutDraft));
        }
        let title = if deletes { format!("Leave? {messages} marked") } else { "Leave?".to_owned() };
        self.dialog = Some(Dialog::Menu(Menu::new(title, text, items)));
    }

    /// Ends a link politely. QUIT with marks is final, so it asks once.
    pub(super) fn disconnect(&mut self, side: Side) {
        if side == Side::Pop3 && self.is_downloading() {
            self.warn("a download is under way: ^C stops it, then Q ends the session");
            return;
        }
        let marks: Vec<String> = self.mailbox.marks().map(|number| number.to_string()).collect();
        if side == Side::Smtp || !self.would_delete() {
            self.request(Request::Disconnect(side));
            return;
        }
        let all = self.mailbox.count();
        self.dialog = Some(Dialog::Menu(Menu::new(
            "End the POP3 session?",
            self.what_will_go(),
            vec![
                Item::new('s', "Stay", Choice::Stay),
                Item::new('q', format!("QUIT              server deletes {}", shortened(&marks)), Choice::Commit),
                Item::new('r', format!("RSET then QUIT    keep all {all} messages"), Choice::CommitReset),
            ],
        )));
    }

    /// QUIT now would delete something.
    pub(super) fn would_delete(&self) -> bool {
        let open = self.links.pop3_state == pop3::State::Transaction;
        open && (self.mailbox.marks().next().is_some() || self.mailbox.marks_to_come() > 0)
    }

    /// The messages that QUIT would delete: a few by name, and what all of them add up to.
    pub(super) fn what_will_go(&self) -> Vec<String> {
        let few = if self.size.1 < 20 { NAMED_WHERE_SMALL } else { NAMED };
        let mut lines: Vec<String> =
            self.mailbox.marks().take(few).map(|number| named(&self.mailbox.row(number))).collect();
        let sum = self.mailbox.sum(self.mailbox.marks());
        if sum.messages > few {
            lines.push(format!("and {} more", sum.messages - few));
        }
        lines.push(format!("{}, {} octets in all", messages(sum.messages), grouped(sum.octets)));
        if let coming @ 1.. = self.mailbox.marks_to_come() {
            lines.push(format!("{coming} more are just being marked"));
        }
        lines
    }

    pub(super) fn leave_by(&mut self, choice: Choice) {
        match choice {
            Choice::LeaveReset => {
                self.reset_then(AfterReset::Leave);
                return;
            }
            Choice::LeaveDrop => self.request(Request::Drop(Side::Pop3)),
            Choice::LeaveWithoutDraft => {
                self.compose.unsent = false;
                let _ = self.compose.take_unsaved(None);
                self.forget_draft();
            }
            _ => {}
        }
        self.mailbox.stop_marking();
        self.leave();
    }

    /// RSET, and what follows only once the server took all marks back.
    pub(super) fn reset_then(&mut self, next: AfterReset) {
        self.after_reset = Some(next);
        let reset = self.mailbox.unmark_all();
        self.submit_pop3(pop3::Command::Line(reset));
        if next == AfterReset::Leave {
            self.leave();
        }
    }

    /// RSET was answered. A server that refuses it keeps its marks: only a line dropped without QUIT deletes nothing.
    pub(super) fn reset_answered(&mut self, accepted: bool) {
        if !accepted {
            self.mailbox.reset_refused();
        }
        let Some(next) = self.after_reset.take() else { return };
        self.mailbox.reopen = next == AfterReset::Reopen;
        if accepted {
            self.request(Request::Disconnect(Side::Pop3));
        } else {
            self.error("RSET was refused: the line is dropped, so that nothing is deleted");
            self.request(Request::Drop(Side::Pop3));
        }
    }

    /// Says goodbye to both servers and goes when they answered. A POP3 session that waits for RSET is left to that.
    fn leave(&mut self) {
        self.keep_draft();
        self.leave_many();
        self.forget_script();
        let downloads = self.is_downloading();
        self.download_line_lost("it was stopped to leave");
        for side in [Side::Smtp, Side::Pop3] {
            let waits = side == Side::Pop3 && self.after_reset.is_some();
            if self.links.of(side).is_up() && !waits {
                // QUIT behind messages on their way would wait for all of them; without marks it is worth nothing.
                let idle = side == Side::Smtp || !downloads || self.would_delete();
                let open = self.links.of(side).phase == super::link::Phase::Open;
                let request = if open && idle && !self.mail_is_under_way() {
                    Request::Disconnect(side)
                } else {
                    Request::Drop(side)
                };
                self.request(request);
            }
        }
        self.leaving = Some(Leaving { until: self.now.instant + GOODBYE });
        self.leave_if_done();
    }

    pub(super) fn leave_if_done(&mut self) {
        let Some(leaving) = self.leaving else { return };
        let open = self.links.smtp.is_up() || self.links.pop3.is_up();
        if !open || leaving.until <= self.now.instant {
            self.leaving = None;
            self.effects.push(Effect::Quit);
        }
    }

    /// The process is told to end: the draft is saved, the lines are dropped, so nothing is deleted.
    pub(super) fn terminate(&mut self) {
        self.keep_draft();
        self.forget_script();
        for side in [Side::Smtp, Side::Pop3] {
            if self.links.of(side).is_up() {
                self.request(Request::Drop(side));
            }
        }
        self.effects.push(Effect::Quit);
    }

    fn keep_draft(&mut self) {
        self.not_begun();
        if self.compose.unsent {
            self.save_draft();
        }
    }

    /// What there is to say once the terminal is the shell's again: what became of marked messages and of the draft.
    pub fn farewell(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.mailbox.ended.iter().cloned().collect();
        let open_marks = self.mailbox.marked_count();
        if self.mailbox.ended.is_none() && open_marks > 0 {
            lines.push(format!("the POP3 line was dropped: {open_marks} marked, nothing deleted"));
        }
        if self.compose.unsent {
            lines.push("the unsent mail is kept and will be offered at the next start".to_owned());
        } else if self.compose.standing.over.is_some() {
            lines.push("the mail that was put aside is kept among the drafts (^X D)".to_owned());
        }
        lines
    }
}

/// `12  Ada  Hello  1,234`: enough to know a message by.
fn named(row: &Row<'_>) -> String {
    let size = row.octets.map_or_else(|| "size unknown".to_owned(), grouped);
    match row.summary {
        Some(summary) => {
            let from = short(summary.from.split_once(" <").map_or(summary.from.as_str(), |(name, _)| name), 20);
            format!("{}  {from}  {}  {size}", row.number, short(&summary.subject, 30))
        }
        None => format!("{}  (headers not here)  {size}", row.number),
    }
}

fn short(text: &str, most: usize) -> String {
    let cut = text.chars().count() > most;
    text.chars().take(most - usize::from(cut)).chain(cut.then_some('…')).collect()
}

pub(super) fn messages(count: usize) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{} messages", grouped(count as u64)) }
}

fn shortened(numbers: &[String]) -> String {
    match numbers {
        [one] => format!("message {one}"),
        few if few.len() <= 6 => format!("messages {}", few.join(", ")),
        many => format!("{} messages ({}, …)", many.len(), many[..4].join(", ")),
    }
}
