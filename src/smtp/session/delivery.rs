//! One planned mail: its lines, what was answered to each, and what comes next (RFC 5321 3.3, RFC 2920, RFC 3030,
//! RFC 2033).
//!
//! It knows no time and writes nothing. What comes next follows from the replies so far, so it makes no difference
//! whether they came one by one or, for a pipelined mail, all together.

pub(super) mod chunking;
pub(super) mod fate;
pub(super) mod halt;
mod lines;

use self::halt::Halting;
use self::lines::Lines;
use crate::smtp::{
    BodyKind, Capabilities, Class, Cover, Dialect, Line, MailId, MailReport, Pace, RecipientOutcome, RecipientReport,
    Reply, Stage, Transaction, Transfer, Verb, Violation,
};
use crate::wire::stuffing::Form;

/// What a reply answers within a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Reset,
    Mail,
    /// Index into the recipients.
    Rcpt(usize),
    Data,
    /// BDAT with a chunk that is not the last.
    Chunk,
    /// The final dot or the last BDAT; in LMTP for one recipient.
    Dot(Option<usize>),
}

/// What a mail needs now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// These lines, back to back.
    Ask(Vec<(Step, Line)>),
    /// These lines, and the body behind them without waiting.
    AskWithBody(Vec<(Step, Line)>),
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

/// How the transaction before is left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reset {
    /// None is open.
    No,
    /// RSET goes first, and its reply is awaited.
    First,
    /// Whether one will be open is not known yet: RSET goes in front of MAIL, in the same group.
    Grouped,
}

/// One mail under way.
#[derive(Debug)]
pub(super) struct Delivery {
    id: MailId,
    lines: Lines,
    pipelined: bool,
    dialect: Dialect,
    transfer: Transfer,
    /// How its body travels.
    form: Form,
    halting: Halting,
    reset: Reset,
    reset_refused: Option<Reply>,
    mail: Option<Reply>,
    recipients: Vec<RecipientReport>,
    /// To DATA; or to the first chunk that was refused before the last.
    data: Option<Reply>,
    dot: Option<Dot>,
    /// Steps whose reply is to come.
    awaited: usize,
    /// Recipients that the final dot was sent for, and how many of them have their reply.
    addressed: Vec<usize>,
    finals: usize,
    /// The reply to the final dot, or in LMTP the last one that accepted, or else the last.
    last: Option<Reply>,
    /// A dot that was not doubled ended DATA inside of the body.
    ended_early: bool,
    /// The server ended the conversation before it came to the final dot.
    turned_away: bool,
}

impl Delivery {
    /// The plan of `mail`, or why it is refused here.
    pub fn new(
        mail: Transaction,
        capabilities: &Capabilities,
        cover: Cover,
        dialect: Dialect,
        reset: Reset,
    ) -> Result<Self, Box<MailReport>> {
        let lines = match Lines::of(&mail, capabilities, cover) {
            Ok(lines) => lines,
            Err(why) => return Err(Box::new(fate::refused_here(mail, why))),
        };
        let halting = Halting::of(&mail);
        let flaws = mail.manner.flaws;
        let binary = mail.body == BodyKind::Binary;
        let chunked = capabilities.chunking && (binary || mail.manner.transfer == Transfer::Bdat);
        Ok(Self {
            id: mail.id,
            lines,
            pipelined: capabilities.pipelining && mail.pace == Pace::Pipelined && !halting.is_wanted(),
            dialect,
            transfer: if chunked { Transfer::Bdat } else { Transfer::Data },
            form: Form { dots: !chunked && !flaws.unstuffed, line_ends: !binary && !flaws.line_ends },
            halting,
            reset,
            reset_refused: None,
            mail: None,
            recipients: fate::untried(mail.to),
            data: None,
            dot: None,
            awaited: 0,
            addressed: Vec::new(),
            finals: 0,
            last: None,
            ended_early: false,
            turned_away: false,
        })
    }

    pub fn id(&self) -> MailId {
        self.id
    }

    pub fn is_pipelined(&self) -> bool {
        self.pipelined
    }

