//! What a download came to: one line for people, one object for programs, and the exit status.

use serde_json::{Value, json};

use crate::cli::mailbox;
use crate::cli::{Status, Trouble};
use crate::download::{Cause, Destination, Outcome};
use crate::pop3::{Ending, Response, Verdict};
use crate::wire::printable;

/// Messages told one by one.
const TOLD: usize = 20;
/// What to do after an end before all was done.
const AGAIN: &str = "the same call with --new goes on where it stopped";

/// How the session was left.
#[derive(Debug)]
pub enum Goodbye {
    /// Without QUIT, and why: nothing was deleted.
    Unsaid(Trouble),
    /// With QUIT; `None` where the line went before it was written.
    Said(Option<Ending>),
    /// With QUIT, whose answer was not waited for, as a signal came.
    LetGo,
}

/// What a download came to.
#[derive(Debug)]
pub struct Summary {
    destination: String,
    /// Messages were to be deleted.
    delete: bool,
    /// Messages left out, because an earlier run fetched them.
    known: usize,
    /// How the line was protected and who signed in.
    pub facts: Value,
    outcome: Outcome,
    interrupted: bool,
    goodbye: Goodbye,
}

impl Summary {
    /// Before it began.
    pub fn new(destination: &Destination, delete: bool, known: usize) -> Self {
        Self {
            destination: destination.path().display().to_string(),
            delete,
            known,
            facts: Value::Null,
            outcome: Outcome::default(),
            interrupted: false,
            goodbye: Goodbye::Said(None),
        }
    }

    /// It ended; `interrupted`: a signal came.
    pub fn ended(&mut self, outcome: Outcome, interrupted: bool, goodbye: Goodbye) {
        (self.outcome, self.interrupted, self.goodbye) = (outcome, interrupted, goodbye);
    }

    /// The exit status.
    pub fn status(&self) -> Status {
        let outcome = &self.outcome;
        match &self.goodbye {
            Goodbye::Said(_) | Goodbye::LetGo if !outcome.marked.is_empty() && self.verdict() != Verdict::Committed => {
                let response = self.response();
                match self.verdict() {
                    Verdict::Unknown => Status::Unknown,
                    Verdict::Refused => response.map_or(Status::Refused, Status::of_response),
                    Verdict::Kept | Verdict::Committed => Status::Broken,
                }
            }
            _ if outcome.cause == Cause::Disk => Status::Internal,
            _ if self.interrupted => Status::Interrupted,
            Goodbye::Unsaid(trouble) => trouble.status,
            Goodbye::Said(_) | Goodbye::LetGo if self.is_partial() => Status::Partial,
            Goodbye::Said(_) | Goodbye::LetGo => Status::Done,
        }
    }

    fn is_partial(&self) -> bool {
        let outcome = &self.outcome;
        outcome.left > 0 || !outcome.refused.is_empty() || !outcome.unmarked.is_empty() || outcome.without_id > 0
    }

    /// What became of the marks; without a word about it the session ended before QUIT.
    fn verdict(&self) -> Verdict {
        match &self.goodbye {
            Goodbye::Said(Some(ending)) => ending.verdict,
            Goodbye::Said(None) | Goodbye::Unsaid(_) => Verdict::Kept,
            Goodbye::LetGo => Verdict::Unknown,
        }
    }

    /// Messages that the server deleted, as far as it said so.
    fn deleted(&self) -> usize {
        if self.verdict() == Verdict::Committed { self.outcome.marked.len() } else { 0 }
    }

    /// The answer to QUIT; not sanitized.
    fn answer(&self) -> Option<String> {
        self.response().map(ToString::to_string)
    }

    fn response(&self) -> Option<&Response> {
        let Goodbye::Said(Some(ending)) = &self.goodbye else { return None };
        ending.response.as_ref()
    }

