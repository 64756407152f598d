//! What is wrong on purpose is wrong in just that way.

use super::*;

fn flawed(flaws: &[Flaw], draft: Draft) -> Built {
    let draft = Draft { flaws: flaws.iter().copied().collect(), message_id: Some("1@h".into()), ..draft };
    draft.build(&now(), "h").unwrap_or_else(|faults| panic!("{flaws:?}: {faults:?}"))
}

fn body(built: &Built) -> Vec<u8> {
    octets(built)[built.body_at..].to_vec()
}

#[test]
fn a_header_is_missing_or_there_twice() {
    let counts = |flaw, draft| {
        let names = names(&flawed(&[flaw], draft));
        ["Date", "From", "Message-ID", "Bcc"].map(|name| names.iter().filter(|other| *other == name).count())
    };
    let hidden = || Draft { bcc: "Eve <eve@x.example>, m@y.example".into(), ..draft() };
    for (flaw, expected) in [
        (Flaw::NoDate, [0, 1, 1, 0]),
        (Flaw::TwoDates, [2, 1, 1, 0]),
        (Flaw::NoFrom, [1, 0, 1, 0]),
        (Flaw::TwoFroms, [1, 2, 1, 0]),
        (Flaw::NoMessageId, [1, 1, 0, 0]),
        (Flaw::TwoMessageIds, [1, 1, 2, 0]),
        (Flaw::BccHeader, [1, 1, 1, 1]),
        (Flaw::RawHeader, [1, 1, 1, 0]),
    ] {
        assert_eq!(counts(flaw, hidden()), expected, "{flaw:?}");
    }
    let shown = text(&flawed(&[Flaw::BccHeader], hidden()));
    assert!(shown.contains("\r\nBcc: Eve <eve@x.example>, m@y.example\r\n"), "{shown}");
}

#[test]
fn a_header_of_ones_own_counts_too() {
    let own = || Draft { headers: vec![("date".into(), "yesterday".into())], ..draft() };
    let dates = |flaw| text(&flawed(&[flaw], own())).to_lowercase().matches("\ndate:").count();
    let first = |flaw| usize::from(text(&flawed(&[flaw], own())).starts_with("Date:"));
    assert_eq!((dates(Flaw::NoDate) + first(Flaw::NoDate), dates(Flaw::TwoDates) + first(Flaw::TwoDates)), (0, 2));
}

#[test]
fn raw_headers_are_utf_8_that_nothing_declares() {
    let draft = Draft {
        to: "Jörg Ä. <j@bücher.example>, \"Ö, P\" <p@x.example>".into(),
        subject: "Grüße ".repeat(40),
        headers: vec![("X-Wörter".replace('ö', "oe"), "ä".into())],
        ..draft()
    };
    let built = flawed(&[Flaw::RawHeader], draft.clone());
    let mail = text(&built);
    assert!(!built.utf8 && built.longest_line <= 998 && !mail.contains("=?"), "{mail}");
    assert!(mail.contains("To: \"Jörg Ä.\" <j@xn--bcher-kva.example>, \"Ö, P\" <p@x.example>\r\n"), "{mail}");
    assert!(mail.contains("Subject: Grüße Grüße") && mail.contains("X-Woerter: ä\r\n"), "{mail}");
    let needed = flawed(&[Flaw::RawHeader], Draft { cc: "ö@x.example".into(), ..draft });
    assert!(needed.utf8, "an address needs it all the same");
}

#[test]
fn a_raw_body_has_no_mime_headers() {
    let built = flawed(&[Flaw::RawBody], Draft { body: "Grüße\n".into(), ..draft() });
    assert!(built.eight_bit && body(&built) == "Grüße\r\n".as_bytes());
    assert!(!text(&built).contains("MIME-Version") && !text(&built).contains("Content-"), "{}", text(&built));
    let attachments = vec![attachment("a", "image/png", b"1")];
    let beside = flawed(&[Flaw::RawBody], Draft { body: "Grüße\n".into(), attachments, ..draft() });
    let mail = text(&beside);
    assert!(mail.contains("MIME-Version: 1.0\r\n") && mail.contains("--=_m.1h\r\n\r\nGrüße\r\n"), "{mail}");
}

#[test]
fn a_long_line_is_the_text_in_one_line() {
    for text in ["", "one\ntwo\n", &"z".repeat(997), &"z".repeat(998), &"ä b\n".repeat(900)] {
        let built = flawed(&[Flaw::LongLine], Draft { body: text.into(), ..draft() });
        let (body, measure) = (body(&built), Measure::of(&body(&built)));
        assert!(measure.lines == 1 && measure.longest_line > 998 && body.ends_with(b"\r\n"), "{text:.20}");
        assert_eq!((built.longest_line, built.raw_line_ends), (measure.longest_line, false));
        assert_eq!(built.eight_bit, !text.is_ascii());
    }
    let two = flawed(&[Flaw::LongLine], Draft { body: "one\ntwo\n".into(), ..draft() });
    assert!(body(&two).starts_with(b"one two one two "));
}

#[test]
fn line_ends_and_nuls_are_as_asked_for_and_go_out_so() {
    for (flaws, expected) in [
        (&[Flaw::BareLf][..], &b"a\n.\nb\n\r\n"[..]),
        (&[Flaw::BareCr], b"a\r.\rb\r\r\n"),
        (&[Flaw::BareLf, Flaw::BareCr], b"a\n.\rb\n\r\n"),
        (&[Flaw::Nul], b"\0a\r\n.\r\nb\r\n"),
        (&[Flaw::Nul, Flaw::BareLf], b"\0a\n.\nb\n\r\n"),
    ] {
        let built = flawed(flaws, Draft { body: "a\r\n.\nb".into(), ..draft() });
        assert_eq!(body(&built).escape_ascii().to_string(), expected.escape_ascii().to_string(), "{flaws:?}");
        assert!(built.raw_line_ends && text(&built).contains("Content-Transfer-Encoding: 7bit\r\n"));
        assert_eq!(built.octets, octets(&built).len() as u64);
    }
    let empty = flawed(&[Flaw::BareLf], Draft { body: String::new(), ..draft() });
    assert_eq!(body(&empty), b"\n\r\n");
}

#[test]
fn the_head_stays_sound_whatever_the_text_is() {
    for flaw in Flaw::ALL {
        let built = flawed(&[flaw], Draft { body: "a\nb\n".into(), ..draft() });
        let head = octets(&built)[..built.body_at].to_vec();
        let measure = Measure::of(&head);
        assert!(!measure.bare_cr && !measure.bare_lf && measure.longest_line <= 998 && !head.contains(&0), "{flaw:?}");
        assert_eq!(built.raw_line_ends, [Flaw::BareLf, Flaw::BareCr, Flaw::Nul].contains(&flaw));
    }
}
