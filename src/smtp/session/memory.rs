//! Remembers the secrets of this conversation, in every form a server may quote them in, and finds them in bytes.
//!
//! Wiped when the session goes; never printed.

use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use memchr::memmem;
use zeroize::Zeroizing;

use crate::smtp::{Line, Verb};

/// Shorter ones would put a mask over half of every text.
const SHORTEST: usize = 4;
/// Forms kept; the oldest go first.
const FORMS: usize = 64;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The secrets sent so far.
#[derive(Default)]
pub(super) struct Memory {
    forms: Vec<Zeroizing<Vec<u8>>>,
    /// The next response is the user name of AUTH LOGIN: secret on the wire, but no secret elsewhere.
    name_next: bool,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} forms)", self.forms.len())
    }
}

impl Memory {
    /// Remembers what is secret in a line about to be sent as `verb`.
    pub fn learn(&mut self, line: &Line, verb: Verb) {
        if verb == Verb::Auth {
            let mechanism =
                line.bytes.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty()).nth(1);
            self.name_next = mechanism.is_some_and(|name| name.eq_ignore_ascii_case(b"LOGIN"));
        }
        for secret in &line.secrets {
            let is_name = std::mem::take(&mut self.name_next);
            self.keep(&line.bytes[secret.clone()], is_name);
        }
    }

    fn keep(&mut self, wire: &[u8], is_name: bool) {
        self.add(wire);
        let Ok(clear) = LENIENT.decode(wire).map(Zeroizing::new) else { return };
        if is_name {
            return;
        }
        self.add(&clear);
        for part in secret_parts(&clear) {
            self.add(part);
            self.add(Zeroizing::new(STANDARD.encode(part)).as_bytes());
        }
    }

    fn add(&mut self, form: &[u8]) {
        if form.len() < SHORTEST || self.forms.iter().any(|known| known.as_slice() == form) {
            return;
        }
        if self.forms.len() == FORMS {
            self.forms.remove(0);
        }
        self.forms.push(Zeroizing::new(form.to_vec()));
    }

    /// Where the secrets are in `bytes` at or behind `from`, together with the ranges of `also`: ascending and disjoint.
    pub fn find(&self, bytes: &[u8], from: usize, also: &[Range<usize>]) -> Vec<Range<usize>> {
        let text = &bytes[from.min(bytes.len())..];
        let found = self
            .forms
            .iter()
            .flat_map(|form| memmem::find_iter(text, form.as_slice()).map(move |at| from + at..from + at + form.len()));
        let mut ranges: Vec<Range<usize>> = also.iter().cloned().chain(found).collect();
        ranges.sort_by_key(|range| range.start);
        ranges.dedup_by(|next, before| {
            let overlaps = next.start <= before.end;
            if overlaps {
                before.end = before.end.max(next.end);
            }
            overlaps
        });
        ranges
    }
}

/// The password of PLAIN (behind the last NUL), the token of XOAUTH2 and OAUTHBEARER, or all of it.
fn secret_parts(clear: &[u8]) -> impl Iterator<Item = &[u8]> {
    let password = clear.rsplit(|byte| *byte == 0).next();
    let token = clear.split(|byte| *byte == 1).find_map(|part| part.strip_prefix(b"auth=Bearer "));
    password.into_iter().chain(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(lines: &[(&str, Verb)]) -> Memory {
        let mut memory = Memory::default();
        for (text, verb) in lines {
            let line = Line::typed(*text).unwrap();
            let line = if *verb == Verb::SaslResponse { line.wholly_secret() } else { line };
            memory.learn(&line, *verb);
        }
        memory
    }

    fn hidden(memory: &Memory, text: &str) -> String {
        let masked = crate::wire::secret::masked(text.as_bytes(), &memory.find(text.as_bytes(), 0, &[]));
        String::from_utf8(masked).unwrap()
    }

    #[test]
    fn every_wire_form_of_a_password_is_found() {
        // NUL grace NUL hunter22
        let memory = after(&[("AUTH PLAIN AGdyYWNlAGh1bnRlcjIy", Verb::Auth)]);
        for text in ["AGdyYWNlAGh1bnRlcjIy", "hunter22", "aHVudGVyMjI=", "\0grace\0hunter22"] {
            let shown = hidden(&memory, &format!("no <{text}> here"));
            assert!(shown.starts_with("no <****(") && shown.ends_with("> here"), "{shown}");
        }
        assert_eq!(hidden(&memory, "hello grace"), "hello grace");
        assert!(!format!("{memory:?}").contains("hunter"));
    }

    #[test]
    fn the_user_name_of_login_may_be_quoted_and_its_password_may_not() {
        let exchange = [("Z3JhY2U=", Verb::SaslResponse), ("aHVudGVyMjI=", Verb::SaslResponse)];
        let memory = after(&[&[("AUTH LOGIN", Verb::Auth)], &exchange[..]].concat());
        assert_eq!(hidden(&memory, "<grace@sandbox.test> hunter22"), "<grace@sandbox.test> ****(8 B)");
        let initial = after(&[("auth login Z3JhY2U=", Verb::Auth), exchange[1]]);
        assert_eq!(hidden(&initial, "grace Z3JhY2U= hunter22"), "grace ****(8 B) ****(8 B)");
    }

    #[test]
    fn tokens_are_found_alone() {
        // user=grace ^A auth=Bearer tokentoken ^A ^A
        let memory = after(&[("AUTH XOAUTH2 dXNlcj1ncmFjZQFhdXRoPUJlYXJlciB0b2tlbnRva2VuAQE=", Verb::Auth)]);
        assert_eq!(hidden(&memory, "bad tokentoken!"), "bad ****(10 B)!");
    }

    #[test]
    fn ranges_are_ascending_and_disjoint() {
        let memory = after(&[("abcdef", Verb::SaslResponse), ("cdefgh", Verb::SaslResponse)]);
        assert_eq!(memory.find(b"abcdefgh abcdef", 0, &[0..2]), [0..8, 9..15]);
        assert!(memory.find(b"abcdef", 4, &[]).is_empty());
    }

    #[test]
    fn what_is_too_short_is_not_searched_for() {
        assert_eq!(hidden(&after(&[("abc", Verb::SaslResponse)]), "abc"), "abc");
    }
}
