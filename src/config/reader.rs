//! Reads TOML key by key, so that every mistake has its line and column and no message repeats a value: a line of the
//! settings may hold what nobody else should see.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::wire::printable;

/// A mistake in a settings file. It shows no line of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A mistake at an octet of the text.
#[derive(Debug)]
pub struct Fault {
    at: usize,
    message: String,
}

impl Fault {
    /// A mistake at octet `at`.
    pub fn new(at: usize, message: impl fmt::Display) -> Self {
        Self { at, message: message.to_string() }
    }

    /// The same with the line and column that `at` has in `text`.
    pub fn located(self, text: &str) -> Mistake {
        let before = text.get(..self.at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Mistake {
            line: 1 + before.matches('\n').count(),
            column: 1 + before[line_start..].chars().count(),
            message: printable::text(&self.message).into_owned(),
        }
    }
}

/// A value and the octet it begins at.
#[derive(Debug)]
pub struct At<T> {
    /// Of the value in the text.
    pub at: usize,
    /// The value.
    pub value: T,
}

impl<T> At<T> {
    /// A mistake in this value.
    pub fn fault(&self, message: impl fmt::Display) -> Fault {
        Fault::new(self.at, message)
    }

    /// The value made into another, or the reason why not.
    pub fn read<U, E: fmt::Display>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<U, Fault> {
        let at = self.at;
        read(self.value).map_err(|error| Fault::new(at, error))
    }
}

/// A table whose keys are taken out one by one; [`Self::finish`] refuses what is left.
#[derive(Debug)]
pub struct Table<'i> {
    entries: DeTable<'i>,
    at: usize,
    /// Such as `[profiles.work]`.
    name: String,
    known: Vec<&'static str>,
}

impl<'i> Table<'i> {
    /// The whole of `text`.
    pub fn parse(text: &'i str) -> Result<Self, Fault> {
        let root = DeTable::parse(text)
            .map_err(|error| Fault::new(error.span().map_or(0, |span| span.start), error.message()))?;
        Ok(Self { entries: root.into_inner(), at: 0, name: "the file".to_owned(), known: Vec::new() })
    }

    /// A mistake of the table as a whole.
    pub fn fault(&self, message: impl fmt::Display) -> Fault {
        Fault::new(self.at, format!("{}: {message}", self.name))
    }

    /// Whether this key stands in it.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// A text.
    pub fn text(&mut self, key: &'static str) -> Result<Option<At<String>>, Fault> {
        self.value(key, "a text in quotes", |value| match value {
            DeValue::String(text) => Some(text.into_owned()),
            _ => None,
        })
    }

    /// A text on one line, with at least one character and no control characters.
    pub fn line(&mut self, key: &'static str) -> Result<Option<At<String>>, Fault> {
        let text = self.text(key)?;
        match text {
            Some(text) if text.value.trim().is_empty() => Err(text.fault(format!("{key} is empty"))),
            Some(text) if text.value.chars().any(char::is_control) => {
                Err(text.fault(format!("{key} holds a line end or another control character")))
            }
            text => Ok(text),
        }
    }

    /// A text that `T` can be made from.
    pub fn parsed<T>(&mut self, key: &'static str) -> Result<Option<At<T>>, Fault>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let Some(text) = self.line(key)? else { return Ok(None) };
        let at = text.at;
        let value = text.read(|text| text.parse::<T>())?;
        Ok(Some(At { at, value }))
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str) -> Result<Option<At<bool>>, Fault> {
        self.value(key, "true or false", |value| value.as_bool())
    }

    /// A whole number within `range`.
    pub fn number(&mut self, key: &'static str, range: RangeInclusive<u64>) -> Result<Option<At<u64>>, Fault> {
        let what = format!("a number from {} to {}", range.start(), range.end());
        self.value(key, &what, |value| {
            let number = value.as_integer()?;
            let number = u64::from_str_radix(number.as_str(), number.radix()).ok()?;
            range.contains(&number).then_some(number)
        })
    }

    /// A list of texts; one text alone counts as a list.
    pub fn texts(&mut self, key: &'static str) -> Result<Vec<At<String>>, Fault> {
        let list = self.value(key, "a list of texts in quotes", |value| match value {
            DeValue::String(text) => Some(vec![(None, text.into_owned())]),
            DeValue::Array(items) => items.into_iter().map(text_of).collect(),
            _ => None,
        })?;
        let Some(list) = list else { return Ok(Vec::new()) };
        let texts = list.value.into_iter();
        Ok(texts.map(|(at, value)| At { at: at.unwrap_or(list.at), value }).collect())
    }

    /// The table under a key, to be called `name` in messages.
    pub fn table(&mut self, key: &'static str, name: impl Into<String>) -> Result<Option<Self>, Fault> {
        let table = self.value(key, "a table", |value| match value {
            DeValue::Table(table) => Some(table),
            _ => None,
        })?;
        Ok(table.map(|At { at, value }| Self { entries: value, at, name: name.into(), known: Vec::new() }))
    }

