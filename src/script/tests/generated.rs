//! Scripts made by chance: what is printed reads back, and nothing that is read panics.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::sasl::Mechanism;
use crate::wire::Side;

fn name() -> impl Strategy<Value = String> {
    "[a-z_][a-z0-9_]{0,8}"
}

/// Pieces as reading leaves them: octets joined, none empty, no line ends.
fn text() -> impl Strategy<Value = Text> {
    let octet = any::<u8>().prop_filter("a line end", |octet| !matches!(octet, b'\r' | b'\n'));
    let octets = prop_oneof![
        proptest::collection::vec(octet, 1..12),
        "[ -~\u{e4}\u{20ac}\u{a0}]{1,12}".prop_map(String::into_bytes),
        Just(b"end".to_vec()),
        Just(b"PLAIN".to_vec()),
        Just(b" $".to_vec()),
    ];
    let piece = prop_oneof![octets.prop_map(Piece::Octets), name().prop_map(Piece::Variable)];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| {
        let mut joined: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (joined.last_mut(), piece) {
                (Some(Piece::Octets(all)), Piece::Octets(more)) => all.extend(more),
                (_, piece) => joined.push(piece),
            }
        }
        Text(joined)
    })
}

fn some_text() -> impl Strategy<Value = Text> {
    text().prop_filter("empty", |text| !text.0.is_empty())
}

fn body_line() -> impl Strategy<Value = Text> {
    text().prop_map(|mut text| {
        if let Some(Piece::Octets(octets)) = text.0.first_mut()
            && octets.starts_with(b".")
            && !octets.starts_with(b"..")
        {
            octets.insert(0, b'.');
        }
        text
    })
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let reply = prop_oneof![
        Just(Reply::Any),
        Just(Reply::Close),
        any::<bool>().prop_map(Reply::Ok),
        (200_u16..560).prop_map(Reply::Code),
        (2_u8..=5).prop_map(Reply::Class),
        (200_u16..560, prop_oneof![Just(2_u8), Just(4), Just(5)], 0_u16..1000, 0_u16..1000)
            .prop_map(|(code, class, subject, detail)| Reply::Enhanced(code, (class, subject, detail))),
    ];
    let regex = prop_oneof![
        Just(None),
        "[a-z /.]{0,8}".prop_map(Some),
        Just(Some("(?<id>\\w+)\\\\ or [/]".to_owned())),
        Just(Some("a|b{2}$".to_owned())),
    ];
    (reply, regex).prop_map(|(reply, text)| Pattern { reply, text })
}

fn patterns() -> impl Strategy<Value = Vec<Pattern>> {
    proptest::collection::vec(pattern(), 1..4)
}

fn condition() -> impl Strategy<Value = Condition> {
    let plain = prop_oneof![
        patterns().prop_map(Condition::Reply),
        some_text().prop_map(Condition::Offered),
        Just(Condition::Tls),
        (name(), text()).prop_map(|(name, text)| Condition::Equal(name, text)),
    ];
    (plain, 0..3).prop_map(|(plain, times)| (0..times).fold(plain, |inner, _| Condition::Not(Box::new(inner))))
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Smtp), Just(Side::Pop3)]
}

fn connect() -> impl Strategy<Value = What> {
    (side(), any::<bool>(), "[a-z.]{1,9}(:[0-9]{1,5})?").prop_map(|(side, named, host)| {
        let scheme = if side == Side::Smtp { "smtp" } else { "pop3s" };
        let url = named.then(|| Text(vec![Piece::Octets(format!("{scheme}://{host}").into_bytes())]));
        What::Connect { side, url }
    })
}

fn plain() -> impl Strategy<Value = What> {
    let mechanism = proptest::option::of(proptest::sample::select(Mechanism::ALL.to_vec()));
    prop_oneof![
        "[a-z#][a-z #]{0,8}[a-z#]".prop_map(What::Remark),
        (name(), text()).prop_map(|(name, value)| What::Set { name, value }),
        connect(),
        side().prop_map(What::On),
        text().prop_map(What::Send),
        proptest::collection::vec(text(), 1..4).prop_map(What::Block),
        proptest::collection::vec(body_line(), 0..4).prop_map(|lines| What::Body(Body::Lines(lines))),
        some_text().prop_map(|path| What::Body(Body::File(path))),
        patterns().prop_map(What::Expect),
        (0_u64..=3_600_000).prop_map(|milliseconds| What::Wait(Duration::from_millis(milliseconds))),
        Just(What::StartTls),
        (mechanism, proptest::option::of(some_text())).prop_map(|(mechanism, user)| What::Auth { mechanism, user }),
        text().prop_map(What::Note),
        text().prop_map(What::Fail),
        Just(What::Stop),
        Just(What::Drop),
    ]
}

fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let one = plain().prop_map(|what| Statement { line: 0, what });
    proptest::collection::vec(
        one.prop_recursive(3, 24, 4, |inner| {
            let run = || proptest::collection::vec(inner.clone(), 0..4);
            (condition(), run(), run()).prop_map(|(condition, then, otherwise)| Statement {
                line: 0,
                what: What::If { condition, then, otherwise },
            })
        }),
        0..8,
    )
}

fn without_lines(statements: Vec<Statement>) -> Vec<Statement> {
    let bare = |what| match what {
        What::If { condition, then, otherwise } => {
            What::If { condition, then: without_lines(then), otherwise: without_lines(otherwise) }
        }
        what => what,
    };
    statements.into_iter().map(|statement| Statement { line: 0, what: bare(statement.what) }).collect()
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(statements in statements()) {
        let script = Script { statements };
        let printed = script.to_string();
        let read = Script::parse(&printed).map_err(|faults| TestCaseError::fail(format!("{printed}\n{}", told(&faults))))?;
        prop_assert_eq!(without_lines(read.statements), script.statements, "{}", printed);
    }

    #[test]
    fn nothing_that_is_read_panics(text in "\\PC{0,200}") {
        let _ = Script::parse(&text);
    }

    #[test]
    fn nothing_like_a_script_panics(lines in proptest::collection::vec(prop_oneof![
        "(send|expect|if|set|connect|wait|auth|body|block|note|not|end|else)[ /\\\\${}a-z0-9.=+-]{0,24}",
        "[#.]?[\\x00-\\x7f]{0,12}",
        Just("end".to_owned()),
        Just(".".to_owned()),
    ], 0..20)) {
        let text = lines.join("\n");
        if let Ok(script) = Script::parse(&text) {
            let again = Script::parse(&script.to_string());
            prop_assert_eq!(again.map(|it| without_lines(it.statements)), Ok(without_lines(script.statements)));
        }
    }
}
