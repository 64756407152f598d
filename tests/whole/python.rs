//! aiosmtpd as a second opinion: addresses beyond ASCII, and what is told when it goes away.

use super::support::aiosmtpd::Aiosmtpd;
use super::support::judge::judged;
use super::support::telepost::Home;

#[test]
fn a_mail_in_every_script_is_the_same_in_envelope_and_header() {
    let Some(server) = Aiosmtpd::start(1_000_000, true) else { return };
    let (home, url) = (Home::new(), server.url());
    let from = "Jürgen Groß <jürgen@bücher.example>";
    let call =
        ["send", &url, "--from", from, "--to", "山田 <山田@例え.test>", "--subject", "Grüße, 日本", "--body", "Ä\n"];
    home.run(&call).expect(0);
    let taken = server.wait_for(1);
    assert_eq!(taken.envelope["from"], "jürgen@bücher.example");
    assert_eq!(taken.envelope["to"], serde_json::json!(["山田@例え.test"]));
    let seen = judged(&[home.file("mail.eml", &taken.text).into()]).remove(0);
    assert_eq!((seen["subject"].as_str(), &seen["defects"]), (Some("Grüße, 日本"), &serde_json::json!([])), "{seen}");
    assert_eq!(seen["people"]["from"], serde_json::json!([["Jürgen Groß", "jürgen@bücher.example"]]));
    assert_eq!(seen["people"]["to"], serde_json::json!([["山田", "山田@例え.test"]]));
}

#[test]
fn without_smtputf8_domains_are_written_in_ascii_and_the_mail_is_all_ascii() {
    let Some(server) = Aiosmtpd::start(1_000_000, false) else { return };
    let (home, url) = (Home::new(), server.url());
    let call = ["send", &url, "--from", "Jürgen <j@bücher.example>", "--to", "bob@exämple.test", "--subject", "Grüße"];
    home.run(&[&call[..], &["--body", "plain\n"]].concat()).expect(0);
    let taken = server.wait_for(1);
    assert_eq!(taken.envelope["from"], "j@xn--bcher-kva.example");
    assert_eq!(taken.envelope["to"], serde_json::json!(["bob@xn--exmple-cua.test"]));
    assert!(taken.text.is_ascii(), "{}", taken.text.escape_ascii());
    let seen = judged(&[home.file("mail.eml", &taken.text).into()]).remove(0);
    assert_eq!((seen["subject"].as_str(), &seen["defects"]), (Some("Grüße"), &serde_json::json!([])), "{seen}");
    assert_eq!(seen["people"]["from"], serde_json::json!([["Jürgen", "j@xn--bcher-kva.example"]]));
}

#[test]
fn a_line_lost_by_aiosmtpd_is_told_by_the_same_words() {
    let home = Home::new();
    for (lost, outcome, stage, exit) in [
        ("EHLO", "failed", "helo", 10),
        ("MAIL", "failed", "mail", 10),
        ("RCPT", "failed", "rcpt", 10),
        ("354", "unknown", "dot", 4),
        ("DATA", "unknown", "dot", 4),
        ("QUIT", "sent", "done", 0),
    ] {
        let Some(server) = Aiosmtpd::start_losing(1_000_000, true, lost) else { return };
        let (url, to) = (server.url(), ["--to", "bob@b.example", "--body", "Hi\n", "--json"]);
        let told = home.run(&[&["send", &url, "--from", "ada@a.example"][..], &to].concat()).expect(exit);
        let json = told.json();
        assert_eq!(
            (json["outcome"].as_str(), json["stage"].as_str()),
            (Some(outcome), Some(stage)),
            "{lost}: {told:?}"
        );
        assert_eq!(server.is_empty(), lost != "QUIT", "{lost}");
    }
}
