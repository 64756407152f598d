//! `telepost keys`: the key map in force, by group, with the names that a key file uses.

use std::fmt::Write;

use super::{Status, Trouble, print};
use crate::config::{Paths, file};
use crate::keymap::action::{ALL, Info};
use crate::keymap::{Binding, Keymap, Scope};

/// Prints it.
pub fn run() -> Result<(), Trouble> {
    let keymap = match Paths::find() {
        Some(paths) => file::load_keymap(&paths).map_err(|error| Trouble::new(Status::Usage, error.to_string()))?,
        None => Keymap::default(),
    };
    print(&table(&keymap))
}

fn table(keymap: &Keymap) -> String {
    let mut shown = String::new();
    let mut group = None;
    for info in ALL {
        if group.replace(info.group) != Some(info.group) {
            let gap = if shown.is_empty() { "" } else { "\n" };
            writeln!(shown, "{gap}{}", info.group.title()).expect("writing to a String cannot fail");
        }
        let keys = keys(keymap, info);
        writeln!(shown, "  {:<15} {keys:<34} {}", info.id, info.text).expect("writing to a String cannot fail");
    }
    shown
}

/// Every key of an action, those that always work first; a key of one pane names it.
fn keys(keymap: &Keymap, info: &Info) -> String {
    let mut bindings: Vec<&Binding> = keymap.keys_of(info.action).collect();
    bindings.sort_by_key(|binding| binding.scope);
    let keys: Vec<String> = bindings.into_iter().map(key).collect();
    keys.join(", ")
}

fn key(binding: &Binding) -> String {
    let place = match binding.scope {
        Scope::Global | Scope::Leader | Scope::Browse => return binding.shown(),
        Scope::Compose => "form",
        Scope::Transcript => "transcript",
        Scope::Steps => "steps",
        Scope::Mailbox => "mailbox",
        Scope::Message => "message",
    };
    format!("{} ({place})", binding.shown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_stands_in_the_table_with_its_keys() {
        let table = table(&Keymap::default());
        for info in ALL {
            let line = table.lines().find(|line| line.trim_start().starts_with(&format!("{} ", info.id))).unwrap();
            assert!(line.contains("^X ") && line.contains(info.text), "{line}");
        }
        let send = table.lines().find(|line| line.starts_with("  send ")).unwrap();
        assert!(send.contains("F5, ^X s, S"), "{send}");
    }
}
