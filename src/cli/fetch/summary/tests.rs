use super::*;
use crate::pop3::Response;

/// Three messages safe, two of them marked.
fn outcome() -> Outcome {
    Outcome { safe: vec![1, 2, 3], marked: vec![1, 2], octets: 4_000, ..Outcome::default() }
}

fn stopped_early(cause: Cause) -> Outcome {
    Outcome { cause, why: Some("because".to_owned()), left: 4, ..outcome() }
}

fn said(verdict: Verdict, line: Option<&[u8]>) -> Goodbye {
    Goodbye::Said(Some(Ending { marks: vec![1, 2], verdict, response: line.and_then(Response::parse) }))
}

fn committed() -> Goodbye {
    said(Verdict::Committed, Some(b"+OK bye"))
}

fn unsaid(status: Status) -> Goodbye {
    Goodbye::Unsaid(Trouble::new(status, "the server closed the line").advise("Look at the server."))
}

fn summary(outcome: Outcome, interrupted: bool, goodbye: Goodbye) -> Summary {
    let mut summary = Summary::new(&Destination::Maildir("/home/ada/Mail".into()), true, 0);
    summary.ended(outcome, interrupted, goodbye);
    summary
}

#[test]
fn each_end_has_its_status_and_word() {
    let partly = |outcome: fn(&mut Outcome)| {
        let mut all = self::outcome();
        outcome(&mut all);
        all
    };
    for (outcome, interrupted, goodbye, status, word) in [
        (outcome(), false, committed(), Status::Done, "done"),
        (outcome(), false, said(Verdict::Unknown, None), Status::Unknown, "unknown"),
        (outcome(), false, said(Verdict::Refused, Some(b"-ERR no")), Status::Refused, "failed"),
        (outcome(), false, said(Verdict::Refused, Some(b"-ERR [SYS/TEMP] no")), Status::Deferred, "failed"),
        (outcome(), false, Goodbye::Said(None), Status::Broken, "failed"),
        (partly(|it| it.marked.clear()), false, said(Verdict::Unknown, None), Status::Done, "done"),
        (partly(|it| it.refused.push((9, "no".into()))), false, committed(), Status::Partial, "partial"),
        (partly(|it| it.unmarked.push((3, "no".into()))), false, committed(), Status::Partial, "partial"),
        (partly(|it| it.without_id = 1), false, committed(), Status::Partial, "partial"),
        (stopped_early(Cause::Stopped), true, committed(), Status::Interrupted, "stopped"),
        (stopped_early(Cause::Stopped), true, said(Verdict::Unknown, None), Status::Unknown, "unknown"),
        (outcome(), true, Goodbye::LetGo, Status::Unknown, "unknown"),
        (partly(|it| it.marked.clear()), true, Goodbye::LetGo, Status::Interrupted, "stopped"),
        (stopped_early(Cause::Line), false, unsaid(Status::Broken), Status::Broken, "failed"),
        (stopped_early(Cause::Line), true, unsaid(Status::Interrupted), Status::Interrupted, "stopped"),
        (stopped_early(Cause::Disk), false, unsaid(Status::Broken), Status::Internal, "failed"),
        (stopped_early(Cause::Disk), false, committed(), Status::Internal, "failed"),
    ] {
        let summary = summary(outcome, interrupted, goodbye);
        assert_eq!(summary.status(), status, "{summary:?}");
        let json = summary.json();
        assert_eq!((json["outcome"].as_str(), json["exit"].as_u64()), (Some(word), Some(u64::from(status.code()))));
        let silent = matches!(status, Status::Done | Status::Partial | Status::Interrupted);
        assert_eq!(summary.trouble().is_none(), silent, "{summary:?}");
    }
}

#[test]
fn one_line_tells_what_was_done() {
    let mut done = summary(outcome(), false, committed());
    assert_eq!(done.text(), "3 messages, 4.00 kB to /home/ada/Mail; 2 deleted on the server\n");
    done.known = 7;
    done.outcome = Outcome { safe: vec![1], refused: vec![(2, "no".into())], left: 1, ..Outcome::default() };
    assert_eq!(
        done.text(),
        "1 message, 0 B to /home/ada/Mail; 0 deleted on the server; 7 fetched before; \
         1 refused; 1 not fetched\n"
    );
    done.delete = false;
    assert!(!done.text().contains("deleted"));
}

#[test]
fn only_what_the_server_confirmed_counts_as_deleted() {
    for (goodbye, deleted) in [
        (committed(), 2),
        (said(Verdict::Refused, Some(b"-ERR no")), 0),
        (said(Verdict::Unknown, None), 0),
        (Goodbye::Said(None), 0),
        (unsaid(Status::Broken), 0),
    ] {
        assert_eq!(summary(outcome(), false, goodbye).json()["deleted"], deleted);
    }
}

#[test]
fn a_lost_line_says_how_many_are_safe_and_how_to_go_on() {
    let words = summary(stopped_early(Cause::Line), false, unsaid(Status::Broken)).trouble().unwrap().to_string();
    for part in ["the server closed the line", "3 messages safe", "nothing was deleted", "--new", "Look at the server;"]
    {
        assert!(words.contains(part), "{part} is missing in {words}");
    }
}

#[test]
fn single_messages_are_told_up_to_a_bound() {
    let refused = (1..=100).map(|number| (number, "no".to_owned())).collect();
    let notes = summary(Outcome { refused, without_id: 2, ..Outcome::default() }, false, committed()).notes();
    assert_eq!(notes.len(), TOLD + 2);
    assert!(notes[TOLD].contains("80 more") && notes[TOLD + 1].contains("2 messages fetched and not deleted"));
}

#[test]
fn the_object_has_the_same_fields_however_it_ends() {
    let fields = |value: Value| value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
    let failed = json_of_trouble(&Trouble::usage("no", "try"));
    assert_eq!(fields(failed), fields(summary(outcome(), false, committed()).json()));
}
