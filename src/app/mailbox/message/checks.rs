//! The Checks tab: what servers claim to have checked (RFC 8601), then what was checked from here on request.

use super::line::{Line, Mark, push};
use crate::mail::HeaderLine;
use crate::verify::Findings;

/// Most fields that are shown.
const FIELDS: usize = 50;

pub(super) fn lines(headers: &[HeaderLine], findings: Option<&Findings>) -> Vec<Line> {
    let mut lines = claims(headers);
    lines.push(Line::default());
    match findings {
        Some(findings) => checked(findings, &mut lines),
        None => lines.push(Line::new(
            Mark::Heading,
            "Not checked from here yet: verify (V) looks at DKIM, SPF and DMARC and asks DNS for it.",
        )),
    }
    lines
}

fn claims(headers: &[HeaderLine]) -> Vec<Line> {
    let named = |header: &&HeaderLine| header.name.eq_ignore_ascii_case("Authentication-Results");
    let fields: Vec<&HeaderLine> = headers.iter().filter(named).take(FIELDS).collect();
    if fields.is_empty() {
        return vec![Line::new(
            Mark::Dim,
            "No server claims to have checked it: there is no Authentication-Results field.",
        )];
    }
    let mut lines = vec![
        Line::new(Mark::Heading, "Claimed in Authentication-Results:"),
        Line::new(Mark::Dim, "Believe it only under the name of your own server: anybody can write such a field."),
    ];
    for field in fields {
        let mut pieces = field.decoded.split(';').map(str::trim).filter(|piece| !piece.is_empty());
        let server = pieces.next().unwrap_or_default();
        push(&mut lines, Mark::Plain, &format!("{server} claims:"));
        pieces.for_each(|claim| push(&mut lines, Mark::Plain, &format!("  {claim}")));
    }
    lines
}

fn checked(findings: &Findings, lines: &mut Vec<Line>) {
    lines.push(Line::new(Mark::Heading, "Checked from here:"));
    push(lines, Mark::Plain, &findings.summary);
    for check in &findings.checks {
        let mark = match check.result {
            "fail" | "permerror" => Mark::Warning,
            "pass" => Mark::Added,
            _ => Mark::Plain,
        };
        push(lines, mark, &format!("  {:<6}{:<10}{}", check.name, check.result, check.detail));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Check;

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_claim_is_told_as_one() {
        let field = HeaderLine {
            name: "authentication-results".into(),
            decoded: "mx.example; dkim=pass header.d=a.example; spf=none".into(),
            ..HeaderLine::default()
        };
        let lines = lines(&[field], None);
        let texts = texts(&lines);
        assert!(texts[0].starts_with("Claimed in"));
        assert_eq!(texts[2..5], ["mx.example claims:", "  dkim=pass header.d=a.example", "  spf=none"]);
        assert!(texts.last().unwrap().contains("verify (V)"));
    }

    #[test]
    fn what_was_found_here_stands_apart() {
        let check = |name, result| Check { name, result, detail: "a.example".into() };
        let findings =
            Findings { checks: vec![check("DKIM", "pass"), check("DMARC", "fail")], summary: "It is forged.".into() };
        let lines = lines(&[], Some(&findings));
        assert_eq!(
            texts(&lines)[2..],
            ["Checked from here:", "It is forged.", "  DKIM  pass      a.example", "  DMARC fail      a.example"]
        );
        assert_eq!(lines.last().unwrap().mark, Mark::Warning);
        assert!(texts(&lines)[0].contains("No server claims"));
    }
}