    /// One line.
    pub fn text(&self) -> String {
        let outcome = &self.outcome;
        let octets = indicatif::DecimalBytes(outcome.octets);
        let destination = printable::text(&self.destination);
        let mut parts = vec![format!("{}, {octets} to {destination}", messages(outcome.safe.len()))];
        if self.delete {
            parts.push(format!("{} deleted on the server", self.deleted()));
        }
        for (count, what) in
            [(self.known, "fetched before"), (outcome.refused.len(), "refused"), (outcome.left, "not fetched")]
        {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.join("; ") + "\n"
    }

    /// What a person should know of single messages; not sanitized.
    pub fn notes(&self) -> Vec<String> {
        let outcome = &self.outcome;
        let refused = outcome.refused.iter().map(|(number, why)| format!("message {number} was not given: {why}"));
        let unmarked = outcome.unmarked.iter().map(|(number, why)| format!("message {number} was not deleted: {why}"));
        let mut lines: Vec<String> = refused.chain(unmarked).take(TOLD).collect();
        let more = (outcome.refused.len() + outcome.unmarked.len()).saturating_sub(TOLD);
        if more > 0 {
            lines.push(format!("and so with {more} more"));
        }
        if outcome.without_id > 0 {
            let count = messages(outcome.without_id);
            lines.push(format!("{count} fetched and not deleted: no unique-id (UIDL) of their own"));
        }
        if self.interrupted && outcome.left > 0 {
            lines.push(format!("stopped; {AGAIN}"));
        }
        lines
    }

    /// The error it ends with. A part of the messages, and a stop that was asked for, are none.
    pub fn trouble(&self) -> Option<Trouble> {
        let status = self.status();
        if matches!(status, Status::Done | Status::Partial | Status::Interrupted) {
            return None;
        }
        Some(Trouble::new(status, self.explanation()).advise(self.advice(status)))
    }

    fn advice(&self, status: Status) -> String {
        match (&self.goodbye, status) {
            (_, Status::Unknown | Status::Refused | Status::Deferred) => {
                "telepost mailbox list shows which are left on the server".to_owned()
            }
            (_, Status::Internal) => format!("make room, or choose another place; {AGAIN}"),
            (Goodbye::Unsaid(Trouble { advice: Some(advice), .. }), _) => {
                format!("{}; {AGAIN}", advice.trim_end_matches('.'))
            }
            _ => AGAIN.to_owned(),
        }
    }

    /// Why it is not all that was asked for; not sanitized.
    fn explanation(&self) -> String {
        let (outcome, marked) = (&self.outcome, messages(self.outcome.marked.len()));
        let said = self.answer().map(|answer| format!(" (the server answered {answer})")).unwrap_or_default();
        let safe = format!("{} safe in {}", messages(outcome.safe.len()), self.destination);
        match (self.status(), self.verdict()) {
            (Status::Done, _) => String::new(),
            (Status::Unknown, _) => format!("no answer came to QUIT: {marked} may be deleted or not; {safe}"),
            (_, Verdict::Refused) if !outcome.marked.is_empty() => {
                format!("QUIT was refused{said}: of {marked} some may be deleted, some not; {safe}")
            }
            (Status::Partial, _) => {
                "not every message could be fetched, or deleted where that was asked for".to_owned()
            }
            _ => {
                let why = match &self.goodbye {
                    Goodbye::Unsaid(trouble) => Some(trouble.what.as_str()),
                    Goodbye::Said(_) => outcome.why.as_deref(),
                    Goodbye::LetGo => {
                        Some(outcome.why.as_deref().unwrap_or("stopped while the server had not answered to QUIT"))
                    }
                };
                let deleted = match self.deleted() {
                    0 => "nothing was deleted".to_owned(),
                    count => format!("{count} deleted on the server"),
                };
                format!("{}; {safe}, {deleted}", why.unwrap_or("the line went away before QUIT"))
            }
        }
    }

    /// The object of the contract.
    pub fn json(&self) -> Value {
        let (status, outcome) = (self.status(), &self.outcome);
        let number = |(number, why): &(u32, String)| json!({ "number": number, "why": printable::text(why) });
        json!({
            "outcome": word(status),
            "exit": status.code(),
            "fetched": outcome.safe.len(),
            "octets": outcome.octets,
            "deleted": self.deleted(),
            "known": self.known,
            "left": outcome.left,
            "refused": outcome.refused.iter().map(number).collect::<Vec<_>>(),
            "undeleted": outcome.unmarked.iter().map(number).collect::<Vec<_>>(),
            "without_uidl": outcome.without_id,
            "destination": printable::text(&self.destination),
            "answer": self.answer().as_deref().map(printable::text),
            "tls": self.facts["tls"],
            "auth": self.facts["auth"],
            "explanation": printable::text(&self.explanation()),
            "advice": self.trouble().and_then(|trouble| trouble.advice).as_deref().map(printable::text),
        })
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Done => "done",
        Status::Partial => "partial",
        Status::Interrupted => "stopped",
        Status::Unknown => "unknown",
        _ => "failed",
    }
}

fn messages(count: usize) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}

/// The object when nothing was fetched.
pub fn json_of_trouble(trouble: &Trouble) -> Value {
    let mut object = mailbox::of_trouble(trouble);
    object["outcome"] = json!(word(trouble.status));
    for field in ["fetched", "octets", "deleted", "known", "left", "without_uidl"] {
        object[field] = json!(0);
    }
    for field in ["refused", "undeleted"] {
        object[field] = json!([]);
    }
    for field in ["destination", "answer"] {
        object[field] = Value::Null;
    }
    object
}

#[cfg(test)]
mod tests;
