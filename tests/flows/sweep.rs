//! Passwords that are typed by hand, well and badly spelt, sent by steps and typed in bad moments: none is on any screen,
//! in any export, any saved session or any script made of it. And keys pressed at random in every mode.

use telepost::sessions::{Folder, How, Name, scripted};
use telepost::transcript::export::{self, Format, Header};
use telepost::wire::Side;

use crate::support::stage::Stage;

/// The password of the sandbox's accounts, the same in base64, as PLAIN has it, in hex and percent-encoded.
const FORMS: [&str; 6] = [
    "opensesame",
    "b3BlbnNlc2FtZQ",
    "AGJvYgBvcGVuc2VzYW1l",
    "6f70656e736573616d65",
    "6f 70 65 6e 73 65 73 61 6d 65",
    "%6F%70%65%6E%73%65%73%61%6D%65",
];

#[track_caller]
fn assert_clean(what: &str, text: &str) {
    for form in FORMS {
        assert!(!text.to_lowercase().contains(&form.to_lowercase()), "{what}: {form} in\n{text}");
    }
}

/// Types a line and sends it; nothing of the password is shown while it is typed, nor after.
fn enter(stage: &mut Stage, line: &str) {
    let open = line.len() - line.trim_end_matches(|it: char| !it.is_whitespace()).len();
    stage.type_text(&line[..line.len() - open]);
    for character in line[line.len() - open..].chars() {
        stage.type_text(&character.to_string());
        assert_clean(line, &stage.screen());
    }
    stage.press(&["Enter"]);
    assert_clean(line, &stage.screen());
}

fn header() -> Header {
    let started = "2026-11-22T11:42:07Z".parse().expect("a time");
    Header { version: "0.1.0".to_owned(), started, endpoints: vec!["SMTP mx.example:25".to_owned()], notes: Vec::new() }
}

/// Every export, the saved session, and the scripts made of it.
fn look_through(stage: &Stage) {
    let transcript = stage.app.live();
    for format in [Format::Text, Format::JsonLines, Format::Markdown, Format::Html, Format::Mail] {
        let mut octets = Vec::new();
        // A mail there need not be.
        if export::write(transcript, format, &mut octets, &header()).is_ok() {
            assert_clean(&format!("{format:?}"), &String::from_utf8_lossy(&octets));
        }
    }
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = Folder::new(place.path().join("sessions"));
    let name = Name::given("swept").expect("a sound name");
    folder.save(&name, transcript, &header()).expect("the folder is ours");
    assert_clean("the file", &std::fs::read_to_string(folder.file(&name)).expect("it was saved"));
    let read = folder.open(&name).expect("it was saved").transcript;
    for adapted in [false, true] {
        assert_clean("the script", &scripted(&read, How { adapted, upto: None }).to_string());
    }
    for entry in transcript.iter() {
        // The bytes view, the copies and the comparison show what is kept of a row.
        assert_clean("a row", &String::from_utf8_lossy(entry.raw()));
    }
}

/// Through all rows with bytes view, card, marks and the waterfall.
fn walk_rows(stage: &mut Stage) {
    stage.press(&["^X", "2", "Home"]);
    for _ in 0..stage.app.transcript().len().min(40) {
        for key in ["b", "e", "Esc", "b", "y", "Y", "Down"] {
            stage.press(&[key]);
            assert_clean(key, &stage.screen());
        }
    }
    let copied = format!("{:?}", stage.others);
    assert_clean("what was copied", &copied);
}

#[test]
fn a_password_typed_by_hand_in_any_spelling_is_shown_and_kept_nowhere() {
    let mut stage = Stage::demo((120, 40));
    stage.press(&["^X", "4", "^X", "O", "F8"]);
    for line in [
        "USER bob",
        "PSAS opensesame",
        "pas opensesame",
        " pass  opensesame",
        "\tPASS: opensesame",
        "PASSWORD opensesame",
        "PASSopensesame",
        "C: PASS opensesame",
        "AUHT PLAIN AGJvYgBvcGVuc2VzYW1l",
        "AUTH AGJvYgBvcGVuc2VzYW1l",
        "b3BlbnNlc2FtZQ==",
        "LOGIN bob opensesame",
        "PASS opensesame",
        "STAT",
    ] {
        enter(&mut stage, line);
        // The history and the ghost text, too.
        stage.press(&["Up"]);
        assert_clean("the history", &stage.screen());
        stage.press(&["^U"]);
    }
    look_through(&stage);
    walk_rows(&mut stage);
}

