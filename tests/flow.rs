//! Messages in, effects out: the workbench's ways through a day, without a terminal.

mod support {
    pub mod stage;
}

use std::time::Duration;

use crossterm::event::MouseEventKind;
use support::stage::{Stage, settings};
use telepost::app::{Effect, Message};
use telepost::wire::Side;

fn demo() -> Stage {
    Stage::demo((120, 40))
}

fn quits(stage: &Stage) -> bool {
    stage.others.iter().any(|effect| matches!(effect, Effect::Quit))
}

#[test]
fn a_newcomer_sends_reads_and_deletes_with_four_keys() {
    let mut stage = demo();
    stage.press(&["F5"]);
    stage.sees("queued as 7F3A");
    stage.sees("press 3 to read it");
    stage.press(&["3"]);
    stage.sees("Hello");
    stage.press(&["Enter"]);
    stage.sees(".a line that starts with a dot");
    stage.press(&["d"]);
    stage.sees("1 marked");
    stage.press(&["Q"]);
    stage.sees("the server deleted 1 message");
}

#[test]
fn the_first_run_card_starts_the_sandbox_with_enter() {
    let mut stage = Stage::open((80, 24), settings(None));
    stage.sees("Start the sandbox");
    stage.press(&["Enter", "F5"]);
    stage.sees("queued as");
}

#[test]
fn one_octet_stands_on_the_wire_for_each_the_form_holds() {
    let mut stage = demo();
    let before = stage.letters(1).len();
    stage.press(&["F5"]);
    let letters = stage.letters(1);
    assert_eq!(letters.len(), before + 1);
    let text = String::from_utf8(letters.last().unwrap().clone()).unwrap();
    assert!(text.ends_with("Hi Bob,\r\n\r\n.a line that starts with a dot\r\n\r\nAda\r\n"), "{text}");
    assert!(text.contains("Subject: Hello\r\n"), "{text}");
}

#[test]
fn bcc_is_a_recipient_without_a_header() {
    let mut stage = demo();
    for _ in 0..3 {
        stage.press(&["Shift-Tab"]);
    }
    // From the body up: Subject, Bcc, Cc; one down again is Bcc.
    stage.press(&["Tab"]);
    stage.type_text("ada@sandbox.test");
    stage.sees("(envelope only)");
    let before = stage.letters(0).len();
    stage.press(&["F5"]);
    let letters = stage.letters(0);
    assert_eq!(letters.len(), before + 1);
    assert!(!String::from_utf8_lossy(letters.last().unwrap()).contains("Bcc"));
}

#[test]
fn a_second_mail_goes_over_the_same_connection_with_its_own_mail_command() {
    let mut stage = demo();
    stage.press(&["F5", "^X", "N", "F5"]);
    let screen = stage.screen();
    assert_eq!(screen.matches("MAIL FROM:<ada@sandbox.test>").count(), 3, "two in the transcript, one ghost\n{screen}");
    assert_eq!(screen.matches("EHLO lab.test").count(), 1, "{screen}");
}

#[test]
fn an_unknown_recipient_is_named_explained_and_the_draft_is_kept() {
    let mut stage = demo();
    for _ in 0..4 {
        stage.press(&["Shift-Tab"]);
    }
    stage.press(&["End"]);
    stage.type_text(", nobody@sandbox.test");
    stage.press(&["F5"]);
    stage.sees("PERM");
    stage.sees("for 1 of 2 recipients only");
    stage.sees("REFUSED");
    stage.press(&["^X", "i"]);
    stage.sees("The SMTP server said:");
    assert!(stage.others.iter().any(|effect| matches!(effect, Effect::SaveDraft(_))));
}

#[test]
fn a_bad_address_is_said_before_anything_is_sent() {
    let mut stage = demo();
    for _ in 0..4 {
        stage.press(&["Shift-Tab"]);
    }
    stage.press(&["End"]);
    stage.type_text(", carol");
    stage.press(&["F5"]);
    stage.sees("not sent");
    stage.sees("Nothing was said yet");
}

