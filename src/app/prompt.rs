//! The command prompt: a line for either server, its history, what completes it, and the next proper command.
//!
//! What the line leads to is in `typing`; what may stand in it in `candidates`, what a server will say to it in
//! `foretold`, how far a conversation is in `course` and `ladder`, and what is said below it in `advice`.

mod advice;
mod candidates;
mod course;
pub(crate) mod foretold;
mod history;
pub(crate) mod ladder;
pub(crate) mod octets;
pub(super) mod paste;
mod secret;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use super::edit;
use super::link::Links;
use crate::wire::Side;
use crate::{pop3, smtp};
pub(crate) use advice::Tone;
pub(crate) use candidates::Offer;
pub(crate) use course::Standing;
use history::History;

/// The next proper command and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub(crate) line: String,
    pub(crate) why: &'static str,
}

/// The prompt.
pub(crate) struct Prompt {
    pub(crate) side: Side,
    pub(crate) input: Input,
    history: History,
    /// The next key goes in as it is.
    pub(crate) literal: bool,
    /// The candidate that is selected, while the list of them is open.
    pub(crate) open: Option<usize>,
    /// How far the two conversations came.
    pub(crate) course: course::Course,
}

impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is typed may be a password.
        f.debug_struct("Prompt").field("side", &self.side).finish_non_exhaustive()
    }
}

/// What a key in the prompt led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// Send this line.
    Line(String),
    /// The line changed, or the caret.
    Edited,
    /// The key means nothing here.
    Ignored,
}

/// What helps with the line as it stands.
#[derive(Debug, Default)]
pub(crate) struct Help {
    /// The line as Tab makes it.
    pub(crate) whole: Option<String>,
    pub(crate) offer: Offer,
    /// The line holds a secret.
    pub(crate) secret: bool,
}

impl Default for Prompt {
    fn default() -> Self {
        let (input, history, course) = (Input::default(), History::default(), course::Course::default());
        Self { side: Side::Smtp, input, history, literal: false, open: None, course }
    }
}

impl Prompt {
    pub(crate) fn key(&mut self, key: KeyEvent, help: &Help) -> Typed {
        if std::mem::take(&mut self.literal)
            && let Some(character) = literal(key)
        {
            self.input.handle(tui_input::InputRequest::InsertChar(character));
            return Typed::Edited;
        }
        if self.list_key(key, help) {
            return Typed::Edited;
        }
        match (key.code, key.modifiers) {
            (KeyCode::Enter, _) => return Typed::Line(self.take(help.secret)),
            (KeyCode::Up, _) | (KeyCode::Char('p'), KeyModifiers::ALT) => self.walk(true),
            (KeyCode::Down, KeyModifiers::NONE) if self.may_open(help) => self.open = Some(0),
            (KeyCode::Down, _) | (KeyCode::Char('n'), KeyModifiers::ALT) => self.walk(false),
            (KeyCode::Tab, _) => return self.complete(help),
            (KeyCode::Char('r'), KeyModifiers::CONTROL) => {
                let found = self.history.search(self.side, self.input.value());
                self.put(found);
            }
            _ => {
                if !edit::line(&mut self.input, key) {
                    return Typed::Ignored;
                }
                self.history.leave();
                self.open = self.open.map(|_| 0);
            }
        }
        Typed::Edited
    }

    /// A key while the list is open. Returns whether it was for it.
    fn list_key(&mut self, key: KeyEvent, help: &Help) -> bool {
        let count = help.offer.candidates.len();
        let Some(selected) = self.open.filter(|_| count > 0).map(|selected| selected.min(count - 1)) else {
            self.open = None;
            return false;
        };
        match (key.code, key.modifiers) {
            (KeyCode::Down, KeyModifiers::NONE) => self.open = Some((selected + 1).min(count - 1)),
            (KeyCode::Up, KeyModifiers::NONE) => self.open = Some(selected.saturating_sub(1)),
            (KeyCode::Tab | KeyCode::Enter, KeyModifiers::NONE) => {
                let line = help.offer.line_with(self.input.value(), &help.offer.candidates[selected]);
                self.open = None;
                self.put(Some(line));
            }
            _ => return false,
        }
        true
    }

