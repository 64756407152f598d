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

/// Octets that are copied at once where nothing has to be done to them.
const STRETCH: usize = 4 * 1024;
/// Octets of them that are looked at before giving up.
const GLANCE: usize = 256;

/// What is done to a body on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Dots at line starts are doubled.
    pub dots: bool,
    /// Every CR, LF and CRLF becomes CRLF.
    pub line_ends: bool,
}

impl Form {
    /// For DATA: nothing the body holds can end it.
    pub const DATA: Self = Self { dots: true, line_ends: true };
    /// For BDAT: octets are counted, so a dot is a dot.
    pub const LINES: Self = Self { dots: false, line_ends: true };
    /// As it is.
    pub const RAW: Self = Self { dots: false, line_ends: false };
}

/// Gives a body the [`Form`] in which it travels.
///
/// In [`Form::DATA`], the default, nothing that goes through here can end DATA before [`Stuffer::finish`]. Where line
/// ends are left alone, only CRLF makes a line start, as for the server (RFC 5321 4.1.1.4).
#[derive(Debug)]
pub struct Stuffer {
    form: Form,
    at: At,
}

impl Default for Stuffer {
    fn default() -> Self {
        Self::new(Form::DATA)
    }
}

impl Stuffer {
    /// At the start of a body.
    pub fn new(form: Form) -> Self {
        Self { form, at: At::LineStart }
    }

    /// Appends the travelling form of `input` to `out`.
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) {
        if self.form.line_ends {
            for stretch in input.chunks(STRETCH) {
                if self.is_sound(stretch) {
                    out.extend_from_slice(stretch);
                    self.note_end(stretch);
                } else {
                    self.push_lines(stretch, out);
                }
            }
        } else {
            self.push_raw(input, out);
        }
    }

    /// Ends the last line if it is open, and writes the line with the single dot. Returns how many octets of it are
    /// that end (3, or 5 with the CRLF that was missing).
    pub fn finish(&mut self, out: &mut Vec<u8>) -> usize {
        let from = out.len();
        if self.is_open() {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b".\r\n");
        self.at = At::LineStart;
        out.len() - from
    }

    /// Ends the last line if it is open.
    pub fn end_line(&mut self, out: &mut Vec<u8>) {
        if self.is_open() {
            out.extend_from_slice(b"\r\n");
        }
        self.at = At::LineStart;
    }

    fn is_open(&self) -> bool {
        match self.at {
            At::LineStart => false,
            At::Text => true,
            // Where line ends are made whole, the CRLF for this CR is written.
            At::Cr => !self.form.line_ends,
        }
    }

    /// Whether these octets travel as they are. Neighbours are compared many at once, which is cheaper than to look for
    /// the end of each line.
    #[expect(clippy::needless_bitwise_bool, reason = "a jump for each octet would undo it")]
    fn is_sound(&self, octets: &[u8]) -> bool {
        let (Some(first), Some(last)) = (octets.first(), octets.last()) else { return true };
        let begins_well = match self.at {
            At::LineStart => *first != b'\n' && (*first != b'.' || !self.form.dots),
            At::Text => *first != b'\n',
            At::Cr => false,
        };
        let dot = if self.form.dots { b'.' } else { b'\n' };
        let is_odd =
            |(one, next): (&u8, &u8)| ((*one == b'\r') != (*next == b'\n')) | ((*one == b'\n') & (*next == dot));
        let odd = |(these, next): (&[u8], &[u8])| these.iter().zip(next).map(is_odd).fold(false, |all, one| all | one);
        begins_well && *last != b'\r' && !octets.chunks(GLANCE).zip(octets[1..].chunks(GLANCE)).any(odd)
    }

    fn push_lines(&mut self, mut input: &[u8], out: &mut Vec<u8>) {
        if self.at == At::Cr {
            // Its own LF, if it comes, is part of the CRLF that is written already.
            if let [b'\n', rest @ ..] = input {
                input = rest;
            } else if input.is_empty() {
                return;
            }
            self.at = At::LineStart;
        }
        // What is as it should be is copied in stretches as long as possible: from `from`, searched up to `upto`.
        let (mut from, mut upto) = (0, 0);
        while upto < input.len() {
            if self.form.dots && self.at == At::LineStart && input[upto] == b'.' {
                out.extend_from_slice(&input[from..upto]);
                out.push(b'.');
                from = upto;
            }
            let Some(found) = memchr2(b'\r', b'\n', &input[upto..]) else {
                self.at = At::Text;
                break;
            };
            let end = upto + found;
            self.at = At::LineStart;
            upto = end + 1;
            if input[end] == b'\r' && input.get(upto) == Some(&b'\n') {
                upto += 1;
                continue;
            }
            out.extend_from_slice(&input[from..end]);
            out.extend_from_slice(b"\r\n");
            from = upto;
            if input[end] == b'\r' && upto == input.len() {
                self.at = At::Cr;
            }
        }
        out.extend_from_slice(&input[from..]);
    }

    fn push_raw(&mut self, input: &[u8], out: &mut Vec<u8>) {
        if !self.form.dots {
            out.extend_from_slice(input);
            return self.note_end(input);
        }
        let mut rest = input;
        while let Some(&first) = rest.first() {
            if self.at == At::LineStart && first == b'.' {
                out.push(b'.');
            }
            // A LF is the end of a line behind a CR only, which may have come in the piece before.
            let upto = match memchr(b'\n', rest) {
                Some(found) => found + 1,
                None => rest.len(),
            };
            out.extend_from_slice(&rest[..upto]);
            self.note_end(&rest[..upto]);
            rest = &rest[upto..];
        }
    }

    /// Where these octets leave us, when CRLF alone ends a line.
    fn note_end(&mut self, octets: &[u8]) {
        self.at = match octets {
            [] => self.at,
            [.., b'\r', b'\n'] => At::LineStart,
            [b'\n'] if self.at == At::Cr => At::LineStart,
            [.., b'\r'] => At::Cr,
            _ => At::Text,
        };
    }
}

/// The line with the single dot, between CRLFs.
const END: &[u8] = b"\r\n.\r\n";

/// Looks for an end of DATA inside of a body that goes out without stuffing.
#[derive(Debug)]
pub struct EndWatch {
    /// Octets of [`END`] that came last.
    matched: usize,
}

impl Default for EndWatch {
    /// The beginning of a body is the beginning of a line.
    fn default() -> Self {
        Self { matched: 2 }
    }
}

impl EndWatch {
    /// Whether the server takes DATA for ended by now. `wire`: the next octets as they are written.
    pub fn sees_end(&mut self, wire: &[u8]) -> bool {
        for byte in wire {
            if self.matched == END.len() {
                break;
            }
            self.matched = match *byte {
                next if next == END[self.matched] => self.matched + 1,
                b'\r' => 1,
                _ => 0,
            };
        }
        self.matched == END.len()
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
mod tests;
