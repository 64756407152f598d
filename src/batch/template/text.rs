//! Text with gaps.

use crate::batch::Row;

/// Text with gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub(super) Vec<Piece>);

/// A stretch of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Plain(String),
    /// The number of the field.
    Gap(usize),
}

/// A gap that nothing can fill: where, both counted from 1, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct BadText {
    /// Line of the text.
    pub line: usize,
    /// Column in characters.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

impl Text {
    /// Finds the gaps.
    pub(super) fn new(text: &str, names: &[String]) -> Result<Self, BadText> {
        let (mut pieces, mut plain, mut at) = (Vec::new(), String::new(), 0);
        while let Some(found) = text[at..].find("{{") {
            let open = at + found;
            plain.push_str(&text[at..open]);
            if text[open..].starts_with("{{{{") {
                plain.push_str("{{");
                at = open + 4;
                continue;
            }
            let bad = |what: String| place(text, open, what);
            let close = text[open..].find("}}").ok_or_else(|| bad("{{ without }}; write {{{{ for {{".to_owned()))?;
            let name = text[open + 2..open + close].trim();
            let field = names.iter().position(|known| known == name);
            let field =
                field.ok_or_else(|| bad(format!("there is no field {name:?}; the fields are {}", names.join(", "))))?;
            if !plain.is_empty() {
                pieces.push(Piece::Plain(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Gap(field));
            at = open + close + 2;
        }
        plain.push_str(&text[at..]);
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        Ok(Self(pieces))
    }

    /// With the values of a row.
    pub(super) fn fill(&self, row: &Row) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Plain(text) => text.as_str(),
                Piece::Gap(field) => row.value(*field),
            })
            .collect()
    }

    /// Whether a row makes a difference.
    pub(super) fn has_gaps(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Gap(_)))
    }
}

fn place(text: &str, at: usize, what: String) -> BadText {
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    BadText { line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1, what }
}
