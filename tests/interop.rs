//! telepost against real servers: what it sends arrives in Postfix octet by octet, what Dovecot holds it shows, and
//! each outcome has its exit status.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use support::dovecot::PASSWORD;
use support::mailboxes::without_trace;
use support::pty::Session;
use support::servers::Servers;
use support::telepost::{Call, Home, Outcome};

const FROM: &str = "eve@example.org";
const ALICE: &str = "alice@example.test";
const BOB: &str = "bob@example.test";
const NOBODY: &str = "nobody@example.test";

/// Sends one mail with a fixed subject and body; `more` holds the recipients and whatever a test wants besides.
fn send(home: &Home, servers: &Servers, more: &[&str]) -> Outcome {
    let url = servers.smtp_url();
    let fixed = ["send", &url, "--from", FROM, "--subject", "Hello", "--body", "first\n.second\n", "--json"];
    home.run(&[&fixed, more].concat())
}

/// Calls `telepost mailbox VERB` for alice; the password is given, plain sign-in is permitted.
fn mailbox(home: &Home, servers: &Servers, verb: &str, more: &[&str]) -> Call {
    let url = servers.pop3_url("alice");
    let fixed = ["mailbox", verb, &url, "--allow-plain-auth"];
    home.telepost(&[&fixed, more].concat()).env("TELEPOST_PASSWORD", PASSWORD)
}

/// Three messages for alice. Gives their sizes as POP3 counts them, line ends being CRLF.
fn fill(servers: &Servers) -> [usize; 3] {
    [("1", "Apples"), ("2", "Pears"), ("3", "Plums")].map(|(name, subject)| {
        let date = "Sun, 22 Nov 2026 11:31:02 +0000";
        let text = format!("From: eve@example.org\nSubject: {subject}\nDate: {date}\n\n{name}\n");
        servers.mail.put("alice", name, text.as_bytes());
        text.replace('\n', "\r\n").len()
    })
}

/// Subjects of what alice has, sorted.
fn subjects(servers: &Servers) -> Vec<String> {
    let messages = servers.mail.messages("alice");
    let subject = |message: &Vec<u8>| {
        let text = String::from_utf8_lossy(message).into_owned();
        text.lines().find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned)).unwrap_or_default()
    };
    let mut all: Vec<String> = messages.iter().map(subject).collect();
    all.sort();
    all
}

/// The recipients of a report as `address outcome code`.
fn recipients(report: &serde_json::Value) -> Vec<String> {
    let rows = report["recipients"].as_array().expect("a list of recipients");
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    rows.iter().map(|row| ["address", "outcome", "code"].map(|name| text(&row[name])).join(" ")).collect()
}

#[test]
fn a_mail_is_delivered_and_the_report_names_the_queue_id() {
    let Some(servers) = Servers::start() else { return };
    let report = send(&Home::new(), &servers, &["--to", ALICE]).expect(0).json();
    assert_eq!(report["outcome"], "sent");
    assert_eq!(recipients(&report), [format!("{ALICE} accepted 250")]);
    assert_eq!(report["recipients"][0]["enhanced"], "2.1.5");
    let queue_id = report["queue_id"].as_str().expect("Postfix gives one");
    let mail = String::from_utf8(servers.mail.wait_for("alice", 1).remove(0)).expect("the mail is text");
    assert!(mail.contains(&format!("id {queue_id}")), "{queue_id}: {mail}");
    assert!(mail.contains("\nSubject: Hello\n") && mail.ends_with("\n\nfirst\n.second\n"), "{mail}");
}

#[test]
fn a_refused_recipient_among_others_makes_the_outcome_partial() {
    let Some(servers) = Servers::start() else { return };
    let report = send(&Home::new(), &servers, &["--to", ALICE, "--to", NOBODY, "--cc", BOB]).expect(3).json();
    assert_eq!(report["outcome"], "partial");
    let expected = [format!("{ALICE} accepted 250"), format!("{NOBODY} refused 550"), format!("{BOB} accepted 250")];
    assert_eq!(recipients(&report), expected);
    assert_eq!(report["recipients"][1]["enhanced"], "5.1.1");
    servers.mail.wait_for("alice", 1);
    servers.mail.wait_for("bob", 1);
}

#[test]
fn nothing_is_sent_when_all_recipients_are_refused() {
    let Some(servers) = Servers::start() else { return };
    let report = send(&Home::new(), &servers, &["--to", NOBODY, "--to", "carol@example.com"]).expect(5).json();
    assert_eq!(report["outcome"], "refused");
    assert_eq!(recipients(&report), [format!("{NOBODY} refused 550"), "carol@example.com refused 554".to_owned()]);
    let connection = servers.smtp.wait_for_connections(1).remove(0);
    assert!(connection.contains("rcpt=0/2") && !connection.contains("data=1"), "{connection}");
}

