//! Guide 000. SMTP over a typed line, step by step: greeting, HELO, MAIL, RCPT, DATA, the dot, a second mail, QUIT.

use telepost::connection::Protocol;

use crate::support::actor::Actor;
use crate::support::client::{Client, target};
use crate::support::scripted::{Script, Scripted};
use crate::support::stage::{Stage, settings};
use crate::{WIDE, copied, enter, opposite, sent_to};

#[test]
fn the_first_guide_is_followed_step_by_step_and_twice() {
    let mut stage = opposite(
        "220 PROTAGONIST Mailmax version 4. 8. 3. 0 ESMTP Mail Server Ready",
        &[
            ("hello dell01", "500 what is that"),
            ("HeLo dell01", "250 HELO 192.0.2.201, How can I help you?"),
            ("mail from: webmaster@example.com", "250 Ok"),
            ("rcpt to: info@example.net", "250 Ok"),
            ("data", "354 End data with ."),
            (".", "250 Ok: queued as 6AB5150038"),
            ("rcpt to: info@example.net", "503 Need MAIL before RCPT"),
            ("mail from: webmaster@example.com", "250 Ok"),
            ("rcpt to: info@example.net", "250 Ok"),
            ("data", "354 End data with ."),
            (".", "250 Ok: queued as 6AB5150039"),
            ("quit", "221 Bye"),
        ],
    );
    stage.sees("<-  220 PROTAGONIST Mailmax version 4. 8. 3. 0 ESMTP");
    stage.type_text("hello dell01");
    stage.sees("Meant: HELO dell01");
    stage.resize((80, 24));
    stage.sees("Meant: HELO dell01");
    stage.resize(WIDE);
    stage.press(&["Enter"]);
    stage.sees("500 what is that");
    enter(&mut stage, "HeLo dell01");
    stage.sees("<-  250 HELO 192.0.2.201, How can I help you?");
    enter(&mut stage, "mail from: webmaster@example.com");
    stage.sees(" -> mail from: webmaster@example.com");
    enter(&mut stage, "rcpt to: info@example.net");
    stage.sees("Accepted, not yet delivered; a bounce may follow.");
    enter(&mut stage, "data");
    stage.sees("354 End data with .");
    stage.sees("DATA ");
    enter(&mut stage, "This is a test e-mail.");
    stage.sees("| This is a test e-mail.");
    enter(&mut stage, ".");
    stage.sees("250 Ok: queued as 6AB5150038");
    stage.press(&["^X", "I"]);
    assert_eq!(copied(&stage), ["6AB5150038"]);

    stage.type_text("rcpt to: info@example.net");
    stage.sees("expect 503: MAIL comes first");
    stage.press(&["Enter"]);
    stage.sees("After a mail is finished the server has forgotten its sender");
    for line in ["mail from: webmaster@example.com", "rcpt to: info@example.net", "data", "Once more.", "."] {
        enter(&mut stage, line);
    }
    stage.press(&["^X", "I"]);
    assert_eq!(copied(&stage), ["6AB5150038", "6AB5150039"]);
    enter(&mut stage, "quit");
    stage.sees("221 Bye");
    stage.sees("closed cleanly");
}

#[test]
fn nothing_goes_out_before_the_greeting() {
    let mut stage = opposite("", &[]);
    enter(&mut stage, "HELO dell01");
    stage.sees("GREETING");
    stage.lacks("-> HELO");
}

#[test]
fn success_is_judged_by_the_code_whatever_the_words_say() {
    let mut stage = Stage::demo(WIDE);
    let part = [
        ("EHLO lab.test", "250 ERROR"),
        ("MAIL FROM:<ada@sandbox.test>", "250 550 refused"),
        ("RCPT TO:<bob@sandbox.test>", "250 no such user"),
        ("DATA", "354 failed"),
        (".", "250 rejected as spam"),
    ];
    stage.understudy = Some(Actor::playing("220 ERROR go away", &part));
    stage.press(&["F5"]);
    stage.sees("accepted - press 3");
    sent_to("550 Ok, sender accepted", "").sees("refused: 550 Ok, sender accepted");
}

#[test]
fn servers_ports_and_the_helo_name_are_filled_in_and_any_name_is_said() {
    let mut stage = Stage::open(WIDE, settings(None));
    stage.press(&["c"]);
    stage.sees("HELO name lab.test");
    for port in ["Port      25 ", "Port      110 "] {
        stage.sees(port);
    }
    for (field, text) in [("Server", "mail.example.test"), ("Port", "2626"), ("HELO name", "dell01 of mine")] {
        while !stage.screen().contains(&format!(">{field}")) {
            stage.press(&["Tab"]);
        }
        stage.press(&["^U"]);
        stage.type_text(text);
    }
    stage.press(&["Enter"]);
    stage.sees("mail.example.test:2626");
    stage.sees("-> EHLO dell01 of mine");
}

#[test]
fn a_sender_of_a_foreign_domain_is_told_the_rule_and_gets_the_caret() {
    let mut stage = sent_to("553 sender must be local", "");
    stage.sees("553 sender must be local");
    stage.sees("This server takes mail only from senders of the domains it serves.");
    stage.type_text("!caret");
    stage.sees("<ada@sandbox.test>!caret");
}

#[test]
fn only_the_final_text_of_an_edited_line_is_sent() {
    let mut stage = opposite("220 go", &[("helo lab.test", "250 lab.test"), ("noop", "250 ok")]);
    stage.type_text("hellp");
    stage.press(&["Backspace", "^H"]);
    stage.type_text("x");
    stage.press(&["Left", "Delete"]);
    enter(&mut stage, "o lab.test");
    stage.sees("-> helo lab.test");
    enter(&mut stage, "noop");
    stage.sees("-> noop");
}

#[tokio::test]
async fn typed_faster_than_answered_every_line_goes_out_whole_and_in_turn() {
    let script = Script::smtp();
    let server = Scripted::start(script);
    let lines = [
        "HeLo dell01",
        "mail from: webmaster@example.com",
        "rcpt to: info@example.net",
        "data",
        "This is a test e-mail.",
        ".",
        "mail from: webmaster@example.com",
        "rcpt to: info@example.net",
        "data",
        "Once more.",
        ".",
        "quit",
    ];
    let mut client = Client::connect(target(Protocol::Smtp, "127.0.0.1", server.port)).await;
    for line in lines {
        client.smtp(line).await;
    }
    assert_eq!(client.end().await, None, "221, then the close");
    assert!(client.kept_step(), "{:?}", client.records);
    assert_eq!(server.heard(), lines.join("\r\n") + "\r\n");
}
