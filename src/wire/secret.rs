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

#[cfg(test)]
mod tests {
    use super::*;

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
