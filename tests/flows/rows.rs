//! What is done with rows of the transcript: marks, octets, folds, selections, jumps, the waterfall, long searches.

use std::time::Duration;

use crossterm::event::{MouseButton, MouseEventKind};
use telepost::app::{Content, Effect, Message};
use telepost::connection::Report;
use telepost::transcript::{Direction, Record};
use telepost::wire::{ChunkKind, Side};

use crate::demo;
use crate::support::stage::Stage;

/// A mail was sent and the transcript has the whole screen.
fn talked(size: (u16, u16)) -> Stage {
    let mut stage = Stage::demo(size);
    stage.press(&["F5", "2", "z"]);
    stage
}

/// Puts the cursor on the last row with these words.
fn go_to(stage: &mut Stage, words: &str) {
    stage.press(&["G", "/", "^U"]);
    stage.type_text(words);
    stage.press(&["Enter"]);
}

fn copied(stage: &Stage) -> &str {
    let copy = |effect: &Effect| if let Effect::Copy(text) = effect { Some(text.clone()) } else { None };
    let at = stage.others.iter().rposition(|effect| copy(effect).is_some()).expect("something was copied");
    match &stage.others[at] {
        Effect::Copy(text) => text,
        _ => unreachable!("it was looked for"),
    }
}

fn line_with<'a>(screen: &'a str, words: &str) -> &'a str {
    screen
        .lines()
        .find(|line| line.contains(words))
        .unwrap_or_else(|| panic!("{words:?} is not on the screen:\n{screen}"))
}

#[test]
fn marks_stand_beside_the_cursor_and_notes_behind_their_row_whatever_is_filtered() {
    let mut stage = talked((120, 40));
    go_to(&mut stage, "cmd:RCPT dir:out");
    stage.press(&["a"]);
    stage.type_text("only \u{1b}[31mBob");
    stage.press(&["Enter", "Up", "m"]);
    let screen = stage.screen();
    assert!(line_with(&screen, "-> RCPT TO").contains("*\"") && screen.contains("\"only ␛[31mBob\""), "{screen}");
    assert!(screen.lines().any(|line| line.contains("│>' ")), "the cursor hides no bookmark\n{screen}");
    stage.press(&["&", "'"]);
    assert!(line_with(&stage.screen(), "-> RCPT TO").contains(">\""), "{}", stage.screen());
    stage.press(&["&", "'"]);
    assert!(stage.screen().lines().any(|line| line.contains("│>' ")), "{}", stage.screen());
    stage.press(&["m"]);
    stage.lacks("│>' ");
    go_to(&mut stage, "note:bob");
    stage.press(&["m"]);
    stage.sees("the row has a note, which marks it too");
    stage.press(&["a", "^U", "Enter"]);
    stage.lacks("only ␛");
    stage.press(&["'"]);
    stage.sees("no row is marked");
}

#[test]
fn a_note_is_for_the_row_it_was_asked_about_though_others_came_meanwhile() {
    let mut stage = talked((120, 40));
    stage.press(&["a"]);
    stage.type_text("the last word");
    stage.tell(Message::Report(Report::Record(record(900, "250 later\r\n"))));
    stage.press(&["Enter"]);
    let screen = stage.screen();
    assert!(line_with(&screen, "the last word").contains("queued as"), "{screen}");
}

fn record(number: u64, line: &str) -> Record {
    Record {
        number,
        side: Side::Smtp,
        link: 1,
        at: Duration::from_secs(9),
        lapse: None,
        direction: Direction::Received,
        kind: ChunkKind::Reply { first: true, last: true },
        expected: true,
        tls: false,
        bytes: line.as_bytes().to_vec(),
        tally: None,
    }
}

#[test]
fn the_footer_names_what_can_be_done_with_a_row_and_in_the_prompt() {
    let mut stage = talked((120, 40));
    let footer = |stage: &Stage| stage.screen().lines().last().unwrap_or_default().to_owned();
    let shown = footer(&stage);
    for hint in ["/:filter", "e:explain", "b:bytes", "m:bookmark", "a:note", "V:select", "W:waterfall"] {
        assert!(shown.contains(hint), "{hint}: {shown}");
    }
    stage.press(&["/"]);
    stage.sees("cmd:RCPT tls:no lapse>500 note:yes");
    stage.press(&["Esc", "^X", "4"]);
    let shown = footer(&stage);
    assert!(["Tab:complete", "F8:next cmd", "F7:step mode"].iter().all(|hint| shown.contains(hint)), "{shown}");
    stage.click("Tab:complete");
    assert_eq!(footer(&stage), shown, "it leaves all as it is");
}

