//! Who wrote a mail, and who is written to in answer (RFC 5322 3.6.2, 3.6.3).

use std::collections::HashSet;

use crate::mail::address::{AddressList, Entry, Mailbox};
use crate::mail::decoded;
use crate::mail::draft::same_mailbox_key;
use crate::mail::header::RawField;
use crate::wire::printable;

/// Most octets of address fields that are looked at.
const OCTETS: usize = 64 * 1024;

/// To and Cc of a reply.
pub(super) struct Recipients {
    pub(super) to: AddressList,
    pub(super) cc: AddressList,
    /// Some are left out, as there are too many.
    pub(super) cut: bool,
}

impl Recipients {
    pub(super) fn of(fields: &[RawField<'_>], own: &[String], all: bool) -> Self {
        let mut reader = Reader { fields, room: OCTETS, cut: false };
        let own: HashSet<String> =
            own.iter().flat_map(|text| AddressList::salvage(text).mailboxes().map(key).collect::<Vec<_>>()).collect();
        let mut answered = reader.mailboxes("Reply-To");
        if answered.is_empty() {
            answered = reader.mailboxes("From");
        }
        let (first, second) = (reader.mailboxes("To"), reader.mailboxes("Cc"));
        let is_own = |mailbox: &Mailbox| own.contains(&key(mailbox));
        let sent = !answered.is_empty() && answered.iter().all(is_own);
        let to = if sent && first.iter().any(|mailbox| !is_own(mailbox)) { first.clone() } else { answered };
        let mut seen = if to.iter().all(is_own) { HashSet::new() } else { own };
        let mut fresh = |list: Vec<Mailbox>| {
            let fresh = list.into_iter().filter(|mailbox| seen.insert(key(mailbox)));
            AddressList(fresh.map(Entry::Mailbox).collect())
        };
        let to = fresh(to);
        let cc = if all { fresh([first, second].concat()) } else { AddressList::default() };
        Self { to, cc, cut: reader.cut }
    }
}

/// The name, or else the address, of who wrote the mail.
pub(super) fn author(fields: &[RawField<'_>]) -> Option<String> {
    let mut reader = Reader { fields, room: OCTETS, cut: false };
    let first = reader.mailboxes("From").into_iter().chain(reader.mailboxes("Sender")).next()?;
    Some(first.name.unwrap_or(first.address))
}

fn key(mailbox: &Mailbox) -> String {
    same_mailbox_key(&mailbox.address)
}

struct Reader<'a> {
    fields: &'a [RawField<'a>],
    /// Octets that may still be looked at.
    room: usize,
    cut: bool,
}

impl Reader<'_> {
    /// The mailboxes of all fields of this name. What is no address is left out.
    fn mailboxes(&mut self, name: &str) -> Vec<Mailbox> {
        let mut found = Vec::new();
        for field in self.fields.iter().filter(|field| field.is(name)) {
            // A CR that ends no line must not join what it stands between.
            let lines = String::from_utf8_lossy(field.value).replace("\r\n", "").replace('\n', "");
            let mut text = lines.replace(['\t', '\r'], " ");
            if text.len() > self.room {
                self.cut = true;
                text.truncate(text.floor_char_boundary(self.room));
                // The last address may be cut in two.
                text.truncate(text.rfind(',').unwrap_or(0));
            }
            self.room -= text.len();
            found.extend(AddressList::salvage(&text).mailboxes().filter_map(shown));
        }
        found
    }
}

/// A mailbox with its name decoded; nothing if its address is not what it looks like.
fn shown(mailbox: &Mailbox) -> Option<Mailbox> {
    let address = &mailbox.address;
    let honest = printable::text(address) == address.as_str() && !address.contains('\u{fffd}');
    let name =
        mailbox.name.as_ref().map(|name| decoded::text(&RawField { name: b"", value: name.as_bytes(), raw: b"" }));
    honest.then(|| Mailbox { name: name.filter(|name| !name.trim().is_empty()), address: address.clone() })
}