    /// Down opens the list where it has nothing to do in the history.
    fn may_open(&self, help: &Help) -> bool {
        !self.history.is_walking() && !help.offer.candidates.is_empty()
    }

    /// Tab: the one way to go on, or what all ways share and the list of them.
    fn complete(&mut self, help: &Help) -> Typed {
        let only = help.offer.candidates.first().filter(|_| help.offer.candidates.len() == 1);
        let only = only.map(|candidate| help.offer.line_with(self.input.value(), candidate));
        if let Some(line) = help.whole.clone().or(only) {
            self.put(Some(line));
        } else if help.offer.candidates.is_empty() {
            return Typed::Ignored;
        } else {
            let common = help.offer.common(self.input.value());
            self.put(common);
            self.open = Some(0);
        }
        Typed::Edited
    }

    /// Takes the list away. `false`: there was none.
    pub(super) fn close_list(&mut self) -> bool {
        self.open.take().is_some()
    }

    fn put(&mut self, line: Option<String>) {
        if let Some(line) = line {
            self.input = edit::field(&line);
        }
    }

    /// Takes the line; it enters the history unless it holds a secret.
    fn take(&mut self, secret: bool) -> String {
        let line = self.input.value_and_reset();
        if secret {
            self.history.leave();
        } else {
            self.history.push(self.side, &line);
        }
        line
    }

    fn walk(&mut self, back: bool) {
        let found = self.history.walk(self.side, back, self.input.value());
        self.put(found);
    }

    /// Character position from which the line must not be shown, if it holds a secret.
    pub(crate) fn secret_from(&self, links: &Links) -> Option<usize> {
        secret::secret_from(self.input.value(), self.side, in_exchange(self.side, links))
    }
}

/// An AUTH exchange is under way: what is typed answers a challenge.
fn in_exchange(side: Side, links: &Links) -> bool {
    match side {
        Side::Smtp => links.smtp_state == smtp::State::Auth,
        Side::Pop3 => links.pop3_state == pop3::State::Auth,
    }
}

/// The character that a key is, taken literally.
fn literal(key: KeyEvent) -> Option<char> {
    match key.code {
        KeyCode::Char(character) if key.modifiers.contains(KeyModifiers::CONTROL) && character.is_ascii() => {
            Some(char::from(character.to_ascii_uppercase() as u8 & 0x1f))
        }
        KeyCode::Char(character) => Some(character),
        KeyCode::Tab => Some('\t'),
        KeyCode::Enter => Some('\r'),
        KeyCode::Esc => Some('\x1b'),
        KeyCode::Backspace => Some('\x7f'),
        _ => None,
    }
}