    pub fn is_chunked(&self) -> bool {
        self.transfer == Transfer::Bdat
    }

    /// How its body travels.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The dots of its body are not doubled although they should be.
    pub fn is_unstuffed(&self) -> bool {
        !self.is_chunked() && !self.form.dots
    }

    /// All of it left, and what is sent behind it cannot be mistaken for a part of it, nor its replies for others.
    pub fn may_be_followed(&self) -> bool {
        // Where LMTP answers a dot more than once, only the replies themselves tell how often.
        let answered_once = self.dialect == Dialect::Smtp || self.recipients.len() == 1;
        self.dot.is_some() && self.pipelined && answered_once && !self.is_unstuffed()
    }

    /// The transaction is over for the server too. An error to BDAT leaves it open (RFC 3030 2).
    pub fn is_transaction_over(&self) -> bool {
        let last_ok = self.last.as_ref().is_some_and(|last| last.class() == Class::Ok);
        match self.transfer {
            Transfer::Data => self.dot.is_some(),
            Transfer::Bdat => self.dot.is_some() && (last_ok || self.dialect == Dialect::Lmtp) && !self.is_hopeless(),
        }
    }

    /// The report, if nothing is left to do and nothing to wait for.
    pub fn concluded(&self) -> Option<MailReport> {
        if self.awaited > 0 {
            return None;
        }
        let opening = self.mail.as_ref().or(self.reset_refused.as_ref())?;
        if self.data_goes_on() {
            None
        } else if self.is_taken_all_the_same() {
            Some(self.report_contradiction())
        } else if opening.class() != Class::Ok {
            Some(self.report_refusal(Stage::Mail))
        } else if self.unasked().is_some() {
            None
        } else if self.is_chunked() && self.data.is_some() {
            Some(self.report_refusal(Stage::Body))
        } else if self.is_chunked() && self.reaches_nobody() {
            Some(self.report_refusal(Stage::Rcpt))
        } else if self.dot.is_some() {
            Some(self.report_final())
        } else if self.reaches_nobody() {
            Some(self.report_refusal(Stage::Rcpt))
        } else {
            self.data.as_ref().map(|_| self.report_refusal(Stage::Data))
        }
    }

    /// The last chunk was accepted although MAIL or a chunk before it was refused: what the server took, and for whom,
    /// only the server knows.
    fn is_taken_all_the_same(&self) -> bool {
        let refused = self.mail.as_ref().is_some_and(|mail| mail.class() != Class::Ok) || self.data.is_some();
        let taken = self.last.as_ref().is_some_and(|last| last.class() == Class::Ok);
        self.is_chunked() && refused && taken
    }

    /// What the mail needs, once nothing of it is in flight and it is not concluded.
    pub fn next(&mut self) -> Next {
        let next = self.decide();
        if let Next::Ask(lines) | Next::AskWithBody(lines) = &next {
            self.awaited += lines.len();
        }
        next
    }

    fn decide(&mut self) -> Next {
        if self.reset == Reset::First {
            return Next::Ask(vec![(Step::Reset, Line::bare(Verb::Rset))]);
        }
        if self.data_goes_on() {
            return self.body();
        }
        if self.mail.is_none() {
            return self.opening();
        }
        match self.unasked() {
            Some(index) => Next::Ask(vec![(Step::Rcpt(index), self.lines.recipient(index))]),
            None if self.is_chunked() => Next::Body,
            None => Next::Ask(vec![(Step::Data, Line::bare(Verb::Data))]),
        }
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
        match self.accepted().next() {
            Some(_) => Next::Body,
            None if self.mail_stands() && self.dialect == Dialect::Smtp => Next::EmptyDot,
            _ => Next::Broken(Violation::WrongCode { verb: Verb::Data, code: 354 }),
        }
    }

    /// MAIL, and with it all the rest when it may be pipelined.
    fn opening(&mut self) -> Next {
        let mut asked = Vec::new();
        if self.reset == Reset::Grouped {
            asked.push((Step::Reset, Line::bare(Verb::Rset)));
        }
        asked.push((Step::Mail, self.lines.mail()));
        if !self.pipelined {
            return Next::Ask(asked);
        }
        let count = self.recipients.len();
        asked.extend((0..count).map(|index| (Step::Rcpt(index), self.lines.recipient(index))));
        if self.is_chunked() {
            return Next::AskWithBody(asked);
        }
        asked.push((Step::Data, Line::bare(Verb::Data)));
        Next::Ask(asked)
    }

