//! telepost against real servers over TLS: every mode and mechanism that Postfix and Dovecot have, good and bad
//! certificates, and no trace of the password anywhere.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use support::certificates::{Certificates, NAME};
use support::dovecot::{Dovecot, PASSWORD, Speaks};
use support::mailboxes::Mailboxes;
use support::servers::Servers;
use support::telepost::{Call, Home, Outcome};

const FROM: &str = "eve@example.org";
const ALICE: &str = "alice@example.test";

/// Both servers with their certificates, and a home for the program.
struct Scene {
    servers: Servers,
    certificates: Certificates,
    home: Home,
}

impl Scene {
    fn open(speaks: Speaks) -> Option<Self> {
        let (servers, certificates) = Servers::start_secure(speaks)?;
        Some(Self { servers, certificates, home: Home::new() })
    }

    /// `telepost send` to a door of Postfix, under its name in the certificate unless `more` says otherwise.
    fn send(&self, scheme: &str, door: &str, more: &[&str]) -> Call {
        let url = format!("{scheme}://127.0.0.1:{}", self.servers.smtp.door(door));
        let fixed = ["send", &url, "--from", FROM, "--to", ALICE, "--body", "hello", "--json", "--tls-name", NAME];
        self.home.telepost(&[&fixed, more].concat()).env("TELEPOST_PASSWORD", PASSWORD)
    }

    /// The same as alice, trusting the tests' authority.
    fn send_as_alice(&self, scheme: &str, door: &str, more: &[&str]) -> Call {
        let ca = self.certificates.authority();
        self.send(scheme, door, &[&["--ca", &ca, "--user", "alice"], more].concat())
    }

    /// `telepost mailbox list` at Dovecot, trusting the tests' authority.
    fn list(&self, dovecot: &Dovecot, scheme: &str, more: &[&str]) -> Call {
        let port = if scheme == "pop3s" { dovecot.tls_port } else { dovecot.port };
        let (url, ca) = (format!("{scheme}://alice@127.0.0.1:{port}"), self.certificates.authority());
        let fixed = ["mailbox", "list", &url, "--ca", &ca, "--tls-name", NAME, "--json"];
        self.home.telepost(&[&fixed, more].concat()).env("TELEPOST_PASSWORD", PASSWORD)
    }

    /// What Postfix wrote about connections in which somebody signed in.
    fn signed_in(&self) -> Vec<String> {
        let log = self.servers.smtp.log();
        log.lines().filter_map(|line| Some(line.split_once("sasl_method=")?.1.to_owned())).collect()
    }
}

/// Fails the test if the password, or a form of it that goes over a line, is in `text`.
#[track_caller]
fn assert_no_secret(text: &str) {
    let message = format!("\0alice\0{PASSWORD}");
    let forms = [PASSWORD.to_owned(), STANDARD_NO_PAD.encode(PASSWORD), STANDARD_NO_PAD.encode(message)];
    for form in forms {
        assert!(!text.contains(&form), "{form} in\n{text}");
    }
}

fn explained(outcome: &Outcome, words: &[&str]) {
    let all = outcome.all();
    assert!(words.iter().all(|word| all.contains(word)), "{words:?}\n{outcome:?}");
}

/// Tries each mechanism at the same time: Dovecot holds each refusal back for up to half a second.
fn side_by_side<const N: usize>(mechanisms: [&str; N], attempt: impl Fn(&str) + Sync) {
    std::thread::scope(|scope| {
        for mechanism in mechanisms {
            let attempt = &attempt;
            scope.spawn(move || attempt(mechanism));
        }
    });
}

