//! How a line is protected, on screen: the word in the header, the panel, a certificate that is not believed, a port
//! that speaks another mode.

use telepost::app::{Account, Message};
use telepost::connection::report::{Protection, Verdict};
use telepost::connection::{Failure, FailureKind, LinkEvent, Remedy, Report, Trust};
use telepost::transcript::{Direction, Record};
use telepost::wire::{ChunkKind, Side, TlsMode};

use crate::support::actor::Actor;
use crate::support::stage::{Stage, certificate, protection, secure_account, settings};

const PIN: [u8; 32] = [7; 32];

fn told(stage: &mut Stage, side: Side, link: u32, event: LinkEvent) {
    stage.tell(Message::Report(Report::Link { side, link, event }));
}

/// A server that offers TLS, and a sign-in behind it, and takes one mail.
fn offering_tls() -> Box<dyn telepost::sandbox::server::Conversation> {
    Actor::playing(
        "220 mx.example.test",
        &[
            ("EHLO lab.test", "250-mx.example.test\r\n250-STARTTLS\r\n250 AUTH CRAM-MD5"),
            ("STARTTLS", "220 go on"),
            ("EHLO lab.test", "250-mx.example.test\r\n250 AUTH PLAIN"),
            ("AUTH PLAIN AGFkYQBvcGVuc2VzYW1l", "235 2.7.0 welcome"),
            ("MAIL FROM:<ada@sandbox.test>", "250 ok"),
            ("RCPT TO:<bob@sandbox.test>", "250 ok"),
            ("DATA", "354 go on"),
            (".", "250 queued as 1A"),
        ],
    )
}

fn secured() -> Stage {
    let mut stage = Stage::open((120, 40), settings(Some(secure_account())));
    stage.understudy = Some(offering_tls());
    stage.press(&["F5"]);
    stage
}

#[test]
fn a_mail_goes_behind_tls_and_a_sign_in_and_the_header_says_so() {
    let stage = secured();
    stage.sees("queued as 1A");
    stage.sees("SMTP 127.0.0.1:2525 TLS1.3 auth:ada READY");
    stage.sees("~> AUTH PLAIN ****(20 B)");
    stage.lacks("AGFkYQBvcGVuc2VzYW1l");
}

#[test]
fn the_word_for_a_line_comes_from_its_own_handshake_alone() {
    let mut stage = Stage::demo((120, 40));
    stage.press(&["F5"]);
    stage.sees("SMTP 127.0.0.1:2525 plain READY");
    for link in [0, 99] {
        let shown = Box::new(protection(Verdict::Trusted("the system's".to_owned())));
        told(&mut stage, Side::Smtp, link, LinkEvent::Tls(shown));
        stage.sees("SMTP 127.0.0.1:2525 plain READY");
    }
    for (verdict, keys_logged, word) in [
        (Verdict::Pinned, false, "TLS1.3 pinned READY"),
        (Verdict::Unchecked(None), false, "TLS1.3 unverified READY"),
        (Verdict::Trusted(String::new()), true, "TLS1.3 keys logged READY"),
    ] {
        let shown = Box::new(Protection { keys_logged, ..protection(verdict) });
        told(&mut stage, Side::Smtp, 1, LinkEvent::Tls(shown));
        stage.sees(word);
    }
}

#[test]
fn the_panel_shows_versions_certificate_verdict_and_what_tls_changed() {
    let mut stage = secured();
    stage.press(&["Esc", "Esc", "T"]);
    for text in [
        "trusted: leads to the sandbox's roots",
        "TLS13_AES_256_GCM_SHA384",
        "X25519MLKEM768",
        "sandbox.test, localhost, 127.0.0.1",
        "CN=telepost sandbox CA",
        "2026-11-21 to 2026-12-22 (30 days left)",
        "ECDSA P-256",
        "5a:ad:b0:01",
        "00:07:0E:15",
        "+ AUTH PLAIN",
        "- STARTTLS",
    ] {
        let mut seen = stage.screen().contains(text);
        for _ in 0..30 {
            stage.press(&["Down"]);
            seen |= stage.screen().contains(text);
        }
        stage.press(&["Home"]);
        assert!(seen, "{text:?} is nowhere in the panel:\n{}", stage.screen());
    }
}

#[test]
fn the_panel_of_a_plain_line_says_that_nothing_is_encrypted() {
    let mut stage = Stage::demo((80, 24));
    stage.press(&["F5", "^X", "E"]);
    stage.sees("plain: nothing is encrypted");
}

