//! The mail of the form as steps send it: what MAIL and RCPT say of it, its octets behind 354, and its end. It goes on
//! from there on the way of every mail: noted on disk as under way, kept as sent, told of, its draft no longer unsent.

use std::collections::HashSet;

use super::App;
use crate::app::assembly::Assembled;
use crate::app::sending::transaction;
use crate::connection::{Body, Request, Submission};
use crate::mail::{Built, Envelope, Fault};
use crate::smtp::{
    self, Class, MailId, MailOutcome, MailReport, RecipientOutcome, RecipientReport, Reply, Stage, Transaction, Verb,
};
use crate::wire::Side;

/// The mail of the form, for the steps.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, true or not whatever the others are")]
pub(super) struct Mail {
    /// As MAIL and RCPT tell it.
    transaction: Option<Transaction>,
    /// Changes of the form when [`Self::transaction`] was made.
    seen: Option<u64>,
    /// The same, when it was assembled last, for its size.
    weighed: Option<u64>,
    /// The assembly that is awaited; whether it is to go out.
    awaited: Option<(u64, bool)>,
    /// What is to go out is on its way to the disk.
    begun: bool,
    /// Its text is under way.
    going: Option<MailId>,
    /// The final dot went out.
    dotted: bool,
    /// Who was named in this mail: path of the form, path as said, answer.
    named: Vec<(String, String, Reply)>,
    /// The paths as said in [`Self::named`].
    said: HashSet<String>,
    /// What was said to the final dot: in LMTP once for each recipient.
    verdicts: Vec<Reply>,
    /// It came to its end.
    ended: Option<MailReport>,
    lmtp: bool,
    /// It may go out, though it may have come already.
    again: bool,
}

impl Mail {
    pub(super) fn may_go_again(&self) -> bool {
        self.again
    }

    pub(super) fn let_go_again(&mut self) {
        self.again = true;
    }

    pub(super) fn transaction(&self) -> Option<&Transaction> {
        self.transaction.as_ref()
    }

    pub(super) fn dot_sent(&mut self) {
        self.dotted |= self.going.is_some();
    }

    pub(super) fn forget_recipients(&mut self) {
        self.named.clear();
        self.said.clear();
    }

    /// An answer about a recipient; the one before about the same counts no more.
    fn name(&mut self, path: String, said: &str, reply: &Reply) {
        if !self.said.insert(said.to_owned()) {
            self.named.retain(|(_, known, _)| known != said);
        }
        self.named.push((path, said.to_owned(), reply.clone()));
    }

    /// Nothing more is to be said to the final dot.
    pub(super) fn is_answered(&self) -> bool {
        !self.lmtp || self.verdicts.len() >= self.accepted().count()
    }

    fn accepted(&self) -> impl Iterator<Item = &(String, String, Reply)> {
        self.named.iter().filter(|(_, _, reply)| reply.class() == Class::Ok)
    }

    fn report(&self, id: MailId, fate: &Fate) -> MailReport {
        let mut verdicts = self.verdicts.iter();
        let mut recipients: Vec<RecipientReport> = Vec::new();
        for (_, address, reply) in &self.named {
            let last = if reply.class() != Class::Ok {
                Some(reply)
            } else if self.lmtp {
                verdicts.next()
            } else {
                self.verdicts.first().filter(|verdict| verdict.class() != Class::Ok).or(Some(reply))
            };
            let outcome = match last {
                None => fate.of_accepted,
                Some(_) if fate.of_accepted == RecipientOutcome::Unknown && reply.class() == Class::Ok => {
                    RecipientOutcome::Unknown
                }
                Some(last) => outcome_of(last),
            };
            recipients.push(RecipientReport { address: address.clone(), outcome, reply: last.cloned() });
        }
        let tried: HashSet<&String> = self.named.iter().map(|(path, ..)| path).collect();
        let untried = self.transaction.iter().flat_map(|mail| &mail.to).filter(|to| !tried.contains(to));
        recipients.extend(untried.map(|to| RecipientReport {
            address: to.clone(),
            outcome: RecipientOutcome::Untried,
            reply: None,
        }));
        let reply = self.verdicts.iter().find(|reply| reply.class() == Class::Ok).or(self.verdicts.first()).cloned();
        let queue_id = reply.as_ref().filter(|reply| reply.class() == Class::Ok).and_then(smtp::queue_id::find);
        let outcome = fate.outcome.unwrap_or_else(|| outcome(&recipients, reply.as_ref()));
        let stage = match outcome {
            MailOutcome::Sent | MailOutcome::Partial => Stage::Done,
            _ if self.dotted => Stage::FinalDot,
            _ => Stage::Body,
        };
        MailReport { id, outcome, stage, recipients, reply, queue_id, why: fate.why.map(str::to_owned) }
    }
}

