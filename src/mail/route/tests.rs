//! Received fields as programs really write them.

use proptest::prelude::*;

use super::*;

fn only(field: &str) -> Hop {
    let mut hops = hops(format!("Received: {field}\r\n\r\n").as_bytes());
    assert_eq!(hops.len(), 1, "{field}");
    hops.remove(0)
}

/// (field, from, by, with, id, for, at)
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const PROGRAMS: &[(&str, Row)] = &[
    (
        "Postfix",
        (
            "from mail.example.org (mail.example.org [192.0.2.7])\r\n\t(using TLSv1.3 with cipher \
             TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\r\n\
             \t(No client certificate requested)\r\n\tby mx.example.net (Postfix) with ESMTPS id 4F1D2C0A7B\r\n\tfor \
             <bob@example.net>; Tue, 10 Nov 2026 10:11:12 +0100 (CET)",
            "mail.example.org [192.0.2.7]",
            "mx.example.net",
            "ESMTPS",
            "4F1D2C0A7B",
            "bob@example.net",
            "2026-11-10T09:11:12Z",
        ),
    ),
    (
        "Postfix over IPv6",
        (
            "from a.example (unknown [IPv6:2001:db8::7]) by b.example (Postfix) with ESMTP id X; 10 Nov 26 10:11:12 GMT",
            "a.example [2001:db8::7]",
            "b.example",
            "ESMTP",
            "X",
            "",
            "2026-11-10T10:11:12Z",
        ),
    ),
    (
        "Exim",
        (
            "from [192.0.2.9] (helo=client.example)\r\n\tby mx.example with esmtpsa  (TLS1.3) tls \
             TLS_AES_128_GCM_SHA256\r\n\t(Exim 4.96)\r\n\t(envelope-from <ada@a.example>)\r\n\tid 1qAbCd-0001AB-2C\r\n\
             \tfor bob@b.example;\r\n\tTue, 10 Nov 2026 10:11:12 +0000",
            "[192.0.2.9]",
            "mx.example",
            "esmtpsa tls TLS_AES_128_GCM_SHA256",
            "1qAbCd-0001AB-2C",
            "bob@b.example",
            "2026-11-10T10:11:12Z",
        ),
    ),
    (
        "Exim with a port",
        (
            "from host.example ([192.0.2.9]:50123 helo=other.example) by mx with esmtp; Tue, 10 Nov 2026 10:11:12 +0000",
            "host.example [192.0.2.9]",
            "mx",
            "esmtp",
            "",
            "",
            "2026-11-10T10:11:12Z",
        ),
    ),
    (
        "Sendmail",
        (
            "from a.example (b.example [192.0.2.1] (may be forged)) by c.example (8.15.2/8.15.2) with ESMTPS id \
             0AAABBcc012345 (version=TLSv1.2 cipher=ECDHE bits=256 verify=NO); Tue, 10 Nov 2026 10:11:12 -0800",
            "a.example [192.0.2.1]",
            "c.example",
            "ESMTPS",
            "0AAABBcc012345",
            "",
            "2026-11-10T18:11:12Z",
        ),
    ),
    (
        "Sendmail on the machine itself",
        (
            "(from ada@localhost) by a.example (8.15.2/8.15.2/Submit) id 0AAABBcc012345; Tue, 10 Nov 2026 10:11:12 GMT",
            "ada@localhost",
            "a.example",
            "",
            "0AAABBcc012345",
            "",
            "2026-11-10T10:11:12Z",
        ),
    ),
    (
        "Exchange",
        (
            "from AM6PR01.eurprd01.example (2603:10a6:208:8::23) by\r\n AM6PR02.eurprd02.example (2603:10a6:20b::19) \
             with Microsoft SMTP\r\n Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id\r\n \
             15.20.8137.22; Tue, 10 Nov 2026 10:11:12 +0000",
            "AM6PR01.eurprd01.example [2603:10a6:208:8::23]",
            "AM6PR02.eurprd02.example",
            "Microsoft SMTP Server",
            "15.20.8137.22",
            "",
            "2026-11-10T10:11:12Z",
        ),
    ),
    (
        "Gmail, inside",
        (
            "by 2002:a05:6a10:8a1b:b0:5a1:2b3c with SMTP id x27csp1234567pxm;\r\n        Tue, 10 Nov 2026 02:11:12 \
             -0800 (PST)",
            "",
            "2002:a05:6a10:8a1b:b0:5a1:2b3c",
            "SMTP",
            "x27csp1234567pxm",
            "",
            "2026-11-10T10:11:12Z",
        ),
    ),
    (
        "Gmail, from outside",
        (
            "from mail-a.example (mail-a.example. [192.0.2.41]) by mx.google.example with SMTPS id a1-b2.3.2026 for \
             <bob@g.example> (Google Transport Security); Tue, 10 Nov 2026 02:11:12 -0800 (PST)",
            "mail-a.example [192.0.2.41]",
            "mx.google.example",
            "SMTPS",
            "a1-b2.3.2026",
            "bob@g.example",
            "2026-11-10T10:11:12Z",
        ),
    ),
    (
        "qmail, inside",
        (
            "(qmail 1234 invoked by uid 89); 10 Nov 2026 10:11:12 -0000",
            "",
            "",
            "qmail 1234 invoked by uid 89",
            "",
            "",
            "2026-11-10T10:11:12Z",
        ),
    ),
    (
        "qmail, from outside",
        (
            "from unknown (HELO a.example) (ada@192.0.2.3)\n  by b.example with ESMTPA; 10 Nov 2026 10:11:12 -0000",
            "unknown [192.0.2.3]",
            "b.example",
            "ESMTPA",
            "",
            "",
            "2026-11-10T10:11:12Z",
        ),
    ),
    (
        "Dovecot",
        (
            "from mx.example.net\r\n\tby store.example.net with LMTP\r\n\tid aBcDeF0123 \r\n\t(envelope-from \
             <ada@a.example>)\r\n\tfor <bob@example.net>; Tue, 10 Nov 2026 10:11:12 +0000",
            "mx.example.net",
            "store.example.net",
            "LMTP",
            "aBcDeF0123",
            "bob@example.net",
            "2026-11-10T10:11:12Z",
        ),
    ),
    ("no date", ("from a by b with SMTP id 7", "a", "b", "SMTP", "7", "", "")),
    (
        "no semicolon",
        ("from a by b id 7 Tue, 10 Nov 2026 10:11:12 +0000", "a", "b", "", "7", "", "2026-11-10T10:11:12Z"),
    ),
    ("a date that is none", ("from a by b; yesterday", "a", "b", "", "", "", "")),
    (
        "nested comments with what looks like a clause",
        (
            "from a (really (by x; with y) \\) [192.0.2.5]) by b; Tue, 10 Nov 2026 10:11:12 +0000",
            "a [192.0.2.5]",
            "b",
            "",
            "",
            "",
            "2026-11-10T10:11:12Z",
        ),
    ),
    ("letter case", ("FROM a BY b WITH c", "a", "b", "c", "", "", "")),
    ("nothing", ("", "", "", "", "", "", "")),
];

