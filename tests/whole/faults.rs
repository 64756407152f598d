//! Each fault on purpose reaches the wire as it is named, and nothing else of the mail changes.

use super::support::scripted::{Script, Scripted, Step, say};
use super::support::telepost::Home;

/// What is said behind DATA, QUIT left out, with fixed values where each mail has its own.
fn heard(home: &Home, fault: Option<&str>, body: &str, script: Script) -> String {
    let server = Scripted::start(script);
    let url = server.smtp_url();
    let fixed = ["send", &url, "--from", "ada@a.example", "--to", "bob@b.example", "--bcc", "eve@c.example"];
    let fault: Vec<&str> = fault.iter().flat_map(|fault| ["--fault", fault]).collect();
    let outcome = home.run(&[&fixed[..], &["--subject", "Grüße", "--body", body], &fault].concat()).expect(0);
    let heard = server.finish().remove(0);
    let heard: String = heard.iter().map(|&octet| if octet.is_ascii() { octet.into() } else { '?' }).collect();
    let (_, mail) = heard.split_once("\r\nDATA\r\n").unwrap_or_else(|| panic!("no DATA: {heard}\n{outcome:?}"));
    let same = |line: &str| match line.split_once(": ") {
        Some((name @ ("Date" | "Message-ID"), _)) => format!("{name}: same\r\n"),
        _ => line.to_owned(),
    };
    mail.strip_suffix("QUIT\r\n").unwrap_or(mail).split_inclusive("\r\n").map(same).collect()
}

/// A server that announces what a mail beyond ASCII needs.
fn server() -> Script {
    Script::smtp().on("EHLO", [say("250-mx.example.test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")])
}

const BODY: &str = "one\n.two\nthree\n";

/// The header of the body.
const PLAIN: &str = "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n";

#[test]
fn a_fault_in_the_header_changes_its_line_alone() {
    let home = Home::new();
    let right = heard(&home, None, BODY, server());
    for (fault, instead_of, stands) in [
        ("no-date", "Date: same\r\n", ""),
        ("two-dates", "Date: same\r\n", "Date: same\r\nDate: same\r\n"),
        ("no-from", "From: ada@a.example\r\n", ""),
        ("two-froms", "From: ada@a.example\r\n", "From: ada@a.example\r\nFrom: ada@a.example\r\n"),
        ("no-message-id", "Message-ID: same\r\n", ""),
        ("two-message-ids", "Message-ID: same\r\n", "Message-ID: same\r\nMessage-ID: same\r\n"),
        ("bcc-header", "To: bob@b.example\r\n", "To: bob@b.example\r\nBcc: eve@c.example\r\n"),
        ("raw-header", "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n", "Subject: Gr????e\r\n"),
    ] {
        assert!(right.contains(instead_of), "{fault}: {right}");
        assert_eq!(heard(&home, Some(fault), BODY, server()), right.replace(instead_of, stands), "{fault}");
    }
}

#[test]
fn a_fault_in_the_text_changes_the_text_alone() {
    let home = Home::new();
    let stuffed = "one\r\n..two\r\nthree\r\n.\r\n";
    let right = heard(&home, None, BODY, server());
    assert!(right.ends_with(&format!("\r\n\r\n{stuffed}")), "{right}");
    for (fault, stands) in [
        ("bare-lf", "one\n.two\nthree\n\r\n.\r\n"),
        ("bare-cr", "one\r.two\rthree\r\r\n.\r\n"),
        ("bare-lf,bare-cr", "one\n.two\rthree\n\r\n.\r\n"),
        ("nul", "\0one\r\n..two\r\nthree\r\n.\r\n"),
        ("unstuffed", "one\r\n.two\r\nthree\r\n.\r\n"),
    ] {
        let expected = right.replace(stuffed, stands);
        let got = heard(&home, Some(fault), BODY, server());
        assert_eq!(got.escape_default().to_string(), expected.escape_default().to_string(), "{fault}");
    }
    let long = heard(&home, Some("long-line"), BODY, server());
    let (head, text) = long.split_once("\r\n\r\n").expect("a head");
    assert_eq!(Some(head), right.split("\r\n\r\n").next());
    let line = text.strip_suffix("\r\n.\r\n").expect("an end");
    assert!(line.len() > 998 && !line.contains(['\r', '\n']) && line.starts_with("one .two three one"), "{line}");
}

#[test]
fn a_raw_body_goes_out_without_a_word_about_its_octets() {
    let home = Home::new();
    let raw = heard(&home, Some("raw-body"), "Grüße\n", server());
    assert!(raw.ends_with("\r\n\r\nGr????e\r\n.\r\n") && !raw.contains("Content-"), "{raw}");
    let right = heard(&home, None, "Grüße\n", server());
    assert!(right.contains("Content-Transfer-Encoding: "), "{right}");
    assert!(heard(&home, None, BODY, server()).contains(PLAIN));
}

/// Sends a raw mail with more options; gives all that was said.
fn said(home: &Home, script: Script, raw: &str, more: &[&str], exit: i32) -> String {
    let server = Scripted::start(script);
    let (url, file) = (server.smtp_url(), home.file("raw.eml", raw));
    let fixed = ["send", &url, "--envelope-from", "ada@a.example", "--envelope-to", "bob@b.example", "--raw", &file];
    home.run(&[&fixed[..], more].concat()).expect(exit);
    server.heard()
}

#[test]
fn what_is_not_announced_or_too_large_goes_out_on_purpose_only() {
    let home = Home::new();
    let plain = "Subject: s\r\n\r\nhi\r\n";
    let notify = ["--dsn-notify", "success"];
    assert!(!said(&home, Script::smtp(), plain, &notify, 5).contains("MAIL"));
    let asked = said(&home, Script::smtp(), plain, &[&notify[..], &["--fault", "unannounced"]].concat(), 0);
    assert!(asked.contains("RCPT TO:<bob@b.example> NOTIFY=SUCCESS\r\n") && asked.contains(plain), "{asked}");

    let small = || Script::smtp().on("EHLO", [say("250-mx.example.test\r\n250 SIZE 10\r\n")]);
    assert!(!said(&home, small(), plain, &[], 5).contains("MAIL"));
    let large = said(&home, small(), plain, &["--fault", "oversize"], 0);
    assert!(large.contains("MAIL FROM:<ada@a.example> SIZE=18\r\n") && large.contains(plain), "{large}");
}

#[test]
fn line_ends_of_a_raw_mail_and_dots_stay_as_they_are_on_purpose_only() {
    let home = Home::new();
    let raw = "Subject: s\n\na\n.b\rc\r\n.d\r\n";
    let right = said(&home, Script::smtp(), raw, &[], 0);
    assert!(right.contains("DATA\r\nSubject: s\r\n\r\na\r\n..b\r\nc\r\n..d\r\n.\r\nQUIT\r\n"), "{right:?}");
    let bare = said(&home, Script::smtp(), raw, &["--fault", "line-ends"], 0);
    assert!(bare.contains("DATA\r\nSubject: s\n\na\n.b\rc\r\n..d\r\n.\r\nQUIT\r\n"), "{bare:?}");
    // Without stuffing, a line with a single dot does end the mail, and what follows it is commands.
    let ends = Script::smtp().on("EVIL", [say("500 what?\r\n"), Step::Close]);
    let smuggled =
        said(&home, ends, "Subject: s\r\n\r\na\r\n.\r\nEVIL\r\n", &["--fault", "unstuffed", "--drop-after", "dot"], 0);
    assert!(smuggled.contains("\r\n\r\na\r\n.\r\nEVIL\r\n"), "{smuggled:?}");
}