#[test]
fn the_mailbox_lists_newest_first_and_asks_headers_of_visible_rows_only() {
    let mut stage = Stage::demo((80, 24));
    stage.press(&["^X", "3"]);
    stage.sees("Welcome to your own mail");
    let screen = stage.screen();
    assert!(screen.contains("3 msgs"), "{screen}");
}

#[test]
fn undo_takes_one_mark_back_and_keeps_the_others() {
    let mut stage = demo();
    stage.press(&["^X", "3", "d", "d"]);
    stage.sees("2 marked");
    stage.press(&["Up", "u"]);
    stage.sees("1 marked");
    stage.press(&["U"]);
    stage.lacks("1 marked:");
}

#[test]
fn leaving_with_marks_asks_and_the_safe_answer_keeps_everything() {
    let mut stage = demo();
    stage.press(&["^X", "3", "d", "q"]);
    stage.sees("Leave? 1 message is marked");
    stage.press(&["Enter"]);
    assert!(!quits(&stage), "Stay is the default");
    stage.press(&["q", "r"]);
    assert!(quits(&stage));
    assert_eq!(stage.letters(1).len(), 3, "RSET kept all");
}

#[test]
fn leaving_by_quit_deletes_what_is_marked_and_says_so() {
    let mut stage = demo();
    stage.press(&["^X", "3", "d", "q", "q"]);
    assert!(quits(&stage));
    assert_eq!(stage.letters(1).len(), 2);
    assert!(stage.app.farewell().iter().any(|line| line.contains("deleted 1 message")), "{:?}", stage.app.farewell());
}

#[test]
fn leaving_by_dropping_the_line_deletes_nothing() {
    let mut stage = demo();
    stage.press(&["^X", "3", "d", "q", "x"]);
    assert!(quits(&stage));
    assert_eq!(stage.letters(1).len(), 3);
    assert!(stage.app.farewell().iter().any(|line| line.contains("nothing deleted")), "{:?}", stage.app.farewell());
}

#[test]
fn being_told_to_end_saves_the_draft_and_deletes_nothing() {
    let mut stage = demo();
    stage.type_text("x");
    stage.press(&["^X", "3", "d"]);
    stage.tell(Message::Terminate);
    assert!(quits(&stage));
    assert!(stage.others.iter().any(|effect| matches!(effect, Effect::SaveDraft(text) if text.contains("xHi Bob"))));
    assert_eq!(stage.letters(1).len(), 3);
}

#[test]
fn a_lost_line_says_that_nothing_was_deleted() {
    let mut stage = demo();
    stage.press(&["^X", "3", "d"]);
    stage.cut(Side::Pop3);
    stage.sees("marks dropped");
}

#[test]
fn typed_lines_go_out_as_typed_and_move_the_state() {
    let mut stage = demo();
    stage.press(&["^X", "4"]);
    stage.press(&["F8"]);
    stage.sees("HELO?");
    for (line, said) in [
        ("helo lab.test", "helo lab.test"),
        ("mail from: ada@sandbox.test", "mail from: ada@sandbox.test"),
        ("rcpt to: bob@sandbox.test", "rcpt to: bob@sandbox.test"),
        ("data", "354"),
        ("Subject: by hand", "Subject: by hand"),
        ("", "> "),
        ("Hello", "| Hello"),
        (".", "queued as"),
        ("quit", "221"),
    ] {
        stage.type_text(line);
        stage.press(&["Enter"]);
        stage.sees(said);
    }
    stage.sees("closed cleanly");
    assert!(String::from_utf8_lossy(stage.letters(1).last().unwrap()).contains("Subject: by hand\r\n\r\nHello\r\n"));
}

#[test]
fn backspace_edits_the_line_and_never_reaches_the_server() {
    let mut stage = demo();
    stage.press(&["^X", "4", "F8"]);
    stage.type_text("helpo");
    stage.press(&["Backspace", "Backspace"]);
    stage.type_text("o lab");
    stage.press(&["Enter"]);
    stage.sees("-> helo lab");
}

#[test]
fn a_misspelt_verb_is_flagged_and_can_be_sent() {
    let mut stage = demo();
    stage.press(&["^X", "4", "F8"]);
    stage.type_text("hello lab.test");
    stage.sees("HELO");
    stage.press(&["Enter"]);
    stage.sees("500");
}

