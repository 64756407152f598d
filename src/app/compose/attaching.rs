//! The path of a file to attach: typed with completion, or found by going through folders; and paths that were dropped
//! onto the terminal. Nothing here touches the disk: folders are listed beside the loop.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use crate::app::looking::Entry;
use crate::app::{dialog::Answer, edit};
use crate::config::url::percent_decoded;

/// Longest text that is taken for a path.
const LONGEST: usize = 4_096;

/// What the browser wants from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// What is in this folder.
    List(PathBuf),
    /// This path was chosen.
    Take(PathBuf),
}

/// The path so far, and what is in its folder.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) input: Input,
    /// What is in the folder of the path; `None` until it came.
    entries: Option<Vec<Entry>>,
    matches: Vec<usize>,
    pub(crate) selected: Option<usize>,
    /// Why the path cannot be taken, or the folder not be listed.
    pub(crate) error: Option<String>,
}

impl Browser {
    /// Starts in a folder, which is written with a `/` at its end; nothing is the working directory.
    pub(crate) fn new(folder: &str) -> Self {
        Self { input: edit::field(folder), entries: None, matches: Vec::new(), selected: None, error: None }
    }

    /// The folder of the path, up to and with the last `/`.
    pub(crate) fn folder(&self) -> &str {
        split(self.input.value()).0
    }

    fn start(&self) -> &str {
        split(self.input.value()).1
    }

    /// What in the folder fits what was typed: what begins so first.
    pub(crate) fn matches(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.entries.as_deref().unwrap_or_default();
        self.matches.iter().filter_map(|index| entries.get(*index))
    }

    /// How many entries fit.
    pub(crate) fn count(&self) -> usize {
        self.matches.len()
    }

    /// The folder is still being listed.
    pub(crate) fn is_waiting(&self) -> bool {
        self.entries.is_none() && self.error.is_none()
    }

    /// What is in a folder came, or why it cannot be known.
    pub(crate) fn listed(&mut self, folder: &Path, entries: Result<Vec<Entry>, String>) {
        if folder != Path::new(self.folder()) {
            return;
        }
        match entries {
            Ok(entries) => self.entries = Some(entries),
            Err(why) => self.error = Some(why),
        }
        self.filter();
    }

    /// Goes into a folder.
    pub(crate) fn enter(&mut self, folder: &str) -> Answer {
        self.set(folder.to_owned())
    }

    pub(crate) fn paste(&mut self, text: &str) -> Answer {
        if let Some(path) = dropped(text) {
            return self.set(path.to_string_lossy().into_owned());
        }
        let before = self.folder().to_owned();
        edit::paste_line(&mut self.input, text);
        self.edited(&before)
    }

    pub(crate) fn key(&mut self, key: KeyEvent) -> Answer {
        match key.code {
            KeyCode::Up | KeyCode::BackTab => self.select(-1),
            KeyCode::Down => self.select(1),
            KeyCode::PageUp => self.select(-10),
            KeyCode::PageDown => self.select(10),
            KeyCode::Tab => return self.complete(),
            KeyCode::Enter => return self.take(),
            KeyCode::Backspace if key.modifiers.is_empty() && self.start().is_empty() => return self.up(),
            _ => {
                let before = self.folder().to_owned();
                if edit::line(&mut self.input, key) && !edit::is_move(key) {
                    return self.edited(&before);
                }
            }
        }
        Answer::None
    }

    pub(crate) fn select(&mut self, step: isize) {
        let Some(last) = self.matches.len().checked_sub(1) else { return };
        self.selected = match self.selected {
            None | Some(0) if step < 0 => None,
            None => Some(0),
            Some(index) => Some(index.saturating_add_signed(step).min(last)),
        };
    }

    fn set(&mut self, text: String) -> Answer {
        let before = self.folder().to_owned();
        self.input = Input::new(text);
        self.edited(&before)
    }

    /// The path changed: another part of the list fits, or another folder is wanted.
    fn edited(&mut self, before: &str) -> Answer {
        self.selected = None;
        let failed = self.error.take().is_some() && self.entries.is_none();
        if self.folder() == before && !failed {
            self.filter();
            return Answer::None;
        }
        self.entries = None;
        self.matches.clear();
        Answer::Browse(Step::List(PathBuf::from(self.folder())))
    }

