//! A server's words, laid out so that finding a wording in them costs a few comparisons, however many wordings there
//! are: the places where words begin, in the order of what stands there.

/// The most of the words that is looked at, in octets.
const SEARCHED: usize = 4_000;
/// Octets by which places are put in order; no wording has more.
pub(super) const WORDING: usize = 100;

/// Words in small letters.
#[derive(Debug)]
pub(super) struct Said {
    text: String,
    /// Octets at which a letter or digit begins a word.
    words: Vec<usize>,
}

impl Said {
    /// The beginning of `text`, as far as it is looked at.
    pub(super) fn new(text: &str) -> Self {
        let text = text[..text.floor_char_boundary(SEARCHED)].to_lowercase();
        let mut inside = false;
        let begins = |(at, letter): (usize, char)| {
            let before = std::mem::replace(&mut inside, letter.is_alphanumeric());
            (inside && !before).then_some(at)
        };
        let mut words: Vec<usize> = text.char_indices().filter_map(begins).collect();
        words.sort_unstable_by_key(|at| from(&text, *at));
        Self { text, words }
    }

    /// Whether a word begins with `wording`, which is in small letters.
    pub(super) fn has(&self, wording: &str) -> bool {
        if !wording.starts_with(char::is_alphanumeric) {
            return begins_a_word(&self.text, wording);
        }
        let sought = wording.as_bytes();
        let first = self.words.partition_point(|at| from(&self.text, *at) < sought);
        self.words.get(first).is_some_and(|at| from(&self.text, *at).starts_with(sought))
    }

    /// Whether `wording` stands anywhere.
    pub(super) fn holds(&self, wording: &str) -> bool {
        self.text.contains(wording)
    }
}

/// What stands at a place.
fn from(text: &str, at: usize) -> &[u8] {
    let rest = &text.as_bytes()[at..];
    &rest[..rest.len().min(WORDING)]
}

pub(super) fn begins_a_word(text: &str, wording: &str) -> bool {
    text.match_indices(wording).any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_wording_begins_a_word() {
        let said = Said::new("5.7.1 <Bob@x.test>: Relay access denied (#5.7.1) überlang [TSS04]");
        for wording in ["relay access", "bob@x", "5.7.1", "5", "denied (#5", "über", "[tss0", "access denied"] {
            assert!(said.has(wording), "{wording}");
        }
        for wording in ["elay", "7.1 relay", "berlang", "relay denied", "zebra", "est>", "access denied and more"] {
            assert!(!said.has(wording), "{wording}");
        }
        assert!(said.holds("est>") && !said.holds("Relay"));
    }

    #[test]
    fn only_the_beginning_of_very_much_is_looked_at() {
        let said = Said::new(&("x ".repeat(SEARCHED / 2) + "relay"));
        assert!(said.has("x x x") && !said.has("relay"));
        Said::new(&"ü".repeat(SEARCHED));
        assert!(!Said::new("").has("a"));
    }

    proptest! {
        #[test]
        fn what_is_looked_up_is_what_is_found(text in "[ab ü.#]{0,40}", wording in "[abü][ab .#]{0,4}") {
            prop_assert_eq!(Said::new(&text).has(&wording), begins_a_word(&text, &wording));
        }
    }
}
