//! Securing the line and signing in: what goes out at which length, what is masked, and that nothing leaves in clear.
//! Whole conversations are in `tests/dialogues`.

use proptest::prelude::*;

use super::*;
use crate::sasl::exchange::{decode, encode};
use crate::sasl::{Mechanism, Progress, SecretKind, SignIn};
use crate::wire::{Secret, TlsMode};

fn ada() -> SignIn {
    SignIn::with_password("ada", Secret::new("hunter2"), "fyko+d2lbbFgONRv9qkxdawL")
}

fn asked(mechanism: Mechanism) -> SignIn {
    SignIn { mechanism: Some(mechanism), ..ada() }
}

fn sign(sign_in: SignIn) -> Command {
    Command::SignIn(Box::new(sign_in))
}

/// Greeted in TLS, with these capabilities known; nothing of that is left in the record.
fn announced(lines: &str, channel: Channel) -> Play {
    let mut play = Play::new();
    play.session.tls_started(channel, play.now);
    assert_eq!(play.session.state(), State::Greeting);
    play.server("+OK hi <1@x>\r\n");
    play.say("CAPA", format!("+OK\r\n{lines}\r\n.\r\n"));
    play.forget();
    play
}

/// The one end of a sign-in that was told.
fn end(play: &Play) -> &Progress {
    let mut ends = play.notices.iter().filter_map(|notice| match notice {
        Notice::SignIn(progress) if progress.is_end() => Some(progress),
        _ => None,
    });
    let end = ends.next().expect("an end");
    assert_eq!(ends.next(), None);
    end
}

#[test]
fn capabilities_that_are_known_are_not_asked_for_again() {
    let mut play = announced("STLS\r\nSASL PLAIN", Channel::default());
    play.command(Command::Secure(TlsMode::Require));
    assert_eq!(play.notices, [Notice::Secured(crate::wire::Secured::Already)]);
    play.command(sign(ada()));
    assert_eq!(play.written(), "AUTH PLAIN AGFkYQBodW50ZXIy\r\n");
}

#[test]
fn after_signing_in_there_is_no_stls() {
    let mut play = Play::signed_in();
    play.command(Command::Secure(TlsMode::Require));
    play.server("+OK\r\nSTLS\r\n.\r\n");
    assert_eq!(play.written(), "CAPA\r\n");
    assert!(matches!(&play.notices[..], [.., Notice::Insecure(why)] if why.contains("before signing in")));
}

#[test]
fn a_plan_waits_for_the_pipe_and_holds_what_is_behind_it() {
    let mut play = Play::pipelining();
    play.submit("STAT");
    play.command(Command::Secure(TlsMode::Auto));
    play.submit("NOOP");
    assert_eq!(play.written(), "STAT\r\n");
    play.server("+OK 0 0\r\n");
    assert_eq!(play.written(), "STAT\r\nNOOP\r\n", "its end needed no line");
    assert!(!play.session.is_idle());
}

#[test]
fn a_plan_behind_an_exchange_that_was_typed_cancels_that_first() {
    let mut play = Play::greeted();
    play.say("AUTH X", "+ YQ==\r\n");
    play.command(Command::Secure(TlsMode::Auto));
    assert!(play.written().ends_with("*\r\n"), "{}", play.written());
    play.server("-ERR\r\n");
    assert!(play.written().ends_with("*\r\nCAPA\r\n"), "{}", play.written());
}

#[test]
fn a_plan_ends_with_the_conversation() {
    let mut play = Play::greeted();
    play.command(sign(ada()));
    assert!(!play.session.is_idle());
    play.time_out();
    assert!(play.session.is_idle() && play.closed);
    let mut cut = Play::greeted();
    cut.command(Command::Secure(TlsMode::Auto));
    cut.server("+OK\r\nSTLS\r\n");
    cut.eof();
    assert!(cut.session.is_idle());
}

