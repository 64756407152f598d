//! One key with its modifiers, as terminals really report them.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key and its modifiers. Shift is part of a character, not a modifier of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl Chord {
    /// The chord of a key event.
    pub fn from_event(event: KeyEvent) -> Self {
        Self::new(event.code, event.modifiers)
    }

    fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let mut modifiers = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let code = match code {
            // Raw mode reports the bytes 0x1C to 0x1F as Ctrl-4 to Ctrl-7; Ctrl-_ and Ctrl-/ are 0x1F.
            KeyCode::Char('_' | '/') if modifiers.contains(KeyModifiers::CONTROL) => KeyCode::Char('7'),
            KeyCode::Char(letter) if modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(letter.to_ascii_lowercase())
            }
            KeyCode::Char(letter) if modifiers.contains(KeyModifiers::SHIFT) => {
                KeyCode::Char(letter.to_uppercase().next().unwrap_or(letter))
            }
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            other => other,
        };
        if matches!(code, KeyCode::Char(_)) {
            modifiers -= KeyModifiers::SHIFT;
        }
        Self { code, modifiers }
    }

    /// Whether it can be typed on every terminal: a character without modifiers, or Enter, Space, Tab, Esc.
    pub fn is_printable(&self) -> bool {
        self.modifiers.is_empty() && matches!(self.code, KeyCode::Char(_) | KeyCode::Enter | KeyCode::Esc)
    }

    /// Whether it is the key that opens the leader popup.
    pub fn is_leader(&self) -> bool {
        *self == Self { code: KeyCode::Char('x'), modifiers: KeyModifiers::CONTROL }
    }
}

impl FromStr for Chord {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (mut modifiers, mut rest) = (KeyModifiers::NONE, text);
        while let Some((prefix, key)) = rest.split_once('-').filter(|(_, key)| !key.is_empty()) {
            modifiers |= match prefix {
                "Ctrl" => KeyModifiers::CONTROL,
                "Alt" => KeyModifiers::ALT,
                "Shift" => KeyModifiers::SHIFT,
                _ => return Err(()),
            };
            rest = key;
        }
        Ok(Self::new(code(rest).ok_or(())?, modifiers))
    }
}

const NAMED: &[(&str, KeyCode)] = &[
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Space", KeyCode::Char(' ')),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
];

fn code(text: &str) -> Option<KeyCode> {
    let mut characters = text.chars();
    if let (Some(character), None) = (characters.next(), characters.next()) {
        return Some(KeyCode::Char(character));
    }
    if let Some(number) = text.strip_prefix('F').and_then(|digits| digits.parse().ok()) {
        return (1..=12).contains(&number).then_some(KeyCode::F(number));
    }
    NAMED.iter().find(|(name, _)| *name == text).map(|(_, code)| *code)
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("Alt-")?;
        }
        if self.modifiers.contains(KeyModifiers::SHIFT) {
            f.write_str("Shift-")?;
        }
        let control = self.modifiers.contains(KeyModifiers::CONTROL);
        match self.code {
            KeyCode::Char('7') if control => f.write_str("^_"),
            KeyCode::Char(letter) if control => write!(f, "^{}", letter.to_ascii_uppercase()),
            KeyCode::F(number) => write!(f, "F{number}"),
            code => {
                if control {
                    f.write_str("Ctrl-")?;
                }
                match (code, NAMED.iter().find(|(_, named)| *named == code)) {
                    (_, Some((name, _))) => f.write_str(name),
                    (KeyCode::Char(character), None) => write!(f, "{character}"),
                    (_, None) => f.write_str("?"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_events_agree() {
        for (name, code, modifiers, shown) in [
            ("F5", KeyCode::F(5), KeyModifiers::NONE, "F5"),
            ("Ctrl-P", KeyCode::Char('p'), KeyModifiers::CONTROL, "^P"),
            ("Ctrl-_", KeyCode::Char('7'), KeyModifiers::CONTROL, "^_"),
            ("Shift-Tab", KeyCode::BackTab, KeyModifiers::SHIFT, "Shift-Tab"),
            ("G", KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
            ("Space", KeyCode::Char(' '), KeyModifiers::NONE, "Space"),
            ("-", KeyCode::Char('-'), KeyModifiers::NONE, "-"),
        ] {
            let chord: Chord = name.parse().unwrap();
            assert_eq!(chord, Chord::from_event(KeyEvent::new(code, modifiers)), "{name}");
            assert_eq!(chord.to_string(), shown);
        }
        for wrong in ["F13", "Hyper-x", "", "Entr", "Ctrl-"] {
            assert!(wrong.parse::<Chord>().is_err(), "{wrong}");
        }
    }
}
