//! The compose pane before a mail leaves: its exact bytes, the second look, options and faults on purpose.

use crate::demo;
use crate::support::actor::Actor;
use crate::support::stage::{Stage, account, recovered, settings};
use telepost::app::{Account, Effect, Message};

/// The form without an example, the caret in To.
fn blank() -> Stage {
    Stage::open((120, 40), settings(Some(Account { example: None, ..account() })))
}

/// The sandbox's example with another subject and text.
fn with(subject: &str, text: &str) -> Stage {
    let mut stage = blank();
    stage.type_text("bob@sandbox.test");
    stage.press(&["Down", "Down", "Down"]);
    stage.type_text(subject);
    stage.press(&["Down"]);
    stage.paste(text);
    stage
}

/// In the tab with this title.
fn in_tab(mut stage: Stage, title: &str) -> Stage {
    for _ in 0..6 {
        if stage.screen().contains(&format!("[{title}")) {
            return stage;
        }
        stage.press(&["^X", "]"]);
    }
    panic!("no tab {title}:\n{}", stage.screen());
}

/// Moves down to the switch with this name and uses it.
fn flip(stage: &mut Stage, name: &str) {
    stage.press(&["Home"]);
    for _ in 0..40 {
        if under_cursor(stage).contains(name) {
            stage.press(&["Space"]);
            return;
        }
        stage.press(&["Down"]);
    }
    panic!("no switch {name}:\n{}", stage.screen());
}

/// The row that is drawn as the selected one.
fn under_cursor(stage: &Stage) -> String {
    let theme = telepost::theme::Theme::new(telepost::theme::Name::Terminal, false);
    let buffer = stage.buffer();
    let selected = |cell: &&ratatui::buffer::Cell| {
        cell.modifier.contains(theme.selected.add_modifier) && theme.selected.bg.is_none_or(|bg| cell.bg == bg)
    };
    buffer.content().iter().filter(selected).map(ratatui::buffer::Cell::symbol).collect()
}

#[test]
fn a_mail_with_nothing_to_say_of_goes_at_once() {
    let mut stage = demo();
    stage.press(&["F5"]);
    stage.lacks("Send it like this?");
    stage.sees("queued as");
}

#[test]
fn what_is_rarely_meant_is_asked_about_once_until_the_form_changes() {
    let mut stage = with("", "Hello there, see the attached file\n");
    stage.press(&["F5"]);
    for seen in ["Send it like this?", "no subject", "RFC 5322 3.6.5", "speaks of an attachment"] {
        stage.sees(seen);
    }
    stage.press(&["Enter"]);
    stage.lacks("Send it like this?");
    stage.lacks("queued as");
    stage.press(&["F5", "s"]);
    stage.sees("queued as");
    stage.press(&["F5", "y"]);
    stage.lacks("Send it like this?");
    stage.press(&["^X", "1", "Enter"]);
    stage.type_text("more");
    stage.press(&["F5"]);
    stage.sees("Send it like this?");
}

#[test]
fn escape_sends_nothing_and_the_question_comes_again() {
    let mut stage = with("", "Hello");
    let before = stage.letters(1).len();
    stage.press(&["F5", "Esc"]);
    assert_eq!(stage.letters(1).len(), before);
    stage.press(&["F5"]);
    stage.sees("Send it like this?");
}

#[test]
fn a_key_mends_what_can_be_mended_and_the_mail_can_go() {
    let mut stage = with("", "Hello, Bob\nand more\n");
    stage.press(&["F5", "m"]);
    stage.sees("mended: make the first line of the text the subject");
    stage.sees("Subject  Hello, Bob");
    let before = stage.letters(1).len();
    stage.press(&["F5"]);
    assert_eq!(stage.letters(1).len(), before + 1);
}

#[test]
fn an_envelope_unlike_the_header_is_asked_about_and_put_right() {
    let mut stage = in_tab(demo(), "Envelope");
    stage.type_text("eve@sandbox.test");
    stage.press(&["Down"]);
    stage.type_text("ada@sandbox.test");
    stage.press(&["F5"]);
    for seen in ["RCPT TO has ada@sandbox.test", "names bob@sandbox.test", "MAIL FROM is eve@sandbox.test"] {
        stage.sees(seen);
    }
    stage.press(&["m"]);
    stage.lacks("OVERRIDDEN");
    stage.press(&["F5"]);
    stage.sees("-> RCPT TO:<bob@sandbox.test>");
    stage.sees("-> MAIL FROM:<ada@sandbox.test>");
}

