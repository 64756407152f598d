//! The compose form: fields, tabs, what became of the mail. It knows no connection; [`super::sending`] sends.

mod addresses;
mod aside;
pub(crate) mod attaching;
pub(crate) mod attachments;
pub(crate) mod completion;
mod draft;
mod filling;
pub(crate) mod finding;
mod mending;
pub(crate) mod result;
pub(crate) mod switches;
pub(crate) mod wire_preview;

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;
use tui_textarea::{CursorMove, TextArea, WrapMode};

use super::account::Account;
use super::assembly::Assembled;
use super::edit;
use super::linting::Checking;
use super::preview::Previewing;
use crate::mail::{Attachment, DkimKey, Fault, Field, Flaws, Format};
use crate::smtp::{MailId, MailReport, Manner, Pace};
use addresses::Addresses;
use aside::Standing;
use attachments::Files;
use completion::Completion;
use finding::Finding;
use wire_preview::Preview;

/// A pause this long after a change, and the draft is saved.
const AUTOSAVE: Duration = Duration::from_secs(1);
/// Without a pause, it is saved this often.
const AUTOSAVE_AT_LEAST: Duration = Duration::from_secs(2);

/// Most octets of a body whose lines are broken to fit.
const WRAPPED: usize = 128 * 1024;

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

    fn step(self, step: isize) -> Self {
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

/// The form and the mail made from it.
#[derive(Debug)]
pub(crate) struct Compose {
    fields: [Input; 6],
    /// What is known of the addresses in them.
    pub(crate) addresses: Addresses,
    /// Addresses to choose from while one is typed.
    pub(crate) completion: Completion,
    /// The search in the body.
    pub(crate) finding: Finding,
    pub(crate) body: TextArea<'static>,
    pub(crate) headers: TextArea<'static>,
    pub(crate) envelope_from: Input,
    pub(crate) envelope_to: Input,
    attachments: Vec<Attachment>,
    /// What the files of attachments are like.
    files: Files,
    /// The attachment that a key takes off.
    pub(crate) chosen: usize,
    pub(crate) standing: Standing,
    pub(crate) tab: Tab,
    pub(crate) at: Slot,
    pub(crate) editing: bool,
    /// Fixed when the mail is first sent, so that sending it again says it is the same.
    identity: Option<(String, jiff::Zoned)>,
    /// What is in the form differs from what was sent or filled in by the program.
    pub(crate) unsent: bool,
    /// First and last change that no saved draft holds.
    changes: Option<(Instant, Instant)>,
    pub(crate) saved: Option<String>,
    /// The assembly that is awaited, to be sent.
    pub(crate) assembling: Option<u64>,
    /// The mail made ready, until its secret is there.
    pub(crate) assembled: Option<Box<Assembled>>,
    pub(crate) sending: Option<(MailId, Instant)>,
    pub(crate) result: Option<MailReport>,
    pub(crate) result_view: result::ResultView,
    /// Counts the changes, so that a mail can be told from what it was.
    pub(crate) edits: u64,
    pub(crate) faults: Vec<Fault>,
    pub(crate) preview: Preview,
    pub(crate) previewing: Previewing,
    pub(crate) checking: Checking,
    /// The row of the tab of switches.
    switch_at: usize,
    /// The faults of the mail that is on its way, or was sent last.
    pub(crate) carried: Vec<String>,
    /// How the mail is sent.
    pub(crate) manner: Manner,
    pub(crate) flaws: Flaws,
    pub(crate) format: Format,
    pub(crate) dkim: Option<DkimKey>,
    /// Whether the commands of a mail go one by one.
    pub(crate) pace: Pace,
    /// The body as an account filled it in.
    filled: String,
}

impl Compose {
    pub(crate) fn new(account: &Account) -> Self {
        let mut form = Self {
            fields: Default::default(),
            addresses: Addresses::default(),
            completion: Completion::default(),
            finding: Finding::default(),
            body: text_area(""),
            headers: text_area(""),
            envelope_from: Input::default(),
            envelope_to: Input::default(),
            attachments: Vec::new(),
            files: Files::default(),
            chosen: 0,
            standing: Standing::default(),
            tab: Tab::Body,
            at: Slot::From,
            editing: true,
            identity: None,
            unsent: false,
            changes: None,
            saved: None,
            assembling: None,
            assembled: None,
            sending: None,
            result: None,
            result_view: result::ResultView::default(),
            edits: 0,
            faults: Vec::new(),
            preview: Preview::default(),
            previewing: Previewing::default(),
            checking: Checking::default(),
            switch_at: 0,
            carried: Vec::new(),
            manner: Manner::default(),
            flaws: Flaws::default(),
            format: Format::default(),
            dkim: None,
            pace: Pace::default(),
            filled: String::new(),
        };
        form.fill(account);
        form
    }

    pub(crate) fn field(&self, slot: Slot) -> &Input {
        match slot {
            // The attachments have no text; nothing is typed there.
            Slot::Main | Slot::Attachments => &self.envelope_from,
            Slot::EnvelopeTo => &self.envelope_to,
            slot => &self.fields[slot as usize],
        }
    }

    fn field_mut(&mut self, slot: Slot) -> &mut Input {
        match slot {
            Slot::Main | Slot::Attachments => &mut self.envelope_from,
            Slot::EnvelopeTo => &mut self.envelope_to,
            slot => &mut self.fields[slot as usize],
        }
    }

    pub(crate) fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// The area that holds the caret, if a text area does.
    pub(crate) fn area(&self) -> Option<&TextArea<'static>> {
        match (self.at, self.tab) {
            (Slot::Main, Tab::Body) => Some(&self.body),
            (Slot::Main, Tab::Headers) => Some(&self.headers),
            _ => None,
        }
    }

    fn area_mut(&mut self) -> Option<&mut TextArea<'static>> {
        match (self.at, self.tab) {
            (Slot::Main, Tab::Body) => Some(&mut self.body),
            (Slot::Main, Tab::Headers) => Some(&mut self.headers),
            _ => None,
        }
    }

    /// Whether the caret stands in a one-line field.
    pub(crate) fn in_line(&self) -> bool {
        self.area().is_none() && !(self.at == Slot::Main && self.tab.is_list())
    }

    /// Whether the whole result is shown in place of the form.
    pub(crate) fn shows_result(&self) -> bool {
        self.result_view.open && self.result.is_some()
    }

    /// Whether typing goes into the form.
    pub(crate) fn is_typing(&self) -> bool {
        self.editing && !self.shows_result() && (self.in_line() || self.area().is_some())
    }

    /// A key while typing. Returns whether it meant something.
    pub(crate) fn key(&mut self, key: KeyEvent, now: Instant) -> bool {
        match (key.code, key.modifiers) {
            _ if self.finding.open => return self.finding_key(key),
            _ if self.completion_key(key) => {
                if self.completion.offered().is_empty() {
                    self.changed(now);
                }
                return true;
            }
            (KeyCode::Tab, KeyModifiers::NONE) => return self.move_by(1),
            (KeyCode::BackTab, _) => return self.move_by(-1),
            (KeyCode::Enter | KeyCode::Down, KeyModifiers::NONE) if self.in_line() => return self.move_by(1),
            (KeyCode::Up, KeyModifiers::NONE) if self.in_line() => return self.move_by(-1),
            (KeyCode::Up, KeyModifiers::NONE) if self.area().is_some_and(|area| area.cursor().0 == 0) => {
                return self.move_by(-1);
            }
            (KeyCode::PageUp | KeyCode::PageDown, _) => {
                let step = if key.code == KeyCode::PageUp { -10 } else { 10 };
                if let Some(area) = self.area_mut() {
                    area.scroll((step, 0));
                }
                return true;
            }
            _ => {}
        }
        if self.at == Slot::Attachments {
            return self.attachment_key(key, now);
        }
        let done = match self.area_mut() {
            Some(area) => edit::area(area, key),
            None => edit::line(self.field_mut(self.at), key),
        };
        if edit::is_move(key) {
            self.completion.close();
        } else if done {
            self.changed(now);
            self.offer_addresses();
        }
        done
    }

    /// Pastes; returns how many control characters were left out.
    pub(crate) fn paste(&mut self, text: &str, now: Instant) -> usize {
        if self.at == Slot::Attachments || self.at == Slot::Main && self.tab.is_list() {
            return 0;
        }
        if self.finding.open {
            return self.paste_wanted(text);
        }
        let dropped = match self.area_mut() {
            Some(area) => {
                if wrapping(text.len()) == WrapMode::None {
                    // Before it goes in: it would be broken in vain.
                    area.set_wrap_mode(WrapMode::None);
                }
                edit::paste_area(area, text)
            }
            None => edit::paste_line(self.field_mut(self.at), text),
        };
        self.completion.close();
        self.changed(now);
        dropped
    }

    /// The body is too large for its lines to be broken.
    pub(crate) fn is_unwrapped(&self) -> bool {
        self.body.wrap_mode() == WrapMode::None
    }

    pub(crate) fn undo(&mut self, redo: bool, now: Instant) -> bool {
        let Some(area) = self.area_mut() else { return false };
        let done = if redo { area.redo() } else { area.undo() };
        if done {
            self.changed(now);
        }
        done
    }

    /// Puts text into the body, as after $EDITOR.
    pub(crate) fn set_body(&mut self, text: &str, now: Instant) {
        self.body = text_area(text.strip_suffix('\n').unwrap_or(text));
        self.changed(now);
    }

    pub(crate) fn body_text(&self) -> String {
        self.body.lines().join("\n")
    }

    /// Moves the caret by slots. Past an end it stays and returns false, so that the caller may leave the pane.
    pub(crate) fn move_by(&mut self, step: isize) -> bool {
        let slots = self.slots();
        let here = slots.iter().position(|slot| *slot == self.at).unwrap_or(0);
        match here.checked_add_signed(step).and_then(|index| slots.get(index)) {
            Some(slot) => {
                self.at = *slot;
                self.completion.close();
                true
            }
            None => false,
        }
    }

    fn slots(&self) -> Vec<Slot> {
        let mut slots = Slot::FIELDS.to_vec();
        if !self.attachments.is_empty() {
            slots.push(Slot::Attachments);
        }
        slots.push(Slot::Main);
        if self.tab == Tab::Envelope {
            slots.push(Slot::EnvelopeTo);
        }
        slots
    }

    pub(crate) fn go(&mut self, slot: Slot) {
        self.at = slot;
        self.editing = true;
        self.completion.close();
        self.close_finding();
    }

    pub(crate) fn set_tab(&mut self, tab: Tab) {
        if self.tab != tab {
            self.switch_at = 0;
        }
        self.tab = tab;
        self.at = Slot::Main;
        self.completion.close();
        self.close_finding();
    }

    pub(crate) fn step_tab(&mut self, step: isize) {
        self.set_tab(self.tab.step(step));
    }

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
            |form, row| form.is_writing() && form.goes_without_saying(row),
            |form, row| matches!(row, FormRow::Field(slot) if form.is_spare(slot)) || row == FormRow::Envelope,
        ];
        for (needed, droppable) in [6, 6, 6, 6, 3].into_iter().zip(spare) {
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

    /// A row that says nothing new to somebody who writes the body: the sender and the envelope, when all is as usual.
    fn goes_without_saying(&self, row: FormRow) -> bool {
        let good = self.addresses.said().is_ok() && !self.addresses.is_overridden();
        good && matches!(row, FormRow::Envelope | FormRow::Field(Slot::From))
    }

    fn is_spare(&self, slot: Slot) -> bool {
        self.at != slot && self.field(slot).value().is_empty()
    }

    /// An empty form, or the account's example.
    pub(crate) fn clear(&mut self, account: &Account) {
        let standing = Standing { over: self.standing.over.take(), ..Standing::default() };
        let edits = self.edits + 1;
        let completion = std::mem::take(&mut self.completion);
        *self = Self { saved: self.saved.take(), pace: self.pace, standing, edits, completion, ..Self::new(account) };
        self.completion.close();
    }

    fn changed(&mut self, now: Instant) {
        // A mail that was sent and is changed is another mail.
        if self.result.take().is_some_and(|report| report.outcome == crate::smtp::MailOutcome::Sent) {
            self.identity = None;
        }
        self.edits += 1;
        self.unsent = true;
        self.faults.clear();
        self.checking = Checking::default();
        self.check_addresses();
        let octets = self.body.lines().iter().map(|line| line.len() + 1).sum();
        if self.body.wrap_mode() != wrapping(octets) {
            self.body.set_wrap_mode(wrapping(octets));
        }
        let first = self.changes.map_or(now, |(first, _)| first);
        self.changes = Some((first, now));
    }

    /// When the draft wants to be saved.
    pub(crate) fn save_at(&self) -> Option<Instant> {
        self.changes.map(|(first, last)| (last + AUTOSAVE).min(first + AUTOSAVE_AT_LEAST))
    }

    /// Whether the draft wants to be saved now; then it counts as saved.
    pub(crate) fn take_unsaved(&mut self, now: Option<Instant>) -> bool {
        let due = self.save_at().is_some_and(|due| now.is_none_or(|now| due <= now));
        if due {
            self.changes = None;
        }
        due
    }

    /// Puts the caret on the line of an extra header; `at` counts the characters of its value.
    fn go_to_header(&mut self, index: usize, at: usize) {
        self.set_tab(Tab::Headers);
        self.editing = true;
        let written = self.headers.lines().iter().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let Some((row, line)) = written.map(|(row, line)| (row, line.clone())).nth(index) else { return };
        let value = line.split_once(':').map_or(0, |(name, value)| {
            name.chars().count() + 1 + value.chars().take_while(|c| c.is_whitespace()).count()
        });
        let column = if at == 0 { 0 } else { value + at };
        let cell = |place: usize| u16::try_from(place).unwrap_or(u16::MAX);
        self.headers.move_cursor(CursorMove::Jump(cell(row), cell(column)));
    }

    /// Puts the caret where a fault is.
    pub(crate) fn show_faults(&mut self, faults: Vec<Fault>) {
        if let Some(fault) = faults.first() {
            match fault.field {
                Field::From => self.go(Slot::From),
                Field::ReplyTo => self.go(Slot::ReplyTo),
                Field::To => self.go(Slot::To),
                Field::Cc => self.go(Slot::Cc),
                Field::Bcc => self.go(Slot::Bcc),
                Field::Subject => self.go(Slot::Subject),
                Field::Header(index) => self.go_to_header(index, fault.at),
                Field::MessageId => {
                    self.set_tab(Tab::Headers);
                    self.editing = true;
                }
                Field::Attachment(index) if index < self.attachments.len() => {
                    self.go(Slot::Attachments);
                    self.chosen = index;
                }
                Field::Envelope => {
                    self.set_tab(Tab::Envelope);
                    self.editing = true;
                }
                _ => {}
            }
        }
        self.faults = faults;
    }
}

/// How lines of a body of this many octets are broken. The widget measures all of it anew for every key: where that
/// takes longer than a person types, lines are left long.
fn wrapping(octets: usize) -> WrapMode {
    if octets > WRAPPED { WrapMode::None } else { WrapMode::WordOrGlyph }
}

fn text_area(text: &str) -> TextArea<'static> {
    let mut area = TextArea::from(text.split('\n'));
    area.set_wrap_mode(wrapping(text.len()));
    area.set_cursor_line_style(ratatui::style::Style::new());
    area.set_cursor_style(ratatui::style::Style::new());
    area.set_max_histories(1_000);
    area
}
