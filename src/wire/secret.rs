//! Secrets: a string that wipes itself and shows nothing, and the mask put over wire bytes before they are kept.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

/// A password or token. It has no readable `Debug`, is wiped when dropped, and is never equal to anything by `==`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller's own copy is the caller's to wipe.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The clear text, for the one place that writes it to the wire.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(****)")
    }
}

/// `bytes` with each range of `secrets` replaced by `****(n B)`.
///
/// Ranges are ascending and disjoint; parts outside of `bytes` are ignored.
pub fn masked(bytes: &[u8], secrets: &[Range<usize>]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for secret in secrets {
        let start = secret.start.clamp(from, bytes.len());
        let end = secret.end.clamp(start, bytes.len());
        shown.extend_from_slice(&bytes[from..start]);
        if end > start {
            shown.extend_from_slice(format!("****({} B)", end - start).as_bytes());
        }
        from = end;
    }
    shown.extend_from_slice(&bytes[from..]);
    shown
}

/// Whether a mask that [`masked`] puts stands in `line`.
pub fn is_masked(line: &[u8]) -> bool {
    memchr::memmem::find_iter(line, b"****(").any(|at| {
        let rest = &line[at + 5..];
        let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
        digits > 0 && rest[digits..].starts_with(b" B)")
    })
}

/// Where the secret begins in a command line that a person wrote, whatever the protocol: behind PASS, behind the
/// mechanism of AUTH and the name of APOP, misspelt ones too, and in base64 that is no command at all. For a line whose
/// verb is another one that is known this must not be asked.
pub fn typed(line: &[u8]) -> Option<usize> {
    let words = words(line);
    let first = words.first()?.clone();
    let behind = |words_shown: usize| words.get(words_shown).map(|word| word.start);
    let word = &line[first.clone()];
    match meant(word) {
        Meant::Shown(_) | Meant::Other if words.len() == 1 && is_response(word) => Some(first.start),
        Meant::Shown(2) if words.get(1).is_some_and(|word| !is_mechanism(&line[word.clone()])) => behind(1),
        Meant::Shown(shown) => behind(shown),
        Meant::Glued(octets) => Some(first.start + octets),
        // As in a line copied from somewhere: `C: PASS x`.
        Meant::Other => words.iter().enumerate().skip(1).find_map(|(index, word)| {
            let shown = match &line[word.clone()].to_ascii_uppercase()[..] {
                b"PASS" => 1,
                b"AUTH" | b"APOP" => 2,
                _ => return None,
            };
            behind(index + shown)
        }),
    }
}

/// What the first word of a line says of the secret in it.
enum Meant {
    /// It stands behind so many words.
    Shown(usize),
    /// It begins in the word itself, behind so many octets.
    Glued(usize),
    /// There is none, as far as this word goes.
    Other,
}

fn meant(word: &[u8]) -> Meant {
    let word = word.to_ascii_uppercase();
    let bare = word.trim_ascii_end();
    let bare = bare.strip_suffix(b":").or_else(|| bare.strip_suffix(b"=")).unwrap_or(bare);
    let begins = |verb: &[u8]| word.get(..4).is_some_and(|start| is_slip_of(start, verb));
    match bare {
        b"PASSWORD" | b"PASSWD" | b"PASSPHRASE" => Meant::Shown(1),
        b"LOGIN" | b"LOGON" => Meant::Shown(2),
        bare if is_slip_of(bare, b"PASS") || bare.starts_with(b"PASS") && bare[4..].iter().all(|it| *it == b'S') => {
            Meant::Shown(1)
        }
        bare if is_slip_of(bare, b"AUTH") || is_slip_of(bare, b"APOP") => Meant::Shown(2),
        _ if begins(b"PASS") => Meant::Glued(4),
        _ if word.starts_with(b"PAS") => Meant::Glued(3),
        // The mechanism is glued to it.
        _ if begins(b"AUTH") => Meant::Shown(1),
        _ => Meant::Other,
    }
}

/// Whether a word is `verb` or one slip from it.
fn is_slip_of(word: &[u8], verb: &[u8]) -> bool {
    super::slips(word, verb) <= 1
}

/// Whether it can be the name of a mechanism (RFC 4422 3.1), in one letter case; base64 seldom is.
fn is_mechanism(word: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    word.len() <= 20 && word.iter().all(fits) && !is_mixed(word)
}

