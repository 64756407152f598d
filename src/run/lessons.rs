//! Lessons of one's own and progress on disk: read and written beside the loop.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Workbench;
use super::effects::Answer;
use crate::app::Message;
use crate::app::lessons::{Ask, Told};
use crate::config::lock::Lock;
use crate::config::{Paths, atomic, paths, plain};
use crate::lesson::progress::{self, Book};
use crate::lesson::shelf::{self, Shelved};
use crate::lesson::{Progress, read};

/// Most lesson files that are read from the folder.
const MOST: usize = 200;

/// Reads and keeps them.
#[derive(Debug, Default)]
pub struct Lessons {
    /// A file beside those in the folder.
    pub file: Option<PathBuf>,
    /// What is to be written and was not yet, the latest of each lesson.
    unsaved: Arc<Mutex<Vec<(String, Progress)>>>,
}

impl Workbench {
    pub(super) fn ask_lessons(&mut self, ask: Ask) -> Option<Message> {
        let (found, answers) = (self.hands.paths().cloned(), self.hands.answers());
        match ask {
            Ask::List => {
                let file = self.lessons.file.clone();
                tokio::task::spawn_blocking(move || {
                    let told = list(found.as_ref(), file.as_deref());
                    // The loop may have ended.
                    let _ = answers.send(Answer::Message(Message::Lessons(told)));
                });
            }
            Ask::Keep(id, progress) => {
                let found = found?;
                self.lessons.put(id, *progress);
                let unsaved = Arc::clone(&self.lessons.unsaved);
                tokio::task::spawn_blocking(move || {
                    if let Err(error) = write_out(&found, &unsaved) {
                        let told = Told::Trouble(format!("how far the lesson is cannot be kept: {error}"));
                        let _ = answers.send(Answer::Message(Message::Lessons(told)));
                    }
                });
            }
        }
        None
    }
}

impl Lessons {
    /// With the file that `lesson` names, if it names one rather than a lesson.
    pub fn of(lesson: Option<&str>) -> Self {
        let file = lesson.filter(|name| is_file_name(name)).map(PathBuf::from);
        Self { file, ..Self::default() }
    }

    fn put(&self, id: String, progress: Progress) {
        let mut unsaved = self.unsaved.lock().unwrap_or_else(PoisonError::into_inner);
        unsaved.retain(|(known, _)| *known != id);
        unsaved.push((id, progress));
    }

    /// Writes what is left, on the way out.
    pub fn finish(&self, paths: Option<&Paths>) {
        if let Some(paths) = paths {
            // What was done is lost then; there is no screen to say so any more.
            let _ = write_out(paths, &self.unsaved);
        }
    }
}

/// Writes what is to be written; the lock on it keeps the order.
fn write_out(paths: &Paths, unsaved: &Mutex<Vec<(String, Progress)>>) -> io::Result<()> {
    let mut unsaved = unsaved.lock().unwrap_or_else(PoisonError::into_inner);
    if unsaved.is_empty() {
        return Ok(());
    }
    paths::create_private(&paths.state)?;
    // Another program may have a lesson on as well.
    let _lock = Lock::wait(&paths.state.join("lessons.lock"))?;
    let mut book = load_book(paths).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
    book.lessons.extend(unsaved.iter().cloned());
    atomic::replace(&paths.lessons_file(), book.to_text())?;
    unsaved.clear();
    Ok(())
}

/// Whether this names a lesson file rather than a lesson.
pub fn is_file_name(name: &str) -> bool {
    name.contains(['/', '.'])
}

/// How far lessons are; nothing is kept yet, or the reason why it cannot be told.
pub fn load_book(paths: &Paths) -> Result<Book, String> {
    let path = paths.lessons_file();
    let text = match read_file(&path, progress::FILE) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Book::default()),
        text => text.map_err(|error| format!("{}: {error}", path.display()))?,
    };
    Book::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// All lessons: ours, those in the folder of one's own, and that in `file`.
pub fn shelf(paths: Option<&Paths>, file: Option<&Path>) -> Vec<Shelved> {
    let mut files = paths.map(|paths| own_files(&paths.lessons())).unwrap_or_default();
    files.extend(file.map(Path::to_owned));
    let text = |path: PathBuf| {
        let text = read_file(&path, read::FILE as u64 + 1).map_err(|error| error.to_string());
        (path.display().to_string(), text)
    };
    shelf::all(files.into_iter().map(text).collect())
}

fn own_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let lessons = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let mut files: Vec<PathBuf> = lessons.take(MOST).collect();
    files.sort();
    files
}

fn read_file(path: &Path, most: u64) -> io::Result<String> {
    let mut text = String::new();
    plain::open(OpenOptions::new().read(true), path)?.take(most).read_to_string(&mut text)?;
    Ok(text)
}

fn list(paths: Option<&Paths>, file: Option<&Path>) -> Told {
    let book = paths.map_or_else(|| Ok(Book::default()), load_book);
    match book {
        Ok(book) => Told::Listed(shelf(paths, file), Box::new(book)),
        Err(why) => Told::Trouble(format!("how far the lessons are cannot be told: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_kept_privately_and_lessons_of_other_programs_stay() {
        let place = tempfile::tempdir().unwrap();
        let paths = Paths::beneath(place.path());
        let lessons = Lessons::default();
        let at = |at| Progress { at, steps: 3, ..Progress::default() };
        lessons.put("send".to_owned(), at(1));
        write_out(&paths, &lessons.unsaved).unwrap();
        let other = Lessons::default();
        other.put("read".to_owned(), at(2));
        other.put("read".to_owned(), at(3));
        other.finish(Some(&paths));
        let book = load_book(&paths).unwrap();
        assert_eq!((book.lessons["send"].at, book.lessons["read"].at), (1, 3));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(paths.lessons_file()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_book_is_told_and_never_written_over() {
        let place = tempfile::tempdir().unwrap();
        let paths = Paths::beneath(place.path());
        std::fs::write(paths.lessons_file(), "not json").unwrap();
        assert!(load_book(&paths).unwrap_err().contains("lessons.json"));
        let lessons = Lessons::default();
        lessons.put("send".to_owned(), Progress::default());
        assert!(write_out(&paths, &lessons.unsaved).is_err());
        assert_eq!(std::fs::read_to_string(paths.lessons_file()).unwrap(), "not json");
    }

    #[test]
    fn files_of_ones_own_are_listed_in_order() {
        let place = tempfile::tempdir().unwrap();
        let paths = Paths::beneath(place.path());
        std::fs::create_dir(paths.lessons()).unwrap();
        for name in ["b.toml", "a.toml", "notes.txt"] {
            std::fs::write(paths.lessons().join(name), "id = 1").unwrap();
        }
        let shelf = shelf(Some(&paths), None);
        let own: Vec<&str> =
            shelf.iter().map(|shelved| shelved.file.as_str()).filter(|file| !file.is_empty()).collect();
        assert!(own.len() == 2 && own[0].ends_with("a.toml") && own[1].ends_with("b.toml"), "{own:?}");
    }
}
