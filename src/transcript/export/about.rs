//! What stands at the top of a report: the program, the servers, how each connection was encrypted, what was noted.

use super::Header;
use crate::transcript::{Cut, EntryKind, Transcript};
use crate::wire::{Side, printable};

/// Connections told of; more are counted.
const LINKS: usize = 20;

/// Sanitized lines: a word each, and what is told.
pub(super) fn lines(transcript: &Transcript, header: &Header) -> Vec<(&'static str, String)> {
    let mut lines =
        vec![("telepost", printable::text(&header.version).into_owned()), ("started", header.started.to_string())];
    lines.extend(header.endpoints.iter().map(|line| ("server", printable::text(line).into_owned())));
    lines.extend(encryption(transcript));
    lines.extend(header.notes.iter().map(|line| ("note", printable::text(line).into_owned())));
    if transcript.cut() != Cut::default() {
        lines.push(("cut", format!("to bound memory: {}", transcript.cut())));
    }
    let marked = transcript.annotated().count();
    if marked > 0 {
        lines.push(("marks", format!("{marked} of {} rows", transcript.len())));
    }
    lines
}

/// Of each connection, whether TLS came, when, and what was told of it.
fn encryption(transcript: &Transcript) -> Vec<(&'static str, String)> {
    let mut links: Vec<(Side, u32, Option<String>)> = Vec::new();
    for entry in transcript.iter() {
        let here = links.iter().rposition(|(side, link, _)| (*side, *link) == (entry.side(), entry.link()));
        let here = here.unwrap_or_else(|| {
            links.push((entry.side(), entry.link(), None));
            links.len() - 1
        });
        let told = &mut links[here].2;
        let words = entry.kind() == EntryKind::Event && entry.raw().starts_with(b"TLS 1");
        if told.is_none() && (words || entry.tls()) {
            *told = Some(if words { entry.lines().next().unwrap_or_default() } else { "TLS".to_owned() });
        }
    }
    let more = links.len().saturating_sub(LINKS);
    let told = |(side, link, told): (Side, u32, Option<String>)| {
        let words = told.unwrap_or_else(|| "not encrypted".to_owned());
        ("TLS", format!("{} connection {link}: {words}", side.name()))
    };
    let mut lines: Vec<(&'static str, String)> = links.into_iter().take(LINKS).map(told).collect();
    lines.extend((more > 0).then(|| ("TLS", format!("and {more} more connections"))));
    lines
}
