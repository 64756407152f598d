//! One planned mail: its lines, what was answered to each, and what comes next (RFC 5321 3.3, RFC 2920, RFC 2033).
//!
//! It knows no time and writes nothing. What comes next follows from the replies so far, so it makes no difference
//! whether they came one by one or, for a pipelined mail, all together.

pub(super) mod fate;
mod lines;

use self::lines::Lines;
use crate::smtp::{
    Capabilities, Class, Dialect, Line, MailId, MailReport, Pace, RecipientOutcome, RecipientReport, Reply, Stage,
    Transaction, Verb, Violation,
};

/// What a reply answers within a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Reset,
    Mail,
    /// Index into the recipients.
    Rcpt(usize),
    Data,
    /// The final dot; in LMTP for one recipient.
    Dot(Option<usize>),
}

/// What a mail needs now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// These lines, back to back.
    Ask(Vec<(Step, Line)>),
    /// The body.
    Body,
    /// The final dot without a body: DATA was accepted for nobody (RFC 2920 3.1).
    EmptyDot,
    /// The server's replies contradict each other.
    Broken(Violation),
}

/// What the final dot ended when it left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dot {
    /// The body.
    Body,
    /// Nothing, for nobody.
    Empty,
}

/// One mail under way.
#[derive(Debug)]
pub(super) struct Delivery {
    id: MailId,
    lines: Lines,
    pipelined: bool,
    dialect: Dialect,
    /// RSET goes first, until it is answered.
    reset: bool,
    reset_refused: Option<Reply>,
    mail: Option<Reply>,
    recipients: Vec<RecipientReport>,
    data: Option<Reply>,
    dot: Option<Dot>,
    /// Recipients that the final dot was sent for, and how many of them have their reply.
    addressed: Vec<usize>,
    finals: usize,
    /// The reply to the final dot, or in LMTP the last one that accepted, or else the last.
    last: Option<Reply>,
}

impl Delivery {
    /// The plan of `mail`, or why it is refused here.
    pub fn new(
        mail: Transaction,
        capabilities: &Capabilities,
        dialect: Dialect,
        reset: bool,
    ) -> Result<Self, Box<MailReport>> {
        let lines = match Lines::of(&mail, capabilities) {
            Ok(lines) => lines,
            Err(why) => return Err(Box::new(fate::refused_here(mail, why))),
        };
        Ok(Self {
            id: mail.id,
            lines,
            pipelined: capabilities.pipelining && mail.pace == Pace::Pipelined,
            dialect,
            reset,
            reset_refused: None,
            mail: None,
            recipients: fate::untried(mail.to),
            data: None,
            dot: None,
            addressed: Vec::new(),
            finals: 0,
            last: None,
        })
    }

    pub fn id(&self) -> MailId {
        self.id
    }

    /// The final dot left, so the transaction is over for the server too.
    pub fn dot_left(&self) -> bool {
        self.dot.is_some()
    }

    /// The report, if nothing is left to do. To be asked when nothing of the mail is in flight.
    pub fn concluded(&self) -> Option<MailReport> {
        let opening = self.mail.as_ref().or(self.reset_refused.as_ref())?;
        if self.data_goes_on() {
            None
        } else if opening.class() != Class::Ok {
            Some(self.report_refusal(Stage::Mail))
        } else if self.unasked().is_some() {
            None
        } else if self.dot.is_some() {
            Some(self.report_final())
        } else if self.accepted().next().is_none() {
            Some(self.report_refusal(Stage::Rcpt))
        } else {
            self.data.as_ref().map(|_| self.report_refusal(Stage::Data))
        }
    }

    /// What the mail needs, once nothing of it is in flight and it is not concluded.
    pub fn next(&mut self) -> Next {
        if self.reset {
            return Next::Ask(vec![(Step::Reset, Line::bare(Verb::Rset))]);
        }
        if self.data_goes_on() {
            return self.body();
        }
        if self.mail.is_none() {
            return self.opening();
        }
        Next::Ask(vec![match self.unasked() {
            Some(index) => (Step::Rcpt(index), self.lines.recipient(index)),
            None => (Step::Data, Line::bare(Verb::Data)),
        }])
    }

