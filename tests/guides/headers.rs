//! Guide 003. Headers, copies, names that fit or do not, and how a session ends.

use telepost::connection::{FailureKind, Protocol};

use crate::support::client::{Client, target};
use crate::support::scripted::{Script, Scripted, Step, say};
use crate::{blank, enter, last_letter, opposite};

#[test]
fn cc_is_one_more_recipient_and_a_header_needs_no_space() {
    let mut stage = blank("Your Name <ada@sandbox.test>");
    for text in ["bob@sandbox.test", "Someone else <ada@sandbox.test>", "postmaster@sandbox.test", "Your subject."] {
        stage.type_text(text);
        stage.press(&["Tab"]);
    }
    stage.press(&["Esc", "]", "Enter"]);
    stage.type_text("X-Note:no space");
    stage.press(&["F5", "s"]);
    for line in ["RCPT TO:<bob@sandbox.test>", "RCPT TO:<ada@sandbox.test>", "RCPT TO:<postmaster@sandbox.test>"] {
        stage.sees(line);
    }
    let letter = last_letter(&stage, 1);
    for header in ["\r\nCc: Someone else <ada@sandbox.test>\r\n", "\r\nX-Note: no space\r\n"] {
        assert!(letter.contains(header), "{letter}");
    }
    assert!(!letter.contains("postmaster"), "Bcc stands in the envelope only\n{letter}");
}

#[test]
fn lines_of_the_client_look_different_from_those_of_the_server() {
    let mut stage = opposite("220 go", &[("HELO local.example.org", "250 ok")]);
    enter(&mut stage, "HELO local.example.org");
    for row in ["=== connected to", "<-  220 go", " -> HELO local.example.org"] {
        stage.sees(row);
    }
}

#[test]
fn a_helo_name_that_does_not_fit_the_address_is_hinted_at() {
    for (claimed, answer, hint) in [
        ("[192.0.2.7]", "250 mx Hello [192.0.2.9], pleased to meet you", "The server sees another address"),
        ("a.example.org", "250 mx Hello dsl-9.isp.example [192.0.2.9]", "knows your address by another name"),
        ("dell01", "250 HELO 192.0.2.9", "is no full name"),
    ] {
        let line = format!("HELO {claimed}");
        let mut stage = opposite("220 mx", &[(&line, answer)]);
        stage.resize((80, 24));
        enter(&mut stage, &line);
        stage.sees(hint);
    }
    let part =
        [("HELO [192.0.2.7]", "250 mx Hello [192.0.2.7]"), ("MAIL FROM: mail@domain.ext", "250 2.1.0 Sender ok")];
    let mut stage = opposite("220 mx", &part);
    enter(&mut stage, "HELO [192.0.2.7]");
    stage.sees("250 OK: The server knows your name now");
    enter(&mut stage, "MAIL FROM: mail@domain.ext");
    stage.sees("250 2.1.0 OK: A new mail has begun");
}

#[tokio::test]
async fn a_close_counts_as_normal_after_221_only() {
    for (quit, expected) in [
        (vec![say("221 2.0.0 mail.domain.ext closing connection\r\n"), Step::Close], None),
        (vec![Step::Close], Some(FailureKind::ClosedEarly)),
    ] {
        let server = Scripted::start(Script::smtp().on("QUIT", quit.clone()).on("NOOP", vec![Step::Close]));
        let mut client = Client::connect(target(Protocol::Smtp, "127.0.0.1", server.port)).await;
        let last = if expected.is_none() { "QUIT" } else { "NOOP" };
        for line in ["HELO local.example.org", last] {
            client.smtp(line).await;
        }
        assert_eq!(client.end().await.map(|failure| failure.kind), expected, "{quit:?}");
    }
}
