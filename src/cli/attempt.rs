//! What became of the sign-in.

use serde_json::{Value, json};

use crate::sasl::Progress;
use crate::wire::printable;

/// A sign-in as far as it came.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    /// Why the mechanism was chosen.
    why: String,
    /// How it ended.
    end: Option<Progress>,
}

impl Attempt {
    /// Takes the next step.
    pub fn take(&mut self, progress: Progress) {
        match progress {
            Progress::Chosen { why, .. } => self.why = why,
            Progress::Decoded { .. } => {}
            end => self.end = Some(end),
        }
    }

    /// Its end, unless it went well or there was none.
    pub fn failed(&self) -> Option<&Progress> {
        self.end.as_ref().filter(|end| !matches!(end, Progress::Accepted { .. }))
    }

    /// Such as `signed in as ada with SCRAM-SHA-256 (the strongest offered)`; not sanitized.
    pub fn words(&self) -> Option<String> {
        let Some(Progress::Accepted { mechanism, user }) = &self.end else { return None };
        let why = if self.why.is_empty() { String::new() } else { format!(" ({})", self.why) };
        Some(format!("signed in as {user} with {mechanism}{why}"))
    }

    /// Mechanism, user and why; null unless somebody is signed in.
    pub fn json(&self) -> Value {
        let Some(Progress::Accepted { mechanism, user }) = &self.end else { return Value::Null };
        json!({ "mechanism": mechanism.name(), "user": printable::text(user), "why": printable::text(&self.why) })
    }
}

/// The word of the contract for a sign-in that came to nothing.
pub fn outcome(end: &Progress) -> &'static str {
    match end {
        Progress::Refused { temporary: true, .. } => "deferred",
        Progress::Refused { .. } => "refused",
        _ => "failed",
    }
}
