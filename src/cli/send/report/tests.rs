use std::time::Instant;

use super::*;
use crate::cli::Trouble;
use crate::cli::protection::sample;
use crate::cli::send::desk::Ended;
use crate::connection::{Failure, FailureKind, Remedy, Verdict};
use crate::sasl::{Mechanism, Progress};
use crate::smtp::{Capabilities, MailId, Verb};

fn reply(code: u16) -> Reply {
    Reply { code, enhanced: None, lines: vec!["words".into()] }
}

fn mail(outcome: MailOutcome, code: Option<u16>) -> MailReport {
    let recipient = |address: &str, outcome| RecipientReport { address: address.into(), outcome, reply: None };
    MailReport {
        id: MailId(0),
        outcome,
        stage: if outcome == MailOutcome::Sent { Stage::Done } else { Stage::Rcpt },
        recipients: vec![recipient("a@b", RecipientOutcome::Accepted), recipient("c@d", RecipientOutcome::Refused)],
        reply: code.map(reply),
        queue_id: Some("7F3A".into()),
        why: None,
    }
}

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, at: "h:25".into(), what: "w".into(), advice: "a".into(), remedy: None }
}

fn of(count: u64, mails: &[MailReport], facts: Facts, interrupted: bool) -> Summary {
    let mut all = Mails::default();
    for (index, report) in (0..).zip(mails) {
        let (report, took) = (report.clone(), Duration::from_millis(2));
        all.ended(&Ended { index, report, message_id: None, row: None, octets: 100, took });
        all.tally.lap(crate::batch::Lap::Whole, took);
    }
    Summary::new(count, all, facts, interrupted, Duration::from_secs(2))
}

fn facts(failed: Option<Failure>) -> Facts {
    let mut facts = Facts::new(Instant::now());
    facts.closed(failed, Instant::now());
    facts
}

fn summary(count: u64, mails: &[MailReport], failed: Option<Failure>) -> Summary {
    of(count, mails, facts(failed), false)
}

/// Of a connection that came to no mail.
fn without_mail(tell: impl FnOnce(&mut Facts)) -> Summary {
    let mut facts = Facts::new(Instant::now());
    tell(&mut facts);
    of(1, &[], facts, false)
}

#[test]
fn one_mail_decides_the_status() {
    use MailOutcome::{Deferred, Failed, Partial, Refused, Sent, Unknown};
    let reset = || Some(failure(FailureKind::Reset));
    for (outcome, code, failed, word, status) in [
        (Sent, Some(250), None, "sent", Status::Done),
        (Sent, Some(250), reset(), "sent", Status::Done),
        (Partial, Some(250), None, "partial", Status::Partial),
        (Refused, Some(550), None, "refused", Status::Refused),
        (Deferred, Some(451), None, "deferred", Status::Deferred),
        (Unknown, None, reset(), "unknown", Status::Unknown),
        (Failed, None, reset(), "failed", Status::Broken),
        (Failed, Some(421), None, "failed", Status::Deferred),
        (Failed, None, Some(failure(FailureKind::Body)), "failed", Status::Usage),
    ] {
        let summary = summary(1, &[mail(outcome, code)], failed);
        assert_eq!(summary.verdict(), (word, status), "{outcome:?}");
        assert_eq!(summary.trouble().is_none(), status == Status::Done);
        assert_eq!(summary.json()["outcome"], word);
    }
}

#[test]
fn of_many_mails_the_worst_is_told_and_a_mixture_is_partial() {
    use MailOutcome::{Refused, Sent, Unknown};
    let of_many = |outcomes: &[MailOutcome]| {
        let mails: Vec<_> = outcomes.iter().map(|outcome| mail(*outcome, Some(550))).collect();
        summary(3, &mails, None).verdict()
    };
    assert_eq!(of_many(&[Sent, Sent, Sent]), ("sent", Status::Done));
    assert_eq!(of_many(&[Sent, Refused, Sent]), ("partial", Status::Partial));
    assert_eq!(of_many(&[Refused, Refused, Refused]), ("refused", Status::Refused));
    assert_eq!(of_many(&[Sent, Unknown, Refused]), ("unknown", Status::Unknown));
    let lost = summary(3, &[mail(Sent, None)], Some(failure(FailureKind::Reset)));
    assert_eq!(lost.verdict(), ("failed", Status::Broken));
    assert_eq!(lost.json()["sent"], 1);
}

