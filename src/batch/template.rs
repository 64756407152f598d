//! A mail with gaps, `{{name}}`, that rows of values fill.
//!
//! Values are data: one that stands in an address or a name cannot become a second address, and the draft that comes of
//! it is checked like any other. `{{{{` stands for two braces.

mod address;
mod text;

pub use text::BadText;

use address::Addresses;
use text::Text;

use super::Row;
use crate::mail::{Draft, Envelope, Fault, Field};

/// A draft with gaps.
#[derive(Clone, Debug)]
pub struct Form {
    /// What has no gaps.
    base: Draft,
    /// From, To, Cc, Bcc, Reply-To.
    lists: [Addresses; 5],
    subject: Text,
    body: Text,
    headers: Vec<(Text, Text)>,
    /// Halves of the envelope that are given.
    envelope: (Option<Text>, Option<Vec<Text>>),
}

/// Halves of an envelope that stand instead of what the headers give, without angle brackets.
#[derive(Clone, Debug, Default)]
pub struct Halves {
    /// MAIL FROM; empty for the null sender.
    pub from: Option<String>,
    /// RCPT TO.
    pub to: Option<Vec<String>>,
}

impl Form {
    /// Finds the gaps of `draft` and of what is said instead of its envelope. `names` of the fields, in order. An error names the place by its field.
    pub fn new(draft: Draft, halves: &Halves, names: &[String]) -> Result<Self, (Field, BadText)> {
        let list = |field, text: &str| Addresses::new(field, text, names).map_err(|bad| (field, bad));
        let text = |field, text: &str| Text::new(text, names).map_err(|bad| (field, bad));
        let lists = [
            list(Field::From, &draft.from)?,
            list(Field::To, &draft.to)?,
            list(Field::Cc, &draft.cc)?,
            list(Field::Bcc, &draft.bcc)?,
            list(Field::ReplyTo, &draft.reply_to)?,
        ];
        let headers = draft.headers.iter().enumerate();
        let headers = headers.map(|(at, (name, value))| {
            let field = Field::Header(at);
            Ok((text(field, name)?, text(field, value)?))
        });
        let headers = headers.collect::<Result<_, _>>()?;
        let path = |path: &String| text(Field::Envelope, path);
        let from = halves.from.as_ref().map(path).transpose()?;
        let to = halves.to.as_ref().map(|to| to.iter().map(path).collect::<Result<_, _>>()).transpose()?;
        let (subject, body) = (text(Field::Subject, &draft.subject)?, text(Field::Body, &draft.body)?);
        Ok(Self { lists, subject, body, headers, envelope: (from, to), base: draft })
    }

    /// The draft that a row makes of it.
    pub fn fill(&self, row: &Row) -> Result<Draft, Vec<Fault>> {
        let (mut lists, mut faults) = (Vec::new(), Vec::new());
        for list in &self.lists {
            match list.fill(row) {
                Ok(filled) => lists.push(filled),
                Err(fault) => faults.push(fault),
            }
        }
        let Ok([from, to, cc, bcc, reply_to]) = <[String; 5]>::try_from(lists) else { return Err(faults) };
        let mut draft = Draft {
            from,
            to,
            cc,
            bcc,
            reply_to,
            subject: self.subject.fill(row),
            body: self.body.fill(row),
            headers: self.headers.iter().map(|(name, value)| (name.fill(row), value.fill(row))).collect(),
            envelope: None,
            ..self.base.clone()
        };
        draft.envelope = self.envelope(&draft, row)?;
        Ok(draft)
    }

    fn envelope(&self, draft: &Draft, row: &Row) -> Result<Option<Envelope>, Vec<Fault>> {
        let (from, to) = &self.envelope;
        if from.is_none() && to.is_none() {
            return Ok(None);
        }
        let from = from.as_ref().map(|from| from.fill(row));
        let to = to.as_ref().map(|to| to.iter().map(|path| path.fill(row)).collect());
        draft.envelope_with(from, to).map(Some)
    }
}

#[cfg(test)]
mod tests;
