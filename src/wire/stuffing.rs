//! Dot-stuffing both ways (RFC 5321 4.5.2, RFC 1939 3), over chunks cut anywhere.

use memchr::{memchr, memchr2, memmem};

/// Where the last byte left us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    LineStart,
    Text,
    /// Behind a CR.
    Cr,
}

/// Makes a body fit for DATA: every CR, LF and CRLF becomes CRLF, a dot at a line start is doubled.
///
/// Nothing that goes through here can end DATA before [`Stuffer::finish`].
#[derive(Debug)]
pub struct Stuffer {
    at: At,
}

impl Default for Stuffer {
    fn default() -> Self {
        Self { at: At::LineStart }
    }
}

impl Stuffer {
    /// Appends the stuffed form of `input` to `out`.
    pub fn push(&mut self, mut input: &[u8], out: &mut Vec<u8>) {
        if self.at == At::Cr {
            // The CRLF for this CR is written already; its own LF, if it comes, is part of it.
            if let [b'\n', rest @ ..] = input {
                input = rest;
            } else if input.is_empty() {
                return;
            }
            self.at = At::LineStart;
        }
        while let Some(&first) = input.first() {
            if self.at == At::LineStart && first == b'.' {
                out.push(b'.');
            }
            let Some(end) = memchr2(b'\r', b'\n', input) else {
                out.extend_from_slice(input);
                self.at = At::Text;
                return;
            };
            out.extend_from_slice(&input[..end]);
            out.extend_from_slice(b"\r\n");
            self.at = At::LineStart;
            input = match &input[end..] {
                [b'\r'] => {
                    self.at = At::Cr;
                    return;
                }
                [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
                [] => unreachable!("memchr2 found a byte at `end`"),
            };
        }
    }

    /// Ends the last line if it is open, and writes the line with the single dot. Returns how many octets of it are
    /// that end (3, or 5 with the CRLF that was missing).
    pub fn finish(&mut self, out: &mut Vec<u8>) -> usize {
        let end: &[u8] = if self.at == At::Text { b"\r\n.\r\n" } else { b".\r\n" };
        out.extend_from_slice(end);
        self.at = At::LineStart;
        end.len()
    }
}

/// How far [`Unstuffer::push`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Octets of the input that are dealt with. The others are to be offered again, with more behind them.
    pub consumed: usize,
    /// The three octets after `consumed` are the final `.` CR LF.
    pub ended: bool,
}

/// Undoes dot-stuffing in a body that arrives, and finds its end. Only CRLF makes a line start and only a dot alone
/// between two CRLFs is the end: a bare LF is text.
#[derive(Debug)]
pub struct Unstuffer {
    at: At,
    /// Finds a dot at the start of a line. Made once: with many dots, making it would cost more than the search.
    dot: memmem::Finder<'static>,
}

impl Default for Unstuffer {
    fn default() -> Self {
        Self { at: At::LineStart, dot: memmem::Finder::new(b"\r\n.") }
    }
}

impl Unstuffer {
    /// Appends the body octets in `input` to `out`.
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) -> Progress {
        let mut consumed = 0;
        loop {
            let rest = &input[consumed..];
            if rest.is_empty() {
                return Progress { consumed, ended: false };
            }
            match self.at {
                At::LineStart if rest[0] == b'.' => match rest {
                    [_, b'\r', b'\n', ..] => return Progress { consumed, ended: true },
                    [_] | [_, b'\r'] => return Progress { consumed, ended: false },
                    _ => {
                        consumed += 1;
                        self.at = At::Text;
                    }
                },
                At::Cr => {
                    let next = rest[0];
                    out.push(next);
                    consumed += 1;
                    self.at = match next {
                        b'\n' => At::LineStart,
                        b'\r' => At::Cr,
                        _ => At::Text,
                    };
                }
                At::LineStart | At::Text => {
                    let upto = if let Some(found) = self.dot.find(rest) {
                        self.at = At::LineStart;
                        found + 2
                    } else {
                        self.at = match rest {
                            [.., b'\r', b'\n'] => At::LineStart,
                            [.., b'\r'] => At::Cr,
                            _ => At::Text,
                        };
                        rest.len()
                    };
                    out.extend_from_slice(&rest[..upto]);
                    consumed += upto;
                }
            }
        }
    }
}

/// Whether `body` holds a CR or LF that is not part of a CRLF.
pub fn has_bare_line_end(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(at) = memchr2(b'\r', b'\n', rest) {
        if rest[at] == b'\n' || rest.get(at + 1) != Some(&b'\n') {
            return true;
        }
        rest = &rest[at + 2..];
    }
    memchr(b'\r', rest).is_some()
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn none_of_the_smuggling_endings_ends_data() {
        for ending in [
            "\n.\n",
            "\r.\r",
            "\r.\n",
            "\n.\r",
            "\n.\r\n",
            "\r\n.\n",
            "\r.\r\n",
            "\r\n.\r",
            "\r\n\0.\r\n",
            "\r\n.\0\r\n",
        ] {
            let wire = stuffed(&[format!("before{ending}after").as_bytes()]);
            let ends = memmem::find_iter(&wire, b"\r\n.\r\n").count();
            assert_eq!(ends, 1, "{}", ending.escape_debug());
            assert!(wire.ends_with(b"\r\n.\r\n"));
            assert!(!has_bare_line_end(&wire), "{}", ending.escape_debug());
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
        proptest::collection::vec(prop_oneof![Just(b'.'), Just(b'\r'), Just(b'\n'), Just(b'a')], 0..60)
    }

    proptest! {
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
}
