//! What the servers said, as it is reported: each answer to its step, and the facts that the next steps follow from.

use super::sending::Outcome;
use super::{App, Awaited, Talk};
use crate::connection::{LinkEvent, Report};
use crate::sasl::Progress;
use crate::smtp::{Class, Reply, Verb};
use crate::steps::{self, Answer, Key};
use crate::transcript::{Direction, Record};
use crate::wire::{ChunkKind, Side};
use crate::{pop3, smtp};

impl App {
    /// Something happened on a line; told before anything else acts on it.
    pub(in crate::app) fn steps_report(&mut self, report: &Report) {
        match report {
            Report::Record(record) => self.steps_record(record),
            Report::Link { side, link, event } if *link >= self.links.of(*side).number => {
                self.steps_link(*side, event);
            }
            Report::Smtp { link, notice } if *link == self.links.smtp.number => self.steps_smtp(notice),
            Report::Pop3 { link, notice } if *link == self.links.pop3.number => self.steps_pop3(notice),
            Report::Link { .. } | Report::Smtp { .. } | Report::Pop3 { .. } | Report::Discovered(_) => {}
        }
    }

    fn steps_record(&mut self, record: &Record) {
        match (record.direction, record.kind) {
            (Direction::Received, ChunkKind::Reply { first: true, .. }) => {
                self.talk_mut(record.side).lapse = record.lapse;
            }
            (Direction::Sent, ChunkKind::BodyEnd) if record.side == Side::Smtp => self.stepping.mail.dot_sent(),
            _ => {}
        }
    }

    fn steps_link(&mut self, side: Side, event: &LinkEvent) {
        match event {
            LinkEvent::Dialling { .. } => {
                let line = format!("connect to {}", self.server_of(side));
                match side {
                    Side::Smtp => self.stepping.smtp = steps::smtp::Heard::default(),
                    Side::Pop3 => self.stepping.pop3 = steps::pop3::Heard::default(),
                }
                self.stepping.mail.forget_recipients();
                self.talk_mut(side).dials(line);
            }
            LinkEvent::Tls(protection) if protection.is_trusted() => match side {
                Side::Smtp => self.stepping.smtp.encrypted(),
                Side::Pop3 => self.stepping.pop3.encrypted(),
            },
            LinkEvent::Closed(_) => {
                if side == Side::Smtp {
                    self.step_mail_lost();
                }
                self.talk_mut(side).closed();
            }
            _ => {}
        }
    }

    fn steps_smtp(&mut self, notice: &smtp::Notice) {
        match notice {
            smtp::Notice::Greeting(reply) => self.talk_mut(Side::Smtp).greeted(answer_of(reply)),
            smtp::Notice::Replied { verb, line, reply, .. } => {
                self.step_mail_heard(*verb, line, reply);
                let whole = *verb != Verb::FinalDot || self.stepping.mail.is_answered();
                let verb_name = if *verb == Verb::FinalDot { "." } else { verb.name() };
                let shown = if line.is_empty() { verb_name } else { line };
                let is_dot = *verb == Verb::FinalDot;
                let key = self.talk_mut(Side::Smtp).answered(shown, is_dot, whole, answer_of(reply));
                self.stepping.smtp.notice(notice, key.as_ref());
            }
            smtp::Notice::SignIn(progress) => self.step_sign_in(Side::Smtp, progress),
            smtp::Notice::Unanswered { .. } => {
                self.talk_mut(Side::Smtp).not_done(unknown());
                self.step_mail_lost();
            }
            smtp::Notice::Dropped { .. } => {
                self.step_mail_dropped();
                self.talk_mut(Side::Smtp).not_done(not_sent());
            }
            _ => {}
        }
    }

