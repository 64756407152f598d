//! Whatever lines a mail has, one mail arrives, and its text is what was given but for line ends.

use mail_parser::MessageParser;

use super::support::aiosmtpd::Aiosmtpd;
use super::support::mailboxes::Mailboxes;
use super::support::postfix::Postfix;
use super::support::servers::Servers;
use super::support::telepost::Home;

/// The wrong ways to end a mail that some servers fell for.
const ENDINGS: [&str; 10] =
    ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\n.\r", "\r.\n", "\r\n\0.\r\n", "\r\n.\0\r\n"];

/// Line ends of all kinds as LF.
fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A text with a whole mail of somebody else behind such an ending.
fn text(ending: &str) -> String {
    let evil = "MAIL FROM:<evil@x.example>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\nSubject: evil\r\n\r\nevil\r\n";
    format!("one{ending}{evil}.\r\nend\r\n")
}

/// Sends each text in each way; `arrived` gives the mails that came for bob, oldest first, once there are so many.
fn send_all(home: &Home, url: &str, arrived: impl Fn(usize) -> Vec<Vec<u8>>) {
    let mut count = 0;
    for ending in ENDINGS {
        let body = text(ending);
        let raw = format!("From: ada@a.example\r\nSubject: s\r\n\r\n{body}");
        let (file, whole) = (home.file("body", &body), home.file("raw", &raw));
        let form = ["--from", "ada@a.example", "--to", "bob@example.test"];
        let envelope = ["--envelope-from", "ada@a.example", "--envelope-to", "bob@example.test"];
        let ways: [(&str, &[&str], &[&str], &str); 5] = [
            ("body", &form, &["--body", &body], ""),
            ("file", &form, &["--body-file", &file], ""),
            ("stdin", &form, &["--body-file", "-"], &body),
            ("raw", &envelope, &["--raw", &whole], ""),
            ("raw stdin", &envelope, &["--raw", "-"], &raw),
        ];
        // An argument cannot hold NUL.
        for (way, who, what, input) in ways.into_iter().skip(usize::from(ending.contains('\0'))) {
            let outcome = home.telepost(&[&["send", url][..], who, what].concat()).input(input).run();
            if ending.contains('\0') && outcome.code == Some(2) {
                continue;
            }
            let outcome = outcome.expect(0);
            count += 1;
            let mails = arrived(count);
            assert_eq!(mails.len(), count, "{way} {ending:?}: {outcome:?}");
            let mail = mails.last().expect("one came");
            let parsed = MessageParser::default().parse(mail).expect("it is a mail");
            let got = if way.starts_with("raw") {
                String::from_utf8_lossy(
                    parsed.raw_message().get(parsed.root_part().offset_body as usize..).unwrap_or(&[]),
                )
            } else {
                parsed.body_text(0).expect("it has a text")
            };
            assert_eq!(with_lf(&got), with_lf(&body), "{way} {ending:?}");
        }
    }
    assert!(count >= 40, "{count}");
}

#[test]
fn postfix_gets_one_mail_whatever_it_holds() {
    if !Servers::can_start() {
        return;
    }
    let mail = Mailboxes::new();
    let smtp = Postfix::start_open(&mail);
    send_all(&Home::new(), &format!("smtp://127.0.0.1:{}", smtp.port), |count| mail.wait_for("bob", count));
    assert!(mail.messages("alice").is_empty(), "nobody else's mail was heard");
}

#[test]
fn aiosmtpd_gets_one_mail_whatever_it_holds() {
    let Some(server) = Aiosmtpd::start(1_000_000, true) else { return };
    send_all(&Home::new(), &server.url(), |count| {
        assert!(server.is_below(count + 1), "one mail only");
        (1..=count).map(|number| server.wait_for(number).text).collect()
    });
}

#[test]
fn bare_line_feeds_on_purpose_reach_aiosmtpd_as_they_are() {
    let Some(server) = Aiosmtpd::start(1_000_000, true) else { return };
    let url = server.url();
    let call = ["send", &url, "--from", "ada@a.example", "--to", "bob@b.example", "--fault", "bare-lf"];
    Home::new().run(&[&call[..], &["--body", "one\ntwo\nthree\n"]].concat()).expect(0);
    let taken = server.wait_for(1).text;
    let body = taken.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    assert_eq!(taken[body..].escape_ascii().to_string(), r"one\ntwo\nthree\n\r\n");
}
