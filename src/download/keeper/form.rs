//! The octets of a message as a destination wants them, piece by piece: whatever the pieces, the outcome is the same,
//! and memory is a few octets.

use std::io;

use memchr::memchr;

/// What mbox readers take for the beginning of a message.
const FROM: &[u8] = b"From ";

/// What is done to a message on its way to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nothing.
    Exact,
    /// CRLF becomes LF, as every delivery agent does; a lone CR stays.
    Lf,
    /// The same, and each line `>*From ` gets one `>` more (mboxrd).
    Mboxrd,
}

/// Where in a line the next octet falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Behind nothing but `>`, and so many octets of `From ` that are held back.
    Start(usize),
    Inside,
}

/// One message on its way.
#[derive(Clone, Debug)]
pub struct Lines {
    form: Form,
    place: Place,
    /// A CR that may belong to a line end is held back.
    carriage: bool,
    /// The last octet given away; LF before the first.
    last: u8,
}

impl Lines {
    pub fn new(form: Form) -> Self {
        Self { form, place: Place::Start(0), carriage: false, last: b'\n' }
    }

    /// Takes a piece; what is ready goes to `out`.
    pub fn push(&mut self, piece: &[u8], out: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if self.form == Form::Exact {
            return out(piece);
        }
        let mut rest = piece;
        while let Some(&first) = rest.first() {
            if std::mem::take(&mut self.carriage) && first != b'\n' {
                self.inside(b"\r", out)?;
            }
            let used = match self.place {
                Place::Start(held) if self.form == Form::Mboxrd => self.at_start(held, first, out)?,
                _ => self.in_line(rest, out)?,
            };
            rest = &rest[used..];
        }
        Ok(())
    }

    /// The message is whole: what was held back goes out, and mbox gets a line end if the last line has none.
    pub fn finish(&mut self, out: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if let Place::Start(held @ 1..) = self.place {
            self.inside(&FROM[..held], out)?;
        }
        if std::mem::take(&mut self.carriage) {
            self.inside(b"\r", out)?;
        }
        if self.form == Form::Mboxrd && self.last != b'\n' {
            self.give(b"\n", out)?;
        }
        Ok(())
    }

    /// One octet at the start of a line, behind `held` octets of `From `. A `>` may go out before all is known: whether
    /// the one more stands before or behind the others is the same.
    fn at_start(&mut self, held: usize, octet: u8, out: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<usize> {
        if octet == FROM[held] {
            self.place = Place::Start(held + 1);
            if held + 1 == FROM.len() {
                self.inside(b">From ", out)?;
            }
            return Ok(1);
        }
        if octet == b'>' && held == 0 {
            self.give(b">", out)?;
            return Ok(1);
        }
        self.inside(&FROM[..held], out)?;
        Ok(0)
    }

    /// All up to the end of the line, or of the piece.
    fn in_line(&mut self, rest: &[u8], out: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<usize> {
        let Some(at) = memchr(b'\n', rest) else {
            self.carriage = rest.ends_with(b"\r");
            self.inside(rest.strip_suffix(b"\r").unwrap_or(rest), out)?;
            return Ok(rest.len());
        };
        if let Some(line) = rest[..at].strip_suffix(b"\r") {
            self.give(line, out)?;
            self.give(b"\n", out)?;
        } else {
            self.give(&rest[..=at], out)?;
        }
        self.place = Place::Start(0);
        Ok(at + 1)
    }

    fn inside(&mut self, bytes: &[u8], out: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.place = Place::Inside;
        self.give(bytes, out)
    }

    fn give(&mut self, bytes: &[u8], out: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if let Some(last) = bytes.last() {
            self.last = *last;
            out(bytes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn converted(form: Form, pieces: &[&[u8]]) -> Vec<u8> {
        let (mut lines, mut all) = (Lines::new(form), Vec::new());
        let mut out = |bytes: &[u8]| {
            all.extend_from_slice(bytes);
            Ok(())
        };
        for piece in pieces {
            lines.push(piece, &mut out).unwrap();
        }
        lines.finish(&mut out).unwrap();
        all
    }

    #[test]
    fn line_ends_and_from_lines_become_what_the_form_says() {
        let cases: [(Form, &[u8], &[u8]); 12] = [
            (Form::Exact, b"a\r\nFrom b\n", b"a\r\nFrom b\n"),
            (Form::Lf, b"a\r\n\r\nFrom b\r\n", b"a\n\nFrom b\n"),
            (Form::Lf, b"a\rb\r\r\nc\r", b"a\rb\r\nc\r"),
            (Form::Lf, b"\r\n", b"\n"),
            (Form::Mboxrd, b"From a\r\n", b">From a\n"),
            (Form::Mboxrd, b">>From a\r\n>Frome\r\n From\r\n", b">>>From a\n>Frome\n From\n"),
            (Form::Mboxrd, b"From", b"From\n"),
            (Form::Mboxrd, b"From\r\nx", b"From\nx\n"),
            (Form::Mboxrd, b">\rFrom \r\n", b">\rFrom \n"),
            (Form::Mboxrd, b"\rFrom \r\n", b"\rFrom \n"),
            (Form::Mboxrd, b"FFrom \n", b"FFrom \n"),
            (Form::Mboxrd, b"", b""),
        ];
        for (form, from, to) in cases {
            assert_eq!(converted(form, &[from]).escape_ascii().to_string(), to.escape_ascii().to_string());
        }
    }

    /// What a reader of mboxrd makes of it.
    fn unquoted(text: &[u8]) -> Vec<u8> {
        let lines = text.split_inclusive(|octet| *octet == b'\n');
        let quoted = |line: &[u8]| line.trim_ascii_start_matches_arrows().starts_with(FROM) && line.starts_with(b">");
        lines.flat_map(|line| if quoted(line) { line[1..].to_vec() } else { line.to_vec() }).collect()
    }

    trait Arrows {
        fn trim_ascii_start_matches_arrows(&self) -> &[u8];
    }

    impl Arrows for [u8] {
        fn trim_ascii_start_matches_arrows(&self) -> &[u8] {
            &self[self.iter().take_while(|octet| **octet == b'>').count()..]
        }
    }

    fn hard_text() -> impl Strategy<Value = Vec<u8>> {
        let words: [&[u8]; 9] = [b"From ", b"From", b">", b"\r\n", b"\n", b"\r", b"F", b" ", b"\xff\0"];
        prop::collection::vec(prop::sample::select(words.to_vec()), 0..40).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(text in hard_text(), cuts in prop::collection::vec(0usize..120, 0..8)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            for form in [Form::Exact, Form::Lf, Form::Mboxrd] {
                prop_assert_eq!(converted(form, &pieces), converted(form, &[&text]));
            }
        }

        #[test]
        fn a_reader_of_mboxrd_gets_the_message_back(text in hard_text()) {
            let mut meant = converted(Form::Lf, &[&text]);
            if meant.last().is_some_and(|last| *last != b'\n') {
                meant.push(b'\n');
            }
            let written = converted(Form::Mboxrd, &[&text]);
            prop_assert!(!written.split_inclusive(|octet| *octet == b'\n').any(|line| line.starts_with(FROM)));
            prop_assert_eq!(unquoted(&written), meant);
        }
    }
}
