//! What was heard moves the script on.

use std::time::Instant;

use super::link::Course;
use super::{Awaiting, Runner, Step};
use crate::pop3;
use crate::sasl::Progress;
use crate::script::heard::{ANSWER, Asked};
use crate::script::report::{End, Failed, Kind, Said, Verdict};
use crate::script::{Answer, Event, Reply, What};
use crate::smtp;
use crate::wire::Side;

impl Runner {
    pub(super) fn take(&mut self, side: Side, event: Event, now: Instant) {
        match event {
            Event::Dialled(host) => {
                if side == self.side {
                    self.values.set("host", host.clone());
                }
                self.link_mut(side).host = Some(host);
            }
            Event::Answered { asked, line, answer, more: true } => {
                self.link_mut(side).partial = Some((asked, line, answer));
            }
            Event::Answered { asked, line, answer, more: false } => self.answered(side, asked, &line, answer, now),
            Event::More(text) => self.link_mut(side).add(&text),
            Event::Whole => {
                if let Some((asked, line, answer)) = self.link_mut(side).partial.take() {
                    self.answered(side, asked, &line, answer, now);
                }
            }
            Event::Offered(lines) => self.link_mut(side).offered = lines,
            Event::Encrypted => {
                let link = self.link_mut(side);
                link.encrypted = true;
                link.offered.clear();
            }
            Event::Secured(outcome) if self.awaiting == Awaiting::Secured(side) => self.secured(side, outcome, now),
            Event::SignedIn(progress) if self.awaiting == Awaiting::SignedIn(side) => {
                self.signed_in(side, progress, now);
            }
            Event::Secured(_) | Event::SignedIn(_) => {}
            // The text of a mail that was asked for stays behind only where the line is lost.
            Event::NotSent(why) if self.link(side).in_body => self.not_sent(side, Kind::Line, &why),
            Event::NotSent(why) | Event::Unfit(why) => self.not_sent(side, Kind::Script, &why),
            Event::Unanswered(why) => self.unanswered(side, &why),
            Event::Closed(why) => self.closed(side, why, now),
        }
    }

    fn answered(&mut self, side: Side, asked: Asked, line: &str, answer: Answer, now: Instant) {
        self.link_mut(side).moved(asked, &answer);
        if asked == Asked::Pop3(pop3::Verb::Quit) && answer.refuses() {
            self.parted(side, Some(answer.clone()), None);
        }
        match self.awaiting {
            Awaiting::Greeting(of) if of == side && asked == Asked::Nothing => {
                self.judge(side, "", answer, now);
                self.advance();
            }
            Awaiting::Replies(of, left) if of == side => {
                self.judge(side, line, answer, now);
                match left {
                    0 | 1 => self.advance(),
                    left => self.awaiting = Awaiting::Replies(side, left - 1),
                }
            }
            Awaiting::Secured(of) if of == side => {
                if matches!(asked, Asked::Smtp(smtp::Verb::StartTls) | Asked::Pop3(pop3::Verb::Stls)) {
                    self.keep(side, answer, now);
                }
            }
            Awaiting::SignedIn(of) if of == side => {
                if is_sign_in(asked) {
                    self.keep(side, answer, now);
                }
            }
            // Nobody asked: 421, mostly.
            _ => {
                let link = self.link_mut(side);
                link.answer = Some(answer);
                link.row = None;
            }
        }
    }

    /// The reply to the first row that is open; a later `expect` judges it.
    fn judge(&mut self, side: Side, line: &str, answer: Answer, now: Instant) {
        let lapse = self.lapse(now);
        let Some(index) = self.open_rows.pop_front() else { return };
        if let Some(row) = self.row(index) {
            row.reply = Some(Said::of(&answer));
            row.lapse = lapse;
            if !line.is_empty() && row.part == 0 && !row.what.starts_with("body") {
                line.clone_into(&mut row.what);
            }
        }
        let link = self.link_mut(side);
        // Of the replies to one final dot of LMTP a refusal is the one that counts.
        let is_dot = link.lmtp && self.report.rows.get(index).is_some_and(|row| row.part > 0);
        let link = self.link_mut(side);
        if is_dot && link.answer.as_ref().is_some_and(Answer::refuses) {
            return;
        }
        link.answer = Some(answer);
        link.row = Some(index);
    }

