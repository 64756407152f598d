//! The loop check: a mail just sent is watched for in the mailbox and compared with what was sent.

use std::sync::Arc;
use std::time::Duration;

use telepost::app::{Effect, Message};
use telepost::mail::build::whole;
use telepost::mail::compare::compare;
use telepost::sandbox::outbox::Outbox;
use telepost::sandbox::server::Conversation;

use crate::support::stage::Stage;

const SECOND: Duration = Duration::from_secs(1);

/// A mail was sent from Ada to Bob, whose mailbox it is.
fn sent() -> Stage {
    let mut stage = Stage::demo((120, 40));
    stage.press(&["F5"]);
    stage.sees("queued as");
    stage
}

fn watch(stage: &mut Stage) {
    stage.press(&["^X", "d", "W"]);
}

/// What was to be compared: the number, the mail as sent and as it arrived.
fn comparisons(stage: &Stage) -> Vec<(u32, Vec<u8>, Arc<Vec<u8>>)> {
    let all = stage.others.iter().filter_map(|effect| match effect {
        Effect::Compare { number, sent, arrived } => {
            Some((*number, whole(sent).expect("it is in memory"), Arc::clone(arrived)))
        }
        _ => None,
    });
    all.collect()
}

/// Does what the shell does with the comparison asked for.
pub(super) fn compare_asked(stage: &mut Stage) {
    let (_, sent, arrived) = comparisons(stage).pop().expect("a comparison was asked for");
    let comparison = Box::new(compare(&sent, &arrived));
    stage.tell(Message::Compared(arrived, comparison));
}

/// A mailbox with one old message, which the mail sent never reaches.
struct Elsewhere {
    answers: Vec<(String, String)>,
    over: bool,
}

/// With other answers to some verbs.
fn elsewhere(answers: &[(&str, &str)]) -> Elsewhere {
    let usual = [
        ("CAPA", "+OK\r\nUSER\r\nTOP\r\nUIDL\r\n."),
        ("STAT", "+OK 1 40"),
        ("LIST", "+OK\r\n1 40\r\n."),
        ("UIDL", "+OK\r\n1 old\r\n."),
        ("TOP", "+OK\r\nMessage-ID: <old@a>\r\nSubject: Old\r\n\r\n."),
        ("RETR", "+OK\r\nMessage-ID: <old@a>\r\nSubject: Old\r\n\r\nold\r\n."),
        ("", "+OK"),
    ];
    let all = answers.iter().chain(&usual).map(|(verb, answer)| ((*verb).to_owned(), (*answer).to_owned()));
    Elsewhere { answers: all.collect(), over: false }
}

impl Conversation for Elsewhere {
    fn greet(&mut self, _crowded: bool, out: &mut Outbox) {
        out.line("+OK ready");
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let mut used = 0;
        while let Some(end) = input[used..].windows(2).position(|two| two == b"\r\n") {
            let line = String::from_utf8_lossy(&input[used..used + end]).into_owned();
            used += end + 2;
            let answer = self.answers.iter().find(|(verb, _)| line.starts_with(verb.as_str()));
            out.line(&answer.expect("the last one fits always").1);
            self.over |= line == "QUIT";
        }
        used
    }

    fn timed_out(&mut self, _out: &mut Outbox) {}

    fn is_over(&self) -> bool {
        self.over
    }
}

fn sessions(stage: &Stage) -> usize {
    stage.dialled.iter().filter(|target| target.port == 2110).count()
}

#[test]
fn a_mail_that_is_there_is_fetched_and_compared_at_once() {
    let mut stage = sent();
    watch(&mut stage);
    stage.sees("WATCHING for the mail: comparing it");
    let found = comparisons(&stage);
    assert_eq!(found.len(), 1);
    let (number, sent, arrived) = &found[0];
    assert_eq!(*number, 4);
    assert_eq!(Some(&**arrived), stage.letters(1).last());
    assert!(arrived.ends_with(sent), "the sandbox adds a trace on top and nothing else");
    compare_asked(&mut stage);
    stage.sees("arrived after 0.0 s; ");
    stage.sees("body identical");
    stage.sees("[Diff]");
    stage.lacks("WATCHING");
}

#[test]
fn a_list_older_than_the_mail_is_made_anew() {
    let mut stage = Stage::demo((120, 40));
    stage.press(&["^X", "3", "F5"]);
    assert_eq!(sessions(&stage), 1);
    watch(&mut stage);
    assert_eq!((sessions(&stage), comparisons(&stage).len()), (2, 1));
}

