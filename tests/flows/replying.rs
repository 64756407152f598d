//! Reply, forward and resend, from the list and from the open message to the arrived mail.

use telepost::app::Message;
use telepost::mail::header;

use super::super::demo;
use super::super::support::stage::{Stage, account, settings};

/// Bob's mailbox is open; the newest message is 3, from the postmaster; 1 is from Ada.
fn listed() -> Stage {
    let mut stage = demo();
    stage.press(&["^X", "3"]);
    stage
}

fn values(mail: &[u8], name: &str) -> Vec<String> {
    header::fields(header::split(mail).head).filter(|field| field.is(name)).map(|field| field.unfolded()).collect()
}

/// The mail that reached Ada last.
fn last_of_ada(stage: &Stage) -> Vec<u8> {
    stage.letters(0).pop().expect("Ada has mail")
}

/// The bodies of all drafts.
fn drafts(stage: &Stage) -> String {
    stage.cupboard.drafts.iter().flat_map(|(_, saved)| [saved.draft.body.as_str(), "\n---\n"]).collect()
}

#[test]
fn a_reply_to_the_selected_message_is_threaded_and_arrives() {
    let mut stage = listed();
    stage.press(&["G", "R"]);
    stage.sees("To       Ada Lovelace <ada@sandbox.test>");
    stage.sees("Subject  Re: ");
    stage.type_text("Gladly.");
    stage.press(&["F5"]);
    stage.sees("queued as");
    let parent = values(&stage.letters(1)[0], "Message-ID");
    let mail = last_of_ada(&stage);
    assert_eq!(values(&mail, "In-Reply-To"), parent);
    assert_eq!(values(&mail, "References"), parent);
    let text = String::from_utf8_lossy(&mail).into_owned();
    let quote = text.rfind("\n> ").expect("the text is quoted");
    assert!(text[quote..].contains("\r\n\r\nGladly.\r\n"), "one writes below the quoted text:\n{text}");
}

#[test]
fn threading_fields_can_be_seen_and_changed_before_sending() {
    let mut stage = listed();
    stage.press(&["G", "Enter", "R", "^X", "]"]);
    stage.sees("In-Reply-To: <");
    stage.sees("References: <");
}

#[test]
fn a_reply_to_all_leaves_oneself_out() {
    let mut stage = listed();
    stage.press(&["Down", "A"]);
    let screen = stage.screen();
    let line = |label: &str| screen.lines().find(|line| line.contains(label)).unwrap_or_default().to_owned();
    assert!(line("│To  ").contains("postmaster@sandbox.test"), "{screen}");
    assert!(!line("│Cc  ").contains('@'), "Ada and Bob are oneself here:\n{screen}");
}

#[test]
fn an_unsent_mail_is_never_lost_to_a_reply() {
    let mut stage = demo();
    stage.type_text("precious ");
    stage.press(&["^X", "3", "G", "R"]);
    stage.sees("The mail in the form is not sent");
    stage.press(&["Enter", "1"]);
    stage.sees("precious Hi Bob,");
    stage.press(&["^X", "3", "R", "y"]);
    stage.sees("Subject  Re: ");
    let both = drafts(&stage);
    assert!(both.contains("wrote:") && both.contains("precious Hi Bob,"), "{both}");

    // A crash here: both come back at the next start.
    let recovered = stage.cupboard.left_open();
    let mut next = Stage::open((120, 40), telepost::app::Settings { recovered, ..settings(Some(account())) });
    next.cupboard.drafts.clone_from(&stage.cupboard.drafts);
    next.press(&["r"]);
    next.sees("Subject  Re: ");
    next.press(&["^X", "N", "y"]);
    next.sees("precious Hi Bob,");

    stage.press(&["F5"]);
    stage.sees("put aside");
    let left = drafts(&stage);
    assert!(!left.contains("wrote:") && left.contains("precious"), "{left}");
    stage.press(&["^X", "N"]);
    stage.sees("precious Hi Bob,");
    stage.sees("1 Compose *");
}

#[test]
fn a_mail_sent_on_keeps_its_attachment_and_asks_for_whom() {
    let mut stage = listed();
    stage.press(&["Down", "F"]);
    stage.sees("Subject  Fwd: ");
    stage.sees("report.pdf");
    stage.type_text("ada@sandbox.test");
    stage.press(&["F5"]);
    stage.sees("queued as");
    let mail = String::from_utf8_lossy(&last_of_ada(&stage)).into_owned();
    assert!(mail.contains("Forwarded message") && mail.contains("filename=\"report.pdf\""), "{mail}");
    let original = String::from_utf8_lossy(&stage.letters(1)[1]).into_owned();
    let pdf = original.lines().find(|line| line.starts_with("JVBER")).expect("the attachment is in base64").trim();
    let joined = |text: &str| text.replace("\r\n", "");
    assert!(joined(&mail).contains(pdf), "octet for octet");
}