    /// A reply in the middle of a plan: the row stays open.
    fn keep(&mut self, side: Side, answer: Answer, now: Instant) {
        let (lapse, index) = (self.lapse(now), self.open_rows.front().copied());
        if let Some(row) = index.and_then(|index| self.row(index)) {
            row.reply = Some(Said::of(&answer));
            row.lapse = lapse;
        }
        let link = self.link_mut(side);
        link.answer = Some(answer);
        link.row = index;
    }

    fn secured(&mut self, side: Side, outcome: Result<(), String>, now: Instant) {
        self.end_of_plan(side, now);
        match outcome {
            Ok(()) => self.advance(),
            Err(_) if self.is_judged(side) => self.advance(),
            Err(why) => self.fail(Kind::Tls, why),
        }
    }

    fn signed_in(&mut self, side: Side, progress: Progress, now: Instant) {
        self.end_of_plan(side, now);
        let why = match &progress {
            Progress::Accepted { mechanism, user } => {
                let words = format!("signed in as {user} with {mechanism}");
                if let Some(row) = self.open_rows.front().copied().and_then(|row| self.row(row)) {
                    row.note = words;
                }
                return self.advance();
            }
            _ if self.is_judged(side) => return self.advance(),
            Progress::Impossible { why } => format!("nobody signed in, and nothing of it was sent: {why}"),
            Progress::BrokenOff { mechanism, why } => format!("the sign-in with {mechanism} was broken off: {why}"),
            Progress::Refused { mechanism, why, .. } => format!("the sign-in with {mechanism} was refused: {why}"),
            Progress::Chosen { .. } | Progress::Decoded { .. } => return,
        };
        self.fail(Kind::SignIn(progress), why);
    }

    fn end_of_plan(&mut self, side: Side, now: Instant) {
        let (lapse, index) = (self.lapse(now), self.open_rows.front().copied());
        if let Some(row) = index.and_then(|index| self.row(index)) {
            row.lapse = lapse;
        }
        self.link_mut(side).row = index;
    }

    /// There is a reply, and the next statement looks at it: the script itself decides what it means.
    fn is_judged(&self, side: Side) -> bool {
        let looks = matches!(self.steps.get(self.at + 1), Some(Step::Do(_, What::Expect(_)) | Step::Branch(..)));
        looks && self.link(side).answer.is_some()
    }

    fn not_sent(&mut self, side: Side, kind: Kind, why: &str) {
        let waits = match self.awaiting {
            Awaiting::Replies(of, _) | Awaiting::Secured(of) | Awaiting::SignedIn(of) => of == side,
            _ => false,
        };
        if waits {
            let refusal = self.link(side).answer.clone().filter(Answer::refuses);
            let kind = refusal.map_or(kind, |answer| Kind::Unexpected(Some(answer)));
            self.fail(kind, format!("it was not sent: {why}"));
        }
    }

    fn unanswered(&mut self, side: Side, why: &str) {
        if matches!(self.awaiting, Awaiting::Replies(of, _) if of == side) {
            let kind = if self.is_decided_unheard(side) { Kind::Unknown } else { Kind::Line };
            self.fail(kind, why);
        }
    }

    /// Whether the reply that is awaited is the one that says what became of a mail, or of the messages that are marked.
    fn is_decided_unheard(&self, side: Side) -> bool {
        let link = self.link(side);
        let quits = |row: &usize| {
            let line = self.report.rows.get(*row).map_or("", |row| row.what.trim());
            line.eq_ignore_ascii_case("QUIT")
        };
        link.in_body || link.marked && !link.quitting && self.open_rows.iter().any(quits)
    }

    /// What a script did that held is not known, as the QUIT behind it was not answered, or was refused.
    fn parted(&mut self, side: Side, answer: Option<Answer>, why: Option<String>) {
        let link = self.link(side);
        let unsettled = link.marked && (!link.quitting || answer.is_some());
        if self.awaiting != Awaiting::Parting || !unsettled || self.report.failed().is_some() {
            return;
        }
        let (kind, why) = if let Some(answer) = answer {
            let why = format!("QUIT was refused, and not all that was marked may be deleted: {}", answer.words());
            (Kind::Unexpected(Some(answer)), why)
        } else {
            let why = why.unwrap_or_else(|| "the server closed the line".to_owned());
            (Kind::Unknown, format!("QUIT was not answered, and what was marked may be deleted or not: {why}"))
        };
        self.report.end = Some(End::Failed(Failed { line: 0, why, kind }));
    }

