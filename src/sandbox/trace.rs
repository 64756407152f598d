//! The fields that delivery puts on top of a mail (RFC 5321 4.4; Delivered-To as RFC 9228).

use std::fmt::Write;
use std::net::IpAddr;

use memchr::memchr;

use super::smtp::address::is_domain_or_literal;
use super::smtp::parameters::RcptParameters;
use super::store::{Mail, Protocol, Recipient};

/// The trace fields of `mail` for one recipient. When the mail begins with something that is no header field, the
/// empty line that ends the header is added, so that its first line stays part of the text.
pub fn fields(mail: &Mail, recipient: &Recipient, queue_id: &str, date: &str) -> Vec<u8> {
    let mut out = String::with_capacity(320);
    let Recipient { address, given, .. } = recipient;
    let from = if is_name(&mail.helo) { mail.helo.as_str() } else { "unknown" };
    let written = write!(
        out,
        "Return-Path: <{}>\r\nDelivered-To: {address}\r\nReceived: from {from} ([{}])\r\n\
         \tby {} with {} id {queue_id}\r\n\tfor <{given}>; {date}\r\n",
        mail.from,
        Literal(mail.peer),
        domain_of(address),
        keyword(mail.protocol),
    );
    written.expect("writing to a String cannot fail");
    out.push_str(&asked(mail, recipient));
    if lacks_header(mail.body.octets()) {
        out.push_str("\r\n");
    }
    out.into_bytes()
}

/// What was asked for behind MAIL and RCPT; Original-Recipient as RFC 8098 2.3 has it.
fn asked(mail: &Mail, recipient: &Recipient) -> String {
    let RcptParameters { notify, original, .. } = &recipient.parameters;
    let words: Vec<&str> = mail.asked.iter().chain(notify).map(String::as_str).collect();
    let original = original.as_ref().map_or_else(String::new, |original| format!("Original-Recipient: {original}\r\n"));
    if words.is_empty() { original } else { format!("{original}X-Sandbox-Asked: {}\r\n", words.join(" ")) }
}

struct Literal(IpAddr);

impl std::fmt::Display for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            IpAddr::V4(ip) => write!(f, "{ip}"),
            IpAddr::V6(ip) => write!(f, "IPv6:{ip}"),
        }
    }
}

/// The registered word (RFC 3848, RFC 6531 4.3).
fn keyword(protocol: Protocol) -> String {
    let with = |word: &str, tls, signed_in| {
        let (tls, signed_in) = (if tls { "S" } else { "" }, if signed_in { "A" } else { "" });
        format!("{word}{tls}{signed_in}")
    };
    match protocol {
        Protocol::Smtp => "SMTP".to_owned(),
        Protocol::Esmtp { tls, signed_in } => with("ESMTP", tls, signed_in),
        Protocol::Utf8Smtp { tls, signed_in } => with("UTF8SMTP", tls, signed_in),
    }
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
}

/// What may stand after `from` in a Received field: a domain or an address literal in ASCII.
fn is_name(helo: &str) -> bool {
    helo.is_ascii() && is_domain_or_literal(helo)
}

/// Whether the first line is neither a header field nor the empty line before a body.
fn lacks_header(body: &[u8]) -> bool {
    if body.starts_with(b"\r\n") {
        return false;
    }
    let line = &body[..memchr(b'\n', body).unwrap_or(body.len())];
    let name = memchr(b':', line).map(|colon| line[..colon].trim_ascii_end());
    !name.is_some_and(|name| !name.is_empty() && name.iter().all(u8::is_ascii_graphic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::store::Body;

    fn trace(helo: &str, from: &str, body: &str) -> String {
        let mail = Mail {
            from: from.to_owned(),
            to: Vec::new(),
            helo: helo.to_owned(),
            peer: IpAddr::from([127, 0, 0, 1]),
            protocol: Protocol::ESMTP,
            body: Body::new(body.as_bytes().to_vec(), false),
            asked: Vec::new(),
            envid: None,
            hold_until: None,
        };
        let recipient = Recipient::new(0, "bob@sandbox.test".to_owned(), "Bob@localhost".to_owned());
        String::from_utf8(fields(&mail, &recipient, "7F3A000001", "Sun, 22 Nov 2026 11:42:07 +0000")).unwrap()
    }

    #[test]
    fn three_fields_say_who_to_whom_and_how() {
        assert_eq!(
            trace("lab.test", "ada@sandbox.test", "Subject: x\r\n"),
            "Return-Path: <ada@sandbox.test>\r\n\
             Delivered-To: bob@sandbox.test\r\n\
             Received: from lab.test ([127.0.0.1])\r\n\
             \tby sandbox.test with ESMTP id 7F3A000001\r\n\
             \tfor <Bob@localhost>; Sun, 22 Nov 2026 11:42:07 +0000\r\n"
        );
        assert!(trace("lab.test", "", "\r\n").starts_with("Return-Path: <>\r\n"));
    }

    #[test]
    fn the_word_for_the_protocol_tells_tls_and_sign_in() {
        assert_eq!(keyword(Protocol::Smtp), "SMTP");
        for (tls, signed_in, tail) in [(false, false, ""), (true, false, "S"), (false, true, "A"), (true, true, "SA")] {
            assert_eq!(keyword(Protocol::Esmtp { tls, signed_in }), format!("ESMTP{tail}"));
            assert_eq!(keyword(Protocol::Utf8Smtp { tls, signed_in }), format!("UTF8SMTP{tail}"));
        }
    }

    #[test]
    fn a_made_up_helo_cannot_write_a_header() {
        for helo in ["a b", "x;y", "(", "h\u{e9}lo", ""] {
            assert!(trace(helo, "", "\r\n").contains("from unknown ("), "{helo}");
        }
        assert!(trace("[127.0.0.1]", "", "\r\n").contains("from [127.0.0.1] ("));
    }

    #[test]
    fn a_mail_without_header_keeps_its_first_line_as_text() {
        for (body, added) in [
            ("Subject: x\r\n\r\nHello\r\n", false),
            ("X-Odd :y\r\n", false),
            ("\r\nHello\r\n", false),
            ("Hello\r\n", true),
            ("Dear Bob: hello\r\n", true),
            (": x\r\n", true),
            ("", true),
        ] {
            assert_eq!(trace("a", "", body).ends_with("\r\n\r\n"), added, "{body:?}");
        }
    }
}