#[test]
fn the_octets_follow_the_cursor_and_are_paged_at_every_size() {
    for size in [(60, 18), (80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::demo(size);
        stage.press(&["F5", "2"]);
        go_to(&mut stage, "kind:body");
        stage.press(&["b"]);
        stage.sees("00000 44 61");
        assert!(
            stage.screen().lines().any(|line| line.contains("│>") && !line.contains("Transcript")),
            "the row is in view"
        );
        stage.sees("00000 ");
        stage.press(&["PageDown", "PageDown", "PageDown", "PageDown", "PageDown", "PageDown"]);
        stage.lacks("00000 ");
        stage.press(&["Up"]);
        stage.sees("00000 33 35");
        stage.press(&["Esc"]);
        stage.lacks("00000 ");
        stage.sees(">2 Transcript");
    }
}

#[test]
fn a_password_is_masked_in_the_octets_too() {
    let mut stage = demo();
    stage.press(&["^X", "3", "2"]);
    go_to(&mut stage, "\"****(152\"");
    stage.press(&["b", "z"]);
    stage.sees("2a 2a 2a 2a");
    stage.lacks("opensesame");
}

#[test]
fn the_row_leads_to_its_field_and_the_field_back_to_its_row() {
    let mut stage = demo();
    stage.press(&["F5", "2"]);
    for (words, shown) in [("cmd:MAIL dir:in", "Ada Lovelace"), ("cmd:RCPT dir:out", "bob@sandbox.test")] {
        stage.press(&["2"]);
        go_to(&mut stage, words);
        stage.press(&["v"]);
        stage.sees(">1 Compose");
        stage.type_text("#");
        stage.sees("#");
        let screen = stage.screen();
        assert!(screen.lines().any(|line| line.contains('#') && line.contains(shown)), "{shown}\n{screen}");
        stage.press(&["Backspace", "^X", "g", "v"]);
        stage.sees(">2 Transcript");
    }
    assert!(line_with(&stage.screen(), "-> RCPT TO").contains("│>"), "{}", stage.screen());
    go_to(&mut stage, "cmd:EHLO dir:in");
    stage.press(&["v"]);
    stage.sees("┌ Connect");
    stage.press(&["Esc"]);
    go_to(&mut stage, "cmd:RCPT dir:out");
    stage.press(&["^X", "1", "End", "^U", "^X", "2", "v"]);
    stage.sees("bob@sandbox.test stands in no field of the form now");
}

#[test]
fn a_line_of_the_mail_leads_to_the_line_of_the_body() {
    let mut stage = talked((120, 40));
    go_to(&mut stage, "kind:body");
    stage.press(&["Enter"]);
    stage.press(&["Down"; 12]);
    assert!(line_with(&stage.screen(), "| ..a line").contains('>'), "{}", stage.screen());
    stage.press(&["v"]);
    stage.type_text("#");
    stage.sees("#.a line that starts with a dot");
    stage.press(&["^X", "2", "Up", "Up", "Up", "Up", "Up", "Up", "Up", "Up", "v"]);
    stage.type_text("#");
    assert!(stage.screen().lines().any(|line| line.contains("Subject") && line.contains('#')), "{}", stage.screen());
}

#[test]
fn a_pop3_row_leads_to_its_message_in_this_session_only() {
    let mut stage = demo();
    stage.press(&["^X", "3", "Enter", "Esc", "2"]);
    go_to(&mut stage, "cmd:RETR dir:out");
    stage.press(&["v"]);
    stage.sees(">3 Mailbox");
    stage.sees("│> 3 ");
    stage.press(&["^X", "g", "v"]);
    stage.sees(">2 Transcript");
    assert!(line_with(&stage.screen(), "-> RETR 3").contains("│>"), "{}", stage.screen());
    stage.press(&["3", "r", "2"]);
    go_to(&mut stage, "cmd:RETR dir:out");
    stage.press(&["v"]);
    stage.sees("that was another POP3 session");
}

#[test]
fn an_exchange_and_a_selection_are_copied_as_they_are_exported() {
    let mut stage = talked((120, 40));
    go_to(&mut stage, "cmd:RCPT dir:in");
    stage.press(&["X"]);
    let text = copied(&stage).to_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() == 2 && lines[0].contains(" -> RCPT TO:<bob@sandbox.test>"), "{text}");
    assert!(lines[1].contains("<-  250 ") && lines[0].trim_start().starts_with('+'), "{text}");
    stage.press(&["V", "Up", "Up"]);
    stage.sees("3 selected");
    stage.press(&["y"]);
    assert_eq!(copied(&stage).lines().count(), 3);
    stage.lacks("selected");
    stage.press(&["V", "Down", "Esc"]);
    stage.lacks("2 selected");
}

