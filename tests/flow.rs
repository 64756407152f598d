//! Messages in, effects out: the workbench's ways through a day, without a terminal.

mod flows {
    mod compose;
    mod downloading;
    mod drafts;
    mod faults;
    mod form;
    mod lessons;
    mod loop_check;
    mod mailbox;
    mod many;
    mod otherwise;
    mod profiles;
    mod prompt;
    mod replying;
    mod result;
    mod rows;
    mod running;
    mod security;
    mod sessions;
    mod signing;
    mod steps;
    mod sweep;
    mod wire;
}
mod support {
    pub mod actor;
    pub mod stage;
}

use std::time::Duration;

use crossterm::event::MouseEventKind;
use support::actor::Actor;
use support::stage::{Stage, account, settings};
use telepost::app::{Account, Effect, Message, Settings};
use telepost::connection::{Failure, FailureKind, LinkEvent, Report};
use telepost::transcript::{Direction, Record, Tally};
use telepost::wire::{ChunkKind, Side};

fn demo() -> Stage {
    Stage::demo((120, 40))
}

/// Connections begun so far.
fn dials(stage: &Stage) -> usize {
    stage.app.transcript().iter().filter(|entry| entry.summary().contains("trying ")).count()
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
    stage.sees("server deletes message 4");
    stage.press(&["q"]);
    stage.sees("the server deleted 1 message");
}

#[test]
fn ending_the_session_with_marks_asks_once_by_every_way() {
    for keys in [&["Q"][..], &["C"], &["^X", "d", "q"]] {
        let mut stage = demo();
        stage.press(&["^X", "3", "d"]);
        stage.press(keys);
        stage.sees("End the POP3 session?");
        stage.press(&["Enter"]);
        stage.sees("1 marked");
        stage.press(keys);
        stage.press(&["r"]);
        assert_eq!(stage.letters(1).len(), 3, "RSET kept all");
    }
}

#[test]
fn leaving_with_marks_and_a_draft_offers_nothing_that_deletes_unsaid() {
    let mut stage = demo();
    stage.type_text("x");
    stage.press(&["^X", "3", "d", "q"]);
    stage.sees("Leave? 1 message is marked");
    stage.lacks("throw the draft away");
}

#[test]
fn after_quit_the_list_shows_what_became_of_it_not_what_was_marked() {
    let mut stage = demo();
    stage.press(&["^X", "3", "d", "Q", "q", "Esc"]);
    stage.lacks("marked: deleted by QUIT");
    stage.sees("r opens the mailbox again");
    stage.press(&["r"]);
    stage.sees("2 msgs");
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
    assert_eq!(
        screen.matches("MAIL FROM:<ada@sandbox.test>").count(),
        2,
        "two in the transcript, and no third is proper\n{screen}"
    );
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

/// The lines of the screen that hold `text`.
fn lines_with(stage: &Stage, text: &str) -> Vec<String> {
    stage.screen().lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}

/// The TOP commands in the transcript, oldest first. Rows that are out of sight stay so.
fn tops(stage: &mut Stage, size: (u16, u16)) -> Vec<String> {
    stage.press(&["2", "z"]);
    stage.resize((120, 200));
    let lines = lines_with(stage, "-> TOP");
    stage.resize(size);
    stage.press(&["z", "3"]);
    lines.iter().filter_map(|line| Some(line.split("-> ").nth(1)?.trim_end_matches(['│', ' ']).to_owned())).collect()
}

#[test]
fn the_mailbox_lists_newest_first() {
    let mut stage = demo();
    stage.press(&["F5", "3"]);
    let screen = stage.screen();
    let places = ["> 4 ", "  3 ", "  2 ", "  1 "].map(|row| screen.find(&format!("│{row}")));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}\n{screen}");
    assert!(lines_with(&stage, "│> 4 ")[0].contains("Hello"), "{screen}");
}