#[test]
fn a_conversation_that_never_came_to_a_mail_says_where_it_ended() {
    let refused = without_mail(|facts| facts.refused(Stage::Greeting, reply(554)));
    assert_eq!(refused.verdict(), ("refused", Status::Refused));
    assert_eq!(refused.json()["stage"], "greeting");
    let nobody = summary(1, &[], Some(failure(FailureKind::Refused)));
    assert_eq!(nobody.verdict(), ("failed", Status::Connect));
    assert_eq!(nobody.trouble().unwrap().advice.as_deref(), Some("a"));
}

#[test]
fn ending_on_purpose_is_success_unless_recipients_were_refused() {
    let stopped = |codes: &[u16]| {
        let recipient = |code: &u16| {
            let outcome = if *code == 250 { RecipientOutcome::Accepted } else { RecipientOutcome::Refused };
            RecipientReport { address: "a@b".into(), outcome, reply: Some(reply(*code)) }
        };
        let recipients = codes.iter().map(recipient).collect();
        summary(1, &[MailReport { recipients, ..mail(MailOutcome::Stopped, None) }], None)
    };
    for (codes, verdict) in [
        (&[][..], ("stopped", Status::Done)),
        (&[250, 250], ("stopped", Status::Done)),
        (&[250, 550], ("partial", Status::Partial)),
        (&[451, 451], ("deferred", Status::Deferred)),
        (&[550, 550], ("refused", Status::Refused)),
    ] {
        let summary = stopped(codes);
        assert_eq!(summary.verdict(), verdict);
        assert_eq!(summary.explanation().is_empty(), verdict.1 == Status::Done, "{}", summary.explanation());
        assert!(summary.text().starts_with("stopped after rcpt\n"), "{}", summary.text());
    }
    let early = without_mail(|facts| {
        facts.reached(Stage::Hello, Instant::now());
        facts.stopped();
    });
    assert_eq!((early.verdict(), early.ended_at()), (("stopped", Status::Done), Stage::Hello));
}

#[test]
fn the_object_has_the_fields_of_the_contract() {
    let done = summary(1, &[mail(MailOutcome::Partial, Some(250))], None).json();
    for value in [done, json_of_trouble(&Trouble::new(Status::Usage, "x"))] {
        for field in ["outcome", "stage", "queue_id", "recipients", "timings", "tls", "auth", "explanation"] {
            assert!(value.get(field).is_some(), "{field}");
        }
    }
    let one = recipient_json(&mail(MailOutcome::Sent, None).recipients[0], false);
    for field in ["address", "outcome", "code", "enhanced", "text"] {
        assert!(one.get(field).is_some(), "{field}");
    }
}

#[test]
fn a_recipient_of_a_lost_mail_does_not_pass_for_accepted() {
    let lost = summary(1, &[mail(MailOutcome::Failed, None)], Some(failure(FailureKind::Reset)));
    assert_eq!(lost.json()["recipients"][0]["outcome"], "failed");
    let partial = summary(1, &[mail(MailOutcome::Partial, Some(250))], None);
    assert_eq!(partial.json()["recipients"][0]["outcome"], "accepted");
}

#[test]
fn what_a_server_said_is_harmless_on_a_terminal() {
    let mut hostile = mail(MailOutcome::Sent, Some(250));
    hostile.queue_id = Some("\x1b]0;x\x07".into());
    let text = summary(1, &[hostile], None).text();
    assert!(!text.lines().any(|line| line.contains(char::is_control)), "{text:?}");
}

fn refused(temporary: bool, stale_token: bool) -> Progress {
    Progress::Refused { mechanism: Mechanism::Plain, why: "535 no".into(), temporary, stale_token }
}

fn chosen() -> Progress {
    Progress::Chosen { mechanism: Mechanism::ScramSha256, why: "strongest offered".into() }
}

