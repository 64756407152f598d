//! Guide 002. A whole session as a listing, and the mail with five headers.

use telepost::connection::Protocol;

use crate::support::client::{Client, target};
use crate::support::scripted::{Script, Scripted, Step, say};
use crate::{blank, copied, enter, last_letter, opposite};

#[tokio::test]
async fn the_listing_comes_out_octet_for_octet() {
    let greeting = "220 smtp.example.com ESMTP Sendmail 8.9.2/8.9.2; Sat, 9 Jun 2001 12:27:28 +0100\r\n";
    let body = [say("354 Enter mail, end with \".\" on a line by itself\r\n"), Step::HearBody];
    let accepted = say("250 MAA31024 Message accepted for delivery\r\n");
    let script = Script::smtp()
        .greeting([say(greeting)])
        .on("HELO", [say("250 smtp.example.com Hello user123.example.com [10.0.0.100], pleased to meet you\r\n")])
        .on("MAIL", [say("250 user123@example.com Sender ok\r\n")])
        .on("RCPT", [say("250 test@example.com Recipient ok\r\n")])
        .on("DATA", body.into_iter().chain([accepted]).collect::<Vec<_>>())
        .on("QUIT", [say("221 smtp.example.com closing connection\r\n"), Step::Close]);
    let server = Scripted::start(script);
    let mut client = Client::connect(target(Protocol::Smtp, "127.0.0.1", server.port)).await;
    let lines = [
        "HELO user123.example.com",
        "MAIL FROM: user123@example.com",
        "RCPT TO: test@example.com",
        "DATA",
        "Hello",
        ".",
        "QUIT",
    ];
    for line in lines {
        client.smtp(line).await;
    }
    assert_eq!(client.end().await, None);
    assert_eq!(server.heard(), lines.join("\r\n") + "\r\n");
    let codes: Vec<&str> = client.replies.iter().filter_map(|reply| reply.split(": ").nth(1)?.get(..3)).collect();
    assert_eq!(codes, ["250", "250", "250", "354", "250", "221"], "{:?}", client.replies);
}

#[test]
fn a_mail_without_a_header_is_warned_of_and_sent_and_its_id_is_known() {
    let mut stage = opposite(
        "220 smtp.example.com ESMTP Sendmail",
        &[
            ("HELO user123.example.com", "250 Hello"),
            ("MAIL FROM: user123@example.com", "250 Sender ok"),
            ("RCPT TO: test@example.com", "250 Recipient ok"),
            ("DATA", "354 Enter mail"),
            (".", "250 MAA31024 Message accepted for delivery"),
        ],
    );
    for line in ["HELO user123.example.com", "MAIL FROM: user123@example.com", "RCPT TO: test@example.com", "DATA"] {
        enter(&mut stage, line);
    }
    enter(&mut stage, "Hello");
    stage.type_text(".");
    stage.sees("no header at all: it may be sent");
    stage.press(&["Enter"]);
    stage.sees("MAA31024 Message accepted");
    stage.sees("no header at all: it may be sent");
    stage.press(&["^X", "I"]);
    assert_eq!(copied(&stage), ["MAA31024"]);
}

#[test]
fn the_form_makes_the_five_headers_one_blank_line_and_the_body() {
    let mut stage = blank("Me <ada@sandbox.test>");
    for text in ["You <bob@sandbox.test>", "", "", "Simple standardised email"] {
        stage.type_text(text);
        stage.press(&["Tab"]);
    }
    stage.type_text("Hello. Content goes here.");
    stage.press(&["F5"]);
    stage.sees("queued as");
    let letter = last_letter(&stage, 1);
    for header in [
        "MIME-Version: 1.0",
        "From: Me <ada@sandbox.test>",
        "To: You <bob@sandbox.test>",
        "Subject: Simple standardised email",
        "Content-Type: text/plain; charset=us-ascii",
    ] {
        assert_eq!(letter.to_lowercase().matches(&format!("\r\n{}\r\n", header.to_lowercase())).count(), 1, "{letter}");
    }
    let (_, body) = letter.split_once("\r\n\r\n").expect("a blank line");
    assert_eq!(body, "Hello. Content goes here.\r\n");
}

#[test]
fn the_wire_tab_warns_of_what_is_rarely_meant() {
    let mut stage = blank("ada@sandbox.test");
    stage.type_text("bob@sandbox.test");
    stage.press(&["^X", "w"]);
    stage.sees("no subject: many filters take");
    stage.press(&["F5"]);
    stage.sees("Send it like this?");
    stage.press(&["s"]);
    stage.sees("queued as");
}
