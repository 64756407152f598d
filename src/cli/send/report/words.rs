//! The outcome of `telepost send` in words: what went through, and what went wrong, why, and what to do.

use std::fmt::Write;

use super::Summary;
use crate::cli::exit::{INSECURE, advice};
use crate::cli::{Status, Trouble, protection};
use crate::explain;
use crate::smtp::{Class, MailOutcome, MailReport, RecipientOutcome, Reply, Stage};
use crate::wire::printable;

impl Summary {
    /// What the reply that decided means and what to do, in plain words.
    pub(super) fn meaning(&self) -> Option<String> {
        let worst = self.worst.as_ref().filter(|worst| worst.outcome != MailOutcome::Sent)?;
        let reply = refusing_reply(worst)?;
        let verb = match worst.stage {
            Stage::Greeting => "",
            Stage::Hello => "EHLO",
            Stage::Mail => "MAIL",
            Stage::Data => "DATA",
            Stage::Body | Stage::FinalDot => ".",
            _ => "RCPT",
        };
        let card = explain::reply(&explain::Question::smtp(verb, reply))?;
        Some(format!("{} {}", card.meaning, card.next))
    }

    /// Why, in one sentence; empty when all went well.
    pub(super) fn explanation(&self) -> String {
        let status = self.status();
        if status == Status::Done {
            return String::new();
        }
        let worst = self.worst.as_ref().filter(|worst| worst.outcome != MailOutcome::Sent);
        if let Some(why) = worst.and_then(|worst| worst.why.clone()) {
            return why;
        }
        if let Some(reply) = worst.and_then(refusing_reply) {
            return reply.to_string();
        }
        if let Some(why) = &self.insecure {
            return why.clone();
        }
        if let Some(end) = self.sign_in.failed() {
            return Trouble::of_sign_in(end).what;
        }
        if let Some((stage, reply)) = &self.refusal {
            return format!("refused at the stage {}: {reply}", stage.word());
        }
        if let Some(failure) = &self.failure {
            return failure.to_string();
        }
        let refused = self.recipients.iter().find(|one| one.outcome != RecipientOutcome::Accepted);
        let refused = refused.and_then(|one| one.reply.as_ref()).map(Reply::to_string);
        refused.or_else(|| self.dropped.clone()).unwrap_or_else(|| "the conversation ended early".to_owned())
    }

    pub(super) fn advice(&self) -> String {
        if let Some(end) = self.sign_in.failed().filter(|_| self.worst.is_none()) {
            return crate::cli::exit::sign_in_advice(end).to_owned();
        }
        match self.status() {
            Status::Tls if self.insecure.is_some() => INSECURE.to_owned(),
            Status::Unknown => {
                "The mail may have been accepted: ask the recipient or the server's log before sending again".to_owned()
            }
            Status::Deferred => "The server asks to come back: wait some minutes and send again".to_owned(),
            Status::Refused if self.wants_a_sign_in() => {
                "The server has a sign-in, and nobody signed in: give --user NAME, and where the password comes from"
                    .to_owned()
            }
            Status::Refused => "The reply says why; -v shows the whole conversation".to_owned(),
            Status::Partial => "The others have it: send again to the refused ones only".to_owned(),
            _ => self.failure.as_ref().map_or_else(String::new, |failure| advice(failure, "send")),
        }
    }

    /// Whether the refusal may be for want of a sign-in: a matter of policy (RFC 3463 3.8), where one is offered.
    fn wants_a_sign_in(&self) -> bool {
        let of_mail = self.worst.as_ref().and_then(refusing_reply);
        let of_lines = || self.recipients.iter().rev().find_map(|one| one.reply.as_ref());
        let reply = of_mail.or_else(|| self.refusal.as_ref().map(|(_, reply)| reply)).or_else(of_lines);
        let policy = |reply: &Reply| {
            reply.code == 530 || reply.enhanced.is_some_and(|code| code.to_string().starts_with("5.7."))
        };
        self.offers_sign_in && self.sign_in.words().is_none() && reply.is_some_and(policy)
    }

    /// What goes to standard error, unless all is done.
    pub fn trouble(&self) -> Option<Trouble> {
        let (word, status) = self.verdict();
        if status == Status::Done {
            return None;
        }
        let recipients = self.all_recipients();
        let refused = recipients.iter().filter_map(|one| one.reply.as_ref().map(|reply| (&one.address, reply)));
        // Behind a MAIL that was refused, what is said of recipients only follows from it.
        let of_mail = self.worst.as_ref().is_some_and(|worst| worst.stage == Stage::Mail);
        let refused: Vec<_> = refused.filter(|(_, reply)| !of_mail && reply.class() != Class::Ok).collect();
        let mut what = if refused.is_empty() || status == Status::Unknown || status == Status::Broken {
            format!("{word}: {}", self.explanation())
        } else {
            let accepted = recipients.iter().filter(|one| one.outcome == RecipientOutcome::Accepted).count();
            format!("{word}: {accepted} of {} recipients accepted", recipients.len())
        };
        for (address, reply) in refused {
            write!(what, "\n{address}: {reply}").expect("writing to a String cannot fail");
        }
        let advice = Some(self.advice()).filter(|advice| !advice.is_empty());
        Some(Trouble { advice, ..Trouble::new(status, what) })
    }

    /// What goes to standard output; nothing when nothing was accepted.
    pub fn text(&self) -> String {
        let accepted = self.accepted();
        let line = match &self.worst {
            _ if self.stopped => format!("stopped after {}", self.ended_at().word()),
            _ if accepted == 0 => return String::new(),
            Some(report) if self.count == 1 => of_one(report),
            _ => format!("sent {accepted} of {} mails", self.count),
        };
        format!("{}\n{}\n", printable::text(&line), self.line_words())
    }

    /// How the line was protected, and who signed in.
    fn line_words(&self) -> String {
        let line = match &self.protection {
            Some(protection) => protection::words(protection),
            None => "line in clear text".to_owned(),
        };
        match self.sign_in.words() {
            Some(who) => format!("{line}; {}", printable::text(&who)),
            None => line,
        }
    }
}

fn of_one(report: &MailReport) -> String {
    let accepted = report.recipients.iter().filter(|one| one.outcome == RecipientOutcome::Accepted).count();
    let all = report.recipients.len();
    let queue_id = report.queue_id.as_ref().map(|id| format!(" as {id}")).unwrap_or_default();
    let reply = report.reply.as_ref().map(|reply| format!(": {reply}")).unwrap_or_default();
    format!("sent{queue_id} to {accepted} of {all} recipients{reply}")
}

/// The reply that says no; a mail that went to some has one for the others.
fn refusing_reply(report: &MailReport) -> Option<&Reply> {
    let of_mail = report.reply.as_ref().filter(|reply| reply.class() != Class::Ok);
    let mut of_recipients = report.recipients.iter().filter_map(|one| one.reply.as_ref());
    of_mail.or_else(|| of_recipients.find(|reply| reply.class() != Class::Ok))
}
