//! The first line (RFC 1939 4 and 7), and services that answer on a POP3 port without being one.

use std::time::Instant;

use super::{Farewell, Parting, Session};
use crate::pop3::{Notice, Response, State, Status, Violation};
use crate::wire::framing::without_line_end;

impl Session {
    /// A TLS record has no line end to wait for. Decided by three octets, none of which can end a line.
    pub(super) fn tls_record_came(&self) -> bool {
        matches!(self.input.pending(), [0x14..=0x17, 3, 0..=4, ..])
    }

    /// Takes the first line of the conversation.
    pub(super) fn greet(&mut self, line: Vec<u8>, now: Instant) {
        let Some(response) = Response::parse(&line).filter(|response| response.status != Status::Continue) else {
            let violation = match foreign_service(&line) {
                Some(service) => Violation::WrongService(service),
                None => Violation::NotAResponse(self.shown(&line)),
            };
            self.stray(line);
            return self.part(Parting::Broken(violation));
        };
        let greeted = response.is_ok();
        let stamp = apop_stamp(without_line_end(&line)).filter(|_| greeted);
        self.received_response(&line, true);
        self.stamp.clone_from(&stamp);
        self.notify(Notice::Greeting { response, stamp });
        if greeted {
            self.set_state(State::Authorization);
        } else {
            // The server closes now; if it does not, we do.
            self.farewell = Farewell::Refused;
            self.drop_queue("the server refused the conversation");
        }
        self.rearm(now);
    }
}

/// The name of the service that greets like this.
fn foreign_service(line: &[u8]) -> Option<&'static str> {
    let line = without_line_end(line);
    if line.starts_with(b"HTTP/") {
        return Some("HTTP");
    }
    if line.starts_with(b"SSH-") {
        return Some("SSH");
    }
    if [&b"* OK"[..], b"* BYE", b"* PREAUTH"].iter().any(|greeting| line.starts_with(greeting)) {
        return Some("IMAP");
    }
    match line {
        [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9'] | [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9', b' ' | b'-', ..] => {
            Some(service_of_three_digits(line))
        }
        _ => None,
    }
}

fn service_of_three_digits(line: &[u8]) -> &'static str {
    let says = |word: &[u8]| line.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    if says(b"SMTP") {
        "SMTP"
    } else if says(b"FTP") {
        "FTP"
    } else if line.starts_with(b"20") {
        "NNTP"
    } else {
        "SMTP or FTP"
    }
}

/// The first well-formed message-id of a greeting: ASCII without blanks, one `@` with something on either side.
/// Anything looser opens APOP to an attack on the password (CVE-2007-1558).
fn apop_stamp(greeting: &[u8]) -> Option<String> {
    greeting.split(|byte| *byte == b'<').skip(1).find_map(|part| {
        let inside = &part[..memchr::memchr(b'>', part)?];
        let at = memchr::memchr(b'@', inside)?;
        let (left, right) = (&inside[..at], &inside[at + 1..]);
        let good = |side: &[u8]| !side.is_empty() && side.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'@');
        (good(left) && good(right)).then(|| format!("<{}>", String::from_utf8_lossy(inside)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_services_are_known_by_their_greeting() {
        for (line, service) in [
            ("220 mail.example ESMTP ready", Some("SMTP")),
            ("220-mail.example", Some("SMTP or FTP")),
            ("220", Some("SMTP or FTP")),
            ("554 no SMTP service here", Some("SMTP")),
            ("220 ProFTPD", Some("FTP")),
            ("200 news ready", Some("NNTP")),
            ("HTTP/1.1 400 Bad Request", Some("HTTP")),
            ("SSH-2.0-OpenSSH_9.2p1", Some("SSH")),
            ("* OK [CAPABILITY IMAP4rev1] ready", Some("IMAP")),
            ("* PREAUTH hi", Some("IMAP")),
            ("hello", None),
            ("2200 x", None),
            ("", None),
        ] {
            assert_eq!(foreign_service(line.as_bytes()), service, "{line}");
        }
    }

    #[test]
    fn only_a_well_formed_stamp_is_taken() {
        for (greeting, stamp) in [
            ("+OK POP3 <1896.697170952@dbc.mtview.ca.us>", Some("<1896.697170952@dbc.mtview.ca.us>")),
            ("+OK <x> then <a@b> ready", Some("<a@b>")),
            ("+OK <<a@b>", Some("<a@b>")),
            ("+OK <a@b", None),
            ("+OK <@b>", None),
            ("+OK <a@>", None),
            ("+OK <a@b@c>", None),
            ("+OK <a b@c>", None),
            ("+OK <a\u{7f}@b>", None),
            ("+OK <ä@b>", None),
            ("+OK ready", None),
        ] {
            assert_eq!(apop_stamp(greeting.as_bytes()).as_deref(), stamp, "{greeting}");
        }
        let many = format!("+OK {}", "<a@".repeat(2_500));
        assert_eq!(apop_stamp(many.as_bytes()), None);
    }
}