/// Whether `line` begins with `typed` in any letter case.
pub(crate) fn starts(line: &str, typed: &str) -> bool {
    line.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed)) && line.len() > typed.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(prompt: &mut Prompt, code: KeyCode) -> Typed {
        prompt.key(code.into(), &Help::default())
    }

    fn enter(prompt: &mut Prompt, text: &str) {
        for character in text.chars() {
            press(prompt, KeyCode::Char(character));
        }
        assert_eq!(press(prompt, KeyCode::Enter), Typed::Line(text.to_owned()));
    }

    #[test]
    fn history_is_walked_and_what_was_typed_comes_back() {
        let mut prompt = Prompt::default();
        enter(&mut prompt, "HELO a");
        enter(&mut prompt, "NOOP");
        press(&mut prompt, KeyCode::Char('x'));
        for (key, line) in [
            (KeyCode::Up, "NOOP"),
            (KeyCode::Up, "HELO a"),
            (KeyCode::Up, "HELO a"),
            (KeyCode::Down, "NOOP"),
            (KeyCode::Down, "x"),
        ] {
            press(&mut prompt, key);
            assert_eq!(prompt.input.value(), line);
        }
    }

    #[test]
    fn histories_of_the_two_sides_are_apart() {
        let mut prompt = Prompt::default();
        enter(&mut prompt, "HELO a");
        prompt.side = Side::Pop3;
        press(&mut prompt, KeyCode::Up);
        assert_eq!(prompt.input.value(), "");
    }

    #[test]
    fn secrets_are_hidden_while_typed_and_kept_out_of_the_history() {
        let mut prompt = Prompt { side: Side::Pop3, ..Prompt::default() };
        prompt.input = edit::field("pass hunter2");
        assert_eq!(prompt.secret_from(&Links::default()), Some(5));
        prompt.key(KeyCode::Enter.into(), &Help { secret: true, ..Help::default() });
        press(&mut prompt, KeyCode::Up);
        assert_eq!(prompt.input.value(), "");
        prompt.key(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL), &Help::default());
        assert_eq!(prompt.input.value(), "");
        prompt.input = edit::field("AUTH PLAIN AGEAYg==");
        assert_eq!(prompt.secret_from(&Links::default()), Some(11));
        prompt.input = edit::field("STAT");
        assert_eq!(prompt.secret_from(&Links::default()), None);
    }

    #[test]
    fn control_characters_can_be_typed_literally() {
        for (key, character) in [
            (KeyEvent::new(KeyCode::Char('h'), KeyModifiers::CONTROL), "\x08"),
            (KeyEvent::new(KeyCode::Char(' '), KeyModifiers::CONTROL), "\0"),
            (KeyCode::Tab.into(), "\t"),
            (KeyCode::Enter.into(), "\r"),
            (KeyCode::Char('ü').into(), "ü"),
        ] {
            let mut prompt = Prompt { literal: true, ..Prompt::default() };
            assert_eq!(prompt.key(key, &Help::default()), Typed::Edited);
            assert_eq!(prompt.input.value(), character);
        }
    }

    fn help(line: &str, texts: &[&str]) -> Help {
        let candidates = texts.iter().map(|text| candidates::Candidate::for_test(text));
        Help { offer: Offer::of(line, 0, candidates), ..Help::default() }
    }

    #[test]
    fn tab_takes_what_there_is_or_lists_it() {
        let mut prompt = Prompt::default();
        prompt.key(KeyCode::Tab.into(), &Help { whole: Some("EHLO lab".to_owned()), ..Help::default() });
        assert_eq!((prompt.input.value(), prompt.open), ("EHLO lab", None));
        prompt.input = edit::field("q");
        prompt.key(KeyCode::Tab.into(), &help("q", &["QUIT", "NOOP"]));
        assert_eq!((prompt.input.value(), prompt.open), ("QUIT", None));
        prompt.input = edit::field("r");
        prompt.key(KeyCode::Tab.into(), &help("r", &["RSET", "RSXX"]));
        assert_eq!((prompt.input.value(), prompt.open), ("RS", Some(0)));
        let offered = help("RS", &["RSET", "RSXX"]);
        prompt.key(KeyCode::Down.into(), &offered);
        assert_eq!(prompt.key(KeyCode::Enter.into(), &offered), Typed::Edited, "it takes, and does not send");
        assert_eq!((prompt.input.value(), prompt.open), ("RSXX", None));
        assert_eq!(press(&mut prompt, KeyCode::Tab), Typed::Ignored);
    }

    #[test]
    fn the_list_is_never_in_the_way_of_the_history() {
        let mut prompt = Prompt::default();
        enter(&mut prompt, "HELO a");
        let offered = || help("", &["RSET", "QUIT"]);
        prompt.key(KeyCode::Up.into(), &offered());
        assert_eq!((prompt.input.value(), prompt.open), ("HELO a", None));
        prompt.key(KeyCode::Down.into(), &offered());
        assert_eq!((prompt.input.value(), prompt.open), ("", None));
        prompt.key(KeyCode::Down.into(), &offered());
        assert_eq!(prompt.open, Some(0));
        prompt.key(KeyCode::Up.into(), &offered());
        assert_eq!((prompt.input.value(), prompt.open), ("", Some(0)), "Up stays in the list");
        assert!(prompt.close_list() && !prompt.close_list());
    }
}
