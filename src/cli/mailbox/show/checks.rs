//! `telepost mailbox show --check` and `--route`: what is claimed and found about a message, and the way it took.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::cli::Status;
use crate::mail::{Claim, Hop, claims, hops};
use crate::verify::{Findings, verify};

/// What is looked at besides.
#[derive(Debug, clap::Args)]
pub struct Looks {
    /// What servers claim to have checked, and DKIM, SPF and DMARC checked now: asks the DNS for the domains in the
    /// mail, which tells their name servers that somebody reads it
    #[arg(long, conflicts_with_all = ["raw", "headers"])]
    check: bool,
    /// The servers it went through, from the first to the last, and the time between two
    #[arg(long, conflicts_with = "raw")]
    route: bool,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// The error says why nothing was checked.
    checks: Option<(Vec<Claim>, Result<Findings, String>)>,
    route: Option<Vec<Hop>>,
}

impl Looks {
    /// Looks; with `--check`, asks the name server `dns` or the system's.
    pub async fn look(&self, mail: &[u8], dns: Option<SocketAddr>) -> Seen {
        let checks = if self.check { Some((claims(mail), verify(Arc::new(mail.to_vec()), dns).await)) } else { None };
        Seen { checks, route: self.route.then(|| hops(mail)) }
    }
}

impl Seen {
    /// Whether what was asked for could be looked at: not, if no name server answered.
    pub fn status(&self) -> Status {
        match &self.checks {
            Some((_, Err(_))) => Status::Broken,
            Some((_, Ok(findings))) if is_unanswered(findings) => Status::Connect,
            None | Some((_, Ok(_))) => Status::Done,
        }
    }

    /// As text; `None` if nothing was to be looked at.
    pub fn text(&self) -> Option<String> {
        let checks = self.checks.as_ref().map(|(claims, findings)| check_text(claims, findings));
        let route = self.route.as_deref().map(route_text);
        (checks.is_some() || route.is_some()).then(|| checks.into_iter().chain(route).collect::<Vec<_>>().join("\n"))
    }

    /// Adds the fields `checks`, `summary`, `claims` and `route`, as far as they were looked at.
    pub fn add_to(&self, shown: &mut Value) {
        if let Some((claims, findings)) = &self.checks {
            let status = self.status();
            if status != Status::Done {
                shown["outcome"] = json!("unchecked");
                shown["exit"] = json!(status.code());
            }
            let found = findings.as_ref().map(|findings| findings.checks.as_slice()).unwrap_or_default();
            shown["checks"] = found
                .iter()
                .map(|check| json!({ "name": check.name, "result": check.result, "detail": check.detail }))
                .collect();
            shown["summary"] = json!(summary(findings));
            shown["claims"] = claims
                .iter()
                .map(|claim| {
                    json!({
                        "by": claim.by, "method": claim.method, "result": claim.result, "details": claim.details,
                        "field": claim.field,
                    })
                })
                .collect();
        }
        if let Some(hops) = &self.route {
            shown["route"] = hops.iter().map(hop_json).collect();
        }
    }
}

/// Nothing that asks the name service got an answer.
fn is_unanswered(findings: &Findings) -> bool {
    let results = |name| findings.checks.iter().filter(move |check| check.name == name).map(|check| check.result);
    results("DMARC").any(|result| result == "temperror")
        && results("DKIM").all(|result| matches!(result, "temperror" | "none"))
}

fn hop_json(hop: &Hop) -> Value {
    json!({
        "from": hop.from, "by": hop.by, "with": hop.with, "id": hop.id, "for": hop.recipient,
        "at": hop.at.map(|at| at.to_string()),
        "delay": hop.delay.map(|delay| delay.as_secs()),
    })
}

fn summary(findings: &Result<Findings, String>) -> String {
    match findings {
        Ok(findings) => findings.summary.clone(),
        Err(why) => format!("the message was not checked: {why}"),
    }
}

fn check_text(claims: &[Claim], findings: &Result<Findings, String>) -> String {
    let mut text = format!("{}\n\nFound now\n", summary(findings));
    let found = findings.as_ref().map(|findings| findings.checks.as_slice()).unwrap_or_default();
    if found.is_empty() {
        text.push_str("  nothing\n");
    }
    for check in found {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "  {:<6}{:<10} {}", check.name, check.result, check.detail);
    }
    text.push_str("\nClaimed in the header, as true as the server that wrote it\n");
    if claims.is_empty() {
        text.push_str("  nothing\n");
    }
    for claim in claims {
        let by = if claim.by.is_empty() { "?" } else { &claim.by };
        let _ = writeln!(text, "  {:<6}{:<10} {by}: {}", claim.method, claim.result, claim.details);
    }
    text
}

