//! Attaching files to the mail in the form: the path question, paths dropped onto the terminal, sizes and types.

use std::path::{Path, PathBuf};

use crossterm::event::{KeyCode, KeyEvent};

use super::compose::Slot;
use super::compose::attaching::{Browser, Step, dropped};
use super::dialog::{self, Dialog, Item, Menu};
use super::looking::{Entry, Looked};
use super::{App, Effect, grouped};
use crate::layout::Pane;
use crate::mail::build::is_media_type;
use crate::wire::printable;

/// Answers of the menus here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Attach the file that was dropped.
    Attach,
    /// Its path is text like any other.
    Insert,
}

/// What typed answers here are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The media type of the chosen attachment.
    Type,
}

/// What is under way here.
#[derive(Debug, Default)]
pub(super) struct Attaching {
    /// The folder in which a file was chosen last, for the next.
    folder: String,
    /// The path that was chosen in the browser, while somebody looks at it.
    taken: Option<PathBuf>,
    /// A path that was dropped, and its text, until it is known what it is and what shall become of it.
    dropped: Option<(PathBuf, String)>,
    /// The dropped file, once it is known to be one.
    file: Option<Looked>,
}

impl App {
    /// Asks for the path of a file.
    pub(super) fn ask_attachment(&mut self) {
        self.go_to(Pane::Compose);
        let browser = Browser::new(&self.attaching.folder);
        self.effects.push(Effect::ListFolder(PathBuf::from(browser.folder())));
        self.dialog = Some(Dialog::Browser(browser));
    }

    /// What the browser asked for.
    pub(super) fn browse_files(&mut self, step: Step) {
        match step {
            Step::List(folder) => self.effects.push(Effect::ListFolder(folder)),
            Step::Take(path) => {
                self.attaching.taken = Some(path.clone());
                self.effects.push(Effect::LookAt(path));
            }
        }
    }

    /// What is in a folder.
    pub(super) fn folder_listed(&mut self, folder: &Path, entries: Result<Vec<Entry>, String>) {
        if let Some(Dialog::Browser(browser)) = &mut self.dialog {
            browser.listed(folder, entries);
        }
    }

    /// Somebody looked at a path: for the browser, for a drop, or for an attachment whose size is not known.
    pub(super) fn looked_at(&mut self, path: &Path, looked: Result<Looked, String>) {
        if self.attaching.taken.take_if(|taken| taken == path).is_some() {
            self.looked_at_choice(path, looked);
        } else if self.attaching.dropped.as_ref().is_some_and(|(dropped, _)| dropped == path) {
            self.looked_at_drop(looked);
        } else {
            let octets = looked
                .and_then(|looked| if looked.is_dir { Err("it is a folder".to_owned()) } else { Ok(looked.octets) });
            let why = octets.as_ref().err().cloned();
            if let (true, Some(why)) = (self.compose.looked(path, octets), why) {
                self.warn(format!("the attachment {} cannot be read: {why}", shown(path)));
            }
        }
    }

    fn looked_at_choice(&mut self, path: &Path, looked: Result<Looked, String>) {
        let Some(Dialog::Browser(browser)) = &mut self.dialog else { return };
        match looked {
            Ok(looked) if looked.is_dir => {
                let folder = format!("{}/", browser.input.value().trim_end_matches('/'));
                let answer = browser.enter(&folder);
                self.answer(answer);
            }
            Ok(looked) => {
                browser.folder().clone_into(&mut self.attaching.folder);
                self.dialog = None;
                self.attach(looked);
            }
            Err(why) => browser.error = Some(format!("{}: {why}", shown(path))),
        }
    }

    fn attach(&mut self, file: Looked) {
        let name = file.path.file_name().map_or_else(String::new, |name| shown(Path::new(name)));
        let text = format!("attached: {name}, {} B", grouped(file.octets));
        self.compose.attach(file.path, file.octets, self.now.instant);
        self.info(text);
    }