#[test]
fn every_line_of_an_exchange_is_masked_as_a_whole() {
    let mut play = announced("SASL LOGIN CRAM-MD5", Channel::default());
    play.command(sign(asked(Mechanism::CramMd5)));
    play.server("+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n");
    let digest = decode(play.written().lines().last().unwrap().as_bytes()).unwrap();
    let digest = String::from_utf8(digest).unwrap();
    play.server(format!("-ERR {} is no digest of hunter2\r\n", digest.strip_prefix("ada ").unwrap()));
    play.command(sign(asked(Mechanism::Login)));
    play.server("+ \r\n");
    play.server("+ \r\n");
    play.server("-ERR aHVudGVyMg== from ada\r\n");
    let shown: Vec<String> = play.transmitted.iter().map(|chunk| format!("{chunk:?}")).collect();
    assert!(shown[1].contains("\"****(48 B)\\r\\n\""), "{}", shown[1]);
    assert!(shown[3].contains("\"****(4 B)\\r\\n\"") && shown[4].contains("\"****(12 B)\\r\\n\""), "{shown:?}");
    let said = format!("{:?} {:?}", play.received, play.notices);
    for secret in ["hunter2", "aHVud", digest.strip_prefix("ada ").unwrap()] {
        assert!(!said.contains(secret), "{said}");
    }
    assert!(said.contains("from ada"), "a user name is no secret: {said}");
}

#[test]
fn the_first_message_goes_along_only_when_the_line_stays_short() {
    // `AUTH PLAIN ` and CRLF leave 242 octets: 240 of base64, 180 of message, 175 of password.
    for (length, along) in [(175, true), (176, false)] {
        let mut play = announced("SASL PLAIN", Channel::default());
        let password = "p".repeat(length);
        play.command(sign(SignIn { secret: Secret::new(password.clone()), ..ada() }));
        assert_eq!(play.written() != "AUTH PLAIN\r\n", along, "{length}");
        if !along {
            play.server("+ \r\n");
            let line = play.written().lines().last().unwrap().to_owned();
            assert_eq!(decode(line.as_bytes()).unwrap(), format!("\0ada\0{password}").into_bytes());
        }
    }
    let mut play = announced("SASL EXTERNAL", Channel::default());
    play.command(sign(SignIn { kind: SecretKind::None, secret: Secret::new(""), ..ada() }));
    assert_eq!(play.written(), "AUTH EXTERNAL =\r\n", "an empty message has a sign");
}

#[test]
fn a_message_over_the_limit_of_a_line_is_not_sent() {
    let mut play = announced("SASL XOAUTH2", Channel::default());
    let token = SignIn { kind: SecretKind::Token, secret: Secret::new("t".repeat(9_300)), ..ada() };
    play.command(sign(token));
    play.server("+ \r\n");
    assert_eq!(play.written(), "AUTH XOAUTH2\r\n*\r\n");
    play.server("-ERR\r\n");
    assert!(matches!(end(&play), Progress::BrokenOff { why, .. } if why.contains("12288")), "{:?}", end(&play));
}

#[test]
fn a_challenge_may_be_longer_than_any_other_line() {
    let scram = |padding: usize| format!("r=fyko+d2lbbFgONRv9qkxdawLx,s=QQ==,i=1,x={}", "y".repeat(padding));
    for (octets, fits) in [(9_216 - 42, true), (9_216 - 42 + 3, false)] {
        let mut play = announced("SASL SCRAM-SHA-1", Channel::default());
        play.command(sign(ada()));
        let line = encode(scram(octets).as_bytes());
        play.server([b"+ ", line.as_slice(), b"\r\n"].concat());
        assert_eq!(play.broken().is_none(), fits, "{} {:?}", line.len(), play.broken());
    }
    let mut play = announced("SASL SCRAM-SHA-1", Channel::default());
    play.say("NOOP", format!("+OK {}\r\n", "x".repeat(limits::REPLY_LINE)));
    assert_eq!(play.broken(), Some(&Violation::LineTooLong(limits::REPLY_LINE)));
}

#[test]
fn the_line_is_bound_where_it_can_be() {
    let channel = Channel { exporter: Some(vec![7; 32]), end_point: None, ..Channel::default() };
    for (offered, mechanism, start) in [
        ("SASL PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS", "SCRAM-SHA-256-PLUS", "p=tls-exporter,,n=ada,r="),
        ("SASL PLAIN SCRAM-SHA-256", "SCRAM-SHA-256", "y,,n=ada,r="),
    ] {
        let mut play = announced(offered, channel.clone());
        play.command(sign(ada()));
        let first = play.written().trim_end().strip_prefix(&format!("AUTH {mechanism} ")).unwrap().to_owned();
        let first = String::from_utf8(decode(first.as_bytes()).unwrap()).unwrap();
        assert!(first.starts_with(start), "{first}");
    }
}

