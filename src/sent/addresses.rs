//! Addresses that mails went to or came from, the latest first: what the form completes.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::config::atomic;
use crate::config::lock::Lock;
use crate::mail::{AddressList, Draft};

/// Most addresses that are remembered.
pub const ADDRESSES: usize = 2_000;
/// Longest one, in octets.
const LONGEST: usize = 1_000;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    addresses: Vec<String>,
}

/// The addresses of a mail, each once, as one would type them: `Ada <ada@example.org>`.
pub fn people(draft: &Draft) -> Vec<String> {
    let fields = [&draft.to, &draft.cc, &draft.bcc, &draft.from].map(|text| AddressList::salvage(text));
    let all = fields.iter().flat_map(AddressList::mailboxes).map(ToString::to_string);
    merge(all.collect(), Vec::new())
}

/// What is remembered. A file that is not there or cannot be read counts as none: it is a convenience.
pub fn load(path: &Path) -> Vec<String> {
    let text = std::fs::read(path).unwrap_or_default();
    let known: Known = serde_json::from_slice(&text).unwrap_or_default();
    merge(known.addresses, Vec::new())
}

/// Puts `latest` in front of what is remembered, and returns all of it.
pub fn remember(path: &Path, latest: Vec<String>) -> io::Result<Vec<String>> {
    let _lock = Lock::wait(&path.with_extension("lock"))?;
    let addresses = merge(latest, load(path));
    let known = Known { addresses };
    atomic::replace(path, serde_json::to_vec(&known).map_err(io::Error::other)?)?;
    Ok(known.addresses)
}

/// The latest first, each mailbox once.
fn merge(latest: Vec<String>, older: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    let fits = |text: &String| text.len() <= LONGEST && !text.chars().any(char::is_control);
    let new = latest.into_iter().chain(older).filter(fits).filter(|text| seen.insert(key(text)));
    new.take(ADDRESSES).collect()
}

/// Equal for the same mailbox, whatever the display name.
fn key(text: &str) -> String {
    let list = AddressList::salvage(text);
    let address = list.mailboxes().next().map_or(text, |mailbox| mailbox.address.as_str());
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(to: &str, bcc: &str) -> Draft {
        Draft { from: "Ada <ada@a.example>".into(), to: to.into(), bcc: bcc.into(), ..Draft::default() }
    }

    #[test]
    fn the_latest_come_first_and_each_mailbox_once() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data/addresses.json");
        assert!(load(&path).is_empty());
        remember(&path, people(&draft("bob@b.example, Team: carol@c.example;", "dora@d.example"))).unwrap();
        let all = remember(&path, people(&draft("Carol <carol@C.example>", ""))).unwrap();
        let expected = ["Carol <carol@C.example>", "Ada <ada@a.example>", "bob@b.example", "dora@d.example"];
        assert_eq!(all, expected);
        assert_eq!(load(&path), expected);
        assert!(!place.path().join("data/addresses.lock").exists());
    }

    #[test]
    fn there_is_an_end_to_them() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("addresses.json");
        let many = |prefix: &str| (0..1_500).map(|number| format!("{prefix}{number}@x.example")).collect::<Vec<_>>();
        remember(&path, many("old")).unwrap();
        let all = remember(&path, many("new")).unwrap();
        assert_eq!((all.len(), all[0].as_str(), all[1_999].as_str()), (2_000, "new0@x.example", "old499@x.example"));
    }

    #[test]
    fn a_broken_file_is_none_and_hostile_lines_are_left_out() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("addresses.json");
        for text in ["", "[", "{\"addresses\":[1]}", "{\"addresses\":[\"a@b\\r\\nBcc: x@y\"]}"] {
            std::fs::write(&path, text).unwrap();
            assert!(load(&path).is_empty(), "{text}");
        }
    }
}