    /// The tables under a key that holds a list of them.
    pub fn tables(&mut self, key: &'static str) -> Result<Vec<Self>, Fault> {
        let list = self.value(key, "a list of tables", |value| match value {
            DeValue::Array(items) => items.into_iter().map(|item| table_of(item, key.to_owned())).collect(),
            _ => None,
        })?;
        Ok(list.map(|list| list.value).unwrap_or_default())
    }

    /// All of its keys, in the order of the text, each with the table it holds.
    pub fn all_tables(self) -> Result<Vec<(At<String>, Self)>, Fault> {
        let (name, mut tables) = (self.name, Vec::new());
        for (key, value) in self.entries {
            let key = At { at: key.span().start, value: key.into_inner().into_owned() };
            let at = value.span().start;
            let inner = format!("{}.{}]", name.trim_end_matches(']'), key.value);
            let table = table_of(value, inner.clone());
            tables.push((key, table.ok_or_else(|| Fault::new(at, format!("{inner} is a table")))?));
        }
        tables.sort_by_key(|(key, _)| key.at);
        Ok(tables)
    }

    /// Refuses the keys that nobody took. `refusal` may know why one of them is not there.
    pub fn finish(self, refusal: impl Fn(&str) -> Option<&'static str>) -> Result<(), Fault> {
        let Some(key) = self.entries.into_iter().map(|(key, _)| key).min_by_key(|key| key.span().start) else {
            return Ok(());
        };
        let (at, key) = (key.span().start, key.into_inner());
        let message = match refusal(&key) {
            Some(why) => format!("{key} is no key here: {why}"),
            None => format!("{} has no key {key:?}; there are {}", self.name, self.known.join(", ")),
        };
        Err(Fault::new(at, message))
    }

    /// Takes a value out. `what` says what it should be; the value itself is never repeated.
    fn value<T>(
        &mut self,
        key: &'static str,
        what: &str,
        read: impl FnOnce(DeValue<'i>) -> Option<T>,
    ) -> Result<Option<At<T>>, Fault> {
        self.known.push(key);
        let Some(value) = self.entries.remove(key) else { return Ok(None) };
        let at = value.span().start;
        match read(value.into_inner()) {
            Some(value) => Ok(Some(At { at, value })),
            None => Err(Fault::new(at, format!("{key} is {what}"))),
        }
    }
}

fn text_of(item: Spanned<DeValue<'_>>) -> Option<(Option<usize>, String)> {
    let at = item.span().start;
    match item.into_inner() {
        DeValue::String(text) => Some((Some(at), text.into_owned())),
        _ => None,
    }
}

fn table_of(item: Spanned<DeValue<'_>>, name: String) -> Option<Table<'_>> {
    let at = item.span().start;
    match item.into_inner() {
        DeValue::Table(entries) => Some(Table { entries, at, name, known: Vec::new() }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(text: &str, read: impl FnOnce(&mut Table<'_>) -> Result<(), Fault>) -> Mistake {
        let read = |text| {
            let mut table = Table::parse(text)?;
            read(&mut table)?;
            table.finish(|key| (key == "password").then_some("it is asked for"))
        };
        read(text).unwrap_err().located(text)
    }

    #[test]
    fn a_mistake_has_line_and_column_in_characters() {
        let mistake = flaw("a = 'é'\n é = 1", |_| Ok(()));
        assert_eq!((mistake.line, mistake.column), (2, 2));
        let mistake = flaw("a = 1\nb = [ 'é', 7 ]", |table| table.number("a", 1..=2).and(table.texts("b")).map(drop));
        assert_eq!((mistake.line, mistake.column), (2, 5));
        let mistake = flaw("x = [ 'é', ", |_| Ok(()));
        assert_eq!(mistake.line, 1);
    }

    #[test]
    fn no_value_is_repeated() {
        for text in ["a = 'hunter2'", "b = hunter2", "b = ['hunter2', 1]", "password = 'hunter2'", "b = 'hunter2"] {
            let mistake = flaw(text, |table| table.flag("a").and(table.texts("b")).map(drop));
            assert!(!format!("{mistake} {mistake:?}").contains("hunter2"), "{mistake}");
        }
    }

    #[test]
    fn what_was_not_taken_is_refused_and_the_known_keys_are_named() {
        let mistake = flaw("a = true\nc = 1\nb = 2", |table| table.flag("a").map(drop));
        assert_eq!((mistake.line, mistake.column), (2, 1));
        assert!(mistake.message.contains("\"c\"") && mistake.message.ends_with("there are a"), "{mistake}");
        assert!(flaw("password = 1", |_| Ok(())).message.contains("asked for"));
    }

    #[test]
    fn a_line_is_one_line_with_something_on_it() {
        for text in ["a = ''", "a = ' '", "a = \"x\\r\\nDELE 1\"", "a = \"\\u001b[m\""] {
            assert!(flaw(text, |table| table.line("a").map(drop)).message.starts_with('a'), "{text}");
        }
    }
}
