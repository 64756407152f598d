//! The SMTP extensions against servers that are not ours: Postfix and aiosmtpd take what telepost asks of them, and the
//! sandbox gives what it announces.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use support::aiosmtpd::Aiosmtpd;
use support::mailboxes::{Mailboxes, without_trace};
use support::postfix::Postfix;
use support::servers::Servers;
use support::telepost::{Home, Outcome};
use support::wait;
use telepost::sandbox::{Options, Sandbox};

const ALICE: &str = "alice@example.test";
const BOB: &str = "bob@example.test";

/// A Postfix that is open to everybody on loopback.
struct Open {
    smtp: Postfix,
    mail: Mailboxes,
    home: Home,
}

impl Open {
    fn start() -> Option<Self> {
        if !Servers::can_start() {
            return None;
        }
        let mail = Mailboxes::new();
        Some(Self { smtp: Postfix::start_open(&mail), mail, home: Home::new() })
    }

    /// Sends a whole mail to bob, from `from`, through a port.
    fn send(&self, port: u16, from: &str, text: &[u8], more: &[&str]) -> Outcome {
        let file = self.home.file("mail.eml", text);
        let url = format!("smtp://127.0.0.1:{port}");
        let fixed = ["send", &url, "--envelope-from", from, "--envelope-to", BOB, "--raw", &file, "-v"];
        self.home.run(&[&fixed, more].concat())
    }

    /// The one mail that bob has.
    fn bobs(&self) -> String {
        String::from_utf8_lossy(&self.mail.wait_for("bob", 1)[0]).into_owned()
    }
}

const TEXT: &[u8] = b"From: alice@example.test\r\nSubject: lunch\r\n\r\n.dot\r\nend\r\n";

#[test]
fn postfix_reports_a_delivery_that_dsn_asked_for() {
    let Some(open) = Open::start() else { return };
    let asked = ["--dsn-notify", "success", "--dsn-ret", "hdrs", "--dsn-envid", "q+1 x", "--dsn-orcpt"];
    let sent = open.send(open.smtp.port, ALICE, TEXT, &asked).expect(0);
    assert!(sent.err().contains("RET=HDRS ENVID=q+2B1+20x"), "{sent:?}");
    assert!(sent.err().contains("NOTIFY=SUCCESS ORCPT=rfc822;bob@example.test"), "{sent:?}");
    let report = String::from_utf8(open.mail.wait_for("alice", 1).remove(0)).expect("the report is text");
    for part in ["Original-Envelope-Id: q+1 x", "Original-Recipient: rfc822;bob@example.test", "Action: delivered"] {
        assert!(report.contains(part), "{part}: {report}");
    }
}

#[test]
fn postfix_sends_no_report_when_none_is_wanted() {
    let Some(open) = Open::start() else { return };
    open.send(open.smtp.port, ALICE, TEXT, &["--dsn-notify", "never"]).expect(0);
    open.send(open.smtp.port, ALICE, TEXT, &["--dsn-notify", "success"]).expect(0);
    open.mail.wait_for("bob", 2);
    let reports = open.mail.wait_for("alice", 1);
    assert_eq!(reports.len(), 1, "one of the two was asked for");
}

#[test]
fn postfix_takes_a_mail_by_bdat_octet_by_octet() {
    let Some(open) = Open::start() else { return };
    let lines = b".\r\n..\r\nfrom here to there\r\n".repeat(20_000);
    let text = [TEXT, &lines].concat();
    open.send(open.smtp.port, ALICE, &text, &["--bdat"]).expect(0);
    let kept = String::from_utf8(text).expect("it is text").replace("\r\n", "\n");
    assert_eq!(without_trace(open.bobs().as_bytes()), kept.as_bytes());
    let connection = open.smtp.wait_for_connections(1).remove(0);
    assert!(connection.contains("bdat=") && !connection.contains("data="), "{connection}");
}

#[test]
fn postfix_takes_octets_above_127_as_they_are() {
    let Some(open) = Open::start() else { return };
    let octets: Vec<u8> = (0x80..=0xff).collect();
    let sent = open.send(open.smtp.port, ALICE, &[TEXT, &octets, b"\r\n"].concat(), &[]).expect(0);
    assert!(sent.err().contains(" BODY=8BITMIME"), "{sent:?}");
    assert!(open.mail.wait_for("bob", 1)[0].ends_with(&[&octets[..], b"\n"].concat()));
}