    fn closed(&mut self, side: Side, why: Option<String>, now: Instant) {
        let unheard = self.is_decided_unheard(side);
        self.parted(side, None, why.clone());
        let link = self.link_mut(side);
        link.course = Course::Closed;
        link.in_body = false;
        link.in_auth = false;
        link.partial = None;
        let waits = match self.awaiting {
            Awaiting::Hangup(of) if of == side => return self.awaiting = Awaiting::Nothing,
            Awaiting::Close(of, _) if of == side => {
                let lapse = self.lapse(now);
                if let Some(row) = self.open_rows.front().copied().and_then(|row| self.row(row)) {
                    row.lapse = lapse;
                    row.verdict = Verdict::Held;
                }
                return self.advance();
            }
            Awaiting::Greeting(of) | Awaiting::Replies(of, _) | Awaiting::Secured(of) | Awaiting::SignedIn(of) => {
                of == side
            }
            _ => false,
        };
        if !waits {
            return;
        }
        if self.close_is_expected() {
            return self.advance();
        }
        let why = why.unwrap_or_else(|| "the server closed the line before it answered".to_owned());
        self.fail(if unheard { Kind::Unknown } else { Kind::Line }, why);
    }

    fn close_is_expected(&self) -> bool {
        match self.steps.get(self.at + 1) {
            Some(Step::Do(_, What::Expect(patterns))) => patterns.iter().any(|pattern| pattern.reply == Reply::Close),
            _ => false,
        }
    }
}

fn is_sign_in(asked: Asked) -> bool {
    match asked {
        Asked::Nothing => false,
        Asked::Smtp(verb) => matches!(verb, smtp::Verb::Auth | smtp::Verb::SaslResponse),
        Asked::Pop3(verb) => matches!(
            verb,
            pop3::Verb::Auth | pop3::Verb::SaslResponse | pop3::Verb::User | pop3::Verb::Pass | pop3::Verb::Apop
        ),
    }
}

impl super::Link {
    /// Lines behind a status line, as far as there is room.
    fn add(&mut self, text: &str) {
        if let Some((_, _, Answer::Pop3(_, more))) = &mut self.partial {
            let room = ANSWER.saturating_sub(more.len());
            let end = text.floor_char_boundary(room.min(text.len()));
            // Lines are joined by LF, as those of SMTP replies are.
            more.extend(text[..end].chars().filter(|character| *character != '\r'));
        }
    }

    /// What a reply says about the state of the line.
    fn moved(&mut self, asked: Asked, answer: &Answer) {
        match (asked, answer) {
            (Asked::Nothing, _) => self.course = Course::Open,
            (Asked::Smtp(verb), Answer::Smtp(reply)) => self.moved_smtp(verb, reply),
            (Asked::Pop3(verb), Answer::Pop3(response, _)) => self.moved_pop3(verb, response),
            _ => {}
        }
    }

    fn moved_smtp(&mut self, verb: smtp::Verb, reply: &smtp::Reply) {
        use smtp::Verb;
        let ok = reply.class() == smtp::Class::Ok;
        match verb {
            Verb::Data => self.in_body = reply.code == 354,
            Verb::FinalDot => self.in_body = false,
            Verb::Auth | Verb::SaslResponse => self.in_auth = reply.code == 334,
            Verb::Quit => self.quitting = true,
            Verb::Rcpt if ok => self.recipients += 1,
            Verb::Mail | Verb::Rset if ok => self.recipients = 0,
            Verb::Helo | Verb::Ehlo | Verb::Lhlo if ok => {
                self.recipients = 0;
                self.lmtp = verb == Verb::Lhlo;
                let lines = if verb == Verb::Helo { &[][..] } else { reply.lines.get(1..).unwrap_or_default() };
                self.offered = lines.to_vec();
            }
            _ => {}
        }
    }

    fn moved_pop3(&mut self, verb: pop3::Verb, response: &pop3::Response) {
        use pop3::Verb;
        match verb {
            Verb::Auth | Verb::SaslResponse => self.in_auth = response.status == pop3::Status::Continue,
            Verb::Quit => self.quitting = true,
            Verb::Dele if response.is_ok() => self.marked = true,
            Verb::Rset if response.is_ok() => self.marked = false,
            _ => {}
        }
    }
}
