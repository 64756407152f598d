//! The places of the form: what can hold the caret, the tabs, and which rows stand above a tab.

use super::{Compose, completion};
use crate::smtp::{MailOutcome, MailReport};

/// Rows that a preview or a list has before the fields above it have all of theirs.
const LOOKED_AT: usize = 24;
/// A place in the form that can hold the caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    From,
    ReplyTo,
    To,
    Cc,
    Bcc,
    Subject,
    /// The row of attachments, while there are any.
    Attachments,
    /// What the tab shows: body, headers, wire preview; in the envelope tab, MAIL FROM.
    Main,
    /// In the envelope tab, RCPT TO.
    EnvelopeTo,
}

impl Slot {
    /// The address fields, in the order of the form.
    pub(crate) const ADDRESSES: [Self; 5] = [Self::From, Self::ReplyTo, Self::To, Self::Cc, Self::Bcc];
    pub(crate) const FIELDS: [Self; 6] = [Self::From, Self::ReplyTo, Self::To, Self::Cc, Self::Bcc, Self::Subject];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::From => "From",
            Self::ReplyTo => "Reply-To",
            Self::To => "To",
            Self::Cc => "Cc",
            Self::Bcc => "Bcc",
            Self::Subject => "Subject",
            Self::Attachments => "Attach",
            Self::Main => "MAIL FROM",
            Self::EnvelopeTo => "RCPT TO",
        }
    }
}

/// What the lower part of the form shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Body,
    Headers,
    Envelope,
    Options,
    Wire,
    Faults,
}

impl Tab {
    pub(crate) const ALL: [Self; 6] =
        [Self::Body, Self::Headers, Self::Envelope, Self::Options, Self::Wire, Self::Faults];
    /// Its title in a row of `width` cells; so many faults are on.
    pub(crate) fn title(self, width: u16, faults: usize) -> String {
        let whole: usize = Self::ALL.into_iter().map(|tab| tab.name(false, faults).len() + 2).sum();
        self.name(whole > usize::from(width), faults)
    }

    fn name(self, short: bool, faults: usize) -> String {
        let title = match self {
            Self::Body => "Body",
            Self::Headers if short => "Hdrs",
            Self::Headers => "Headers",
            Self::Envelope if short => "Env",
            Self::Envelope => "Envelope",
            Self::Options if short => "Opt",
            Self::Options => "Options",
            Self::Wire => "Wire",
            Self::Faults if faults > 0 => return format!("Faults {faults}"),
            Self::Faults => "Faults",
        };
        title.to_owned()
    }

    /// The tab at a column of the tab row: each title has a cell on both sides.
    pub(crate) fn at(column: u16, width: u16, faults: usize) -> Option<Self> {
        let mut from = 0;
        Self::ALL.into_iter().find(|tab| {
            from += tab.title(width, faults).len() + 2;
            usize::from(column) < from
        })
    }

    /// Nothing is typed there: it is looked at, or chosen from.
    pub(crate) fn is_list(self) -> bool {
        matches!(self, Self::Options | Self::Wire | Self::Faults)
    }

    pub(super) fn step(self, step: isize) -> Self {
        let here = Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        Self::ALL[(here + Self::ALL.len()).wrapping_add_signed(step) % Self::ALL.len()]
    }
}

/// A row of the upper part of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormRow {
    Field(Slot),
    Attachments,
    /// What the chosen attachment is, while the caret is on it.
    Chosen,
    Envelope,
    Tabs,
}

impl Compose {
    /// The rows above the tab's content in an area of `height` rows, most needed first when they do not all fit.
    pub(crate) fn rows(&self, height: u16) -> Vec<FormRow> {
        let mut rows: Vec<FormRow> = Slot::FIELDS.into_iter().map(FormRow::Field).collect();
        rows.push(FormRow::Attachments);
        rows.extend((self.at == Slot::Attachments && self.editing).then_some(FormRow::Chosen));
        rows.extend([FormRow::Envelope, FormRow::Tabs]);
        let spare: [fn(&Self, FormRow) -> bool; 5] = [
            |form, row| row == FormRow::Field(Slot::ReplyTo) && form.is_spare(Slot::ReplyTo),
            |form, row| row == FormRow::Attachments && form.attachments.is_empty(),
            |form, row| matches!(row, FormRow::Field(slot @ (Slot::Cc | Slot::Bcc)) if form.is_spare(slot)),
            |form, row| (form.is_writing() || form.is_looking()) && form.goes_without_saying(row),
            |form, row| matches!(row, FormRow::Field(slot) if form.is_spare(slot)) || row == FormRow::Envelope,
        ];
        let wanted = if self.is_looking() { LOOKED_AT } else { 6 };
        for (needed, droppable) in [wanted, wanted, wanted, wanted, 3].into_iter().zip(spare) {
            while rows.len() + needed > usize::from(height) {
                let Some(index) = rows.iter().rposition(|row| droppable(self, *row)) else { break };
                rows.remove(index);
            }
        }
        rows
    }

    /// The caret is in the body.
    fn is_writing(&self) -> bool {
        (self.at, self.tab, self.editing) == (Slot::Main, Tab::Body, true)
    }

    /// What the tab shows is looked at or chosen from, and the fields above it are not gone through.
    pub(super) fn is_looking(&self) -> bool {
        self.tab.is_list() && self.at == Slot::Main
    }

    /// Whether what is shown wants more rows than a text that is written.
    pub(crate) fn wants_rows(&self) -> bool {
        let troubled = |report: &MailReport| report.outcome != MailOutcome::Sent;
        self.is_looking() || self.shows_result() || self.result.as_ref().is_some_and(troubled)
    }

    /// The complaint about a place in a field can wait: the address there is still being typed.
    pub(crate) fn is_still_typed(&self, slot: Slot, place: usize) -> bool {
        let here = self.editing && (self.at, self.typed) == (slot, Some(slot));
        here && completion::entry_at(self.field(slot)).contains(&place)
    }

    /// A row that says nothing new to somebody who is busy with the mail itself: the sender and the envelope, when all
    /// is as usual.
    fn goes_without_saying(&self, row: FormRow) -> bool {
        let good = self.addresses.said().is_ok() && !self.addresses.is_overridden();
        match row {
            FormRow::Envelope => good && self.faults_on_purpose().is_empty(),
            row => good && row == FormRow::Field(Slot::From),
        }
    }

    fn is_spare(&self, slot: Slot) -> bool {
        self.at != slot && self.field(slot).value().is_empty()
    }
}
