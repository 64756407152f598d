//! Secrets that went out, kept to find them again when the server quotes them: as they are, as they were sent, and in
//! the base64 forms that SASL gives them (RFC 4616, RFC 2195, RFC 7628).
//!
//! They are wiped when dropped or pushed out, and never shown. What is done with a place where one stands is not decided
//! here.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD_NO_PAD};
use memchr::memmem;
use zeroize::Zeroizing;

/// Shorter ones are not looked for: they stand in half of all words, so a mask over each would hide the text and, by its
/// places, tell the secret. Three letters are a password still.
const SHORTEST: usize = 3;
/// Most forms kept; the oldest go first. One sign-in makes at most a dozen.
const FORMS: usize = 64;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The secrets of one conversation.
#[derive(Default)]
pub struct Vault {
    forms: VecDeque<Zeroizing<Vec<u8>>>,
    names: Names,
}

/// Which of the responses to come say nothing but who somebody is. These are secret as sent, like all of an exchange,
/// but the name in them is none elsewhere.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Names {
    #[default]
    No,
    /// The next one (LOGIN).
    Next,
    /// All of them (EXTERNAL, ANONYMOUS).
    All,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} forms)", self.forms.len())
    }
}

impl Vault {
    /// An exchange of `mechanism` begins: what follows by [`Self::remember_response`] is its messages.
    pub fn begin(&mut self, mechanism: &[u8]) {
        let is = |name: &str| mechanism.eq_ignore_ascii_case(name.as_bytes());
        self.names = match () {
            () if is("LOGIN") => Names::Next,
            () if is("EXTERNAL") || is("ANONYMOUS") => Names::All,
            () => Names::No,
        };
    }

    /// Remembers a password or token in clear, in base64, and in the message that PLAIN would make of it for `user`.
    pub fn remember(&mut self, user: &[u8], secret: &[u8]) {
        let bare = secret.trim_ascii();
        for form in [secret, bare] {
            self.keep(form);
            self.keep_base64(&[form]);
        }
        if bare.len() >= SHORTEST {
            for authorized in [&[][..], user] {
                self.keep_base64(&[authorized, b"\0", user, b"\0", bare]);
            }
        }
    }

    /// Remembers a response of an exchange: the base64 as sent, what it says, and what is secret in that: a password
    /// behind the last NUL, a bearer token, the digest of CRAM-MD5, or else all of it.
    pub fn remember_response(&mut self, sent: &[u8]) {
        let sent = sent.trim_ascii();
        let unpadded = sent.iter().rposition(|byte| *byte != b'=').map_or(&[][..], |last| &sent[..=last]);
        self.keep(unpadded);
        if unpadded.len() >= SHORTEST {
            self.keep(sent);
        }
        let is_name = self.names != Names::No;
        if self.names == Names::Next {
            self.names = Names::No;
        }
        let Ok(said) = LENIENT.decode(sent).map(Zeroizing::new) else { return };
        if !is_name {
            self.keep(&said);
            self.remember_said(&said);
        }
    }

    fn remember_said(&mut self, said: &[u8]) {
        let last = said.split(|byte| matches!(byte, 0 | 1)).rfind(|part| !part.is_empty()).unwrap_or_default();
        self.remember(b"", last);
        let token = said.split(|byte| *byte == 1).find_map(|part| part.strip_prefix(b"auth=Bearer "));
        let digest = last.rsplit(|byte| *byte == b' ').next().filter(|word| is_digest(word));
        for part in token.into_iter().chain(digest) {
            self.remember(b"", part);
        }
    }

    fn keep_base64(&mut self, parts: &[&[u8]]) {
        let clear = Zeroizing::new(parts.concat());
        // Without padding, so that it is found with and without; base64 of nearly nothing is too common a word.
        if clear.len() >= SHORTEST {
            self.keep(Zeroizing::new(STANDARD_NO_PAD.encode(clear.as_slice())).as_bytes());
        }
    }

    fn keep(&mut self, form: &[u8]) {
        if form.len() < SHORTEST || self.forms.iter().any(|known| known.as_slice() == form) {
            return;
        }
        if self.forms.len() == FORMS {
            self.forms.pop_front();
        }
        self.forms.push_back(Zeroizing::new(form.to_vec()));
    }

