//! Exports: a plain text for people, lines of JSON for programs, Markdown for a ticket, a page for a browser, the mail
//! alone.
//!
//! All of it is masked already and, but for the mail, leaves through the sanitizer: no export holds a control character
//! but its own line ends.

mod about;
mod eml;
mod html;
mod jsonl;
mod markdown;
mod plain;

use std::io;
use std::path::Path;

use super::Transcript;
use crate::wire::Side;

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `.txt`: every line with time and prefix.
    Text,
    /// `.jsonl`: one object for each entry, the header first.
    JsonLines,
    /// `.md`: a report with a table of exchanges and the dialogue.
    Markdown,
    /// `.html`: one page that needs nothing else.
    Html,
    /// `.eml`: the mail that was sent or fetched last, octet for octet.
    Mail,
}

/// The endings of file names that [`Format::from_path`] knows, for people.
pub const ENDINGS: &str = ".txt, .jsonl, .md, .html or .eml";

impl Format {
    /// The form that the extension of `path` asks for.
    pub fn from_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" | "log" => Some(Self::Text),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "md" | "markdown" => Some(Self::Markdown),
            "html" | "htm" => Some(Self::Html),
            "eml" => Some(Self::Mail),
            _ => None,
        }
    }

    /// The extension to propose, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::JsonLines => "jsonl",
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Mail => "eml",
        }
    }
}

/// What the transcript itself does not know.
#[derive(Clone, Debug)]
pub struct Header {
    /// Of this program.
    pub version: String,
    /// The wall clock at the start of the transcript.
    pub started: jiff::Timestamp,
    /// Who spoke with whom, such as `SMTP mx.example:25 (192.0.2.1)`; sanitized here.
    pub endpoints: Vec<String>,
    /// What a reader has to know, one sentence each, such as that no certificate was verified; sanitized here.
    pub notes: Vec<String>,
}

/// Writes all entries kept, or the mail among them. Errors are those of `out`, and that no whole mail is there.
pub fn write(transcript: &Transcript, format: Format, out: &mut dyn io::Write, header: &Header) -> io::Result<()> {
    match format {
        Format::Text => plain::write(transcript, out, header),
        Format::JsonLines => jsonl::write(transcript, out, header),
        Format::Markdown => markdown::write(transcript, out, header),
        Format::Html => html::write(transcript, out, header),
        Format::Mail => eml::write(transcript, out),
    }
}

/// Writes lines of JSON of the newest entries, at most about `most` octets; the header says how many are left out. Errors
/// are those of `out`.
pub fn newest(transcript: &Transcript, out: &mut dyn io::Write, header: &Header, most: usize) -> io::Result<()> {
    jsonl::write_newest(transcript, out, header, most)
}

/// Writes the entries of one side from the id `first` on, as plain text; of a large body its figures alone. Errors are
/// those of `out`.
pub fn stretch(
    transcript: &Transcript,
    side: Side,
    first: u64,
    out: &mut dyn io::Write,
    header: &Header,
) -> io::Result<()> {
    plain::write_stretch(transcript, side, first, out, header)
}

#[cfg(test)]
mod tests;
