//! Lessons on the stage: begun, gone on with, left; wrong turns, hints, the sheet; on the sandbox and on other servers.

use std::time::Duration;

use telepost::app::faults::FaultRow;
use telepost::app::lessons::Told;
use telepost::app::{Account, Content, Effect, Message};
use telepost::connection::{Protocol, Target};
use telepost::lesson::progress::Standing;
use telepost::wire::TlsMode;

use crate::support::stage::{Stage, account, settings};

const SIZE: (u16, u16) = (120, 40);

fn learning(id: &str) -> Stage {
    let mut stage = Stage::demo(SIZE);
    stage.tell(Message::Lessons(Told::Wanted(id.to_owned())));
    stage
}

fn standing(stage: &Stage, id: &str) -> Standing {
    stage.cupboard.lessons.standing(id)
}

fn enter(stage: &mut Stage, line: &str) {
    stage.type_text(line);
    stage.press(&["Enter"]);
}

#[test]
fn the_first_lesson_moves_on_by_itself_and_offers_the_next() {
    let mut stage = Stage::demo(SIZE);
    stage.press(&["^X", "G"]);
    stage.sees("┌ Lessons");
    stage.press(&["Enter"]);
    stage.sees("Lesson 1 Send a mail");
    stage.sees("Press F5 to send it.");
    stage.press(&["F5"]);
    stage.sees("step 2/3");
    stage.sees("Done: 250: the server has the mail now");
    stage.sees("Its number: 7F3A");
    stage.press(&["^X", "2"]);
    stage.sees("step 3/3");
    stage.press(&["^X", "C"]);
    stage.sees("Done: Send a mail");
    stage.sees("3 steps, 0 hints, 0 wrong turns mended");
    stage.tell_after(Duration::from_secs(2), Message::Wake);
    stage.press(&["Enter"]);
    stage.sees("Lesson 2 Read a mail");
    assert_eq!(standing(&stage, "send"), Standing::Done);
    assert_eq!(standing(&stage, "read"), Standing::At(1, 3));
}

#[test]
fn a_key_that_was_meant_for_the_prompt_does_not_answer_the_card() {
    let mut stage = learning("send");
    stage.press(&["F5", "^X", "2", "^X", "C", "Enter", "n"]);
    stage.sees("Done: Send a mail");
}

#[test]
fn a_wrong_turn_is_explained_and_the_lesson_goes_on() {
    let mut stage = learning("ehlo");
    stage.press(&["^X", "4", "F8"]);
    stage.sees("step 2/4");
    enter(&mut stage, "hello lab.test");
    stage.sees("Not yet: ");
    stage.sees("step 2/4");
    enter(&mut stage, "EHLO lab.test");
    stage.sees("step 3/4");
    let progress = &stage.cupboard.lessons.lessons["ehlo"];
    assert!(!progress.done[1].wrong.is_empty() && progress.done[1].rows.len() >= 4, "{:?}", progress.done[1]);
}

#[test]
fn the_words_of_the_lesson_stand_before_those_for_any_refusal() {
    let mut stage = learning("ehlo");
    stage.press(&["^X", "4", "F8"]);
    enter(&mut stage, "hello lab.test");
    stage.sees("Not yet: The verb has four letters");
    enter(&mut stage, "EHLO: lab.test");
    stage.sees("Not yet: 500: the server does not know that command.");
}

#[test]
fn what_the_prompt_proposes_does_not_contradict_the_lesson() {
    let mut stage = learning("by-hand");
    stage.press(&["^X", "4", "F8"]);
    enter(&mut stage, "helo localhost");
    stage.sees(">SMTP> MAIL FROM:<ada@sandbox.test>");
    enter(&mut stage, "mail from: ada@sandbox.test");
    stage.sees(">SMTP> RCPT TO:<bob@sandbox.test>");
    for line in ["rcpt to: bob@sandbox.test", "data", "This is a test.", "."] {
        enter(&mut stage, line);
    }
    stage.sees("Try without a sender");
    stage.lacks("Tab takes it");
    stage.press(&["F8"]);
    stage.sees("type what the lesson above says");
    stage.press(&["^X", "G", "Enter", "l"]);
    stage.sees(">SMTP> QUIT");
}

#[test]
fn all_that_a_step_says_is_there_where_the_screen_is_small() {
    let mut stage = Stage::demo((80, 24));
    stage.tell(Message::Lessons(Told::Wanted("send".to_owned())));
    stage.press(&["F5"]);
    stage.sees("hold Ctrl and press x");
    stage.sees("e explains what a reply means.");
    stage.resize((40, 12));
    stage.sees("step 2/3");
    stage.sees("Every line of that conversation");
}

#[test]
fn the_list_of_lessons_offers_no_deleting_and_a_line_dropped_for_a_step_is_not_called_clean() {
    let mut stage = learning("ehlo");
    stage.press(&["^X", "4", "F8"]);
    stage.press(&["^X", "G"]);
    stage.sees("Enter:begin");
    stage.lacks("Del:delete");
    stage.press(&["Enter", "a"]);
    stage.sees("step 1/4");
    stage.sees("closed without QUIT");
    stage.lacks("closed cleanly");
}

#[test]
fn a_line_that_is_closed_too_early_is_told() {
    let mut stage = learning("ehlo");
    stage.press(&["^X", "4", "F8"]);
    enter(&mut stage, "QUIT");
    stage.sees("Not yet: The line is closed. ^X 4, F8 opens another");
    stage.press(&["F8"]);
    enter(&mut stage, "EHLO lab.test");
    stage.sees("step 3/4");
}