/// Letters of both cases, other than one great letter at the beginning.
fn is_mixed(word: &[u8]) -> bool {
    let rest = word.get(1..).unwrap_or_default();
    rest.iter().any(u8::is_ascii_uppercase) && word.iter().any(u8::is_ascii_lowercase)
}

/// Whether it looks like a response of a sign-in that came too late: base64, whole or not, and no word that a person
/// writes.
fn is_response(word: &[u8]) -> bool {
    let end = word.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let (text, padding) = word.split_at(end);
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    word.len() >= 8 && padding.len() <= 2 && text.iter().all(fits) && (!padding.is_empty() || is_mixed(text))
}

/// Where the words of a line stand, which are parted by blanks and tabs.
fn words(line: &[u8]) -> Vec<Range<usize>> {
    let (mut words, mut start) = (Vec::new(), None);
    for (at, byte) in line.iter().enumerate() {
        match (byte.is_ascii_whitespace(), start) {
            (true, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    words.extend(start.map(|from| from..line.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_behind_a_misspelt_pass_or_auth_is_secret() {
        for (line, open) in [
            ("PASS hunter2", "PASS "),
            ("PSAS hunter2", "PSAS "),
            ("\tpas  hunter2 x", "\tpas  "),
            ("ASS hunter2", "ASS "),
            ("PATS hunter2", "PATS "),
            ("passs hunter2", "passs "),
            ("PASSWORD hunter2", "PASSWORD "),
            ("PASS: hunter2", "PASS: "),
            ("PASS:hunter2", "PASS"),
            ("PASShunter2", "PASS"),
            ("PSAShunter2", "PSAS"),
            ("AUHT PLAIN AGFkYQ==", "AUHT PLAIN "),
            ("AUTH PLIAN AGFkYQ==", "AUTH PLIAN "),
            ("auth plain AGFkYQ==", "auth plain "),
            ("AUTHPLAIN AGFkYQ==", "AUTHPLAIN "),
            ("AUTH=PLAIN AGFkYQ==", "AUTH=PLAIN "),
            ("AUTH AGFkYQBodW50ZXIy", "AUTH "),
            ("AOPP ada c4c9334bac560ecc", "AOPP ada "),
            ("LOGIN ada hunter2", "LOGIN ada "),
            ("C: PASS hunter2", "C: PASS "),
            ("-> AUTH PLAIN AGFkYQ==", "-> AUTH PLAIN "),
            ("aHVudGVyMg==", ""),
            ("AGFkYQBodW50ZXIy", ""),
            ("aHVudGVyMg", ""),
        ] {
            assert_eq!(typed(line.as_bytes()).map(|at| &line[..at]), Some(open), "{line}");
        }
    }

    #[test]
    fn innocent_lines_are_left_alone() {
        for line in [
            "",
            " ",
            "PASS",
            "PASS ",
            "PASSWORD",
            "AUTH",
            "AUTH PLAIN",
            "AUTH LOGIN ",
            "Auth Login",
            "LOGIN ada",
            "hello lab.test",
            "ehlo: lab.test",
            "LAST 1",
            "STAST 1",
            "XTND XLST",
            "MIAL FROM:<ada@example.org>",
            "RCTP TO:<PASS@x>",
            "XYZZY 1",
            "POP3 x y",
            "QUTI",
            "Hello",
            "starttls",
            "STARTTLS",
            "UIDLS 1",
            ".",
            "\u{1b}[2J",
            "GET / HTTP/1.1",
            "DATE now then",
        ] {
            assert_eq!(typed(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_secret_prints_nothing_of_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(****)");
    }

    #[test]
    fn masks_are_put_over_the_ranges_only() {
        assert_eq!(masked(b"PASS hunter2\r\n", &[5..12]), b"PASS ****(7 B)\r\n");
        assert_eq!(masked(b"abc", &[]), b"abc");
        assert!(is_masked(&masked(b"PASS hunter2", &[5..12])));
        for line in [&b"PASS ****"[..], b"NOOP ****(B)", b"NOOP ****(7)", b""] {
            assert!(!is_masked(line), "{}", line.escape_ascii());
        }
        assert_eq!(masked(b"abc", &[0..1, 2..9]), b"****(1 B)b****(1 B)");
    }
}
