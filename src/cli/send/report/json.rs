//! The object of the contract: fields keep their names and meanings, more may come.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Summary, rank};
use crate::cli::{Trouble, protection};
use crate::smtp::{MailOutcome, RecipientOutcome, RecipientReport};
use crate::wire::printable;

impl Summary {
    /// The object of the contract.
    pub fn json(&self) -> Value {
        let (outcome, status) = self.verdict();
        // Accepted by RCPT is not accepted with the mail.
        let lost = self.worst.as_ref().is_some_and(|worst| rank(worst.outcome) > rank(MailOutcome::Partial));
        let recipients: Vec<Value> = self.all_recipients().iter().map(|one| recipient_json(one, lost)).collect();
        let queue_id = self.worst.as_ref().and_then(|worst| worst.queue_id.as_deref());
        json!({
            "outcome": outcome,
            "exit": status.code(),
            "stage": self.ended_at().word(),
            "queue_id": queue_id.map(printable::text),
            "message_id": self.message_id.as_deref().map(printable::text),
            "recipients": recipients,
            "timings": self.timings.json(),
            "tls": self.protection.as_ref().map(|protection| protection::json(protection, Timestamp::now())),
            "auth": self.sign_in.json(),
            "explanation": printable::text(&self.meaning().unwrap_or_else(|| self.explanation())),
            "advice": self.advice(),
            "peer": self.peer.map(|peer| peer.to_string()),
            "count": self.count,
            "sent": self.tally[0] + self.tally[1],
        })
    }
}

/// The same object when there was no conversation.
pub fn json_of_trouble(trouble: &Trouble) -> Value {
    json!({
        "outcome": "failed",
        "exit": trouble.status.code(),
        "stage": null,
        "queue_id": null,
        "message_id": null,
        "recipients": [],
        "timings": {},
        "tls": null,
        "auth": null,
        "explanation": printable::text(&trouble.what),
        "advice": trouble.advice.as_deref().map(printable::text),
    })
}

pub(super) fn recipient_json(one: &RecipientReport, lost: bool) -> Value {
    let outcome = match one.outcome {
        RecipientOutcome::Untried => "untried",
        RecipientOutcome::Accepted if lost => "failed",
        RecipientOutcome::Accepted => "accepted",
        RecipientOutcome::Refused => "refused",
        RecipientOutcome::Deferred => "deferred",
        RecipientOutcome::Unknown => "unknown",
    };
    json!({
        "address": printable::text(&one.address),
        "outcome": outcome,
        "code": one.reply.as_ref().map(|reply| reply.code),
        "enhanced": one.reply.as_ref().and_then(|reply| reply.enhanced).map(|code| code.to_string()),
        "text": one.reply.as_ref().map(|reply| printable::text(&reply.text()).into_owned()),
    })
}