#[test]
fn a_mail_over_the_servers_size_is_asked_about_when_the_size_is_known() {
    let mut stage = demo();
    stage.understudy = Some(Actor::playing(
        "220 mx.example.test ESMTP",
        &[("EHLO lab.test", "250-mx.example.test\r\n250 SIZE 100"), ("QUIT", "221 bye")],
    ));
    stage.press(&["F5"]);
    stage.sees("refused");
    stage.press(&["^X", "w"]);
    stage.sees("most 100 (SIZE, RFC 1870)");
    stage.press(&["F5"]);
    stage.sees("Send it like this?");
    stage.sees("RFC 1870 6.1");
}

#[test]
fn the_wire_tab_mends_with_one_key_what_it_warns_of() {
    let mut stage = blank();
    stage.type_text("bob@sandbox.test");
    stage.press(&["^X", "]"]);
    stage.type_text("Bcc: ada@sandbox.test");
    stage.press(&["^X", "w"]);
    stage.sees("Extra header: Bcc as a header shows it");
    stage.sees("! Bcc in the header");
    stage.sees("[m]");
    stage.press(&["m"]);
    stage.sees("Bcc      ada@sandbox.test");
    stage.sees("RCPT TO:<ada@sandbox.test>\\r\\n  <- from Bcc");
    stage.lacks("Bcc in the header");
}

#[test]
fn the_preview_follows_the_form_while_it_is_open() {
    let mut stage = demo();
    stage.press(&["^X", "w", "^X", "z"]);
    stage.sees("Subject: Hello\\r\\n");
    stage.sees("server not asked yet");
    stage.press(&["Up"]);
    stage.type_text("!");
    stage.sees("[Wire]");
    stage.sees("Subject: Hello!\\r\\n");
    stage.press(&["F5"]);
    stage.sees("320 of 33,554,432 octets, 7 bit");
}

#[test]
fn a_preview_that_is_late_is_not_shown() {
    let mut stage = demo();
    let viewing = |effects: Vec<Effect>| {
        let found = effects.into_iter().find_map(|effect| match effect {
            Effect::Preview(viewing) => Some(viewing),
            _ => None,
        });
        found.expect("a preview is asked for")
    };
    let now = stage.now();
    let mut press = |key: char| {
        let event = crossterm::event::KeyEvent::new(
            crossterm::event::KeyCode::Char(key),
            if key == 'x' { crossterm::event::KeyModifiers::CONTROL } else { crossterm::event::KeyModifiers::NONE },
        );
        stage.app.update(Message::Event(crossterm::event::Event::Key(event)), now.clone())
    };
    press('x');
    let first = viewing(press('w'));
    press('w');
    press('x');
    let second = viewing(press('w'));
    let (old, new) = (first.serial, second.serial);
    stage.tell(Message::Previewed(old, first.make()));
    stage.sees("being made anew");
    stage.lacks("MAIL FROM:");
    stage.tell(Message::Previewed(new, second.make()));
    stage.lacks("being made anew");
    stage.sees("MAIL FROM:<ada@sandbox.test>");
}

#[test]
fn a_file_that_goes_along_is_in_the_preview_and_one_that_is_gone_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, b"%PDF-1.7 nothing in it").unwrap();
    let file = telepost::mail::Attachment::from_path(path.clone());
    let draft = telepost::mail::Draft {
        from: "ada@sandbox.test".to_owned(),
        to: "bob@sandbox.test".to_owned(),
        subject: "The report".to_owned(),
        body: "It is attached.".to_owned(),
        attachments: vec![file],
        ..telepost::mail::Draft::default()
    };
    let recovered = Some(recovered(draft));
    let mut stage = Stage::open((200, 60), telepost::app::Settings { recovered, ..settings(Some(account())) });
    stage.press(&["Enter", "^X", "w", "^X", "z"]);
    stage.sees("JVBERi0xLjcgbm90aGluZyBpbiBpdA==\\r\\n");
    stage.lacks("speaks of an attachment");
    std::fs::remove_file(path).unwrap();
    stage.press(&["^X", "w", "^X", "w"]);
    stage.lacks("JVBERi0");
    stage.sees("Attachment: ");
}

