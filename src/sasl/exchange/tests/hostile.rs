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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn nothing_panics_and_nothing_is_believed(challenges in prop::collection::vec(challenge(), 0..5), taken: bool) {
        let channel = Channel { exporter: Some(vec![1; 32]), end_point: None };
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
