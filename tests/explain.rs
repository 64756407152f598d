//! `telepost explain` as a person or a script calls it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn explain(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_telepost"))
        .arg("explain")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program is built");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A program that reads nothing may be gone already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn said(arguments: &[&str], input: &str) -> String {
    let output = explain(arguments, input);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text")
}

#[test]
fn a_reply_is_explained_with_causes_advice_key_and_source() {
    let told = said(&["554 5.7.1 <bob@x.test>: Relay access denied", "--verb", "RCPT"], "");
    for part in [
        "554 5.7.1  PERM  Relaying denied",
        "refused for good",
        "- You have not logged in.",
        "Next: Log in first",
        "Enhanced code 5.7.1: ",
        "Wording of Postfix.",
        "RFC 5321",
        "Key in the workbench: ",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains('\u{1b}'));
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
}

#[test]
fn codes_names_and_failures_can_be_asked_for_alone() {
    for (asked, part) in [
        ("5.7.1", "Not permitted"),
        ("550", "Mailbox not available"),
        ("-ERR [IN-USE] locked", "Maildrop in use"),
        ("STARTTLS", "RFC 3207"),
        ("AUTH PLAIN", "readable by all without TLS"),
        ("certificate_unknown", "alert 46"),
        ("NXDOMAIN", "does not exist"),
        ("2.1.5", "Good news"),
    ] {
        let told = said(&[asked], "");
        assert!(told.contains(part), "{asked}: {told}");
    }
}

#[test]
fn verb_state_and_protocol_choose_the_card() {
    let told = |arguments: &[&str]| said(arguments, "");
    assert!(told(&["554 no", "--verb", "DATA"]).contains("No recipient yet"));
    assert!(told(&["503 no", "--verb", "RCPT", "--state", "second-mail"]).contains("The second mail needs its own"));
    assert!(!told(&["PIPELINING", "--protocol", "pop3"]).contains("EHLO"));
}

#[test]
fn a_pasted_dialogue_is_explained_reply_by_reply() {
    let dialogue = "S: 220 mx.x.test ESMTP\nC: EHLO lab\nS: 250-mx.x.test\nS: 250 SIZE 1000\nC: RCPT TO:<a@b>\n\
                    S: 503 5.5.1 Error: need MAIL command\nC: QUIT\nS: 221 bye\n";
    let told = said(&["-"], dialogue);
    for part in ["greeting: 220", "EHLO: 250", "RCPT: 503", "MAIL before RCPT", "QUIT: 221", "Closing"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let bounce = "host mx[192.0.2.1] said: 552 5.2.2 <a@b> Quota exceeded (mailbox for user is full) (in reply to end \
                  of DATA command)";
    assert!(said(&["-"], bounce).contains("Mailbox full"));
}

#[test]
fn what_is_unknown_ends_with_status_2_and_the_nearest() {
    let output = explain(&["STARTLS"], "");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("nothing is known of: STARTLS") && told.contains("STARTTLS"), "{told}");
    assert!(output.stdout.is_empty());
    assert_eq!(explain(&["-"], "lorem\nipsum\n").status.code(), Some(2));
}

#[test]
fn json_is_one_object_with_the_same() {
    let output = explain(&["450 4.2.0 Greylisted", "--json"], "");
    assert_eq!(output.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is one object");
    let card = &json["explanations"][0]["cards"][0];
    assert_eq!((card["title"].as_str(), card["temporary"].as_bool()), (Some("Greylisting"), Some(true)));
    let output = explain(&["lorem ipsum", "--json"], "");
    assert_eq!(output.status.code(), Some(2));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is one object");
    assert_eq!((json["outcome"].as_str(), json["exit"].as_u64()), (Some("unknown"), Some(2)));
}

#[test]
fn the_list_names_all_that_is_known() {
    let told = said(&["--list"], "");
    for part in
        ["reply codes", "  556 ", "  X.7.30 ", "[LOGIN-DELAY]", "SCRAM-SHA-256-PLUS", "unknown_ca", "REQUIRETLS"]
    {
        assert!(told.contains(part), "{part}");
    }
    let json: serde_json::Value = serde_json::from_str(&said(&["--list", "--json"], "")).expect("it is one object");
    assert!(json["known"].as_array().is_some_and(|known| known.len() > 250));
}

#[test]
fn hostile_words_are_sanitized() {
    let told = said(&["-"], "S: 220 \u{1b}]0;x\u{7}\nC: RCPT TO:<a@b>\nS: 550 5.1.1 \u{1b}[31mred\n");
    assert!(!told.contains(['\u{1b}', '\u{7}']) && told.contains("RCPT: 550 5.1.1 ␛[31mred"), "{told}");
    let output = explain(&["\u{1b}[31mred"], "");
    assert!(!output.stderr.contains(&0x1b));
}