#[test]
fn a_mail_goes_through_tls_in_every_mode_and_the_report_says_how() {
    let Some(scene) = Scene::open(Speaks::Newest) else { return };
    let doors = [
        ("smtp", "starttls", "require", "TLS 1.3"),
        ("smtp", "starttls", "auto", "TLS 1.3"),
        ("smtp", "starttls-1.2", "require", "TLS 1.2"),
        ("smtp", "smtps", "implicit", "TLS 1.3"),
        ("smtps", "smtps", "implicit", "TLS 1.3"),
    ];
    for (count, (scheme, door, mode, version)) in doors.into_iter().enumerate() {
        let report = scene.send_as_alice(scheme, door, &["--tls", mode]).run().expect(0).json();
        assert_eq!(report["outcome"], "sent", "{door}: {report}");
        assert_eq!(report["tls"]["version"], version, "{door}: {report}");
        assert_eq!(report["auth"]["mechanism"], "SCRAM-SHA-256", "{door}: {report}");
        scene.servers.mail.wait_for("alice", count + 1);
    }
    let with_tls = scene.servers.smtp.log().matches("TLS connection established").count();
    assert_eq!(with_tls, doors.len());
}

#[test]
fn postfix_accepts_every_mechanism_it_offers() {
    let Some(scene) = Scene::open(Speaks::Newest) else { return };
    let mechanisms = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"];
    for mechanism in mechanisms {
        for more in [&[][..], &["--no-initial-response"]] {
            let options = [&["--tls", "require", "--auth", mechanism], more].concat();
            let outcome = scene.send_as_alice("smtp", "starttls", &options).run().expect(0);
            assert_eq!(outcome.json()["auth"]["mechanism"], mechanism);
            assert_no_secret(&outcome.all());
        }
    }
    let expected: Vec<String> =
        mechanisms.iter().flat_map(|name| vec![format!("{name}, sasl_username=alice"); 2]).collect();
    assert_eq!(scene.signed_in(), expected);
}

#[test]
fn a_certificate_that_is_not_believed_stops_everything_and_a_pin_mends_it() {
    let Some(scene) = Scene::open(Speaks::Newest) else { return };
    let doors = [
        ("starttls", "smtp", None, "issuer"),
        ("expired", "smtp", Some(()), "expired"),
        ("other-host", "smtp", Some(()), "other.example.test"),
        ("self-signed", "smtps", Some(()), "self-signed"),
    ];
    for (door, scheme, trusting, why) in doors {
        let ca = scene.certificates.authority();
        let trust = if trusting.is_some() { vec!["--ca", ca.as_str()] } else { Vec::new() };
        let options = [&["--user", "alice"], &trust[..]].concat();
        let outcome = scene.send(scheme, door, &options).run().expect(8);
        explained(&outcome, &[why]);
        let verdict = outcome.json()["tls"].clone();
        let pin = verdict["certificate"]["sha256"].as_str().unwrap_or_else(|| panic!("{door}: {outcome:?}")).to_owned();
        let pin = format!("sha256:{pin}");
        let outcome = scene.send(scheme, door, &["--user", "alice", "--pin", &pin]).run().expect(0);
        assert_eq!(outcome.json()["tls"]["verdict"], "pinned", "{door}");
        let other = format!("sha256:{}", "00".repeat(32));
        explained(&scene.send(scheme, door, &["--user", "alice", "--pin", &other]).run().expect(8), &["pin"]);
    }
    // Only the runs with the right pin came to a sign-in.
    assert_eq!(scene.signed_in().len(), doors.len());
    let outcome = scene.send("smtp", "expired", &["--user", "alice", "--insecure"]).run().expect(0);
    explained(&outcome, &["no certificate is verified", "unchecked"]);
}

#[test]
fn tls_that_is_required_and_not_offered_stops_after_the_hello() {
    let Some(scene) = Scene::open(Speaks::Newest) else { return };
    let outcome = scene.send_as_alice("smtp", "no-tls", &["--tls", "require"]).run().expect(8);
    explained(&outcome, &["STARTTLS"]);
    // Who waited for the port to answer connected too, and the server writes its log when it comes to it.
    let ends = || {
        let log = scene.servers.smtp.log();
        let ends = log.lines().filter(|line| line.contains("disconnect from") && !line.contains("commands=0/0"));
        Some(ends.map(str::to_owned).collect::<Vec<_>>()).filter(|ends| !ends.is_empty())
    };
    let ends = support::wait::until("the server to log the end of the line", ends);
    assert!(matches!(ends.as_slice(), [end] if end.contains("ehlo=1 quit=1 commands=2")), "{ends:?}");
}

