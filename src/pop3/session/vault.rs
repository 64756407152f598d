//! Secrets that went out, kept to find them again when the server quotes them: as they were, and in the base64 forms
//! that SASL gives them (RFC 4616, RFC 7628). They are wiped when dropped and never shown.

use std::collections::VecDeque;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use memchr::memmem;
use zeroize::Zeroizing;

use crate::pop3::{Line, Verb};

/// Shorter ones are not looked for: they would black out ordinary words and be no secret by that.
const SHORTEST: usize = 3;
/// Most forms kept; the oldest go first. One log-in makes at most a handful.
const FORMS: usize = 64;

#[derive(Default)]
pub(super) struct Vault {
    user: Vec<u8>,
    forms: VecDeque<Zeroizing<Vec<u8>>>,
}

impl Vault {
    /// Remembers what is secret in a line that goes out.
    pub(super) fn remember(&mut self, line: &Line) {
        if line.verb == Verb::User {
            self.user = line.bytes.trim_ascii().get(4..).unwrap_or_default().trim_ascii().to_vec();
        }
        for secret in &line.secrets {
            let secret = &line.bytes[secret.clone()];
            match line.verb {
                Verb::Auth | Verb::SaslResponse => self.remember_encoded(secret),
                _ => self.remember_password(secret),
            }
        }
    }

    /// Where secrets stand in `bytes`: ascending, disjoint.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for form in &self.forms {
            found.extend(memmem::find_iter(bytes, form.as_slice()).map(|at| at..at + form.len()));
        }
        found.sort_by_key(|range| range.start);
        found.dedup_by(|next, range| {
            let overlaps = next.start <= range.end;
            if overlaps {
                range.end = range.end.max(next.end);
            }
            overlaps
        });
        found
    }

    fn remember_password(&mut self, password: &[u8]) {
        let bare = password.trim_ascii();
        for form in [password, bare] {
            self.keep(form.to_vec());
            self.keep_base64(&[form]);
        }
        let user = std::mem::take(&mut self.user);
        for authorized in [&[][..], &user] {
            self.keep_base64(&[authorized, b"\0", &user, b"\0", bare]);
        }
        self.user = user;
    }

    /// A SASL response: itself, and what it says, which for PLAIN and the token mechanisms ends with the secret.
    fn remember_encoded(&mut self, response: &[u8]) {
        let response = response.trim_ascii();
        let unpadded = response.iter().rposition(|byte| *byte != b'=').map_or(&[][..], |last| &response[..=last]);
        self.keep(unpadded.to_vec());
        let Ok(said) = STANDARD.decode(response).map(Zeroizing::new) else {
            return;
        };
        self.keep(said.to_vec());
        let last = said.split(|byte| matches!(byte, 0 | 1)).rfind(|part| !part.is_empty()).unwrap_or_default();
        self.remember_password(last);
        if let Some(token) = last.strip_prefix(b"auth=Bearer ") {
            self.remember_password(token);
        }
    }

    fn keep_base64(&mut self, parts: &[&[u8]]) {
        let clear = Zeroizing::new(parts.concat());
        // Without padding, so that it is found with and without; base64 of nearly nothing is too common a word.
        if clear.len() >= SHORTEST {
            self.keep(STANDARD_NO_PAD.encode(clear.as_slice()).into_bytes());
        }
    }

    fn keep(&mut self, form: Vec<u8>) {
        let form = Zeroizing::new(form);
        if form.len() < SHORTEST || self.forms.contains(&form) {
            return;
        }
        if self.forms.len() == FORMS {
            self.forms.pop_front();
        }
        self.forms.push_back(form);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::secret::masked;

    fn vault(lines: &[Line]) -> Vault {
        let mut vault = Vault::default();
        for line in lines {
            vault.remember(line);
        }
        vault
    }

    fn shown(vault: &Vault, text: &str) -> String {
        String::from_utf8(masked(text.as_bytes(), &vault.find(text.as_bytes()))).unwrap()
    }

    #[test]
    fn a_password_is_found_in_each_of_its_forms() {
        let vault = vault(&[Line::typed("USER ada").unwrap(), Line::typed("PASS hunter2 ").unwrap()]);
        for (said, expected) in [
            ("wrong: hunter2!", "wrong: ****(7 B)!"),
            ("hunter2hunter2", "****(14 B)"),
            ("aHVudGVyMg==", "****(10 B)=="),
            ("AGFkYQBodW50ZXIy", "****(16 B)"),
            ("YWRhAGFkYQBodW50ZXIy", "****(20 B)"),
            ("user ada", "user ada"),
        ] {
            assert_eq!(shown(&vault, said), expected);
        }
    }

    #[test]
    fn the_password_inside_a_sasl_response_is_found_too() {
        let plain = vault(&[Line::typed("AUTH PLAIN AGFkYQBodW50ZXIy").unwrap()]);
        assert_eq!(shown(&plain, "no AGFkYQBodW50ZXIy, no hunter2, no ada"), "no ****(16 B), no ****(7 B), no ada");
        let token = STANDARD.encode("user=ada\x01auth=Bearer tok3n\x01\x01");
        let bearer = vault(&[Line::typed(token).unwrap().into_sasl_response()]);
        assert_eq!(shown(&bearer, "bad tok3n"), "bad ****(5 B)");
    }

    #[test]
    fn nearly_empty_secrets_do_not_black_out_the_text() {
        let vault = vault(&[Line::typed("PASS a").unwrap(), Line::typed("AUTH PLAIN =").unwrap()]);
        assert_eq!(shown(&vault, "a = a YQ=="), "a = a YQ==");
    }

    #[test]
    fn what_is_kept_does_not_grow() {
        let mut vault = Vault::default();
        for number in 0..1_000 {
            vault.remember(&Line::typed(format!("PASS secret{number}")).unwrap());
        }
        assert_eq!(vault.forms.len(), FORMS);
        assert_eq!(shown(&vault, "secret999"), "****(9 B)");
    }
}