#[test]
fn headers_are_asked_for_visible_rows_only() {
    let size = (60, 18);
    let mut stage = Stage::demo(size);
    stage.press(&["F5"]);
    for _ in 0..6 {
        stage.press(&["F5", "y"]);
    }
    stage.press(&["3", "Esc"]);
    stage.sees("10 msgs");
    let rows = |stage: &Stage| -> Vec<String> {
        let numbers = (1..=10).rev().map(|number| (number, format!("{number:>2}")));
        let shown = |number: &str| [format!("│>{number} "), format!("│ {number} ")];
        let screen = stage.screen();
        let visible = numbers.filter(|(_, text)| shown(text).iter().any(|row| screen.contains(row)));
        visible.map(|(number, _)| format!("TOP {number} 0")).collect()
    };
    let visible = rows(&stage);
    assert!((2..9).contains(&visible.len()), "{visible:?}\n{}", stage.screen());
    let asked = tops(&mut stage, size);
    assert_eq!(asked[..visible.len()], visible);
    assert!(asked.len() <= visible.len() + visible.len() / 2, "a little ahead and no more: {asked:?}");
    stage.press(&["End"]);
    let last = rows(&stage);
    assert!(last.contains(&"TOP 1 0".to_owned()), "{last:?}\n{}", stage.screen());
    let fresh: Vec<String> = last.into_iter().filter(|row| !asked.contains(row)).collect();
    assert_eq!(tops(&mut stage, size)[asked.len()..][..fresh.len()], fresh);
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
    assert!(
        stage
            .others
            .iter()
            .any(|effect| matches!(effect, Effect::SaveDraft(keep) if keep.saved.draft.body.contains("xHi Bob")))
    );
    assert_eq!(stage.letters(1).len(), 3);
}

#[test]
fn a_lost_line_says_that_nothing_was_deleted() {
    let mut stage = demo();
    stage.press(&["^X", "3", "d"]);
    stage.cut(Side::Pop3);
    stage.press(&["Esc"]);
    stage.sees("marks dropped");
}

#[test]
fn looking_for_what_is_not_there_says_so() {
    let mut stage = demo();
    stage.press(&["F5", "2", "/"]);
    stage.type_text("zzzz");
    stage.press(&["Enter"]);
    stage.sees("no match");
}

#[test]
fn walking_past_the_mailbox_signs_in_nowhere() {
    let mut stage = demo();
    stage.press(&["F6", "F6", "F6"]);
    assert_eq!(dials(&stage), 0);
    stage.press(&["^X", "0", "3"]);
    stage.sees("3 msgs");
}

#[test]
fn other_servers_are_never_spoken_to_over_the_lines_there_were() {
    let mut stage = demo();
    stage.press(&["F5", "3"]);
    stage.sees("4 msgs");
    stage.press(&["d"]);
    stage.tell(Message::Sandbox(Ok(Box::new(support::stage::account()))));
    assert_eq!(stage.letters(1).len(), 4, "nothing was deleted");
    stage.lacks("4 msgs");
    let before = dials(&stage);
    stage.press(&["^X", "1", "F5", "y"]);
    assert_eq!(dials(&stage), before + 1, "a line of its own for the mail");
    stage.press(&["3"]);
    assert_eq!(dials(&stage), before + 2, "and one for the mailbox");
    stage.sees("5 msgs");
}

#[test]
fn connecting_again_lists_the_mailbox_over_a_new_line() {
    let mut stage = demo();
    stage.press(&["^X", "3", "d"]);
    stage.sees("1 marked");
    let before = dials(&stage);
    stage.press(&["F2", "Enter"]);
    assert_eq!(dials(&stage), before + 2);
    assert_eq!(stage.letters(1).len(), 3, "marks were dropped");
    stage.sees("3 msgs");
    stage.lacks("1 marked:");
}

#[test]
fn the_reason_of_a_failure_is_not_covered_by_what_was_queued_behind_it() {
    let mut stage = demo();
    let failure = Failure {
        kind: FailureKind::UnknownHost,
        at: "nosuch.invalid:25".to_owned(),
        what: "the name nosuch.invalid has no address".to_owned(),
        advice: "Check the spelling".to_owned(),
        remedy: None,
    };
    let report = |event| Message::Report(Report::Link { side: Side::Smtp, link: 1, event });
    stage.tell(report(LinkEvent::Closed(Some(failure))));
    stage.tell(report(LinkEvent::NotConnected));
    stage.sees("Check the spelling");
    stage.lacks("there is no SMTP connection");
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
    // What is asked and answered over a plain line with SCRAM shows nobody the password.
    stage.press(&["^X", "3"]);
    stage.sees("3 msgs");
    stage.sees("-> AUTH SCRAM-SHA-256 ****");
    stage.lacks("-> USER bob");
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
    let mut settings = settings(Some(support::stage::account()));
    settings.recovered = first.cupboard.left_open();
    let mut second = Stage::open((120, 40), settings);
    second.sees("An unsent mail was found");
    second.press(&["Enter"]);
    second.sees(" was hereHi Bob,");
}

