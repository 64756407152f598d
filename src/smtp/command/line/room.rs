//! How long a command line may be: each extension makes room for its own parameters (RFC 5321 4.1.1.11).

use super::Verb;
use crate::wire::limits::COMMAND_LINE;

/// The parameters of MAIL and RCPT, and the octets that each adds at most, its space included.
const ROOM: [(&str, usize); 13] = [
    // RFC 1870 3
    ("SIZE", 26),
    // RFC 6152 2; `BINARYMIME` of RFC 3030 is shorter than what 8BITMIME gives.
    ("BODY", 17),
    // RFC 6531 3.1
    ("SMTPUTF8", 10),
    // RFC 4954 3
    ("AUTH", 500),
    // RFC 3461 4: the words, an envelope id of 100 octets and an original recipient of 500.
    ("RET", 9),
    ("ENVID", 107),
    ("NOTIFY", 29),
    ("ORCPT", 507),
    // RFC 2852 2
    ("BY", 17),
    // RFC 4865 3
    ("HOLDFOR", 34),
    ("HOLDUNTIL", 34),
    // RFC 8689 2
    ("REQUIRETLS", 11),
    // RFC 6710 3
    ("MT-PRIORITY", 15),
];

/// Most octets of `line`, CRLF included.
pub(super) fn limit(verb: Verb, line: &[u8]) -> usize {
    match verb {
        Verb::Mail | Verb::Rcpt => COMMAND_LINE + line.split(|byte| *byte == b' ').skip(2).map(room).sum::<usize>(),
        _ => COMMAND_LINE,
    }
}

/// What a parameter takes of its own room.
fn room(parameter: &[u8]) -> usize {
    let name = parameter.split(|byte| *byte == b'=').next().unwrap_or_default();
    let known = ROOM.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
    known.map_or(0, |(_, most)| (parameter.len() + 1).min(*most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_parameter_brings_its_room_and_no_more_than_that() {
        let orcpt = |octets: usize| format!("RCPT TO:<a@b> ORCPT={}", "x".repeat(octets));
        for (verb, line, more) in [
            (Verb::Mail, "MAIL FROM:<a@b>".to_owned(), 0),
            (Verb::Mail, "MAIL FROM:<a@b> SIZE=9 smtputf8".to_owned(), 7 + 9),
            (Verb::Mail, "MAIL FROM:<a@b> X-ODD=9".to_owned(), 0),
            (Verb::Rcpt, orcpt(100), 107),
            (Verb::Rcpt, orcpt(5_000), 507),
            (Verb::Noop, "NOOP x SIZE=9".to_owned(), 0),
        ] {
            assert_eq!(limit(verb, line.as_bytes()), COMMAND_LINE + more, "{line}");
        }
    }
}