#[test]
fn a_password_goes_over_a_clear_line_only_when_that_is_permitted() {
    let Some(scene) = Scene::open(Speaks::Newest) else { return };
    for mechanism in ["PLAIN", "LOGIN"] {
        let refused = scene.send_as_alice("smtp", "no-tls", &["--auth", mechanism]).run().expect(7);
        explained(&refused, &["--allow-plain-auth"]);
        assert!(scene.signed_in().is_empty() && !scene.servers.smtp.log().contains("auth="));
    }
    scene.send_as_alice("smtp", "no-tls", &["--auth", "PLAIN", "--allow-plain-auth"]).run().expect(0);
    // SCRAM does not show the password, so it needs no permission.
    scene.send_as_alice("smtp", "no-tls", &[]).run().expect(0);
    assert_eq!(scene.signed_in(), ["PLAIN, sasl_username=alice", "SCRAM-SHA-256, sasl_username=alice"]);
}

#[test]
fn a_wrong_password_is_refused_and_nothing_is_sent() {
    let Some(scene) = Scene::open(Speaks::Newest) else { return };
    side_by_side(["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256"], |mechanism| {
        let call = scene.send_as_alice("smtp", "starttls", &["--tls", "require", "--auth", mechanism]);
        let outcome = call.env("TELEPOST_PASSWORD", "Looking-Glass").run().expect(7);
        assert!(!outcome.all().contains("Looking-Glass"), "{outcome:?}");
    });
    assert!(scene.signed_in().is_empty() && !scene.servers.smtp.log().contains("mail=1"));
}

#[test]
fn postfix_gets_our_certificate_when_it_asks_for_one() {
    let Some(scene) = Scene::open(Speaks::Newest) else { return };
    let pair = ["client.crt", "client.key"].map(|name| scene.certificates.path(name).display().to_string());
    let ca = scene.certificates.authority();
    // Postfix ends the handshake and says 421 inside.
    explained(&scene.send("smtps", "client-certificate", &["--ca", &ca]).run().expect(6), &["No client certificate"]);
    let shown = ["--ca", &ca, "--cert", &pair[0], "--key", &pair[1]];
    scene.send("smtps", "client-certificate", &shown).run().expect(0);
    assert!(scene.servers.smtp.log().contains("Trusted TLS connection established"), "{}", scene.servers.smtp.log());
}

#[test]
fn the_wrong_mode_for_the_port_is_named_with_what_mends_it() {
    let Some(scene) = Scene::open(Speaks::Newest) else { return };
    let outcome = scene.send_as_alice("smtps", "starttls", &[]).run().expect(8);
    explained(&outcome, &["SMTP in clear", "--tls require"]);
    let outcome = scene.send_as_alice("smtp", "smtps", &["--timeout", "1"]).run().expect(8);
    explained(&outcome, &["TLS from the first octet", "--tls implicit"]);
    let url = format!("smtp://127.0.0.1:{}", scene.servers.pop3.port);
    let outcome = scene.home.run(&["send", &url, "--from", FROM, "--to", ALICE, "--body", "x"]).expect(10);
    explained(&outcome, &["POP3"]);
}