/// How it ended where no reply says it.
struct Fate {
    outcome: Option<MailOutcome>,
    of_accepted: RecipientOutcome,
    why: Option<&'static str>,
}

fn outcome_of(reply: &Reply) -> RecipientOutcome {
    match reply.class() {
        Class::Ok | Class::More => RecipientOutcome::Accepted,
        Class::Temporary => RecipientOutcome::Deferred,
        Class::Permanent => RecipientOutcome::Refused,
    }
}

fn outcome(recipients: &[RecipientReport], reply: Option<&Reply>) -> MailOutcome {
    let accepted = recipients.iter().filter(|one| one.outcome == RecipientOutcome::Accepted).count();
    match (accepted, reply.map(Reply::class)) {
        (0, Some(Class::Temporary)) => MailOutcome::Deferred,
        (0, _) => MailOutcome::Refused,
        (all, _) if all == recipients.len() => MailOutcome::Sent,
        _ => MailOutcome::Partial,
    }
}

impl App {
    /// What follows from any change: the envelope of the form, its size where the server wants to know, its end.
    pub(super) fn step_mail_on(&mut self) {
        if let Some(report) = self.stepping.mail.ended.take() {
            self.mail_done(report);
        }
        let edits = self.compose.edits;
        if self.stepping.mail.seen != Some(edits) {
            self.stepping.mail.seen = Some(edits);
            let envelope = self.compose.addresses.said().as_ref().ok().cloned();
            let bare = envelope.map(|Envelope { from, to }| Transaction {
                manner: self.compose.manner.clone(),
                ..Transaction::new(MailId(0), from, to)
            });
            self.stepping.mail.transaction = bare;
        }
        let wants_size = self.links.smtp_capabilities.size.is_some() && self.stepping.side == Some(Side::Smtp);
        let mail = &self.stepping.mail;
        if wants_size && mail.awaited.is_none() && mail.weighed != Some(edits) && mail.transaction.is_some() {
            self.stepping.mail.weighed = Some(edits);
            if let Ok(serial) = self.assemble_for_steps() {
                self.stepping.mail.awaited = Some((serial, false));
            }
        }
    }

    /// The body step: the form is made into octets first.
    pub(super) fn step_body(&mut self) -> bool {
        match self.assemble_for_steps() {
            Ok(serial) => {
                self.stepping.mail.awaited = Some((serial, true));
                true
            }
            Err(faults) => {
                self.step_not_assembled(&faults);
                false
            }
        }
    }

    fn step_not_assembled(&mut self, faults: &[Fault]) {
        let first = faults.first().map_or_else(String::new, ToString::to_string);
        self.give_up_step(Side::Smtp);
        self.error(format!("not sent: {first}; F7 leads back to the form"));
    }

    /// The form as octets, if the steps asked for it; else it is given back.
    pub(in crate::app) fn step_assembled(
        &mut self,
        serial: u64,
        made: Result<Box<Assembled>, Vec<Fault>>,
    ) -> Option<Result<Box<Assembled>, Vec<Fault>>> {
        let Some((_, goes)) = self.stepping.mail.awaited.take_if(|(awaited, _)| *awaited == serial) else {
            return Some(made);
        };
        match made {
            Ok(assembled) if goes => {
                let Assembled { built, envelope } = *assembled;
                self.compose.fix_identity(built.message_id.clone(), self.now.wall.clone());
                self.stepping.mail.begun = true;
                self.begin(built, envelope);
            }
            Ok(assembled) => {
                let Assembled { built, envelope } = *assembled;
                let mail = transaction(MailId(0), &built, envelope);
                let manner = self.compose.manner.clone();
                self.stepping.mail.transaction = Some(Transaction { manner, ..mail });
            }
            Err(faults) if goes => self.step_not_assembled(&faults),
            // The step that needs it says so.
            Err(_) => {}
        }
        None
    }

