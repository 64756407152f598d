//! The list of saved sessions, and the menu of what can be done with one.

use super::{Ask, Choice, For, Purpose};
use crate::app::dialog::{self, Dialog, Item, Menu, Picker, Shelf};
use crate::app::drafting::moment;
use crate::app::{App, grouped};
use crate::sessions::{How, Listed, Name};
use crate::wire::printable;

impl App {
    pub(super) fn show_sessions(&mut self, list_for: For, listed: Vec<Listed>) {
        let zone = self.now.wall.time_zone();
        let row = |session: &Listed| {
            let ends = match &session.trouble {
                Some(why) => format!("cannot be opened: {why}"),
                None => session.endpoints.join(", "),
            };
            let notes = if session.annotated > 0 { grouped(session.annotated) } else { String::new() };
            let name = session.name.to_string();
            vec![
                if session.name.is_given() { name } else { "-".to_owned() },
                moment(session.started, zone),
                grouped(session.entries),
                grouped(session.octets),
                notes,
                printable::text(&ends).into_owned(),
            ]
        };
        let (title, foot) = match list_for {
            For::Menu => ("Saved sessions", "Enter shows what can be done with it  Del removes it  Esc back"),
            For::Comparing => ("Compare this session with", "Enter compares  Del removes it  Esc back"),
        };
        self.dialog = Some(Dialog::Pick(Picker {
            shelf: Shelf::Sessions,
            title: format!("{title}: {}", listed.len()),
            widths: &[28, 16, 9, 12, 5],
            headings: &["name", "began", "rows", "octets", "notes", "with"],
            rows: listed.iter().map(row).collect(),
            selected: 0,
            foot,
        }));
        self.sessions.listed = listed;
        self.sessions.list_for = list_for;
    }

    pub(in crate::app) fn session_picked(&mut self, index: usize) {
        let Some(session) = self.sessions.listed.get(index) else { return };
        let name = session.name.clone();
        self.sessions.chosen = Some(name.clone());
        if self.sessions.list_for == For::Comparing {
            self.dialog = None;
            return self.ask_of_sessions(Ask::Compare(name));
        }
        let about = about(session);
        let items = self.session_items(&name, session.trouble.is_none());
        self.dialog = Some(Dialog::Menu(Menu::new(name.to_string(), about, items)));
    }

    fn session_items(&self, name: &Name, sound: bool) -> Vec<Item> {
        let item = |key, text: &str, choice| Item::new(key, text, dialog::Choice::Session(choice));
        let mut items = Vec::new();
        if self.viewed_session().is_some() {
            items.push(item('l', "Go back to the live conversation", Choice::Live));
        }
        if sound {
            items.push(item('o', "Open it, to read and to note", Choice::Open));
            if self.sessions_unavailable(crate::keymap::Action::CompareSessions).is_none() {
                items.push(item('c', "Compare it with the conversation here", Choice::Compare));
            }
            items.push(item('s', "Write it as a script that says the same again", Choice::Script));
            items.push(item('a', "Write it as a script with the names and addresses of each run", Choice::Adapted));
            if self.viewed_session().is_some_and(|viewed| viewed.name == *name) {
                items.push(item('f', "Write it as a script up to the row under the cursor", Choice::Fork));
            }
        }
        items.push(item('r', "Give it a name; one with a name is never removed by itself", Choice::Rename));
        items.push(item('d', "Remove it", Choice::AskRemove));
        items.push(item('b', "Back to the list", Choice::List));
        items
    }

    pub(in crate::app) fn ask_to_drop_session(&mut self, index: usize) {
        let Some(session) = self.sessions.listed.get(index) else { return };
        self.sessions.chosen = Some(session.name.clone());
        self.ask_to_remove_session();
    }

    fn ask_to_remove_session(&mut self) {
        let Some(name) = &self.sessions.chosen else { return };
        self.dialog = Some(Dialog::Menu(Menu::new(
            format!("Remove the session {name}?"),
            vec!["There is no way to get it back.".to_owned()],
            vec![
                Item::new('n', "No, keep it", dialog::Choice::Session(Choice::List)),
                Item::new('y', "Yes, remove it", dialog::Choice::Session(Choice::Remove)),
            ],
        )));
    }

    pub(in crate::app) fn session_choice(&mut self, choice: Choice) {
        let Some(name) = self.sessions.chosen.clone() else { return };
        match choice {
            Choice::Open => self.ask_of_sessions(Ask::Open(name)),
            Choice::Compare => self.ask_of_sessions(Ask::Compare(name)),
            Choice::Script => self.ask_script_file(&name, How::default()),
            Choice::Adapted => self.ask_script_file(&name, How { adapted: true, upto: None }),
            Choice::Fork => {
                let upto = self.row_to_fork_at();
                self.ask_script_file(&name, How { adapted: false, upto });
            }
            Choice::Rename => {
                let proposed = if name.is_given() { name.as_str() } else { "" };
                self.dialog = Some(Dialog::question(
                    dialog::Purpose::Session(Purpose::Rename),
                    "Name of the session",
                    "One with a name is never removed by itself.",
                    proposed,
                ));
            }
            Choice::AskRemove => self.ask_to_remove_session(),
            Choice::Remove => self.ask_of_sessions(Ask::Remove(name)),
            Choice::List => self.ask_of_sessions(Ask::List(self.sessions.list_for)),
            Choice::Live => self.back_to_live(),
        }
    }

    fn ask_script_file(&mut self, name: &Name, how: How) {
        let file = format!("{}.script", name.as_str().replace(' ', "-"));
        self.dialog = Some(Dialog::question(
            dialog::Purpose::Session(Purpose::Script(how)),
            "Write the script to",
            "What was masked becomes a statement that does it anew; telepost run plays it.",
            &file,
        ));
    }
}

fn about(session: &Listed) -> Vec<String> {
    let harmless = |text: &String| printable::text(text).into_owned();
    let mut lines: Vec<String> = session.endpoints.iter().take(5).map(harmless).collect();
    if session.endpoints.len() > 5 {
        lines.push(format!("and {} more connections", session.endpoints.len() - 5));
    }
    match &session.trouble {
        Some(why) => lines.push(format!("It cannot be opened: {why}")),
        None => lines.push(format!("{} rows, {} octets", grouped(session.entries), grouped(session.octets))),
    }
    lines
}