#[test]
fn hints_get_plainer_and_end_with_the_keys() {
    let mut stage = learning("ehlo");
    for hint in ["Hint: First ^X 4", "Hint: F8 in the prompt", "Hint: Press ^X 4, then press F8."] {
        stage.press(&["^X", "g", "h"]);
        stage.sees(hint);
    }
}

#[test]
fn an_interrupted_lesson_is_gone_on_with_where_no_old_line_is_needed() {
    let mut stage = learning("read");
    stage.press(&["^X", "3", "Enter"]);
    stage.sees("step 3/3");
    let mut later = Stage::demo(SIZE);
    later.cupboard.lessons = stage.cupboard.lessons.clone();
    later.press(&["^X", "G"]);
    later.sees("at step 3 of 3");
    later.tell(Message::Lessons(Told::Wanted("read".to_owned())));
    later.sees("Lesson 2 Read a mail");
    later.sees("step 1/3");
    later.sees("you were at step 3. Its line is gone");
}

#[test]
fn a_lesson_is_left_and_its_rows_go_back_to_the_panes() {
    let mut stage = learning("send");
    stage.press(&["^X", "G", "Enter"]);
    stage.sees("Leave it");
    stage.press(&["l"]);
    stage.lacks("step 1/3");
    stage.press(&["^X", "g", "h"]);
    stage.sees("no lesson is on");
}

#[test]
fn on_servers_of_ones_own_it_asks_first() {
    let own = Account {
        name: "work".to_owned(),
        example: None,
        smtp: Some(Target::new(Protocol::Smtp, "127.0.0.1", 2525).with_tls(TlsMode::None)),
        ..account()
    };
    let mut stage = Stage::open(SIZE, settings(Some(own)));
    stage.tell(Message::Lessons(Told::Wanted("send".to_owned())));
    stage.sees("Send a mail: on which server?");
    stage.press(&["t"]);
    stage.sees("step 1/3");
    // What the lesson says is so: a mail to oneself is ready.
    stage.sees("To       ada@sandbox.test");
    stage.sees("A mail to myself, from a lesson of telepost.");
    stage.tell(Message::Lessons(Told::Wanted("auth".to_owned())));
    stage.sees("needs a server that makes mistakes on purpose");
    stage.lacks("opensesame");
    stage.press(&["s"]);
    stage.sees("Lesson 5 AUTH");
}

#[test]
fn without_any_server_the_sandbox_is_started_for_it() {
    let mut stage = Stage::open(SIZE, settings(None));
    stage.sees("Guided tour");
    stage.press(&["g"]);
    stage.sees("┌ Lessons");
    stage.press(&["Enter"]);
    stage.sees("Lesson 1 Send a mail");
    stage.sees("using sandbox");
}

/// What the sandbox was asked to do wrong, if the stage does nothing about it: answered as a sandbox that does it.
fn do_wrong(stage: &mut Stage) {
    while let Some(at) = stage.others.iter().position(|effect| matches!(effect, Effect::Faults(Some(_)))) {
        let Effect::Faults(Some(names)) = stage.others.remove(at) else { return };
        let row = |name: &'static str| FaultRow { name, summary: "", on: names.iter().any(|wanted| wanted == name) };
        stage.tell(Message::Faults(Ok(vec![row("oversize"), row("service-421")])));
    }
}

#[test]
fn faults_are_made_for_the_step_that_wants_them_without_a_list_of_them() {
    let mut stage = learning("break-it");
    stage.press(&["^X", "4", "F8"]);
    for line in ["EHLO lab.test", "MAIL FROM:<ada@sandbox.test>", "RCPT TO:<grace@example.org>"] {
        enter(&mut stage, line);
    }
    stage.sees("step 3/5");
    enter(&mut stage, "RCPT TO:<greylist@sandbox.test>");
    do_wrong(&mut stage);
    stage.sees("step 4/5");
    stage.sees("SIZE=5000");
    stage.lacks("┌ Faults");
    stage.press(&["^X", "G", "Enter", "l"]);
    do_wrong(&mut stage);
    stage.lacks("step 4/5");
}

#[test]
fn a_step_whose_fault_the_server_cannot_do_is_left_out_and_the_sheet_says_so() {
    let mut stage = learning("break-it");
    stage.press(&["^X", "4", "F8"]);
    for line in ["EHLO lab.test", "MAIL FROM:<ada@sandbox.test>", "RCPT TO:<grace@example.org>"] {
        enter(&mut stage, line);
    }
    enter(&mut stage, "RCPT TO:<greylist@sandbox.test>");
    if stage.others.iter().any(|effect| matches!(effect, Effect::Faults(Some(_)))) {
        stage.tell(Message::Faults(Err("there is no sandbox".to_owned())));
        let left_out = &stage.cupboard.lessons.lessons["break-it"].done[3].skipped;
        assert!(left_out.as_deref().is_some_and(|why| why.contains("cannot make that mistake")), "{left_out:?}");
    }
}

#[test]
fn the_sheet_tells_what_was_done_and_proves_it() {
    let mut stage = learning("send");
    stage.press(&["^X", "g", "h", "F5", "^X", "g", "r"]);
    stage.sees("Write the result sheet to");
    stage.press(&["Enter"]);
    let sheet = stage.others.iter().rev().find_map(|effect| match effect {
        Effect::Write { path, content: Content::Bytes(bytes) } => Some((path.clone(), String::from_utf8_lossy(bytes))),
        _ => None,
    });
    let (path, sheet) = sheet.expect("a file is written");
    assert_eq!(path.to_string_lossy(), "lessons-2026-11-22.md");
    for part in ["## Send a mail", "- State: at step 2 of 3", "hints: 1", "    -> DATA", "    <- 250 2.0.0", "Press F5"]
    {
        assert!(sheet.contains(part), "{part}\n{sheet}");
    }
    assert!(!sheet.contains("opensesame"), "{sheet}");
}
