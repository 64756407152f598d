//! Mails of other people and mails made to hurt, through the message view: mail-parser's own test data, `CPython`'s, and
//! generated ones. Nothing panics, nothing but text reaches a cell, and what is taken out never outgrows the mail.

mod support {
    #[expect(dead_code, reason = "the corpus needs a part of the stage")]
    pub mod stage;
}

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use support::stage::Stage;
use telepost::app::Message;
use telepost::connection::Report;
use telepost::mail::{View, extract_each};
use telepost::pop3::{BodyKind, Notice};

/// The sizes each mail is drawn at; the second is below what the program can use.
const SIZES: [(u16, u16); 3] = [(80, 24), (20, 5), (20, 6)];

/// So few rows are not enough for the program.
const TOO_LOW: u16 = 5;

/// Keys pressed in every tab.
const ALL_ROUND: &[&str] = &["PageDown", "End", "PageUp", "Home"];

/// Only a guard against a hang: a mail takes a few milliseconds.
const HANG: Duration = Duration::from_mins(1);

/// A stage for each size, on which mails can be opened.
struct Viewer {
    stages: Vec<Stage>,
}

impl Viewer {
    fn new() -> Self {
        let stages = SIZES.map(|size| {
            let mut stage = Stage::demo(size);
            stage.press(&["^X", "3", "z"]);
            stage
        });
        Self { stages: stages.into() }
    }

    /// Opens a mail as if the server had sent it, and goes through all its tabs.
    fn look_at(&mut self, name: &str, mail: &[u8], keys: &[&str]) {
        for stage in &mut self.stages {
            let body = Notice::Body { kind: BodyKind::Retr, number: 1, bytes: mail.to_vec() };
            let octets = mail.len() as u64;
            let end = Notice::BodyEnd { kind: BodyKind::Retr, number: 1, octets, complete: true };
            for notice in [body, end] {
                stage.tell(Message::Report(Report::Pop3 { link: 1, notice }));
            }
            for tab in ["Text", "Headers", "Raw", "Parts", "Hex", "Route", "Checks"] {
                // Little stays on a screen that is too small: there the title cannot be looked for.
                let wide = stage.buffer().area.width >= 80;
                assert!(!wide || stage.screen().contains(&format!("[{tab}")), "{name}: {tab}\n{}", stage.screen());
                check_cells(name, stage);
                // Where next to nothing is drawn, there is nothing to go through either.
                let low = stage.buffer().area.height == TOO_LOW;
                for key in keys.iter().filter(|_| !low) {
                    stage.press(&[*key]);
                    check_cells(name, stage);
                }
                if tab == "Parts" {
                    stage.press(&["Down", "Enter"]);
                    check_cells(name, stage);
                    stage.press(&["End"]);
                    check_cells(name, stage);
                }
                stage.press(&["]"]);
            }
            stage.press(&["Esc"]);
        }
    }
}

/// No cell holds what a terminal would obey, hide or reorder.
fn check_cells(name: &str, stage: &Stage) {
    let buffer = stage.buffer();
    for cell in buffer.content() {
        let symbol = cell.symbol();
        assert!(!symbol.chars().any(is_harmful), "{name}: {symbol:?}\n{}", stage.screen());
        assert!(symbol.chars().count() <= 40, "{name}: marks pile up in {symbol:?}");
    }
}

fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Takes a mail apart on the stack that a worker has, and every part out of it.
fn take_apart(name: &str, mail: Vec<u8>) {
    let worker = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(move || {
        let view = View::parse(&mail);
        assert!(view.text.iter().map(String::len).sum::<usize>() < 64 * 1024 * 1024);
        let mut parts = view.parts.iter();
        for part in extract_each(&mail, |_| true) {
            let listed = parts.next().expect("each is listed");
            assert_eq!((&part.path, part.bytes.len(), &part.name), (&listed.path, listed.decoded, &listed.file_name));
            assert!(part.bytes.len() <= mail.len(), "part {} is larger than the mail", part.path);
            assert!(part.name.len() <= 201 && !part.name.starts_with('.'), "{:?}", part.name);
            assert!(!part.name.contains(['/', '\\', '\0']) && !part.name.chars().any(is_harmful), "{:?}", part.name);
        }
        assert!(parts.next().is_none());
    });
    worker.expect("a thread can be started").join().unwrap_or_else(|_| panic!("{name}: see above"));
}

fn whole(name: &str, mail: &[u8], viewer: &mut Viewer, keys: &[&str]) {
    let begun = Instant::now();
    take_apart(name, mail.to_vec());
    viewer.look_at(name, mail, keys);
    assert!(begun.elapsed() < HANG, "{name} took {:?}", begun.elapsed());
}