#[test]
fn what_cannot_be_said_is_found_out_before_anything_goes_out() {
    let forged = |user: &str, password: &str| SignIn { user: user.to_owned(), secret: Secret::new(password), ..ada() };
    for (mechanism, sign_in) in [
        (Mechanism::UserPass, forged("ada\r\nDELE 1", "x")),
        (Mechanism::UserPass, forged("ada", "hunter2\r\nDELE 1")),
        (Mechanism::Apop, forged("ada x", "hunter2")),
        (Mechanism::Apop, forged("", "hunter2")),
        (Mechanism::Apop, forged("ada\nx", "hunter2")),
        (Mechanism::Plain, forged("ada", "hunter2\0x")),
    ] {
        let mut play = announced("USER\r\nSASL PLAIN", Channel::default());
        play.command(sign(SignIn { mechanism: Some(mechanism), ..sign_in }));
        play.submit("NOOP");
        assert_eq!(play.written(), "NOOP\r\n", "{mechanism}");
        assert!(matches!(end(&play), Progress::Impossible { why } if !why.contains("hunter2")), "{:?}", end(&play));
    }
}

#[test]
fn the_response_code_tells_a_refusal_for_now_from_one_for_good() {
    for (answer, is_temporary) in [
        ("-ERR [IN-USE] busy", true),
        ("-ERR [sys/temp] later", true),
        ("-ERR [LOGIN-DELAY] too soon", true),
        ("-ERR [AUTH] wrong", false),
        ("-ERR [SYS/PERM] gone", false),
        ("-ERR wrong", false),
    ] {
        let mut play = announced("SASL PLAIN", Channel::default());
        play.command(sign(ada()));
        play.server(format!("{answer}\r\n"));
        assert!(matches!(end(&play), Progress::Refused { temporary, .. } if *temporary == is_temporary), "{answer}");
    }
}

/// What a server may say to the lines of a plan, and noise.
fn server_says() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "+OK\r\n",
        "-ERR\r\n",
        "+ \r\n",
        "+ YQ==\r\n",
        "+OK\r\nSASL PLAIN LOGIN CRAM-MD5\r\nUSER\r\n.\r\n",
        "+OK\r\nSTLS\r\n.\r\n",
        "+OK\r\nUIDL\r\n.\r\n",
        "+OK <1@x>\r\n",
        ".\r\n",
        "STLS\r\n",
    ]);
    prop_oneof![
        9 => words.prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..9),
    ]
}

proptest! {
    #[test]
    fn where_tls_is_required_nothing_leaves_in_clear(says in prop::collection::vec(server_says(), 0..8), mechanism in 0_usize..13) {
        let mut play = Play::new();
        play.command(Command::Secure(TlsMode::Require));
        play.command(sign(SignIn { allow_plain: true, ..asked(Mechanism::ALL[mechanism]) }));
        play.submit("USER ada");
        play.submit("PASS hunter2");
        play.command(Command::Line(Line::numbered(Verb::Retr, 1)));
        play.command(Command::Line(Line::bare(Verb::Quit)));
        play.server("+OK hi <1@x>\r\n");
        for bytes in &says {
            play.server(bytes);
        }
        play.eof();
        for line in play.written().lines() {
            prop_assert!(["CAPA", "STLS", "QUIT"].contains(&line), "{line}");
        }
    }

    #[test]
    fn a_sign_in_shows_no_secret_and_ends_once(says in prop::collection::vec(server_says(), 0..12), mechanism in 0_usize..13) {
        let mut play = Play::new();
        play.session.tls_started(Channel::default(), play.now);
        play.command(sign(asked(Mechanism::ALL[mechanism])));
        play.server("+OK hi <1@x>\r\n");
        for bytes in &says {
            play.server(bytes);
        }
        play.eof();
        let shown = format!("{:?} {:?} {:?}", play.transmitted, play.received, play.notices);
        prop_assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg") && !shown.contains("AGFkYQBodW50ZXIy"), "{shown}");
        let ends = play.notices.iter().filter(|it| matches!(it, Notice::SignIn(progress) if progress.is_end())).count();
        let begun = play.notices.iter().any(|it| matches!(it, Notice::SignIn(Progress::Chosen { .. })));
        prop_assert!(ends == 1 || (ends == 0 && !begun), "{ends} ends");
        prop_assert!(play.session.is_idle());
    }
}
