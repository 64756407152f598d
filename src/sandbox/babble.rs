//! Replies made hard to read on purpose: late, of many lines, with octets that are no text or control characters.
//!
//! Intermediate replies (3yz, `+ `) stay as they are: a challenge must stay base64, and a go-ahead one line.

use std::time::Duration;

use super::Site;
use super::fault::Fault;

/// How long a slow greeting takes.
pub const SLOW: Duration = Duration::from_secs(3);
/// Lines of a reply in a flood.
const LINES: usize = 200;
/// Capabilities of POP3 in a flood; many clients stop at some number.
pub const WORDS: usize = 180;
/// No UTF-8, and none of the control characters of terminals in it.
const NOISE: &[u8] = b" \xe4\xf6\xfc\xff\xfe \xa4\xd0";
/// What a terminal would obey: colour, a cleared screen, a title, a bell, backspaces, and a NUL.
const CONTROLS: &[u8] = b" \x1b[31m\x1b[2J\x1b]0;sandbox\x07\x08\x08\x00\x7f";

/// One reply of SMTP without its last CRLF, as it goes out.
pub fn smtp(site: &Site, reply: &str) -> Vec<u8> {
    let mut said = reply.to_owned();
    if !reply.starts_with('3') {
        if site.has(Fault::Flood) {
            said = flooded(reply);
        }
        return with_tail(site, said.into_bytes());
    }
    said.into_bytes()
}

/// One status line of POP3 without its CRLF, as it goes out.
pub fn pop3(site: &Site, line: &str) -> Vec<u8> {
    with_tail(site, line.as_bytes().to_vec())
}

/// More lines before the last one, or behind a single one.
fn flooded(reply: &str) -> String {
    let code = reply.get(..3).unwrap_or("250");
    let lines: Vec<&str> = reply.lines().collect();
    let more = |number| format!("{code}-LINE {number}, which says nothing");
    let flood = (lines.len()..LINES).map(more);
    match lines.split_last() {
        Some((last, before)) if !before.is_empty() => {
            let before = before.iter().map(|line| (*line).to_owned());
            before.chain(flood).chain([(*last).to_owned()]).collect::<Vec<_>>().join("\r\n")
        }
        _ => {
            let first = format!("{code}-{}", reply.get(4..).unwrap_or_default());
            let mut all: Vec<String> = [first].into_iter().chain(flood.skip(1)).collect();
            all.push(format!("{code} LINE {LINES}, which says nothing"));
            all.join("\r\n")
        }
    }
}

fn with_tail(site: &Site, mut said: Vec<u8>) -> Vec<u8> {
    for (fault, tail) in [(Fault::Noise, NOISE), (Fault::Controls, CONTROLS)] {
        if site.has(fault) {
            said.extend_from_slice(tail);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Options;

    fn site(faults: &[Fault]) -> Site {
        Site::new(&Options { samples: false, faults: faults.to_vec(), ..Options::default() }).unwrap()
    }

    #[test]
    fn a_flood_has_so_many_lines_of_one_reply_and_keeps_what_was_said() {
        for (reply, first, last) in [
            ("250 2.1.0 sender ok", "250-2.1.0 sender ok", "250 LINE 200, which says nothing"),
            ("250-sandbox.test\r\n250-SIZE 9\r\n250 HELP", "250-sandbox.test", "250 HELP"),
        ] {
            let said = String::from_utf8(smtp(&site(&[Fault::Flood]), reply)).unwrap();
            let lines: Vec<&str> = said.split("\r\n").collect();
            assert_eq!((lines.len(), lines[0], lines[LINES - 1]), (LINES, first, last));
            assert!(lines[..LINES - 1].iter().all(|line| line.starts_with("250-")), "{said}");
        }
    }

    #[test]
    fn a_tail_adds_no_line_and_intermediate_replies_have_none() {
        let all = site(&[Fault::Flood, Fault::Noise, Fault::Controls]);
        assert_eq!(smtp(&all, "334 VXNlcm5hbWU6"), b"334 VXNlcm5hbWU6");
        let said = pop3(&all, "+OK");
        assert!(std::str::from_utf8(&said).is_err() && said.contains(&0x1b) && !said.contains(&b'\n'));
        assert_eq!(pop3(&site(&[]), "+OK"), b"+OK");
        assert_eq!(smtp(&site(&[]), "250 ok"), b"250 ok");
    }
}
