//! The choke point for everything that becomes part of a command line without having been typed as one.

use super::printable;

/// Why a line was not built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// A control character in an argument that a form, an option or a file gave.
    #[error("{what} holds the control character {shown} at position {at}; it would end or forge a command")]
    Control {
        /// Which argument.
        what: &'static str,
        /// The character in printable form.
        shown: String,
        /// Character position, counted from 1.
        at: usize,
    },
    /// An address that would end its own angle brackets.
    #[error("{what} holds {found:?} at position {at} outside of quotes; it would end the address")]
    Delimiter {
        /// Which argument.
        what: &'static str,
        /// A space or an angle bracket.
        found: char,
        /// Character position, counted from 1.
        at: usize,
    },
    /// The line is longer than the protocol allows.
    #[error("the line has {octets} octets with its CRLF; the limit is {limit} (RFC 5321 4.5.3.1.4, RFC 2449 4)")]
    TooLong {
        /// Its length with CRLF.
        octets: usize,
        /// The limit.
        limit: usize,
    },
}

/// `text` if it may stand in a command line: no C0, DEL or C1 control, no line or paragraph separator, and nothing
/// whose low byte could turn into CR or LF somewhere on the way (U+560D, U+560A and their kin).
pub fn checked<'a>(what: &'static str, text: &'a str) -> Result<&'a str, BadLine> {
    match text.chars().enumerate().find(|(_, character)| forges(*character)) {
        None => Ok(text),
        Some((index, character)) => {
            let mut utf8 = [0; 4];
            let shown = printable::text(character.encode_utf8(&mut utf8)).into_owned();
            Err(BadLine::Control { what, shown, at: index + 1 })
        }
    }
}

/// `bytes` if they fit a line of `limit` octets with their CRLF.
pub fn fits(bytes: &[u8], limit: usize) -> Result<(), BadLine> {
    let octets = bytes.len() + 2;
    if octets > limit { Err(BadLine::TooLong { octets, limit }) } else { Ok(()) }
}

fn forges(character: char) -> bool {
    let low_byte = u32::from(character) & 0xff;
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}')
        || (u32::from(character) > 0xff && (low_byte == 0x0d || low_byte == 0x0a) && !is_common_letter(character))
}

/// Letters of living scripts whose low byte happens to be 0x0A or 0x0D are not refused (`Ċ`, `č`, `Њ`, `Ѝ`…).
fn is_common_letter(character: char) -> bool {
    character.is_alphabetic() && u32::from(character) < 0x3000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_end_a_command_passes() {
        for forged in ["a\rb", "a\nb", "a\r\nRCPT TO:<x@y>", "a\0", "\u{85}", "\u{2028}", "\u{560d}\u{560a}", "\u{9b}"]
        {
            assert!(checked("the sender", forged).is_err(), "{}", forged.escape_debug());
        }
        let error = checked("the sender", "ab\rc").unwrap_err();
        assert!(error.to_string().contains("the sender") && error.to_string().contains("position 3"), "{error}");
        for fine in ["ada@sandbox.test", "Jürgen@exämple.test", "čapek@example.test", "\"a b\"@example.test", ""] {
            assert_eq!(checked("the sender", fine), Ok(fine));
        }
    }

    #[test]
    fn the_limit_counts_the_line_end() {
        assert!(fits(&[b'a'; 510], 512).is_ok());
        assert_eq!(fits(&[b'a'; 511], 512), Err(BadLine::TooLong { octets: 513, limit: 512 }));
    }
}