    fn filter(&mut self) {
        let start = self.start().to_lowercase();
        let hidden = start.starts_with('.');
        let (mut begin, mut hold) = (Vec::new(), Vec::new());
        for (index, entry) in self.entries.iter().flatten().enumerate() {
            let name = entry.name.to_string_lossy().to_lowercase();
            match name.find(&start) {
                Some(0) if hidden || !name.starts_with('.') => begin.push(index),
                Some(1..) if !name.starts_with('.') => hold.push(index),
                _ => {}
            }
        }
        begin.append(&mut hold);
        self.matches = begin;
        self.selected = None;
    }

    /// Tab: takes the selected name, or as much as all that fit have in common; else it goes through them.
    fn complete(&mut self) -> Answer {
        if let Some(entry) = self.selected.and_then(|index| self.matches().nth(index)) {
            let text = self.text_of(entry);
            return self.set(text);
        }
        if self.input.value() == "~" {
            return self.set("~/".to_owned());
        }
        let start = self.start().to_lowercase();
        let names = || self.matches().filter(|entry| entry.name.to_string_lossy().to_lowercase().starts_with(&start));
        let Some(first) = names().next() else { return Answer::None };
        let text = if names().nth(1).is_none() {
            self.text_of(first)
        } else {
            let shared = names().skip(1).fold(first.name.to_string_lossy().into_owned(), |shared, entry| {
                common(&shared, &entry.name.to_string_lossy()).to_owned()
            });
            if shared.chars().count() <= self.start().chars().count() {
                self.select(1);
                return Answer::None;
            }
            format!("{}{shared}", self.folder())
        };
        self.set(text)
    }

    fn text_of(&self, entry: &Entry) -> String {
        format!("{}{}{}", self.folder(), entry.name.to_string_lossy(), if entry.is_dir { "/" } else { "" })
    }

    /// Enter: into the selected folder, or the path is chosen.
    fn take(&mut self) -> Answer {
        if let Some(entry) = self.selected.and_then(|index| self.matches().nth(index)) {
            if entry.is_dir {
                let text = self.text_of(entry);
                return self.set(text);
            }
            // A name that is no text stays whole this way.
            let path = Path::new(self.folder()).join::<&OsString>(&entry.name);
            return Answer::Browse(Step::Take(path));
        }
        if self.input.value().is_empty() {
            return Answer::None;
        }
        Answer::Browse(Step::Take(PathBuf::from(self.input.value())))
    }

    /// Backspace behind a folder: the folder it is in.
    fn up(&mut self) -> Answer {
        let folder = self.folder().trim_end_matches('/');
        let above = match folder.rsplit_once('/') {
            _ if folder.is_empty() && self.folder().starts_with('/') => return Answer::None,
            Some((above, last)) if last != ".." && last != "~" => format!("{above}/"),
            None if !matches!(folder, "" | ".." | "." | "~") => String::new(),
            _ => format!("{}../", self.folder()),
        };
        self.set(above)
    }
}

fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |slash| slash + 1))
}

/// What two names begin with alike, letter case aside, as the first has it.
fn common<'a>(first: &'a str, second: &str) -> &'a str {
    let same = |(a, b): &((usize, char), char)| a.1.to_lowercase().eq(b.to_lowercase());
    let end = first.char_indices().zip(second.chars()).take_while(same).last();
    end.map_or("", |((at, c), _)| &first[..at + c.len_utf8()])
}

