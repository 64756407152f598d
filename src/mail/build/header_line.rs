//! One header at a time: folded at 78 columns where words allow, never over 998 octets (RFC 5322 2.1.1, RFC 2047).

use mail_builder::headers::address::{Address, EmailAddress, GroupedAddresses};
use mail_builder::headers::{Header, raw::Raw, text::Text};

use crate::mail::address::{AddressList, Entry, Mailbox, is_plain_phrase, on_the_wire};

/// Columns aimed at.
const FOLD: usize = 78;
/// Longest value that is written on one line without a look at its words.
const SHORT: usize = 77;

/// How words that are not ASCII are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// As encoded words (RFC 2047).
    Encoded,
    /// In UTF-8, on purpose.
    Raw,
}

/// Headers that hold address lists.
const LISTS: [&str; 8] =
    ["From", "To", "Cc", "Sender", "Reply-To", "Resent-From", "Resent-To", "Disposition-Notification-To"];

/// Whether a header of this name holds an address list.
pub(super) fn is_list(name: &str) -> bool {
    LISTS.iter().any(|list| name.eq_ignore_ascii_case(list))
}

/// Writes a value that is known to be short ASCII.
pub(super) fn plain(out: &mut Vec<u8>, name: &str, value: &str) {
    start(out, name);
    Raw::new(value).write_header(out, name.len() + 2);
}

/// Writes text: as it is when ASCII, in encoded words otherwise.
pub(super) fn unstructured(out: &mut Vec<u8>, name: &str, value: &str, words: Words) {
    start(out, name);
    if folds_well(value) || words == Words::Raw && !value.is_ascii() {
        Raw::new(value).write_header(out, name.len() + 2);
    } else {
        Text::new(value).write_header(out, name.len() + 2);
    }
}

/// Writes an extra header: as an address list if its name says so and it is one, as text otherwise.
pub(super) fn extra(out: &mut Vec<u8>, name: &str, value: &str, words: Words) {
    if is_list(name)
        && let Ok(list) = AddressList::parse(crate::mail::Field::From, value)
        && !list.is_empty()
    {
        addresses(out, name, &list, words);
    } else if value.is_empty() {
        start(out, name);
        out.extend_from_slice(b"\r\n");
    } else {
        unstructured(out, name, value, words);
    }
}

/// Writes an address list; nothing if it is empty. A domain goes in ASCII, unless what is before the @ cannot.
pub(super) fn addresses(out: &mut Vec<u8>, name: &str, list: &AddressList, words: Words) {
    let Some(final_index) = list.0.len().checked_sub(1) else { return };
    start(out, name);
    for (index, entry) in list.0.iter().enumerate() {
        let tail = if index < final_index { "," } else { "" };
        let entry = in_ascii(entry);
        match &entry {
            _ if words == Words::Raw => item(out, index == 0, tail, |_| entry.to_string().into_bytes()),
            Entry::Mailbox(mailbox) => item(out, index == 0, tail, |column| self::mailbox(mailbox, column)),
            Entry::Group { name, members } => item(out, index == 0, tail, |column| group(name, members, column)),
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// The entry with its domains as they go out.
fn in_ascii(entry: &Entry) -> Entry {
    let one =
        |mailbox: &Mailbox| Mailbox { name: mailbox.name.clone(), address: on_the_wire(&mailbox.address).into_owned() };
    match entry {
        Entry::Mailbox(mailbox) => Entry::Mailbox(one(mailbox)),
        Entry::Group { name, members } => {
            Entry::Group { name: name.clone(), members: members.iter().map(one).collect() }
        }
    }
}

fn start(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
}

/// Whether ASCII text can be folded between its words without a line that is too long or looks blank.
fn folds_well(value: &str) -> bool {
    let longest = |words: std::str::Split<'_, fn(char) -> bool>| words.map(str::len).max().unwrap_or(0);
    let blank: fn(char) -> bool = |c| matches!(c, ' ' | '\t');
    let other: fn(char) -> bool = |c| !matches!(c, ' ' | '\t');
    value.is_ascii()
        && (value.len() <= SHORT || longest(value.split(blank)) <= 850 && longest(value.split(other)) <= 40)
}

/// Writes one item of a list, on a line of its own if the current one has no room. The header's first item has to
/// stay beside the name.
fn item(out: &mut Vec<u8>, first: bool, tail: &str, render: impl Fn(usize) -> Vec<u8>) {
    let column = out.iter().rev().take_while(|byte| **byte != b'\n').count();
    if first {
        out.extend_from_slice(&render(column));
    } else {
        let beside = render(column + 1);
        let width = beside.iter().position(|byte| *byte == b'\r').unwrap_or(beside.len());
        if column + 1 + width + tail.len() <= FOLD {
            out.push(b' ');
            out.extend_from_slice(&beside);
        } else {
            out.extend_from_slice(b"\r\n ");
            out.extend_from_slice(&render(1));
        }
    }
    out.extend_from_slice(tail.as_bytes());
}

fn mailbox(mailbox: &Mailbox, column: usize) -> Vec<u8> {
    let Some(name) = &mailbox.name else { return mailbox.address.clone().into_bytes() };
    if name.is_ascii() && is_plain_phrase(name) && !name.contains("=?") && name.len() < SHORT {
        let gap = if column + name.len() + mailbox.address.len() + 4 > FOLD { "\r\n <" } else { " <" };
        return format!("{name}{gap}{}>", mailbox.address).into_bytes();
    }
    if name.is_ascii() && is_plain_phrase(name) && !name.contains("=?") && folds_well(name) {
        return folded(name.split(' ').chain([format!("<{}>", mailbox.address).as_str()]), column);
    }
    written(&email(mailbox), column)
}

/// Words with blanks between them, on as many lines as they take.
fn folded<'a>(words: impl Iterator<Item = &'a str>, mut column: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, word) in words.enumerate() {
        if index > 0 {
            let full = column + 1 + word.len() > FOLD;
            out.extend_from_slice(if full { b"\r\n " } else { b" " });
            column = if full { 1 } else { column + 1 };
        }
        out.extend_from_slice(word.as_bytes());
        column += word.len();
    }
    out
}

fn group(name: &str, members: &[Mailbox], column: usize) -> Vec<u8> {
    let addresses = members.iter().map(|mailbox| Address::Address(email(mailbox))).collect();
    written(&Address::Group(GroupedAddresses { name: Some(name.into()), addresses }), column)
}

fn email(mailbox: &Mailbox) -> EmailAddress<'_> {
    EmailAddress { name: mailbox.name.as_deref().map(Into::into), email: mailbox.address.as_str().into() }
}

fn written(value: &impl Header, column: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.write_header(&mut bytes, column);
    bytes.truncate(bytes.len() - 2);
    bytes
}
