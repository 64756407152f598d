//! A mail as octets, built or given raw.

use super::{Lint, Measure, Rule, TEXT_LINE};
use crate::mail::header::{self, RawField};

/// Looks at a whole mail, as built or as given raw. `limit` is the largest mail the server takes, in octets.
pub fn message(mail: &[u8], limit: Option<u64>) -> Vec<Lint> {
    let split = header::split(mail);
    let fields: Vec<RawField<'_>> = header::fields(split.head).collect();
    let mut lints = Vec::new();
    if fields.iter().all(|field| field.name.is_empty()) {
        lints.push(Lint::new(
            Rule::NoHeader,
            "no header at all",
            "it may be sent; most programs show it without sender and subject",
        ));
    } else {
        about_fields(&fields, &mut lints);
        if !split.ended {
            lints.push(Lint::new(
                Rule::HeaderEnd,
                "no blank line behind the headers",
                "there is no text; add a blank line before it",
            ));
        }
    }
    about_octets(mail, split.body, &fields, &mut lints);
    if let Some(limit) = limit.filter(|limit| *limit > 0 && mail.len() as u64 > *limit) {
        let what = format!("{} octets, and the server takes {limit}", mail.len());
        lints.push(Lint::new(Rule::Size, what, "the server will refuse it: send less"));
    }
    lints
}

fn about_fields(fields: &[RawField<'_>], lints: &mut Vec<Lint>) {
    let wanted = [
        (Rule::NoFrom, Rule::TwoFroms, "From", "RFC 5322 asks for it; many servers refuse a mail without"),
        (Rule::NoDate, Rule::TwoDates, "Date", "RFC 5322 asks for it; the server may add one"),
        (Rule::NoMessageId, Rule::TwoMessageIds, "Message-ID", "without it replies and duplicates cannot be matched"),
        (Rule::NoSubject, Rule::TwoSubjects, "Subject", "many filters take a mail without for spam"),
    ];
    for (missing, double, name, advice) in wanted {
        match fields.iter().filter(|field| field.is(name)).count() {
            0 => lints.push(Lint::new(missing, format!("no {name}"), advice)),
            1 => {}
            _ => lints.push(Lint::new(double, format!("{name} more than once"), "keep one")),
        }
    }
    if fields.iter().any(|field| field.is("Bcc")) {
        lints.push(Lint::new(
            Rule::Bcc,
            "Bcc in the header",
            "everyone can read it: name these recipients in the envelope only",
        ));
    }
    if let Some(bad) = fields.iter().find(|field| field.name.is_empty() && !field.raw.starts_with(b"From ")) {
        let line = crate::wire::printable::bytes(header::without_end(bad.raw));
        let line: String = line.chars().take(40).collect();
        lints.push(Lint::new(
            Rule::NotAHeader,
            format!("a line in the header that is no header: {line}"),
            "put a blank line before the text",
        ));
    }
}

fn about_octets(mail: &[u8], body: &[u8], fields: &[RawField<'_>], lints: &mut Vec<Lint>) {
    let measure = Measure::of(mail);
    if measure.bare_cr || measure.bare_lf {
        let which = if measure.bare_lf { "LF" } else { "CR" };
        lints.push(Lint::new(
            Rule::BareLineEnd,
            format!("a bare {which}"),
            "it goes out as CRLF, as SMTP has no other line end",
        ));
    }
    if measure.longest_line > TEXT_LINE {
        let what = format!("a line of {} octets", measure.longest_line);
        lints.push(Lint::new(Rule::LongLine, what, "998 is the most: servers may cut or refuse it"));
    }
    if memchr::memchr(0, mail).is_some() {
        lints.push(Lint::new(Rule::Nul, "a NUL octet", "no server has to take it: remove it"));
    }
    if fields.iter().any(|field| !field.raw.is_ascii()) {
        lints.push(Lint::new(Rule::RawHeader, "a header that is not ASCII", "it needs SMTPUTF8, or encoded words"));
    }
    if !body.is_ascii() && !declares_eight_bit(fields) {
        lints.push(Lint::new(
            Rule::Undeclared,
            "8-bit text without a declaration",
            "add MIME-Version, Content-Type with charset, and Content-Transfer-Encoding: 8bit",
        ));
    }
}

/// Whether the header says 8bit or binary, or is a multipart whose parts may say so.
fn declares_eight_bit(fields: &[RawField<'_>]) -> bool {
    fields.iter().any(|field| {
        let value = field.unfolded().to_ascii_lowercase();
        field.is("Content-Transfer-Encoding") && (value.starts_with("8bit") || value.starts_with("binary"))
            || field.is("Content-Type") && (value.starts_with("multipart/") || value.starts_with("message/"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(lints: &[Lint]) -> String {
        lints.iter().map(|lint| lint.what.as_str()).collect::<Vec<_>>().join("; ")
    }

    const GOOD: &str = "From: a@b\r\nDate: x\r\nMessage-ID: <a@b>\r\nSubject: s\r\n";

    #[test]
    fn raw_mail_is_looked_at() {
        let long = "x".repeat(999);
        for (mail, expected) in [
            (format!("{GOOD}\r\nHello\r\n"), ""),
            ("Hello\r\n".into(), "no header at all"),
            ("From: a@b\r\n\r\n".into(), "no Date; no Message-ID; no Subject"),
            (format!("{GOOD}From: c@d\r\n\r\n"), "From more than once"),
            (format!("{GOOD}Bcc: x@y\r\n\r\n"), "Bcc in the header"),
            (GOOD.into(), "no blank line behind the headers"),
            (format!("{GOOD}Hello world\r\n\r\n"), "a line in the header that is no header: Hello world"),
            (format!("{GOOD}\r\na\nb\r\n"), "a bare LF"),
            (format!("{GOOD}\r\na\rb\r\n"), "a bare CR"),
            (format!("{GOOD}\r\n{long}\r\n"), "a line of 999 octets"),
            (format!("{GOOD}\r\n\0\r\n"), "a NUL octet"),
            (format!("{GOOD}\r\nä\r\n"), "8-bit text without a declaration"),
            (format!("{GOOD}Content-Transfer-Encoding: 8bit\r\n\r\nä\r\n"), ""),
            (format!("{GOOD}X: ä\r\n\r\n"), "a header that is not ASCII"),
        ] {
            let lints = message(mail.as_bytes(), None);
            assert_eq!(whats(&lints), expected, "{}", mail.escape_debug());
            assert!(lints.iter().all(|lint| !lint.advice.is_empty()));
        }
    }

    #[test]
    fn a_mail_over_the_servers_size_is_named() {
        let mail = format!("{GOOD}\r\nHello\r\n");
        let size = mail.len() as u64;
        assert_eq!(message(mail.as_bytes(), Some(size)), []);
        assert_eq!(message(mail.as_bytes(), Some(0)), [], "SIZE 0 is no limit");
        assert!(whats(&message(mail.as_bytes(), Some(size - 1))).contains("the server takes"));
    }
}
