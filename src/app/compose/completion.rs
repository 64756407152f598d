//! Completion of addresses: those used before and those of the profiles, offered below the field while one is typed.
//! Nothing is taken unless the person chose it.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use super::{Compose, Slot};
use crate::mail::{AddressList, Draft};
use crate::smtp::{MailReport, RecipientOutcome};

/// Most addresses remembered.
const REMEMBERED: usize = 2_000;
/// Most candidates offered at once.
const OFFERED: usize = 20;

/// An address that can be offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// `local@domain`.
    address: String,
    /// As it goes into the field: `Name <address>`.
    display: String,
    /// What a typed word may be the beginning of, lower case.
    words: Vec<String>,
}

impl Known {
    /// The first address in a text, if there is one.
    fn read(text: &str) -> Option<Self> {
        AddressList::salvage(text).mailboxes().next().map(|mailbox| {
            let display = mailbox.to_string();
            let whole = display.to_lowercase();
            let mut words: Vec<String> = whole
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect();
            words.push(mailbox.address.to_lowercase());
            Self { address: mailbox.address.clone(), display, words }
        })
    }

    fn fits(&self, wanted: &[String]) -> bool {
        wanted.iter().all(|wanted| self.words.iter().any(|word| word.starts_with(wanted)))
    }
}

/// Addresses to choose from, and what is offered now.
#[derive(Debug, Default)]
pub(crate) struct Completion {
    /// Used before, the latest first.
    known: Vec<Known>,
    /// Of the profiles.
    own: Vec<Known>,
    offered: Vec<String>,
    /// The candidate that Tab or Enter takes.
    pub(crate) selected: Option<usize>,
}

impl Completion {
    /// What can be chosen from now, best first.
    pub(crate) fn offered(&self) -> &[String] {
        &self.offered
    }

    /// Takes the list away. `false`: there was none.
    pub(crate) fn close(&mut self) -> bool {
        self.selected = None;
        !std::mem::take(&mut self.offered).is_empty()
    }

    fn offer(&mut self, fragment: &str, rest: &str) {
        self.close();
        let fragment = fragment.to_lowercase();
        let wanted: Vec<String> = fragment
            .split(|c: char| c.is_whitespace() || "\"<>(),;".contains(c))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        if wanted.is_empty() {
            return;
        }
        let free = |known: &&Known| known.fits(&wanted) && !rest.contains(&known.address);
        let found = self.known.iter().chain(&self.own).filter(free);
        for known in found {
            let there = self.offered.contains(&known.display);
            // What stands there already need not be offered.
            if !there && known.display.to_lowercase() != fragment && known.address.to_lowercase() != fragment {
                self.offered.push(known.display.clone());
            }
            if self.offered.len() == OFFERED {
                break;
            }
        }
    }

    /// Remembers `known` as just used.
    fn push(&mut self, known: Known) {
        self.known.retain(|other| !other.address.eq_ignore_ascii_case(&known.address));
        self.known.insert(0, known);
        self.known.truncate(REMEMBERED);
    }

    fn list(&self) -> Vec<String> {
        self.known.iter().map(|known| known.display.clone()).collect()
    }
}

impl Compose {
    /// The addresses that can be offered, those used last first: `local@domain`.
    pub(crate) fn known_addresses(&self) -> impl Iterator<Item = &str> {
        self.completion.known.iter().chain(&self.completion.own).map(|known| known.address.as_str())
    }

    /// The addresses used before, the latest first, as [`Self::used`] gave them.
    pub(crate) fn set_known(&mut self, known: impl IntoIterator<Item = String>) {
        self.completion.known = known.into_iter().take(REMEMBERED).filter_map(|text| Known::read(&text)).collect();
    }