#[test]
fn a_password_typed_in_the_prompt_is_never_shown() {
    let mut stage = demo();
    stage.press(&["^X", "4", "^X", "O", "F8"]);
    stage.type_text("user bob");
    stage.press(&["Enter"]);
    stage.type_text("pass sandbox1");
    stage.lacks("sandbox1");
    stage.press(&["Enter"]);
    stage.lacks("sandbox1");
    stage.sees("****(8 B)");
    stage.press(&["Up"]);
    stage.lacks("sandbox1");
}

#[test]
fn without_permission_no_password_goes_over_a_plain_line() {
    let mut account = support::stage::account();
    account.allow_plain_auth = false;
    let mut stage = Stage::open((120, 40), settings(Some(account)));
    stage.press(&["^X", "3"]);
    stage.sees("Password over a line without TLS?");
    stage.press(&["Enter"]);
    stage.lacks("USER bob");
    stage.press(&["r", "y"]);
    stage.sees("3 msgs");
}

#[test]
fn pasted_lines_do_not_go_to_the_server_unasked() {
    let mut stage = demo();
    stage.press(&["^X", "4", "F8"]);
    stage.paste("HELO a\nNOOP\nRSET\n");
    stage.sees("3 lines were pasted");
    stage.lacks("-> NOOP");
    stage.press(&["o"]);
    stage.sees("-> NOOP");
    stage.sees("-> RSET");
}

#[test]
fn the_draft_is_saved_a_second_after_the_last_key() {
    let mut stage = demo();
    stage.type_text("x");
    assert!(stage.app.wake_at().is_some());
    stage.tell_after(Duration::from_millis(1_100), Message::Wake);
    assert!(stage.others.iter().any(|effect| matches!(effect, Effect::SaveDraft(_))));
    stage.sees("draft saved 11:42:07");
}

#[test]
fn a_draft_of_an_earlier_run_is_offered() {
    let mut first = demo();
    first.type_text(" was here");
    first.tell_after(Duration::from_secs(3), Message::Wake);
    let saved = first.others.iter().find_map(|effect| match effect {
        Effect::SaveDraft(text) => Some(text.clone()),
        _ => None,
    });
    let mut settings = settings(Some(support::stage::account()));
    settings.recovered = saved;
    let mut second = Stage::open((120, 40), settings);
    second.sees("An unsent mail was found");
    second.press(&["Enter"]);
    second.sees(" was hereHi Bob,");
}

#[test]
fn nothing_moves_by_itself_when_nothing_happens() {
    let mut stage = demo();
    stage.press(&["F5"]);
    stage.press(&["Esc"]);
    stage.tell_after(Duration::from_mins(1), Message::Wake);
    assert_eq!(stage.app.wake_at(), None);
    stage.app.take_dirty();
    stage.tell(Message::Wake);
    assert!(!stage.app.take_dirty(), "a wake-up that changes nothing draws nothing");
}

#[test]
fn the_wire_preview_is_what_is_sent() {
    let mut stage = Stage::demo((200, 60));
    stage.press(&["F5", "^X", "w"]);
    stage.sees("RCPT TO:<bob@sandbox.test>\\r\\n");
    stage.sees("..a line that starts with a dot\\r\\n  <- stuffed dot");
    stage.sees("end of data");
}

#[test]
fn every_action_can_be_chosen_in_the_palette_without_harm() {
    for info in telepost::keymap::action::ALL {
        let mut stage = demo();
        stage.press(&["F5", "^P"]);
        stage.type_text(info.id);
        stage.press(&["Enter"]);
        stage.screen();
    }
}

#[test]
fn the_mouse_focuses_selects_and_presses_hints() {
    let mut stage = demo();
    stage.click("F5:send");
    stage.sees("queued as");
    stage.click("Transcript");
    stage.sees(">2 Transcript");
    stage.mouse(MouseEventKind::ScrollUp, 100, 10);
    stage.press(&["3"]);
    stage.click("Welcome to yo");
    stage.press(&["Enter"]);
    stage.sees("this mail server runs inside telepost");
}

