//! Everything that has a card or words, for lists, and what comes near to a question that nothing answers.

use super::table::table;
use crate::wire::slips;

/// Something that can be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What to ask: `550`, `5.1.1`, `[IN-USE]`, `STARTTLS`, `certificate_unknown`.
    pub name: String,
    /// Which list it stands in.
    pub group: &'static str,
    /// A few words, or a clause.
    pub title: String,
    /// A reply that shows it: `VERB: reply`.
    pub example: Option<String>,
}

/// All that is known, list by list, each in order.
pub fn catalogue() -> Vec<Known> {
    let table = table();
    let mut codes = std::collections::BTreeMap::new();
    for entry in table.smtp.iter().filter(|entry| entry.words.is_empty() && entry.states.is_empty()) {
        for code in entry.codes.iter().filter(|code| **code > 99) {
            // The card without a verb is the code's own.
            let told = || (entry.title.clone(), entry.samples.first().cloned());
            if entry.verbs.is_empty() {
                codes.insert(*code, told());
            } else {
                codes.entry(*code).or_insert_with(told);
            }
        }
    }
    let mut known: Vec<Known> = codes
        .into_iter()
        .map(|(code, (title, example))| Known { name: code.to_string(), group: "reply codes", title, example })
        .collect();
    known.extend(table.enhanced.iter().map(|((subject, detail), entry)| Known {
        name: format!("X.{subject}.{detail}"),
        group: "enhanced codes",
        title: entry.title.clone(),
        example: None,
    }));
    let responses = table.pop3.iter().filter(|entry| entry.words.is_empty());
    known.extend(responses.filter_map(|entry| {
        let name = format!("[{}]", entry.codes.first()?);
        Some(Known {
            name,
            group: "response codes of POP3",
            title: entry.title.clone(),
            example: entry.samples.first().cloned(),
        })
    }));
    let words = &table.capabilities;
    for (group, list) in [
        ("capabilities of SMTP", &words.smtp),
        ("capabilities of POP3", &words.pop3),
        ("parameters of MAIL and RCPT", &words.parameters),
        ("ways of logging in", &words.sasl),
        ("commands of SMTP", &words.smtp_verbs),
        ("commands of POP3", &words.pop3_verbs),
    ] {
        let of_list = list.iter();
        known.extend(of_list.map(|(name, words)| Known {
            name: name.clone(),
            group,
            title: words.clone(),
            example: None,
        }));
    }
    known.extend(table.alerts.iter().map(|(name, alert)| Known {
        name: name.clone(),
        group: "alerts of TLS",
        title: alert.meaning.clone(),
        example: None,
    }));
    known
}

/// What can be asked and comes nearest to `text`, the nearest first; at most three, each at least somewhat like it.
pub fn nearest(text: &str) -> Vec<String> {
    let wanted: String = text.trim().chars().take(40).flat_map(char::to_uppercase).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let code = wanted.split([' ', '-']).next().unwrap_or_default();
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return codes_of_class(code);
    }
    let near = |known: Known| {
        let apart = slips(wanted.as_bytes(), known.name.to_ascii_uppercase().as_bytes());
        (apart * 2 <= wanted.len().max(2)).then_some((apart, known.name))
    };
    let mut found: Vec<(usize, String)> = catalogue().into_iter().filter_map(near).collect();
    found.sort();
    found.dedup_by(|one, other| one.1 == other.1);
    found.into_iter().take(3).map(|(_, name)| name).collect()
}

fn codes_of_class(code: &str) -> Vec<String> {
    let number: u16 = code.parse().unwrap_or_default();
    let mut codes: Vec<u16> = catalogue()
        .into_iter()
        .filter(|known| known.group == "reply codes")
        .filter_map(|known| known.name.parse().ok())
        .collect();
    codes.sort_by_key(|known| known.abs_diff(number));
    codes.into_iter().take(3).map(|code| code.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{About, asked};

    #[test]
    fn all_that_is_listed_can_be_asked() {
        for known in catalogue() {
            let asked_for = known.name.replacen('X', "5", usize::from(known.group == "enhanced codes"));
            assert!(!asked(&asked_for, About::default()).is_empty(), "{known:?}");
            assert!(!known.title.is_empty(), "{known:?}");
        }
    }

    #[test]
    fn slips_find_what_was_meant() {
        for (text, meant) in [
            ("STARTLS", "STARTTLS"),
            ("PIPELINNG", "PIPELINING"),
            ("certificate_unknwon", "certificate_unknown"),
            ("999", "556"),
        ] {
            assert!(nearest(text).contains(&meant.to_owned()), "{text}: {:?}", nearest(text));
        }
        assert!(nearest("something else altogether").is_empty());
        assert!(nearest("").is_empty());
    }
}