    /// The addresses of the person.
    pub(crate) fn set_own<'a>(&mut self, own: impl Iterator<Item = &'a str>) {
        self.completion.own = own.filter_map(Known::read).collect();
    }

    /// Remembers for whom a mail was accepted; returns all addresses used, the latest first.
    pub(crate) fn used(&mut self, draft: &Draft, report: &MailReport) -> Vec<String> {
        let accepted = report.recipients.iter().filter(|recipient| recipient.outcome == RecipientOutcome::Accepted);
        let accepted: HashSet<&str> = accepted.map(|recipient| recipient.address.as_str()).collect();
        for text in [&draft.bcc, &draft.cc, &draft.to] {
            let list = AddressList::salvage(text);
            let used = list.mailboxes().filter(|mailbox| accepted.contains(mailbox.address.as_str()));
            let mut used: Vec<Known> = used.filter_map(|mailbox| Known::read(&mailbox.to_string())).collect();
            used.truncate(REMEMBERED);
            used.into_iter().rev().for_each(|known| self.completion.push(known));
        }
        self.completion.list()
    }

    /// Offers what fits the address that is being typed.
    pub(super) fn offer_addresses(&mut self) {
        if !Slot::ADDRESSES.contains(&self.at) {
            self.completion.close();
            return;
        }
        let input = &self.fields[self.at as usize];
        match fragment(input) {
            Some(from) => {
                let chars: Vec<char> = input.value().chars().collect();
                let typed: String = chars[from..input.cursor()].iter().collect();
                let rest: String = chars[..from].iter().chain(&chars[input.cursor()..]).collect();
                self.completion.offer(typed.trim(), &rest);
            }
            None => drop(self.completion.close()),
        }
    }

    /// A key while candidates are offered. Returns whether it was for them.
    pub(super) fn completion_key(&mut self, key: KeyEvent) -> bool {
        let last = match self.completion.offered.len() {
            0 => return false,
            count => count - 1,
        };
        let selected = self.completion.selected;
        match (key.code, key.modifiers) {
            (KeyCode::Down, KeyModifiers::NONE) => {
                self.completion.selected = Some(selected.map_or(0, |index| (index + 1).min(last)));
            }
            (KeyCode::Up, KeyModifiers::NONE) if selected.is_some() => {
                self.completion.selected = selected.and_then(|index| index.checked_sub(1));
            }
            (KeyCode::Tab | KeyCode::Enter, KeyModifiers::NONE) if selected.is_some() => self.take_offered(),
            _ => return false,
        }
        true
    }

    /// Puts the selected candidate in place of what was typed.
    fn take_offered(&mut self) {
        let chosen = self.completion.selected.and_then(|index| self.completion.offered.get(index)).cloned();
        self.completion.close();
        let input = &mut self.fields[self.at as usize];
        let (Some(chosen), Some(from)) = (chosen, fragment(input)) else { return };
        let chars: Vec<char> = input.value().chars().collect();
        let gap = if from > 0 && chars[from - 1] != ' ' { " " } else { "" };
        let before: String = chars[..from].iter().collect::<String>() + gap + &chosen;
        let caret = before.chars().count();
        let after: String = chars[input.cursor()..].iter().collect();
        *input = Input::new(before + &after).with_cursor(caret);
    }
}

/// The characters of the entry that the caret is in, with the place behind its last.
pub(super) fn entry_at(input: &Input) -> RangeInclusive<usize> {
    let (mut from, mut end) = (0, input.value().chars().count());
    for place in separators(input.value().chars()) {
        if place >= input.cursor() {
            end = place;
            break;
        }
        from = place + 1;
    }
    from..=end
}

/// Where the address begins that is being typed at the end of an entry; `None`: the caret is inside one.
fn fragment(input: &Input) -> Option<usize> {
    let (text, cursor) = (input.value(), input.cursor());
    let from = separators(text.chars().take(cursor)).last().map_or(0, |place| place + 1);
    let spaces = text.chars().take(cursor).skip(from).take_while(|c| *c == ' ').count();
    let next = text.chars().skip(cursor).find(|c| *c != ' ');
    next.is_none_or(|c| matches!(c, ',' | ';')).then_some(from + spaces)
}

