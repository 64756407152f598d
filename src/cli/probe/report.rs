//! What was found, for people: a block for each line, a row for each stage with its time, no wider than 80 columns; and
//! behind several blocks a table of all.

use std::fmt::Write;

use jiff::Timestamp;

use super::look::{Look, Offers};
use super::{Finding, Findings};
use crate::cli::{Status, exit, protection};
use crate::connection::Protocol;
use crate::wire::printable;

/// Columns of a terminal that is not wide.
const WIDTH: usize = 80;
/// Where the words of a row begin.
const INDENT: usize = 25;

/// All of it.
pub fn text(findings: &Findings, now: Timestamp) -> String {
    let blocks = findings.list.iter().map(|finding| block(finding, now));
    let table = (findings.list.len() > 1).then(|| table(findings));
    let notes = findings.notes.iter().map(|note| wrapped("note  ", 6, note));
    let notes = Some(notes.collect::<String>()).filter(|notes| !notes.is_empty());
    blocks.chain(table).chain(notes).collect::<Vec<_>>().join("\n")
}

/// One row for each line: what its stages took, how it ended, which server and address it was.
fn table(findings: &Findings) -> String {
    let head = "   DNS   TCP greet hello   TLS   all  result   server (times in ms)\n".to_owned();
    let rows = findings.list.iter().map(|finding| {
        let Finding { line, look, .. } = finding;
        let of = |names: &[&str]| {
            let stages = look.timings.stages().iter();
            number(stages.filter(|(stage, _)| names.contains(stage)).map(|(_, ms)| *ms).next())
        };
        let stages = [&["connect"][..], &["greeting"], &["helo", "capa", "helo_tls", "capa_tls"], &["tls"]].map(of);
        let dns = number(line.lookup.map(|took| took.as_secs_f64() * 1e3));
        let all = number(look.timings.json()["total"].as_f64());
        let result = match look.status() {
            Status::Done => "ok".to_owned(),
            status => format!("exit {}", status.code()),
        };
        let server = printable::text(&server(finding)).into_owned();
        format!("{dns}{}{all}  {result:<7}  {server}\n", stages.concat())
    });
    std::iter::once(head).chain(rows).collect()
}

/// Milliseconds in six columns.
fn number(ms: Option<f64>) -> String {
    match ms {
        None => format!("{:>6}", "-"),
        Some(ms) if ms < 999.0 => format!("{ms:>6.1}"),
        Some(ms) => format!("{ms:>6.0}"),
    }
}

/// Its URL, and its address where that is another thing.
fn server(finding: &Finding) -> String {
    let Finding { line, look, .. } = finding;
    let address = line.address.or(look.peer.map(|peer| peer.ip())).map(|address| address.to_string());
    let address = address.filter(|address| !line.name.contains(address.as_str()));
    address.map_or_else(|| line.name.clone(), |address| format!("{}  {address}", line.name))
}

