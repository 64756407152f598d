//! What is known of the addresses in the form: faults, the other form of a domain, and the envelope that follows. Found
//! out when a field changes, never when one is drawn.

use super::{Compose, Slot};
use crate::mail::{AddressList, Draft, Envelope, Fault, Field, idn};
use crate::wire::printable;

/// An address field, looked through.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    text: String,
    /// The first thing that is wrong.
    pub(crate) fault: Option<Fault>,
    /// How many addresses there are.
    pub(crate) count: usize,
    /// The form of an internationalized domain that was not typed, safe to show; of several, the first.
    pub(crate) other_form: Option<String>,
}

impl Checked {
    fn of(slot: Slot, text: &str) -> Self {
        let (list, fault) = match AddressList::parse(field_of(slot), text) {
            Ok(list) => (list, None),
            Err(faults) => (AddressList::salvage(text), faults.into_iter().min_by_key(|fault| fault.at)),
        };
        let other_form = list.mailboxes().find_map(|mailbox| other_form(&mailbox.address));
        Self { text: text.to_owned(), fault, count: list.mailboxes().count(), other_form }
    }
}

fn field_of(slot: Slot) -> Field {
    match slot {
        Slot::From => Field::From,
        Slot::ReplyTo => Field::ReplyTo,
        Slot::Cc => Field::Cc,
        Slot::Bcc => Field::Bcc,
        _ => Field::To,
    }
}

/// The domain in ASCII of an address that was typed in Unicode, and the other way round.
fn other_form(address: &str) -> Option<String> {
    let (unicode, ascii) = idn(address)?;
    let other = if address.is_ascii() { unicode } else { ascii };
    let domain = other.rsplit_once('@').map_or(other.as_str(), |(_, domain)| domain);
    Some(printable::text(domain).into_owned())
}

type Derived = Result<Envelope, Vec<Fault>>;

/// What the envelope is made from.
#[derive(Debug, PartialEq)]
struct Source {
    fields: Draft,
    from: Option<String>,
    to: Option<Vec<String>>,
}

/// The address fields, looked through, and the envelope.
#[derive(Debug)]
pub(crate) struct Addresses {
    checked: [Checked; Slot::ADDRESSES.len()],
    source: Option<Source>,
    derived: Derived,
    said: Derived,
}

impl Default for Addresses {
    fn default() -> Self {
        Self { checked: Default::default(), source: None, derived: Err(Vec::new()), said: Err(Vec::new()) }
    }
}

impl Addresses {
    /// What is known of an address field.
    pub(crate) fn of(&self, slot: Slot) -> Option<&Checked> {
        Slot::ADDRESSES.iter().position(|address| *address == slot).map(|index| &self.checked[index])
    }

    /// The envelope that follows from the fields alone.
    pub(crate) fn derived(&self) -> &Derived {
        &self.derived
    }

    /// MAIL FROM and RCPT TO as they will be said.
    pub(crate) fn said(&self) -> &Derived {
        &self.said
    }

    /// What is said is not what the fields say.
    pub(crate) fn is_overridden(&self) -> bool {
        let typed = self.source.as_ref().is_some_and(|source| source.from.is_some() || source.to.is_some());
        typed && self.said != self.derived
    }
}

impl Compose {
    /// Looks through what changed since the last time.
    pub(super) fn check_addresses(&mut self) {
        for (index, slot) in Slot::ADDRESSES.into_iter().enumerate() {
            if self.field(slot).value() != self.addresses.checked[index].text {
                self.addresses.checked[index] = Checked::of(slot, self.field(slot).value());
            }
        }
        let source = Source { fields: self.addressed(), from: self.typed_from(), to: self.typed_to() };
        if self.addresses.source.as_ref() == Some(&source) {
            return;
        }
        self.addresses.derived = source.fields.envelope();
        self.addresses.said = match (&source.from, &source.to) {
            (None, None) => self.addresses.derived.clone(),
            (from, to) => source.fields.envelope_with(from.clone(), to.clone()),
        };
        self.addresses.source = Some(source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::account::Account;
    use crate::app::edit;

    fn form(fields: &[(Slot, &str)]) -> Compose {
        let mut form = Compose::new(&Account::empty("lab.test"));
        for (slot, text) in fields {
            *form.field_mut(*slot) = edit::field(text);
        }
        form.check_addresses();
        form
    }

    #[test]
    fn each_fault_has_its_place_and_good_lists_have_none() {
        for (text, fault, count) in [
            ("bob@a.example, eve@b@c.example", Some((20, "two @ in one address")), 1),
            ("bob", Some((0, "no @ in the address")), 0),
            ("Team: a@b.example, c@d.example (Chris);", None, 2),
            ("\"Ada, Countess\" <ada@a.example> (the first)", None, 1),
            ("", None, 0),
        ] {
            let form = form(&[(Slot::To, text)]);
            let checked = form.addresses.of(Slot::To).unwrap();
            let found = checked.fault.as_ref().map(|fault| (fault.at, fault.what.as_str()));
            assert_eq!((found, checked.count), (fault, count), "{text}");
        }
    }

    #[test]
    fn a_domain_is_told_in_the_form_that_was_not_typed() {
        let shown = |text: &str| form(&[(Slot::Cc, text)]).addresses.of(Slot::Cc).unwrap().other_form.clone();
        assert_eq!(shown("a@b.example, bob@münchen.example").as_deref(), Some("xn--mnchen-3ya.example"));
        assert_eq!(shown("bob@xn--mnchen-3ya.example").as_deref(), Some("münchen.example"));
        assert_eq!(shown("bøb@example.org"), None);
    }

    #[test]
    fn the_envelope_is_overridden_only_where_it_differs() {
        let fields = [(Slot::From, "ada@a.example"), (Slot::To, "bob@b.example")];
        let with = |slot, text| form(&[fields[0], fields[1], (slot, text)]);
        assert!(!form(&fields).addresses.is_overridden());
        assert!(!with(Slot::Main, "<ada@a.example>").addresses.is_overridden());
        assert!(with(Slot::Main, "<>").addresses.is_overridden());
        let other = with(Slot::EnvelopeTo, "eve@c.example");
        assert!(other.addresses.is_overridden());
        assert_eq!(other.envelope().unwrap().to, ["eve@c.example"]);
        assert_eq!(other.addresses.derived().as_ref().unwrap().to, ["bob@b.example"]);
    }
}
