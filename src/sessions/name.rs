//! What a saved session is called: a name that a person gave, or one made from time and server. Only the latter are ever
//! removed by themselves, so the file says which it is.

use jiff::Zoned;

/// Most octets of a name.
const LONGEST: usize = 120;
/// The end of every file.
const FILE: &str = ".jsonl";
/// What stands before that where nobody gave the name.
const MADE: &str = ".auto";

/// The name of a saved session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    stem: String,
    given: bool,
}

impl Name {
    /// A name that a person gave; or what is wrong with it.
    pub fn given(text: &str) -> Result<Self, String> {
        let stem = text.trim();
        let stem = stem.strip_suffix(FILE).unwrap_or(stem);
        if stem.is_empty() {
            return Err("a name is needed".to_owned());
        }
        if stem.len() > LONGEST {
            return Err(format!("a name has at most {LONGEST} octets"));
        }
        if stem.starts_with(['.', '-']) || stem.ends_with(MADE) || !stem.chars().all(is_plain) {
            return Err("a name has letters, digits, blanks and - _ . + @, and begins with no - or .".to_owned());
        }
        Ok(Self { stem: stem.to_owned(), given: true })
    }

    /// A name from the time of the first word and the server, such as `2026-11-22_11.42.07_mx.example`. `number` tells it
    /// from others of the same second; 0 for the first.
    pub fn made(started: &Zoned, server: &str, number: u32) -> Self {
        let server: String = server.chars().filter(|c| is_plain(*c) && *c != ' ').take(60).collect();
        let time = started.strftime("%Y-%m-%d_%H.%M.%S");
        let server = if server.is_empty() { String::new() } else { format!("_{server}") };
        let number = if number == 0 { String::new() } else { format!("_{number}") };
        Self { stem: format!("{time}{server}{number}"), given: false }
    }

    /// The name of the session in a file of this name; `None` if there is none in it.
    pub fn of_file(file: &str) -> Option<Self> {
        let stem = file.strip_suffix(FILE)?;
        let (stem, given) = stem.strip_suffix(MADE).map_or((stem, true), |stem| (stem, false));
        let name = Self::given(stem).ok().filter(|name| name.stem == stem)?;
        Some(Self { given, ..name })
    }

    /// As people read and type it.
    pub fn as_str(&self) -> &str {
        &self.stem
    }

    /// Whether a person gave it.
    pub fn is_given(&self) -> bool {
        self.given
    }

    /// Its file, without the folder.
    pub fn file(&self) -> String {
        format!("{}{}{FILE}", self.stem, if self.given { "" } else { MADE })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.stem)
    }
}

fn is_plain(sign: char) -> bool {
    sign.is_alphanumeric() || " -_.+@".contains(sign)
}

/// The host of an endpoint such as `SMTP mx.example:25 (192.0.2.1)`.
pub(super) fn host_of(endpoint: &str) -> &str {
    let place = endpoint.split_whitespace().nth(1).unwrap_or_default();
    let host = place.rsplit_once(':').map_or(place, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder_and_hide_nothing() {
        for text in ["", " ", "..", ".hidden", "-rf", "a/b", "a\\b", "a\0", "a\x1b[2J", "a\nb", "x.auto", "\u{202e}x"] {
            assert!(Name::given(text).is_err(), "{text:?}");
        }
        assert!(Name::given(&"x".repeat(121)).is_err());
        for (text, file) in [("refused by mx", "refused by mx.jsonl"), (" Grüße.jsonl ", "Grüße.jsonl")] {
            assert_eq!(Name::given(text).unwrap().file(), file);
        }
    }

    #[test]
    fn the_file_says_who_gave_the_name() {
        let at: Zoned = "2026-11-22T11:42:07+00:00[UTC]".parse().unwrap();
        let made = Name::made(&at, "mx.example/../x", 0);
        assert_eq!(made.file(), "2026-11-22_11.42.07_mx.example..x.auto.jsonl");
        assert_eq!(Name::made(&at, "", 2).as_str(), "2026-11-22_11.42.07_2");
        for name in [made, Name::given("a b").unwrap()] {
            assert_eq!(Name::of_file(&name.file()), Some(name));
        }
        for file in ["x.txt", ".jsonl", ".telepost-x.jsonl", "x.auto.auto.jsonl", "a/b.jsonl"] {
            assert_eq!(Name::of_file(file), None, "{file}");
        }
    }

    #[test]
    fn the_host_of_an_endpoint_has_no_port() {
        for (endpoint, host) in
            [("SMTP mx.example:25 (192.0.2.1)", "mx.example"), ("POP3 [::1]:110", "::1"), ("LMTP", ""), ("", "")]
        {
            assert_eq!(host_of(endpoint), host);
        }
    }
}