#[test]
fn a_sign_in_that_came_to_nothing_is_7_and_one_put_off_6() {
    let impossible = Progress::Impossible { why: "only PLAIN is offered".into() };
    for (end, verdict, words) in [
        (refused(false, false), ("refused", Status::SignIn), "535 no"),
        (refused(true, false), ("deferred", Status::Deferred), "535 no"),
        (impossible, ("failed", Status::SignIn), "only PLAIN is offered"),
    ] {
        let summary = without_mail(|facts| {
            facts.reached(Stage::Hello, Instant::now());
            facts.signing_in(end, Instant::now());
            facts.closed(Some(failure(FailureKind::ClosedEarly)), Instant::now());
        });
        assert_eq!(summary.verdict(), verdict);
        let json = summary.json();
        assert_eq!((json["stage"].as_str(), json["auth"].is_null()), (Some("auth"), true));
        assert!(json["explanation"].as_str().unwrap().contains(words), "{json}");
        assert!(!summary.trouble().unwrap().advice.unwrap().is_empty() && summary.text().is_empty());
    }
}

#[test]
fn only_a_stale_token_asks_for_a_fresh_one() {
    for (end, fresh) in [(refused(false, true), true), (refused(false, false), false), (chosen(), false)] {
        let mut facts = Facts::new(Instant::now());
        facts.signing_in(end, Instant::now());
        assert_eq!(facts.wants_fresh_token(), fresh);
    }
}

#[test]
fn tls_that_cannot_be_had_is_8_and_names_its_stage() {
    let missing = without_mail(|facts| {
        facts.insecure("the server offers no STARTTLS".into());
        facts.dropped(Verb::Auth, "TLS is required");
        facts.closed(None, Instant::now());
    });
    assert_eq!(missing.verdict(), ("failed", Status::Tls));
    assert_eq!(missing.json()["stage"], "tls");
    assert!(missing.trouble().unwrap().to_string().contains("no STARTTLS"));

    let unbelieved = without_mail(|facts| {
        facts.protected(sample::protection(sample::refused()), Instant::now());
        let remedy = Some(Remedy::Trust([0xab; 32]));
        facts.closed(Some(Failure { remedy, ..failure(FailureKind::Tls) }), Instant::now());
    });
    assert_eq!(unbelieved.verdict(), ("failed", Status::Tls));
    let json = unbelieved.json();
    assert_eq!((json["stage"].as_str(), json["tls"]["verdict"].as_str()), (Some("tls"), Some("refused")));
    assert!(json["advice"].as_str().unwrap().contains("telepost send --pin sha256:ABAB"), "{json}");
}

#[test]
fn a_mail_that_went_says_how_the_line_was_protected_and_who_signed_in() {
    let mut sent = Facts::new(Instant::now());
    sent.protected(sample::protection(Verdict::Trusted("the system's roots".into())), Instant::now());
    sent.signing_in(chosen(), Instant::now());
    sent.signing_in(Progress::Accepted { mechanism: Mechanism::ScramSha256, user: "ada".into() }, Instant::now());
    sent.closed(None, Instant::now());
    let sent = of(1, &[mail(MailOutcome::Sent, Some(250))], sent, false);
    let text = sent.text();
    for words in ["TLS 1.3", "trusted by the system's roots", "signed in as ada with SCRAM-SHA-256 (strongest offered)"]
    {
        assert!(text.contains(words), "{text}");
    }
    let json = sent.json();
    let auth = serde_json::json!({"mechanism": "SCRAM-SHA-256", "user": "ada", "why": "strongest offered"});
    assert_eq!(json["auth"], auth);
    for stage in ["tls", "auth"] {
        assert!(json["timings"][stage].is_number(), "{json}");
    }
    assert!(summary(1, &[mail(MailOutcome::Sent, None)], None).text().contains("line in clear text"));
}

