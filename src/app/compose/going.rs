//! To the place in the form that something on the wire came from, and what a place is about.

use tui_input::InputRequest;
use tui_textarea::CursorMove;

use super::{Compose, Slot, Tab, completion};

/// The fields that make recipients.
const RECIPIENTS: [Slot; 3] = [Slot::To, Slot::Cc, Slot::Bcc];

impl Compose {
    /// To what MAIL FROM came from.
    pub(crate) fn go_to_sender(&mut self) {
        if self.typed_from().is_some() {
            self.set_tab(Tab::Envelope);
            self.go(Slot::Main);
        } else {
            self.go(Slot::From);
        }
    }

    /// To the recipient with this address. False: the form has none like it.
    pub(crate) fn go_to_recipient(&mut self, address: &str) -> bool {
        let fields: &[Slot] = if self.typed_to().is_some() { &[Slot::EnvelopeTo] } else { &RECIPIENTS };
        let found = fields.iter().find_map(|slot| Some((*slot, place_of(self.field(*slot).value(), address)?)));
        let Some((slot, at)) = found else { return false };
        if slot == Slot::EnvelopeTo {
            self.set_tab(Tab::Envelope);
        }
        self.go(slot);
        self.field_mut(slot).handle(InputRequest::SetCursor(at));
        true
    }

    /// To the field of a header, or to where extra headers are written.
    pub(crate) fn go_to_field(&mut self, name: &str) {
        let field = Slot::FIELDS.into_iter().find(|slot| slot.label().eq_ignore_ascii_case(name));
        if let Some(slot) = field {
            self.go(slot);
        } else {
            self.set_tab(Tab::Headers);
            self.go(Slot::Main);
        }
    }

    /// To the line of the body that reads like this, the one nearest to line `near`, counted from 0.
    pub(crate) fn go_to_body(&mut self, line: &str, near: usize) {
        self.set_tab(Tab::Body);
        self.go(Slot::Main);
        let alike = self.body.lines().iter().enumerate().filter(|(_, text)| text.trim_end() == line.trim_end());
        if let Some((row, _)) = alike.min_by_key(|(row, _)| row.abs_diff(near)) {
            self.body.move_cursor(CursorMove::Jump(u16::try_from(row).unwrap_or(u16::MAX), 0));
        }
    }

    /// The address under the caret, or the only one of its field.
    pub(crate) fn address_here(&self) -> Option<String> {
        let input = self.field(self.at);
        let range = completion::entry_at(input);
        let entry: String =
            input.value().chars().enumerate().filter(|(at, _)| range.contains(at)).map(|(_, letter)| letter).collect();
        let bare = entry.rsplit_once('<').map_or(entry.as_str(), |(_, path)| path);
        let bare = bare.trim_matches(|letter: char| letter.is_whitespace() || "<>,;".contains(letter));
        (!bare.is_empty()).then(|| bare.to_owned())
    }
}

/// Where `address` stands in a list, in characters, as a whole and in any case.
fn place_of(list: &str, address: &str) -> Option<usize> {
    let (list, address) = (list.to_lowercase(), address.to_lowercase());
    let part = |letter: char| letter.is_alphanumeric() || ".-_+@".contains(letter);
    let whole = |at: &usize| {
        let (before, after) = (&list[..*at], &list[at + address.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    };
    let at = list.match_indices(&address).map(|(at, _)| at).find(whole)?;
    Some(list[..at].chars().count()).filter(|_| !address.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_as_a_whole_in_any_case() {
        for (list, address, at) in [
            ("bob@sandbox.test", "bob@sandbox.test", Some(0)),
            ("Grüße <Bob@Sandbox.Test>, eve@x", "bob@sandbox.test", Some(7)),
            ("bbob@sandbox.test, bob@sandbox.test.example, bob@sandbox.test", "bob@sandbox.test", Some(45)),
            ("ada@x", "bob@x", None),
            ("ada@x", "", None),
        ] {
            assert_eq!(place_of(list, address), at, "{address} in {list}");
        }
    }
}