fn refusal() -> Verdict {
    Verdict::Refused {
        why: "the certificate is for sandbox.test, not for mail.example".to_owned(),
        advice: "Check the name".to_owned(),
        can_be_trusted: true,
    }
}

/// The certificate of the SMTP server was not believed.
fn refused(size: (u16, u16), account: &telepost::app::Account) -> Stage {
    let mut settings = settings(Some(account.clone()));
    settings.profiles = if account.kept { vec![account.profile()] } else { Vec::new() };
    let mut stage = Stage::open(size, settings);
    let (host, port) = ("mail.example".to_owned(), 465);
    let protocol = telepost::connection::Protocol::Smtp;
    told(&mut stage, Side::Smtp, 1, LinkEvent::Dialling { protocol, host, port });
    let shown = Protection { chain: vec![certificate()], ..protection(refusal()) };
    told(&mut stage, Side::Smtp, 1, LinkEvent::Tls(Box::new(shown)));
    let what = "the certificate is for sandbox.test, not for mail.example";
    let failure =
        Failure { remedy: Some(Remedy::Trust(PIN)), ..Failure::new(FailureKind::Tls, "mail.example:465", what) };
    told(&mut stage, Side::Smtp, 1, LinkEvent::Closed(Some(failure)));
    stage
}

#[test]
fn a_certificate_that_is_not_believed_is_shown_and_nobody_trusts_it_unasked() {
    let mut stage = refused((80, 24), &secure_account());
    for text in [
        "mail.example:465 is not who it should be",
        "the certificate is for sandbox.test, not for mail.example",
        "sandbox.test, localhost",
        "CN=telepost sandbox CA",
        "30 days left",
        "00:07:0E:15",
        "> n  Stay disconnected",
    ] {
        stage.sees(text);
    }
    stage.press(&["Enter"]);
    assert!(stage.dialled.is_empty(), "to stay disconnected is the default");
    stage.lacks("TLS1.3");
}

#[test]
fn trust_is_for_the_one_certificate_and_its_side_alone() {
    let mut stage = refused((80, 24), &secure_account());
    stage.press(&["t"]);
    assert_eq!(stage.dialled.last().expect("it connects again").tls.trust, Trust::Pin(PIN));
    stage.press(&["^X", "3"]);
    assert_eq!(stage.dialled.last().expect("the mailbox").tls.trust, Trust::default());
}

#[test]
fn trust_is_kept_in_a_profile_only_when_that_is_chosen() {
    let account = telepost::app::Account { kept: true, name: "work".to_owned(), ..secure_account() };
    for (key, kept) in [("t", false), ("s", true)] {
        let mut stage = refused((80, 24), &account);
        stage.sees("Keep it in the profile work");
        stage.press(&[key]);
        let pinned = |effect: &telepost::app::Effect| match effect {
            telepost::app::Effect::SaveProfile(profile) => {
                profile.smtp.as_ref().is_some_and(|target| target.tls.trust == Trust::Pin(PIN))
            }
            _ => false,
        };
        assert_eq!(stage.others.iter().any(pinned), kept, "{key}");
    }
}

#[test]
fn the_details_of_a_refused_certificate_lead_back_to_the_question() {
    let mut stage = refused((120, 40), &secure_account());
    stage.press(&["d"]);
    stage.sees("The certificates of mail.example:465");
    stage.sees("ecdsa-with-SHA256");
    stage.press(&["Esc"]);
    stage.sees("> n  Stay disconnected");
    stage.press(&["Esc", "^X", "M"]);
    stage.sees("> n  Stay disconnected");
    assert!(stage.dialled.is_empty());
}

#[test]
fn the_question_about_trust_waits_for_what_is_on_screen() {
    let mut stage = Stage::open((120, 40), settings(Some(secure_account())));
    stage.press(&["^X", "h"]);
    let failure = Failure { remedy: Some(Remedy::Trust(PIN)), ..Failure::new(FailureKind::Tls, "a:1", "not believed") };
    told(&mut stage, Side::Smtp, 1, LinkEvent::Closed(Some(failure)));
    stage.lacks("Stay disconnected");
    stage.press(&["Esc"]);
    stage.sees("> n  Stay disconnected");
    stage.press(&["t"]);
    assert!(stage.dialled.is_empty(), "that key may have been meant for what was on screen");
    stage.press(&["Esc"]);
    stage.lacks("Stay disconnected");
    stage.press(&["^X", "h", "Esc"]);
    stage.lacks("Stay disconnected");
}

