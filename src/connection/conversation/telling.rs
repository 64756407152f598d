//! Rows of the transcript for what an engine tells of TLS and of a sign-in. All of it may quote the server.

use super::Sign;
use crate::sasl::Progress;
use crate::wire::{Secured, printable};

/// What became of a plan to protect the line.
pub fn of_security(secured: &Secured) -> Sign {
    match secured {
        Secured::Already | Secured::NotWanted => Sign::Other,
        Secured::NotOffered => tell("the server offers no TLS: going on in clear"),
        Secured::Started { gained, lost } if gained.is_empty() && lost.is_empty() => {
            tell("inside TLS: the same capabilities as in clear")
        }
        Secured::Started { gained, lost } => {
            let gained = gained.iter().map(|line| format!("+ {line}"));
            let lost = lost.iter().map(|line| format!("- {line}"));
            let changes: Vec<_> = gained.chain(lost).collect();
            tell(&format!("inside TLS: {}", changes.join(", ")))
        }
    }
}

/// Why nothing more is sent.
pub fn of_insecurity(why: &str) -> Sign {
    complain(why)
}

/// A step of a sign-in.
pub fn of_sign_in(progress: &Progress) -> Sign {
    match progress {
        Progress::Chosen { mechanism, why } => tell(&format!("sign-in by {mechanism}: {why}")),
        Progress::Decoded { ours, text } => tell(&format!("SASL {} {text}", if *ours { "->" } else { "<-" })),
        Progress::Accepted { mechanism, user } if user.is_empty() => tell(&format!("signed in by {mechanism}")),
        Progress::Accepted { mechanism, user } => tell(&format!("signed in as {user} by {mechanism}")),
        Progress::Impossible { why } => complain(&format!("no sign-in: {why}")),
        Progress::BrokenOff { mechanism, why } => complain(&format!("sign-in by {mechanism} broken off: {why}")),
        Progress::Refused { mechanism, why, .. } => complain(&format!("sign-in by {mechanism} refused: {why}")),
    }
}

fn tell(words: &str) -> Sign {
    Sign::Tell(printable::text(words).into_owned())
}

fn complain(words: &str) -> Sign {
    Sign::Complain(printable::text(words).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sasl::Mechanism;

    #[test]
    fn the_difference_that_tls_made_is_one_row() {
        let started = Secured::Started { gained: vec!["AUTH PLAIN\u{1b}".into()], lost: vec!["STARTTLS".into()] };
        assert_eq!(of_security(&started), Sign::Tell("inside TLS: + AUTH PLAIN␛, - STARTTLS".into()));
        assert_eq!(of_security(&Secured::Already), Sign::Other);
        assert!(matches!(of_security(&Secured::NotOffered), Sign::Tell(words) if words.contains("in clear")));
    }

    #[test]
    fn each_step_of_a_sign_in_is_a_row_and_its_failure_an_error() {
        let mechanism = Mechanism::ScramSha256;
        let why = "strongest offered".to_owned();
        let words = |progress| match of_sign_in(&progress) {
            Sign::Tell(words) => words,
            Sign::Complain(words) => format!("error: {words}"),
            sign => panic!("{sign:?}"),
        };
        assert_eq!(words(Progress::Chosen { mechanism, why }), "sign-in by SCRAM-SHA-256: strongest offered");
        assert_eq!(words(Progress::Decoded { ours: false, text: "nonce".into() }), "SASL <- nonce");
        assert_eq!(words(Progress::Decoded { ours: true, text: "user".into() }), "SASL -> user");
        let user = "ada".to_owned();
        assert_eq!(words(Progress::Accepted { mechanism, user }), "signed in as ada by SCRAM-SHA-256");
        let why = "none fits".to_owned();
        assert_eq!(words(Progress::Impossible { why: why.clone() }), "error: no sign-in: none fits");
        let refused = Progress::Refused { mechanism, why, temporary: false, stale_token: false };
        assert_eq!(words(refused), "error: sign-in by SCRAM-SHA-256 refused: none fits");
    }
}