#[test]
fn what_was_looked_at_is_what_goes() {
    let mut stage = demo();
    stage.press(&["^X", "w", "^X", "z"]);
    let screen = stage.screen();
    let id = screen.split("Message-ID: ").nth(1).and_then(|rest| rest.split("\\r").next()).expect("it is shown");
    let id = id.to_owned();
    stage.press(&["F5"]);
    let letter = String::from_utf8(stage.letters(1).pop().unwrap()).unwrap();
    assert!(letter.contains(&format!("Message-ID: {id}\r\n")), "{letter}");
}

#[test]
fn options_are_switched_and_typed_and_explained() {
    let mut stage = in_tab(demo(), "Options");
    stage.sees("multipart/alternative");
    flip(&mut stage, "DSN: on success");
    stage.sees("[x] DSN: on success");
    flip(&mut stage, "DELIVERBY");
    stage.type_text("soon");
    stage.press(&["Enter"]);
    stage.sees("for example 3600;R");
    stage.press(&["^U"]);
    stage.type_text("120;r");
    stage.press(&["Enter"]);
    stage.sees("[x] DELIVERBY: 120;R");
    stage.press(&["Home"]);
    stage.click("[ ] Markdown");
    stage.sees("[x] Markdown");
}

#[test]
fn what_is_asked_of_a_server_that_does_not_announce_it_is_asked_about_and_forgone() {
    let mut stage = demo();
    stage.press(&["F5"]);
    stage.press(&["^X", "1"]);
    let mut stage = in_tab(stage, "Options");
    flip(&mut stage, "DELIVERBY");
    stage.type_text("120;R");
    stage.press(&["Enter"]);
    flip(&mut stage, "REQUIRETLS");
    stage.press(&["^X", "w"]);
    stage.lacks("DELIVERBY is asked for");
    stage.sees("REQUIRETLS is asked for");
    stage.press(&["m"]);
    stage.lacks("REQUIRETLS is asked for");
}

#[test]
fn faults_are_shown_wherever_the_mail_is_and_are_off_in_the_next() {
    let mut stage = in_tab(demo(), "Faults");
    flip(&mut stage, "No Date");
    flip(&mut stage, "Over SIZE");
    stage.sees("[Faults 2]");
    stage.sees("1 Compose * 2 FAULTS");
    stage.sees("2 FAULTS ON PURPOSE");
    stage.press(&["^X", "w"]);
    stage.sees("! no Date: on purpose");
    stage.press(&["F5"]);
    stage.lacks("Send it like this?");
    stage.sees("with 2 faults on purpose");
    stage.press(&["^X", "N"]);
    stage.lacks("FAULT");
    stage.lacks("Faults 2");
}

#[test]
fn faults_are_kept_with_the_draft_and_all_go_off_at_once() {
    let mut stage = in_tab(demo(), "Faults");
    flip(&mut stage, "Bare LF");
    flip(&mut stage, "Drop the line in the body");
    stage.tell_after(std::time::Duration::from_secs(3), Message::Wake);
    let recovered = Some(stage.cupboard.left_open().expect("the draft is saved"));
    let mut later = Stage::open((120, 40), telepost::app::Settings { recovered, ..settings(Some(account())) });
    later.press(&["Enter"]);
    later.sees("2 FAULTS ON PURPOSE");
    let mut later = in_tab(later, "Faults");
    flip(&mut later, "All off");
    later.lacks("FAULTS ON PURPOSE");
}

#[test]
fn every_tab_has_its_title_on_a_small_screen_and_the_mouse_finds_it() {
    for size in [(80, 24), (120, 40)] {
        for title in ["Hdrs", "Env", "Opt", "Wire", "Faults"] {
            let mut stage = Stage::open(size, settings(Some(account())));
            if size.0 == 120 && title != "Wire" && title != "Faults" {
                continue;
            }
            stage.click(&format!(" {title} "));
            stage.sees(&format!("[{title}]"));
        }
    }
}
