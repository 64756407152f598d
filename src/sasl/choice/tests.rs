use super::*;
use crate::wire::Secret;

fn list(names: &str) -> Vec<String> {
    names.split_whitespace().map(str::to_owned).collect()
}

fn password() -> SignIn {
    SignIn::with_password("ada", Secret::new("hunter2"), "n")
}

fn token() -> SignIn {
    SignIn { kind: SecretKind::Token, ..password() }
}

fn bound() -> Channel {
    Channel { exporter: Some(vec![1; 32]), end_point: None, ..Channel::default() }
}

const EVERYTHING: &str = "anonymous EXTERNAL USER APOP LOGIN plain CRAM-MD5 XOAUTH2 OAUTHBEARER SCRAM-SHA-1 \
                          scram-sha-256 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS NTLM";

#[test]
fn the_strongest_is_taken_whatever_the_order_of_the_list() {
    let mut offered = list(EVERYTHING);
    for _ in 0..offered.len() {
        offered.rotate_left(1);
        let choice = choose(&offered, &password(), Some(&bound())).unwrap();
        assert_eq!((choice.mechanism, choice.why.as_str()), (Mechanism::ScramSha256Plus, "strongest offered"));
        offered.reverse();
        assert_eq!(choose(&offered, &password(), Some(&bound())).unwrap().mechanism, Mechanism::ScramSha256Plus);
    }
}

#[test]
fn each_kind_of_secret_has_its_own_order() {
    let nobody = SignIn { kind: SecretKind::None, user: String::new(), ..password() };
    let ada = SignIn { kind: SecretKind::None, ..password() };
    let tls = Channel::default();
    for (offered, sign_in, mechanism) in [
        ("SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN", password(), Some(Mechanism::ScramSha1)),
        ("SCRAM-SHA-1 SCRAM-SHA-256", password(), Some(Mechanism::ScramSha256)),
        ("CRAM-MD5 LOGIN PLAIN USER", password(), Some(Mechanism::Plain)),
        ("CRAM-MD5 LOGIN USER", password(), Some(Mechanism::Login)),
        ("APOP USER", password(), Some(Mechanism::UserPass)),
        ("CRAM-MD5 APOP", password(), None),
        ("EXTERNAL ANONYMOUS OAUTHBEARER XOAUTH2", password(), None),
        ("XOAUTH2 OAUTHBEARER PLAIN SCRAM-SHA-256", token(), Some(Mechanism::OAuthBearer)),
        ("XOAUTH2 PLAIN", token(), Some(Mechanism::XOAuth2)),
        ("PLAIN LOGIN SCRAM-SHA-256", token(), None),
        ("ANONYMOUS EXTERNAL", nobody.clone(), Some(Mechanism::External)),
        ("ANONYMOUS PLAIN", nobody, Some(Mechanism::Anonymous)),
        ("ANONYMOUS PLAIN", ada.clone(), None),
        ("EXTERNAL", ada, Some(Mechanism::External)),
    ] {
        let chosen = choose(&list(offered), &sign_in, Some(&tls)).ok().map(|choice| choice.mechanism);
        assert_eq!(chosen, mechanism, "{offered}");
    }
}

#[test]
fn the_secret_itself_goes_inside_tls_only_unless_permitted() {
    for name in ["PLAIN", "LOGIN", "USER"] {
        assert!(choose(&list(name), &password(), None).is_err(), "{name}");
        let forced = SignIn { mechanism: name.parse().ok(), ..password() };
        assert!(choose(&list(name), &forced, None).is_err(), "{name} forced");
        assert!(choose(&list(name), &password(), Some(&Channel::default())).is_ok(), "{name} in TLS");
        let permitted = choose(&list(name), &SignIn { allow_plain: true, ..password() }, None).unwrap();
        assert!(permitted.why.ends_with("without TLS, which was permitted"), "{}", permitted.why);
    }
    for name in ["XOAUTH2", "OAUTHBEARER"] {
        assert!(choose(&list(name), &token(), None).is_err(), "{name}");
    }
    let choice = choose(&list("PLAIN SCRAM-SHA-1"), &password(), None).unwrap();
    assert_eq!(choice, Choice { mechanism: Mechanism::ScramSha1, why: "strongest offered".to_owned() });
}