    /// Noted on disk as under way: what the steps began goes out behind 354. Given back: it was not theirs.
    pub(in crate::app) fn step_submits(&mut self, built: Built, envelope: Envelope) -> Option<(Built, Envelope)> {
        if !std::mem::take(&mut self.stepping.mail.begun) {
            return Some((built, envelope));
        }
        if self.talk(Side::Smtp).awaiting.is_none() {
            // The line went away meanwhile.
            self.compose.standing.perhaps_sent = self.compose.standing.earlier;
            self.save_draft();
            return None;
        }
        self.time_mail();
        let id = self.new_mail_id();
        let mail = Transaction {
            pace: self.compose.pace,
            manner: self.compose.manner.clone(),
            ..transaction(id, &built, envelope)
        };
        self.goes_out(&mail, &built.segments, &built.message_id, true);
        self.loop_check.goes(id, &built.message_id, &built.segments, self.now.instant);
        let body = Body::Segments(built.segments);
        self.request(Request::Submit(Submission::Smtp(smtp::Command::Body, Some(body))));
        self.compose.sending = Some((id, self.now.instant));
        self.compose.carried = self.compose.faults_on_purpose();
        self.compose.result = None;
        let steps = &mut self.stepping.mail;
        (steps.going, steps.dotted) = (Some(id), false);
        steps.verdicts.clear();
        self.show_what_goes_out();
        None
    }

    /// A reply, as far as it concerns the mail that is being named or sent.
    pub(super) fn step_mail_heard(&mut self, verb: Verb, line: &str, reply: &Reply) {
        let lmtp = self.account.smtp.as_ref().is_some_and(|it| it.protocol == crate::connection::Protocol::Lmtp);
        let key = match &self.talk(Side::Smtp).awaiting {
            Some(awaited) if awaited.line == line => awaited.of.as_ref().or(Some(&awaited.key)).cloned(),
            _ => None,
        };
        let mail = &mut self.stepping.mail;
        mail.lmtp = lmtp;
        match verb {
            Verb::Mail | Verb::Rset if reply.class() == Class::Ok => mail.forget_recipients(),
            Verb::Rcpt if reply.code != 503 => {
                let said = smtp::path_of(line);
                let path = match key {
                    Some(crate::steps::Key::Rcpt(path)) => path,
                    _ => said.to_owned(),
                };
                mail.name(path, said, reply);
            }
            Verb::FinalDot => {
                mail.verdicts.push(reply.clone());
                if mail.is_answered() {
                    self.end_step_mail(&Fate { outcome: None, of_accepted: RecipientOutcome::Accepted, why: None });
                }
            }
            _ => {}
        }
    }

    /// The line is gone, perhaps in the middle of it.
    pub(super) fn step_mail_lost(&mut self) {
        let lost = if self.stepping.mail.dotted {
            Fate { outcome: Some(MailOutcome::Unknown), of_accepted: RecipientOutcome::Unknown, why: None }
        } else {
            let why = Some("the line went away before the final dot");
            Fate { outcome: Some(MailOutcome::Failed), of_accepted: RecipientOutcome::Untried, why }
        };
        self.end_step_mail(&lost);
        if let Some(report) = self.stepping.mail.ended.take() {
            self.mail_done(report);
        }
    }

    /// What was queued was not sent.
    pub(super) fn step_mail_dropped(&mut self) {
        let why = Some("the server did not wait for it");
        self.end_step_mail(&Fate { outcome: Some(MailOutcome::Failed), of_accepted: RecipientOutcome::Untried, why });
    }

    fn end_step_mail(&mut self, fate: &Fate) {
        let mail = &mut self.stepping.mail;
        if let Some(id) = mail.going.take() {
            mail.ended = Some(mail.report(id, fate));
            mail.again = false;
        }
        mail.verdicts.clear();
    }

    /// Why F5 cannot send the form now, step mode being on.
    pub(in crate::app) fn steps_forbid_send(&self) -> Option<&'static str> {
        self.stepping.side?;
        match self.links.smtp_state {
            smtp::State::Body => {
                Some("the server waits for the text of a mail: send the next step, or end it with a dot")
            }
            smtp::State::Mail | smtp::State::Rcpt => {
                Some("a mail is begun step by step: a sends what is left of it, RSET drops it; then F5 sends the form")
            }
            smtp::State::Auth => Some("a sign-in is under way: end it first"),
            _ => None,
        }
    }
}
