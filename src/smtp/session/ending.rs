//! Every way a conversation, or what is queued in it, comes to an end before its time.
//!
//! Whatever happens, each mail gets its report and each line that was not sent its notice, and the reader's rest is
//! handed on.

use super::delivery::{Step, fate};
use super::line_up::Owner;
use super::{Course, Queued, Session, Work};
use crate::smtp::{Command, Dialect, Line, MailReport, Notice, Reply, Stage, State, Verb, Violation};
use crate::wire::{Output, Wait};

/// Why something is not done any more.
#[derive(Clone, Copy)]
pub(super) struct Loss<'a> {
    pub why: &'a str,
    pub stage: Stage,
    /// What the server said, if it decided.
    pub reply: Option<&'a Reply>,
}

impl Session {
    /// The server broke the protocol: nothing it says is believed from here on.
    pub(super) fn broken(&mut self, violation: Violation) {
        let why = violation.to_string();
        self.give_up(Some(Notice::Broken(violation)), &why);
    }

    pub(super) fn timed_out(&mut self, wait: Wait) {
        self.give_up(Some(Notice::TimedOut(wait)), "the server did not answer in time");
    }

    /// Breaks off from our side.
    pub(super) fn give_up(&mut self, notice: Option<Notice>, why: &str) {
        self.stop(Course::GivenUp);
        if let Some(notice) = notice {
            self.notify(notice);
        }
        self.lose_all(why, None);
        self.enter(State::Closed);
        self.outputs.push_back(Output::Close);
    }

    /// The server closed the line.
    pub(super) fn closed_by_peer(&mut self) {
        if self.state != State::Closed {
            let clean = self.course == Course::Announced;
            self.stop(Course::GivenUp);
            self.lose_all("the server closed the line", None);
            self.enter(State::Closed);
            self.notify(Notice::Closed { clean });
        }
    }

    /// 421 at any time, or 221 unasked: the server closes (RFC 5321 3.8). `owner` is what it answered of a mail.
    pub(super) fn farewell(&mut self, owner: Option<Owner>, reply: &Reply) {
        match owner {
            // It answers the final dot all the same, so the mail was not accepted.
            Some(owner @ (_, Step::Dot(_))) if reply.code == 421 => self.delivered(owner, reply.clone()),
            Some((_, Step::Dot(_))) | None => {}
            Some((ticket, _)) => {
                if let Some(mail) = self.mails.get_mut(ticket) {
                    mail.turn_away();
                }
            }
        }
        if self.is_over() {
            return;
        }
        self.stop(Course::Announced);
        self.lose_all("the server ended the conversation", Some(reply));
        self.enter(State::Ending);
        self.outputs.push_back(Output::Close);
    }

    /// QUIT is answered, whatever the answer.
    pub(super) fn bid_goodbye(&mut self) {
        self.stop(Course::Announced);
        self.lose_all("QUIT ended the conversation", None);
        self.outputs.push_back(Output::Close);
    }

    /// A refusal came before the body was through. Where the server is in it nobody can say, so the line is given up.
    pub(super) fn body_refused(&mut self, reply: Reply) {
        if let Some(mail) = self.mails.pop_last() {
            self.report(Box::new(mail.refused_early(reply)));
        }
        self.give_up(None, "the server refused the body before it was through");
    }

    /// Stops sending and waiting, and hands on what came and is no whole line.
    fn stop(&mut self, course: Course) {
        self.course = course;
        self.deadline = None;
        let rest = self.incoming.take_pending();
        self.stray(rest);
    }

    fn lose_all(&mut self, why: &str, reply: Option<&Reply>) {
        let flight = std::mem::take(&mut self.flight);
        self.left_unanswered(flight, why);
        self.unanswered = 0;
        if self.body.take().is_some_and(|sending| sending.typed) {
            self.notify(Notice::Dropped { verb: Verb::FinalDot, why: why.to_owned() });
        }
        let stage = self.stage();
        for mail in self.mails.take() {
            self.report(Box::new(mail.lost(why, reply.cloned())));
        }
        match self.work.take() {
            Some(Work::SignIn(plan)) => self.sign_in_lost(*plan, why, reply),
            Some(Work::Hello(_) | Work::Secure(_) | Work::XClient) | None => {}
        }
        self.drop_queued(Loss { why, stage, reply }, |_| false);
    }

    /// How far a mail came that was not begun.
    pub(super) fn stage(&self) -> Stage {
        match self.state {
            _ if matches!(self.work, Some(Work::SignIn(_))) => Stage::Auth,
            _ if matches!(self.work, Some(Work::Secure(_))) => Stage::Tls,
            State::Greeting => Stage::Greeting,
            State::Greeted => Stage::Hello,
            State::Tls => Stage::Tls,
            State::Auth => Stage::Auth,
            State::Ready | State::Mail | State::Rcpt | State::Body => Stage::Mail,
            State::Ending | State::Closed => Stage::Connect,
        }
    }

    /// Drops what is queued, but for QUIT.
    pub(super) fn drop_all_but_quit(&mut self, loss: Loss) {
        self.drop_queued(loss, |command| matches!(command, Command::Line(line) if line.verb == Verb::Quit));
    }

    pub(super) fn drop_queued(&mut self, loss: Loss, keeps: impl Fn(&Command) -> bool) {
        for queued in std::mem::take(&mut self.queue) {
            if keeps(&queued.command) {
                self.queue.push_back(queued);
            } else {
                self.dropped(queued.command, loss);
            }
        }
    }

    /// A typed DATA was refused: the body queued behind it, down to its dot, must not be taken for commands.
    pub(super) fn drop_typed_body(&mut self) {
        let is_text = |queued: &&Queued| matches!(queued.command, Command::Line(_) | Command::Block(_) | Command::Body);
        let is_dot = |line: &Line| line.bytes == b".";
        let ends = |queued: &Queued| match &queued.command {
            Command::Line(line) => is_dot(line),
            Command::Block(lines) => lines.last().is_some_and(is_dot),
            command => matches!(command, Command::Body),
        };
        if let Some(dot) = self.queue.iter().take_while(is_text).position(ends) {
            for _ in self.queue.drain(..=dot).collect::<Vec<_>>() {
                self.notify(Notice::Dropped { verb: Verb::BodyLine, why: "DATA was refused".to_owned() });
            }
        }
    }

    /// Says what becomes of a command that is not sent.
    pub(super) fn dropped(&mut self, command: Command, loss: Loss) {
        let why = loss.why.to_owned();
        let verb = match command {
            Command::Line(line) => line.verb,
            Command::Block(lines) => lines.first().map_or(Verb::Unknown, |line| line.verb),
            Command::Body => Verb::FinalDot,
            Command::Hello(_) if self.dialect == Dialect::Lmtp => Verb::Lhlo,
            Command::Hello(_) => Verb::Ehlo,
            Command::Secure { .. } => Verb::StartTls,
            Command::XClient { .. } => Verb::XClient,
            Command::SignIn(_) => Verb::Auth,
            Command::Mail(mail) => {
                let report = fate::refused_here(mail, why);
                // A refused STARTTLS or sign-in says nothing of the mail.
                let tried = !matches!(loss.stage, Stage::Tls | Stage::Auth);
                let outcome = fate::of_end(loss.reply.filter(|_| tried));
                let (stage, reply) = (loss.stage, loss.reply.cloned());
                return self.notify(Notice::MailDone(Box::new(MailReport { outcome, stage, reply, ..report })));
            }
        };
        self.notify(Notice::Dropped { verb, why });
    }
}