#[test]
fn a_draft_left_for_later_outlives_another_mail() {
    let mut first = demo();
    first.type_text("x");
    first.tell_after(Duration::from_secs(3), Message::Wake);
    let left = first.cupboard.left_open().expect("it was saved");
    first.press(&["F5"]);
    assert!(first.cupboard.drafts.is_empty(), "a sent mail is no draft any more");
    let recovered = telepost::app::Recovered { id: telepost::drafts::Id::new(7), ..left };
    let mut with_draft = settings(Some(support::stage::account()));
    with_draft.recovered = Some(recovered.clone());
    let mut stage = Stage::open((120, 40), with_draft);
    stage.cupboard.drafts.push((recovered.id, *recovered.saved));
    stage.press(&["l", "F5"]);
    stage.sees("queued as");
    assert_eq!(stage.cupboard.drafts.len(), 1);
}

#[test]
fn the_wheel_moves_the_list_on_top_not_what_is_under_it() {
    let mut stage = demo();
    stage.press(&["F5", "?"]);
    stage.mouse(MouseEventKind::ScrollDown, 70, 10);
    stage.press(&["Enter"]);
    // Help, palette, leave; three lines down: stop.
    stage.sees("nothing is under way");
    stage.sees("follow:on");
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
    stage.press(&["F5", "3", "End", "d", "Up", "Enter", "^X", "d", "q", "q"]);
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
    /// What CAPA lists; nothing: CAPA is refused too.
    offers: &'static [&'static str],
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
                "CAPA" if !self.offers.is_empty() => {
                    out.line("+OK");
                    self.offers.iter().for_each(|offer| out.line(offer));
                    out.line(".");
                }
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
        stage.understudy = Some(Box::new(Stubborn { offers: &[], heard: std::sync::Arc::clone(&heard) }));
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

#[test]
fn the_wheel_scrolls_what_is_under_the_pointer() {
    let mut stage = demo();
    stage.press(&["F5", "3", "Enter", "2"]);
    stage.sees("follow 4");
    let rows = |stage: &Stage| {
        let title = lines_with(stage, "2 Transcript").remove(0);
        title.rsplit(' ').find_map(|word| word.split_once('/')?.0.parse::<usize>().ok()).expect("a place")
    };
    let last = rows(&stage);
    stage.mouse(MouseEventKind::ScrollUp, 100, 10);
    assert_eq!(rows(&stage), last - 3, "{}", stage.screen());
    stage.sees("paused");
    stage.mouse(MouseEventKind::ScrollDown, 100, 10);
    assert_eq!(rows(&stage), last, "{}", stage.screen());

    stage.sees("│> 4 ");
    stage.mouse(MouseEventKind::ScrollDown, 10, 25);
    stage.sees("│> 1 ");
    stage.mouse(MouseEventKind::ScrollUp, 10, 25);
    stage.sees("│> 4 ");

    stage.resize((120, 24));
    stage.press(&["3", "v"]);
    stage.sees("│Return-Path:");
    let at = lines_with(&stage, "3 Message")[0].split("3 Message").next().map(|left| left.chars().count());
    stage.mouse(MouseEventKind::ScrollDown, at.expect("the message is open") as u16, 17);
    stage.lacks("│Return-Path:");
    stage.mouse(MouseEventKind::ScrollUp, 100, 17);
    stage.sees("│Return-Path:");
}

#[test]
fn the_envelope_tab_overrides_the_recipients_alone() {
    let mut stage = demo();
    stage.press(&["^X", "]", "^X", "]"]);
    stage.sees("bob@sandbox.test (derived)");
    stage.press(&["Down"]);
    stage.type_text("ada@sandbox.test");
    stage.sees("OVERRIDDEN  MAIL <ada@sandbox.test>");
    let before = [stage.letters(0).len(), stage.letters(1).len()];
    stage.press(&["F5", "s"]);
    stage.sees("-> MAIL FROM:<ada@sandbox.test>");
    stage.sees("-> RCPT TO:<ada@sandbox.test>");
    stage.lacks("RCPT TO:<bob@sandbox.test>");
    assert_eq!([stage.letters(0).len(), stage.letters(1).len()], [before[0] + 1, before[1]]);
    let letter = String::from_utf8(stage.letters(0).pop().unwrap()).unwrap();
    assert!(letter.contains("To: bob@sandbox.test\r\n"), "the headers stay\n{letter}");
}

