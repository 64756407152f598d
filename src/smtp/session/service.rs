//! Tells who else may be behind the port, from the first octets of what should be a greeting.

/// Its name, once the octets that have come leave no doubt.
pub(super) fn recognised(greeting: &[u8]) -> Option<&'static str> {
    const SIGNS: [(&[u8], &str); 8] = [
        (b"HTTP/", "HTTP"),
        (b"SSH-", "SSH"),
        (b"+OK", "POP3"),
        (b"-ERR", "POP3"),
        (b"* OK", "IMAP"),
        (b"* BYE", "IMAP"),
        // Record types alert and handshake, version 3.x (RFC 8446 5.1).
        (b"\x15\x03", "TLS"),
        (b"\x16\x03", "TLS"),
    ];
    SIGNS.iter().find(|(sign, _)| greeting.starts_with(sign)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_services_are_known_by_their_first_octets() {
        for (greeting, name) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], Some("HTTP")),
            (b"SSH-2.0-OpenSSH_9.2\r\n", Some("SSH")),
            (b"+OK ready\r\n", Some("POP3")),
            (b"-ERR busy\r\n", Some("POP3")),
            (b"* OK [CAPABILITY IMAP4rev1]\r\n", Some("IMAP")),
            (b"\x15\x03\x01\x00\x02\x02\x46", Some("TLS")),
            (b"220 hi\r\n", None),
            (b"HTT", None),
            (b"\x15", None),
            (b"", None),
        ] {
            assert_eq!(recognised(greeting), name, "{}", greeting.escape_ascii());
        }
    }
}
