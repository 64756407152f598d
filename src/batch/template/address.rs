//! A list of addresses with gaps. What stands between two commas is one address, whatever the values hold.

use super::text::{BadText, Piece, Text};
use crate::batch::Row;
use crate::mail::{AddressList, Entry, Fault, Field, Mailbox};

/// The list.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    field: Field,
    entries: Vec<Item>,
}

/// One address.
#[derive(Clone, Debug)]
enum Item {
    /// Without gaps, as typed; may be a group.
    Fixed(String),
    /// `address`, or `name <address>`.
    Gaps { name: Option<Text>, address: Text },
}

impl Addresses {
    pub(super) fn new(field: Field, text: &str, names: &[String]) -> Result<Self, BadText> {
        let text = Text::new(text, names)?;
        if !text.has_gaps() {
            let typed = text.0.into_iter().filter_map(|piece| match piece {
                Piece::Plain(text) => Some(text),
                Piece::Gap(_) => None,
            });
            return Ok(Self { field, entries: vec![Item::Fixed(typed.collect())] });
        }
        Ok(Self { field, entries: split(text).into_iter().map(item).collect() })
    }

    /// With the values of a row. One that is no single address is a fault; one that is blank is left out.
    pub(super) fn fill(&self, row: &Row) -> Result<String, Fault> {
        let mut all = Vec::new();
        for entry in &self.entries {
            match entry {
                Item::Fixed(text) => all.push(text.clone()),
                Item::Gaps { name, address } => {
                    let address = address.fill(row);
                    let name = name.as_ref().map(|name| name.fill(row));
                    if address.trim().is_empty() && name.as_ref().is_none_or(|name| name.trim().is_empty()) {
                        continue;
                    }
                    all.push(self.single(name.as_deref(), &address)?);
                }
            }
        }
        Ok(all.join(", "))
    }

    fn single(&self, name: Option<&str>, address: &str) -> Result<String, Fault> {
        let address = address.trim().to_owned();
        let text = match name.map(|name| name.trim().trim_matches('"')) {
            None => address,
            Some("") => format!("<{address}>"),
            Some(name) => Mailbox { name: Some(name.to_owned()), address }.to_string(),
        };
        let list = AddressList::parse(self.field, &text);
        let list = list.map_err(|faults| first(faults).unwrap_or_else(|| self.not_one(&text)))?;
        match list.0.as_slice() {
            [Entry::Mailbox(_)] => Ok(text),
            _ => Err(self.not_one(&text)),
        }
    }

    fn not_one(&self, text: &str) -> Fault {
        let what = format!("{text:?} is not one address");
        Fault::new(self.field, 0, what, "put one address into a field of the table")
    }
}

fn first(faults: Vec<Fault>) -> Option<Fault> {
    faults.into_iter().next()
}

/// Cuts at the commas that were typed outside quotes.
fn split(text: Text) -> Vec<Text> {
    let (mut entries, mut entry, mut quoted) = (Vec::new(), Vec::new(), false);
    for piece in text.0 {
        let Piece::Plain(plain) = piece else {
            entry.push(piece);
            continue;
        };
        let mut rest = plain.as_str();
        while let Some(at) = rest.find(|c| {
            quoted ^= c == '"';
            c == ',' && !quoted
        }) {
            entry.push(Piece::Plain(rest[..at].to_owned()));
            entries.push(Text(std::mem::take(&mut entry)));
            rest = &rest[at + 1..];
        }
        entry.push(Piece::Plain(rest.to_owned()));
    }
    entries.push(Text(entry));
    entries
}

fn item(text: Text) -> Item {
    if let [Piece::Plain(plain)] = text.0.as_slice() {
        return Item::Fixed(plain.clone());
    }
    let opens = |piece: &Piece| if let Piece::Plain(plain) = piece { plain.find('<') } else { None };
    let Some((at, bracket)) = text.0.iter().enumerate().find_map(|(at, piece)| Some((at, opens(piece)?))) else {
        return Item::Gaps { name: None, address: text };
    };
    let (mut name, mut address) = (Vec::new(), Vec::new());
    for (number, piece) in text.0.into_iter().enumerate() {
        match piece {
            Piece::Plain(plain) if number == at => {
                name.push(Piece::Plain(plain[..bracket].to_owned()));
                address.push(Piece::Plain(plain[bracket + 1..].to_owned()));
            }
            piece if number < at => name.push(piece),
            piece => address.push(piece),
        }
    }
    if let Some(Piece::Plain(end)) = address.last_mut() {
        *end = end.trim_end().trim_end_matches('>').to_owned();
    }
    Item::Gaps { name: Some(Text(name)), address: Text(address) }
}
