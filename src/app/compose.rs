//! The compose form: fields, tabs, what became of the mail. It knows no connection; [`super::sending`] sends.

mod addresses;
mod aside;
pub(crate) mod attaching;
pub(crate) mod attachments;
mod changes;
pub(crate) mod completion;
mod draft;
mod faults;
mod filling;
pub(crate) mod finding;
pub(crate) mod going;
mod mending;
mod places;
pub(crate) mod result;
pub(crate) mod switches;
mod typing;
pub(crate) mod wire_preview;

use std::time::Instant;

use tui_input::Input;
use tui_textarea::{TextArea, WrapMode};

use super::account::Account;
use super::assembly::Assembled;
use super::linting::Checking;
use super::preview::Previewing;
use crate::mail::{Attachment, DkimKey, Fault, Flaws, Format};
use crate::smtp::{MailId, MailReport, Manner, Pace};
use addresses::Addresses;
use aside::Standing;
use attachments::Files;
use completion::Completion;
use finding::Finding;
pub(crate) use places::{FormRow, Slot, Tab};
use wire_preview::Preview;

/// Most octets of a body whose lines are broken to fit.
const WRAPPED: usize = 128 * 1024;

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
    /// The field whose text was changed since the caret came there.
    typed: Option<Slot>,
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
            typed: None,
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

    /// The body is too large for its lines to be broken.
    pub(crate) fn is_unwrapped(&self) -> bool {
        self.body.wrap_mode() == WrapMode::None
    }

    /// Puts text into the body, as after $EDITOR.
    pub(crate) fn set_body(&mut self, text: &str, now: Instant) {
        self.body = text_area(text.strip_suffix('\n').unwrap_or(text));
        self.changed(now);
    }

    pub(crate) fn body_text(&self) -> String {
        self.body.lines().join("\n")
    }

    /// An empty form, or the account's example.
    pub(crate) fn clear(&mut self, account: &Account) {
        let standing = Standing { over: self.standing.over.take(), ..Standing::default() };
        let edits = self.edits + 1;
        let completion = std::mem::take(&mut self.completion);
        *self = Self { saved: self.saved.take(), pace: self.pace, standing, edits, completion, ..Self::new(account) };
        self.completion.close();
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
