//! Placeholders in the texts of lessons: `{name}` stands for something of the account or of the reply that was seen,
//! `{key:action}` for the keys of an action.

/// What a placeholder of the account stands for; its value on a line whose length is checked.
pub const OF_ACCOUNT: [(&str, &str); 7] = [
    ("me", "ada@sandbox.test"),
    ("you", "bob@sandbox.test"),
    ("domain", "sandbox.test"),
    ("hello", "localhost"),
    ("user", "bob"),
    ("password", "opensesame"),
    ("sign_in", "AGFkYQBvcGVuc2VzYW1l"),
];

/// What a placeholder of the event stands for, in `done` and `wrong` only.
pub const OF_EVENT: [(&str, &str); 4] =
    [("code", "250"), ("text", "250 2.0.0 queued as 7F3A"), ("verb", "MAIL"), ("queue_id", "7F3A")];

/// Longest value of an event that is put in, in characters.
const LONGEST: usize = 60;

/// Looks placeholders up; `key:send` asks for keys.
pub trait Words {
    /// The value of a placeholder. `None`: it is not known.
    fn word(&self, name: &str) -> Option<String>;
}

impl<F: Fn(&str) -> Option<String>> Words for F {
    fn word(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// The placeholders of a text, in order, each with the octet it begins at.
pub fn placeholders(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find('{')?;
        let end = start + text[start..].find('}')?;
        at = end + 1;
        Some((start, &text[start + 1..end]))
    })
}

/// The text with its placeholders replaced. One that nobody knows stays as it is.
pub fn fill(text: &str, words: &dyn Words) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = 0;
    for (start, name) in placeholders(text) {
        filled.push_str(&text[rest..start]);
        rest = start + name.len() + 2;
        match words.word(name) {
            Some(value) => filled.push_str(&value),
            None => filled.push_str(&text[start..rest]),
        }
    }
    filled + &text[rest..]
}

/// A value for a text, no longer than fits a line.
pub(super) fn short(value: &str) -> String {
    let mut short: String = value.chars().take(LONGEST).collect();
    if short.len() < value.len() {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(name: &str) -> Option<String> {
        (name == "me").then(|| "ada".to_owned())
    }

    #[test]
    fn known_placeholders_are_replaced_and_others_stay() {
        for (text, filled) in [
            ("MAIL FROM:<{me}>", "MAIL FROM:<ada>"),
            ("{me}{me}", "adaada"),
            ("{you} {me", "{you} {me"),
            ("} {", "} {"),
            ("", ""),
        ] {
            assert_eq!(fill(text, &words), filled, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_filled_and_without_braces_it_stays(text in "[a{}me:é ]{0,40}") {
            let filled = fill(&text, &words);
            if !text.contains('{') {
                prop_assert_eq!(filled, text);
            }
        }
    }
}