#[test]
fn a_question_that_settled_itself_meanwhile_is_not_asked() {
    let mut stage = Stage::open((120, 40), settings(Some(secure_account())));
    stage.press(&["^X", "h"]);
    let failure = Failure { remedy: Some(Remedy::Trust(PIN)), ..Failure::new(FailureKind::Tls, "a:1", "not believed") };
    told(&mut stage, Side::Smtp, 1, LinkEvent::Closed(Some(failure)));
    dialling(&mut stage);
    stage.press(&["Esc"]);
    stage.lacks("Stay disconnected");
}

fn dialling(stage: &mut Stage) {
    let (protocol, host) = (telepost::connection::Protocol::Smtp, "mail.example".to_owned());
    told(stage, Side::Smtp, 1, LinkEvent::Dialling { protocol, host, port: 465 });
}

fn connected(stage: &mut Stage) {
    let address = "127.0.0.1:465".parse().expect("an address");
    told(
        stage,
        Side::Smtp,
        1,
        LinkEvent::Connected { peer: address, local: address, lapse: std::time::Duration::ZERO },
    );
}

fn after_two_seconds(stage: &mut Stage) {
    stage.tell_after(std::time::Duration::from_secs(2), Message::Wake);
}

#[test]
fn a_handshake_that_is_waited_for_is_named_with_its_limit_and_can_be_stopped() {
    let mut stage = Stage::open((80, 24), settings(Some(secure_account())));
    dialling(&mut stage);
    connected(&mut stage);
    after_two_seconds(&mut stage);
    stage.sees("WAITING 2.0 of 30 s for the greeting (SMTP), ^C stops it");
    let record = Record {
        number: 1,
        side: Side::Smtp,
        link: 1,
        at: std::time::Duration::ZERO,
        lapse: None,
        direction: Direction::Received,
        kind: ChunkKind::Reply { first: true, last: true },
        expected: true,
        tls: false,
        bytes: b"220 go on\r\n".to_vec(),
        tally: None,
    };
    stage.tell(Message::Report(Report::Record(record)));
    let notice = telepost::smtp::Notice::State(telepost::smtp::State::Tls);
    stage.tell(Message::Report(Report::Smtp { link: 1, notice }));
    after_two_seconds(&mut stage);
    stage.sees("WAITING 2.0 of 10 s for the TLS handshake (SMTP), ^C stops it");
    stage.press(&["^C"]);
    stage.sees("stopped waiting for the TLS handshake");
}

#[test]
fn a_line_with_tls_from_the_first_octet_waits_for_the_handshake_and_then_for_the_greeting() {
    let mut account = secure_account();
    account.smtp.as_mut().expect("it has one").tls.mode = TlsMode::Implicit;
    let mut stage = Stage::open((80, 24), settings(Some(Account { smtp_user: None, ..account })));
    stage.press(&["F8"]);
    dialling(&mut stage);
    connected(&mut stage);
    after_two_seconds(&mut stage);
    stage.sees("for the TLS handshake");
    told(&mut stage, Side::Smtp, 1, LinkEvent::Tls(Box::new(protection(Verdict::Pinned))));
    after_two_seconds(&mut stage);
    stage.sees("WAITING 2.0 of 30 s for the greeting");
}

#[test]
fn what_mends_a_failure_is_said_once_and_stands_in_the_footer() {
    let mut stage = Stage::demo((80, 24));
    stage.lacks("^X M:mend");
    let failure = Failure {
        remedy: Some(Remedy::Tls(TlsMode::Implicit)),
        ..Failure::new(FailureKind::WrongMode, "127.0.0.1:2525", "the port speaks TLS from the first octet")
    };
    told(&mut stage, Side::Smtp, 1, LinkEvent::Closed(Some(failure)));
    stage.sees("^X M:mend");
    stage.sees("the port speaks TLS from the first octet. ^X M connects");
    let toast = stage.screen().lines().filter(|line| line.contains("Connect again in the mode")).count();
    assert_eq!(toast, 0, "{}", stage.screen());
}