#[test]
fn a_sign_in_by_hand_on_the_wrong_server_or_too_late_is_shown_and_kept_nowhere() {
    let mut stage = Stage::demo((120, 40));
    stage.press(&["^X", "4", "F8"]);
    for line in [
        "EHLO lab.test",
        "PASS opensesame",
        "AUTH PLAIN AGJvYgBvcGVuc2VzYW1l",
        "auth plian AGJvYgBvcGVuc2VzYW1l",
        "AUTHPLAIN AGJvYgBvcGVuc2VzYW1l",
        "AUHT LOGIN b3BlbnNlc2FtZQ==",
        "b3BlbnNlc2FtZQ==",
        "NOOP",
    ] {
        enter(&mut stage, line);
    }
    stage.paste("EHLO lab.test\nAUTH LOGIN\nYm9i\nb3BlbnNlc2FtZQ==\nPSAS opensesame");
    assert_clean("the paste guard", &stage.screen());
    stage.press(&["o"]);
    assert_clean("after the paste", &stage.screen());
    look_through(&stage);
    walk_rows(&mut stage);
}

#[test]
fn steps_show_and_keep_no_password() {
    let mut stage = Stage::demo((120, 40));
    stage.press(&["^X", "4", "^X", "O", "F7"]);
    for key in ["Enter", "Enter", "Enter", "Enter", "Enter", "Up", "Up", "r", "Enter", "a"] {
        stage.press(&[key]);
        assert_clean(key, &stage.screen());
    }
    look_through(&stage);
    walk_rows(&mut stage);
}

/// Numbers without a pattern, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % most
    }
}

#[test]
fn keys_at_random_in_every_mode_at_any_size_break_nothing_and_show_no_password() {
    const KEYS: [&str; 52] = [
        "Enter",
        "Esc",
        "Tab",
        "Shift-Tab",
        "Up",
        "Down",
        "PageUp",
        "PageDown",
        "Home",
        "End",
        "Left",
        "Right",
        "Delete",
        "Backspace",
        "Space",
        "^X",
        "^U",
        "^R",
        "^C",
        "^E",
        "F2",
        "F5",
        "F6",
        "F7",
        "F8",
        "F9",
        "a",
        "b",
        "c",
        "d",
        "e",
        "g",
        "h",
        "i",
        "l",
        "m",
        "n",
        "o",
        "r",
        "s",
        "t",
        "u",
        "w",
        "x",
        "y",
        "/",
        "&",
        ":",
        "1",
        "2",
        "4",
        "V",
    ];
    // Compose, steps of both sides, a lesson, the rows in bytes, the list of sessions, the prompt.
    let modes: [&[&str]; 7] = [
        &[],
        &["F7"],
        &["^X", "4", "^X", "O", "F7", "Enter"],
        &["^X", "t", "Enter", "Enter"],
        &["F5", "^X", "2", "b"],
        &["^X", "l"],
        &["^X", "4", "F8", "P", "A", "S"],
    ];
    let mut dice = Dice(7);
    for mode in modes {
        for _ in 0..4 {
            let mut stage = Stage::demo((120, 40));
            stage.press(mode);
            for _ in 0..60 {
                if dice.below(8) == 0 {
                    let size = (dice.below(140) + 1, dice.below(50) + 1);
                    stage.resize((size.0 as u16, size.1 as u16));
                }
                stage.press(&[KEYS[dice.below(KEYS.len())]]);
                assert_clean("a random key", &stage.screen());
            }
            stage.cut(Side::Smtp);
            assert_clean("a lost line", &stage.screen());
        }
    }
}