#[test]
fn a_blind_copy_is_in_the_envelope_only() {
    let Some(servers) = Servers::start() else { return };
    send(&Home::new(), &servers, &["--to", ALICE, "--bcc", BOB]).expect(0);
    let mail = String::from_utf8(servers.mail.wait_for("alice", 1).remove(0)).expect("the mail is text");
    servers.mail.wait_for("bob", 1);
    assert!(!mail.contains("bob") && !mail.to_lowercase().contains("bcc:"), "{mail}");
}

#[test]
fn several_mails_go_through_one_connection_each_with_its_own_id() {
    let Some(servers) = Servers::start() else { return };
    send(&Home::new(), &servers, &["--to", ALICE, "--count", "3"]).expect(0);
    let mails = servers.mail.wait_for("alice", 3);
    let id = |mail: &Vec<u8>| {
        let text = String::from_utf8_lossy(mail).into_owned();
        text.lines().find(|line| line.to_lowercase().starts_with("message-id:")).expect("an id").to_owned()
    };
    let ids: std::collections::BTreeSet<String> = mails.iter().map(id).collect();
    assert_eq!((mails.len(), ids.len()), (3, 3));
    let connections = servers.smtp.wait_for_connections(1);
    assert!(connections.len() == 1 && connections[0].contains("mail=3"), "{connections:?}");
}

#[test]
fn stopping_after_a_stage_ends_politely_there() {
    let Some(servers) = Servers::start() else { return };
    send(&Home::new(), &servers, &["--to", ALICE, "--stop-after", "rcpt"]).expect(0);
    let connection = servers.smtp.wait_for_connections(1).remove(0);
    assert!(connection.contains("rcpt=1") && connection.contains("quit=1"), "{connection}");
    assert!(!connection.contains("data=1") && !connection.contains("bdat="), "{connection}");
}

#[test]
fn a_raw_message_arrives_octet_by_octet() {
    let Some(servers) = Servers::start() else { return };
    let home = Home::new();
    let head = "From: eve@example.org\nSubject: raw\n\n";
    let all_octets: Vec<u8> = (0x80..=0xff).collect();
    let bodies: [(&str, Vec<u8>, Vec<u8>); 7] = [
        ("dots", b".\n..\n.x\n\n.\nend\n".into(), b".\n..\n.x\n\n.\nend\n".into()),
        ("a long line", [b"x".repeat(998), b"\n".to_vec()].concat(), [b"x".repeat(998), b"\n".to_vec()].concat()),
        ("8 bit", [&all_octets[..], b"\n"].concat(), [&all_octets[..], b"\n"].concat()),
        ("no last line end", b"abc".into(), b"abc\n".into()),
        ("only a dot", b".".into(), b".\n".into()),
        ("line ends mixed", b"a\r\nb\nc\rd\n".into(), b"a\nb\nc\nd\n".into()),
        (
            "300 KiB",
            b"0123456789012345678901234567890\n.\n".repeat(9_000),
            b"0123456789012345678901234567890\n.\n".repeat(9_000),
        ),
    ];
    for (count, (name, given, kept)) in bodies.into_iter().enumerate() {
        let file = home.file("mail.eml", [head.as_bytes(), &given].concat());
        let url = servers.smtp_url();
        home.run(&["send", &url, "--envelope-from", FROM, "--envelope-to", ALICE, "--raw", &file]).expect(0);
        let mails = servers.mail.wait_for("alice", count + 1);
        let expected = [head.as_bytes(), &kept].concat();
        let found = mails.iter().any(|mail| without_trace(mail) == expected);
        assert!(found, "{name}: {}", mails.last().expect("one came").escape_ascii());
    }
}

#[test]
fn a_raw_message_can_come_from_standard_input() {
    let Some(servers) = Servers::start() else { return };
    let url = servers.smtp_url();
    let home = Home::new();
    let call = home.telepost(&["send", &url, "--envelope-from", FROM, "--envelope-to", ALICE, "--raw", "-"]);
    call.input("Subject: piped\n\nbody\n").run().expect(0);
    assert_eq!(without_trace(&servers.mail.wait_for("alice", 1)[0]), b"Subject: piped\n\nbody\n");
}

