//! Whatever a server sends: no panic, nothing lost, and no matter how it was cut.

use proptest::prelude::*;

use super::*;

/// Pieces that reach deep into the engine more often than noise does.
fn server_bytes() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "+OK\r\n",
        "+OK 2 320\r\n",
        "-ERR no\r\n",
        "+ \r\n",
        "+ YWJj\r\n",
        ".\r\n",
        "..\r\n",
        "\r\n",
        "\n",
        "\r",
        ".",
        "1 100\r\n",
        "2 18446744073709551616\r\n",
        "1 abc\r\n",
        "PIPELINING\r\n",
        "hunter2",
        "+",
        "+O",
        "\x16\x03\x01",
        "220 x\r\n",
        "a\r\n.b\r\n",
    ];
    let word = proptest::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec());
    let noise = proptest::collection::vec(any::<u8>(), 0..8);
    proptest::collection::vec(prop_oneof![6 => word, 1 => noise], 0..8).prop_map(|pieces| pieces.concat())
}

fn command_line() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "USER ada",
        "PASS hunter2",
        "APOP ada 00112233",
        "STAT",
        "LIST",
        "LIST 1",
        "UIDL",
        "UIDL 1",
        "TOP 1 0",
        "RETR 1",
        "DELE 1",
        "RSET",
        "NOOP",
        "CAPA",
        "STLS",
        "AUTH",
        "AUTH PLAIN",
        "AHVzZXIAaHVudGVyMg==",
        "*",
        "XYZZY",
        "QUIT",
    ])
}

/// Plays turns of one command and what the server says; a command is given only when nothing is under way, because
/// bytes that were there before a command are told apart from those that came after it on purpose.
fn play(turns: &[(&'static str, Vec<u8>)], cut: &dyn Fn(&[u8]) -> Vec<Vec<u8>>) -> (Vec<Notice>, Vec<u8>) {
    let mut play = Play::new();
    let mut sent = Vec::new();
    for (line, bytes) in [("", b"+OK hi\r\n".to_vec())].iter().chain(turns) {
        if play.session.is_idle() && play.session.state() != State::Greeting {
            play.submit(line);
        }
        sent.extend_from_slice(bytes);
        for piece in cut(bytes) {
            play.server(piece);
            let out = [play.received_bytes().as_slice(), play.session.pending()].concat();
            assert!(sent.starts_with(&out), "received chunks are what was received");
        }
        let out = [play.received_bytes().as_slice(), play.session.pending()].concat();
        assert_eq!(out, sent, "nothing received is lost");
        if play.session.state() == State::Tls {
            play.session.tls_started(crate::wire::Channel::default(), play.now);
            play.drain();
        }
    }
    play.eof();
    assert_eq!(play.received_bytes(), sent);
    assert!(play.session.is_idle() && play.session.deadline().is_none());
    (joined(&play.notices), play.written)
}

proptest! {
    #[test]
    fn any_bytes_are_survived_and_kept_whole(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 1_usize..300) {
        let mut play = Play::new();
        for (number, piece) in bytes.chunks(cut).enumerate() {
            play.server(piece);
            if number % 3 == 0 {
                play.submit("RETR 1");
            }
        }
        let out = [play.received_bytes().as_slice(), play.session.pending()].concat();
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn cuts_do_not_matter(turns in proptest::collection::vec((command_line(), server_bytes()), 1..8), at in 0_usize..40) {
        let whole = play(&turns, &|bytes| vec![bytes.to_vec()]);
        let split = play(&turns, &|bytes| {
            let (before, after) = bytes.split_at(at.min(bytes.len()));
            vec![before.to_vec(), after.to_vec()]
        });
        let bytewise = play(&turns, &|bytes| bytes.chunks(1).map(<[u8]>::to_vec).collect());
        prop_assert_eq!(&split, &whole);
        prop_assert_eq!(&bytewise, &whole);
    }

    #[test]
    fn a_password_never_shows(turns in proptest::collection::vec((command_line(), server_bytes()), 1..8)) {
        let mut play = Play::greeted();
        play.submit("PASS hunter2");
        for (line, bytes) in &turns {
            play.server(bytes);
            play.submit(line);
        }
        for chunk in play.received.iter().filter(|chunk| matches!(chunk.kind, ChunkKind::Reply { .. })) {
            let shown = format!("{chunk:?}");
            prop_assert!(!shown.contains("hunter2"), "{}", shown);
        }
        let replies = play.notices.iter().filter(|it| matches!(it, Notice::Replied { .. } | Notice::Broken(_)));
        let shown = format!("{:?}", replies.collect::<Vec<_>>());
        prop_assert!(!shown.contains("hunter2"), "{}", shown);
    }
}