#[test]
fn postfix_takes_addresses_beyond_ascii_with_smtputf8() {
    let Some(open) = Open::start() else { return };
    let sent = open.send(open.smtp.port, "jürgen@bücher.example", TEXT, &[]).expect(0);
    assert!(sent.err().contains("MAIL FROM:<jürgen@bücher.example>") && sent.err().contains(" SMTPUTF8"), "{sent:?}");
    let mail = open.bobs();
    assert!(mail.contains("Return-Path: <jürgen@bücher.example>") && mail.contains("with UTF8SMTP"), "{mail}");
}

#[test]
fn without_smtputf8_a_domain_goes_out_in_ascii_and_a_name_stays_here() {
    let Some(open) = Open::start() else { return };
    let port = open.smtp.door("ascii");
    let sent = open.send(port, "ada@bücher.example", TEXT, &[]).expect(0);
    assert!(sent.err().contains("MAIL FROM:<ada@xn--bcher-kva.example>"), "{sent:?}");
    assert!(open.bobs().contains("Return-Path: <ada@xn--bcher-kva.example>"));
    let refused = open.send(port, "jürgen@bücher.example", TEXT, &[]).expect(5);
    assert!(refused.all().contains("needs SMTPUTF8 (RFC 6531)"), "{refused:?}");
    assert!(!refused.err().contains("MAIL FROM"), "{refused:?}");
}

#[test]
fn what_postfix_does_not_announce_is_refused_before_mail() {
    let Some(open) = Open::start() else { return };
    for (option, words) in [
        (&["--deliver-by", "60"][..], "DELIVERBY, RFC 2852"),
        (&["--hold-for", "60"], "FUTURERELEASE, RFC 4865"),
        (&["--require-tls"], "REQUIRETLS, RFC 8689"),
    ] {
        let refused = open.send(open.smtp.port, ALICE, TEXT, option).expect(5);
        assert!(refused.all().contains(words) && !refused.err().contains("MAIL FROM"), "{refused:?}");
    }
    let stopped = open.send(open.smtp.port, ALICE, TEXT, &["--deliver-by", "60", "--stop-after", "mail"]);
    assert!(stopped.code != Some(0) && stopped.all().contains("DELIVERBY, RFC 2852"), "{stopped:?}");
}

#[test]
fn postfix_believes_the_client_that_xclient_names() {
    let Some(open) = Open::start() else { return };
    let named = ["--xclient", "NAME=far.example", "--xclient", "ADDR=192.0.2.7"];
    open.send(open.smtp.port, ALICE, TEXT, &named).expect(0);
    let mail = open.bobs();
    assert!(mail.contains("(far.example [192.0.2.7])"), "{mail}");
    let odd = open.send(open.smtp.port, ALICE, TEXT, &["--xclient", "ODD=1"]);
    assert!(odd.code != Some(0) && odd.all().contains("XCLIENT without ODD"), "{odd:?}");
}

#[test]
fn postfix_believes_the_client_that_a_proxy_header_names() {
    let Some(open) = Open::start() else { return };
    let port = open.smtp.door("haproxy");
    let forms = ["v1:192.0.2.9:4000-192.0.2.1:25", "v2:192.0.2.9:4000-192.0.2.1:25", "v1", "v2"];
    for (count, form) in forms.iter().enumerate() {
        let sent = open.send(port, ALICE, TEXT, &["--proxy-header", form]).expect(0);
        assert!(sent.err().contains("PROXY TCP4 "), "the transcript has it: {sent:?}");
        let mails = open.mail.wait_for("bob", count + 1);
        let client = if form.len() > 2 { "[192.0.2.9]" } else { "[127.0.0.1]" };
        let found = mails.iter().filter(|mail| String::from_utf8_lossy(mail).contains(client)).count();
        assert_eq!(found, if form.len() > 2 { count + 1 } else { count - 1 }, "{form}");
    }
}

/// Sends a whole mail to aiosmtpd.
fn send_to_python(home: &Home, server: &Aiosmtpd, from: &str, text: &[u8]) -> Outcome {
    let file = home.file("mail.eml", text);
    home.run(&["send", &server.url(), "--envelope-from", from, "--envelope-to", "grüße@exämple.test", "--raw", &file])
}

#[test]
fn aiosmtpd_hears_addresses_beyond_ascii_and_every_parameter() {
    let Some(server) = Aiosmtpd::start(1_000_000, true) else { return };
    send_to_python(&Home::new(), &server, "jürgen@bücher.example", TEXT).expect(0);
    let taken = server.wait_for(1);
    assert_eq!(taken.envelope["from"], "jürgen@bücher.example");
    assert_eq!(taken.envelope["to"], serde_json::json!(["grüße@exämple.test"]));
    let options = taken.envelope["options"].as_array().expect("a list");
    let has = |option: &str| options.iter().any(|given| given == option);
    assert!(has("SMTPUTF8") && has(&format!("SIZE={}", TEXT.len())), "{options:?}");
    assert_eq!(taken.text, TEXT);
}