#[test]
fn a_mailbox_is_listed_with_what_each_message_is() {
    let Some(servers) = Servers::start() else { return };
    let sizes = fill(&servers);
    let home = Home::new();
    let shown = mailbox(&home, &servers, "list", &[]).run().expect(0).out();
    for words in ["Apples", "Pears", "Plums", "eve@example.org"] {
        assert!(shown.contains(words), "{words} is missing in\n{shown}");
    }
    let report = mailbox(&home, &servers, "list", &["--json"]).run().expect(0).json();
    let messages = report["messages"].as_array().expect("a list of messages");
    let column = |name: &str| messages.iter().map(|message| message[name].clone()).collect::<Vec<_>>();
    assert_eq!(column("number"), [1, 2, 3]);
    assert_eq!(column("size"), sizes);
    assert!(messages.iter().all(|message| message["uidl"].as_str().is_some_and(|uidl| !uidl.is_empty())), "{report}");
    assert_eq!(messages[1]["subject"], "Pears");
    assert_eq!(subjects(&servers), ["Apples", "Pears", "Plums"]);
}

#[test]
fn a_message_is_shown_as_the_server_holds_it() {
    let Some(servers) = Servers::start() else { return };
    let home = Home::new();
    let text = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nContent-Type: text/plain; charset=utf-8\n\n.dot\n..dots\n\xe2\x82\xac\n";
    servers.mail.put("alice", "one", text);
    let readable = mailbox(&home, &servers, "show", &["1"]).run().expect(0).out();
    assert!(readable.contains("Grüße") && readable.contains("\n.dot\n..dots\n€"), "{readable}");
    let raw = mailbox(&home, &servers, "show", &["1", "--raw"]).run().expect(0).stdout;
    let kept = String::from_utf8_lossy(text).replace('\n', "\r\n");
    assert_eq!(String::from_utf8_lossy(&raw), kept);
    let headers = mailbox(&home, &servers, "show", &["1", "--headers"]).run().expect(0).out();
    assert!(headers.contains("Subject:") && !headers.contains("dots"), "{headers}");
}

#[test]
fn messages_are_deleted_by_number_and_by_uidl() {
    let Some(servers) = Servers::start() else { return };
    fill(&servers);
    let home = Home::new();
    let report = mailbox(&home, &servers, "list", &["--json"]).run().expect(0).json();
    let plums = report["messages"][2]["uidl"].as_str().expect("a UIDL").to_owned();

    let unknown = mailbox(&home, &servers, "delete", &["no-such-uidl"]).run();
    assert_ne!(unknown.code, Some(0), "{unknown:?}");
    assert_eq!(subjects(&servers), ["Apples", "Pears", "Plums"]);

    mailbox(&home, &servers, "delete", &["1", &plums]).run().expect(0);
    assert_eq!(subjects(&servers), ["Pears"]);
}

/// Calls `telepost fetch` for alice.
fn fetch(home: &Home, servers: &Servers, more: &[&str]) -> serde_json::Value {
    let url = servers.pop3_url("alice");
    let call = home.telepost(&[&["fetch", &url, "--allow-plain-auth", "--json"], more].concat());
    call.env("TELEPOST_PASSWORD", PASSWORD).run().expect(0).json()
}

#[test]
fn a_mailbox_is_downloaded_as_the_server_holds_it_and_each_message_once() {
    let Some(servers) = Servers::start() else { return };
    let sizes = fill(&servers);
    let home = Home::new();
    let (maildir, letters) = (home.path("Mail"), home.path("letters"));
    let maildir_option = ["--new", "--maildir", maildir.to_str().expect("UTF-8")];

    assert_eq!(fetch(&home, &servers, &maildir_option)["fetched"], 3);
    let again = fetch(&home, &servers, &maildir_option);
    assert_eq!((&again["fetched"], &again["known"]), (&0.into(), &3.into()));
    let mut kept: Vec<Vec<u8>> = read_all(&maildir.join("new"));
    let mut held = servers.mail.messages("alice");
    kept.sort();
    held.sort();
    assert_eq!(kept, held, "a Maildir has the line ends of the server's own");

    let report = fetch(&home, &servers, &["--eml", letters.to_str().expect("UTF-8")]);
    assert_eq!(report["octets"], sizes.iter().sum::<usize>());
    assert_eq!(subjects(&servers), ["Apples", "Pears", "Plums"], "nothing was asked to be deleted");
}

#[test]
fn what_was_downloaded_is_deleted_on_the_server_when_that_is_asked_for() {
    let Some(servers) = Servers::start() else { return };
    fill(&servers);
    let home = Home::new();
    let file = home.path("alice.mbox");
    let report = fetch(&home, &servers, &["--mbox", file.to_str().expect("UTF-8"), "--delete", "--limit", "2"]);
    assert_eq!((&report["fetched"], &report["deleted"]), (&2.into(), &2.into()));
    assert_eq!(subjects(&servers), ["Plums"]);
    let mbox = std::fs::read_to_string(&file).expect("the mbox is there");
    assert!(mbox.contains("Subject: Apples") && mbox.contains("Subject: Pears"), "{mbox}");
}

fn read_all(folder: &std::path::Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").flatten();
    entries.map(|entry| std::fs::read(entry.path()).expect("a file")).collect()
}

