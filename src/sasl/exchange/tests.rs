//! The examples of the RFCs, word for word, and what each mechanism refuses.

mod hostile;
mod scram;

use super::*;
use crate::sasl::SecretKind;
use crate::wire::Secret;

fn sign_in(user: &str, secret: &str) -> SignIn {
    SignIn::with_password(user, Secret::new(secret), "fyko+d2lbbFgONRv9qkxdawL")
}

fn begin(mechanism: Mechanism, sign_in: &SignIn) -> Exchange {
    Exchange::new(mechanism, sign_in, None, false).unwrap()
}

/// The octets and the words of the first message.
fn first(mechanism: Mechanism, sign_in: &SignIn) -> (String, String) {
    let message = begin(mechanism, sign_in).initial().unwrap();
    (String::from_utf8(message.octets.to_vec()).unwrap(), message.told)
}

fn why(mechanism: Mechanism, sign_in: &SignIn) -> String {
    Exchange::new(mechanism, sign_in, None, false).unwrap_err().why
}

#[test]
fn plain_says_it_as_rfc_4616_does() {
    let tim = sign_in("tim", "tanstaaftanstaaf");
    let (octets, told) = first(Mechanism::Plain, &tim);
    assert_eq!(octets, "\0tim\0tanstaaftanstaaf");
    assert_eq!(told, "user name \"tim\", password ****");
    let kurt = SignIn { authorization: Some("Ursel".to_owned()), ..sign_in("Kurt", "xipj3plmq") };
    let (octets, told) = first(Mechanism::Plain, &kurt);
    assert_eq!(octets, "Ursel\0Kurt\0xipj3plmq");
    assert_eq!(told, "acts as \"Ursel\", user name \"Kurt\", password ****");
}

#[test]
fn what_would_forge_a_field_is_refused_and_not_quoted() {
    let acts = SignIn { authorization: Some("a\0b".to_owned()), ..sign_in("ada", "hunter2") };
    for mechanism in Mechanism::ALL.into_iter().filter(|it| it.is_sasl() && !it.binds_the_channel()) {
        let nul = SignIn { kind: SecretKind::Token, ..sign_in("a\0b", "hunter2") };
        let refused = Exchange::new(mechanism, &nul, None, false).is_err();
        assert_eq!(refused, mechanism != Mechanism::External, "{mechanism}");
    }
    for mechanism in [Mechanism::Plain, Mechanism::Login, Mechanism::CramMd5, Mechanism::XOAuth2, Mechanism::ScramSha1]
    {
        let why = why(mechanism, &sign_in("ada", "hun\0ter2"));
        assert!(!why.contains("hun"), "{mechanism}: {why}");
    }
    assert!(why(Mechanism::Plain, &acts).contains("to act as"));
    assert!(why(Mechanism::External, &acts).contains("to act as"));
    assert!(why(Mechanism::OAuthBearer, &sign_in("ada", "to\x01ken")).contains("token"));
    assert!(why(Mechanism::XOAuth2, &sign_in("ada\x01auth=Bearer x", "t")).contains("user name"));
    assert!(why(Mechanism::Anonymous, &sign_in(&"a".repeat(256), "")).contains("255"));
    assert!(why(Mechanism::Plain, &sign_in("", "x")).contains("empty"));
    for mechanism in [Mechanism::UserPass, Mechanism::Apop] {
        assert!(why(mechanism, &sign_in("ada", "x")).contains("no SASL"));
    }
}

#[test]
fn login_answers_two_prompts_whatever_they_say() {
    for prompts in [["Username:", "Password:"], ["User Name\0", "Password\0"], ["", ""], ["Password:", "Username:"]] {
        let mut exchange = begin(Mechanism::Login, &sign_in("ada", "hunter2"));
        assert!(exchange.initial().is_none());
        let user = exchange.answer(prompts[0].as_bytes()).unwrap();
        assert_eq!((user.answer.octets.as_slice(), user.answer.told.as_str()), (&b"ada"[..], "user name \"ada\""));
        assert_eq!(user.heard, format!("prompt \"{}\"", prompts[0]));
        let password = exchange.answer(prompts[1].as_bytes()).unwrap().answer;
        assert_eq!((password.octets.as_slice(), password.told.as_str()), (&b"hunter2"[..], "password ****"));
        assert!(exchange.finish().is_ok());
        assert!(exchange.answer(b"More:").is_err());
    }
}

#[test]
fn cram_md5_is_the_example_of_rfc_2195() {
    let mut exchange = begin(Mechanism::CramMd5, &sign_in("tim", "tanstaaftanstaaf"));
    assert!(exchange.initial().is_none());
    let turn = exchange.answer(b"<1896.697170952@postoffice.reston.mci.net>").unwrap();
    assert_eq!(turn.answer.octets.as_slice(), b"tim b913a602c7eda7a495b4e6e7334d3890");
    assert_eq!(turn.heard, "challenge \"<1896.697170952@postoffice.reston.mci.net>\"");
    assert_eq!(turn.answer.told, "user name \"tim\", digest ****");
    assert!(exchange.answer(b"<again@x>").is_err());
    assert!(begin(Mechanism::CramMd5, &sign_in("tim", "x")).answer(b"").unwrap_err().why.contains("empty"));
}

