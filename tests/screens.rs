//! The screens, as text and as the pictures in `screenshots/`: drawn from the same scenes, so that they cannot drift.
//!
//! `UPDATE_SCREENSHOTS=1 INSTA_UPDATE=always cargo test --test screens` accepts what is drawn now.

mod support {
    pub mod actor;
    pub mod maildrop;
    #[expect(dead_code, reason = "the scenes use a part of the stage")]
    pub mod stage;
    pub mod svg;
}

use std::path::PathBuf;

use ratatui::style::{Color, Modifier};
use support::actor::Actor;
use support::maildrop::Maildrop;
use support::stage::{Stage, account, protection, secure_account, settings};
use support::svg::{self, Ground};
use telepost::app::lessons::Told;
use telepost::app::{Account, Effect, Message};
use telepost::connection::report::Verdict;
use telepost::connection::{Failure, FailureKind, LinkEvent, Protocol, Remedy, Report};
use telepost::ledger::{self, Remembered};
use telepost::run::scripts;
use telepost::sandbox::Fault;
use telepost::theme::{Name, Theme};
use telepost::wire::Side;

/// The sizes at which every layout is drawn once.
const SIZES: [(u16, u16); 4] = [(60, 18), (80, 24), (120, 40), (200, 60)];

fn themed(size: (u16, u16), name: Name) -> Stage {
    let mut settings = settings(Some(account()));
    settings.theme = Theme::new(name, false);
    Stage::open(size, settings)
}

/// Writes the picture, or holds it against the one that is kept.
fn picture(name: &str, stage: &Stage, ground: Ground) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots").join(format!("{name}.svg"));
    let drawn = svg::draw(&stage.buffer(), ground);
    if std::env::var_os("UPDATE_SCREENSHOTS").is_some() {
        std::fs::write(&path, drawn).expect("the folder is there");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "screenshots/{name}.svg is not what is drawn now: accept it with UPDATE_SCREENSHOTS=1");
}

fn frame(name: &str, stage: &Stage) {
    insta::assert_snapshot!(name, stage.screen());
}

/// A mail went out and is open in the mailbox.
fn sent_and_read(stage: &mut Stage) {
    stage.press(&["F5", "3", "Enter", "Esc"]);
    stage.press(&["Enter"]);
}

#[test]
fn every_layout() {
    for size in SIZES {
        let mut stage = Stage::demo(size);
        frame(&format!("start-{}x{}", size.0, size.1), &stage);
        sent_and_read(&mut stage);
        frame(&format!("read-{}x{}", size.0, size.1), &stage);
    }
}

#[test]
fn composing() {
    let place = tempfile::tempdir().expect("a folder for the test");
    for (name, octets) in [("report.pdf", 61_204), ("notes.txt", 12)] {
        std::fs::write(place.path().join(name), vec![b'x'; octets]).expect("a file in it");
    }
    for size in [(80, 24), (120, 40)] {
        let named = |what: &str| format!("compose-{what}-{}x{}", size.0, size.1);
        let mut stage = themed(size, Name::Dark);
        for name in ["report.pdf", "notes.txt"] {
            stage.press(&["^X", "a"]);
            stage.paste(&place.path().join(name).display().to_string());
            stage.press(&["Enter"]);
        }
        stage.press(&["Shift-Tab", "i"]);
        frame(&named("attachments"), &stage);
        stage.press(&["Shift-Tab"; 4]);
        stage.press(&["^U"]);
        stage.type_text("b@c@d, ad");
        frame(&named("completion"), &stage);
        stage.press(&["Down"]);
        picture(&named("completion"), &stage, svg::DARK);
        stage.press(&["Esc", "^X", "/"]);
        stage.type_text("a");
        frame(&named("finding"), &stage);
    }
}

#[test]
fn hero() {
    for (name, theme, ground) in [("hero-dark", Name::Dark, svg::DARK), ("hero-light", Name::Light, svg::LIGHT)] {
        let mut stage = themed((120, 40), theme);
        sent_and_read(&mut stage);
        stage.press(&["2", "g"]);
        stage.press(&["Down"; 12]);
        picture(name, &stage, ground);
    }
}

#[test]
fn small() {
    let mut stage = themed((80, 24), Name::Terminal);
    stage.press(&["F5", "3"]);
    picture("small", &stage, svg::DARK);
}

#[test]
fn step() {
    for size in [(100, 30), (80, 24)] {
        let mut settings = settings(Some(secure_account()));
        settings.theme = Theme::new(Name::Dark, false);
        let mut stage = Stage::open(size, settings);
        // Up to MAIL; it is put in once more, which the server will not like.
        stage.press(&["F7", "Enter", "Enter", "Enter", "Enter", "Enter", "r"]);
        let name = if size.0 == 100 { "step".to_owned() } else { format!("step-{}x{}", size.0, size.1) };
        frame(&name, &stage);
        picture(&name, &stage, svg::DARK);
    }
}