    /// Notes a reply. An error is a code after which the two sides no longer agree on where they are.
    pub fn replied(&mut self, step: Step, reply: Reply) -> Result<(), Violation> {
        self.awaited = self.awaited.saturating_sub(1);
        let (verb, agreed) = match step {
            Step::Reset => (Verb::Rset, reply.class() != Class::More),
            Step::Mail => (Verb::Mail, reply.class() != Class::More),
            Step::Rcpt(_) => (Verb::Rcpt, reply.class() != Class::More),
            Step::Data => (Verb::Data, reply.code == 354 || is_refusal(&reply)),
            Step::Chunk => (Verb::Bdat, reply.class() != Class::More),
            Step::Dot(_) if self.is_chunked() => (Verb::Bdat, reply.class() != Class::More),
            Step::Dot(_) => (Verb::FinalDot, reply.class() != Class::More),
        };
        let code = reply.code;
        match step {
            Step::Reset => {
                self.reset = Reset::No;
                self.reset_refused = is_refusal(&reply).then_some(reply);
            }
            Step::Mail => self.mail = Some(reply),
            Step::Rcpt(index) => self.recipient_replied(index, reply),
            Step::Data => self.data = Some(reply),
            Step::Chunk if is_refusal(&reply) => {
                self.data.get_or_insert(reply);
            }
            Step::Chunk => {}
            Step::Dot(index) if agreed => self.finally(index, reply),
            Step::Dot(_) => self.last = Some(reply),
        }
        if agreed { Ok(()) } else { Err(Violation::WrongCode { verb, code }) }
    }

    fn recipient_replied(&mut self, index: usize, reply: Reply) {
        let mail_stands = self.mail_stands();
        let recipient = &mut self.recipients[index];
        if mail_stands {
            recipient.outcome = fate::of_recipient(&reply);
        }
        recipient.reply = Some(reply);
    }

    fn mail_stands(&self) -> bool {
        self.mail.as_ref().is_some_and(|mail| mail.class() == Class::Ok)
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
        self.address()
    }

    /// A dot that was not doubled ended DATA: from now on nobody but the server knows the outcome.
    pub fn end_early(&mut self) {
        self.dot = Some(Dot::Body);
        self.ended_early = true;
    }

    /// A server may find the end of DATA inside of the body: a dot was not doubled, or line ends go out as they are,
    /// and some servers end DATA by a dot between bare LFs.
    pub fn may_end_early(&self) -> bool {
        self.ended_early || (!self.is_chunked() && !self.form.line_ends)
    }

    /// DATA ended inside of the body.
    pub fn has_ended_early(&self) -> bool {
        self.ended_early
    }

    /// Every reply before the final one is there: whom that one is for.
    fn address(&mut self) -> Vec<Step> {
        self.addressed = self.accepted().collect();
        let steps = if self.dialect == Dialect::Lmtp && !self.addressed.is_empty() {
            self.addressed.iter().map(|index| Step::Dot(Some(*index))).collect()
        } else {
            vec![Step::Dot(None)]
        };
        self.awaited += steps.len();
        steps
    }

    /// Recipients whose RCPT was accepted.
    fn accepted(&self) -> impl Iterator<Item = usize> {
        let recipients = self.recipients.iter().enumerate();
        recipients.filter(|(_, recipient)| recipient.outcome == RecipientOutcome::Accepted).map(|(index, _)| index)
    }

    /// Every recipient was answered, and none accepted. The replies to a final dot in LMTP do not change that.
    fn reaches_nobody(&self) -> bool {
        self.unasked().is_none() && self.addressed.is_empty() && self.accepted().next().is_none()
    }
}

fn is_refusal(reply: &Reply) -> bool {
    matches!(reply.class(), Class::Temporary | Class::Permanent)
}
