//! The row of attachments: which one is chosen, taking it off, its sizes; and what is known of the files behind them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent};

use super::{Compose, Slot};
use crate::mail::{Attachment, Content};
use crate::wire::Segment;

/// What is known of files, by path. `None`: it was asked for.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<PathBuf, Option<Result<u64, String>>>);

/// How large an attachment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// Octets of the file, and of its lines of base64.
    Octets(u64, u64),
    /// Not known yet.
    Awaited,
    /// It cannot be read, and why.
    Unreadable(String),
}

impl Compose {
    /// A key while the caret is on the row of attachments. Returns whether it meant something.
    pub(super) fn attachment_key(&mut self, key: KeyEvent, now: Instant) -> bool {
        let last = self.attachments.len().saturating_sub(1);
        match key.code {
            KeyCode::Left => self.chosen = self.chosen.saturating_sub(1),
            KeyCode::Right => self.chosen = (self.chosen + 1).min(last),
            KeyCode::Char('i') => {
                if let Some(file) = self.attachments.get_mut(self.chosen) {
                    file.inline = !file.inline;
                    self.changed(now);
                }
            }
            KeyCode::Delete | KeyCode::Backspace if self.chosen <= last && !self.attachments.is_empty() => {
                self.attachments.remove(self.chosen);
                self.chosen = self.chosen.min(last.saturating_sub(1));
                if self.attachments.is_empty() {
                    self.at = Slot::Main;
                }
                self.changed(now);
            }
            _ => return false,
        }
        true
    }

    /// Adds a file of this many octets, and chooses it.
    pub(crate) fn attach(&mut self, path: PathBuf, octets: u64, now: Instant) {
        self.files.0.insert(path.clone(), Some(Ok(octets)));
        self.attachments.push(Attachment::from_path(path));
        self.chosen = self.attachments.len() - 1;
        self.changed(now);
    }

    /// The attachment that keys are for.
    pub(crate) fn chosen_attachment(&self) -> Option<&Attachment> {
        self.attachments.get(self.chosen)
    }

    /// Gives the chosen attachment another media type.
    pub(crate) fn set_type(&mut self, content_type: &str, now: Instant) {
        if let Some(file) = self.attachments.get_mut(self.chosen) {
            content_type.clone_into(&mut file.content_type);
            self.changed(now);
        }
    }

    /// Files of attachments that nobody looked at, from now on asked for.
    pub(crate) fn unlooked(&mut self) -> Vec<PathBuf> {
        let paths = self.attachments.iter().filter_map(|file| match &file.content {
            Content::Path(path) => Some(path),
            Content::Bytes(_) => None,
        });
        let new: Vec<PathBuf> = paths.filter(|path| !self.files.0.contains_key(*path)).cloned().collect();
        self.files.0.extend(new.iter().cloned().map(|path| (path, None)));
        new
    }

    /// Somebody looked at a file. Returns whether an attachment waited for that.
    pub(crate) fn looked(&mut self, path: &Path, octets: Result<u64, String>) -> bool {
        let awaited = self.files.0.get_mut(path).filter(|known| known.is_none());
        awaited.is_some_and(|known| {
            *known = Some(octets);
            true
        })
    }

    /// How large an attachment is.
    pub(crate) fn size(&self, file: &Attachment) -> Size {
        let octets = match &file.content {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Path(path) => match self.files.0.get(path) {
                Some(Some(Ok(octets))) => *octets,
                Some(Some(Err(why))) => return Size::Unreadable(why.clone()),
                Some(None) | None => return Size::Awaited,
            },
        };
        let encoded = Segment::Base64 { path: PathBuf::new(), octets }.octets();
        Size::Octets(octets, encoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::account::Account;

    fn press(form: &mut Compose, code: KeyCode) -> bool {
        form.attachment_key(code.into(), Instant::now())
    }

    #[test]
    fn the_chosen_one_is_shown_inline_typed_and_taken_off() {
        let mut form = Compose::new(&Account::empty("lab.test"));
        for name in ["/x/a.pdf", "/x/b.png", "/x/c"] {
            form.attach(name.into(), 61_204, Instant::now());
        }
        press(&mut form, KeyCode::Left);
        press(&mut form, KeyCode::Char('i'));
        form.set_type("image/webp", Instant::now());
        let kinds: Vec<_> = form.attachments().iter().map(|file| (file.content_type.as_str(), file.inline)).collect();
        assert_eq!(kinds, [("application/pdf", false), ("image/webp", true), ("application/octet-stream", false)]);
        press(&mut form, KeyCode::Delete);
        press(&mut form, KeyCode::Right);
        press(&mut form, KeyCode::Delete);
        assert_eq!(form.attachments().iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["a.pdf"]);
        assert_eq!(form.size(&form.attachments()[0]), Size::Octets(61_204, 83_756));
    }

    #[test]
    fn a_file_is_looked_at_once() {
        let mut form = Compose::new(&Account::empty("lab.test"));
        form.attachments =
            vec![Attachment::from_path("/x/a"), Attachment::new("b", "text/plain", Content::Bytes(vec![].into()))];
        assert_eq!(form.unlooked(), [PathBuf::from("/x/a")]);
        assert!(form.unlooked().is_empty());
        assert_eq!(form.size(&form.attachments()[0]), Size::Awaited);
        assert!(form.looked(Path::new("/x/a"), Err("gone".to_owned())));
        assert_eq!(form.size(&form.attachments()[0]), Size::Unreadable("gone".to_owned()));
        assert!(!form.looked(Path::new("/x/c"), Ok(1)));
    }
}