#[test]
fn wide() {
    let mut stage = themed((200, 60), Name::Dark);
    sent_and_read(&mut stage);
    stage.press(&["^X", "w"]);
    frame("wide", &stage);
    picture("wide", &stage, svg::DARK);
}

#[test]
fn error() {
    let mut stage = themed((100, 30), Name::Dark);
    for _ in 0..4 {
        stage.press(&["Shift-Tab"]);
    }
    stage.press(&["End"]);
    stage.type_text(", carol@elsewhere.example, greylist@sandbox.test");
    stage.press(&["F5", "2", "Up", "Up", "Up", "Up"]);
    frame("error", &stage);
    picture("error", &stage, svg::DARK);
    stage.press(&["e"]);
    frame("error-card", &stage);
    picture("error-card", &stage, svg::DARK);
}

/// A mail that asks for a second look: two things are rarely meant, one is wrong on purpose.
fn dubious(size: (u16, u16)) -> Stage {
    let mut settings = settings(Some(Account { example: None, ..account() }));
    settings.theme = Theme::new(Name::Dark, false);
    let mut stage = Stage::open(size, settings);
    stage.type_text("bob@sandbox.test");
    stage.press(&["Down", "Down"]);
    stage.type_text("ada@sandbox.test");
    stage.press(&["Down", "Down"]);
    stage.paste("Grüße, Bob!\n\nThe plan is attached.\n.one dot, and then two\n");
    stage
}

const BOTH: [(u16, u16); 2] = [(80, 24), (120, 40)];

#[test]
fn wire() {
    for size in BOTH {
        let mut stage = dubious(size);
        stage.press(&["^X", "w", "^X", "z"]);
        stage.sees("<- from Bcc");
        frame(&format!("wire-{}x{}", size.0, size.1), &stage);
        picture(&format!("wire-{}x{}", size.0, size.1), &stage, svg::DARK);
    }
}

#[test]
fn lint() {
    for size in BOTH {
        let mut stage = dubious(size);
        stage.press(&["F5"]);
        for answer in ["Back to the form", "Mend: make the first line of the text the subject", "Send anyway"] {
            stage.sees(answer);
        }
        frame(&format!("lint-{}x{}", size.0, size.1), &stage);
        picture(&format!("lint-{}x{}", size.0, size.1), &stage, svg::DARK);
    }
}

#[test]
fn options_and_faults() {
    for size in BOTH {
        let mut stage = dubious(size);
        stage.press(&["^X", "[", "Down", "Space", "PageDown", "Down", "Space"]);
        stage.sees("Faults 2");
        frame(&format!("faults-{}x{}", size.0, size.1), &stage);
        picture(&format!("faults-{}x{}", size.0, size.1), &stage, svg::DARK);
        stage.press(&["[", "[", "Down", "Space"]);
        stage.sees("[x] BDAT");
        frame(&format!("options-{}x{}", size.0, size.1), &stage);
        picture(&format!("options-{}x{}", size.0, size.1), &stage, svg::DARK);
    }
}

#[test]
fn result() {
    for size in [(80, 24), (120, 40)] {
        let mut stage = themed(size, Name::Dark);
        for _ in 0..4 {
            stage.press(&["Shift-Tab"]);
        }
        stage.press(&["End"]);
        stage.type_text(", carol@elsewhere.example, greylist@sandbox.test");
        stage.press(&["F5", "^X", "R", "Down"]);
        frame(&format!("result-{}x{}", size.0, size.1), &stage);
        if size.0 == 120 {
            picture("result", &stage, svg::DARK);
        }
    }
    let mut stage = themed((120, 40), Name::Dark);
    stage.press(&["F5", "^X", "s", "y", "^X", "R"]);
    frame("waterfall", &stage);
    picture("waterfall", &stage, svg::DARK);
}

#[test]
fn first_run() {
    let stage = Stage::open((80, 24), settings(None));
    frame("first-run", &stage);
    picture("first-run", &stage, svg::DARK);
}

#[test]
fn pop3() {
    let mut stage = themed((120, 40), Name::Dark);
    stage.press(&["^X", "3", "d", "d", "q"]);
    frame("pop3", &stage);
    picture("pop3", &stage, svg::DARK);
}

