//! SCRAM against the examples of the RFCs, and against a server of few lines that checks the proof by itself.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::*;

const USER: &str = "user";
const NONCE_256: &str = "rOprNGfwEbeRWgbNEkqO";
const FIRST_256: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

fn pencil(nonce: &str) -> SignIn {
    SignIn::with_password(USER, Secret::new("pencil"), nonce)
}

fn text(message: &Message) -> &str {
    std::str::from_utf8(&message.octets).unwrap()
}

#[test]
fn sha_1_is_the_example_of_rfc_5802() {
    let mut exchange = begin(Mechanism::ScramSha1, &pencil("fyko+d2lbbFgONRv9qkxdawL"));
    assert_eq!(text(&exchange.initial().unwrap()), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
    let turn = exchange.answer(b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096").unwrap();
    assert_eq!(
        text(&turn.answer),
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
    );
    assert_eq!(turn.heard, "nonce fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j, salt 12 octets, 4096 iterations");
    let last = exchange.answer(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=").unwrap();
    assert!(last.answer.octets.is_empty() && exchange.finish().is_ok());
    assert!(exchange.answer(b"").is_err());
}

#[test]
fn sha_256_is_the_example_of_rfc_7677() {
    let mut exchange = begin(Mechanism::ScramSha256, &pencil(NONCE_256));
    assert_eq!(text(&exchange.initial().unwrap()), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    let turn = exchange.answer(FIRST_256.as_bytes()).unwrap();
    assert_eq!(
        text(&turn.answer),
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    );
    let shown = format!("{turn:?}");
    assert!(shown.contains("proof ****") && !shown.contains("dHzb"), "{shown}");
    let last = exchange.answer(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").unwrap();
    assert!(!last.heard.contains("6rriTRBi23"), "{}", last.heard);
    assert!(exchange.finish().is_ok());
}

#[test]
fn without_the_servers_proof_nobody_is_in() {
    let mut exchange = begin(Mechanism::ScramSha256, &pencil(NONCE_256));
    assert!(exchange.finish().unwrap_err().why.contains("has not proved"));
    exchange.initial();
    assert!(exchange.finish().is_err());
    exchange.answer(FIRST_256.as_bytes()).unwrap();
    assert!(exchange.finish().is_err());
    for wrong in [&b"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="[..], b"v=", b"v=AAAA", b"e=invalid-proof", b""] {
        let mut exchange = begin(Mechanism::ScramSha256, &pencil(NONCE_256));
        exchange.initial();
        exchange.answer(FIRST_256.as_bytes()).unwrap();
        assert!(exchange.answer(wrong).is_err(), "{}", wrong.escape_ascii());
        assert!(exchange.finish().is_err());
        assert!(exchange.answer(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").is_err(), "one try");
    }
    let mut refused = begin(Mechanism::ScramSha256, &pencil(NONCE_256));
    refused.initial();
    refused.answer(FIRST_256.as_bytes()).unwrap();
    assert!(refused.answer(b"e=invalid-proof").unwrap_err().why.ends_with("invalid-proof"));
}

#[test]
fn names_are_escaped_and_prepared() {
    let odd =
        SignIn { authorization: Some("b=b".to_owned()), ..SignIn::with_password("a,\u{aa}=", Secret::new("x"), "n") };
    let message = begin(Mechanism::ScramSha1, &odd).initial().unwrap();
    assert_eq!(text(&message), "n,a=b=3Db,n=a=2Ca=3D,r=n");
    assert_eq!(message.told, "acts as \"b=b\", user name \"a,a=\", nonce n, no channel binding");
    for (user, password) in [("a\u{7}b", "x"), ("ada", "\u{7}hunter2"), ("", "x"), ("ada", ""), ("ada", "\u{627}1")] {
        let why = why(Mechanism::ScramSha1, &SignIn::with_password(user, Secret::new(password), "n"));
        assert!(why.contains("SASLprep") && !why.contains("hunter2"), "{why}");
    }
    for nonce in ["", "a,b", "a b", "\u{e4}"] {
        assert!(why(Mechanism::ScramSha1, &pencil(nonce)).contains("nonce"));
    }
}

#[test]
fn the_gs2_flag_says_what_is_known_of_the_binding() {
    let none = Channel::default();
    let exporter = Channel { exporter: Some(vec![7; 32]), end_point: Some(vec![8; 32]), ..Channel::default() };
    let end_point = Channel { exporter: None, end_point: Some(vec![8; 32]), ..Channel::default() };
    for (mechanism, channel, plus_offered, flag) in [
        (Mechanism::ScramSha256, None, false, Some("n,,")),
        (Mechanism::ScramSha256, None, true, Some("n,,")),
        (Mechanism::ScramSha256, Some(&none), false, Some("n,,")),
        (Mechanism::ScramSha256, Some(&exporter), false, Some("y,,")),
        (Mechanism::ScramSha1, Some(&end_point), false, Some("y,,")),
        // Asked for without it, though both sides could: `y` would be taken for a stripped list.
        (Mechanism::ScramSha256, Some(&exporter), true, Some("n,,")),
        (Mechanism::ScramSha256Plus, Some(&exporter), true, Some("p=tls-exporter,,")),
        (Mechanism::ScramSha1Plus, Some(&end_point), true, Some("p=tls-server-end-point,,")),
        (Mechanism::ScramSha1Plus, Some(&none), true, None),
        (Mechanism::ScramSha256Plus, None, true, None),
    ] {
        let exchange = Exchange::new(mechanism, &pencil("n"), channel, plus_offered).ok();
        let first = exchange.and_then(|mut it| it.initial()).map(|message| text(&message).to_owned());
        assert_eq!(first, flag.map(|flag| format!("{flag}n=user,r=n")), "{mechanism} {channel:?} {plus_offered}");
    }
}

fn keyed(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// What the server says last, if the client proved that it knows the password.
fn server_last(salted: &[u8], auth_message: &str, proof: &[u8]) -> Option<String> {
    let stored = Sha256::digest(keyed(salted, b"Client Key"));
    let signature = keyed(&stored, auth_message.as_bytes());
    let key: Vec<u8> = proof.iter().zip(&signature).map(|(proof, signature)| proof ^ signature).collect();
    let server = keyed(&keyed(salted, b"Server Key"), auth_message.as_bytes());
    (Sha256::digest(key) == stored).then(|| format!("v={}", String::from_utf8_lossy(&encode(&server))))
}

#[test]
fn the_plus_form_binds_the_octets_of_the_line() {
    let channel = Channel { exporter: Some((0..32).collect()), end_point: Some(vec![9; 32]), ..Channel::default() };
    let mut salted = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(b"pencil", b"salt", 64, &mut salted);
    let mut exchange = Exchange::new(Mechanism::ScramSha256Plus, &pencil("abc"), Some(&channel), true).unwrap();
    let first = exchange.initial().unwrap();
    let bare = text(&first).strip_prefix("p=tls-exporter,,").unwrap();
    let server_first = "r=abcdef,s=c2FsdA==,i=64";
    let turn = exchange.answer(server_first.as_bytes()).unwrap();
    let (without_proof, proof) = text(&turn.answer).split_once(",p=").unwrap();
    let bound = [&b"p=tls-exporter,,"[..], &(0..32).collect::<Vec<u8>>()].concat();
    assert_eq!(without_proof, format!("c={},r=abcdef", String::from_utf8_lossy(&encode(&bound))));
    assert!(turn.answer.told.contains("channel binding tls-exporter") && turn.heard.contains("are few"));
    let auth_message = format!("{bare},{server_first},{without_proof}");
    let last = server_last(&salted, &auth_message, &decode(proof.as_bytes()).unwrap()).unwrap();
    exchange.answer(last.as_bytes()).unwrap();
    assert!(exchange.finish().is_ok());
}
