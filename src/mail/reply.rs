//! A mail as the start of another: reply, reply to all, forward (RFC 5322 3.6.2 to 3.6.5).
//!
//! Takes any octets. Everything that gets into the draft has passed `wire::printable` or the address reader, so no field
//! can become two, and nobody is written to who stands in no address field. The sender is left to the caller.

mod attached;
mod people;
mod threading;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

use super::decoded;
use super::draft::Draft;
use super::header::{self, RawField};
use super::view::View;
use people::Recipients;

/// Most lines of the other mail that are taken over.
const LINES: usize = 10_000;
/// Longest name in the line above the quoted text, in characters.
const NAME: usize = 200;
/// How programs begin the subject of a reply, without the colon.
const REPLIES: [&str; 4] = ["re", "aw", "antw", "sv"];
/// The same for mails that are sent on.
const FORWARDS: [&str; 4] = ["fwd", "fw", "wg", "vs"];

/// What a mail is the start of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A reply to who wrote it.
    Reply,
    /// A reply to everybody.
    ReplyAll,
    /// The same mail to somebody else.
    Forward,
}

impl Answer {
    /// The draft that `mail` is the start of. `own`: as [`reply`] takes them.
    pub fn draft(self, mail: &[u8], own: &[String]) -> Draft {
        match self {
            Self::Reply => reply(mail, own, false),
            Self::ReplyAll => reply(mail, own, true),
            Self::Forward => forward(mail),
        }
    }
}

/// A reply to `mail` (RFC 5322 3.6.2, 3.6.4): recipients, subject, In-Reply-To, References, quoted text. `own`: the
/// addresses of the person who answers, who is not written to.
///
/// To is Reply-To, else From; where all of these are one's own, the mail was sent by oneself and To is its To. With `all`
/// the other recipients are in Cc.
pub fn reply(mail: &[u8], own: &[String], all: bool) -> Draft {
    let fields: Vec<RawField<'_>> = header::fields(header::split(mail).head).collect();
    let recipients = Recipients::of(&fields, own, all);
    let mut body = format!("{}\n", attribution(&fields));
    if recipients.cut {
        body.insert_str(0, "[The list of recipients is too long: the last ones are left out.]\n\n");
    }
    let view = View::parse(mail);
    let (lines, left_out) = bounded(without_signature(&view.text));
    for line in lines {
        body.push_str(&quoted(line));
    }
    body.push_str(&left_out);
    Draft {
        to: recipients.to.to_string(),
        cc: recipients.cc.to_string(),
        subject: format!("Re: {}", bare_subject(&subject(&fields), &REPLIES)),
        body,
        headers: threading::headers(&fields),
        ..Draft::default()
    }
}

/// `mail` sent on to somebody else: its text in the body, its attachments kept.
///
/// A mail that is signed or encrypted, is damaged or has very many parts goes along whole, as one attached
/// message/rfc822: taken apart, it would lose what makes it what it is. A formatted alternative of the text does not go
/// along.
pub fn forward(mail: &[u8]) -> Draft {
    let fields: Vec<RawField<'_>> = header::fields(header::split(mail).head).collect();
    let view = View::parse(mail);
    let mut body = "\n\n---------- Forwarded message ----------\n".to_owned();
    for name in ["From", "Date", "Subject", "To", "Cc"] {
        if let Some(field) = fields.iter().find(|field| field.is(name)) {
            let addresses = !matches!(name, "Date" | "Subject");
            let value = if addresses { decoded::addresses(field) } else { decoded::text(field) };
            body.extend([name, ": ", &value, "\n"]);
        }
    }
    body.push('\n');
    let (lines, left_out) = bounded(&view.text);
    for line in lines {
        body.push_str(line);
        body.push('\n');
    }
    body.push_str(&left_out);
    Draft {
        subject: format!("Fwd: {}", bare_subject(&subject(&fields), &FORWARDS)),
        body,
        attachments: attached::of(mail, &view),
        ..Draft::default()
    }
}

fn subject(fields: &[RawField<'_>]) -> String {
    fields.iter().find(|field| field.is("Subject")).map(decoded::text).unwrap_or_default()
}

/// `subject` without what programs put in front of it, such as `Re:`, `AW: ` and `Re[2]:`, however often.
fn bare_subject<'a>(subject: &'a str, prefixes: &[&str]) -> &'a str {
    let mut rest = subject.trim();
    while let Some(behind) = behind_prefix(rest, prefixes) {
        rest = behind.trim_start();
    }
    rest
}

fn behind_prefix<'a>(subject: &'a str, prefixes: &[&str]) -> Option<&'a str> {
    let (front, behind) = subject.split_once(':')?;
    let front = front.trim_end();
    let word = match front.split_once('[') {
        Some((word, count)) => {
            let count = count.strip_suffix(']')?;
            (count.len() <= 4 && count.bytes().all(|byte| byte.is_ascii_digit())).then_some(word)?
        }
        None => front,
    };
    prefixes.iter().any(|prefix| word.eq_ignore_ascii_case(prefix)).then_some(behind)
}

/// `On Sat, 9 Jun 2001 at 12:27 +0100, Ada wrote:`, without what is not known.
fn attribution(fields: &[RawField<'_>]) -> String {
    let who = people::author(fields).unwrap_or_else(|| "somebody".to_owned());
    let who: String = who.chars().take(NAME).collect();
    let date = fields.iter().find(|field| field.is("Date")).and_then(written_date);
    date.map_or_else(|| format!("{who} wrote:"), |date| format!("On {date}, {who} wrote:"))
}

/// A Date header in its own time zone, or in UTC where only our lenient reader understands it.
fn written_date(field: &RawField<'_>) -> Option<String> {
    let strict = DateTimeParser::new().relaxed_weekday(true).parse_zoned(decoded::text(field));
    let date = strict.ok().or_else(|| Some(decoded::date(field)?.to_zoned(TimeZone::UTC)))?;
    Some(date.strftime("%a, %-d %b %Y at %H:%M %z").to_string())
}

/// The text down to the line that begins a signature (RFC 3676 4.3), without blank lines at its end.
fn without_signature(text: &[String]) -> &[String] {
    let end = text.iter().position(|line| line == "-- ").unwrap_or(text.len());
    let last = text[..end].iter().rposition(|line| !line.trim().is_empty());
    &text[..last.map_or(0, |last| last + 1)]
}

/// As many lines as are taken over, and a line about the others.
fn bounded(text: &[String]) -> (&[String], String) {
    let more = text.len().saturating_sub(LINES);
    let note = if more > 0 { format!("[{more} more lines are left out.]\n") } else { String::new() };
    (&text[..text.len() - more], note)
}

fn quoted(line: &str) -> String {
    let gap = if line.is_empty() || line.starts_with('>') { "" } else { " " };
    format!(">{gap}{line}\n")
}

#[cfg(test)]
mod tests;