/// A mailbox of many messages, open; the first of them were there at an earlier visit.
fn many(size: (u16, u16), messages: usize, silent_from: usize) -> Stage {
    let mut settings = settings(Some(Account { example: None, ..account() }));
    settings.theme = Theme::new(Name::Dark, false);
    let mut stage = Stage::open(size, settings);
    stage.understudy = Some(Maildrop::of(messages, silent_from));
    stage.press(&["^X", "3"]);
    let maildrop = ledger::Maildrop { user: "bob".to_owned(), host: "127.0.0.1".to_owned(), port: 2110 };
    let seen = (1..messages - 9).map(|number| format!("id-{number}").into()).collect();
    let remembered = Remembered { seen, visited: true, ..Remembered::default() };
    stage.tell(Message::Recalled(maildrop, Box::new(Ok(remembered))));
    stage
}

#[test]
fn mailbox() {
    let mut stage = many((120, 40), 120, 121);
    stage.press(&["z", "/"]);
    stage.type_text("size>20k since:2026-11-10");
    stage.press(&["Enter", "t", "s", "Home", "Down", "d", "Space", "Down", "Space", "Space"]);
    // The toast goes by itself.
    stage.tell_after(std::time::Duration::from_secs(5), Message::Wake);
    stage.sees("size>20k since:2026-11-10  by size");
    stage.sees("3 selected");
    frame("mailbox", &stage);
    picture("mailbox", &stage, svg::DARK);
}

#[test]
fn quit_guard() {
    for (size, name) in [((80, 24), "quit-guard"), ((40, 12), "quit-guard-40x12")] {
        let mut stage = many(size, 40, 41);
        stage.press(&["Space", "Down", "Space", "Space", "d", "y", "q"]);
        for answer in ["Stay", "RSET then QUIT", "server deletes", "Drop the line"] {
            stage.sees(answer);
        }
        frame(name, &stage);
        if size == (80, 24) {
            picture(name, &stage, svg::DARK);
        }
    }
}

#[test]
fn download() {
    let mut stage = many((80, 24), 40, 28);
    stage.press(&["D", "Enter", "Enter"]);
    stage.tell_after(std::time::Duration::from_millis(250), Message::Wake);
    stage.sees("downloading 27/40");
    stage.sees("^C stops");
    frame("download", &stage);
    picture("download", &stage, svg::DARK);
}

#[test]
fn parts() {
    let mut stage = themed((120, 40), Name::Dark);
    stage.press(&["^X", "3", "Down", "Enter", "^X", "z", "]", "]", "]", "Down"]);
    frame("parts", &stage);
    picture("parts", &stage, svg::DARK);
}

#[test]
fn lesson() {
    for size in [(80, 24), (120, 40)] {
        let mut stage = themed(size, Name::Dark);
        stage.tell(Message::Lessons(Told::Wanted("ehlo".to_owned())));
        stage.press(&["^X", "4", "F8"]);
        stage.type_text("hello lab.test");
        stage.press(&["Enter", "^X", "g", "h"]);
        frame(&format!("lesson-{}x{}", size.0, size.1), &stage);
        if size.0 == 120 {
            picture("lesson", &stage, svg::DARK);
        }
    }
}

#[test]
fn prompt() {
    let mut stage = themed((100, 30), Name::Dark);
    stage.press(&["^X", "4", "F8"]);
    stage.type_text("hello lab.test");
    frame("prompt", &stage);
    picture("prompt", &stage, svg::DARK);
    for size in BOTH {
        let mut stage = themed(size, Name::Dark);
        stage.press(&["^X", "4", "F8", "Tab", "Enter", "Tab", "Enter"]);
        stage.type_text("r");
        stage.press(&["Up", "Down", "^U", "Down", "Down"]);
        stage.sees("Tab takes it, Esc closes");
        frame(&format!("prompt-list-{}x{}", size.0, size.1), &stage);
    }
    let mut stage = themed((80, 24), Name::Mono);
    stage.press(&["^X", "4", "F8"]);
    stage.paste("MAIL FROM:<ada@sandbox.test>\nRCPT TO:<bob@sandbox.test>\nDATA\nSubject: Hello\n\nHi Bob\n.\n");
    frame("prompt-paste", &stage);
    picture("prompt-paste", &stage, svg::DARK);
}

#[test]
fn help_palette_leader_and_connect() {
    for (name, keys) in
        [("help", ["^X", "h"]), ("palette", ["^X", "p"]), ("leader", ["^X", ""]), ("connect", ["^X", "c"])]
    {
        let mut stage = Stage::demo((80, 24));
        stage.press(&keys.into_iter().filter(|key| !key.is_empty()).collect::<Vec<_>>());
        frame(name, &stage);
        picture(name, &stage, svg::DARK);
    }
}