    /// Where secrets stand in `bytes` at or behind `from`, together with the ranges of `also`: ascending and disjoint.
    pub fn find(&self, bytes: &[u8], from: usize, also: &[Range<usize>]) -> Vec<Range<usize>> {
        let text = bytes.get(from..).unwrap_or_default();
        // Most lines hold none, and one search is cheaper than the set-up of many.
        let found =
            self.forms.iter().filter(|form| memmem::find(text, form.as_slice()).is_some()).flat_map(|form| {
                memmem::find_iter(text, form.as_slice()).map(move |at| from + at..from + at + form.len())
            });
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

    /// `text` with a mask over each secret that stands in it.
    pub fn hide(&self, text: &str) -> String {
        let found = self.find(text.as_bytes(), 0, &[]);
        String::from_utf8_lossy(&super::secret::masked(text.as_bytes(), &found)).into_owned()
    }
}

/// 128 bits in hexadecimal (RFC 2195 2).
fn is_digest(word: &[u8]) -> bool {
    word.len() == 32 && word.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn exchange(mechanism: &str, responses: &[&str]) -> Vault {
        let mut vault = Vault::default();
        vault.begin(mechanism.as_bytes());
        for response in responses {
            vault.remember_response(response.as_bytes());
        }
        vault
    }

    #[test]
    fn a_clear_secret_is_found_in_each_of_its_forms() {
        let mut vault = Vault::default();
        vault.remember(b"ada", b"hunter2 ");
        for (said, expected) in [
            ("wrong: hunter2!", "wrong: ****(7 B)!"),
            ("hunter2hunter2", "****(14 B)"),
            ("aHVudGVyMg==", "****(10 B)=="),
            ("AGFkYQBodW50ZXIy", "****(16 B)"),
            ("YWRhAGFkYQBodW50ZXIy", "****(20 B)"),
            ("user ada", "user ada"),
        ] {
            assert_eq!(vault.hide(said), expected);
        }
        assert!(!format!("{vault:?}").contains("hunter"));
    }

    #[test]
    fn a_response_is_found_as_sent_decoded_and_by_its_password() {
        // NUL grace NUL hunter22
        let vault = exchange("PLAIN", &["AGdyYWNlAGh1bnRlcjIy"]);
        for text in ["AGdyYWNlAGh1bnRlcjIy", "hunter22", "aHVudGVyMjI=", "\0grace\0hunter22"] {
            let shown = vault.hide(&format!("no <{text}> here"));
            assert!(shown.starts_with("no <****(") && shown.ends_with("> here"), "{shown}");
        }
        assert_eq!(vault.hide("hello grace"), "hello grace");
    }

    #[test]
    fn padding_as_sent_is_hidden_and_its_absence_hides_nothing_less() {
        let vault = exchange("X", &["aHVudGVyMjI="]);
        assert_eq!(vault.hide("<aHVudGVyMjI=> <aHVudGVyMjI>"), "<****(12 B)> <****(11 B)>");
    }

    #[test]
    fn names_may_be_quoted_and_what_follows_them_may_not() {
        let login = exchange("login", &["Z3JhY2U=", "aHVudGVyMjI="]);
        assert_eq!(login.hide("<grace@sandbox.test> Z3JhY2U= hunter22"), "<grace@sandbox.test> ****(8 B) ****(8 B)");
        for mechanism in ["EXTERNAL", "anonymous"] {
            assert_eq!(exchange(mechanism, &["Z3JhY2U="]).hide("grace Z3JhY2U="), "grace ****(8 B)");
        }
    }

    #[test]
    fn tokens_and_digests_are_found_alone() {
        for said in
            ["user=ada\x01auth=Bearer tok3n\x01\x01", "n,a=ada,\x01host=h\x01auth=Bearer tok3n\x01port=1\x01\x01"]
        {
            let vault = exchange("XOAUTH2", &[&STANDARD.encode(said)]);
            assert_eq!(vault.hide("bad tok3n, bad dG9rM24="), "bad ****(5 B), bad ****(7 B)=", "{said:?}");
        }
        let digest = "b913a602c7eda7a495b4e6e7334d3890";
        let vault = exchange("CRAM-MD5", &[&STANDARD.encode(format!("tim {digest}"))]);
        assert_eq!(vault.hide(&format!("{digest} of tim")), "****(32 B) of tim");
    }

    #[test]
    fn ranges_are_ascending_and_disjoint_and_begin_where_told() {
        let mut vault = Vault::default();
        vault.remember(b"", b"abcdef");
        vault.remember(b"", b"cdefgh");
        assert_eq!(vault.find(b"abcdefgh abcdef", 0, &[0..2]), [0..8, 9..15]);
        assert!(vault.find(b"abcdef", 4, &[]).is_empty() && vault.find(b"abcdef", 9, &[]).is_empty());
    }

    #[test]
    fn nearly_empty_secrets_do_not_black_out_the_text() {
        let mut vault = exchange("PLAIN", &["=", ""]);
        vault.remember(b"ada", b"a");
        vault.remember(b"", b"ab");
        vault.remember(b"ada", b"");
        assert_eq!(vault.hide("a ab = a YQ== AGFkYQ"), "a ab = a YQ== AGFkYQ");
        vault.remember(b"", b"abc");
        assert_eq!(vault.hide("abc"), "****(3 B)");
    }

    #[test]
    fn what_is_kept_does_not_grow() {
        let mut vault = Vault::default();
        for number in 0..1_000 {
            vault.remember(b"ada", format!("secret{number}").as_bytes());
        }
        assert_eq!(vault.forms.len(), FORMS);
        assert_eq!(vault.hide("secret999"), "****(9 B)");
    }
}
