//! Header values decoded by mail-parser (RFC 2047, 2231, 5322), one field at a time and in bounded pieces.
//!
//! mail-parser never sees more than one field or one part, so no nesting reaches it; some of its scans take quadratic
//! time, so no long value does either. What comes out is not yet fit for the screen unless it says so.

use std::borrow::Cow;

use jiff::Timestamp;
use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, ContentType, HeaderValue};

use super::address::{Entry, Mailbox};
use super::header::RawField;
use crate::wire::printable;

/// Most octets of a value that are decoded.
const VALUE: usize = 8 * 1024;

/// The value ready for a [`MessageStream`], which wants its line end.
fn bounded(field: &RawField<'_>) -> (Vec<u8>, bool) {
    let cut = field.value.len() > VALUE;
    let value = if cut { &field.value[..VALUE] } else { field.value };
    let mut bytes = value.trim_ascii_end().to_vec();
    bytes.push(b'\n');
    (bytes, cut)
}

fn cut_mark(mut text: String, cut: bool) -> String {
    if cut {
        text.push('…');
    }
    text
}

/// Free text, encoded words decoded; fit for the screen.
pub(super) fn text(field: &RawField<'_>) -> String {
    let (bytes, cut) = bounded(field);
    let value = MessageStream::new(&bytes).parse_unstructured();
    let text = match value {
        HeaderValue::Text(text) => printable::text(text.trim()).into_owned(),
        _ => String::new(),
    };
    cut_mark(text, cut)
}

/// Addresses with decoded names, quoted where a name could be taken for something else; fit for the screen.
pub(super) fn addresses(field: &RawField<'_>) -> String {
    let (bytes, cut) = bounded(field);
    let value = MessageStream::new(&bytes).parse_address();
    let HeaderValue::Address(address) = value else { return text(field) };
    let entries: Vec<String> =
        entries(address).iter().map(|entry| printable::text(&entry.to_string()).into_owned()).collect();
    if entries.is_empty() { text(field) } else { cut_mark(entries.join(", "), cut) }
}

fn entries(address: Address<'_>) -> Vec<Entry> {
    match address {
        Address::List(list) => list.into_iter().map(|addr| Entry::Mailbox(mailbox(addr))).collect(),
        Address::Group(groups) => groups.into_iter().flat_map(group).collect(),
    }
}

fn group(group: mail_parser::Group<'_>) -> Vec<Entry> {
    let members = group.addresses.into_iter().map(mailbox);
    match group.name {
        Some(name) => vec![Entry::Group { name: name.into_owned(), members: members.collect() }],
        None => members.map(Entry::Mailbox).collect(),
    }
}

fn mailbox(addr: Addr<'_>) -> Mailbox {
    match (addr.name, addr.address) {
        (name, Some(address)) => Mailbox { name: name.map(Cow::into_owned), address: address.into_owned() },
        (name, None) => Mailbox { name: None, address: name.map(Cow::into_owned).unwrap_or_default() },
    }
}

/// The moment a Date header names.
pub(super) fn date(field: &RawField<'_>) -> Option<Timestamp> {
    let (bytes, _) = bounded(field);
    let HeaderValue::DateTime(date) = MessageStream::new(&bytes).parse_date() else { return None };
    let exists = (1..=12).contains(&date.month) && (1..=31).contains(&date.day);
    exists.then(|| Timestamp::from_second(date.to_timestamp()).ok()).flatten()
}

/// Content-Type or Content-Disposition with their parameters.
pub(super) fn content_type(field: &RawField<'_>) -> Option<ContentType<'static>> {
    let (bytes, _) = bounded(field);
    match MessageStream::new(&bytes).parse_content_type().into_owned() {
        HeaderValue::ContentType(content_type) => Some(content_type),
        _ => None,
    }
}
