//! Chords to actions: which key means what, where. Pure tables; the default map is `assets/keymap.toml`.
//!
//! A binding lives in a scope. [`Scope::Global`] works everywhere, also while typing; [`Scope::Leader`] after the
//! leader key; the others outside text fields only.

pub mod action;
pub mod chord;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use action::Action;
pub use chord::Chord;

/// The map that ships with the program.
pub const DEFAULT: &str = include_str!("../assets/keymap.toml");

/// Where a binding works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Everywhere, also in text fields.
    Global,
    /// After the leader key (Ctrl-X).
    Leader,
    /// Outside text fields, in every pane.
    Browse,
    /// Compose pane, outside its fields.
    Compose,
    /// Transcript pane.
    Transcript,
    /// The steps of step mode.
    Steps,
    /// Mailbox list.
    Mailbox,
    /// Message view.
    Message,
}

/// One key sequence and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where it works.
    pub scope: Scope,
    /// The keys, in order; more than one only behind the leader.
    pub keys: Vec<Chord>,
    /// What it does.
    pub action: Action,
}

/// Why a key file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum KeymapError {
    /// The file is no TOML, or has an unknown section.
    #[error("key map: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A key that does not exist.
    #[error("key map, section [{scope:?}]: {key:?} is no key; write e.g. \"F5\", \"Ctrl-P\", \"Shift-Tab\", \"G\"")]
    Key {
        /// Section.
        scope: Scope,
        /// As written.
        key: String,
    },
    /// An action that does not exist.
    #[error("key map, section [{scope:?}], key {key:?}: there is no action {action:?}; `telepost keys` lists them")]
    Action {
        /// Section.
        scope: Scope,
        /// As written.
        key: String,
        /// As written.
        action: String,
    },
}

/// What a key sequence typed so far leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A whole binding.
    Action(Action),
    /// The beginning of longer ones.
    Prefix,
    /// Nothing.
    None,
}

/// All bindings in force.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::parse(DEFAULT).expect("the embedded key map is checked by a test")
    }
}

impl Keymap {
    /// Reads a key file: a section a scope, keys to action ids. The keys of a sequence are separated by spaces.
    pub fn parse(text: &str) -> Result<Self, KeymapError> {
        let sections: BTreeMap<Scope, toml::map::Map<String, toml::Value>> = toml::from_str(text)?;
        let mut bindings = Vec::new();
        for (scope, keys) in sections {
            for (key, value) in keys {
                let chords = key.split(' ').map(|word| word.parse().ok()).collect::<Option<Vec<Chord>>>();
                let chords = chords.ok_or_else(|| KeymapError::Key { scope, key: key.clone() })?;
                let id = value.as_str().unwrap_or_default();
                let action = Action::from_id(id).ok_or_else(|| KeymapError::Action {
                    scope,
                    key: key.clone(),
                    action: id.to_owned(),
                })?;
                bindings.push(Binding { scope, keys: chords, action });
            }
        }
        Ok(Self { bindings })
    }

    /// This map with the bindings of `other` put over it: the same keys in the same scope mean the other's action.
    pub fn merge(&mut self, other: Self) {
        self.bindings
            .retain(|mine| !other.bindings.iter().any(|theirs| theirs.scope == mine.scope && theirs.keys == mine.keys));
        self.bindings.extend(other.bindings);
    }

    /// All bindings.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// What `keys` mean in the first of `scopes` that knows them.
    pub fn lookup(&self, scopes: &[Scope], keys: &[Chord]) -> Lookup {
        let mut prefix = false;
        for scope in scopes {
            for binding in self.bindings.iter().filter(|binding| binding.scope == *scope) {
                if binding.keys == keys {
                    return Lookup::Action(binding.action);
                }
                prefix |= binding.keys.len() > keys.len() && binding.keys.starts_with(keys);
            }
        }
        if prefix { Lookup::Prefix } else { Lookup::None }
    }

    /// The bindings of an action, in scope order.
    pub fn keys_of(&self, action: Action) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.action == action)
    }

    /// The shortest text for the key of `action` that works in `scopes`, e.g. `F5` or `^X s`.
    pub fn hint(&self, action: Action, scopes: &[Scope]) -> Option<String> {
        scopes.iter().find_map(|scope| {
            self.bindings
                .iter()
                .filter(|binding| binding.action == action && binding.scope == *scope)
                .map(Binding::shown)
                .min_by_key(String::len)
        })
    }
}

impl Binding {
    /// The keys as shown to people, the leader included.
    pub fn shown(&self) -> String {
        let keys = self.keys.iter().map(Chord::to_string).collect::<Vec<_>>().join(" ");
        if self.scope == Scope::Leader { format!("^X {keys}") } else { keys }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_default_map_is_whole_and_has_no_clash() {
        let map = Keymap::parse(DEFAULT).unwrap();
        let mut seen = HashSet::new();
        for binding in map.bindings() {
            assert!(seen.insert((binding.scope, binding.keys.clone())), "twice: {}", binding.shown());
            let shadowed = map.bindings().iter().any(|other| {
                other.scope == binding.scope
                    && other.keys.len() > binding.keys.len()
                    && other.keys.starts_with(&binding.keys)
            });
            assert!(!shadowed, "{} hides a longer sequence", binding.shown());
        }
    }

    #[test]
    fn every_action_has_a_leader_route_of_printable_keys() {
        let map = Keymap::default();
        for info in action::ALL {
            let leader = map.keys_of(info.action).find(|binding| binding.scope == Scope::Leader);
            let leader = leader.unwrap_or_else(|| panic!("{} has no leader route", info.id));
            assert!(leader.keys.iter().all(Chord::is_printable), "{} needs {}", info.id, leader.shown());
        }
    }

    #[test]
    fn keys_that_terminals_keep_or_confuse_are_not_the_only_route() {
        for chord in ["Ctrl-H", "Ctrl-I", "Ctrl-J", "Ctrl-M", "Ctrl-["] {
            let chord: Chord = chord.parse().unwrap();
            assert!(Keymap::default().bindings().iter().all(|binding| !binding.keys.contains(&chord)), "{chord}");
        }
    }

    #[test]
    fn mistakes_name_section_and_key() {
        for (text, words) in [
            ("[browse]\n\"Hyper-F99\" = \"send\"", "Hyper-F99"),
            ("[browse]\nq = \"explode\"", "explode"),
            ("[nowhere]\nq = \"quit\"", "nowhere"),
        ] {
            let error = Keymap::parse(text).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn sequences_are_found_key_by_key() {
        let map = Keymap::parse("[leader]\n\"d d\" = \"delete\"\ns = \"send\"").unwrap();
        let key = |text: &str| text.parse::<Chord>().unwrap();
        assert_eq!(map.lookup(&[Scope::Leader], &[key("d")]), Lookup::Prefix);
        assert_eq!(map.lookup(&[Scope::Leader], &[key("d"), key("d")]), Lookup::Action(Action::Delete));
        assert_eq!(map.lookup(&[Scope::Browse], &[key("s")]), Lookup::None);
        assert_eq!(map.hint(Action::Delete, &[Scope::Leader]).as_deref(), Some("^X d d"));
    }

    #[test]
    fn a_key_file_of_ones_own_replaces_only_what_it_names() {
        let mut map = Keymap::default();
        map.merge(Keymap::parse("[global]\nF5 = \"help\"").unwrap());
        assert_eq!(map.lookup(&[Scope::Global], &["F5".parse().unwrap()]), Lookup::Action(Action::Help));
        assert_eq!(map.lookup(&[Scope::Leader], &["s".parse().unwrap()]), Lookup::Action(Action::Send));
    }
}
