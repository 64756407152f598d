//! A table of values, one row a mail: CSV with a row of names at its head (RFC 4180). Read row by row.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use csv::{ErrorKind, Position, Reader, ReaderBuilder, StringRecord, Trim};

/// Octets that are searched for the end of the first line.
const FIRST_LINE: u64 = 64 * 1024;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number behind the row of names; the first is 1.
    pub number: u64,
    /// The line of the file in which it starts; the first is 1.
    pub line: u64,
    values: StringRecord,
}

impl Row {
    /// The value of the field with this number.
    pub fn value(&self, field: usize) -> &str {
        self.values.get(field).unwrap_or_default()
    }
}

/// The rows of a file.
#[derive(Debug)]
pub struct Rows {
    reader: Reader<File>,
    names: Arc<[String]>,
    number: u64,
    /// Lines end in CRLF: then the reader takes the LF for the start of the next row, and counts it late.
    crlf: bool,
}

/// A table that cannot be used: where, and why.
#[derive(Debug, thiserror::Error)]
pub enum BadTable {
    /// The operating system's words.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// What is wrong, with line and column where it is in one.
    #[error("{0}")]
    Form(String),
}

impl Rows {
    /// Reads the row of names of `file` from its beginning.
    pub fn new(mut file: File) -> Result<Self, BadTable> {
        file.rewind()?;
        let crlf = ends_in_crlf(&mut file)?;
        let mut reader = ReaderBuilder::new().trim(Trim::Headers).from_reader(file);
        let head = reader.headers().map_err(|error| in_words(error, &[], false))?;
        let names: Arc<[String]> = head.iter().map(str::to_owned).collect();
        for (at, name) in names.iter().enumerate() {
            let wrong = match name.as_str() {
                "" => "has no name",
                name if name.contains(['{', '}']) => "has a brace in its name",
                name if names[..at].iter().any(|other| other == name) => "has the name of another",
                _ => continue,
            };
            return Err(BadTable::Form(format!("line 1, column {}: the field {name:?} {wrong}", at + 1)));
        }
        Ok(Self { reader, names, number: 0, crlf })
    }

    /// Names of the fields, in order.
    pub fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    /// The next row; `None` behind the last.
    pub fn row(&mut self) -> Result<Option<Row>, BadTable> {
        let mut values = StringRecord::new();
        if !self.reader.read_record(&mut values).map_err(|error| in_words(error, &self.names, self.crlf))? {
            return Ok(None);
        }
        self.number += 1;
        let line = line(values.position(), self.crlf);
        Ok(Some(Row { number: self.number, line, values }))
    }

    /// The same file from its first row on.
    pub fn again(self) -> Result<Self, BadTable> {
        Self::new(self.reader.into_inner())
    }
}

fn line(position: Option<&Position>, crlf: bool) -> u64 {
    position.map_or(0, Position::line) + u64::from(crlf)
}

/// Whether the first line of the file does, as far as it is looked at.
fn ends_in_crlf(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.by_ref().take(FIRST_LINE).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head.iter().position(|byte| *byte == b'\n').is_some_and(|at| head[..at].ends_with(b"\r")))
}

fn in_words(error: csv::Error, names: &[String], crlf: bool) -> BadTable {
    match error.into_kind() {
        ErrorKind::Io(error) => BadTable::Io(error),
        ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = line(pos.as_ref(), crlf);
            let count = usize::try_from(len).unwrap_or(usize::MAX);
            let what = match names.get(count) {
                Some(name) => format!("column {}: the field {name:?} is missing", len + 1),
                None => format!("column {}: there are only {expected_len} names for the fields", expected_len + 1),
            };
            BadTable::Form(format!("line {line}, {what}"))
        }
        ErrorKind::Utf8 { pos, err } => {
            let line = line(pos.as_ref(), crlf);
            BadTable::Form(format!("line {line}, column {}: the value is not UTF-8", err.field() + 1))
        }
        _ => BadTable::Form("the file cannot be read as CSV".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn rows(text: impl AsRef<[u8]>) -> Result<Rows, BadTable> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_ref()).unwrap();
        Rows::new(file)
    }

    fn all(rows: &mut Rows) -> Vec<(u64, u64, Vec<String>)> {
        let next = || rows.row().unwrap();
        std::iter::from_fn(next)
            .map(|row| (row.number, row.line, row.values.iter().map(str::to_owned).collect()))
            .collect()
    }

    #[test]
    fn rows_come_with_their_lines_and_can_be_read_again() {
        let mut rows = rows("\u{feff}mail, name\r\na@b,\"Lovelace,\n Ada\"\r\nc@d,Bob\r\n").unwrap();
        assert_eq!(rows.names()[..], ["mail", "name"]);
        let expected =
            [(1, 2, vec!["a@b".to_owned(), "Lovelace,\n Ada".into()]), (2, 4, vec!["c@d".into(), "Bob".into()])];
        assert_eq!(all(&mut rows), expected);
        assert_eq!(all(&mut rows.again().unwrap()), expected);
    }

    #[test]
    fn what_is_wrong_has_line_and_column() {
        for (text, words) in [
            (&b"a,b\n1,2\n3\n"[..], "line 3, column 2: the field \"b\" is missing"),
            (b"a,b\n1,2,3\n", "line 2, column 3: there are only 2 names"),
            (b"a,b\n1,\xff\n", "line 2, column 2: the value is not UTF-8"),
        ] {
            let mut rows = rows(text).unwrap();
            let error = std::iter::from_fn(|| Some(rows.row())).find_map(Result::err).unwrap();
            assert!(error.to_string().contains(words), "{error}");
        }
        for (text, words) in [
            ("a,,c\n", "line 1, column 2: the field \"\" has no name"),
            ("a,a\n", "line 1, column 2: the field \"a\" has the name of another"),
            ("a,{b\n", "has a brace"),
        ] {
            assert!(rows(text).unwrap_err().to_string().contains(words), "{text}");
        }
    }
}