/// A server that offers TLS, a sign-in behind it, and answers that so.
fn with_tls(size: (u16, u16), answer: &str) -> Stage {
    let mut settings = settings(Some(secure_account()));
    settings.theme = Theme::new(Name::Dark, false);
    let mut stage = Stage::open(size, settings);
    stage.understudy = Some(Actor::playing(
        "220 mx.example.test ESMTP",
        &[
            ("EHLO lab.test", "250-mx.example.test\r\n250-PIPELINING\r\n250 STARTTLS"),
            ("STARTTLS", "220 2.0.0 ready"),
            ("EHLO lab.test", "250-mx.example.test\r\n250-PIPELINING\r\n250 AUTH PLAIN"),
            ("AUTH PLAIN AGFkYQBvcGVuc2VzYW1l", answer),
            ("MAIL FROM:<ada@sandbox.test>", "250 2.1.0 ok"),
            ("RCPT TO:<bob@sandbox.test>", "250 2.1.5 ok"),
            ("DATA", "354 go on"),
            (".", "250 2.0.0 queued as 7F3A"),
        ],
    ));
    stage.press(&["F5"]);
    stage
}

#[test]
fn tls() {
    let mut stage = with_tls((100, 30), "235 2.7.0 welcome");
    stage.press(&["^X", "E"]);
    frame("tls", &stage);
    picture("tls", &stage, svg::DARK);
}

#[test]
fn rows() {
    let mut stage = themed((120, 40), Name::Dark);
    stage.press(&["F5", "2", "z", "/"]);
    stage.type_text("cmd:EHLO dir:in");
    stage.press(&["Enter", "F", "a"]);
    stage.type_text("no STARTTLS here");
    stage.press(&["Enter", "/", "^U"]);
    stage.type_text("cmd:RCPT dir:in");
    stage.press(&["Enter", "m", "b", "Esc"]);
    stage.press(&["b"]);
    frame("rows", &stage);
    picture("rows", &stage, svg::DARK);
}

/// A mail is played again, and its recipient is refused this time.
fn played_again(size: (u16, u16)) -> Stage {
    let mut stage = themed(size, Name::Dark);
    stage.press(&["F5"]);
    stage.misbehave(&[Fault::MailboxFull]);
    stage.press(&["^X", "g", "p", "w"]);
    while let Some(at) = stage.others.iter().position(|effect| matches!(effect, Effect::Running(_))) {
        let Effect::Running(ask) = stage.others.remove(at) else { unreachable!("it was just looked at") };
        stage.tell(Message::Running(scripts::answer(ask)));
    }
    stage
}

#[test]
fn compared() {
    let stage = played_again((120, 40));
    frame("compared", &stage);
    picture("compared", &stage, svg::DARK);
    frame("compared-80x24", &played_again((80, 24)));
}

#[test]
fn sign_in_refused() {
    let stage = with_tls((100, 30), "535 5.7.8 authentication failed");
    frame("sign-in-refused", &stage);
    picture("sign-in-refused", &stage, svg::DARK);
}

#[test]
fn certificate_refused() {
    let mut settings = settings(Some(secure_account()));
    settings.theme = Theme::new(Name::Dark, false);
    let mut stage = Stage::open((80, 24), settings);
    let mut told = |event| stage.tell(Message::Report(Report::Link { side: Side::Smtp, link: 1, event }));
    told(LinkEvent::Dialling { protocol: Protocol::Smtp, host: "mail.example".to_owned(), port: 465 });
    let why = "the certificate is for sandbox.test, not for mail.example";
    told(LinkEvent::Tls(Box::new(protection(Verdict::Refused {
        why: why.to_owned(),
        advice: "Check the host name".to_owned(),
        can_be_trusted: true,
    }))));
    let failure = Failure::new(FailureKind::Tls, "mail.example:465", why);
    told(LinkEvent::Closed(Some(Failure { remedy: Some(Remedy::Trust([7; 32])), ..failure })));
    frame("certificate-refused", &stage);
    picture("certificate-refused", &stage, svg::DARK);
}

#[test]
fn connect_form_with_room() {
    let mut stage = Stage::demo((120, 40));
    stage.press(&["F2"]);
    frame("connect-120x40", &stage);
}

#[test]
fn without_colour_nothing_is_coloured_and_everything_is_still_told_apart() {
    let mut stage = themed((80, 24), Name::Mono);
    stage.press(&["F5", "3", "d"]);
    let buffer = stage.buffer();
    assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(buffer.content().iter().any(|cell| cell.modifier.contains(Modifier::BOLD)), "the focus shows");
    frame("mono", &stage);
    picture("mono", &stage, svg::DARK);
}

#[test]
fn ascii_borders() {
    let mut settings = settings(Some(account()));
    settings.theme = Theme::new(Name::Mono, true);
    let mut stage = Stage::open((80, 24), settings);
    stage.press(&["F5"]);
    assert!(stage.screen().is_ascii(), "{}", stage.screen());
}