#[test]
fn apop_is_the_example_of_rfc_1939() {
    let digest = apop_digest("<1896.697170952@dbc.mtview.ca.us>", &sign_in("mrose", "tanstaaf"));
    assert_eq!(digest.as_str(), "c4c9334bac560ecc979e58001b3e22fb");
}

const TOKEN: &str = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

#[test]
fn oauthbearer_is_the_example_of_rfc_7628() {
    let user = SignIn { server: ("server.example.com".to_owned(), 143), ..sign_in("user@example.com", TOKEN) };
    let message = begin(Mechanism::OAuthBearer, &user).initial().unwrap();
    let line = "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRj\
                Mk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB";
    assert_eq!(encode(&message.octets).as_slice(), line.as_bytes());
    assert_eq!(message.told, "user name \"user@example.com\", for server.example.com port 143, token ****");
    let (octets, _) = first(Mechanism::OAuthBearer, &sign_in("a=b,c", "t"));
    assert_eq!(octets, "n,a=a=3Db=2Cc,\x01auth=Bearer t\x01\x01");
}

#[test]
fn xoauth2_names_the_user_and_the_token() {
    let (octets, told) = first(Mechanism::XOAuth2, &sign_in("someuser@example.com", "ya29.vF9dft4"));
    assert_eq!(octets, "user=someuser@example.com\x01auth=Bearer ya29.vF9dft4\x01\x01");
    assert_eq!(told, "user name \"someuser@example.com\", token ****");
}

#[test]
fn the_error_of_a_bearer_mechanism_is_decoded_and_acknowledged() {
    for (mechanism, acknowledgement, error, heard, stale) in [
        (
            Mechanism::OAuthBearer,
            &b"\x01"[..],
            r#"{"status":"invalid_token","scope":"example_scope"}"#,
            "error: scope example_scope, status invalid_token",
            true,
        ),
        (
            Mechanism::XOAuth2,
            b"",
            r#"{"status":"401","schemes":"bearer mac"}"#,
            "error: schemes bearer mac, status 401",
            true,
        ),
        (Mechanism::XOAuth2, b"", r#"{"status":400}"#, "error: status 400", true),
        (
            Mechanism::OAuthBearer,
            b"\x01",
            r#"{"status":"insufficient_scope"}"#,
            "error: status insufficient_scope",
            false,
        ),
        (Mechanism::OAuthBearer, b"\x01", "no", "an error that is no JSON: \"no\"", false),
    ] {
        let mut exchange = begin(mechanism, &sign_in("ada", TOKEN));
        assert!(exchange.initial().is_some() && exchange.refusal().is_none());
        let turn = exchange.answer(error.as_bytes()).unwrap();
        assert_eq!((turn.heard.as_str(), turn.answer.octets.as_slice()), (heard, acknowledgement));
        assert_eq!(exchange.refusal().unwrap().stale_token, stale, "{error}");
        assert!(exchange.finish().is_err(), "an error is no success");
        assert!(exchange.answer(error.as_bytes()).is_err(), "told once");
    }
    let mut fine = begin(Mechanism::XOAuth2, &sign_in("ada", TOKEN));
    assert!(fine.initial().is_some() && fine.finish().is_ok());
}

#[test]
fn external_and_anonymous_say_who_or_nothing() {
    let nobody = SignIn { kind: SecretKind::None, ..sign_in("", "") };
    assert_eq!(first(Mechanism::External, &nobody), (String::new(), "who we are follows from the line".to_owned()));
    let bob = SignIn { authorization: Some("bob".to_owned()), ..nobody.clone() };
    assert_eq!(first(Mechanism::External, &bob), ("bob".to_owned(), "acts as \"bob\"".to_owned()));
    assert_eq!(first(Mechanism::Anonymous, &nobody), (String::new(), "nobody".to_owned()));
    // RFC 4505 4.
    assert_eq!(first(Mechanism::Anonymous, &sign_in("sirhc", "")).0, "sirhc");
}

#[test]
fn the_first_message_answers_the_first_challenge_when_it_was_not_taken() {
    let mut exchange = begin(Mechanism::Plain, &sign_in("tim", "secret"));
    let turn = exchange.answer(b"").unwrap();
    assert_eq!((turn.heard.as_str(), turn.answer.octets.as_slice()), ("go on", &b"\0tim\0secret"[..]));
    assert!(exchange.initial().is_none());
    assert!(exchange.answer(b"").unwrap_err().why.contains("everything was said"));
}

#[test]
fn debug_forms_show_no_secret() {
    let mut exchange = begin(Mechanism::Plain, &sign_in("ada", "hunter2"));
    let turn = exchange.answer(b"").unwrap();
    assert!(!format!("{turn:?} {exchange:?}").contains("hunter2"));
}

#[test]
fn base64_reads_back_and_what_is_none_is_refused() {
    assert_eq!(encode(b"\0ada").as_slice(), b"AGFkYQ==");
    assert_eq!(decode(b" AGFkYQ== "), Some(b"\0ada".to_vec()));
    assert_eq!(decode(b""), Some(Vec::new()));
    for bad in [&b"?"[..], b"AGFkYQ", b"A=", b"\xff\xff"] {
        assert_eq!(decode(bad), None);
    }
}