/// Where one entry of a list ends and the next begins: outside quotes, comments and `<>`.
fn separators(text: impl Iterator<Item = char>) -> impl Iterator<Item = usize> {
    let (mut quoted, mut nested, mut escaped) = (false, 0_usize, false);
    text.enumerate().filter_map(move |(index, c)| {
        match c {
            _ if std::mem::take(&mut escaped) => {}
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '<' => nested += 1,
            ')' | '>' => nested = nested.saturating_sub(1),
            ',' | ';' | ':' if nested == 0 => return Some(index),
            _ => {}
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::account::Account;
    use crate::app::edit;
    use crate::smtp::{MailId, MailOutcome, RecipientReport, Stage};
    use std::time::Instant;

    fn form() -> Compose {
        let mut form = Compose::new(&Account::empty("lab.test"));
        form.set_known(vec!["Bob Ross <bob@b.example>".into(), "Eve <eve@c.example>".into(), "broken".into()]);
        form.set_own(["Ada Lovelace <ada@a.example>"].into_iter());
        form.go(Slot::To);
        form
    }

    fn press(form: &mut Compose, code: KeyCode) -> bool {
        form.key(KeyEvent::new(code, KeyModifiers::NONE), Instant::now())
    }

    fn typed(form: &mut Compose, text: &str) {
        for c in text.chars() {
            press(form, KeyCode::Char(c));
        }
    }

    #[test]
    fn words_are_matched_by_their_beginnings() {
        for (text, offered) in [
            ("ro", vec!["Bob Ross <bob@b.example>"]),
            ("bob@b", vec!["Bob Ross <bob@b.example>"]),
            ("ROSS bo", vec!["Bob Ross <bob@b.example>"]),
            ("love", vec!["Ada Lovelace <ada@a.example>"]),
            ("exam", vec!["Bob Ross <bob@b.example>", "Eve <eve@c.example>", "Ada Lovelace <ada@a.example>"]),
            ("oss", vec![]),
            (" ", vec![]),
            ("eve@c.example", vec![]),
            ("eve@c.example, ev", vec![]),
        ] {
            let mut form = form();
            typed(&mut form, text);
            assert_eq!(form.completion.offered(), offered, "{text}");
        }
    }

    #[test]
    fn only_what_was_selected_is_taken() {
        let mut form = form();
        typed(&mut form, "x@y.example,bo");
        assert!(press(&mut form, KeyCode::Tab));
        assert_eq!((form.at, form.field(Slot::To).value()), (Slot::Cc, "x@y.example,bo"));
        form.go(Slot::To);
        typed(&mut form, "b");
        press(&mut form, KeyCode::Down);
        press(&mut form, KeyCode::Enter);
        assert_eq!((form.at, form.field(Slot::To).value()), (Slot::To, "x@y.example, Bob Ross <bob@b.example>"));
        assert!(form.addresses.of(Slot::To).unwrap().fault.is_none());
    }

    #[test]
    fn an_address_in_the_middle_or_in_quotes_is_found() {
        for (text, cursor, from) in [
            ("a@b, c", 6, Some(5)),
            ("\"x, y", 5, Some(0)),
            ("Team: b", 7, Some(6)),
            ("a, c", 1, Some(0)),
            ("abc", 1, None),
            ("(a, b) c", 8, Some(0)),
        ] {
            assert_eq!(fragment(&edit::field(text).with_cursor(cursor)), from, "{text}");
        }
    }

    #[test]
    fn who_was_accepted_last_comes_first_and_once() {
        let mut form = form();
        let draft = Draft {
            to: "Eve New <eve@C.example>, Zoe <zoe@z.example>".into(),
            bcc: "secret@s.example, typo@s.example".into(),
            ..Draft::default()
        };
        let recipient = |address: &str| RecipientReport {
            address: address.to_owned(),
            outcome: if address.starts_with("typo") { RecipientOutcome::Refused } else { RecipientOutcome::Accepted },
            reply: None,
        };
        let recipients = ["eve@C.example", "zoe@z.example", "secret@s.example", "typo@s.example"].map(recipient);
        let report = MailReport {
            id: MailId(1),
            outcome: MailOutcome::Partial,
            stage: Stage::Done,
            recipients: recipients.into(),
            reply: None,
            queue_id: None,
            why: None,
        };
        let expected =
            ["Eve New <eve@C.example>", "Zoe <zoe@z.example>", "secret@s.example", "Bob Ross <bob@b.example>"];
        assert_eq!(form.used(&draft, &report), expected);
    }
}
