//! Texts with gaps: `${name}`, `\xHH`, `\\`, `\t`.

use super::Reader;
use super::cursor::Cursor;
use crate::script::fault::quoted;
use crate::script::{Piece, Text};

/// Most characters of a name.
const NAME: usize = 64;
const ESCAPES: &str = "write \\\\ for a backslash, \\t for a tab, \\xHH for any octet";

/// Whether a variable can have this name.
pub fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=NAME).contains(&name.len()) && name.bytes().all(fits)
}

/// Puts pieces together: octets that follow each other are one piece.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    octets: Vec<u8>,
}

impl Pieces {
    fn variable(&mut self, name: &str) {
        self.close();
        self.done.push(Piece::Variable(name.to_owned()));
    }

    fn close(&mut self) {
        if !self.octets.is_empty() {
            self.done.push(Piece::Octets(std::mem::take(&mut self.octets)));
        }
    }
}

impl Reader<'_> {
    /// The rest of the line as a text, without the blanks at its end.
    pub(super) fn text(&mut self, cursor: Cursor) -> Text {
        self.text_of(cursor, cursor.rest().len())
    }

    /// The next `length` octets as a text.
    pub(super) fn text_of(&mut self, mut cursor: Cursor, length: usize) -> Text {
        let mut pieces = Pieces::default();
        let mut left = length;
        while left > 0 {
            let rest = &cursor.raw()[..left];
            let taken = match rest.as_bytes()[0] {
                b'\\' => self.escape(&cursor, rest, &mut pieces),
                b'$' if rest.starts_with("${") => self.variable(&cursor, rest, &mut pieces),
                _ => {
                    let first = rest.chars().next().map_or(1, char::len_utf8);
                    let plain = rest[first..].find(['\\', '$']).map_or(rest.len(), |next| next + first);
                    pieces.octets.extend_from_slice(&rest.as_bytes()[..plain]);
                    self.refuse_line_ends(&cursor, &rest.as_bytes()[..plain]);
                    plain
                }
            };
            cursor.step(taken);
            left -= taken;
        }
        pieces.close();
        Text(pieces.done)
    }

    fn escape(&mut self, cursor: &Cursor, rest: &str, pieces: &mut Pieces) -> usize {
        let digits = rest.get(2..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let (octet, taken) = match (rest.as_bytes().get(1), digits) {
            (Some(b'\\'), _) => (b'\\', 2),
            (Some(b't'), _) => (b'\t', 2),
            (Some(b'x' | b'X'), Some(digits)) => {
                (u8::from_str_radix(digits, 16).expect("two hexadecimal digits are an octet"), 4)
            }
            _ => {
                let shown: String = rest.chars().take(2).collect();
                self.fault(cursor, format!("{} is no escape", quoted(&shown)), ESCAPES);
                return 1;
            }
        };
        self.refuse_line_ends(cursor, &[octet]);
        pieces.octets.push(octet);
        taken
    }

    fn variable(&mut self, cursor: &Cursor, rest: &str, pieces: &mut Pieces) -> usize {
        const RIGHT: &str = "a variable is ${name}: letters, digits and _; a dollar sign before a brace is \\x24";
        let Some(end) = rest.find('}') else {
            self.fault(cursor, "${ is not closed", RIGHT);
            return 2;
        };
        let name = &rest[2..end];
        if is_name(name) {
            pieces.variable(name);
        } else {
            self.fault(cursor, format!("{} is no name", quoted(name)), RIGHT);
        }
        end + 1
    }

    fn refuse_line_ends(&mut self, cursor: &Cursor, octets: &[u8]) {
        if octets.iter().any(|octet| matches!(octet, b'\r' | b'\n')) {
            let right = "one statement is one line; several that go out together stand between block and end";
            self.fault(cursor, "a line cannot hold CR or LF", right);
        }
    }
}