#[test]
fn a_mailbox_is_read_through_tls_in_every_mode_and_with_every_mechanism() {
    let mechanisms = ["USER", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "APOP"];
    for speaks in [Speaks::Newest, Speaks::Tls12] {
        let Some(scene) = Scene::open(speaks) else { return };
        scene.servers.mail.put("alice", "1", b"From: eve@example.org\nSubject: Apples\n\n1\n");
        let dovecot = &scene.servers.pop3;
        let version = if speaks == Speaks::Tls12 { "TLS 1.2" } else { "TLS 1.3" };
        for (scheme, mode) in [("pop3", "require"), ("pop3", "auto"), ("pop3s", "implicit")] {
            let report = scene.list(dovecot, scheme, &["--tls", mode]).run().expect(0).json();
            assert_eq!(report["messages"][0]["subject"], "Apples", "{scheme} {mode}: {report}");
            assert_eq!(report["tls"]["version"], version, "{scheme} {mode}: {report}");
            assert_eq!(report["auth"]["mechanism"], "SCRAM-SHA-256", "{scheme} {mode}: {report}");
        }
        for mechanism in mechanisms {
            let options = ["--tls", "require", "--auth", mechanism];
            let outcome = scene.list(dovecot, "pop3", &options).run().expect(0);
            assert_eq!(outcome.json()["auth"]["mechanism"], mechanism);
            assert_no_secret(&outcome.all());
        }
        side_by_side(mechanisms, |mechanism| {
            let options = ["--tls", "require", "--auth", mechanism];
            scene.list(dovecot, "pop3", &options).env("TELEPOST_PASSWORD", "Looking-Glass").run().expect(7);
        });
    }
}

#[test]
fn dovecot_with_a_bad_certificate_sees_no_user_name() {
    if !Servers::can_start() {
        return;
    }
    let mail = Mailboxes::new();
    let certificates = Certificates::make(&mail.path().join("certificates"));
    let home = Home::new();
    for (certificate, why) in
        [("expired", "expired"), ("other-host", "other.example.test"), ("self-signed", "self-signed")]
    {
        let dovecot = Dovecot::start_secure(&mail, &certificates, certificate, Speaks::Newest);
        for (scheme, port) in [("pop3", dovecot.port), ("pop3s", dovecot.tls_port)] {
            let (url, ca) = (format!("{scheme}://alice@127.0.0.1:{port}"), certificates.authority());
            let arguments = ["mailbox", "list", &url, "--ca", &ca, "--tls-name", NAME];
            let outcome = home.telepost(&arguments).env("TELEPOST_PASSWORD", PASSWORD).run().expect(8);
            explained(&outcome, &[why]);
        }
        assert!(!dovecot.log().contains("alice"), "{}", dovecot.log());
    }
}

#[test]
fn no_trace_of_the_password_is_left_by_any_mechanism_in_any_mode() {
    let Some(scene) = Scene::open(Speaks::Newest) else { return };
    scene.servers.mail.put("alice", "1", b"Subject: Apples\n\n1\n");
    let mechanisms = ["USER", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "APOP"];
    let mut kept = String::new();
    for (index, mechanism) in mechanisms.into_iter().enumerate() {
        for (scheme, mode) in [("pop3", "require"), ("pop3s", "implicit"), ("pop3", "none")] {
            let file = format!("{index}{mode}.{}", ["txt", "jsonl", "md"][index % 3]);
            let options = ["--tls", mode, "--auth", mechanism, "--allow-plain-auth", "--transcript", &file, "-v"];
            let outcome = scene.list(&scene.servers.pop3, scheme, &options).run().expect(0);
            kept += &outcome.all();
            kept += &std::fs::read_to_string(scene.home.path(&file)).expect("the transcript was written");
        }
        if !matches!(mechanism, "USER" | "APOP") {
            let file = format!("{index}.txt");
            let options = ["--tls", "require", "--auth", mechanism, "--transcript", &file, "-v"];
            kept += &scene.send_as_alice("smtp", "starttls", &options).run().expect(0).all();
            kept += &std::fs::read_to_string(scene.home.path(&file)).expect("the transcript was written");
        }
    }
    assert!(kept.contains("****"), "{kept}");
    assert_no_secret(&kept);
}