fn route_text(hops: &[Hop]) -> String {
    if hops.is_empty() {
        return "no server wrote down that it had the message in hand\n".to_owned();
    }
    let mut text = String::new();
    for (index, hop) in hops.iter().enumerate() {
        let at = hop.at.map_or_else(|| "no time".to_owned(), |at| at.to_string());
        let delay = hop.delay.map_or_else(String::new, shown_delay);
        let _ = writeln!(text, "{:>3}  {at:<20} {delay:>10}  {}", index + 1, station(hop));
    }
    text
}

fn station(hop: &Hop) -> String {
    let parts =
        [("from ", &hop.from), ("by ", &hop.by), ("with ", &hop.with), ("id ", &hop.id), ("for ", &hop.recipient)];
    let told = parts.iter().filter(|(_, text)| !text.is_empty()).map(|(word, text)| format!("{word}{text}"));
    told.collect::<Vec<_>>().join("  ")
}

/// `+5 s`, `+1 min 30 s`, `+2 h 0 min`, `-3 s`.
fn shown_delay(delay: SignedDuration) -> String {
    let sign = if delay.is_negative() { '-' } else { '+' };
    let seconds = delay.as_secs().unsigned_abs();
    match seconds {
        0..60 => format!("{sign}{seconds} s"),
        60..3_600 => format!("{sign}{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{sign}{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{sign}{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Check;

    const MAIL: &[u8] =
        b"Received: from b.example ([192.0.2.1]) by c.example with ESMTPS id 7; Tue, 10 Nov 2026 10:01:30 GMT\r\n\
        Authentication-Results: c.example; dkim=pass header.d=a.example\r\n\
        Received: by b.example; Tue, 10 Nov 2026 10:00:00 GMT\r\n\r\n";

    #[test]
    fn a_route_is_a_table_and_a_list() {
        let seen = Seen { route: Some(hops(MAIL)), checks: None };
        let text = seen.text().unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "  1  2026-11-10T10:00:00Z             by b.example");
        assert_eq!(
            lines[1],
            "  2  2026-11-10T10:01:30Z +1 min 30 s  from b.example [192.0.2.1]  by c.example  with ESMTPS  id 7"
        );
        let mut shown = json!({});
        seen.add_to(&mut shown);
        assert_eq!(shown["route"][1]["delay"], 90);
        assert!(shown["route"][0]["delay"].is_null() && shown.get("checks").is_none());
        assert_eq!(Seen::default().text(), None);
    }

    #[test]
    fn findings_go_before_claims() {
        let check = Check { name: "DKIM", result: "pass", detail: "a.example".to_owned() };
        let findings = Findings { checks: vec![check], summary: "a.example vouches for this mail".to_owned() };
        let seen = Seen { checks: Some((claims(MAIL), Ok(findings))), route: None };
        assert_eq!(seen.status(), Status::Done);
        let text = seen.text().unwrap();
        let found = text.find("  DKIM  pass       a.example").unwrap();
        let claimed = text.find("  dkim  pass       c.example: header.d=a.example").unwrap();
        assert!(text.starts_with("a.example vouches") && found < claimed, "{text}");
        let mut shown = json!({});
        seen.add_to(&mut shown);
        assert_eq!(shown["checks"][0]["result"], "pass");
        assert_eq!(shown["claims"][0]["by"], "c.example");
    }

    #[test]
    fn without_an_answer_the_claims_are_told_all_the_same() {
        let check = |name, result| Check { name, result, detail: String::new() };
        let late =
            Findings { checks: vec![check("DKIM", "temperror"), check("DMARC", "temperror")], ..Findings::default() };
        for (findings, status, words) in [
            (Ok(late), Status::Connect, "DMARC temperror"),
            (Err("no name server is known".to_owned()), Status::Broken, "was not checked: no name server is known"),
        ] {
            let seen = Seen { checks: Some((claims(MAIL), findings)), route: Some(hops(MAIL)) };
            assert_eq!(seen.status(), status);
            let text = seen.text().unwrap();
            assert!(text.contains(words) && text.contains("dkim  pass       c.example"), "{text}");
            let mut shown = json!({ "outcome": "done", "exit": 0 });
            seen.add_to(&mut shown);
            assert_eq!((&shown["outcome"], &shown["exit"]), (&json!("unchecked"), &json!(status.code())));
            assert_eq!(shown["claims"][0]["by"], "c.example");
        }
    }

    #[test]
    fn delays_are_read_at_a_glance() {
        for (seconds, shown) in
            [(0, "+0 s"), (-3, "-3 s"), (61, "+1 min 1 s"), (7_260, "+2 h 1 min"), (180_000, "+2 d 2 h")]
        {
            assert_eq!(shown_delay(SignedDuration::from_secs(seconds)), shown);
        }
    }
}
