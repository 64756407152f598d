//! Puts a reply together, line by line, with a cap on its lines and octets (RFC 5321 4.2.1).
//!
//! Strict on purpose: a client that forgives a malformed reply can be led to believe what nobody said.

use std::ops::Range;

use super::Reply;
use crate::smtp::Violation;
use crate::wire::limits::{REPLY_LINES, REPLY_OCTETS};
use crate::wire::{printable, secret};

/// Most characters of an offending line in a message.
const QUOTED: usize = 200;

/// The reply whose lines are coming in.
#[derive(Debug, Default)]
pub(in crate::smtp) struct Assembler {
    code: Option<u16>,
    lines: Vec<String>,
    octets: usize,
    complete: bool,
}

/// What a line was within its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::smtp) struct ReadLine {
    /// Its code.
    pub code: u16,
    /// The reply begins with it.
    pub first: bool,
    /// The reply ends with it.
    pub last: bool,
}

impl Assembler {
    /// Takes a line without its line end; `octets` counts it with its line end. The ranges of `secrets` are masked in
    /// what is kept.
    pub fn line(&mut self, line: &[u8], octets: usize, secrets: &[Range<usize>]) -> Result<ReadLine, Violation> {
        let Some((code, last)) = head(line) else {
            return Err(Violation::NotAReply(quoted(&secret::masked(line, secrets))));
        };
        match self.code {
            Some(before) if before != code => return Err(Violation::CodeChanged(before, code)),
            _ => {}
        }
        self.octets += octets;
        if self.lines.len() == REPLY_LINES {
            return Err(Violation::ReplyTooLong("1 000 lines"));
        }
        if self.octets > REPLY_OCTETS {
            return Err(Violation::ReplyTooLong("64 KiB"));
        }
        let first = self.code.replace(code).is_none();
        let masked = secret::masked(line, secrets);
        self.lines.push(String::from_utf8_lossy(masked.get(4..).unwrap_or_default()).into_owned());
        self.complete = last;
        Ok(ReadLine { code, first, last })
    }

    /// No line has come yet.
    pub fn is_empty(&self) -> bool {
        self.code.is_none()
    }

    /// The reply, once its last line has come; the next one may begin then.
    pub fn finish(&mut self, enhanced: bool) -> Option<Reply> {
        let code = self.code.filter(|_| self.complete)?;
        let lines = std::mem::take(self).lines;
        Some(Reply::new(code, lines, enhanced))
    }
}

/// Code and whether this is the last line: three digits of which the first is 2 to 5 and the second 0 to 5, then the
/// end, a space or a hyphen.
fn head(line: &[u8]) -> Option<(u16, bool)> {
    let (&[a @ b'2'..=b'5', b @ b'0'..=b'5', c @ b'0'..=b'9'], rest) = line.split_first_chunk::<3>()? else {
        return None;
    };
    let last = match rest.first() {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return None,
    };
    let digit = |byte: u8| u16::from(byte - b'0');
    Some((digit(a) * 100 + digit(b) * 10 + digit(c), last))
}

/// `bytes` in printable form, shortened.
pub(in crate::smtp) fn quoted(bytes: &[u8]) -> String {
    let shown = printable::bytes(&bytes[..bytes.len().min(4 * QUOTED)]);
    match shown.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}…", &shown[..at]),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&[u8]]) -> Result<Option<Reply>, Violation> {
        let mut assembler = Assembler::default();
        for line in lines {
            assembler.line(line, line.len() + 2, &[])?;
        }
        Ok(assembler.finish(false))
    }

    #[test]
    fn three_digits_and_a_separator_are_a_reply_line() {
        for (line, expected) in [
            (&b"220 hi"[..], Some((220, true))),
            (b"220", Some((220, true))),
            (b"220 ", Some((220, true))),
            (b"220-", Some((220, false))),
            (b"250-a-b", Some((250, false))),
            (b"559 x", Some((559, true))),
            (b"200 x", Some((200, true))),
            (b"22", None),
            (b"22X hi", None),
            (b"220OK", None),
            (b"220\thi", None),
            (b"2200 hi", None),
            (b"100 hi", None),
            (b"699 hi", None),
            (b"060 hi", None),
            (b"260 hi", None),
            (b" 220 hi", None),
            (b"", None),
            (b"+OK", None),
            (b"\xff\xff\xff", None),
        ] {
            assert_eq!(head(line), expected, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_reply_is_whole_with_its_last_line_only() {
        assert_eq!(read(&[b"250-a"]), Ok(None));
        let reply = read(&[b"250-a", b"250-", b"250 c"]).unwrap().unwrap();
        assert_eq!((reply.code, reply.lines), (250, vec!["a".to_owned(), String::new(), "c".to_owned()]));
        assert_eq!(read(&[b"250-a", b"550 c"]), Err(Violation::CodeChanged(250, 550)));
        assert_eq!(read(&[b"250-a", b"c"]), Err(Violation::NotAReply("c".to_owned())));
    }

    #[test]
    fn lines_and_octets_of_a_reply_are_capped() {
        let endless: Vec<&[u8]> = vec![b"250-x"; REPLY_LINES + 1];
        assert_eq!(read(&endless), Err(Violation::ReplyTooLong("1 000 lines")));
        assert_eq!(read(&endless[1..]), Ok(None));
        let wide = [b"250-".to_vec(), vec![b'x'; 4_090]].concat();
        let fits = vec![wide.as_slice(); 15];
        assert_eq!(read(&fits), Ok(None));
        assert_eq!(read(&vec![wide.as_slice(); 16]), Ok(None), "16 lines of 4096 octets are 64 KiB");
        assert_eq!(read(&vec![wide.as_slice(); 17]), Err(Violation::ReplyTooLong("64 KiB")));
    }

    #[test]
    fn what_is_quoted_is_short_and_printable() {
        let shown = quoted(&b"\x1b[31m".repeat(1_000));
        assert!(shown.chars().count() <= QUOTED + 1 && !shown.contains('\x1b'), "{shown}");
    }

    #[test]
    fn secrets_are_masked_in_the_text() {
        let mut assembler = Assembler::default();
        assembler.line(b"535 no: hunter2", 17, &[8..15]).unwrap();
        assert_eq!(assembler.finish(true).unwrap().text(), "no: ****(7 B)");
    }
}
