//! The compose form as a person uses it: addresses checked and completed, files attached, text looked for and pasted.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use ratatui::style::Modifier;
use telepost::app::Message;
use telepost::mail::header;
use tempfile::TempDir;

use super::super::demo;
use super::super::support::stage::{Stage, account, recovered, settings};

/// The form of the sandbox with the caret at the end of To.
fn at_to() -> Stage {
    let mut stage = demo();
    stage.press(&["Shift-Tab"; 4]);
    stage.press(&["End"]);
    stage
}

/// An empty form with the caret in To.
fn empty() -> Stage {
    let mut account = account();
    account.example = None;
    Stage::open((120, 40), settings(Some(account)))
}

/// A folder with files and folders of all kinds.
fn folder() -> TempDir {
    let place = tempfile::tempdir().expect("a folder for the test");
    let write = |name: &str, octets: usize| {
        fs::write(place.path().join(name), vec![b'x'; octets]).expect("a file in it");
    };
    fs::create_dir(place.path().join("docs")).expect("a folder in it");
    write("docs/inner.pdf", 10);
    write("report.pdf", 61_204);
    write("résumé with blanks.txt", 3);
    write("evil\x1b[31m\u{202e}name.png", 1);
    place
}

/// The path with a `/` at its end.
fn text(path: &Path) -> String {
    format!("{}/", path.display())
}

fn attach(stage: &mut Stage, path: &str) {
    stage.press(&["^X", "a"]);
    stage.paste(path);
    stage.press(&["Enter"]);
}

/// Where a text stands on the screen, and the style of its first cell.
fn modifiers(stage: &Stage, text: &str) -> Modifier {
    let screen = stage.screen();
    let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).expect("it is on the screen");
    let column = line[..line.find(text).expect("it is there")].chars().count();
    stage.buffer()[(column as u16, row as u16)].modifier
}

fn sent(stage: &Stage) -> String {
    String::from_utf8(stage.letters(1).pop().expect("Bob has mail")).expect("a mail in UTF-8")
}

#[test]
fn a_fault_is_told_and_marked_while_the_address_is_typed() {
    let mut stage = at_to();
    stage.type_text(", eve@b@c.d");
    stage.lacks("To!");
    stage.type_text(",");
    stage.sees("To!");
    stage.sees("char 24: two @ in one address");
    assert!(modifiers(&stage, "@c.d,").contains(Modifier::REVERSED));
    assert!(!modifiers(&stage, "@b@c.d,").contains(Modifier::REVERSED));
    stage.press(&["Left", "Left", "Left", "Left", "Backspace"]);
    stage.lacks("To!");
    stage.lacks("char 24");
}

#[test]
fn groups_and_comments_are_good_and_many_addresses_are_counted() {
    let mut stage = at_to();
    stage.type_text(", Team: a@b.example (\"Ann\"), c@d.example (Chris);");
    stage.lacks("To!");
    stage.press(&["^U"]);
    stage.type_text("a@b,c@d,e@f,G:h@i;");
    stage.sees("4 addresses");
}

#[test]
fn both_forms_of_a_domain_are_shown_and_both_can_be_typed() {
    for (typed, other) in
        [("x@münchen.example", "xn--mnchen-3ya.example"), ("x@xn--mnchen-3ya.example", "münchen.example")]
    {
        let mut stage = empty();
        stage.resize((200, 40));
        stage.type_text(typed);
        stage.sees(&format!("{typed}  {other}"));
        stage.lacks("To!");
    }
}

#[test]
fn reply_to_goes_out_as_a_header() {
    let mut stage = at_to();
    stage.press(&["Shift-Tab"]);
    stage.type_text("Ada at home <ada@home.example>");
    stage.sees("Reply-To Ada at home");
    stage.press(&["F5"]);
    stage.sees("queued as");
    let mail = sent(&stage);
    assert!(mail.contains("\r\nReply-To: Ada at home <ada@home.example>\r\n"), "{mail}");
}