#[test]
fn each_program_is_understood() {
    for (program, (field, from, by, with, id, recipient, at)) in PROGRAMS {
        let hop = only(field);
        let found = [&hop.from, &hop.by, &hop.with, &hop.id, &hop.recipient].map(String::as_str);
        assert_eq!(found, [*from, by, with, id, recipient], "{program}");
        assert_eq!(hop.at, at.parse().ok(), "{program}");
    }
}

#[test]
fn the_first_station_comes_first_and_clocks_may_disagree() {
    let mail = b"Received: from b by c; Tue, 10 Nov 2026 10:00:05 +0000\r\nX: y\r\n\
        Received: from d by b; Tue, 10 Nov 2026 11:00:10 +0100\r\nreceived: by d\r\n\
        Received: from f by e; Tue, 10 Nov 2026 09:58:00 +0000\r\n\
        Received: from g by f; Tue, 10 Nov 2026 09:57:00 +0000\r\n\r\nReceived: from body\r\n";
    let found: Vec<_> = hops(mail).into_iter().map(|hop| (hop.by, hop.delay.map(|delay| delay.as_secs()))).collect();
    let expected = [("f", None), ("e", Some(60)), ("d", None), ("b", None), ("c", Some(-5))];
    assert_eq!(found, expected.map(|(by, delay)| (by.to_owned(), delay)));
}

#[test]
fn the_client_is_told_apart() {
    for (field, name, address) in [
        ("from a.example (x [192.0.2.1]) by b", "a.example", Some("192.0.2.1")),
        ("from [192.0.2.1] by b", "", Some("192.0.2.1")),
        ("from a.example by b", "a.example", None),
    ] {
        assert_eq!(only(field).client(), (name, address.map(|address| address.parse().unwrap())), "{field}");
    }
}

#[test]
fn a_hostile_route_stays_small_and_printable() {
    let mail = "Received: from \x1b[2J by b\r\n".repeat(5_000);
    let found = hops(mail.as_bytes());
    assert_eq!(found.len(), 100);
    assert_eq!(found[0].from, "␛[2J");
    let long = only(&format!("from {} by {}", "a".repeat(4_000), "(".repeat(100_000)));
    assert_eq!(long.from.chars().count(), TEXT + 1);
}

proptest! {
    #[test]
    fn any_octets_give_printable_stations(value in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mail = [b"Received: from a by ".as_slice(), &value, b"\r\n\r\n"].concat();
        for hop in hops(&mail) {
            for text in [&hop.from, &hop.by, &hop.with, &hop.id, &hop.recipient] {
                prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
            }
        }
    }
}
