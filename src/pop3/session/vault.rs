//! What is secret in the lines of POP3 that go out (RFC 1939 7, RFC 5034 4), given to the vault of all secrets.

use std::ops::Range;

use crate::pop3::{Line, Verb};
use crate::sasl::SignIn;
use crate::wire;

#[derive(Default)]
pub(super) struct Vault {
    user: Vec<u8>,
    secrets: wire::Vault,
}

impl Vault {
    /// Remembers the secret of a sign-in, before anything of it goes out.
    pub(super) fn know(&mut self, sign_in: &SignIn) {
        self.secrets.remember(sign_in.user.as_bytes(), sign_in.secret.expose().as_bytes());
    }

    /// Remembers what is secret in a line that goes out.
    pub(super) fn remember(&mut self, line: &Line) {
        let word = |index| line.bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).nth(index);
        match line.verb {
            Verb::User => line.bytes.trim_ascii().get(4..).unwrap_or_default().trim_ascii().clone_into(&mut self.user),
            Verb::Auth => self.secrets.begin(word(1).unwrap_or_default()),
            _ => {}
        }
        for secret in &line.secrets {
            let secret = &line.bytes[secret.clone()];
            match line.verb {
                Verb::Auth | Verb::SaslResponse => self.secrets.remember_response(secret),
                Verb::Unknown => {
                    // Of a misspelt command nobody knows whether a password follows in clear.
                    self.secrets.remember_response(secret);
                    self.secrets.remember(&self.user, secret);
                }
                _ => self.secrets.remember(&self.user, secret),
            }
        }
    }

    /// `text` with a mask over each secret that stands in it.
    pub(super) fn hide(&self, text: &str) -> String {
        self.secrets.hide(text)
    }

    /// Where secrets stand in `bytes`: ascending, disjoint.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        self.secrets.find(bytes, 0, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Secret;
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
        let typed = vault(&[Line::typed("USER ada").unwrap(), Line::typed("PASS hunter2 ").unwrap()]);
        let mut known = Vault::default();
        known.know(&SignIn::with_password("ada", Secret::new("hunter2"), ""));
        for (said, expected) in [
            ("wrong: hunter2!", "wrong: ****(7 B)!"),
            ("aHVudGVyMg==", "****(10 B)=="),
            ("AGFkYQBodW50ZXIy", "****(16 B)"),
            ("YWRhAGFkYQBodW50ZXIy", "****(20 B)"),
            ("user ada", "user ada"),
        ] {
            assert_eq!((shown(&typed, said).as_str(), shown(&known, said).as_str()), (expected, expected));
        }
    }

    #[test]
    fn the_password_inside_a_sasl_response_is_found_too() {
        let plain = vault(&[Line::typed("AUTH PLAIN AGFkYQBodW50ZXIy").unwrap()]);
        assert_eq!(shown(&plain, "no AGFkYQBodW50ZXIy, no hunter2, no ada"), "no ****(16 B), no ****(7 B), no ada");
    }

    #[test]
    fn the_user_name_of_login_may_be_quoted() {
        let response = |text: &str| Line::typed(text).unwrap().into_sasl_response();
        let login = vault(&[Line::typed("AUTH LOGIN").unwrap(), response("Z3JhY2U="), response("aHVudGVyMjI=")]);
        assert_eq!(shown(&login, "grace hunter22"), "grace ****(8 B)");
    }

    #[test]
    fn nearly_empty_secrets_do_not_black_out_the_text() {
        let vault = vault(&[Line::typed("PASS a").unwrap(), Line::typed("AUTH PLAIN =").unwrap()]);
        assert_eq!(shown(&vault, "a = a YQ=="), "a = a YQ==");
    }
}
