//! A TOML table whose keys are taken out one by one, and the mistakes found on the way.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::Mistake;
use crate::config::reader::Fault;

/// Mistakes found so far.
#[derive(Debug)]
pub struct Trouble<'t> {
    text: &'t str,
    found: Vec<(usize, String)>,
}

impl<'t> Trouble<'t> {
    /// None yet, in this text.
    pub fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// A mistake at an octet of the text.
    pub fn add(&mut self, at: usize, message: impl Into<String>) {
        self.found.push((at, message.into()));
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The line of an octet, from 1.
    pub fn line(&self, at: usize) -> usize {
        Fault::new(at, "").located(self.text).line
    }

    /// All of them, in the order of the text.
    pub fn located(mut self) -> Vec<Mistake> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.into_iter().map(|(at, message)| Fault::new(at, message).located(self.text)).collect()
    }
}

/// A table.
#[derive(Debug)]
pub struct Fields<'i> {
    /// Octet it begins at.
    pub at: usize,
    entries: DeTable<'i>,
    known: Vec<&'static str>,
}

impl<'i> Fields<'i> {
    /// The whole of a text.
    pub fn root(text: &'i str, trouble: &mut Trouble<'_>) -> Option<Self> {
        match DeTable::parse(text) {
            Ok(root) => Some(Self { at: 0, entries: root.into_inner(), known: Vec::new() }),
            Err(error) => {
                trouble.add(error.span().map_or(0, |span| span.start), error.message());
                None
            }
        }
    }

    fn take(&mut self, key: &'static str) -> Option<(usize, DeValue<'i>)> {
        self.known.push(key);
        let value: Spanned<DeValue<'i>> = self.entries.remove(key)?;
        Some((value.span().start, value.into_inner()))
    }

    fn string(&mut self, key: &'static str, trouble: &mut Trouble<'_>) -> Option<(usize, String)> {
        let (at, value) = self.take(key)?;
        match value {
            DeValue::String(text) if !text.trim().is_empty() => Some((at, text.into_owned())),
            DeValue::String(_) => {
                trouble.add(at, format!("{key} is empty"));
                None
            }
            _ => {
                trouble.add(at, format!("{key} is a text in quotes"));
                None
            }
        }
    }

    /// A text on one line, which may be missing.
    pub fn optional_line(&mut self, key: &'static str, trouble: &mut Trouble<'_>) -> Option<(usize, String)> {
        let (at, text) = self.string(key, trouble)?;
        if text.chars().any(char::is_control) {
            trouble.add(at, format!("{key} holds a line end or another control character"));
        }
        Some((at, text))
    }

    /// A text on one line, which has to be there.
    pub fn line(&mut self, key: &'static str, trouble: &mut Trouble<'_>) -> Option<(usize, String)> {
        if !self.entries.contains_key(key) {
            trouble.add(self.at, format!("{key} is missing"));
        }
        self.optional_line(key, trouble)
    }

    /// A text of lines, which has to be there; spaces around each are left out.
    pub fn text(&mut self, key: &'static str, trouble: &mut Trouble<'_>) -> String {
        if !self.entries.contains_key(key) {
            trouble.add(self.at, format!("{key} is missing"));
        }
        let Some((at, text)) = self.string(key, trouble) else { return String::new() };
        tidy(key, at, &text, trouble)
    }

    /// A list of texts of lines.
    pub fn texts(&mut self, key: &'static str, trouble: &mut Trouble<'_>) -> Vec<String> {
        let list = self.lines_at(key, trouble);
        list.into_iter().map(|(at, text)| tidy(key, at, &text, trouble)).collect()
    }

    /// A list of texts; one text alone counts as a list.
    pub fn lines(&mut self, key: &'static str, trouble: &mut Trouble<'_>) -> Vec<String> {
        self.lines_at(key, trouble).into_iter().map(|(_, text)| text).collect()
    }

    /// As [`Self::lines`], each with its octet.
    pub fn lines_at(&mut self, key: &'static str, trouble: &mut Trouble<'_>) -> Vec<(usize, String)> {
        match self.take(key) {
            None => Vec::new(),
            Some((at, DeValue::String(text))) => vec![(at, text.into_owned())],
            Some((_, DeValue::Array(items))) => {
                let text = |item: Spanned<DeValue<'i>>| match (item.span().start, item.into_inner()) {
                    (at, DeValue::String(text)) => Some((at, text.into_owned())),
                    (at, _) => {
                        trouble.add(at, format!("{key} is a list of texts in quotes"));
                        None
                    }
                };
                items.into_iter().filter_map(text).collect()
            }
            Some((at, _)) => {
                trouble.add(at, format!("{key} is a list of texts in quotes"));
                Vec::new()
            }
        }
    }

    /// `true` or `false`; `false` when it is missing.
    pub fn flag(&mut self, key: &'static str, trouble: &mut Trouble<'_>) -> bool {
        let Some((at, value)) = self.take(key) else { return false };
        value.as_bool().unwrap_or_else(|| {
            trouble.add(at, format!("{key} is true or false"));
            false
        })
    }

    /// A list of whole numbers up to 65,535; one alone counts as a list.
    pub fn numbers(&mut self, key: &'static str, trouble: &mut Trouble<'_>) -> Vec<u16> {
        let Some((at, value)) = self.take(key) else { return Vec::new() };
        let number = |value: &DeValue<'_>| {
            let number = value.as_integer()?;
            u16::from_str_radix(number.as_str(), number.radix()).ok()
        };
        let numbers: Option<Vec<u16>> = match &value {
            DeValue::Array(items) => items.iter().map(|item| number(item.get_ref())).collect(),
            value => number(value).map(|number| vec![number]),
        };
        numbers.unwrap_or_else(|| {
            trouble.add(at, format!("{key} is a number from 0 to 65535, or a list of them"));
            Vec::new()
        })
    }

    /// The tables in a list.
    pub fn tables(&mut self, key: &'static str, trouble: &mut Trouble<'_>) -> Vec<Self> {
        let items = match self.take(key) {
            None => return Vec::new(),
            Some((_, DeValue::Array(items))) => items,
            Some((at, _)) => {
                trouble.add(at, format!("{key} is a list of tables"));
                return Vec::new();
            }
        };
        let table = |item: Spanned<DeValue<'i>>| match (item.span().start, item.into_inner()) {
            (at, DeValue::Table(entries)) => Some(Self { at, entries, known: Vec::new() }),
            (at, _) => {
                trouble.add(at, format!("{key} is a list of tables"));
                None
            }
        };
        items.into_iter().filter_map(table).collect()
    }

    /// Refuses the keys that nobody took.
    pub fn finish(self, trouble: &mut Trouble<'_>) {
        for (key, _) in self.entries {
            let at = key.span().start;
            trouble
                .add(at, format!("there is no key {:?} here; there are {}", key.into_inner(), self.known.join(", ")));
        }
    }
}

/// The lines of a text without the spaces around them.
fn tidy(key: &str, at: usize, text: &str, trouble: &mut Trouble<'_>) -> String {
    let lines: Vec<&str> = text.trim().lines().map(str::trim).collect();
    if lines.iter().any(|line| line.chars().any(char::is_control)) {
        trouble.add(at, format!("{key} holds a control character"));
    }
    lines.join("\n")
}
