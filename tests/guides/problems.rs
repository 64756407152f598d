//! Guide 004. What a mail needs, and the replies 501, 503 and 550 with their fixes.

use telepost::app::Message;
use telepost::connection::{Failure, FailureKind, LinkEvent, Protocol, Report};
use telepost::sandbox::{Options, Sandbox};
use telepost::transcript::Direction;
use telepost::wire::{Side, Wait};

use crate::support::client::{Client, target};
use crate::support::scripted::{Script, Scripted};
use crate::support::stage::{Stage, settings};
use crate::{WIDE, blank, enter, last_letter, opposite};

#[test]
fn before_anything_is_said_the_three_needs_are_looked_at() {
    let stage = Stage::demo(WIDE);
    for need in ["? network  not tried yet", "+ server   127.0.0.1:2525", "+ sender   ada@sandbox.test"] {
        stage.sees(need);
    }
    let mut stage = Stage::open(WIDE, settings(None));
    stage.press(&["Esc"]);
    for need in ["! server   none is named", "! sender   no sender"] {
        stage.sees(need);
    }
    stage.type_text("ada@lab");
    stage.sees("! sender   ada@lab: no full domain");
}

#[tokio::test]
async fn every_address_tried_is_listed_with_its_result() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut client = Client::connect(target(Protocol::Smtp, "localhost", closed)).await;
    assert_eq!(client.end().await.map(|failure| failure.kind), Some(FailureKind::Refused));
    let tried = client.lines(Direction::Event).iter().filter(|line| line.starts_with("trying ")).count();
    let refused = client
        .lines(Direction::Error)
        .iter()
        .filter(|line| line.contains("refused: nothing") && !line.starts_with("connection"))
        .count();
    assert!(
        tried >= 1 && tried == refused,
        "{:?} {:?}",
        client.lines(Direction::Event),
        client.lines(Direction::Error)
    );
}

#[test]
fn a_subject_is_mail_enough() {
    let mut stage = blank("ada@sandbox.test");
    for text in ["bob@sandbox.test", "", "", "only this"] {
        stage.type_text(text);
        stage.press(&["Tab"]);
    }
    stage.press(&["F5", "s"]);
    stage.sees("queued as");
    let letter = last_letter(&stage, 1);
    assert!(letter.contains("\r\nSubject: only this\r\n"), "{letter}");
    let (head, body) = letter.split_once("\r\n\r\n").expect("the form ends the header");
    assert!(!head.is_empty() && body.trim().is_empty(), "{letter}");
}

#[test]
fn a_sender_domain_that_must_exist_is_explained_and_the_caret_is_there() {
    let mut stage = blank("ada@nowhere.invalid");
    for text in ["bob@sandbox.test", "", "", "x"] {
        stage.type_text(text);
        stage.press(&["Tab"]);
    }
    stage.press(&["Esc", "2", "F5", "s"]);
    stage.sees("Sender domain must exist");
    stage.sees("The server looked up the domain of the sender address");
    stage.type_text("!caret");
    stage.sees("ada@nowhere.invalid!caret");
}

#[test]
fn rcpt_before_mail_is_foretold_refused_and_explained() {
    let mut stage = Stage::demo((80, 24));
    stage.press(&["^X", "4", "F8"]);
    enter(&mut stage, "HELO local.example.org");
    stage.type_text("RCPT TO:<bob@sandbox.test>");
    stage.sees("expect 503: MAIL comes first");
    stage.press(&["Enter"]);
    stage.sees("503");
    stage.sees("A recipient or the text was sent before a sender");
    stage.sees("READY");
}

#[test]
fn relaying_denied_names_both_causes_and_the_login() {
    let mut stage = Stage::demo(WIDE);
    stage.press(&["^X", "4", "F8"]);
    for line in ["HELO local.example.org", "MAIL FROM: ada@sandbox.test", "RCPT TO: grace@elsewhere.example"] {
        enter(&mut stage, line);
    }
    stage.sees("Relaying denied");
    stage.press(&["^X", "i"]);
    for words in ["You are not on this provider's network.", "is not one of this provider's.", "Log in first"] {
        stage.sees(words);
    }
}

#[test]
fn a_control_character_is_shown_where_it_was_sent() {
    let line = "NOOP ab\u{8}c";
    let mut stage = opposite("220 go", &[(line, "250 ok")]);
    stage.type_text("NOOP ab");
    stage.press(&["^X", "v", "^H"]);
    stage.type_text("c");
    stage.press(&["Enter"]);
    stage.sees("-> NOOP ab\u{2408}c");
}

#[tokio::test]
async fn the_transcript_holds_the_bytes_of_the_wire_control_characters_included() {
    let server = Scripted::start(Script::smtp());
    let mut client = Client::connect(target(Protocol::Smtp, "127.0.0.1", server.port)).await;
    let lines = [
        "NOOP typed\u{8}\u{8}\u{7f} over",
        "MAIL FROM: ada@domain.ext",
        "RCPT TO: b@c.ext",
        "DATA",
        "x\u{8}y",
        ".",
        "QUIT",
    ];
    for line in lines {
        client.smtp(line).await;
    }
    assert_eq!(client.end().await, None);
    let sent: Vec<u8> = client
        .records
        .iter()
        .filter(|record| record.direction == Direction::Sent)
        .flat_map(|record| record.bytes.clone())
        .collect();
    assert_eq!(server.finish().concat(), sent);
    assert_eq!(sent, (lines.join("\r\n") + "\r\n").into_bytes());
}

#[tokio::test]
async fn refusals_leave_the_session_where_it_was() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let before = sandbox.mailbox("bob").len();
    let mut client = Client::connect(target(Protocol::Smtp, "127.0.0.1", sandbox.smtp().port())).await;
    for line in [
        "HELO local.domain.name",
        "RCPT TO: bob@sandbox.test",
        "MAIL FROM: noruser@suchaplace.invalid",
        "MAIL FROM: ada@sandbox.test",
        "RCPT TO: far@elsewhere.example",
        "RCPT TO: bob@sandbox.test",
        "DATA",
        "Subject: only this",
        "",
        ".",
        "QUIT",
    ] {
        client.smtp(line).await;
    }
    assert_eq!(client.end().await, None);
    assert!(client.kept_step());
    let codes: Vec<&str> = client.replies.iter().filter_map(|reply| reply.split(": ").nth(1)?.get(..3)).collect();
    assert_eq!(codes, ["250", "503", "501", "250", "550", "250", "354", "250", "221"], "{:?}", client.replies);
    let letters = sandbox.mailbox("bob");
    assert_eq!(letters.len(), before + 1);
    let letter = String::from_utf8(letters.last().unwrap().to_vec()).unwrap();
    assert!(letter.ends_with("\r\nSubject: only this\r\n\r\n"), "{letter}");
}

#[test]
fn a_line_that_breaks_off_is_told_from_a_clean_end() {
    let advice = "The last reply often says why";
    let mut stage = opposite("220 go", &[]);
    let event = LinkEvent::Closed(Some(Failure::closed_early("mail.example.test:25", false)));
    stage.tell(Message::Report(Report::Link { side: Side::Smtp, link: 1, event }));
    stage.sees("the server closed the line without a goodbye");
    stage.sees(advice);
    stage.lacks("closed cleanly");
    let late = Failure::timed_out("mail.example.test:25", Wait::Reply);
    let event = LinkEvent::Closed(Some(late));
    stage.tell(Message::Report(Report::Link { side: Side::Smtp, link: 1, event }));
    stage.sees("timed out waiting for the reply");
}