#[test]
fn a_password_does_not_go_out_in_clear_unless_that_is_permitted() {
    let Some(servers) = Servers::start() else { return };
    fill(&servers);
    let url = servers.pop3_url("alice");
    let home = Home::new();
    let outcome = home.telepost(&["mailbox", "list", &url]).env("TELEPOST_PASSWORD", PASSWORD).run().expect(7);
    assert!(outcome.err().contains("--allow-plain-auth"), "{outcome:?}");
}

#[test]
fn a_wrong_password_is_a_failed_sign_in() {
    let Some(servers) = Servers::start() else { return };
    let outcome =
        mailbox(&Home::new(), &servers, "list", &[]).env("TELEPOST_PASSWORD", "Looking-Glass").run().expect(7);
    assert!(!outcome.all().contains("Looking-Glass"), "{outcome:?}");
}

/// The workbench on alice's mailbox at Dovecot, listed and with the first row selected.
fn workbench(home: &Home, servers: &Servers) -> Session {
    let url = servers.pop3_url("alice");
    let mut session = home.open_with(&[&url, "--allow-plain-auth"], (120, 40), &[("TELEPOST_PASSWORD", PASSWORD)]);
    session.wait_for("3 msgs");
    session.wait_for("Plums");
    session.press("^X");
    session.wait_for("Ctrl-X, then");
    session.send("3");
    session.wait_for(">3 Mailbox");
    session
}

/// Leaves, and waits for the end, so that Dovecot has done whatever QUIT or the lost line makes it do.
fn leave(mut session: Session, key: &str) {
    session.send(key);
    assert_eq!(session.finish().status, Ok(0));
}

#[test]
fn a_mark_that_is_taken_back_deletes_nothing_in_the_workbench() {
    let Some(servers) = Servers::start() else { return };
    fill(&servers);
    let home = Home::new();
    let mut session = workbench(&home, &servers);
    session.send("d");
    session.wait_for("1 marked");
    session.press("Up");
    session.wait_for("> 3");
    session.send("u");
    session.wait_gone("1 marked");
    session.send("Q");
    session.wait_for("nothing was deleted");
    leave(session, "q");
    assert_eq!(subjects(&servers), ["Apples", "Pears", "Plums"]);
}

#[test]
fn a_dropped_line_deletes_nothing_in_the_workbench() {
    let Some(servers) = Servers::start() else { return };
    fill(&servers);
    let home = Home::new();
    let mut session = workbench(&home, &servers);
    session.send("d");
    session.wait_for("1 marked");
    session.send("q");
    session.wait_for("Leave?");
    leave(session, "x");
    // A new session sees what the old one left: all of it.
    let report = mailbox(&home, &servers, "list", &["--json"]).run().expect(0).json();
    assert_eq!(report["messages"].as_array().map(Vec::len), Some(3));
    assert_eq!(subjects(&servers), ["Apples", "Pears", "Plums"]);
}

#[test]
fn quit_deletes_what_is_marked_in_the_workbench() {
    let Some(servers) = Servers::start() else { return };
    fill(&servers);
    let home = Home::new();
    let mut session = workbench(&home, &servers);
    session.send("d");
    session.wait_for("1 marked");
    assert_eq!(subjects(&servers), ["Apples", "Pears", "Plums"], "DELE alone deletes nothing");
    session.send("Q");
    session.wait_for("server deletes message");
    session.send("q");
    session.wait_for("the server deleted 1 message");
    assert_eq!(subjects(&servers), ["Apples", "Pears"]);
    leave(session, "q");
}

#[test]
fn the_workbench_sends_with_one_key_and_shows_the_queue_id() {
    let Some(servers) = Servers::start() else { return };
    let home = Home::new();
    let mut session = home.open(&[&servers.smtp_url(), "--from", FROM], (120, 40));
    session.wait_for("READY");
    session.send(ALICE);
    session.wait_for("RCPT alice");
    // Past Cc and Bcc to the subject, then to the body.
    for (tabs, text) in [(3, "Hello"), (1, ".from the form")] {
        for _ in 0..tabs {
            session.press("Tab");
        }
        session.send(text);
        session.wait_for(text);
    }
    session.press("F5");
    session.wait_for("queued as");
    let mail = String::from_utf8(servers.mail.wait_for("alice", 1).remove(0)).expect("the mail is text");
    assert!(mail.contains("\nSubject: Hello\n") && mail.ends_with("\n\n.from the form\n"), "{mail}");
    let id = mail.lines().find_map(|line| line.trim().strip_prefix("by mx.example.test ")?.split("id ").nth(1));
    let id = id.expect("Postfix names it").to_owned();
    session.wait_for(&format!("queued as {id}"));
    leave(session, "q");
}