    /// The server waits for the body.
    fn data_goes_on(&self) -> bool {
        self.dot.is_none() && self.data.as_ref().is_some_and(|data| data.code == 354)
    }

    fn unasked(&self) -> Option<usize> {
        self.recipients.iter().position(|recipient| recipient.reply.is_none())
    }

    /// An accepted DATA has a body. Where it went through for nobody, an empty one is the way out (RFC 2920 3.1), but
    /// only where it can reach nobody: not after a refused MAIL, and not in LMTP, which would leave the dot unanswered.
    fn body(&self) -> Next {
        let mail_stands = self.mail.as_ref().is_some_and(|mail| mail.class() == Class::Ok);
        match self.accepted().next() {
            Some(_) => Next::Body,
            None if mail_stands && self.dialect == Dialect::Smtp => Next::EmptyDot,
            _ => Next::Broken(Violation::WrongCode { verb: Verb::Data, code: 354 }),
        }
    }

    /// MAIL, and with it all the rest when it may be pipelined.
    fn opening(&mut self) -> Next {
        let mut asked = vec![(Step::Mail, self.lines.mail())];
        if self.pipelined {
            let count = self.recipients.len();
            asked.extend((0..count).map(|index| (Step::Rcpt(index), self.lines.recipient(index))));
            asked.push((Step::Data, Line::bare(Verb::Data)));
        }
        Next::Ask(asked)
    }

    /// Notes a reply. An error is a code after which the two sides no longer agree on where they are.
    pub fn replied(&mut self, step: Step, reply: Reply) -> Result<(), Violation> {
        let (verb, agreed) = match step {
            Step::Reset => (Verb::Rset, reply.class() != Class::More),
            Step::Mail => (Verb::Mail, reply.class() != Class::More),
            Step::Rcpt(_) => (Verb::Rcpt, reply.class() != Class::More),
            Step::Data => (Verb::Data, reply.code == 354 || is_refusal(&reply)),
            Step::Dot(_) => (Verb::FinalDot, reply.class() != Class::More),
        };
        let code = reply.code;
        match step {
            Step::Reset => {
                self.reset = false;
                self.reset_refused = is_refusal(&reply).then_some(reply);
            }
            Step::Mail => self.mail = Some(reply),
            Step::Rcpt(index) => self.recipient_replied(index, reply),
            Step::Data => self.data = Some(reply),
            Step::Dot(index) if agreed => self.finally(index, reply),
            Step::Dot(_) => self.last = Some(reply),
        }
        if agreed { Ok(()) } else { Err(Violation::WrongCode { verb, code }) }
    }

    fn recipient_replied(&mut self, index: usize, reply: Reply) {
        let mail_stands = self.mail.as_ref().is_some_and(|mail| mail.class() == Class::Ok);
        let recipient = &mut self.recipients[index];
        if mail_stands {
            recipient.outcome = fate::of_recipient(&reply);
        }
        recipient.reply = Some(reply);
    }

    fn finally(&mut self, index: Option<usize>, reply: Reply) {
        self.finals += 1;
        if let Some(index) = index {
            self.recipients[index].outcome = fate::of_recipient(&reply);
            self.recipients[index].reply = Some(reply.clone());
        }
        let accepted_before = self.last.as_ref().is_some_and(|last| last.class() == Class::Ok);
        if reply.class() == Class::Ok || !accepted_before {
            self.last = Some(reply);
        }
    }

    /// The final dot leaves: what is to be awaited for it, and from now on nobody but the server knows the outcome.
    pub fn end_body(&mut self, dot: Dot) -> Vec<Step> {
        self.dot = Some(dot);
        self.addressed = self.accepted().collect();
        if self.dialect == Dialect::Lmtp {
            self.addressed.iter().map(|index| Step::Dot(Some(*index))).collect()
        } else {
            vec![Step::Dot(None)]
        }
    }

    /// Recipients whose RCPT was accepted.
    fn accepted(&self) -> impl Iterator<Item = usize> {
        let recipients = self.recipients.iter().enumerate();
        recipients.filter(|(_, recipient)| recipient.outcome == RecipientOutcome::Accepted).map(|(index, _)| index)
    }
}

fn is_refusal(reply: &Reply) -> bool {
    matches!(reply.class(), Class::Temporary | Class::Permanent)
}
