//! Transfer encodings undone as far as they go (RFC 2045 6.7, 6.8): what is broken is passed over and told.
//!
//! Never more octets come out than went in. Character sets are not this module's business.

use mail_parser::Encoding;

/// `body` decoded, and whether its encoding was broken.
pub(super) fn decoded(body: &[u8], encoding: Encoding) -> (Vec<u8>, bool) {
    if encoding == Encoding::None {
        return (body.to_vec(), false);
    }
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3);
    let damaged = decode(body, encoding, |byte| bytes.push(byte));
    (bytes, damaged)
}

/// How many octets [`decoded`] gives.
pub(super) fn decoded_size(body: &[u8], encoding: Encoding) -> usize {
    if encoding == Encoding::None {
        return body.len();
    }
    let mut size = 0;
    decode(body, encoding, |_| size += 1);
    size
}

fn decode(body: &[u8], encoding: Encoding, mut put: impl FnMut(u8)) -> bool {
    match encoding {
        Encoding::None => false,
        Encoding::Base64 => base64(body, &mut put),
        Encoding::QuotedPrintable => {
            let lines = body.split_inclusive(|byte| *byte == b'\n');
            lines.fold(false, |damaged, line| quoted_printable(line, &mut put) | damaged)
        }
    }
}

/// Up to four letters of six bits each that are not put out yet.
#[derive(Default)]
struct Group {
    bits: u32,
    letters: u32,
}

impl Group {
    fn add(&mut self, value: u8, put: &mut impl FnMut(u8)) {
        self.bits = self.bits << 6 | u32::from(value);
        self.letters += 1;
        if self.letters == 4 {
            self.flush(put);
        }
    }

    /// Puts out the whole octets it holds; whether some bits were too few for one.
    fn flush(&mut self, put: &mut impl FnMut(u8)) -> bool {
        let Self { bits, letters } = std::mem::take(self);
        let octets = (bits << (24 - 6 * letters.min(4))).to_be_bytes();
        for octet in &octets[1..][..(letters * 6 / 8) as usize] {
            put(*octet);
        }
        letters == 1
    }
}

fn base64(body: &[u8], put: &mut impl FnMut(u8)) -> bool {
    let (mut group, mut ended, mut damaged) = (Group::default(), false, false);
    for byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                damaged |= group.flush(put);
                ended = true;
                continue;
            }
            b'\r' | b'\n' | b' ' | b'\t' => continue,
            _ => {
                damaged = true;
                continue;
            }
        };
        damaged |= ended;
        group.add(value, put);
    }
    damaged |= group.letters > 0;
    damaged |= group.flush(put);
    damaged
}

/// One line with its end; a soft line break takes the end away.
fn quoted_printable(line: &[u8], put: &mut impl FnMut(u8)) -> bool {
    let content = super::header::without_end(line);
    let end = &line[content.len()..];
    let mut rest = content.trim_ascii_end();
    let soft = rest.ends_with(b"=");
    rest = if soft { &rest[..rest.len() - 1] } else { rest };
    let mut damaged = false;
    while let [byte, after @ ..] = rest {
        let escaped = (*byte == b'=').then(|| hex_pair(after));
        damaged |= escaped == Some(None);
        let octet = escaped.flatten();
        put(octet.unwrap_or(*byte));
        rest = if octet.is_some() { &after[2..] } else { after };
    }
    if !soft {
        for byte in end {
            put(*byte);
        }
    }
    damaged
}

fn hex_pair(after: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base64_is_decoded_as_far_as_it_goes() {
        for (body, bytes, damaged) in [
            (&b"aGVsbG8="[..], &b"hello"[..], false),
            (b"aGVs\r\nbG8=\r\n", b"hello", false),
            (b"aGVsbA==", b"hell", false),
            (b"", b"", false),
            (b"aGVsbG8", b"hello", true),
            (b"aGV*sbG8=", b"hello", true),
            (b"aGVsb", b"hel", true),
            (b"###", b"", true),
            (b"aGVsbG8=aGk=", b"hellohi", true),
        ] {
            assert_eq!(decoded(body, Encoding::Base64), (bytes.to_vec(), damaged), "{}", body.escape_ascii());
        }
    }

    #[test]
    fn quoted_printable_is_decoded_as_far_as_it_goes() {
        for (body, bytes, damaged) in [
            (&b"gr=FCn=\r\n!\r\n"[..], &b"gr\xfcn!\r\n"[..], false),
            (b"a=20\nb  \nc=", b"a \nb\nc", false),
            (b"soft= \t\r\nbreak", b"softbreak", false),
            (b"1=2=ZZ=e", b"1=2=ZZ=e", true),
            (b"=e2=82=AC", "€".as_bytes(), false),
        ] {
            assert_eq!(decoded(body, Encoding::QuotedPrintable), (bytes.to_vec(), damaged), "{}", body.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn never_more_comes_out_than_went_in(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            for encoding in [Encoding::None, Encoding::Base64, Encoding::QuotedPrintable] {
                let (bytes, _) = decoded(&body, encoding);
                prop_assert!(bytes.len() <= body.len());
                prop_assert_eq!(bytes.len(), decoded_size(&body, encoding));
            }
        }

        #[test]
        fn what_is_encoded_comes_back(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            use base64::Engine;
            let encoded = base64::engine::general_purpose::STANDARD.encode(&body);
            prop_assert_eq!(decoded(encoded.as_bytes(), Encoding::Base64), (body, false));
        }
    }
}