#[test]
fn aiosmtpd_without_smtputf8_never_hears_of_a_name_beyond_ascii() {
    let Some(server) = Aiosmtpd::start(1_000_000, false) else { return };
    let refused = send_to_python(&Home::new(), &server, "ada@bücher.example", TEXT).expect(5);
    assert!(refused.all().contains("grüße@exämple.test has a name beyond ASCII"), "{refused:?}");
    assert!(server.is_empty());
}

#[test]
fn aiosmtpd_gets_eight_bit_bodies_octet_by_octet() {
    let Some(server) = Aiosmtpd::start(1_000_000, true) else { return };
    let octets: Vec<u8> = (1..=0xff).filter(|octet| !matches!(octet, b'\r' | b'\n')).collect();
    let text = [TEXT, b".\r\n..", &octets, b"\r\n.\r\n.x\r\n"].concat();
    send_to_python(&Home::new(), &server, "ada@example.test", &text).expect(0);
    let taken = server.wait_for(1);
    assert_eq!(taken.text.escape_ascii().to_string(), text.escape_ascii().to_string());
    let options = taken.envelope["options"].as_array().expect("a list");
    assert!(options.iter().any(|given| given == "BODY=8BITMIME"), "{options:?}");
}

#[test]
fn aiosmtpd_is_not_offered_what_is_over_its_size() {
    let Some(server) = Aiosmtpd::start(40, true) else { return };
    let refused = send_to_python(&Home::new(), &server, "ada@example.test", TEXT).expect(5);
    assert!(refused.all().contains("at most 40 (SIZE, RFC 1870)"), "{refused:?}");
    assert!(server.is_empty());
}

/// Sends a mail from ada to bob in the sandbox.
fn send_to_sandbox(home: &Home, sandbox: &Sandbox, more: &[&str]) -> Outcome {
    let url = format!("smtp://{}", sandbox.smtp());
    let fixed = ["send", &url, "--from", "ada@sandbox.test", "--to", "bob@sandbox.test", "--body", "hi", "-v"];
    home.run(&[&fixed, more].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_obeys_what_it_announces() {
    let options = Options { samples: false, xclient: true, ..Options::default() };
    let sandbox = Sandbox::start(options).await.expect("loopback has free ports");
    let home = Home::new();
    let ca = home.file("ca.pem", sandbox.ca_pem());
    let trusted = ["--tls", "require", "--ca", &ca];

    send_to_sandbox(&home, &sandbox, &["--tls", "none", "--dsn-notify", "success", "--deliver-by", "60;return"])
        .expect(0);
    let report = wait::until("the report", || sandbox.mailbox("ada").first().map(|letter| letter.to_vec()));
    assert!(String::from_utf8_lossy(&report).contains("Action: delivered"));
    let mail = String::from_utf8_lossy(&sandbox.mailbox("bob")[0].to_vec()).into_owned();
    assert!(mail.contains("X-Sandbox-Asked: BY=60;R NOTIFY=SUCCESS"), "{mail}");

    send_to_sandbox(&home, &sandbox, &["--tls", "none", "--hold-for", "3600"]).expect(0);
    assert_eq!((sandbox.mailbox("bob").len(), sandbox.store().len()), (1, 3), "it is there and not seen");

    let secure = send_to_sandbox(&home, &sandbox, &[&trusted[..], &["--require-tls"]].concat()).expect(0);
    assert!(secure.err().contains(" REQUIRETLS"), "{secure:?}");
    let clear = send_to_sandbox(&home, &sandbox, &["--tls", "none", "--require-tls"]).expect(5);
    assert!(clear.all().contains("connect with TLS"), "{clear:?}");
    let unknown = ["--tls", "require", "--insecure", "--require-tls"];
    let unknown = send_to_sandbox(&home, &sandbox, &unknown).expect(5);
    assert!(unknown.all().contains("certificate"), "{unknown:?}");

    let named = [&trusted[..], &["--xclient", "ADDR=192.0.2.7"]].concat();
    send_to_sandbox(&home, &sandbox, &named).expect(0);
    let mail = String::from_utf8_lossy(&sandbox.mailbox("bob")[2].to_vec()).into_owned();
    assert!(mail.contains("([192.0.2.7])"), "{mail}");
}
