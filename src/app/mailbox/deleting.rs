//! Marks: DELE for one or many in windows, RSET that marks the others again, and what was refused.

use std::collections::{BTreeSet, VecDeque};

use super::{Mailbox, Outcome, Reset, Said};
use crate::pop3::{Line, Verb};

/// DELEs on their way.
#[derive(Debug, Default)]
pub(crate) struct Deleting {
    waiting: VecDeque<u32>,
    out: BTreeSet<u32>,
    marked: usize,
    refused: usize,
    /// They had been marked before an RSET that was meant for another message.
    again: bool,
    /// More than one was asked for: the result is told at the end.
    many: bool,
}

/// What is about to be deleted, for the question before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) messages: usize,
    pub(crate) octets: u64,
    /// Sizes that are not known.
    pub(crate) unsized_rows: usize,
    /// The first and the last day among the headers that are here.
    pub(crate) dates: Option<(jiff::Timestamp, jiff::Timestamp)>,
    /// Headers that are not here.
    pub(crate) undated: usize,
}

impl Deleting {
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.out.is_empty()
    }
}

impl Mailbox {
    /// Numbers marked, ascending.
    pub(crate) fn marks(&self) -> impl Iterator<Item = u32> + '_ {
        self.marked.iter()
    }

    /// How many are marked.
    pub(crate) fn marked_count(&self) -> usize {
        self.marked.count()
    }

    /// DELE for this message is on its way for the pane.
    pub(crate) fn is_being_marked(&self, number: u32) -> bool {
        self.deleting.out.contains(&number)
    }

    /// Marks that are not confirmed yet.
    pub(crate) fn marks_to_come(&self) -> usize {
        self.deleting.waiting.len() + self.deleting.out.len()
    }

    /// How many of a batch are done, of how many.
    pub(crate) fn marking(&self) -> Option<(usize, usize)> {
        let Deleting { marked, refused, many, .. } = &self.deleting;
        let done = marked + refused;
        (*many && !self.deleting.is_idle()).then(|| (done, done + self.marks_to_come()))
    }

    /// Why this message must not be deleted: only one that is surely the one shown is.
    pub(crate) fn refusal(&self, number: u32) -> Option<String> {
        if !self.rows.exists(number) {
            return Some(format!("there is no message {number}"));
        }
        let why = self.rows.identity(number).refusal()?;
        Some(format!("message {number} is not deleted: {why}. By hand: DELE {number} in the prompt (4)"))
    }

    /// Queues DELE for messages that may be deleted. How many were taken.
    pub(crate) fn mark_all(&mut self, numbers: impl IntoIterator<Item = u32>) -> usize {
        let numbers: Vec<u32> = numbers
            .into_iter()
            .filter(|number| !self.marked.has(*number) && !self.deleting.out.contains(number))
            .filter(|number| self.refusal(*number).is_none())
            .collect();
        if self.deleting.is_idle() {
            self.deleting = Deleting::default();
        }
        let known: BTreeSet<u32> = self.deleting.waiting.iter().copied().collect();
        let before = self.deleting.waiting.len();
        self.deleting.waiting.extend(numbers.into_iter().filter(|number| !known.contains(number)));
        self.deleting.many |= self.deleting.waiting.len() > 1;
        self.deleting.waiting.len() - before
    }

    /// DELEs that may go out now, with at most `window` of them unanswered.
    pub(super) fn next_marks(&mut self, window: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        while self.reset.is_none() && self.deleting.out.len() < window {
            let Some(number) = self.deleting.waiting.pop_front() else { break };
            self.deleting.out.insert(number);
            lines.push(Line::numbered(Verb::Dele, number));
        }
        lines
    }

    /// Forgets what waits to be marked; what is on its way stays so. How many.
    pub(crate) fn stop_marking(&mut self) -> usize {
        let stopped = self.deleting.waiting.len();
        self.deleting.waiting.clear();
        stopped
    }

    /// What messages add up to.
    pub(crate) fn sum(&self, numbers: impl IntoIterator<Item = u32>) -> Sum {
        let mut sum = Sum::default();
        for number in numbers {
            sum.messages += 1;
            match self.rows.size(number) {
                Some(size) => sum.octets = sum.octets.saturating_add(size),
                None => sum.unsized_rows += 1,
            }
            match self.summary(number).and_then(|summary| summary.date) {
                Some(date) => {
                    let (oldest, newest) = sum.dates.unwrap_or((date, date));
                    sum.dates = Some((oldest.min(date), newest.max(date)));
                }
                None => sum.undated += 1,
            }
        }
        sum
    }

    /// RSET that shall keep all marks but that of `number`.
    pub(crate) fn unmark(&mut self, number: u32) -> Line {
        self.deleting.waiting.retain(|waiting| *waiting != number);
        self.reset = Some(Reset::One(number));
        Line::bare(Verb::Rset)
    }

    /// RSET that takes all marks back.
    pub(crate) fn unmark_all(&mut self) -> Line {
        self.deleting.waiting.clear();
        self.reset = Some(Reset::All);
        Line::bare(Verb::Rset)
    }

    /// RSET was refused: the marks are as they were.
    pub(crate) fn reset_refused(&mut self) {
        self.reset = None;
    }

    /// The server marked a message.
    pub(super) fn marked(&mut self, number: u32) -> Option<Said> {
        self.marked.put(number, true);
        self.chosen.put(number, false);
        if self.deleting.out.remove(&number) {
            self.deleting.marked += 1;
            if self.deleting.many || self.deleting.again {
                return self.marking_done();
            }
        }
        let count = self.marked.count();
        Some(Said::Info(format!("message {number} is marked ({count} in all): QUIT deletes, u takes it back")))
    }

    /// A DELE was refused or never sent.
    pub(super) fn mark_refused(&mut self, number: u32) -> Option<Said> {
        if !self.deleting.out.remove(&number) {
            return None;
        }
        self.deleting.refused += 1;
        self.marking_done()
    }

    fn marking_done(&mut self) -> Option<Said> {
        if !self.deleting.is_idle() {
            return None;
        }
        let Deleting { marked, refused, again, many, .. } = std::mem::take(&mut self.deleting);
        if !(many || again) {
            return None;
        }
        let word = if again { "marked again" } else { "marked" };
        let all = self.marked.count();
        Some(if refused > 0 {
            Said::Warning(format!(
                "{marked} {word}, {refused} refused ({all} marked in all): QUIT deletes those marked"
            ))
        } else {
            Said::Info(format!("{marked} {word} ({all} in all): QUIT deletes, u takes one back, U all"))
        })
    }

    /// RSET was accepted: the server has no mark any more, and those that were not meant are set again.
    pub(super) fn marks_cleared(&mut self) -> Outcome {
        let before = std::mem::take(&mut self.marked);
        let again: VecDeque<u32> = match self.reset.take() {
            Some(Reset::One(meant)) => before.iter().filter(|number| *number != meant).collect(),
            Some(Reset::All) | None => VecDeque::new(),
        };
        let said = if again.is_empty() {
            "all marks are taken back: nothing will be deleted".to_owned()
        } else {
            format!("RSET took all marks back; {} are being set again", again.len())
        };
        if !again.is_empty() {
            let rest = std::mem::take(&mut self.deleting);
            let waiting = again.into_iter().chain(rest.waiting).collect();
            self.deleting = Deleting { waiting, out: rest.out, again: true, ..Deleting::default() };
        }
        Outcome::say(Said::Info(said))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{lines, open};
    use super::*;
    use crate::pop3::{Notice, UniqueId};

    /// Every message has a unique-id but message 2, and 4 has that of 3.
    fn identified() -> Mailbox {
        let mut mailbox = open(5);
        let id = |(number, id): (u32, &str)| UniqueId { number, id: id.to_owned(), valid: true };
        mailbox.notice(Notice::UniqueIds([(1, "a"), (3, "c"), (4, "c"), (5, "e")].map(id).to_vec()));
        mailbox.notice(Notice::ListingEnd { verb: Verb::Uidl, complete: true, bad: 0 });
        mailbox
    }

    #[test]
    fn what_is_not_surely_the_message_shown_is_not_deleted() {
        let mut mailbox = identified();
        assert_eq!(mailbox.mark_all(1..=9), 2);
        assert_eq!(lines(&mailbox.next_marks(64)), ["DELE 1", "DELE 5"]);
        for (number, why) in [(2, "leaves it out"), (3, "another message"), (4, "another message"), (9, "no message")] {
            let refusal = mailbox.refusal(number).unwrap();
            assert!(refusal.contains(why), "{refusal}");
        }
    }

    #[test]
    fn without_unique_ids_the_number_does_in_this_session() {
        let mut mailbox = open(2);
        assert!(mailbox.refusal(1).unwrap().contains("still being listed"));
        mailbox.rows.no_uidl();
        assert_eq!(mailbox.refusal(1), None);
    }

    #[test]
    fn many_go_in_windows_and_the_result_is_told_once() {
        let mut mailbox = open(40);
        mailbox.rows.no_uidl();
        assert_eq!(mailbox.mark_all(1..=39), 39);
        assert_eq!(mailbox.mark_all([7]), 0, "it waits already");
        let mut said = Vec::new();
        while mailbox.marks_to_come() > 0 {
            let sent = mailbox.next_marks(8);
            assert!(sent.len() <= 8 && mailbox.deleting.out.len() <= 8);
            for line in sent {
                let number = line.number().unwrap();
                said.extend(if number <= 2 { mailbox.mark_refused(number) } else { mailbox.marked(number) });
            }
        }
        let [Said::Warning(text)] = &said[..] else { panic!("{said:?}") };
        assert!(text.starts_with("37 marked, 2 refused"), "{text}");
        assert_eq!(mailbox.marks().count(), 37);
    }

    #[test]
    fn unmarking_one_marks_the_others_again_in_windows() {
        let mut mailbox = open(40);
        mailbox.rows.no_uidl();
        mailbox.mark_all(1..=30);
        lines(&mailbox.next_marks(64));
        (1..=30).for_each(|number| drop(mailbox.marked(number)));
        mailbox.unmark(2);
        assert!(mailbox.next_marks(64).is_empty(), "nothing is marked before RSET is answered");
        mailbox.notice(Notice::MarksCleared);
        assert_eq!((mailbox.marks().count(), mailbox.marks_to_come()), (0, 29));
        let mut last = None;
        while mailbox.marks_to_come() > 0 {
            for line in mailbox.next_marks(4) {
                last = mailbox.marked(line.number().unwrap());
            }
        }
        assert!(matches!(last, Some(Said::Info(text)) if text.starts_with("29 marked again")));
        assert!(!mailbox.marked.has(2));
    }

    #[test]
    fn a_mark_that_came_while_rset_was_on_its_way_is_kept() {
        let mut mailbox = open(3);
        mailbox.rows.no_uidl();
        mailbox.marked(1);
        mailbox.mark_all([2]);
        assert_eq!(lines(&mailbox.next_marks(64)), ["DELE 2"]);
        mailbox.unmark(1);
        mailbox.marked(2);
        mailbox.notice(Notice::MarksCleared);
        assert_eq!(lines(&mailbox.next_marks(64)), ["DELE 2"]);
    }

    #[test]
    fn the_sum_says_what_is_not_known() {
        let mailbox = open(3);
        let sum = mailbox.sum(1..=3);
        assert_eq!((sum.messages, sum.undated, sum.unsized_rows, sum.dates), (3, 3, 0, None));
    }
}
