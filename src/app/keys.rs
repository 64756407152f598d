//! Events of the terminal to actions and text.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::App;
use super::prompt::Typed;
use crate::keymap::{Action, Chord, Lookup, Scope};
use crate::layout::Pane;

impl App {
    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Event::Mouse(mouse) => self.mouse_event(mouse),
            Event::Paste(text) => self.paste(&text),
            Event::Resize(width, height) => self.size = (width, height),
            Event::Key(_) | Event::FocusGained | Event::FocusLost => {}
        }
    }

    fn key(&mut self, key: KeyEvent) {
        let chord = Chord::from_event(key);
        if self.stops_search(chord) && key.code == KeyCode::Esc {
            return;
        }
        if let Some(mut keys) = self.leader.take() {
            keys.push(chord);
            self.leader_key(keys);
        } else if self.prompt.literal && self.focus == Pane::Prompt {
            self.prompt_key(key);
        } else if let Some(dialog) = &mut self.dialog {
            if matches!(
                self.keymap.lookup(&[Scope::Global], &[chord]),
                Lookup::Action(Action::Redraw | Action::Suspend)
            ) {
                self.global(chord);
            } else {
                let answer = dialog.key(key, self.now.instant);
                self.answer(answer);
            }
        } else if chord.is_leader() {
            self.leader = Some(Vec::new());
        } else if key.code == KeyCode::Esc && self.focus == Pane::Prompt && self.prompt.close_list() {
            // The list was on top of the prompt: only that is left.
        } else if !self.shortcut(chord) {
            self.text_key(key);
        }
    }

    fn leader_key(&mut self, keys: Vec<Chord>) {
        match self.keymap.lookup(&[Scope::Leader], &keys) {
            Lookup::Action(action) => {
                if action != Action::Back {
                    self.dialog = None;
                    self.act(action);
                }
            }
            Lookup::Prefix => self.leader = Some(keys),
            Lookup::None => {
                let keys = keys.iter().map(Chord::to_string).collect::<Vec<_>>().join(" ");
                self.warn(format!("^X {keys} means nothing; ^X h shows all keys"));
            }
        }
    }

    fn global(&mut self, chord: Chord) {
        if let Lookup::Action(action) = self.keymap.lookup(&[Scope::Global], &[chord]) {
            self.act(action);
        }
    }

    /// Runs the action bound to a chord here, if there is one.
    fn shortcut(&mut self, chord: Chord) -> bool {
        match self.keymap.lookup(&self.scopes(), &[chord]) {
            Lookup::Action(action) => {
                self.act(action);
                true
            }
            Lookup::Prefix | Lookup::None => false,
        }
    }

    fn text_key(&mut self, key: KeyEvent) {
        self.last_text_key = Some(self.now.instant);
        match self.focus {
            Pane::Prompt => self.prompt_key(key),
            Pane::Compose if self.compose.is_typing() && !self.steps_focused() => {
                if self.attachments_asked(key) || self.compose.key(key, self.now.instant) {
                    return;
                }
                match (key.code, key.modifiers) {
                    (KeyCode::Tab, KeyModifiers::NONE) => self.focus_on(self.focus.step(1)),
                    (KeyCode::BackTab, _) => self.focus_on(self.focus.step(-1)),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn prompt_key(&mut self, key: KeyEvent) {
        let help = self.prompt_help();
        if let Typed::Line(line) = self.prompt.key(key, &help)
            && (!line.is_empty() || self.is_in_body())
        {
            self.line_typed(&line);
        }
    }

    fn paste(&mut self, text: &str) {
        if let Some(dialog) = &mut self.dialog {
            let answer = dialog.paste(text);
            self.answer(answer);
            return;
        }
        match self.focus {
            Pane::Prompt => self.paste_into_prompt(text),
            Pane::Compose => self.paste_into_form(text),
            Pane::Transcript | Pane::Mailbox => self.info("pasted text goes into the form (1) or the prompt (4)"),
        }
    }
}
