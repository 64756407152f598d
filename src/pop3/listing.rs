//! The numbers of a maildrop: STAT, scan listings and unique-ids (RFC 1939 5 and 7). All from an untrusted server,
//! all checked: what is no number, negative, or beyond what is believed gives no value.

use std::str::FromStr;

use crate::wire::limits;

/// What STAT said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maildrop {
    /// Number of messages, at most [`crate::wire::limits::MESSAGES`].
    pub messages: u32,
    /// Their octets, as announced.
    pub octets: u64,
}

/// A line of LIST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Message number, from 1.
    pub number: u32,
    /// Its octets, as announced: for display only.
    pub octets: u64,
}

/// A line of UIDL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueId {
    /// Message number, from 1.
    pub number: u32,
    /// Lossy UTF-8, **not sanitized**; of one that is too long, the first [`crate::wire::limits::UIDL`] octets.
    pub id: String,
    /// Whether it is 1 to 70 octets of 0x21 to 0x7E as RFC 1939 7 wants. Others are not to be relied upon.
    pub valid: bool,
}

impl Maildrop {
    /// From the text behind `+OK`; servers may write more behind the two numbers.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut words = words(text);
        let messages = digits(words.next()?).filter(|messages| *messages <= limits::MESSAGES)?;
        Some(Self { messages, octets: digits(words.next()?)? })
    }
}

impl Scan {
    /// From a scan listing; servers may write more behind the size.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let mut words = words(line);
        Some(Self { number: message_number(words.next()?)?, octets: digits(words.next()?)? })
    }
}

impl UniqueId {
    /// From a unique-id listing. Only a bad message number gives `None`; a bad id gives `valid: false`.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let line = line.trim_ascii();
        let (number, id) = match line.iter().position(u8::is_ascii_whitespace) {
            Some(at) => (&line[..at], line[at..].trim_ascii_start()),
            None => (line, &[][..]),
        };
        let valid = (1..=limits::UIDL).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic);
        let kept = &id[..id.len().min(limits::UIDL)];
        Some(Self { number: message_number(number)?, id: String::from_utf8_lossy(kept).into_owned(), valid })
    }
}

/// A message number as it may stand in a listing.
fn message_number(word: &[u8]) -> Option<u32> {
    digits(word).filter(|number| (1..=limits::MESSAGES).contains(number))
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// A number written in digits and nothing else, if it fits.
fn digits<T: FromStr>(word: &[u8]) -> Option<T> {
    let all_digits = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
    all_digits.then_some(word).and_then(|word| std::str::from_utf8(word).ok()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_takes_two_believable_numbers_or_none() {
        assert_eq!(Maildrop::parse(b" 2 320"), Some(Maildrop { messages: 2, octets: 320 }));
        assert_eq!(Maildrop::parse(b"0 0"), Some(Maildrop { messages: 0, octets: 0 }));
        assert_eq!(
            Maildrop::parse(b"1000000 18446744073709551615 more"),
            Some(Maildrop { messages: 1_000_000, octets: u64::MAX })
        );
        for lie in ["", "2", "-1 5", "2 -5", "+2 5", "two 5", "1000001 5", "4294967296 5", "2 18446744073709551616"] {
            assert_eq!(Maildrop::parse(lie.as_bytes()), None, "{lie}");
        }
    }

    #[test]
    fn scan_lines_take_a_message_number_and_a_size() {
        assert_eq!(Scan::parse(b"1 120"), Some(Scan { number: 1, octets: 120 }));
        assert_eq!(Scan::parse(b"  7\t4294967400  (seen)"), Some(Scan { number: 7, octets: 4_294_967_400 }));
        for lie in ["", "1", "0 120", "-1 120", "1 -120", "1000001 9", "1 18446744073709551616", "a b", "1 1k", "1,2"] {
            assert_eq!(Scan::parse(lie.as_bytes()), None, "{lie}");
        }
    }

    #[test]
    fn unique_ids_outside_the_rfc_are_kept_but_not_valid() {
        let longest = "x".repeat(70);
        for (line, id, valid) in [
            ("1 whqtswO00WBw418f9t5JxYwZ".to_owned(), "whqtswO00WBw418f9t5JxYwZ", true),
            (format!("1 {longest}"), longest.as_str(), true),
            (format!("1 {longest}y"), longest.as_str(), false),
            ("1 ../../etc".to_owned(), "../../etc", true),
            ("1".to_owned(), "", false),
            ("1 ".to_owned(), "", false),
            ("1 a b".to_owned(), "a b", false),
            ("1 \u{1b}[2J".to_owned(), "\u{1b}[2J", false),
            ("1 ä".to_owned(), "ä", false),
        ] {
            let expected = UniqueId { number: 1, id: id.to_owned(), valid };
            assert_eq!(UniqueId::parse(line.as_bytes()), Some(expected), "{line:?}");
        }
        for lie in ["", "0 a", "x a", "-1 a", "1000001 a", "99999999999999999999 a"] {
            assert_eq!(UniqueId::parse(lie.as_bytes()), None, "{lie}");
        }
    }
}
