//! The text of a part as lines for the screen: transfer encoding and charset undone, HTML turned into text.

use std::borrow::Cow;

use mail_parser::Encoding;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::parsers::MessageStream;
use memchr::memrchr;

use super::links::{self, Link};
use super::mime::Part;
use crate::wire::printable;

/// Most octets of text that are shown.
const TEXT: usize = 4 * 1024 * 1024;
/// Most octets of HTML that are turned into text: the conversion takes quadratic time on hostile input.
const HTML: usize = 64 * 1024;
/// Most octets of HTML that are looked through for them: style sheets in front of the text are long.
const HTML_SOURCE: usize = 1024 * 1024;
/// Longest line, in characters; a longer one goes on in the next.
const LINE: usize = 2_000;

/// Collects lines while there is room.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) shown: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) links: Vec<Link>,
    text_left: usize,
    html_left: usize,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { shown: Vec::new(), notes: Vec::new(), links: Vec::new(), text_left: TEXT, html_left: HTML }
    }

    /// Adds the text of `part`; `raw` leaves it encoded.
    pub(super) fn add(&mut self, part: &Part<'_>, raw: bool) {
        if !self.shown.is_empty() {
            self.shown.push(String::new());
        }
        let encoding = if raw { Encoding::None } else { part.info.encoding };
        let bytes = self.decoded(part, encoding);
        let charset = part.info.charset.as_deref().filter(|_| !raw);
        let text = characters(&bytes, charset);
        if !raw && part.info.kind == "text/html" {
            self.push_html(&text);
        } else {
            self.push(&text);
        }
    }

    fn decoded<'a>(&mut self, part: &Part<'a>, encoding: Encoding) -> Cow<'a, [u8]> {
        let body = match encoding {
            Encoding::None => self.cut(part.body, self.text_left),
            // Three octets of quoted-printable or four thirds of base64 make one.
            _ => self.cut(part.body, self.text_left.saturating_mul(3)),
        };
        let mut stream = MessageStream::new(body);
        let (end, decoded) = match encoding {
            Encoding::None => return body.into(),
            Encoding::Base64 => stream.decode_base64_mime(b""),
            Encoding::QuotedPrintable => stream.decode_quoted_printable_mime(b""),
        };
        if end == usize::MAX {
            let name = printable::text(&part.info.encoding_name).into_owned();
            self.note(format!("part {} is no good {name}: shown as it came", part.path));
            return body.into();
        }
        decoded
    }

    /// `body` up to the last whole line within `room`.
    fn cut<'a>(&mut self, body: &'a [u8], room: usize) -> &'a [u8] {
        if body.len() <= room {
            return body;
        }
        self.note("the text is cut: save the mail to read all of it".into());
        let end = memrchr(b'\n', &body[..room]).map_or(room, |at| at + 1);
        &body[..end]
    }

    fn push_html(&mut self, html: &str) {
        let looked_through = html.floor_char_boundary(HTML_SOURCE);
        let shown = links::numbered(&html[..looked_through], &mut self.links);
        let end = shown.floor_char_boundary(self.html_left);
        if looked_through < html.len() || end < shown.len() {
            self.note("the HTML is cut at 64 KiB: save the mail to read all of it".into());
        }
        self.html_left -= end;
        let text = nanohtml2text::html2text(&shown[..end]);
        self.push(text.trim_end());
    }

    fn push(&mut self, text: &str) {
        let end = text.floor_char_boundary(self.text_left);
        if end < text.len() {
            self.note("the text is cut: save the mail to read all of it".into());
        }
        self.text_left -= end;
        for line in text[..end].split_terminator('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            self.shown.extend(pieces(line).map(|piece| printable::line_of_mail(piece).into_owned()));
        }
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) && self.notes.len() < 20 {
            self.notes.push(note);
        }
    }
}

/// Text in UTF-8. Without a known charset octets that are no UTF-8 are replaced.
fn characters<'a>(bytes: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    let plain = |name: &str| ["utf-8", "utf8", "us-ascii"].iter().any(|known| name.eq_ignore_ascii_case(known));
    match charset.filter(|name| !plain(name)).and_then(|name| charset_decoder(name.as_bytes())) {
        Some(decode) => decode(bytes).into(),
        None => String::from_utf8_lossy(bytes),
    }
}

/// A line in pieces of at most [`LINE`] characters.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let all = rest.take()?;
        if all.len() <= LINE {
            return Some(all);
        }
        let end = all.char_indices().nth(LINE).map_or(all.len(), |(at, _)| at);
        let (piece, after) = all.split_at(end);
        rest = (!after.is_empty()).then_some(after);
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_become_columns_and_long_lines_go_on() {
        assert_eq!(printable::line_of_mail("a\tb\t\tc"), "a       b               c");
        assert_eq!(printable::line_of_mail("\t中\tx\x1b"), "        中      x␛");
        let long = "ä".repeat(2 * LINE + 1);
        assert_eq!(pieces(&long).map(|piece| piece.chars().count()).collect::<Vec<_>>(), [LINE, LINE, 1]);
        assert_eq!(pieces("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn charsets_are_undone() {
        for (bytes, charset, text) in [
            (&b"gr\xfcn"[..], Some("ISO-8859-1"), "grün"),
            (b"gr\xfcn", None, "gr\u{fffd}n"),
            (b"gr\xfcn", Some("us-ascii"), "gr\u{fffd}n"),
            (b"gr\xc3\xbcn", Some("x-unknown"), "grün"),
            (b"\xa4", Some("iso-8859-15"), "€"),
            (b"x", Some(""), "x"),
        ] {
            assert_eq!(characters(bytes, charset), text, "{charset:?}");
        }
    }
}
