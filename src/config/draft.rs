//! The draft kept between runs. A crash at any moment leaves the old text or the new one whole.

use std::io;
use std::path::{Path, PathBuf};

use super::atomic;

/// The file the draft lives in.
#[derive(Clone, Debug)]
pub struct DraftFile {
    path: PathBuf,
}

impl DraftFile {
    /// A draft kept at `path`. Nothing is opened yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the draft. On return it is on disk.
    pub fn save(&self, text: &str) -> io::Result<()> {
        atomic::replace(&self.path, text)
    }

    /// The draft of an earlier run. A file that is no JSON object is moved aside to `draft.json.broken` (with a number
    /// when that exists), so that nothing a person wrote is lost, and counts as none.
    pub fn load(&self) -> io::Result<Option<String>> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match String::from_utf8(bytes) {
            Ok(text) if is_object(&text) => Ok(Some(text)),
            _ => self.move_aside().map(|()| None),
        }
    }

    /// Removes the draft. That there is none is no error.
    pub fn forget(&self) -> io::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn move_aside(&self) -> io::Result<()> {
        let mut aside = self.path.with_extension("json.broken");
        let mut number = 1;
        while aside.exists() {
            aside = self.path.with_extension(format!("json.broken-{number}"));
            number += 1;
        }
        std::fs::rename(&self.path, aside)
    }
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> (tempfile::TempDir, DraftFile) {
        let place = tempfile::tempdir().unwrap();
        let draft = DraftFile::new(place.path().join("state/telepost/draft.json"));
        (place, draft)
    }

    #[test]
    fn what_is_saved_is_found_again_until_it_is_forgotten() {
        let (_place, draft) = draft();
        assert_eq!(draft.load().unwrap(), None);
        draft.save(r#"{"subject":"one"}"#).unwrap();
        draft.save(r#"{"subject":"two"}"#).unwrap();
        assert_eq!(draft.load().unwrap().as_deref(), Some(r#"{"subject":"two"}"#));
        draft.forget().unwrap();
        draft.forget().unwrap();
        assert_eq!(draft.load().unwrap(), None);
    }

    #[test]
    fn a_save_that_fails_leaves_the_old_draft_and_no_litter() {
        let (_place, draft) = draft();
        draft.save(r#"{"subject":"old"}"#).unwrap();
        let blocked = DraftFile::new(draft.path().with_file_name("taken"));
        std::fs::create_dir(blocked.path()).unwrap();
        std::fs::write(blocked.path().join("x"), "x").unwrap();
        assert!(blocked.save("{}").is_err());
        assert_eq!(draft.load().unwrap().as_deref(), Some(r#"{"subject":"old"}"#));
        let mut names: Vec<_> = std::fs::read_dir(draft.path().parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["draft.json", "taken"]);
    }

    #[test]
    fn a_broken_draft_is_kept_aside() {
        let (_place, draft) = draft();
        for (number, broken) in [&b"{\"subject\":\"to"[..], b"\xff\xfe", b"[]"].into_iter().enumerate() {
            draft.save("{}").unwrap();
            std::fs::write(draft.path(), broken).unwrap();
            assert_eq!(draft.load().unwrap(), None);
            assert!(!draft.path().exists());
            let extension = if number == 0 { "json.broken".into() } else { format!("json.broken-{number}") };
            assert_eq!(std::fs::read(draft.path().with_extension(extension)).unwrap(), broken);
        }
    }

    #[cfg(unix)]
    #[test]
    fn file_and_folder_are_private() {
        use std::os::unix::fs::PermissionsExt;

        let (_place, draft) = draft();
        draft.save("{}").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(draft.path()), 0o600);
        assert_eq!(mode(draft.path().parent().unwrap()), 0o700);
    }
}
