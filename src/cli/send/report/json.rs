//! The object of the contract: fields keep their names and meanings, more may come.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Summary;
use crate::batch::tally::rank;
use crate::cli::{Trouble, protection};
use crate::smtp::{MailOutcome, RecipientOutcome, RecipientReport};
use crate::wire::printable;

impl Summary {
    /// The object of the contract.
    pub fn json(&self) -> Value {
        let (outcome, status) = self.verdict();
        // Accepted by RCPT is not accepted with the mail.
        let lost = self.mails.worst().is_some_and(|worst| rank(worst.outcome) > rank(MailOutcome::Partial));
        let recipients: Vec<Value> = self.recipients().iter().map(|one| recipient_json(one, lost)).collect();
        let queue_id = self.mails.worst().and_then(|worst| worst.queue_id.as_deref());
        let mut object = json!({
            "outcome": outcome,
            "exit": status.code(),
            "stage": self.ended_at().word(),
            "queue_id": queue_id.map(printable::text),
            "message_id": self.mails.message_id.as_deref().map(printable::text),
            "recipients": recipients,
            "timings": self.facts.timings.json(),
            "tls": self.facts.protection.as_ref().map(|protection| protection::json(protection, Timestamp::now())),
            "auth": self.facts.sign_in.json(),
            "explanation": printable::text(&self.meaning().unwrap_or_else(|| self.explanation())),
            "advice": self.advice(),
            "peer": self.facts.peer.map(|peer| peer.to_string()),
            "count": self.count,
            "sent": self.mails.tally.accepted(),
        });
        if let Some(fields) = object.as_object_mut().filter(|_| self.count > 1) {
            fields.extend(self.json_of_many());
        }
        object
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

/// A recipient. `lost`: what RCPT accepted did not go through with the mail.
pub fn recipient_json(one: &RecipientReport, lost: bool) -> Value {
    let outcome = match one.outcome {
        RecipientOutcome::Accepted if lost => "failed",
        outcome => outcome.word(),
    };
    json!({
        "address": printable::text(&one.address),
        "outcome": outcome,
        "code": one.reply.as_ref().map(|reply| reply.code),
        "enhanced": one.reply.as_ref().and_then(|reply| reply.enhanced).map(|code| code.to_string()),
        "text": one.reply.as_ref().map(|reply| printable::text(&reply.text()).into_owned()),
    })
}