#[test]
fn an_attachment_that_came_along_is_taken_off_with_a_key() {
    let mut stage = listed();
    stage.press(&["Down", "F"]);
    stage.sees("report.pdf 596 B");
    stage.type_text("ada@sandbox.test");
    stage.press(&["Tab", "Tab", "Tab", "Tab"]);
    stage.sees("Del takes it off");
    stage.type_text("no word goes here");
    stage.paste("nor pasted");
    stage.press(&["Delete"]);
    stage.sees("Attach   none");
    stage.press(&["F5"]);
    stage.sees("speaks of an attachment");
    stage.press(&["s"]);
    stage.sees("queued as");
    let mail = String::from_utf8_lossy(&last_of_ada(&stage)).into_owned();
    assert!(!mail.contains("report.pdf") && !mail.contains("word goes here") && !mail.contains("nor pasted"), "{mail}");
}

#[test]
fn a_message_is_resent_octet_for_octet_and_the_form_is_not_touched() {
    let mut stage = demo();
    stage.type_text("precious ");
    stage.press(&["^X", "3", "G", "B"]);
    stage.sees("Resend message 1 to");
    stage.type_text("ada");
    stage.press(&["Enter"]);
    stage.sees("no @ in the address");
    stage.type_text("@sandbox.test");
    stage.press(&["Enter"]);
    stage.sees("bounces go to <ada@sandbox.test>");
    stage.press(&["Enter"]);
    stage.sees("message 1 is resent: accepted as");
    let (sent, arrived) = (stage.letters(1).remove(0), last_of_ada(&stage));
    assert!(arrived.len() > sent.len() && arrived.ends_with(&sent), "{}", String::from_utf8_lossy(&arrived));
    let added = String::from_utf8_lossy(&arrived[..arrived.len() - sent.len()]).into_owned();
    assert!(added.starts_with("Return-Path: <ada@sandbox.test>") && !added.contains("Resent-"), "{added}");
    stage.press(&["1"]);
    stage.sees("precious Hi Bob,");
    stage.sees("1 Compose *");
}

#[test]
fn a_message_is_resent_with_fields_that_say_so() {
    let mut stage = listed();
    stage.press(&["G", "B"]);
    stage.type_text("Ada <ada@sandbox.test>");
    stage.press(&["Enter", "r"]);
    stage.sees("message 1 is resent");
    let (sent, arrived) = (stage.letters(1).remove(0), last_of_ada(&stage));
    assert!(arrived.ends_with(&sent));
    assert_eq!(values(&arrived, "Resent-From"), ["Ada Lovelace <ada@sandbox.test>"]);
    assert_eq!(values(&arrived, "Resent-To"), ["Ada <ada@sandbox.test>"]);
    assert_eq!((values(&arrived, "Resent-Date").len(), values(&arrived, "Resent-Message-ID").len()), (1, 1));
}

#[test]
fn a_resent_message_that_is_refused_is_told_and_not_tried_again() {
    let mut stage = listed();
    stage.press(&["G", "B"]);
    stage.type_text("nobody@elsewhere.example");
    stage.press(&["Enter", "Enter"]);
    stage.sees("message 1 is not resent: ");
    stage.press(&["1"]);
    stage.lacks("refused  ");
}

#[test]
fn of_a_message_that_is_here_in_part_only_nothing_is_sent_on() {
    let mut stage = listed();
    stage.press(&["Enter"]);
    let raw = b"From: a@x\r\n\r\nx\r\n".repeat(3 * 1024 * 1024);
    let line = telepost::pop3::Notice::Body { kind: telepost::pop3::BodyKind::Retr, number: 2, bytes: raw };
    stage.tell(Message::Report(telepost::connection::Report::Pop3 { link: 1, notice: line }));
    let end = telepost::pop3::Notice::BodyEnd {
        kind: telepost::pop3::BodyKind::Retr,
        number: 2,
        complete: true,
        octets: 50_331_648,
    };
    stage.tell(Message::Report(telepost::connection::Report::Pop3 { link: 1, notice: end }));
    for key in ["F", "B"] {
        stage.press(&[key]);
        stage.sees("too large to be kept whole");
    }
    stage.press(&["R"]);
    stage.sees("Subject  Re: ");
}
