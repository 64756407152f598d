//! `telepost mailbox wait`, from outside: found, late, never, changed on the way, deleted.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use support::scripted::{Script, Scripted, Step, say};
use support::telepost::{Home, Outcome};

const SENT: &str = "From: ada@example.org\nMessage-ID: <one@lab.test>\nSubject: x\n\nfirst\n.second\n";

/// The mail with CRLF and a trace on top, and `body` in place of its own.
fn arrived(body: &str) -> String {
    let head =
        "Return-Path: <ada@example.org>\r\nFrom: ada@example.org\r\nMessage-ID: <one@lab.test>\r\nSubject: x\r\n\r\n";
    format!("{head}{body}")
}

/// A mailbox with `mail` in it.
fn holding(mail: &str) -> Script {
    let stuffed = mail.replace("\r\n.", "\r\n..");
    Script::pop3(mail).on("RETR", [say(format!("+OK\r\n{stuffed}.\r\n"))])
}

/// A mailbox that holds an older mail.
fn other() -> Script {
    Script::pop3("Message-ID: <old@lab.test>\r\n\r\nold\r\n").on("UIDL", [say("+OK\r\n1 old\r\n.\r\n")])
}

fn wait(home: &Home, server: &Scripted, more: &[&str]) -> Outcome {
    let url = server.pop3_url();
    let fixed = ["mailbox", "wait", &url, "--allow-plain-auth", "--message-id", "<one@lab.test>", "--every", "1"];
    home.telepost(&[&fixed, more].concat()).env("TELEPOST_PASSWORD", "secret").run()
}

#[test]
fn a_mail_that_arrives_late_is_found_and_is_the_same() {
    let server = Scripted::start_many(vec![other(), holding(&arrived("first\r\n.second\r\n"))]);
    let home = Home::new();
    let sent = home.file("sent.eml", SENT);
    let outcome = wait(&home, &server, &["--sent", &sent, "--json"]).expect(0);
    let report = outcome.json();
    assert_eq!((&report["outcome"], &report["looks"], &report["number"]), (&"arrived".into(), &2.into(), &1.into()));
    assert_eq!(report["comparison"]["body_same"], true, "{report}");
    assert_eq!(report["comparison"]["headers"]["added"], serde_json::json!(["Return-Path"]), "{report}");
    assert_eq!(report["deleted"], false);
    let heard = server.heard();
    assert!(!heard.contains("DELE") && heard.matches("QUIT").count() == 2, "{heard}");
}

#[test]
fn a_body_that_was_changed_ends_with_3_names_the_place_and_is_not_deleted() {
    let server = Scripted::start(holding(&arrived("first\r\n..second\r\n")));
    let home = Home::new();
    let sent = home.file("sent.eml", SENT);
    let outcome = wait(&home, &server, &["--sent", &sent, "--delete"]).expect(3);
    assert!(outcome.out().contains("line 2: the dot at its start stayed doubled"), "{outcome:?}");
    assert!(outcome.out().contains("\n- .second\\r\\n\n+ ..second\\r\\n\n"), "{outcome:?}");
    assert!(!server.heard().contains("DELE"));
    let server = Scripted::start(holding(&arrived("first\r\n..second\r\n")));
    let report = wait(&home, &server, &["--sent", &sent, "--json"]).expect(3).json();
    assert_eq!((&report["outcome"], &report["exit"]), (&"differs".into(), &3.into()));
    assert_eq!(report["comparison"]["body"]["kind"], "dot-doubled");
}

#[test]
fn a_mail_that_never_comes_ends_with_10_and_no_message_is_looked_at_twice() {
    let server = Scripted::start_many(vec![other(), other(), other()]);
    let report = wait(&Home::new(), &server, &["--within", "1", "--json"]).expect(10).json();
    assert_eq!((&report["outcome"], &report["exit"]), (&"failed".into(), &10.into()));
    let heard = server.heard();
    assert!(heard.matches("PASS").count() > 1 && heard.matches("TOP").count() == 1, "{heard}");
}

#[test]
fn it_is_deleted_by_a_unique_id_of_its_own_or_not_at_all() {
    let mail = arrived("first\r\n");
    let server = Scripted::start(holding(&mail));
    wait(&Home::new(), &server, &["--delete"]).expect(0);
    assert!(server.heard().contains("DELE 1\r\nQUIT"));
    for (name, uidl, quit, code) in [
        ("no UIDL", "-ERR no\r\n", vec![say("+OK\r\n"), Step::Close], 5),
        ("a bad one", "+OK\r\n1 \x01\r\n.\r\n", vec![say("+OK\r\n"), Step::Close], 5),
        ("a lost QUIT", "+OK\r\n1 u\r\n.\r\n", vec![Step::Close], 4),
    ] {
        let server = Scripted::start(holding(&mail).on("UIDL", [say(uidl)]).on("QUIT", quit));
        let outcome = wait(&Home::new(), &server, &["--delete"]);
        assert_eq!(outcome.code, Some(code), "{name}: {outcome:?}");
        assert_eq!(server.heard().contains("DELE"), code == 4, "{name}");
    }
}

#[test]
fn a_locked_mailbox_is_tried_again_and_one_without_top_is_not() {
    let locked = other().on("PASS", [say("-ERR [IN-USE] locked\r\n")]);
    let server = Scripted::start_many(vec![locked, holding(&arrived("first\r\n"))]);
    wait(&Home::new(), &server, &[]).expect(0);
    let server = Scripted::start(other().on("TOP", [say("-ERR no\r\n")]));
    assert!(wait(&Home::new(), &server, &[]).expect(5).err().contains("without TOP"));
}

#[test]
fn what_send_tells_is_what_wait_wants() {
    let server = Scripted::start(Script::smtp());
    let url = server.smtp_url();
    let fixed = ["send", &url, "--from", "a@example.org", "--to", "b@example.org", "--subject", "s", "--json"];
    let report = Home::new().run(&fixed).expect(0).json();
    let id = report["message_id"].as_str().expect("a Message-ID").to_owned();
    let heard = server.heard();
    assert!(heard.contains(&format!("Message-ID: <{id}>\r\n")), "{id}\n{heard}");
}

#[test]
fn a_server_that_deletes_what_was_read_is_asked_for_the_whole_mail_only_if_that_is_accepted() {
    let expiring = || {
        let script = holding(&arrived("first\r\n.second\r\n"));
        Scripted::start(script.on("CAPA", [say("+OK\r\nUSER\r\nUIDL\r\nTOP\r\nEXPIRE 0\r\n.\r\n")]))
    };
    let home = Home::new();
    let sent = home.file("sent.eml", SENT);
    let show = |server: &Scripted, more: &[&str]| {
        let url = server.pop3_url();
        let fixed = ["mailbox", "show", &url, "1", "--allow-plain-auth"];
        home.telepost(&[&fixed, more].concat()).env("TELEPOST_PASSWORD", "secret").run()
    };
    let server = expiring();
    assert!(wait(&home, &server, &["--sent", &sent, "--delete"]).expect(5).err().contains("EXPIRE 0"));
    assert!(!server.heard().contains("RETR"));
    let server = expiring();
    assert!(show(&server, &[]).expect(5).err().contains("--accept-expire"));
    assert!(!server.heard().contains("RETR"));
    let server = expiring();
    assert!(wait(&home, &server, &["--sent", &sent, "--accept-expire"]).expect(0).err().contains("EXPIRE 0"));
    let server = expiring();
    let shown = show(&server, &["--accept-expire"]).expect(0);
    assert!(shown.err().contains("EXPIRE 0") && shown.out().contains("first"), "{shown:?}");
}