#[test]
fn escape_sequences_in_a_subject_never_reach_a_cell() {
    let mut stage = demo();
    stage.press(&["^X", "4", "F8"]);
    let lines = [
        "helo x",
        "mail from:<ada@sandbox.test>",
        "rcpt to:<bob@sandbox.test>",
        "data",
        "Subject: a\u{1b}]0;pwned\u{7}b\u{202e}c",
        "",
        "x",
        ".",
    ];
    for line in lines {
        stage.paste(line);
        stage.press(&["Enter"]);
    }
    stage.press(&["^X", "3", "Enter"]);
    for cell in stage.buffer().content() {
        assert!(!cell.symbol().chars().any(|c| c.is_control() || c == '\u{202e}'), "{:?}", cell.symbol());
    }
}

#[test]
fn every_size_draws() {
    let mut stage = demo();
    stage.press(&["F5", "3", "Enter"]);
    for size in
        [(1, 1), (2, 5), (19, 5), (20, 6), (40, 10), (59, 15), (60, 16), (99, 30), (100, 30), (179, 20), (500, 200)]
    {
        stage.resize(size);
        stage.screen();
        stage.press(&["?"]);
        stage.screen();
        stage.press(&["Esc"]);
    }
}

#[test]
fn a_key_meant_for_an_old_session_deletes_nothing_in_the_new_one() {
    let mut stage = demo();
    stage.press(&["F5", "3", "End", "d", "Up", "Enter", "^X", "d", "q"]);
    stage.sees("deleted 1 message");
    stage.press(&["r"]);
    stage.lacks("3 Message");
    let subjects = |stage: &Stage| {
        let letters = stage.letters(1);
        letters.iter().map(|letter| String::from_utf8_lossy(letter).into_owned()).collect::<String>()
    };
    assert!(subjects(&stage).contains("Subject: Welcome"));
}

/// A POP3 server that refuses RSET, and counts what it was told.
struct Stubborn {
    heard: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl telepost::sandbox::server::Conversation for Stubborn {
    fn greet(&mut self, _crowded: bool, out: &mut telepost::sandbox::outbox::Outbox) {
        out.line("+OK stubborn");
    }

    fn receive(&mut self, input: &[u8], out: &mut telepost::sandbox::outbox::Outbox) -> usize {
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line).trim_end().to_owned();
            match line.split(' ').next().unwrap_or_default() {
                "CAPA" | "RSET" => out.line("-ERR no"),
                "STAT" => out.line("+OK 1 10"),
                "LIST" | "UIDL" => {
                    out.line("+OK");
                    out.line(if line == "LIST" { "1 10" } else { "1 a" });
                    out.line(".");
                }
                "TOP" => {
                    out.line("+OK");
                    out.line(".");
                }
                _ => out.line("+OK"),
            }
            self.heard.lock().expect("nobody panics with it").push(line);
        }
        input.len()
    }

    fn timed_out(&mut self, _out: &mut telepost::sandbox::outbox::Outbox) {}

    fn is_over(&self) -> bool {
        false
    }
}

#[test]
fn when_rset_is_refused_the_line_is_dropped_and_never_quit() {
    for way in [&["q", "r"][..], &["r", "r"]] {
        let heard = std::sync::Arc::default();
        let mut stage = demo();
        stage.understudy = Some(Box::new(Stubborn { heard: std::sync::Arc::clone(&heard) }));
        stage.press(&["^X", "3", "d"]);
        stage.sees("1 marked");
        stage.press(way);
        let heard = heard.lock().unwrap();
        assert!(heard.iter().any(|line| line == "RSET"), "{heard:?}");
        assert!(!heard.iter().any(|line| line == "QUIT"), "{heard:?}");
    }
}

#[test]
fn a_mail_goes_one_command_at_a_time_when_that_is_chosen() {
    let mut stage = demo();
    stage.press(&["^X", "P"]);
    stage.sees("one by one");
    stage.press(&["F5"]);
    let screen = stage.screen();
    let row =
        |text: &str| screen.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}\n{screen}"));
    assert_eq!(row("-> RCPT TO"), row("-> MAIL FROM") + 2, "a reply stands between them\n{screen}");
}