/// `words`, sanitized, behind `head` and, from the second row on, below where they began.
fn wrapped(head: &str, indent: usize, words: &str) -> String {
    let (mut text, mut column) = (head.to_owned(), indent);
    for word in printable::text(words).split(' ').filter(|word| !word.is_empty()) {
        let wide = word.chars().count();
        if column > indent && column + 1 + wide > WIDTH {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += wide;
    }
    format!("{}\n", text.trim_end())
}

fn block(finding: &Finding, now: Timestamp) -> String {
    let Finding { line, look, unverified } = finding;
    let mut block = Block::default();
    block.head(finding);
    if let Some(took) = line.lookup {
        block.row("DNS", Some(took.as_secs_f64() * 1e3), "looked up");
    }
    block.look(look, None, line.target.protocol, now);
    if let Some(failure) = &look.failure {
        if !look.is_unbelieved() {
            block.row("failed", None, &failure.to_string());
        }
        block.row("advice", None, &exit::advice(failure, "probe"));
    }
    if let Some(behind) = unverified {
        block.row("again", None, "with the verification off, to see what is behind");
        block.look(behind, Some(look), line.target.protocol, now);
    }
    for warning in look.warnings(line.target.tls.mode, now) {
        block.row("warning", None, &warning);
    }
    block.text
}

#[derive(Default)]
struct Block {
    text: String,
}

impl Block {
    fn head(&mut self, finding: &Finding) {
        let line = &finding.line;
        let source = if line.source.is_empty() { String::new() } else { format!("  ({})", line.source) };
        let head = format!("{}{source}", server(finding));
        writeln!(self.text, "{}", printable::text(&head)).expect("writing to a String cannot fail");
    }

    /// `name`, milliseconds, and what is to be said; sanitized here.
    fn row(&mut self, name: &str, ms: Option<f64>, words: &str) {
        let ms = ms.map_or_else(String::new, |ms| format!("{ms:.1} ms"));
        self.text.push_str(&wrapped(&format!("  {name:<11}{ms:>10}  "), INDENT, words));
    }

    /// The stages. `before`: a look that has told some of them already.
    fn look(&mut self, look: &Look, before: Option<&Look>, protocol: Protocol, now: Timestamp) {
        let hello = match protocol {
            Protocol::Smtp => "EHLO",
            Protocol::Lmtp => "LHLO",
            Protocol::Pop3 => "CAPA",
        };
        let told =
            |stage: &str| before.is_some_and(|look| look.timings.stages().iter().any(|(name, _)| *name == stage));
        for (stage, ms) in look.timings.stages().iter().filter(|(stage, _)| !told(stage)) {
            match *stage {
                "connect" => self.row("TCP", Some(*ms), "connected"),
                "greeting" => self.row("greeting", Some(*ms), look.greeting.as_deref().unwrap_or_default()),
                "helo" | "capa" => self.offers(hello, *ms, look.clear.as_ref()),
                "helo_tls" | "capa_tls" => self.offers(&format!("{hello} in TLS"), *ms, look.inside.as_ref()),
                "tls" => self.tls(look, *ms, now),
                _ => {}
            }
        }
        if let Some((why, _)) = &look.refusal {
            self.row("refused", None, why);
        }
        self.sign_in(look, before.is_some());
    }

    fn tls(&mut self, look: &Look, ms: f64, now: Timestamp) {
        let Some(protection) = &look.protection else { return };
        self.row("TLS", Some(ms), &protection::words(protection));
        if let Some(certificate) = protection.chain.first() {
            self.row("certificate", None, &protection::certificate_words(certificate, now));
            // In one word of 64 digits it fits, and can be copied.
            let hex = certificate.fingerprint().replace(':', "");
            writeln!(self.text, "  {:<11}{hex}", "SHA-256").expect("writing to a String cannot fail");
        }
    }

    fn offers(&mut self, name: &str, ms: f64, offers: Option<&Offers>) {
        let lines = offers.map(|offers| offers.lines.join(", ")).unwrap_or_default();
        self.row(name, Some(ms), if lines.is_empty() { "announces nothing" } else { &lines });
    }

    /// `again`: what is offered in clear was told.
    fn sign_in(&mut self, look: &Look, again: bool) {
        let names = |offers: &Offers| {
            if offers.sign_in.is_empty() { "nothing".to_owned() } else { offers.sign_in.join(", ") }
        };
        let clear = look.clear.as_ref().filter(|_| !again).map(|offers| format!("in clear: {}", names(offers)));
        let inside = look.inside.as_ref().map(|offers| format!("inside TLS: {}", names(offers)));
        let both: Vec<String> = clear.into_iter().chain(inside).collect();
        if !both.is_empty() {
            self.row("sign-in", None, &both.join("; "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::look::tests::starttls;
    use super::super::plan::Line;
    use super::*;
    use crate::cli::protection::sample;
    use crate::connection::Verdict;

    fn finding(verdict: Verdict, again: bool) -> Finding {
        let line = Line { name: "smtp://mx.example:25".into(), source: "MX example.org".into(), ..Line::default() };
        let unverified = again.then(|| starttls(Verdict::Unchecked(Some("it is expired".into()))));
        Finding { line, look: starttls(verdict), unverified }
    }

    fn flat(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn told(finding: Finding) -> String {
        text(&Findings { list: vec![finding], notes: vec!["no SRV\x07 records".into()] }, sample::now())
    }

    #[test]
    fn a_block_tells_every_stage() {
        let text = told(finding(Verdict::Trusted("the system's roots".into()), false));
        assert!(text.starts_with("smtp://mx.example:25  192.0.2.1  (MX example.org)\n"), "{text}");
        for words in [
            "TCP",
            "greeting",
            "SIZE 1000, STARTTLS, AUTH LOGIN CRAM-MD5",
            "TLS 1.3, TLS_AES_128_GCM_SHA256, X25519; certificate trusted by the system's roots",
            "mx.example, mail.example, 30 days left",
            &"AB".repeat(32),
            "EHLO in TLS",
            "in clear: LOGIN, CRAM-MD5; inside TLS: PLAIN, SCRAM-SHA-256",
            "warning offers LOGIN without TLS",
            "note no SRV",
        ] {
            assert!(flat(&text).contains(words), "{words} is missing in\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn a_certificate_that_is_not_believed_is_told_and_what_is_behind_it_marked() {
        let text = told(finding(sample::refused(), true));
        for words in
            ["REFUSED: it is expired", "with the verification off", "EHLO in TLS", "inside TLS: PLAIN", "advice"]
        {
            assert!(flat(&text).contains(words), "{words} is missing in\n{text}");
        }
        for once in ["it is expired", "in clear: LOGIN", "greeting", "SHA-256 AB"] {
            assert_eq!(flat(&text).matches(once).count(), 1, "{once} in\n{text}");
        }
    }

    #[test]
    fn several_lines_end_in_a_table() {
        let list = vec![finding(sample::refused(), true), finding(Verdict::Pinned, false)];
        let text = text(&Findings { list, notes: Vec::new() }, sample::now());
        let table: Vec<&str> = text.lines().skip_while(|line| !line.contains("times in ms")).collect();
        assert_eq!(table.len(), 3, "{text}");
        for (row, result) in table[1..].iter().zip(["exit 8", "ok"]) {
            assert!(row.contains(result) && row.ends_with("smtp://mx.example:25  192.0.2.1"), "{row}");
            assert!(row.len() <= WIDTH && row.starts_with("     -   "), "{row}");
        }
    }

    #[test]
    fn long_rows_go_on_below_their_words() {
        let long = "word ".repeat(20);
        let text = wrapped("  EHLO  ", 8, &long);
        assert!(text.lines().all(|line| line.len() <= WIDTH) && text.lines().count() == 2, "{text}");
        assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("        word")), "{text}");
        assert_eq!(wrapped("note  ", 6, &"x".repeat(100)), format!("note  {}\n", "x".repeat(100)));
    }

    #[test]
    fn nothing_that_servers_say_moves_the_terminal() {
        let text = told(finding(sample::refused(), true));
        assert!(!text.replace('\n', "").contains(char::is_control), "{text:?}");
    }
}