#[test]
fn a_refusal_of_policy_is_told_to_want_a_sign_in_only_where_there_is_one() {
    let denied = |code, enhanced: &str| Reply { enhanced: enhanced.parse().ok(), ..reply(code) };
    for (answer, announced, wants) in [
        (denied(554, "5.7.1"), "mx|AUTH PLAIN", true),
        (denied(530, ""), "mx|AUTH PLAIN", true),
        (denied(554, "5.7.1"), "mx|SIZE 1", false),
        (denied(550, "5.1.1"), "mx|AUTH PLAIN", false),
    ] {
        let mut facts = Facts::new(Instant::now());
        let lines = announced.split('|').map(str::to_owned).collect();
        facts.announced(&Capabilities::parse(&Reply { lines, ..reply(250) }));
        let refused = MailReport { reply: Some(answer), ..mail(MailOutcome::Refused, None) };
        let summary = of(1, &[refused], facts, false);
        assert_eq!(summary.advice().contains("--user"), wants, "{}", summary.advice());
    }
}

#[test]
fn only_stages_that_came_to_their_end_are_measured() {
    let end = Progress::Refused { mechanism: Mechanism::Plain, why: "no".into(), temporary: false, stale_token: false };
    let summary = without_mail(|facts| {
        facts.signing_in(end, Instant::now());
        facts.closed(Some(failure(FailureKind::Reset)), Instant::now());
    });
    let timings = &summary.json()["timings"];
    assert!(timings["auth"].is_number() && timings["quit"].is_null() && timings["total"].is_number(), "{timings}");
}

#[test]
fn a_sender_that_is_refused_is_told_and_not_what_follows_for_the_recipients() {
    let recipients =
        vec![RecipientReport { address: "a@b".into(), outcome: RecipientOutcome::Refused, reply: Some(reply(503)) }];
    let refused = MailReport { stage: Stage::Mail, recipients, ..mail(MailOutcome::Refused, Some(530)) };
    let trouble = summary(1, &[refused], None).trouble().unwrap();
    assert!(trouble.what.contains("530") && !trouble.what.contains("503"), "{trouble}");
}

#[test]
fn what_a_signal_left_is_told_as_it_is() {
    use MailOutcome::{Sent, Unknown};
    for (mails, word, status, words) in [
        (&[][..], "failed", Status::Interrupted, "0 of 3 mails sent, 3 not sent"),
        (&[Sent], "partial", Status::Interrupted, "1 of 3 mails sent, 2 not sent"),
        (&[Sent, Unknown], "unknown", Status::Interrupted, "1 of 3 mails sent, 1 unknown, 1 not sent"),
        (&[Sent, Sent, Unknown], "unknown", Status::Interrupted, "2 of 3 mails sent, 1 unknown"),
        (&[Sent, Sent, Sent], "sent", Status::Done, ""),
    ] {
        let mails: Vec<_> = mails.iter().map(|outcome| mail(*outcome, None)).collect();
        let summary = of(3, &mails, facts(None), true);
        assert_eq!(summary.verdict(), (word, status));
        assert!(summary.explanation().ends_with(words), "{}", summary.explanation());
    }
}

#[test]
fn of_many_mails_counts_times_and_the_first_failures_are_told() {
    let mails: Vec<_> = [MailOutcome::Sent, MailOutcome::Refused, MailOutcome::Sent]
        .into_iter()
        .map(|outcome| mail(outcome, Some(if outcome == MailOutcome::Sent { 250 } else { 550 })))
        .collect();
    let summary = summary(3, &mails, None);
    let json = summary.json();
    assert_eq!(json["mails"], serde_json::json!({"sent": 2, "refused": 1}));
    assert_eq!((json["stages"]["whole"]["p50"].as_f64(), json["rate"].as_f64()), (Some(2.0), Some(1.0)));
    let failure = serde_json::json!([{"index": 2, "address": "a@b", "reply": "550 words"}]);
    assert_eq!((&json["failures"], json["unsent"].as_u64()), (&failure, Some(0)));
    let text = summary.text();
    assert!(text.starts_with("sent 2 of 3 mails (1 refused), 200 B in 2.00 s, 1.0 mails/s\n"), "{text}");
    assert!(text.contains("whole") && text.contains("p99"), "{text}");
    assert!(summary.trouble().unwrap().what.contains("mail 2, a@b: 550 words"));
    let one = super::tests::summary(1, &mails[..1], None).json();
    assert!(one.get("mails").is_none() && one.get("stages").is_none());
}