#[test]
fn a_mail_that_is_late_is_looked_for_at_growing_pauses_and_found() {
    let mut stage = sent();
    stage.understudy = Some(Box::new(elsewhere(&[])));
    watch(&mut stage);
    stage.sees("WATCHING for the mail: next look in 5 s, ^C stops");
    stage.tell_after(SECOND, Message::Wake);
    stage.sees("next look in 4 s");
    assert_eq!(sessions(&stage), 1);
    stage.understudy = Some(Box::new(elsewhere(&[])));
    stage.tell_after(4 * SECOND, Message::Wake);
    assert_eq!(sessions(&stage), 2);
    stage.sees("next look in 10 s");
    stage.tell_after(10 * SECOND, Message::Wake);
    assert_eq!((sessions(&stage), comparisons(&stage).len()), (3, 1));
    compare_asked(&mut stage);
    stage.sees("arrived after 15.0 s; ");
}

#[test]
fn the_program_is_woken_for_each_second_of_the_countdown() {
    let mut stage = sent();
    stage.understudy = Some(Box::new(elsewhere(&[])));
    watch(&mut stage);
    for left in [4, 3, 2, 1] {
        let now = stage.now().instant;
        let wake = stage.app.wake_at().expect("the countdown moves");
        assert!(wake <= now + SECOND, "{left}");
        let _ = stage.app.take_dirty();
        stage.tell_after(SECOND, Message::Wake);
        assert!(stage.app.take_dirty(), "{left}");
        stage.sees(&format!("next look in {left} s"));
    }
}

#[test]
fn marks_are_never_committed_for_the_sake_of_a_look() {
    let mut stage = sent();
    stage.understudy = Some(Box::new(elsewhere(&[])));
    watch(&mut stage);
    stage.press(&["d"]);
    stage.sees("1 marked");
    for _ in 0..3 {
        stage.tell_after(30 * SECOND, Message::Wake);
    }
    assert_eq!(sessions(&stage), 1);
    stage.sees("messages are marked");
    assert!(!stage.app.transcript().iter().any(|entry| entry.summary().contains("QUIT")));
}

#[test]
fn what_is_being_read_is_not_closed() {
    let mut stage = sent();
    stage.understudy = Some(Box::new(elsewhere(&[])));
    watch(&mut stage);
    stage.press(&["Enter"]);
    stage.tell_after(30 * SECOND, Message::Wake);
    assert_eq!(sessions(&stage), 1);
    stage.sees("a message is open");
    stage.press(&["Esc", "Esc"]);
    assert_eq!((sessions(&stage), comparisons(&stage).len()), (2, 1));
}

#[test]
fn cancel_ends_the_watch_and_so_does_time() {
    let mut stage = sent();
    stage.understudy = Some(Box::new(elsewhere(&[])));
    watch(&mut stage);
    stage.press(&["^C"]);
    stage.sees("stopped watching for the mail");
    stage.lacks("WATCHING");
    stage.tell_after(60 * SECOND, Message::Wake);
    assert_eq!(sessions(&stage), 1);

    let mut stage = sent();
    stage.understudy = Some(Box::new(elsewhere(&[])));
    watch(&mut stage);
    stage.tell_after(301 * SECOND, Message::Wake);
    stage.sees("not found in the mailbox within 5 minutes");
    stage.lacks("WATCHING");
}

#[test]
fn without_top_the_newest_message_is_fetched_once_and_no_other() {
    let blind = [("CAPA", "+OK\r\nUSER\r\nUIDL\r\n."), ("TOP", "-ERR no")];
    let mut stage = sent();
    stage.understudy = Some(Box::new(elsewhere(&blind)));
    watch(&mut stage);
    stage.sees("next look in 5 s");
    stage.understudy = Some(Box::new(elsewhere(&blind)));
    stage.tell_after(5 * SECOND, Message::Wake);
    let retrs = stage.app.transcript().iter().filter(|entry| entry.summary().contains("RETR 1")).count();
    assert_eq!((sessions(&stage), retrs), (2, 1), "the unique-id tells that it was looked at");
    assert!(comparisons(&stage).is_empty(), "it is another mail");
}

#[test]
fn where_reading_deletes_the_person_is_to_open_it() {
    let mut stage = sent();
    let letter = String::from_utf8(stage.letters(1).pop().expect("it was sent")).expect("text");
    let head = letter.split_once("\r\n\r\n").expect("a header").0;
    let (top, retr) = (format!("+OK\r\n{head}\r\n\r\n."), format!("+OK\r\n{}.", letter.replace("\r\n.", "\r\n..")));
    let expiring = [("CAPA", "+OK\r\nUSER\r\nTOP\r\nUIDL\r\nEXPIRE 0\r\n."), ("TOP", &top), ("RETR", &retr)];
    stage.understudy = Some(Box::new(elsewhere(&expiring)));
    watch(&mut stage);
    stage.sees("(EXPIRE 0): open it (Enter), and it is compared");
    assert!(comparisons(&stage).is_empty());
    stage.press(&["Enter", "y"]);
    assert_eq!(comparisons(&stage).len(), 1);
}

#[test]
fn nothing_is_watched_for_before_a_mail_was_sent() {
    let mut stage = Stage::demo((120, 40));
    watch(&mut stage);
    stage.sees("no mail was sent in this session yet");
    assert_eq!(sessions(&stage), 0);
}
