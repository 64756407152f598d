use super::json::recipient_json;
use super::*;
use crate::connection::FailureKind;
use crate::smtp::MailId;

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
    Failure { kind, at: "h:25".into(), what: "w".into(), advice: "a".into() }
}

fn summary(count: u64, mails: &[MailReport], failed: Option<Failure>) -> Summary {
    let mut summary = Summary::new(count, None, Instant::now());
    for mail in mails {
        summary.mail_done(mail.clone(), Instant::now());
    }
    summary.closed(failed, Instant::now());
    summary
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
    let of = |outcomes: &[MailOutcome]| {
        let mails: Vec<_> = outcomes.iter().map(|outcome| mail(*outcome, Some(550))).collect();
        summary(3, &mails, None).verdict()
    };
    assert_eq!(of(&[Sent, Sent, Sent]), ("sent", Status::Done));
    assert_eq!(of(&[Sent, Refused, Sent]), ("partial", Status::Partial));
    assert_eq!(of(&[Refused, Refused, Refused]), ("refused", Status::Refused));
    assert_eq!(of(&[Sent, Unknown, Refused]), ("unknown", Status::Unknown));
    let lost = summary(3, &[mail(Sent, None)], Some(failure(FailureKind::Reset)));
    assert_eq!(lost.verdict(), ("failed", Status::Broken));
    assert_eq!(lost.json()["sent"], 1);
}

#[test]
fn a_conversation_that_never_came_to_a_mail_says_where_it_ended() {
    let mut refused = Summary::new(1, None, Instant::now());
    refused.refused(Stage::Greeting, reply(554));
    refused.closed(None, Instant::now());
    assert_eq!(refused.verdict(), ("refused", Status::Refused));
    assert_eq!(refused.json()["stage"], "greeting");
    let nobody = summary(1, &[], Some(failure(FailureKind::Refused)));
    assert_eq!(nobody.verdict(), ("failed", Status::Connect));
    assert_eq!(nobody.trouble().unwrap().advice.as_deref(), Some("a"));
}

#[test]
fn ending_on_purpose_is_success_unless_recipients_were_refused() {
    let stopped = |codes: &[u16]| {
        let mut summary = Summary::new(1, Some(Stop::Rcpt), Instant::now());
        for code in codes {
            let outcome = if *code == 250 { RecipientOutcome::Accepted } else { RecipientOutcome::Refused };
            summary.recipient(RecipientReport { address: "a@b".into(), outcome, reply: Some(reply(*code)) });
        }
        summary.stopped();
        summary.closed(None, Instant::now());
        summary.verdict()
    };
    assert_eq!(stopped(&[]), ("stopped", Status::Done));
    assert_eq!(stopped(&[250, 250]), ("stopped", Status::Done));
    assert_eq!(stopped(&[250, 550]), ("partial", Status::Partial));
    assert_eq!(stopped(&[451, 451]), ("deferred", Status::Deferred));
}

#[test]
fn the_object_has_the_fields_of_the_contract() {
    let done = summary(1, &[mail(MailOutcome::Partial, Some(250))], None).json();
    for value in [done, json_of_trouble(&Trouble::new(Status::Usage, "x"))] {
        for field in ["outcome", "stage", "queue_id", "recipients", "timings", "tls", "explanation"] {
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
    assert!(!text.trim_end().contains(char::is_control), "{text:?}");
}