/// The form's mail, sent to a server that goes away after the final dot.
fn of_unknown_fate() -> Stage {
    let mut stage = demo();
    let part = [
        ("EHLO lab.test", "250 mx.example.test"),
        ("MAIL FROM:<ada@sandbox.test>", "250 ok"),
        ("RCPT TO:<bob@sandbox.test>", "250 ok"),
        ("DATA", "354 go on"),
        (".", ""),
    ];
    stage.understudy = Some(Actor::playing("220 mx.example.test", &part));
    stage.press(&["F5"]);
    stage
}

#[test]
fn a_mail_of_unknown_fate_says_so_and_is_sent_again_only_when_asked_for() {
    let mut stage = of_unknown_fate();
    stage.sees(" UNKNOWN ┐");
    stage.sees("the line went away after the final dot");
    assert!(stage.others.iter().any(|effect| matches!(effect, Effect::SaveDraft(_))), "the draft is kept");
    assert!(!stage.others.iter().any(|effect| matches!(effect, Effect::ForgetDraft(_))));
    stage.press(&["F5"]);
    stage.sees("Send it again?");
    stage.sees("Nobody knows whether the last attempt was accepted");
    assert_eq!(stage.screen().matches("-> MAIL FROM").count(), 1, "{}", stage.screen());
    stage.press(&["Enter"]);
    stage.lacks("Send it again?");
    assert_eq!(stage.screen().matches("-> MAIL FROM").count(), 1, "no is the default\n{}", stage.screen());
    let before = stage.letters(1).len();
    stage.press(&["F5", "y"]);
    stage.sees("queued as");
    assert_eq!(stage.letters(1).len(), before + 1);
}

#[test]
fn an_attempt_that_comes_to_nothing_leaves_an_unknown_fate_unknown() {
    let mut stage = of_unknown_fate();
    stage.understudy = Some(Actor::playing("220 mx.example.test", &[("EHLO lab.test", "")]));
    stage.press(&["F5", "y"]);
    stage.sees(" UNKNOWN ┐");
    stage.press(&["F5"]);
    stage.sees("Nobody knows whether the last attempt was accepted");
}

#[test]
fn a_mail_that_was_sent_is_not_sent_again_unasked() {
    let mut stage = demo();
    stage.press(&["F5", "F5"]);
    stage.sees("This very mail was sent already");
    assert_eq!(stage.letters(1).len(), 4);
    stage.press(&["y"]);
    let letters = stage.letters(1);
    assert_eq!(letters.len(), 5);
    let id = |letter: &[u8]| {
        let text = String::from_utf8_lossy(letter).into_owned();
        text.lines().find(|line| line.starts_with("Message-ID:")).expect("an id").to_owned()
    };
    assert_eq!(id(&letters[3]), id(&letters[4]));
}

#[test]
fn a_new_session_for_new_mail_is_opened_once_without_a_key() {
    let mut stage = Stage::demo((120, 200));
    let sessions = |stage: &Stage| lines_with(stage, "=== connected to 127.0.0.1:2110").len();
    stage.press(&["^X", "3", "r"]);
    assert_eq!(sessions(&stage), 2, "{}", stage.screen());
    stage.sees("3 msgs");
    stage.cut(Side::Pop3);
    assert_eq!(sessions(&stage), 2, "a lost line is not opened again\n{}", stage.screen());
    stage.understudy = Some(Actor::playing("+OK", &[("CAPA", "")]));
    stage.press(&["r"]);
    assert_eq!(sessions(&stage), 3, "one attempt a key\n{}", stage.screen());
}

#[test]
fn rows_that_the_transcript_gave_up_are_said_in_its_title() {
    let mut stage = Stage::demo((120, 40));
    let record = |number: u64| Record {
        number,
        side: Side::Smtp,
        link: 1,
        at: Duration::ZERO,
        lapse: None,
        direction: Direction::Sent,
        kind: ChunkKind::Command,
        expected: true,
        tls: false,
        bytes: b"NOOP\r\n".to_vec(),
        tally: None,
    };
    stage.press(&["^X", "2", "z"]);
    for number in 0..1_000_003 {
        stage.app.update(Message::Report(Report::Record(record(number))), stage.now());
    }
    stage.sees("3 older rows dropped");
}

