//! The variables of a run, and texts with their gaps filled.

use std::collections::BTreeMap;

use super::{Piece, Text};

/// A new one each time that it is used.
const MESSAGE_ID: &str = "message_id";
/// What makes this run's ids different from those of any other.
const UNIQUE: &str = "unique";

/// Names and what they stand for.
#[derive(Clone, Debug)]
pub(super) struct Values {
    known: BTreeMap<String, Vec<u8>>,
    /// Ids made so far.
    made: u32,
}

impl Values {
    pub fn new(known: BTreeMap<String, Vec<u8>>) -> Self {
        Self { known, made: 0 }
    }

    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.known.insert(name.into(), value.into());
    }

    pub fn is(&self, name: &str, value: &[u8]) -> bool {
        self.known.get(name).is_some_and(|known| known == value)
    }

    /// With its gaps filled; in the error, the name that stands for nothing.
    pub fn fill(&mut self, text: &Text) -> Result<Vec<u8>, String> {
        let mut filled = Vec::new();
        for piece in &text.0 {
            match piece {
                Piece::Octets(octets) => filled.extend_from_slice(octets),
                Piece::Variable(name) => filled.extend_from_slice(&self.value(name)?),
            }
        }
        Ok(filled)
    }

    /// The same as text, lossy.
    pub fn words(&mut self, text: &Text) -> Result<String, String> {
        self.fill(text).map(|octets| String::from_utf8_lossy(&octets).into_owned())
    }

    fn value(&mut self, name: &str) -> Result<Vec<u8>, String> {
        if let Some(value) = self.known.get(name) {
            return Ok(value.clone());
        }
        if name == MESSAGE_ID && self.known.contains_key(UNIQUE) {
            return Ok(self.message_id());
        }
        Err(format!("the variable {name} is not set: the branch that sets it was not taken"))
    }

    fn message_id(&mut self) -> Vec<u8> {
        self.made += 1;
        let usable = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.');
        let host = self.known.get("helo").filter(|host| !host.is_empty() && host.iter().all(usable));
        let host = host.map_or(&b"localhost"[..], Vec::as_slice);
        let number = format!(".{}@", self.made);
        let unique = self.known.get(UNIQUE).map_or(&b""[..], Vec::as_slice);
        [&b"<"[..], unique, number.as_bytes(), host, b">"].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> Text {
        Text(vec![Piece::Octets(b"a ".to_vec()), Piece::Variable(name.to_owned())])
    }

    #[test]
    fn gaps_are_filled_and_each_message_id_is_new() {
        let known = [("unique", "k7"), ("helo", "lab.test")].map(|(name, value)| (name.to_owned(), value.into()));
        let mut values = Values::new(known.into());
        assert_eq!(values.fill(&text("helo")).unwrap(), b"a lab.test");
        assert_eq!(values.fill(&text("message_id")).unwrap(), b"a <k7.1@lab.test>");
        assert_eq!(values.fill(&text("message_id")).unwrap(), b"a <k7.2@lab.test>");
        values.set("message_id", "held");
        assert_eq!(values.fill(&text("message_id")).unwrap(), b"a held");
        assert!(values.fill(&text("to")).unwrap_err().contains("to"));
    }

    #[test]
    fn a_host_that_fits_no_message_id_is_left_out() {
        let known = [("unique", "k"), ("helo", "[127.0.0.1]")].map(|(name, value)| (name.to_owned(), value.into()));
        assert_eq!(Values::new(known.into()).fill(&text("message_id")).unwrap(), b"a <k.1@localhost>");
    }
}
