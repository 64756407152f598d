//! What is secret in the lines of SMTP that go out (RFC 4954 4), given to the vault of all secrets.

use std::ops::Range;

use crate::sasl::SignIn;
use crate::smtp::{Line, Verb};
use crate::wire;

/// The secrets sent so far.
#[derive(Debug, Default)]
pub(super) struct Vault {
    secrets: wire::Vault,
}

impl Vault {
    /// Remembers the secret of a sign-in, before anything of it goes out.
    pub fn know(&mut self, sign_in: &SignIn) {
        self.secrets.remember(sign_in.user.as_bytes(), sign_in.secret.expose().as_bytes());
    }

    /// Remembers what is secret in a line about to be sent as `verb`.
    pub fn remember(&mut self, line: &Line, verb: Verb) {
        if verb == Verb::Auth {
            let words = line.bytes.split(|byte| matches!(byte, b' ' | b'\t'));
            self.secrets.begin(words.filter(|word| !word.is_empty()).nth(1).unwrap_or_default());
        }
        for secret in &line.secrets {
            let secret = &line.bytes[secret.clone()];
            self.secrets.remember_response(secret);
            if verb == Verb::Unknown {
                // Of a misspelt command nobody knows whether a password follows in clear.
                self.secrets.remember(b"", secret);
            }
        }
    }

    /// Where the secrets are in `bytes` at or behind `from`, together with the ranges of `also`: ascending and disjoint.
    pub fn find(&self, bytes: &[u8], from: usize, also: &[Range<usize>]) -> Vec<Range<usize>> {
        self.secrets.find(bytes, from, also)
    }

    /// `text` with a mask over each secret that stands in it.
    pub fn hide(&self, text: &str) -> String {
        self.secrets.hide(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Secret;

    fn after(lines: &[(&str, Verb)]) -> Vault {
        let mut vault = Vault::default();
        for (text, verb) in lines {
            let line = Line::typed(*text).unwrap();
            let line = if *verb == Verb::SaslResponse { line.wholly_secret() } else { line };
            vault.remember(&line, *verb);
        }
        vault
    }

    #[test]
    fn the_initial_response_is_remembered_and_the_command_is_not() {
        let vault = after(&[("auth  Plain AGdyYWNlAGh1bnRlcjIy", Verb::Auth)]);
        assert_eq!(vault.hide("auth Plain AGdyYWNlAGh1bnRlcjIy hunter22"), "auth Plain ****(20 B) ****(8 B)");
    }

    #[test]
    fn the_user_name_of_login_may_be_quoted_and_its_password_may_not() {
        let exchange = [("Z3JhY2U=", Verb::SaslResponse), ("aHVudGVyMjI=", Verb::SaslResponse)];
        let vault = after(&[&[("AUTH LOGIN", Verb::Auth)], &exchange[..]].concat());
        assert_eq!(vault.hide("<grace@sandbox.test> hunter22"), "<grace@sandbox.test> ****(8 B)");
        let initial = after(&[("auth login Z3JhY2U=", Verb::Auth), exchange[1]]);
        assert_eq!(initial.hide("grace Z3JhY2U= hunter22"), "grace ****(8 B) ****(8 B)");
    }

    #[test]
    fn a_secret_is_known_before_it_is_sent() {
        let mut vault = Vault::default();
        vault.know(&SignIn::with_password("grace", Secret::new("hunter22"), ""));
        assert_eq!(vault.hide("grace hunter22 AGdyYWNlAGh1bnRlcjIy"), "grace ****(8 B) ****(20 B)");
    }
}
