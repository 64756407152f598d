//! What came of a play, and the exit status of it.

use std::time::Duration;

use crate::cli::{Status, Trouble};
use crate::connection::{Failure, Protection};
use crate::script::{Answer, End, Failed, Kind, Report};
use crate::sessions::{Comparison, Exchanges};

/// A script that was played against one server of a kind.
#[derive(Debug)]
pub struct Played {
    /// Such as `mx.example:25`.
    pub servers: String,
    /// What came of each statement.
    pub report: Report,
    /// From the first act to the last line's end.
    pub lapse: Duration,
    /// What the last handshake left.
    pub protection: Option<Protection>,
    /// What closed a line that was not meant to close, if that ended the script.
    pub failure: Option<Failure>,
    /// What could not be done on this machine, if that ended the script.
    pub trouble: Option<Trouble>,
    /// All that was said until the end of the script, if it was kept.
    pub came: Option<Exchanges>,
}

/// All that was played.
#[derive(Debug)]
pub struct Outcome {
    /// The name of the script.
    pub script: String,
    /// One, or two that were to be compared.
    pub plays: Vec<Played>,
    /// The recording that was played, beside what came.
    pub recording: Option<Comparison>,
}

impl Outcome {
    /// That of the first play that did not go well; where it is held against a recording, that they differ.
    pub fn status(&self) -> Status {
        if self.recording.as_ref().is_some_and(|recording| recording.differences() > 0) && self.trouble().is_none() {
            return Status::Partial;
        }
        self.plays.iter().map(Played::status).find(|status| *status != Status::Done).unwrap_or(Status::Done)
    }

    /// What has to be said besides the report.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.plays.iter().find_map(|play| play.trouble.as_ref())
    }
}

impl Played {
    /// What it is worth.
    pub fn status(&self) -> Status {
        match (&self.trouble, &self.report.end) {
            (Some(trouble), _) => trouble.status,
            (None, Some(End::Held)) => Status::Done,
            (None, Some(End::Failed(failed))) => self.of(failed),
            (None, None) => Status::Internal,
        }
    }

    fn of(&self, failed: &Failed) -> Status {
        match &failed.kind {
            Kind::Unexpected(Some(Answer::Smtp(reply))) => Status::of_reply(reply),
            Kind::Unexpected(Some(answer @ Answer::Pop3(response, _))) if answer.refuses() => {
                Status::of_response(response)
            }
            Kind::Unexpected(_) => Status::Broken,
            Kind::SignIn(end) => Status::of_sign_in(end),
            Kind::Tls => Status::Tls,
            Kind::Line => self.failure.as_ref().map_or(Status::Broken, Status::of_failure),
            Kind::Unknown => Status::Unknown,
            Kind::Script => Status::Usage,
        }
    }

    /// `held`, `failed`, or `unknown` where nobody can say what became of a mail or of marked messages.
    pub fn outcome(&self) -> &'static str {
        match self.report.failed() {
            None => "held",
            Some(Failed { kind: Kind::Unknown, .. }) => "unknown",
            Some(_) => "failed",
        }
    }

    /// Such as `failed at line 7: expected 250, came 503 …`; **not sanitized**.
    pub fn words(&self) -> String {
        let milliseconds = self.lapse.as_millis();
        match self.report.failed() {
            None => format!("all that was expected came, in {milliseconds} ms"),
            Some(Failed { line: 0, why, .. }) => format!("{}: {why}", self.outcome()),
            Some(Failed { line, why, .. }) => format!("{} at line {line}: {why}", self.outcome()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::FailureKind;
    use crate::pop3;

    fn played(kind: Kind) -> Played {
        let end = End::Failed(Failed { line: 3, why: "why".into(), kind });
        Played {
            servers: "mx:25".into(),
            report: Report { rows: Vec::new(), end: Some(end) },
            lapse: Duration::ZERO,
            protection: None,
            failure: None,
            trouble: None,
            came: None,
        }
    }

    #[test]
    fn the_status_follows_from_what_came_instead() {
        let smtp = |text: &str| Kind::Unexpected(Some(Answer::Smtp(text.parse().unwrap())));
        let pop3 =
            |text: &[u8]| Kind::Unexpected(Some(Answer::Pop3(pop3::Response::parse(text).unwrap(), String::new())));
        for (kind, status) in [
            (smtp("550 no"), Status::Refused),
            (smtp("451 later"), Status::Deferred),
            (smtp("250 ok"), Status::Broken),
            (pop3(b"-ERR no"), Status::Refused),
            (pop3(b"-ERR [IN-USE] busy"), Status::Deferred),
            (pop3(b"+OK"), Status::Broken),
            (Kind::Unexpected(None), Status::Broken),
            (Kind::Tls, Status::Tls),
            (Kind::Line, Status::Broken),
            (Kind::Unknown, Status::Unknown),
            (Kind::Script, Status::Usage),
        ] {
            assert_eq!(played(kind.clone()).status(), status, "{kind:?}");
        }
        assert_eq!(played(Kind::Unknown).words(), "unknown at line 3: why");
        let failure = Some(Failure::new(FailureKind::Refused, "mx:25", ""));
        assert_eq!(Played { failure, ..played(Kind::Line) }.status(), Status::Connect);
    }
}
