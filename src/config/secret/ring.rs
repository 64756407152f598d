//! The key ring of the desktop: Secret Service, Keychain or Credential Manager. Blocks; some ask the person first.

use crate::wire::Secret;

/// The service that all entries stand under.
#[cfg(feature = "keyring")]
const SERVICE: &str = "telepost";

/// The secret kept under `key`; `None`: there is none.
#[cfg(feature = "keyring")]
pub fn fetch(key: &str) -> Result<Option<Secret>, String> {
    match entry(key)?.get_password() {
        Ok(secret) => Ok(Some(Secret::new(secret))),
        Err(keyring::Error::NoEntry) => Ok(None),
        Err(error) => Err(told(&error)),
    }
}

/// Keeps a secret in the key ring, in place of the one under the same `key`.
#[cfg(feature = "keyring")]
pub fn keep(key: &str, secret: &Secret) -> Result<(), String> {
    entry(key)?.set_password(secret.expose()).map_err(|error| told(&error))
}

/// Removes the secret under `key`. That there is none is no error.
#[cfg(feature = "keyring")]
pub fn forget(key: &str) -> Result<(), String> {
    match entry(key)?.delete_credential() {
        Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
        Err(error) => Err(told(&error)),
    }
}

#[cfg(feature = "keyring")]
fn entry(key: &str) -> Result<keyring::Entry, String> {
    if let Err(error) = keyring::Entry::store_status() {
        let why = told(error);
        return Err(format!(
            "{why}; without one the password can come from password-command, password-file or the prompt"
        ));
    }
    keyring::Entry::new(SERVICE, key).map_err(|error| told(&error))
}

/// The variants that carry the bytes of an entry do not print them.
#[cfg(feature = "keyring")]
fn told(error: &keyring::Error) -> String {
    let text = match error {
        keyring::Error::NoDefaultStore => "there is no key ring on this desktop".to_owned(),
        keyring::Error::PlatformFailure(error) => format!("the key ring cannot be reached: {error}"),
        keyring::Error::NoStorageAccess(error) => format!("the key ring is locked or gave no access: {error}"),
        keyring::Error::Ambiguous(_) => {
            "the key ring has several entries for this account; remove all but one".to_owned()
        }
        error => format!("the key ring: {error}"),
    };
    crate::wire::printable::text(&text).into_owned()
}

#[cfg(not(feature = "keyring"))]
const ABSENT: &str = "this telepost was built without key rings; the password can come from password-command, \
                      password-file or the prompt";

/// The secret kept under `key`: this build has no key ring.
#[cfg(not(feature = "keyring"))]
pub fn fetch(_key: &str) -> Result<Option<Secret>, String> {
    Err(ABSENT.to_owned())
}

/// Keeps a secret: this build has no key ring.
#[cfg(not(feature = "keyring"))]
pub fn keep(_key: &str, _secret: &Secret) -> Result<(), String> {
    Err(ABSENT.to_owned())
}

/// Removes a secret: this build has no key ring.
#[cfg(not(feature = "keyring"))]
pub fn forget(_key: &str) -> Result<(), String> {
    Err(ABSENT.to_owned())
}

#[cfg(all(test, feature = "keyring"))]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_is_wrong_and_hide_what_was_found() {
        let error = keyring::Error::BadEncoding(b"hunter2".to_vec());
        assert!(!told(&error).contains("hunter2"));
        let error = keyring::Error::PlatformFailure("no bus\x1b[31m".into());
        let text = told(&error);
        assert!(text.contains("key ring") && !text.contains('\x1b'), "{text}");
    }

    #[test]
    fn without_an_entry_or_a_key_ring_there_is_no_secret() {
        match fetch("nobody@no-such-host.invalid") {
            Ok(secret) => assert!(secret.is_none()),
            Err(why) => assert!(why.contains("key ring"), "{why}"),
        }
    }
}
