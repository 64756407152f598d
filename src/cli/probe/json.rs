//! What was found, for programs: one object with the list. Fields keep their names and meanings, more may come.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::look::{Look, Offers};
use super::{Finding, Findings};
use crate::cli::{Status, Trouble, exit, protection};
use crate::wire::printable;

/// The object.
pub fn of(findings: &Findings, now: Timestamp) -> Value {
    let status = findings.status();
    json!({
        "outcome": if status == Status::Done { "done" } else { "failed" },
        "exit": status.code(),
        "servers": findings.list.iter().map(|finding| server(finding, now)).collect::<Vec<_>>(),
        "notes": findings.notes.iter().map(|note| text(note)).collect::<Vec<_>>(),
    })
}

/// The same object when nothing was looked at.
pub fn of_trouble(trouble: &Trouble) -> Value {
    json!({
        "outcome": "failed",
        "exit": trouble.status.code(),
        "servers": [],
        "notes": [],
        "explanation": text(&trouble.what),
        "advice": trouble.advice.as_deref().map(text),
    })
}

fn server(finding: &Finding, now: Timestamp) -> Value {
    let Finding { line, look, unverified } = finding;
    let mut server = of_look(look, now);
    let address = line.address.or(look.peer.map(|peer| peer.ip()));
    let warnings = look.disbelief().into_iter().chain(look.warnings(line.target.tls.mode, now));
    server["url"] = json!(text(&line.name));
    server["address"] = json!(address.map(|address| address.to_string()));
    server["source"] = json!(text(&line.source));
    server["exit"] = json!(look.status().code());
    server["warnings"] = warnings.map(|warning| text(&warning)).collect();
    server["unverified"] = unverified.as_ref().map(|look| of_look(look, now)).into();
    if let Some(took) = line.lookup {
        server["timings"]["dns"] = json!((took.as_secs_f64() * 1e6).round() / 1e3);
    }
    server
}

fn of_look(look: &Look, now: Timestamp) -> Value {
    let failure = look.failure.as_ref().map(
        |failure| json!({ "explanation": text(&failure.to_string()), "advice": text(&exit::advice(failure, "probe")) }),
    );
    let lines = |offers: &Option<Offers>| offers.as_ref().map(|offers| texts(&offers.lines));
    let sign_in = |offers: &Option<Offers>| offers.as_ref().map(|offers| texts(&offers.sign_in));
    json!({
        "timings": look.timings.json(),
        "greeting": look.greeting.as_deref().map(text),
        "capabilities": { "clear": lines(&look.clear), "tls": lines(&look.inside) },
        "sign_in": { "clear": sign_in(&look.clear), "tls": sign_in(&look.inside) },
        "tls": look.protection.as_ref().map(|protection| protection::json(protection, now)),
        "refusal": look.refusal.as_ref().map(|(why, _)| text(why)),
        "failure": failure,
    })
}

fn texts(all: &[String]) -> Vec<String> {
    all.iter().map(|one| text(one)).collect()
}

fn text(text: &str) -> String {
    printable::text(text).into_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::look::tests::starttls;
    use super::super::plan::Line;
    use super::*;
    use crate::cli::protection::sample;
    use crate::connection::Verdict;

    #[test]
    fn the_object_tells_what_the_blocks_tell() {
        let line =
            Line { name: "smtp://mx.example:25".into(), lookup: Some(Duration::from_millis(3)), ..Line::default() };
        let unverified = Some(starttls(Verdict::Unchecked(None)));
        let finding = Finding { line, look: starttls(sample::refused()), unverified };
        let object = of(&Findings { list: vec![finding], notes: vec!["n".into()] }, sample::now());
        assert_eq!((object["outcome"].as_str(), object["exit"].as_u64()), (Some("failed"), Some(8)));
        let server = &object["servers"][0];
        assert_eq!(
            (server["url"].as_str(), server["address"].as_str()),
            (Some("smtp://mx.example:25"), Some("192.0.2.1"))
        );
        assert_eq!(server["timings"]["dns"], 3.0);
        assert_eq!(server["tls"]["verdict"], "refused");
        assert_eq!(server["sign_in"]["clear"], json!(["LOGIN", "CRAM-MD5"]));
        assert_eq!(
            (&server["sign_in"]["tls"], &server["failure"]["explanation"]),
            (&Value::Null, &json!("mx.example:25: it is expired"))
        );
        let behind = &server["unverified"];
        assert_eq!(
            (behind["tls"]["verdict"].as_str(), &behind["sign_in"]["tls"]),
            (Some("unchecked"), &json!(["PLAIN", "SCRAM-SHA-256"]))
        );
        assert!(!object.to_string().contains("\\u001b"), "{object}");
        assert!(server["warnings"].as_array().is_some_and(|warnings| !warnings.is_empty()));
    }

    #[test]
    fn trouble_before_any_look_has_the_same_shape() {
        let object = of_trouble(&Trouble::usage("no", "try"));
        assert_eq!((object["exit"].as_u64(), object["servers"].as_array().map(Vec::len)), (Some(2), Some(0)));
    }
}