    fn steps_pop3(&mut self, notice: &pop3::Notice) {
        let answer = |response: &pop3::Response| Answer {
            code: response.status.name().to_owned(),
            class: if response.status == pop3::Status::Err { "ERR" } else { "OK" },
            good: response.status != pop3::Status::Err,
        };
        match notice {
            pop3::Notice::Greeting { response, .. } => self.talk_mut(Side::Pop3).greeted(answer(response)),
            // The program fetches headers for its list by itself.
            pop3::Notice::Replied { verb: pop3::Verb::Top, .. }
                if self.mailbox.session != crate::app::mailbox::Session::Closed => {}
            pop3::Notice::Replied { line, response, .. } => {
                self.talk_mut(Side::Pop3).answered(line, false, true, answer(response));
            }
            pop3::Notice::SignIn(progress) => self.step_sign_in(Side::Pop3, progress),
            pop3::Notice::Dropped { .. } => self.talk_mut(Side::Pop3).not_done(not_sent()),
            pop3::Notice::Unanswered { .. } => self.talk_mut(Side::Pop3).not_done(unknown()),
            _ => {}
        }
        self.stepping.pop3.notice(notice);
    }

    fn step_sign_in(&mut self, side: Side, progress: &Progress) {
        if progress.is_end() {
            self.talk_mut(side).signed_in(matches!(progress, Progress::Accepted { .. }));
        }
    }
}

fn answer_of(reply: &Reply) -> Answer {
    let class = reply.class();
    Answer { code: reply.code.to_string(), class: class.name(), good: matches!(class, Class::Ok | Class::More) }
}

fn unknown() -> Answer {
    Answer { code: String::new(), class: "UNKNOWN", good: false }
}

fn not_sent() -> Answer {
    Answer { code: String::new(), class: "NOT SENT", good: false }
}

impl Talk {
    fn dials(&mut self, line: String) {
        self.log.clear();
        self.cursor = None;
        self.log.sent(Some(Key::Connect), line);
        self.awaiting.take_if(|awaited| awaited.key != Key::Connect);
    }

    fn greeted(&mut self, answer: Answer) {
        let good = answer.good;
        self.log.answered(answer, self.lapse);
        if let Some(awaited) = self.awaiting.take_if(|awaited| awaited.key == Key::Connect) {
            self.ended(&awaited, good);
        }
    }

    /// An answer to a line. Returns the step that it answers. `whole`: no other answer to the same is to come.
    fn answered(&mut self, line: &str, is_dot: bool, whole: bool, answer: Answer) -> Option<Key> {
        let signs_in = |awaited: &Awaited| *awaited.purpose() == Key::SignIn;
        let is_it = |awaited: &Awaited| match awaited.key {
            Key::Body => is_dot,
            Key::Connect => false,
            _ => awaited.line.trim_end() == line.trim_end(),
        };
        let Some(awaited) = self.awaiting.clone().filter(|awaited| signs_in(awaited) || is_it(awaited)) else {
            self.log.sent(None, line.to_owned());
            self.log.answered(answer, self.lapse);
            return None;
        };
        let good = answer.good;
        self.log.answered(answer, self.lapse);
        // A sign-in takes several answers; its own end is told.
        if whole && !signs_in(&awaited) {
            self.awaiting = None;
            self.ended(&awaited, good);
        }
        Some(awaited.purpose().clone())
    }

    pub(super) fn signed_in(&mut self, good: bool) {
        if let Some(awaited) = self.awaiting.take_if(|awaited| *awaited.purpose() == Key::SignIn) {
            if self.log.iter().last().is_some_and(|done| done.answer.is_none()) {
                self.log.answered(not_sent(), None);
            }
            self.ended(&Awaited { foretold: false, ..awaited }, good);
        }
    }

    /// What is awaited will not be answered.
    fn not_done(&mut self, answer: Answer) {
        if let Some(awaited) = self.awaiting.take_if(|awaited| awaited.key != Key::Connect) {
            self.log.answered(answer, None);
            self.ended(&Awaited { foretold: false, ..awaited }, false);
        }
    }

    fn closed(&mut self) {
        if let Some(awaited) = self.awaiting.take() {
            self.ended(&Awaited { foretold: false, ..awaited }, false);
        }
    }

    fn ended(&mut self, awaited: &Awaited, good: bool) {
        let Awaited { key, foretold, .. } = awaited.clone();
        if good {
            self.plan.accepted(&key);
        }
        if let Some(run) = &mut self.run {
            let signs_in = *awaited.purpose() == Key::SignIn;
            run.ended = Some(Outcome { key, signs_in, good, foretold });
        }
    }
}
