//! Stuffing and its undoing, over every cut.

use proptest::prelude::*;

use super::*;

fn stuffed(chunks: &[&[u8]]) -> Vec<u8> {
    let mut stuffer = Stuffer::default();
    let mut out = Vec::new();
    for chunk in chunks {
        stuffer.push(chunk, &mut out);
    }
    stuffer.finish(&mut out);
    out
}

/// Feeds `chunks` as a driver does: what was not consumed comes again.
fn unstuffed(chunks: &[&[u8]]) -> (Vec<u8>, bool) {
    let (mut unstuffer, mut out, mut pending) = (Unstuffer::default(), Vec::new(), Vec::new());
    for chunk in chunks {
        pending.extend_from_slice(chunk);
        let progress = unstuffer.push(&pending, &mut out);
        pending.drain(..progress.consumed);
        if progress.ended {
            return (out, true);
        }
    }
    (out, false)
}

#[test]
fn dots_are_stuffed_and_line_ends_made_whole() {
    for (body, wire) in [
        (&b""[..], &b".\r\n"[..]),
        (b".", b"..\r\n.\r\n"),
        (b"..", b"...\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"a\n.b\n", b"a\r\n..b\r\n.\r\n"),
        (b"a\r.b\r", b"a\r\n..b\r\n.\r\n"),
        (b"a\r\n\r\n.\r\n", b"a\r\n\r\n..\r\n.\r\n"),
        (b"\n\n", b"\r\n\r\n.\r\n"),
        (b"a\r\r\nb", b"a\r\n\r\nb\r\n.\r\n"),
    ] {
        assert_eq!(stuffed(&[body]), wire, "{}", body.escape_ascii());
    }
}

/// Octet by octet, as RFC 5321 4.5.2 tells it.
fn plainly(body: &[u8]) -> Vec<u8> {
    let (mut out, mut start, mut after_cr) = (Vec::new(), true, false);
    for octet in body {
        match octet {
            b'\n' if after_cr => {}
            b'\r' | b'\n' => out.extend_from_slice(b"\r\n"),
            b'.' if start => out.extend_from_slice(b".."),
            octet => out.push(*octet),
        }
        start = matches!(octet, b'\r' | b'\n');
        after_cr = *octet == b'\r';
    }
    let end: &[u8] = if start { b".\r\n" } else { b"\r\n.\r\n" };
    [out.as_slice(), end].concat()
}

#[test]
fn what_is_copied_in_stretches_is_what_goes_octet_by_octet() {
    let line = [&[b'x'; 76][..], b"\r\n"].concat();
    for border in [GLANCE, STRETCH - GLANCE, STRETCH, STRETCH + GLANCE, 2 * STRETCH] {
        for ending in ENDINGS.map(str::as_bytes).into_iter().chain([&b"\r\n"[..], b"\r\n.a", b"\n", b"\r"]) {
            for before in border - ending.len() - 1..=border + 1 {
                for filling in [&b"x"[..], &line] {
                    let mut body: Vec<u8> = filling.iter().copied().cycle().take(before).collect();
                    body.extend_from_slice(ending);
                    body.extend(line.iter().copied().cycle().take(STRETCH));
                    let wire = plainly(&body);
                    assert!(stuffed(&[&body]) == wire, "{before} octets, then {}", ending.escape_ascii());
                    let (one, two) = body.split_at(border);
                    assert!(stuffed(&[one, two]) == wire, "cut there: {}", ending.escape_ascii());
                }
            }
        }
    }
}

/// Line ends and dots that some server somewhere takes for the end, and NULs around the dot.
const ENDINGS: [&str; 14] = [
    "\n.\n",
    "\r.\r",
    "\r.\n",
    "\n.\r",
    "\n.\r\n",
    "\r\n.\n",
    "\r.\r\n",
    "\r\n.\r",
    "\r\n.\r\n",
    "\r\n\r\n.\r\n",
    "\r\n\0.\r\n",
    "\r\n.\0\r\n",
    "\n\0.\n",
    "\r\0\n.\r\0\n",
];

/// `wire` is one body: the dot ends it where it ends, and no server can find another line end than CRLF in it.
fn is_one_clean_body(wire: &[u8]) -> bool {
    let inner = &wire[..wire.len() - 3];
    let starts_clean = !inner.starts_with(b".\r\n");
    let ends = memmem::find_iter(wire, b"\r\n.\r\n").count();
    let whole = wire == b".\r\n" || (wire.ends_with(b"\r\n.\r\n") && ends == 1);
    whole && starts_clean && !has_bare_line_end(wire)
}

#[test]
fn none_of_the_smuggling_endings_ends_data_wherever_it_is_cut() {
    for ending in ENDINGS {
        let body = format!("before{ending}after");
        for cut in 0..=body.len() {
            let (before, after) = body.as_bytes().split_at(cut);
            let wire = stuffed(&[before, after]);
            assert!(is_one_clean_body(&wire), "{} cut at {cut}", ending.escape_debug());
            assert_eq!(wire, stuffed(&[body.as_bytes()]));
        }
    }
}

fn formed(form: Form, chunks: &[&[u8]]) -> Vec<u8> {
    let (mut stuffer, mut out) = (Stuffer::new(form), Vec::new());
    for chunk in chunks {
        stuffer.push(chunk, &mut out);
    }
    stuffer.end_line(&mut out);
    out
}

#[test]
fn each_form_does_what_it_says_and_no_more() {
    let stuffed_raw = Form { dots: true, line_ends: false };
    for (form, body, wire) in [
        (Form::LINES, &b".a\n.\r\n.b\r.c"[..], &b".a\r\n.\r\n.b\r\n.c\r\n"[..]),
        (Form::RAW, b".a\n.\r\n", b".a\n.\r\n"),
        (stuffed_raw, b".a\n.\r\n.b\r.c\r\n", b"..a\n.\r\n..b\r.c\r\n"),
        (stuffed_raw, b"a\r", b"a\r\r\n"),
        (stuffed_raw, b"a\n", b"a\n\r\n"),
    ] {
        assert_eq!(formed(form, &[body]), wire, "{form:?} {}", body.escape_ascii());
    }
}

#[test]
fn an_end_that_was_not_stuffed_is_seen_whatever_the_cuts() {
    for (wire, ends) in [
        (&b".\r\nrest"[..], true),
        (b"a\r\n.\r\nrest", true),
        (b"a\r\r\n.\r\n", true),
        (b"a\n.\r\n", false),
        (b"a\r\n.\n", false),
        (b"a\r\n..\r\n", false),
        (b"", false),
    ] {
        let mut watch = EndWatch::default();
        assert_eq!(watch.sees_end(wire), ends, "{}", wire.escape_ascii());
        let mut bytewise = EndWatch::default();
        assert_eq!(wire.iter().fold(false, |_, byte| bytewise.sees_end(&[*byte])), ends);
    }
}

#[test]
fn only_a_dot_between_two_crlfs_ends_a_body() {
    for (wire, body, whole) in [
        (&b".\r\n"[..], &b""[..], true),
        (b"a\r\n.\r\n", b"a\r\n", true),
        (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n", true),
        (b"a\r\n..\r\n.\r\n", b"a\r\n.\r\n", true),
        (b"a\r\n.b\r\n.\r\n", b"a\r\nb\r\n", true),
        (b"a\r.\r\n", b"a\r.\r\n", false),
        (b"a\r\n.", b"a\r\n", false),
        (b"a\r\n.\r", b"a\r\n", false),
        (b"a\r\n.\n.\r\n", b"a\r\n\n.\r\n", false),
    ] {
        assert_eq!(unstuffed(&[wire]), (body.to_vec(), whole), "{}", wire.escape_ascii());
    }
}

#[test]
fn bare_line_ends_are_seen() {
    assert!(!has_bare_line_end(b"a\r\nb\r\n"));
    for body in [&b"a\nb"[..], b"a\rb", b"a\r", b"\r\n\n", b"\r\r\n"] {
        assert!(has_bare_line_end(body), "{}", body.escape_ascii());
    }
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => Just(b'.'), 4 => Just(b'\r'), 4 => Just(b'\n'), 3 => Just(b'a'), 1 => Just(b'\0')];
    proptest::collection::vec(byte, 0..60)
}

proptest! {
    #[test]
    fn nothing_a_body_holds_ends_data(body in body(), cuts in proptest::collection::vec(0_usize..60, 0..4)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(body.len())).collect();
        cuts.sort_unstable();
        let mut from = 0;
        let mut chunks: Vec<&[u8]> = Vec::new();
        for cut in cuts.into_iter().chain([body.len()]) {
            chunks.push(&body[from..cut]);
            from = cut;
        }
        prop_assert!(is_one_clean_body(&stuffed(&chunks)));
        let wire = stuffed(&chunks);
        let ended_inside = EndWatch::default().sees_end(&wire[..wire.len() - 3]);
        prop_assert!(!ended_inside);
    }

    #[test]
    fn cuts_do_not_matter_to_any_form(body in body(), cut in 0_usize..60, dots in any::<bool>(), line_ends in any::<bool>()) {
        let (before, after) = body.split_at(cut.min(body.len()));
        let form = Form { dots, line_ends };
        prop_assert_eq!(formed(form, &[before, after]), formed(form, &[&body]));
    }

    #[test]
    fn cuts_do_not_matter(body in body(), cut in 0_usize..60) {
        let cut = cut.min(body.len());
        let whole = stuffed(&[&body]);
        prop_assert_eq!(&stuffed(&[&body[..cut], &body[cut..]]), &whole);
        let bytes: Vec<&[u8]> = whole.chunks(1).collect();
        prop_assert_eq!(unstuffed(&bytes), unstuffed(&[&whole]));
    }

    #[test]
    fn what_was_stuffed_comes_back(body in body()) {
        let mut normal = Vec::new();
        let mut stuffer = Stuffer::default();
        for part in body.split_inclusive(|byte| *byte == b'.') {
            stuffer.push(part, &mut normal);
        }
        let wire = stuffed(&[&body]);
        let (back, whole) = unstuffed(&[&wire]);
        prop_assert!(whole);
        prop_assert!(!has_bare_line_end(&back));
        // Stuffing what came back gives the same wire bytes again: nothing was lost or added but line ends.
        prop_assert_eq!(stuffed(&[&back]), wire);
    }
}