#[test]
fn reply_to_comes_back_with_the_draft() {
    let mut stage = at_to();
    stage.press(&["Shift-Tab"]);
    stage.type_text("ada@home.example");
    stage.tell_after(Duration::from_secs(5), Message::Wake);
    let mut settings = settings(Some(account()));
    settings.recovered = stage.cupboard.left_open();
    let mut again = Stage::open((120, 40), settings);
    again.press(&["r"]);
    again.sees("Reply-To ada@home.example");
}

#[test]
fn reply_to_is_hidden_where_the_pane_is_low_and_the_body_has_six_rows() {
    let mut stage = Stage::demo((80, 24));
    stage.lacks("Reply-To");
    let screen = stage.screen();
    let tabs = screen.lines().position(|line| line.contains("[Body]")).expect("the tabs");
    let end = screen.lines().skip(1).position(|line| line.starts_with('└')).expect("the frame") + 1;
    assert!(end - tabs > 6, "{screen}");
    stage.press(&["Shift-Tab"; 5]);
    stage.sees(">1 Compose");
    stage.sees("Reply-To");
}

#[test]
fn an_address_used_before_is_offered_and_taken_only_when_chosen() {
    let mut stage = at_to();
    stage.press(&["^U"]);
    stage.type_text("Robert Ross <bob@sandbox.test>");
    stage.press(&["F5", "^X", "1", "^X", "N"]);
    stage.press(&["Shift-Tab"; 4]);
    stage.press(&["^U"]);
    stage.type_text("ro");
    stage.sees("│Robert Ross <bob@sandbox.test>");
    stage.press(&["Tab", "Shift-Tab"]);
    stage.sees("To!      ro  char 1: no @");
    stage.type_text("s");
    stage.press(&["Down"]);
    stage.sees("Tab takes it");
    stage.press(&["Tab"]);
    stage.sees("To       Robert Ross <bob@sandbox.test>");
    stage.lacks("Tab takes it");
    stage.type_text(", ad");
    stage.sees("│Ada Lovelace <ada@sandbox.test>│");
    stage.press(&["Esc"]);
    stage.lacks("Down chooses");
    stage.press(&["Left", "Right"]);
    stage.type_text("x");
    stage.lacks("Down chooses");
    stage.sees("<bob@sandbox.test>, adx");
}

#[test]
fn an_envelope_is_flagged_where_it_differs_and_only_there() {
    let mut stage = demo();
    stage.press(&["^X", "]", "^X", "]"]);
    stage.type_text("ada@sandbox.test");
    stage.lacks("OVERRIDDEN");
    stage.press(&["Home"]);
    stage.type_text("x");
    stage.sees("OVERRIDDEN  MAIL <xada@sandbox.test>");
}

#[test]
fn a_fault_in_an_extra_header_puts_the_caret_on_its_line() {
    let mut stage = demo();
    stage.press(&["^X", "]"]);
    stage.paste("X-One: 1\n\nBcc: eve@x.example\nX-Two: 2");
    stage.press(&["F5"]);
    stage.sees("Bcc as a header shows it to everyone");
    stage.type_text("X-");
    stage.sees("X-Bcc: eve@x.example");
    stage.press(&["F5"]);
    let mail = sent(&stage);
    let order = ["X-One: 1", "X-Bcc: eve@x.example", "X-Two: 2"].map(|line| mail.find(line).expect("a header"));
    assert!(order.is_sorted(), "{mail}");
}

#[test]
fn a_file_is_found_by_completion_and_sent() {
    let place = folder();
    let mut stage = demo();
    stage.press(&["^X", "a"]);
    stage.paste(&text(place.path()));
    stage.sees("docs/");
    stage.sees("61,204 B");
    stage.type_text("rep");
    stage.press(&["Tab"]);
    stage.sees("report.pdf");
    stage.press(&["Enter"]);
    stage.lacks("Attach a file");
    stage.resize((200, 40));
    stage.sees("report.pdf 61,204 B → 83,756 B base64");
    stage.press(&["F5"]);
    stage.sees("queued as");
    let mail = sent(&stage);
    assert!(mail.contains("application/pdf") && mail.contains("report.pdf"));
}

