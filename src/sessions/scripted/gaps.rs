//! What a script says with words of its own: names and addresses of the session become variables.

use crate::script::{Piece, Text, What};
use crate::transcript::{Direction, Entry, EntryKind, Transcript};

/// Most recipients that get a variable each.
const RECIPIENTS: usize = 100;

/// What was said in the session, and the variable in its place. Empty where nothing is adapted.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    adapted: bool,
    helo: Option<Vec<u8>>,
    from: Option<Vec<u8>>,
    /// In the order of RCPT.
    to: Vec<Vec<u8>>,
}

impl Gaps {
    pub(super) fn of(transcript: &Transcript) -> Self {
        let mut gaps = Self { adapted: true, ..Self::default() };
        let sent = |entry: &Entry<'_>| entry.kind() == EntryKind::Command && entry.direction() == Direction::Sent;
        for entry in transcript.iter().filter(sent) {
            let line = super::line_of(entry.raw());
            match entry.verb() {
                "EHLO" | "HELO" | "LHLO" if gaps.helo.is_none() => {
                    gaps.helo = super::words(line).nth(1).map(<[u8]>::to_vec);
                }
                "MAIL" if gaps.from.is_none() => gaps.from = address(line).map(<[u8]>::to_vec),
                "RCPT" => {
                    let known = |to: &&[u8]| !gaps.to.iter().any(|known| known == to) && gaps.to.len() < RECIPIENTS;
                    if let Some(to) = address(line).filter(known) {
                        gaps.to.push(to.to_vec());
                    }
                }
                _ => {}
            }
        }
        gaps
    }

    /// What the script begins with: which variables it wants, and values for those that no run knows.
    pub(super) fn settings(&self) -> Vec<What> {
        if !self.adapted {
            return Vec::new();
        }
        let more = self
            .to
            .iter()
            .enumerate()
            .skip(1)
            .map(|(index, to)| What::Set { name: variable(index), value: Text(vec![Piece::Octets(to.clone())]) });
        let words = "helo, from and to are those of the run; date and message_id are new in each";
        std::iter::once(What::Remark(words.to_owned())).chain(more).collect()
    }

    /// Who signs in: as the run says, where the script is adapted.
    pub(super) fn user(&self, user: Option<Text>) -> Option<Text> {
        user.filter(|_| !self.adapted)
    }

    pub(super) fn command(&self, line: &[u8]) -> Text {
        let verb = super::words(line).next().unwrap_or_default().to_ascii_uppercase();
        let helo = self.helo.iter().map(|helo| (helo.as_slice(), "helo".to_owned()));
        match verb.as_slice() {
            b"EHLO" | b"HELO" | b"LHLO" => filled(line, helo),
            _ if verb.starts_with(b"MAIL") || verb.starts_with(b"RCPT") => match address(line) {
                Some(_) => filled(line, self.addresses()),
                None => plain(line),
            },
            _ => plain(line),
        }
    }

    /// The lines of a mail as on the wire.
    pub(super) fn body(&self, bytes: &[u8]) -> Vec<Text> {
        let mut header = self.adapted;
        let mut folded = false;
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let mut lines = Vec::new();
        for line in bytes.split(|octet| *octet == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            header &= !line.is_empty();
            // What belongs to a field that was made anew.
            if header && folded && line.starts_with(b" ") {
                continue;
            }
            folded = header && (is_field(line, b"message-id:") || is_field(line, b"date:"));
            lines.push(if header { self.field(line) } else { plain(line) });
        }
        lines
    }

    fn field(&self, line: &[u8]) -> Text {
        let named = |name: &[u8], variable: &str| {
            let head = [&line[..name.len()], b" "].concat();
            Text(vec![Piece::Octets(head), Piece::Variable(variable.to_owned())])
        };
        if is_field(line, b"message-id:") {
            named(b"message-id:", "message_id")
        } else if is_field(line, b"date:") {
            named(b"date:", "date")
        } else if [&b"from:"[..], b"to:", b"cc:", b"reply-to:", b"sender:"].iter().any(|name| is_field(line, name)) {
            filled(line, self.addresses())
        } else {
            plain(line)
        }
    }

    fn addresses(&self) -> impl Iterator<Item = (&[u8], String)> {
        let from = self.from.iter().map(|from| (from.as_slice(), "from".to_owned()));
        from.chain(self.to.iter().enumerate().map(|(index, to)| (to.as_slice(), variable(index))))
    }
}

/// `to`, `to_2`, `to_3`.
fn variable(index: usize) -> String {
    if index == 0 { "to".to_owned() } else { format!("to_{}", index + 1) }
}

/// What stands in the angle brackets of MAIL and RCPT, unless it is the null path.
fn address(line: &[u8]) -> Option<&[u8]> {
    let from = line.iter().position(|octet| *octet == b'<')? + 1;
    let until = from + line[from..].iter().position(|octet| *octet == b'>')?;
    Some(&line[from..until]).filter(|address| !address.is_empty())
}

fn is_field(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

fn plain(line: &[u8]) -> Text {
    Text(if line.is_empty() { Vec::new() } else { vec![super::octets(line)] })
}

/// `line` with variables in place of whole words that are among `known`.
fn filled<'a>(line: &[u8], known: impl Iterator<Item = (&'a [u8], String)>) -> Text {
    let known: Vec<_> = known.filter(|(value, _)| !value.is_empty()).collect();
    let (mut pieces, mut rest, mut from) = (Vec::new(), 0, 0);
    while from < line.len() {
        let here = |value: &[u8]| line[from..].starts_with(value) && is_whole(line, from, value.len());
        match known.iter().filter(|(value, _)| here(value)).max_by_key(|(value, _)| value.len()) {
            Some((value, name)) => {
                if rest < from {
                    pieces.push(super::octets(&line[rest..from]));
                }
                pieces.push(Piece::Variable(name.clone()));
                from += value.len();
                rest = from;
            }
            None => from += 1,
        }
    }
    if rest < line.len() {
        pieces.push(super::octets(&line[rest..]));
    }
    Text(pieces)
}

/// Whether nothing stands beside it that an address could go on with.
fn is_whole(line: &[u8], from: usize, length: usize) -> bool {
    let goes_on =
        |octet: Option<&u8>| octet.is_some_and(|octet| octet.is_ascii_alphanumeric() || b"-_.@".contains(octet));
    !goes_on(from.checked_sub(1).and_then(|before| line.get(before))) && !goes_on(line.get(from + length))
}