#[test]
fn a_question_about_trust_takes_no_key_of_somebody_who_types() {
    let mut stage = Stage::open((120, 40), settings(Some(secure_account())));
    stage.type_text("the");
    let failure = Failure { remedy: Some(Remedy::Trust(PIN)), ..Failure::new(FailureKind::Tls, "a:1", "not believed") };
    told(&mut stage, Side::Smtp, 1, LinkEvent::Closed(Some(failure)));
    stage.press(&["t"]);
    assert!(stage.dialled.is_empty());
    stage.sees("> n  Stay disconnected");
    stage.tell_after(std::time::Duration::from_secs(1), Message::Wake);
    stage.press(&["t"]);
    assert_eq!(stage.dialled.len(), 1);
}

#[test]
fn the_key_that_a_failure_names_connects_again_in_the_right_mode() {
    for (before, remedy, after) in [
        (TlsMode::Auto, TlsMode::Implicit, TlsMode::Implicit),
        (TlsMode::Implicit, TlsMode::Auto, TlsMode::Require),
        (TlsMode::None, TlsMode::Auto, TlsMode::Auto),
        (TlsMode::Auto, TlsMode::None, TlsMode::None),
    ] {
        let mut account = secure_account();
        account.smtp_user = None;
        account.smtp.as_mut().expect("it has one").tls.mode = before;
        let mut stage = Stage::open((120, 40), settings(Some(account)));
        let failure = Failure {
            remedy: Some(Remedy::Tls(remedy)),
            ..Failure::new(FailureKind::WrongMode, "127.0.0.1:2525", "another mode is spoken on this port")
        };
        told(&mut stage, Side::Smtp, 1, LinkEvent::Closed(Some(failure)));
        let screen = stage.screen();
        let named = screen.find(" connects again").map(|end| &screen[..end]).expect("a key is named");
        let keys: Vec<&str> = named.rsplit(' ').take(2).collect();
        stage.press(&[keys[1], keys[0]]);
        let target = stage.dialled.last().unwrap_or_else(|| panic!("{keys:?} connects nothing\n{screen}"));
        assert_eq!((target.tls.mode, target.port), (after, 2525), "{before:?}");
    }
}

#[test]
fn the_card_of_a_failure_names_the_key_that_mends_it() {
    let mut stage = Stage::demo((120, 40));
    let failure = Failure {
        remedy: Some(Remedy::Tls(TlsMode::Implicit)),
        ..Failure::new(FailureKind::WrongMode, "127.0.0.1:2525", "the server waits for TLS")
    };
    told(&mut stage, Side::Smtp, 1, LinkEvent::Closed(Some(failure)));
    stage.press(&["^X", "i"]);
    stage.sees("Something else is spoken on this port");
    stage.sees("Key: ^X M  Reconnect as the failure advises");
}

#[test]
fn where_tls_is_a_must_and_not_offered_nothing_more_is_sent() {
    let mut account = secure_account();
    account.smtp.as_mut().expect("it has one").tls.mode = TlsMode::Require;
    let mut stage = Stage::open((120, 40), settings(Some(account)));
    stage.understudy =
        Some(Actor::playing("220 mx.example.test", &[("EHLO lab.test", "250-mx.example.test\r\n250 AUTH PLAIN")]));
    stage.press(&["F5"]);
    stage.sees("SMTP 127.0.0.1:2525 plain READY");
    stage.sees("nothing was sent: ");
    stage.lacks("was not sent: the line");
    stage.press(&["^X", "i"]);
    stage.sees("TLS was a must and cannot be had");
    stage.sees("often port 465");
}

#[test]
fn a_line_that_may_not_be_used_is_replaced_by_the_key_that_asks_again() {
    let part = [("EHLO lab.test", "250-mx\r\n250 AUTH PLAIN"), ("AUTH PLAIN AGFkYQBvcGVuc2VzYW1l", "")];
    let bare = || Actor::playing("220 mx", &part);
    for (keys, port) in [(&["F5"][..], 2525), (&["^X", "M"], 465)] {
        let mut account = secure_account();
        account.smtp.as_mut().expect("it has one").tls.mode = TlsMode::Require;
        let mut stage = Stage::open((120, 40), settings(Some(account)));
        stage.understudy = Some(bare());
        stage.press(&["F5"]);
        stage.sees("nothing was sent: ");
        stage.understudy = Some(bare());
        stage.press(keys);
        let dialled: Vec<u16> = stage.dialled.iter().map(|target| target.port).collect();
        assert_eq!(dialled, [2525, port], "{keys:?}");
    }
}