    /// Text pasted into the form. Where it is one path, somebody looks whether a file is there before it goes in.
    pub(super) fn paste_into_form(&mut self, text: &str) {
        self.compose.editing = true;
        self.insert_dropped();
        match dropped(text) {
            Some(path) if !self.compose.finding.open => {
                self.attaching.dropped = Some((path.clone(), text.to_owned()));
                self.effects.push(Effect::LookAt(path));
            }
            _ => self.insert_pasted(text),
        }
    }

    fn insert_pasted(&mut self, text: &str) {
        let unwrapped = self.compose.is_unwrapped();
        match self.compose.paste(text, self.now.instant) {
            0 if self.compose.is_unwrapped() && !unwrapped => {
                self.info("the body is large now: its lines are no longer broken to fit; they go out as before");
            }
            0 => {}
            1 => self.info("a control character was left out of what was pasted"),
            dropped => {
                self.info(format!("{} control characters were left out of what was pasted", grouped(dropped as u64)));
            }
        }
    }

    /// The dropped path goes in as text.
    fn insert_dropped(&mut self) {
        self.attaching.file = None;
        if let Some((_, text)) = self.attaching.dropped.take() {
            self.insert_pasted(&text);
        }
    }

    fn looked_at_drop(&mut self, looked: Result<Looked, String>) {
        match looked {
            Ok(file) if !file.is_dir && self.dialog.is_none() && self.focus == Pane::Compose => {
                let text = vec![shown(&file.path), format!("{} B", grouped(file.octets))];
                self.attaching.file = Some(file);
                let item = |key, text, choice| Item::new(key, text, dialog::Choice::Attach(choice));
                let items = vec![
                    item('a', "Attach the file", Choice::Attach),
                    item('t', "Insert its path as text", Choice::Insert),
                    Item::new('n', "Neither", dialog::Choice::Stay),
                ];
                self.dialog = Some(Dialog::Menu(Menu::new("A file was dropped or its path pasted", text, items)));
            }
            _ => self.insert_dropped(),
        }
    }

    pub(super) fn attach_choice(&mut self, choice: Choice) {
        match (choice, self.attaching.file.take()) {
            (Choice::Attach, Some(file)) => {
                self.attaching.dropped = None;
                self.attach(file);
            }
            _ => self.insert_dropped(),
        }
    }

    /// A question about a drop was left without an answer.
    pub(super) fn forget_drop(&mut self) {
        self.attaching.dropped = None;
        self.attaching.file = None;
    }

    /// A key on the row of attachments that asks something. Returns whether it was one.
    pub(super) fn attachments_asked(&mut self, key: KeyEvent) -> bool {
        if self.compose.at != Slot::Attachments || !key.modifiers.is_empty() {
            return false;
        }
        match key.code {
            KeyCode::Char('a') => self.ask_attachment(),
            KeyCode::Char('t') => {
                let Some(file) = self.compose.chosen_attachment() else { return false };
                let (title, kind) = (format!("Type of {}", printable::text(&file.name)), file.content_type.clone());
                let purpose = dialog::Purpose::Attach(Purpose::Type);
                let hint = "such as text/plain or image/png; the receiver's program goes by it";
                self.dialog = Some(Dialog::question(purpose, &title, hint, &kind));
            }
            _ => return false,
        }
        true
    }

    pub(super) fn attach_answered(&mut self, purpose: Purpose, text: &str) -> Result<(), String> {
        match purpose {
            Purpose::Type => {
                let kind = text.trim();
                if !is_media_type(kind) {
                    return Err("that is no media type: write two words with a / between, such as image/png".to_owned());
                }
                self.compose.set_type(kind, self.now.instant);
            }
        }
        Ok(())
    }

    /// Asks for the sizes of attachments that came with a draft.
    pub(super) fn attachments_on(&mut self) {
        self.effects.extend(self.compose.unlooked().into_iter().map(Effect::LookAt));
    }
}

fn shown(path: &Path) -> String {
    printable::text(&path.to_string_lossy()).into_owned()
}