#[test]
fn what_is_passed_over_is_named() {
    let offered = list("SCRAM-SHA-256 SCRAM-SHA-256-PLUS");
    for channel in [None, Some(&Channel::default())] {
        let choice = choose(&offered, &password(), channel).unwrap();
        assert_eq!(choice.mechanism, Mechanism::ScramSha256);
        assert_eq!(
            choice.why,
            "strongest offered; SCRAM-SHA-256-PLUS is offered, but this line has no channel binding"
        );
    }
}

#[test]
fn what_was_asked_for_is_taken_or_nothing() {
    let asked = |mechanism| SignIn { mechanism: Some(mechanism), ..password() };
    let tls = Channel::default();
    let choice = choose(&list(EVERYTHING), &asked(Mechanism::Plain), Some(&tls)).unwrap();
    assert_eq!(choice, Choice { mechanism: Mechanism::Plain, why: "asked for".to_owned() });
    for mechanism in [Mechanism::CramMd5, Mechanism::Apop] {
        let choice = choose(&list(EVERYTHING), &asked(mechanism), None).unwrap();
        assert!(choice.mechanism == mechanism && choice.why.contains("obsolete"), "{}", choice.why);
    }
    for (mechanism, offered, words) in [
        (
            Mechanism::CramMd5,
            "PLAIN LOGIN",
            "The server offers PLAIN, LOGIN; CRAM-MD5 was asked for. Safe here: PLAIN, LOGIN.",
        ),
        (Mechanism::CramMd5, "", "The server offers no way to sign in; CRAM-MD5 was asked for."),
        (
            Mechanism::ScramSha1Plus,
            "SCRAM-SHA-1-PLUS",
            "SCRAM-SHA-1-PLUS was asked for, but this line has no channel binding",
        ),
    ] {
        let why = choose(&list(offered), &asked(mechanism), Some(&tls)).unwrap_err().why;
        assert!(why.starts_with(words) || why.contains(words), "{why}");
    }
    let none = SignIn { kind: SecretKind::None, ..asked(Mechanism::Plain) };
    assert!(choose(&list("PLAIN"), &none, Some(&tls)).is_err());
    let token = SignIn { kind: SecretKind::Token, ..asked(Mechanism::ScramSha1) };
    assert!(choose(&list("SCRAM-SHA-1"), &token, Some(&tls)).is_err());
}

#[test]
fn the_reason_names_what_is_offered_what_is_safe_and_what_to_do() {
    for (offered, sign_in, channel, why) in [
        (
            "plain LOGIN",
            password(),
            None,
            "The server offers PLAIN, LOGIN; PLAIN, LOGIN would show the password to whoever reads the line: this \
             line has no TLS, and nobody permitted the secret in clear. Safe here: none of them.",
        ),
        (
            "CRAM-MD5",
            password(),
            Some(Channel::default()),
            "The server offers CRAM-MD5; CRAM-MD5 is obsolete and used only when asked for. Safe here: none of them. \
             Ask for CRAM-MD5 by name.",
        ),
        (
            "PLAIN",
            token(),
            Some(Channel::default()),
            "The server offers PLAIN; an access token goes with OAUTHBEARER, XOAUTH2. Safe here: none of them.",
        ),
        (
            "",
            password(),
            None,
            "The server offers no way to sign in; a password goes with SCRAM-SHA-256-PLUS, SCRAM-SHA-256, \
             SCRAM-SHA-1-PLUS, SCRAM-SHA-1, PLAIN, LOGIN, USER. More may be offered inside TLS.",
        ),
    ] {
        assert_eq!(choose(&list(offered), &sign_in, channel.as_ref()).unwrap_err().to_string(), why);
    }
}

#[test]
fn the_binding_form_is_found_in_any_letter_case() {
    let offered = list("scram-sha-256-plus SCRAM-SHA-1");
    for (mechanism, offers) in [
        (Mechanism::ScramSha256, true),
        (Mechanism::ScramSha256Plus, true),
        (Mechanism::ScramSha1, false),
        (Mechanism::Plain, false),
    ] {
        assert_eq!(offers_plus(&offered, mechanism), offers, "{mechanism}");
    }
}