#[test]
fn a_subject_of_marks_and_wide_characters_stays_in_its_frame() {
    let hostile = format!("e{}{}", "\u{301}".repeat(1_000), "中👩\u{200d}👩\u{200d}👧".repeat(200));
    for size in [(60, 18), (80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::demo(size);
        for _ in 0..2 {
            stage.press(&["Shift-Tab"]);
        }
        stage.press(&["Tab", "End"]);
        stage.paste(&hostile);
        framed(&stage);
        stage.press(&["F5"]);
        stage.sees("sent");
        stage.press(&["3"]);
        framed(&stage);
        stage.press(&["Enter"]);
        stage.sees("中");
        framed(&stage);
        stage.press(&["2"]);
        framed(&stage);
    }
}

/// Fails when a row of the screen has a border where the row above, inside the same pane, has none.
#[track_caller]
fn framed(stage: &Stage) {
    let buffer = stage.buffer();
    let area = buffer.area;
    let symbol = |x: u16, y: u16| buffer[(x, y)].symbol();
    for y in 1..area.height {
        for x in 0..area.width {
            let (above, here) = (symbol(x, y - 1), symbol(x, y));
            let goes_on = ["│", "┌", "┐"].contains(&above);
            let fits = ["│", "└", "┘", "┌", "┐"].contains(&here);
            assert!(!goes_on || fits, "column {x}, row {y}: {here:?} under {above:?}\n{}", stage.screen());
        }
    }
}

#[test]
fn a_server_that_deletes_what_was_read_is_not_read_unasked() {
    let heard = std::sync::Arc::default();
    let mut stage = demo();
    let server = Stubborn { offers: &["USER", "TOP", "UIDL", "EXPIRE 0"], heard: std::sync::Arc::clone(&heard) };
    stage.understudy = Some(Box::new(server));
    let fetched = || heard.lock().unwrap().iter().any(|line| line.starts_with("RETR"));
    stage.press(&["^X", "3", "Enter"]);
    stage.sees("This server deletes what was read");
    stage.press(&["Enter"]);
    assert!(!fetched(), "not to open it is the default");
    stage.press(&["Enter", "y"]);
    assert!(fetched());
}

/// A server that never says a word.
struct Silent;

impl telepost::sandbox::server::Conversation for Silent {
    fn greet(&mut self, _crowded: bool, _out: &mut telepost::sandbox::outbox::Outbox) {}

    fn receive(&mut self, input: &[u8], _out: &mut telepost::sandbox::outbox::Outbox) -> usize {
        input.len()
    }

    fn timed_out(&mut self, _out: &mut telepost::sandbox::outbox::Outbox) {}

    fn is_over(&self) -> bool {
        false
    }
}

#[test]
fn a_wait_says_how_long_it_lasts_and_how_long_it_may() {
    let mut stage = demo();
    stage.understudy = Some(Box::new(Silent));
    stage.press(&["F5"]);
    stage.tell_after(Duration::from_secs(2), Message::Wake);
    stage.sees("WAITING 2.0 of 30 s for the greeting (SMTP), ^C stops it");
}

#[test]
fn bodies_that_lost_bytes_are_said_in_the_title() {
    let mut stage = demo();
    let octets = (16 << 20) + 10;
    stage.tell(Message::Report(Report::Record(Record {
        number: 1,
        side: Side::Pop3,
        link: 1,
        at: Duration::ZERO,
        lapse: None,
        direction: Direction::Received,
        kind: ChunkKind::Body,
        expected: true,
        tls: false,
        bytes: vec![b'x'; octets],
        tally: Some(Tally { octets: octets as u64, ..Tally::default() }),
    })));
    stage.press(&["^X", "2", "z"]);
    stage.sees("10 B of 1 body dropped");
}

#[test]
fn who_names_a_mailbox_alone_begins_there() {
    let account = Account { smtp: None, ..account() };
    let mut stage = Stage::open((120, 40), Settings { connect: true, ..settings(Some(account)) });
    stage.sees(">3 Mailbox");
    stage.press(&["Enter"]);
    stage.sees("Message 3");
}
