//! No challenge makes an exchange panic, or believe a server that proved nothing.

use proptest::prelude::*;

use super::*;

fn all() -> impl Iterator<Item = Mechanism> {
    Mechanism::ALL.into_iter().filter(|mechanism| mechanism.is_sasl())
}

/// Bytes, and what looks like the messages of a server.
fn challenge() -> impl Strategy<Value = Vec<u8>> {
    let parts = prop::sample::select(vec![
        "r=",
        "s=",
        "i=",
        "v=",
        "e=",
        "m=",
        ",",
        "=",
        "abc",
        "abcdef",
        "QQ==",
        "1",
        "7",
        "{\"status\":",
        "\"400\"",
        "}",
        "[",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat().into_bytes()),
        "r=abc[!-~]{0,9},s=[A-Za-z0-9+/=]{0,9},i=[0-9]{0,3}".prop_map(String::into_bytes),
    ]
}

#[test]
fn what_is_out_of_all_measure_is_refused_and_costs_nothing() {
    let user = SignIn::with_password("ada", Secret::new("hunter2"), "abc");
    let nonce = "x".repeat(10 * 1024);
    let begun = std::time::Instant::now();
    for server in [
        "r=abcX,s=QQ==,i=4294967295".to_owned(),
        "r=abcX,s=QQ==,i=0".to_owned(),
        "r=abcX,s=,i=4096".to_owned(),
        "r=abcX,s=QQ\r\n==,i=4096".to_owned(),
        format!("r=abcX,s=QQ==,i={}", "9".repeat(10_000)),
        format!("r={nonce},s=QQ==,i=4096"),
    ] {
        let mut exchange = Exchange::new(Mechanism::ScramSha256, &user, None, false).unwrap();
        exchange.initial();
        assert!(exchange.answer(server.as_bytes()).is_err(), "{server:.80}");
        assert!(exchange.finish().is_err());
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(1), "nothing is computed for these");
    // A long nonce that goes on from ours is allowed; the answer is then too long for a line, which the engines see to.
    let mut exchange = Exchange::new(Mechanism::ScramSha256, &user, None, false).unwrap();
    exchange.initial();
    assert!(exchange.answer(format!("r=abc{nonce},s=QQ==,i=1").as_bytes()).is_ok());
    let error = format!("{{\"status\":\"\u{1b}[2J\\u001b]0;pwn\\u0007{}\"}}", "y".repeat(12 * 1024));
    for mechanism in [Mechanism::OAuthBearer, Mechanism::XOAuth2] {
        let mut exchange = Exchange::new(mechanism, &user, None, false).unwrap();
        exchange.initial();
        exchange.answer(error.as_bytes()).unwrap();
        assert!(exchange.finish().is_err(), "235 behind an error is none");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn nothing_panics_and_nothing_is_believed(challenges in prop::collection::vec(challenge(), 0..5), taken: bool) {
        let channel = Channel { exporter: Some(vec![1; 32]), end_point: None, ..Channel::default() };
        let user = SignIn::with_password("ada", Secret::new("hunter2"), "abc");
        for mechanism in all() {
            let mut exchange = Exchange::new(mechanism, &user, Some(&channel), true).unwrap();
            if taken {
                exchange.initial();
            }
            for challenge in &challenges {
                let said = match exchange.answer(challenge) {
                    Ok(turn) => turn.heard + &turn.answer.told,
                    Err(misfit) => misfit.why,
                };
                prop_assert!(!said.contains("hunter2"), "{said}");
            }
            let scram = mechanism.name().starts_with("SCRAM");
            prop_assert!(!scram || exchange.finish().is_err());
        }
    }
}