#[test]
fn folders_are_gone_through_with_the_arrows() {
    let place = folder();
    let mut stage = demo();
    stage.press(&["^X", "a"]);
    stage.paste(&text(place.path()));
    stage.press(&["Down", "Enter"]);
    stage.sees("inner.pdf");
    stage.press(&["Backspace"]);
    stage.sees("report.pdf");
    stage.press(&["Down", "Enter", "Down", "Enter"]);
    stage.sees("inner.pdf 10 B");
    // The next file is looked for where the last one was.
    stage.press(&["^X", "a"]);
    stage.sees("docs/  path; Tab completes");
    stage.press(&["Esc"]);
    stage.lacks("Attach a file");
}

#[test]
fn what_cannot_be_attached_is_told_in_the_question() {
    let place = folder();
    let mut stage = demo();
    attach(&mut stage, &format!("{}none.txt", text(place.path())));
    stage.sees("there is no such file");
    stage.press(&["Backspace"]);
    stage.lacks("there is no such file");
    stage.press(&["Esc"]);
    attach(&mut stage, &place.path().display().to_string());
    stage.sees("report.pdf");
    stage.press(&["Esc"]);
    attach(&mut stage, "/dev/null");
    stage.sees("neither a file nor a folder");
}

#[test]
fn hostile_names_do_nothing_to_the_screen() {
    let place = folder();
    let mut stage = demo();
    stage.press(&["^X", "a"]);
    stage.paste(&text(place.path()));
    stage.type_text("evil");
    stage.sees("evil␛[31m‹U+202E›name.png");
    stage.press(&["Tab", "Enter"]);
    stage.sees("evil␛[31m‹U+202E›name.png");
    assert!(!stage.screen().contains(['\x1b', '\u{202e}']));
}

#[test]
fn attachments_are_numbered_changed_and_taken_off() {
    let place = folder();
    let mut stage = demo();
    stage.resize((200, 40));
    attach(&mut stage, &format!("{}report.pdf", text(place.path())));
    attach(&mut stage, &format!("{}docs/inner.pdf", text(place.path())));
    stage.sees("1 report.pdf 61,204 B");
    stage.sees(", 2 inner>");
    stage.press(&["Shift-Tab"]);
    stage.sees("2/2 inner.pdf");
    stage.press(&["i"]);
    stage.sees("application/pdf, inline");
    stage.press(&["t", "^U"]);
    stage.type_text("nonsense");
    stage.press(&["Enter"]);
    stage.sees("that is no media type");
    stage.press(&["^U"]);
    stage.type_text("image/png");
    stage.press(&["Enter"]);
    stage.sees("image/png, inline");
    stage.press(&["Left", "Delete"]);
    stage.sees("1/1 inner.pdf");
    stage.press(&["F5"]);
    let mail = sent(&stage);
    assert!(mail.contains("image/png") && !mail.contains("report.pdf"), "{mail}");
}

#[test]
fn a_file_that_went_away_is_told_when_the_draft_comes_back_and_when_it_is_sent() {
    let place = folder();
    let path = place.path().join("report.pdf");
    let draft = telepost::mail::Draft {
        from: "ada@sandbox.test".to_owned(),
        to: "bob@sandbox.test".to_owned(),
        attachments: vec![telepost::mail::Attachment::from_path(&path)],
        ..telepost::mail::Draft::default()
    };
    fs::remove_file(&path).expect("it was there");
    let mut settings = settings(Some(account()));
    settings.recovered = Some(recovered(draft));
    let mut stage = Stage::open((200, 40), settings);
    stage.press(&["r"]);
    stage.sees("UNREADABLE: there is no such file");
    stage.press(&["F5"]);
    stage.sees("not sent: Attachment");
    stage.sees("1/1 report.pdf");
}