#[test]
fn the_mouse_selects_rows_of_the_pane_and_copies_them_when_it_lets_go() {
    let mut stage = talked((120, 40));
    let screen = stage.screen();
    let row = |words: &str| screen.lines().position(|line| line.contains(words)).expect("it is there") as u16;
    let (from, to) = (row("-> EHLO"), row("-> MAIL FROM"));
    stage.mouse(MouseEventKind::Down(MouseButton::Left), 30, from);
    stage.mouse(MouseEventKind::Drag(MouseButton::Left), 90, to);
    stage.mouse(MouseEventKind::Up(MouseButton::Left), 90, to);
    let text = copied(&stage);
    assert!(text.lines().next().is_some_and(|line| line.contains("-> EHLO lab.test")), "{text}");
    assert!(text.ends_with("MAIL FROM:<ada@sandbox.test> SIZE=319") && !text.contains('│'), "{text}");
    let copies = stage.others.len();
    stage.mouse(MouseEventKind::Up(MouseButton::Left), 90, to);
    assert_eq!(stage.others.len(), copies, "once");
}

#[test]
fn the_waterfall_tells_every_connection_and_can_be_copied() {
    let mut stage = demo();
    stage.press(&["F5", "3", "2", "W"]);
    stage.sees("SMTP connection 1");
    stage.sees("greeting");
    stage.press(&["y"]);
    let text = copied(&stage);
    assert!(text.contains("SMTP connection 1: ") && text.contains("POP3 connection 2: "), "{text}");
    assert!(text.contains("RCPT ") && text.contains(" slowest"), "{text}");
}

#[test]
fn a_search_through_many_rows_lets_keys_through_and_any_of_them_ends_it() {
    let mut stage = demo();
    for number in 0..120_000 {
        let message = Message::Report(Report::Record(record(number, "250 ok\r\n")));
        stage.app.update(message, stage.now());
    }
    stage.press(&["^X", "2", "z"]);
    go_to(&mut stage, "absent");
    stage.sees("searching ");
    assert_eq!(stage.app.wake_at(), Some(stage.now().instant), "it goes on by itself");
    stage.press(&["Esc"]);
    stage.lacks("searching ");
    stage.sees("the search was stopped");
    stage.press(&["n"]);
    let mut wakes = 0;
    while stage.screen().contains("searching ") {
        stage.tell(Message::Wake);
        wakes += 1;
    }
    assert!((2..40).contains(&wakes), "{wakes}");
    stage.sees("no match");
    stage.press(&["&"]);
    stage.sees("filtering ");
    while stage.screen().contains("filtering ") {
        stage.tell(Message::Wake);
    }
    stage.sees("No row matches");
    assert_eq!(stage.app.wake_at().filter(|at| *at <= stage.now().instant), None, "nothing is left to do");
}

#[test]
fn an_export_takes_every_ending_that_it_names() {
    for name in ["a.txt", "a.jsonl", "a.md", "a.html", "a.eml"] {
        let mut stage = talked((120, 40));
        stage.press(&["x", "^U"]);
        stage.type_text(name);
        stage.press(&["Enter"]);
        let written = |effect: &Effect| matches!(effect, Effect::Write { path, content: Content::Transcript } if path.ends_with(name));
        assert!(stage.others.iter().any(written), "{name}\n{}", stage.screen());
    }
}

#[test]
fn the_mail_of_a_session_comes_out_as_it_was_received() {
    use telepost::transcript::export::{Format, Header, write};
    let stage = talked((120, 40));
    let started = "2026-11-22T11:42:07Z".parse().expect("a date");
    let header = Header { version: String::new(), started, endpoints: Vec::new(), notes: Vec::new() };
    let mut mail = Vec::new();
    write(stage.app.transcript(), Format::Mail, &mut mail, &header).expect("the mail is whole");
    let letter = stage.letters(1).pop().expect("it arrived");
    let (mail, letter) = (String::from_utf8(mail).expect("it is text"), String::from_utf8(letter).expect("text"));
    assert!(letter.ends_with(&mail) && mail.contains("\r\n.a line that starts with a dot\r\n"), "{mail}");
}

#[test]
fn the_clock_has_its_zone_and_steps_say_that_they_are_steps() {
    let mut stage = talked((120, 40));
    stage.press(&["t"]);
    stage.sees("time:step");
    stage.press(&["t"]);
    stage.sees("time:UTC");
    stage.press(&["t"]);
    stage.lacks("time:");
}

#[test]
fn all_bodies_are_unfolded_at_once() {
    let mut stage = demo();
    stage.press(&["F5", "^X", "N", "F5", "2", "z"]);
    go_to(&mut stage, "kind:body");
    stage.press(&["F"]);
    stage.sees("bodies are unfolded, also those to come");
    stage.press(&["F"]);
    stage.sees("bodies are folded");
}