/// All files below a folder with one of these suffixes, by name.
fn files(folder: &Path, suffixes: &[&str]) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let suffix = path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if suffixes.contains(&suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn look_at_files(paths: &[PathBuf]) {
    let mut viewer = Viewer::new();
    for path in paths {
        let mail = std::fs::read(path).expect("it can be read");
        whole(&path.display().to_string(), &mail, &mut viewer, &["End"]);
    }
}

/// The folder of the sources of mail-parser, where cargo has unpacked the version that Cargo.lock names.
fn mail_parser() -> PathBuf {
    let lock = include_str!("../Cargo.lock");
    let behind = lock.split("name = \"mail-parser\"\nversion = \"").nth(1).expect("we depend on it");
    let version = behind.split('"').next().expect("it has a version");
    let home = std::env::home_dir().unwrap_or_default().join(".cargo");
    let cargo = std::env::var_os("CARGO_HOME").map_or(home, PathBuf::from);
    let registries = std::fs::read_dir(cargo.join("registry").join("src")).expect("cargo has unpacked sources");
    let folders = registries.flatten().map(|registry| registry.path().join(format!("mail-parser-{version}")));
    folders.into_iter().find(|folder| folder.is_dir()).expect("the crate was built from there")
}

#[test]
fn the_mails_of_mail_parser() {
    let folder = mail_parser().join("resources").join("eml");
    let mails = files(&folder, &["eml"]);
    assert!(mails.len() > 50, "only {} mails in {}", mails.len(), folder.display());
    look_at_files(&mails);
}

#[test]
fn the_mails_of_cpython() {
    let script = "import os, test.test_email as t; print(os.path.join(os.path.dirname(t.__file__), 'data'))";
    let asked = Command::new("python3").args(["-c", script]).output().ok().filter(|asked| asked.status.success());
    let Some(asked) = asked else {
        eprintln!("SKIPPED: python3 or its package test is not installed, so its mails are not looked at");
        return;
    };
    let folder = PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim());
    let mails = files(&folder, &["txt"]);
    assert!(mails.len() > 30, "only {} mails in {}", mails.len(), folder.display());
    look_at_files(&mails);
}

fn mixed(parts: &str) -> String {
    format!("From: a@b\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n")
}

fn named(parameter: &str) -> String {
    mixed(&format!("--b\r\nContent-Type: x/y\r\nContent-Disposition: attachment; {parameter}\r\n\r\nx\r\n"))
}

fn text(charset: &str, encoding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "Subject: s\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn html(body: &str) -> Vec<u8> {
    format!("Subject: s\r\nContent-Type: text/html\r\n\r\n{body}").into_bytes()
}

