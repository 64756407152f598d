//! What was found, for people: a block for each line, a row for each stage with its time.

use std::fmt::Write;

use jiff::Timestamp;

use super::look::{Look, Offers};
use super::{Finding, Findings};
use crate::cli::{exit, protection};
use crate::connection::Protocol;
use crate::wire::printable;

/// All of it.
pub fn text(findings: &Findings, now: Timestamp) -> String {
    let blocks = findings.list.iter().map(|finding| block(finding, now));
    let notes = findings.notes.iter().map(|note| format!("note  {}\n", printable::text(note)));
    blocks.chain(notes).collect::<Vec<_>>().join("\n")
}

fn block(finding: &Finding, now: Timestamp) -> String {
    let Finding { line, look, unverified } = finding;
    let mut block = Block::default();
    block.head(finding);
    if let Some(took) = line.lookup {
        block.row("DNS", Some(took.as_secs_f64() * 1e3), "looked up");
    }
    block.look(look, line.target.protocol, now);
    if let Some(failure) = &look.failure {
        block.row("failed", None, &failure.to_string());
        block.row("advice", None, &exit::advice(failure, "probe"));
    }
    if let Some(look) = unverified {
        block.row("again", None, "with the verification off, to see what is behind");
        block.look(look, line.target.protocol, now);
    }
    for warning in look.warnings(line.target.tls.mode, now) {
        block.row("unsafe", None, &warning);
    }
    block.text
}

#[derive(Default)]
struct Block {
    text: String,
}

impl Block {
    fn head(&mut self, finding: &Finding) {
        let Finding { line, look, .. } = finding;
        let address = line.address.or(look.peer.map(|peer| peer.ip()));
        let address = address.map(|address| format!("  {address}")).unwrap_or_default();
        let source = if line.source.is_empty() { String::new() } else { format!("  ({})", line.source) };
        let head = format!("{}{address}{source}", line.name);
        writeln!(self.text, "{}", printable::text(&head)).expect("writing to a String cannot fail");
    }

    /// `name`, milliseconds, and what is to be said; sanitized here.
    fn row(&mut self, name: &str, ms: Option<f64>, words: &str) {
        let ms = ms.map_or_else(String::new, |ms| format!("{ms:.1} ms"));
        let row = format!("  {name:<12}{ms:>11}  {}", printable::text(words));
        writeln!(self.text, "{}", row.trim_end()).expect("writing to a String cannot fail");
    }

    fn look(&mut self, look: &Look, protocol: Protocol, now: Timestamp) {
        let hello = match protocol {
            Protocol::Smtp => "EHLO",
            Protocol::Lmtp => "LHLO",
            Protocol::Pop3 => "CAPA",
        };
        for (stage, ms) in look.timings.stages() {
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
        self.sign_in(look);
    }

    fn tls(&mut self, look: &Look, ms: f64, now: Timestamp) {
        let Some(protection) = &look.protection else { return };
        self.row("TLS", Some(ms), &protection::words(protection));
        if let Some(certificate) = protection.chain.first() {
            self.row("certificate", None, &protection::certificate_words(certificate, now));
            self.row("SHA-256", None, &certificate.fingerprint());
        }
    }

    fn offers(&mut self, name: &str, ms: f64, offers: Option<&Offers>) {
        let lines = offers.map(|offers| offers.lines.join(", ")).unwrap_or_default();
        self.row(name, Some(ms), if lines.is_empty() { "announces nothing" } else { &lines });
    }

    fn sign_in(&mut self, look: &Look) {
        let names = |offers: &Offers| {
            if offers.sign_in.is_empty() { "nothing".to_owned() } else { offers.sign_in.join(", ") }
        };
        let clear = look.clear.as_ref().map(|offers| format!("in clear: {}", names(offers)));
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
            "AB:AB",
            "EHLO in TLS",
            "in clear: LOGIN, CRAM-MD5; inside TLS: PLAIN, SCRAM-SHA-256",
            "unsafe                   offers LOGIN without TLS",
            "note  no SRV",
        ] {
            assert!(text.contains(words), "{words} is missing in\n{text}");
        }
    }

    #[test]
    fn a_certificate_that_is_not_believed_is_told_and_what_is_behind_it_marked() {
        let text = told(finding(sample::refused(), true));
        for words in
            ["REFUSED: it is expired", "with the verification off", "CERTIFICATE NOT VERIFIED", "inside TLS: PLAIN"]
        {
            assert!(text.contains(words), "{words} is missing in\n{text}");
        }
    }

    #[test]
    fn nothing_that_servers_say_moves_the_terminal() {
        let text = told(finding(sample::refused(), true));
        assert!(!text.replace('\n', "").contains(char::is_control), "{text:?}");
    }
}
