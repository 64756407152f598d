//! The parts of the open message: looked into, saved, all saved, opened by the system.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dialog::{self, Dialog, Item, Menu};
use super::mailbox::{Message, Tab};
use super::{App, Effect, grouped};
use crate::mail::{Danger, PartInfo, danger};

/// Answers of the menus here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Open the part under the cursor.
    Open,
}

/// What typed answers here are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Text to look for in the message.
    Find,
    /// The folder for the part under the cursor.
    SavePart,
    /// The folder for all attachments.
    SaveAll,
}

impl App {
    /// Why parts cannot be saved or opened now.
    pub(super) fn parts_unavailable(&self) -> Option<&'static str> {
        match &self.mailbox.message {
            None => Some("open a message first (Enter)"),
            Some(message) if message.is_cut() => {
                Some("only the first part of that message is here: telepost mailbox show --raw saves it whole")
            }
            Some(_) => None,
        }
    }

    /// Shows the part under the cursor, or other headers; whether Enter means that here.
    pub(super) fn look_into_part(&mut self) -> bool {
        let focused = self.mailbox.focus_message;
        if focused && self.mailbox.message.as_mut().is_some_and(Message::toggle_headers) {
            return true;
        }
        let Some(message) = self.mailbox.message.as_mut().filter(|message| focused && message.tab == Tab::Parts) else {
            return false;
        };
        if let Some(path) = message.want_part() {
            let raw = Arc::clone(&message.raw);
            self.effects.push(Effect::ParsePart { raw, path });
        }
        true
    }

    /// Asks where to save the part under the cursor; whether there is one.
    pub(super) fn ask_save_part(&mut self) -> bool {
        let Some(part) = self.mailbox.message.as_ref().and_then(Message::part) else { return false };
        let title = format!("Save part {} ({})", part.path, part.file_name);
        let hint = format!(
            "A folder that is there. {} octets, decoded; nothing that is there is overwritten.",
            grouped(part.decoded as u64)
        );
        self.dialog = Some(Dialog::question(dialog::Purpose::Parts(Purpose::SavePart), &title, &hint, "."));
        true
    }

    pub(super) fn ask_save_parts(&mut self) {
        let Some(message) = &self.mailbox.message else { return };
        let (count, octets) = message.attachments().fold((0, 0), |(count, sum), part| (count + 1, sum + part.decoded));
        if count == 0 {
            self.info("this message has no attachments; in Parts, s saves any part");
            return;
        }
        let title =
            if count == 1 { "Save the attachment in".to_owned() } else { format!("Save {count} attachments in") };
        let hint = format!(
            "A folder that is there. {} octets, decoded; names are made safe, nothing is overwritten.",
            grouped(octets as u64)
        );
        self.dialog = Some(Dialog::question(dialog::Purpose::Parts(Purpose::SaveAll), &title, &hint, "."));
    }

    /// Asks whether the part under the cursor shall be opened; goes to the parts first, if need be.
    pub(super) fn open_part(&mut self) {
        let Some(message) = &mut self.mailbox.message else { return };
        if message.tab != Tab::Parts {
            message.set_tab(Tab::Parts);
            self.info("choose the part, then O again opens it");
            return;
        }
        let Some(part) = message.part() else { return };
        let name = part.file_name.clone();
        match danger(&name, &part.content_type, b"") {
            Some(Danger::Program) => {
                self.warn(format!("{name} is a program or a script: it is not opened from here; s saves it"));
            }
            found => self.dialog = Some(Dialog::Menu(open_menu(part, found == Some(Danger::Active)))),
        }
    }

    pub(super) fn parts_choice(&mut self, choice: Choice) {
        match choice {
            Choice::Open => self.save_part_in(None, true),
        }
    }

    pub(super) fn parts_answered(&mut self, purpose: Purpose, text: &str) -> Result<(), String> {
        if purpose == Purpose::Find {
            self.look_for_in_message(text);
            return Ok(());
        }
        let folder = text.trim();
        if folder.is_empty() {
            return Err("a folder needs a name; . is the one you are in".to_owned());
        }
        match purpose {
            Purpose::Find => {}
            Purpose::SavePart => self.save_part_in(Some(PathBuf::from(folder)), false),
            Purpose::SaveAll => {
                let Some(message) = &self.mailbox.message else { return Ok(()) };
                let paths = message.attachments().map(|part| part.path.clone()).collect();
                self.save(paths, Some(PathBuf::from(folder)), false);
            }
        }
        Ok(())
    }

    fn save_part_in(&mut self, folder: Option<PathBuf>, open: bool) {
        let path = self.mailbox.message.as_ref().and_then(Message::part).map(|part| part.path.clone());
        self.save(path.into_iter().collect(), folder, open);
    }

    fn save(&mut self, paths: Vec<String>, folder: Option<PathBuf>, open: bool) {
        let Some(message) = &self.mailbox.message else { return };
        self.effects.push(Effect::SaveParts { raw: Arc::clone(&message.raw), paths, folder, open });
    }

    pub(super) fn parts_saved(&mut self, saved: Result<Vec<PathBuf>, String>) {
        match saved {
            Err(why) => self.error(why),
            Ok(paths) => {
                let text = match paths.as_slice() {
                    [] => "nothing was saved".to_owned(),
                    [path] => format!("written: {}", shown(path)),
                    [first, ..] => {
                        let folder = first.parent().unwrap_or(Path::new("."));
                        let names: Vec<String> = paths
                            .iter()
                            .take(5)
                            .filter_map(|path| path.file_name())
                            .map(|name| shown(name.as_ref()))
                            .collect();
                        let more = if paths.len() > names.len() { ", ..." } else { "" };
                        format!("{} files written to {}: {}{more}", paths.len(), shown(folder), names.join(", "))
                    }
                };
                self.info(text);
            }
        }
    }
}

fn open_menu(part: &PartInfo, active: bool) -> Menu {
    let octets = grouped(part.decoded as u64);
    let mut text = vec![
        format!("{}: {}, {octets} octets.", part.file_name, part.content_type),
        "The system chooses the program by name and type; the sender chose both.".to_owned(),
    ];
    if active {
        text.push(
            "A file of this kind can hold macros, scripts, other files or references to the network: the sender may \
             learn that it was opened."
                .to_owned(),
        );
    }
    let items = vec![
        Item::new('n', "No, do not open it", dialog::Choice::Stay),
        Item::new('y', "Yes, open it", dialog::Choice::Parts(Choice::Open)),
    ];
    Menu::new("Open with the system's program?", text, items)
}

fn shown(path: &Path) -> String {
    crate::wire::printable::text(&path.display().to_string()).into_owned()
}