#[test]
fn a_dropped_file_is_attached_or_its_path_becomes_text() {
    let place = folder();
    let path = place.path().join("résumé with blanks.txt");
    let quoted = format!("'{}' ", path.display());
    let mut stage = demo();
    stage.paste(&quoted);
    stage.sees("A file was dropped");
    stage.press(&["a"]);
    stage.sees("résumé with blanks.txt 3 B");
    stage.lacks("blanks.txt'");
    for (drop, keys, inserted) in [(&quoted, &["t"][..], true), (&quoted, &["n"], false), (&quoted, &["Esc"], false)] {
        let mut stage = demo();
        stage.resize((200, 40));
        stage.paste(drop);
        stage.press(keys);
        assert_eq!(stage.screen().contains("blanks.txt'"), inserted, "{keys:?}");
    }
}

#[test]
fn a_path_at_which_there_is_no_file_is_text() {
    let place = folder();
    for text in ["/no/such/file".to_owned(), place.path().display().to_string(), "file:///no%20file".to_owned()] {
        let mut stage = demo();
        stage.resize((200, 40));
        stage.paste(&text);
        stage.lacks("was dropped");
        stage.sees(&text);
    }
}

#[test]
fn text_is_found_in_the_body_counted_and_gone_through() {
    let mut stage = demo();
    stage.press(&["^X", "/"]);
    stage.type_text("T");
    stage.sees("Find T  1 of 6");
    stage.press(&["Enter"]);
    stage.sees("2 of 6");
    stage.press(&["Up", "Up"]);
    stage.sees("6 of 6");
    stage.press(&["Enter"]);
    stage.sees("1 of 6");
    stage.type_text("zzz");
    stage.sees("not found");
    stage.press(&["Esc"]);
    stage.lacks("Find");
    stage.type_text("x");
    stage.sees("a line xthat");
}

#[test]
fn control_characters_are_dropped_from_a_paste_with_a_notice_and_a_lone_cr_ends_a_line() {
    let mut stage = demo();
    stage.paste("one\rtwo\0\x1b[31m\n");
    stage.sees("2 control characters were left out");
    stage.sees("│two[31m");
    let mut stage = at_to();
    stage.paste(", eve@x.example\r\nBcc: y@z\0");
    stage.sees("a control character was left out");
    stage.sees("To!");
}

#[test]
fn a_paste_of_a_mebibyte_and_ten_thousand_recipients_are_not_quadratic() {
    let begin = Instant::now();
    let mut stage = demo();
    stage.paste(&"A line of a long letter, as people paste it from somewhere.\n".repeat(17_500));
    stage.sees("the body is large now");
    stage.type_text("typed on");
    stage.sees("typed on");
    stage.press(&["^A"]);
    stage.press(&["^X", "u"]);
    stage.lacks("typed on");
    let mut stage = at_to();
    let many: Vec<String> = (0..10_000).map(|number| format!("user{number}@many.example")).collect();
    stage.type_text(", ");
    stage.paste(&many.join(", "));
    stage.type_text("x");
    stage.sees("MAIL <ada@sandbox.test>  RCPT bob@sand");
    // Linear work takes a second where nothing is optimized; work that grows with the square takes minutes.
    assert!(begin.elapsed() < Duration::from_mins(1), "{:?}", begin.elapsed());
}

#[test]
fn nothing_pasted_into_any_field_makes_a_header() {
    let hostile = "x@y.example\r\nX-Evil: 1\n\rX-Evil: 2\u{85}X-Evil: 3\u{2028}X-Evil: 4\u{560a}\u{560d}\0X-Evil: 5";
    for field in 0..6 {
        let mut stage = demo();
        stage.press(&["Shift-Tab"; 6]);
        for _ in 0..field {
            stage.press(&["Tab"]);
        }
        stage.paste(hostile);
        stage.press(&["F5"]);
        for mail in stage.letters(1).iter().skip(3) {
            let evil = header::fields(header::split(mail).head).any(|field| field.is("X-Evil"));
            assert!(!evil, "field {field}: {}", String::from_utf8_lossy(mail));
        }
    }
}

#[test]
fn a_click_on_the_row_without_attachments_asks_for_a_file() {
    let mut stage = demo();
    stage.click("none  (^X a");
    stage.sees("Attach a file");
}