/// The path in a text that a terminal writes when a file is dropped onto it: absolute, or a `file:` URL, perhaps quoted
/// or escaped for a shell.
pub(crate) fn dropped(text: &str) -> Option<PathBuf> {
    let text = text.trim();
    if text.len() > LONGEST || text.contains(char::is_control) {
        return None;
    }
    let bare = if text.contains(['\'', '"', '\\']) {
        let mut words = shlex::split(text)?;
        let word = words.pop()?;
        words.is_empty().then_some(word)?
    } else {
        text.to_owned()
    };
    let path = match bare.strip_prefix("file://") {
        Some(url) => percent_decoded(url.strip_prefix("localhost").unwrap_or(url)).ok()?,
        None => bare,
    };
    let whole = path.len() > 1 && path.starts_with('/') && !path.contains(char::is_control);
    whole.then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, is_dir: bool) -> Entry {
        Entry { name: name.into(), is_dir, octets: 0 }
    }

    /// A browser at a path, with these entries in its folder; folders end in `/`.
    fn browser(path: &str, names: &[&str]) -> Browser {
        let mut browser = Browser::new(path);
        let entries = names.iter().map(|name| entry(name.trim_end_matches('/'), name.ends_with('/'))).collect();
        let folder = browser.folder().to_owned();
        browser.listed(Path::new(&folder), Ok(entries));
        browser
    }

    fn press(browser: &mut Browser, code: KeyCode) -> Answer {
        browser.key(code.into())
    }

    fn listing(path: &str) -> Answer {
        Answer::Browse(Step::List(path.into()))
    }

    fn taking(path: &str) -> Answer {
        Answer::Browse(Step::Take(path.into()))
    }

    #[test]
    fn tab_completes_as_far_as_it_is_certain() {
        let names = ["docs/", "report-1.pdf", "Report-2.pdf", ".hidden"];
        for (path, completed, answer) in [
            ("/home/d", "/home/docs/", listing("/home/docs/")),
            ("/home/re", "/home/report-", Answer::None),
            ("/home/REPORT-2", "/home/Report-2.pdf", Answer::None),
            ("/home/.", "/home/.hidden", Answer::None),
            ("/home/x", "/home/x", Answer::None),
        ] {
            let mut browser = browser(path, &names);
            assert_eq!(press(&mut browser, KeyCode::Tab), answer, "{path}");
            assert_eq!(browser.input.value(), completed, "{path}");
        }
    }

    #[test]
    fn what_begins_so_comes_first_and_hidden_files_only_when_asked_for() {
        let shown = |path: &str| -> Vec<String> {
            let browser = browser(path, &["a-map", "map", ".map", "other"]);
            browser.matches().map(|entry| entry.name.to_string_lossy().into_owned()).collect()
        };
        assert_eq!(shown("MAP"), ["map", "a-map"]);
        assert_eq!(shown(".m"), [".map"]);
        assert_eq!(shown(""), ["a-map", "map", "other"]);
    }

    #[test]
    fn enter_goes_in_or_takes_and_backspace_goes_up() {
        let mut chooser = browser("/home/", &["docs/", "a.pdf"]);
        press(&mut chooser, KeyCode::Down);
        assert_eq!(press(&mut chooser, KeyCode::Enter), listing("/home/docs/"));
        assert!(chooser.is_waiting());
        let mut chooser = browser("/home/", &["docs/", "a.pdf"]);
        press(&mut chooser, KeyCode::Down);
        press(&mut chooser, KeyCode::Down);
        press(&mut chooser, KeyCode::Down);
        assert_eq!(press(&mut chooser, KeyCode::Enter), taking("/home/a.pdf"));
        assert_eq!(press(&mut browser("", &[]), KeyCode::Enter), Answer::None);
        assert_eq!(press(&mut browser("~/x", &[]), KeyCode::Enter), taking("~/x"));
        for (path, above) in
            [("/home/docs/", "/home/"), ("/home/", "/"), ("docs/", ""), ("", "../"), ("../", "../../"), ("~/", "~/../")]
        {
            let mut browser = browser(path, &[]);
            assert_eq!(press(&mut browser, KeyCode::Backspace), listing(above), "{path}");
        }
        assert_eq!(press(&mut browser("/", &[]), KeyCode::Backspace), Answer::None);
    }

    #[test]
    fn a_listing_of_another_folder_is_not_taken() {
        let mut browser = Browser::new("/home/");
        browser.listed(Path::new("/other"), Ok(vec![entry("x", false)]));
        assert!(browser.is_waiting());
        browser.listed(Path::new("/home"), Err("it may not be read".to_owned()));
        assert_eq!((browser.is_waiting(), browser.error.as_deref()), (false, Some("it may not be read")));
    }

    #[test]
    fn paths_are_dropped_in_many_forms() {
        for (text, path) in [
            ("/home/ada/a.pdf", Some("/home/ada/a.pdf")),
            ("/home/ada/my file.pdf ", Some("/home/ada/my file.pdf")),
            ("'/home/ada/my file.pdf'", Some("/home/ada/my file.pdf")),
            ("/home/ada/my\\ file.pdf", Some("/home/ada/my file.pdf")),
            ("\"/x/it's\"", Some("/x/it's")),
            ("file:///x/a%20b%C3%A9", Some("/x/a bé")),
            ("file://localhost/x", Some("/x")),
            ("file://elsewhere/x", None),
            ("file:///x%0a", None),
            ("file:///x%zz", None),
            ("'/a' '/b'", None),
            ("/a\n/b", None),
            ("relative", None),
            ("/", None),
            ("'/unclosed", None),
        ] {
            assert_eq!(dropped(text), path.map(PathBuf::from), "{text}");
        }
    }
}
