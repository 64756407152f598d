//! `xtext`, the form of any text inside of a parameter (RFC 3461 4), and its cousin for UTF-8 addresses (RFC 6533 3).

use std::fmt::Write;

/// `text` as `xtext`: what is not a visible ASCII character, and `+` and `=`, becomes `+` and two hexadecimal digits for
/// each octet.
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, octet| {
        if octet.is_ascii_graphic() && !matches!(octet, b'+' | b'=') {
            out.push(char::from(octet));
        } else {
            hexadecimal(&mut out, "+", u32::from(octet), "");
        }
        out
    })
}

/// `text` as `utf-8-addr-unitext`: beyond ASCII it stays as it is, and of ASCII what may not stand there is embedded as
/// `\x{…}`.
pub fn encode_utf8(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        let stays = !character.is_ascii() || (character.is_ascii_graphic() && !matches!(character, '+' | '=' | '\\'));
        if stays {
            out.push(character);
        } else {
            hexadecimal(&mut out, "\\x{", u32::from(character), "}");
        }
        out
    })
}

/// What `xtext` stands for; `None` where it is none, or no UTF-8.
pub fn decode(xtext: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(xtext.len());
    let mut rest = xtext.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = match (first, behind) {
            (b'+', [high, low, behind @ ..]) => {
                octets.push(digit(*high)? << 4 | digit(*low)?);
                behind
            }
            (b'+' | b'=', _) => return None,
            (octet, behind) if octet.is_ascii_graphic() => {
                octets.push(*octet);
                behind
            }
            _ => return None,
        };
    }
    String::from_utf8(octets).ok()
}

fn hexadecimal(out: &mut String, before: &str, value: u32, behind: &str) {
    write!(out, "{before}{value:02X}{behind}").expect("writing to a String cannot fail");
}

/// Of a hexadecimal digit; the RFC knows capital ones only.
fn digit(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'A'..=b'F' => Some(octet - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plus_equals_and_what_is_not_visible_are_written_in_hexadecimal() {
        for (plain, xtext) in [
            ("ada@sandbox.test", "ada@sandbox.test"),
            ("a+b=c", "a+2Bb+3Dc"),
            ("a b\r\n", "a+20b+0D+0A"),
            ("\u{7f}\0", "+7F+00"),
            ("ü", "+C3+BC"),
            ("", ""),
        ] {
            assert_eq!(encode(plain), xtext);
            assert_eq!(decode(xtext).as_deref(), Some(plain));
        }
    }

    #[test]
    fn what_is_no_xtext_is_not_read() {
        for text in ["+", "+2", "+2b", "+G0", "a=b", "a b", "+FF", "ü", "+0\u{e4}"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn utf8_addresses_keep_their_letters() {
        assert_eq!(encode_utf8("jürgen+x=y@exämple.test"), "jürgen\\x{2B}x\\x{3D}y@exämple.test");
        assert_eq!(encode_utf8("a b\\"), "a\\x{20}b\\x{5C}");
    }

    proptest! {
        #[test]
        fn every_text_comes_back_and_none_can_end_a_parameter(text in any::<String>()) {
            let xtext = encode(&text);
            prop_assert!(xtext.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'='));
            prop_assert_eq!(decode(&xtext), Some(text.clone()));
            prop_assert!(!encode_utf8(&text).contains(|c: char| c.is_ascii() && !c.is_ascii_graphic()));
        }
    }
}