/// What each mail is made for, and the mail.
fn torture() -> Vec<(&'static str, Vec<u8>)> {
    let level = |n: usize| format!("Content-Type: multipart/mixed; boundary=b{n}x\r\n\r\n--b{n}x\r\n");
    let deep: String = (0..10_000).map(level).collect();
    let field = format!("X-Long: {}\r\n", "x".repeat(70)).repeat(14_000);
    let forms: String =
        (0..=255_u8).map(char::from).chain("\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}".chars()).collect();
    let mut mails = vec![
        ("depth 10,000", deep.into_bytes()),
        ("messages 10,000 deep", "Content-Type: message/rfc822\r\n\r\n".repeat(10_000).into_bytes()),
        ("20,000 parts", mixed(&"--b\r\n\r\nx\r\n".repeat(20_000)).into_bytes()),
        ("a header of 1 MiB", format!("Subject: s\r\n{field}\r\nbody\r\n").into_bytes()),
        ("a field of 1 MiB", format!("Subject: {}\r\n\r\nbody\r\n", "word ".repeat(200_000)).into_bytes()),
        ("lines of 100,000", format!("Subject: s\r\n\r\n{}\r\n", "x".repeat(100_000)).repeat(3).into_bytes()),
        ("one line of 1 MB", vec![b'x'; 1_000_000]),
        ("200,000 lines", [&b"Subject: s\r\n\r\n"[..], &b"\n".repeat(200_000)].concat()),
        ("marks", text("utf-8", "8bit", format!("a{}b", "\u{301}".repeat(1_000)).as_bytes())),
        ("every character", text("utf-8", "8bit", forms.as_bytes())),
        ("every octet", text("utf-8", "8bit", &(0..=255).collect::<Vec<u8>>())),
        ("every octet in the header", [b"Subject: ", &(14..=255).collect::<Vec<u8>>()[..], b"\r\n\r\nx"].concat()),
        ("the wrong charset", text("utf-16", "8bit", b"plain ascii, not sixteen bits")),
        ("no such charset", text("\x1b[31m", "8bit", b"\xff\xfe")),
        ("broken base64", text("utf-8", "base64", b"aGV*sbG8==x=\r\n=")),
        ("base64 without end", text("utf-8", "base64", &b"QUJD\r\n".repeat(50_000))),
        ("broken quoted-printable", text("utf-8", "quoted-printable", b"=ZZ=1\r\n=\r\n==\r\n=C3")),
        ("an open boundary", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext".to_vec()),
        ("no boundary", b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\ntext\r\n--b--\r\n".to_vec()),
        (
            "a mail in a mail",
            mixed("--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ninner\r\n").into_bytes(),
        ),
        ("tables and links", text("utf-8", "8bit", "<table><a href=x>y".repeat(3_000).as_bytes())),
        (
            "hostile HTML",
            b"Content-Type: text/html\r\n\r\n".iter().copied().chain(b"<a href=\"".repeat(20_000)).collect(),
        ),
        ("nested tags", html(&"<div><b>".repeat(60_000))),
        (
            "10,000 links",
            html(&(0..10_000).fold(String::new(), |all, n| all + &format!("<a href=\"http://{n}.example\">x</a>"))),
        ),
        ("entities", html(&"&amp;&#x202e;&#27;&#0;&#xfffffff;&unknown;".repeat(5_000))),
        ("style without end", html(&"<style>/*<script>".repeat(5_000))),
        (
            "1,000 parameters",
            format!(
                "Content-Type: text/plain{}\r\n\r\nx",
                (0..1_000).fold(String::new(), |all, n| all + &format!("; p{n}*0*=x"))
            )
            .into_bytes(),
        ),
        (
            "10,000 Received fields",
            format!("{}\r\nx", "Received: from a by b; Tue, 10 Nov 2026 10:11:12 +0000\r\n".repeat(10_000))
                .into_bytes(),
        ),
        (
            "1 MB of Authentication-Results",
            format!("Authentication-Results: mx{}\r\n\r\nx", "; dkim=pass header.d=a.example".repeat(33_000))
                .into_bytes(),
        ),
        ("nothing", Vec::new()),
        ("line ends alone", b"\r\n\r\n\n\r".to_vec()),
        ("NUL", vec![0; 10_000]),
    ];
    for parameter in [
        "filename=\"../../../etc/passwd\"",
        "filename=\"/etc/passwd\"",
        "filename=\"a\0b.txt\"",
        "filename=\"abc\u{202e}fdp.exe\"",
        "filename=\"NUL\"",
        "filename*=utf-8''%2e%2e%2fx",
        "filename*=x-unknown'y'%ff%00",
        "filename*0=a;\r\n filename*2=c",
    ] {
        mails.push(("a name", named(parameter).into_bytes()));
    }
    mails.push(("a name of 200 KB", named(&format!("filename=\"{}\"", "n".repeat(200_000))).into_bytes()));
    mails
}

#[test]
fn mails_made_to_hurt() {
    let mut viewer = Viewer::new();
    for (name, mail) in torture() {
        whole(name, &mail, &mut viewer, ALL_ROUND);
    }
}

/// Labels people use, octets in that charset, and what they say.
const CHARSETS: &[(&str, &[u8], &str)] = &[
    ("us-ascii", b"abc", "abc"),
    ("utf-8", "grün €".as_bytes(), "grün €"),
    ("UTF8", "grün".as_bytes(), "grün"),
    ("utf-7", b"gr+APw-n", "grün"),
    ("utf-16le", b"g\0r\0", "gr"),
    ("utf-16be", b"\0g\0r", "gr"),
    ("iso-8859-1", b"gr\xfcn", "grün"),
    ("latin1", b"gr\xfcn", "grün"),
    ("iso-8859-2", b"\xbelu\xbb", "žluť"),
    ("iso-8859-5", b"\xbf\xe0", "Пр"),
    ("iso-8859-7", b"\xc1\xe2", "Αβ"),
    ("iso-8859-8", b"\xf9\xec", "של"),
    ("iso-8859-9", b"\xdd", "İ"),
    ("iso-8859-15", b"\xa4", "€"),
    ("windows-1250", b"\x9e", "ž"),
    ("windows-1251", b"\xcf\xf0", "Пр"),
    ("windows-1252", b"\x80 \x93x\x94", "€ “x”"),
    ("windows-1253", b"\xc1", "Α"),
    ("windows-1254", b"\xdd", "İ"),
    ("windows-1256", b"\xc7", "ا"),
    ("koi8-r", b"\xf0\xd2", "Пр"),
    ("koi8-u", b"\xa4", "є"),
    ("gb2312", b"\xd6\xd0", "中"),
    ("gbk", b"\xd6\xd0", "中"),
    ("gb18030", b"\xd6\xd0", "中"),
    ("big5", b"\xa4\xa4", "中"),
    ("euc-jp", b"\xc6\xfc", "日"),
    ("shift_jis", b"\x93\xfa", "日"),
    ("iso-2022-jp", b"\x1b$B\x46\x7c\x1b(B", "日"),
    ("euc-kr", b"\xc7\xd1", "한"),
    ("ks_c_5601-1987", b"\xc7\xd1", "한"),
    ("tis-620", b"\xa1", "ก"),
];

#[test]
fn charsets_that_people_use_are_read() {
    let read = |charset: &str, octets: &[u8]| View::parse(&text(charset, "8bit", octets)).text.concat();
    let wrong: String = CHARSETS.iter().fold(String::new(), |mut wrong, (charset, octets, expected)| {
        let shown = read(charset, octets);
        if shown != *expected {
            writeln!(wrong, "{charset}: {shown:?}, not {expected:?}").expect("writing to a String cannot fail");
        }
        wrong
    });
    assert!(wrong.is_empty(), "{wrong}");
    let quoted = View::parse(&text("\"Windows-1252\"", "8bit", b"\x80")).text;
    assert_eq!(quoted, ["€"], "letter case and quotes do not matter");
}
