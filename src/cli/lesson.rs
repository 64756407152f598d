//! `telepost lesson`: the lessons there are, one as text, lesson files looked over, the result sheet.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::Zoned;
use serde_json::{Value, json};

use super::{Status, Trouble, print, print_json};
use crate::config::{Paths, file};
use crate::keymap::action::ALL;
use crate::keymap::{Action, Keymap, Scope};
use crate::lesson::shelf::Shelved;
use crate::lesson::words::{OF_ACCOUNT, fill};
use crate::lesson::{Book, Known, Lesson, check, read, sheet};
use crate::run::{files, lessons};
use crate::sandbox::Fault;
use crate::wire::printable;

/// What to do with lessons.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the lessons: the guided tour, one for each way of sending and reading, your own
    List(Output),
    /// Print a lesson: its steps, hints and keys
    Show {
        /// Its id, or the path of a lesson file
        lesson: String,
        #[command(flatten)]
        output: Output,
    },
    /// Look lesson files over and tell all that is wrong with them
    Check {
        /// Lesson files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Print the result sheet of the lessons done so far, as Markdown
    Sheet {
        /// Write it to this new file instead
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
}

/// How it is printed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Output {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Does it.
pub fn run(command: &Command) -> Result<Status, Trouble> {
    let paths = Paths::find();
    match command {
        Command::List(output) => list(paths.as_ref(), *output),
        Command::Show { lesson, output } => show(paths.as_ref(), lesson, *output),
        Command::Check { files, output } => check_files(files, *output),
        Command::Sheet { out, output } => write_sheet(paths.as_ref(), out.as_deref(), *output),
    }
}

/// Whether a lesson with this id, or this file, is there: told before the terminal is taken.
pub fn check_name(name: &str) -> Result<(), Trouble> {
    find(Paths::find().as_ref(), name).map(drop)
}

fn book(paths: Option<&Paths>) -> Result<Book, Trouble> {
    paths.map_or_else(|| Ok(Book::default()), lessons::load_book).map_err(|why| Trouble::new(Status::Usage, why))
}

fn list(paths: Option<&Paths>, output: Output) -> Result<Status, Trouble> {
    let (book, shelf) = (book(paths)?, lessons::shelf(paths, None));
    if output.json {
        let all: Vec<Value> = shelf.iter().map(|shelved| listed(shelved, &book)).collect();
        print_json(&json!({ "lessons": all }))?;
        return Ok(Status::Done);
    }
    let mut table = String::new();
    for shelved in &shelf {
        let safe = |text: &str| printable::text(text).into_owned();
        let line = match &shelved.lesson {
            Ok(lesson) => {
                let standing = book.standing(&lesson.id).to_string();
                format!("{:<14} {:<5} {standing:<16} {}", lesson.id, safe(&lesson.part), safe(&lesson.title))
            }
            Err(why) => format!("{:<14} own   cannot be read   {}: {}", "-", safe(&shelved.file), safe(why)),
        };
        table.extend([line.as_str(), "\n"]);
    }
    print(&table)?;
    Ok(Status::Done)
}

fn listed(shelved: &Shelved, book: &Book) -> Value {
    let safe = |text: &str| printable::text(text).into_owned();
    match &shelved.lesson {
        Ok(lesson) => json!({
            "id": lesson.id,
            "for": safe(&lesson.part),
            "title": safe(&lesson.title),
            "goal": safe(&lesson.goal),
            "steps": lesson.steps.len(),
            "state": book.standing(&lesson.id).to_string(),
        }),
        Err(why) => json!({ "file": safe(&shelved.file), "error": safe(why) }),
    }
}

/// The lesson with this id, or in this file.
fn find(paths: Option<&Paths>, name: &str) -> Result<std::sync::Arc<Lesson>, Trouble> {
    let file = lessons::is_file_name(name).then(|| Path::new(name));
    let shelf = lessons::shelf(paths, file);
    let found = shelf.into_iter().find(|shelved| match &shelved.lesson {
        Ok(lesson) if file.is_none() => lesson.id == name,
        _ => file.is_some_and(|file| Path::new(&shelved.file) == file),
    });
    match found.map(|shelved| shelved.lesson) {
        Some(Ok(lesson)) => Ok(lesson),
        Some(Err(why)) => {
            Err(Trouble::usage(format!("{name}: {why}"), "telepost lesson check lists all that is wrong"))
        }
        None => Err(Trouble::usage(format!("there is no lesson {name:?}"), "telepost lesson list shows them")),
    }
}

fn show(paths: Option<&Paths>, name: &str, output: Output) -> Result<Status, Trouble> {
    let lesson = find(paths, name)?;
    let keymap = match paths {
        Some(paths) => file::load_keymap(paths).map_err(|error| Trouble::new(Status::Usage, error.to_string()))?,
        None => Keymap::default(),
    };
    let words = |name: &str| sample(&keymap, name);
    if output.json {
        let say = |text: &str| printable::text(&fill(text, &words).replace('\n', " ")).into_owned();
        let steps = lesson.steps.iter().map(|step| json!({ "say": say(&step.say), "why": say(&step.why) }));
        let steps: Vec<Value> = steps.collect();
        print_json(
            &json!({ "id": lesson.id, "title": say(&lesson.title), "goal": say(&lesson.goal), "steps": steps }),
        )?;
    } else {
        print(&in_full(&lesson, &words))?;
    }
    Ok(Status::Done)
}

/// What placeholders stand for on the sandbox.
fn sample(keymap: &Keymap, name: &str) -> Option<String> {
    match name.strip_prefix("key:") {
        Some(action) => keymap.hint(Action::from_id(action)?, &[Scope::Global, Scope::Leader]),
        None => OF_ACCOUNT.iter().find(|(word, _)| *word == name).map(|(_, value)| (*value).to_owned()),
    }
}

fn in_full(lesson: &Lesson, words: &dyn Fn(&str) -> Option<String>) -> String {
    let say = |text: &str| printable::text(&fill(text, &words).replace('\n', " ")).into_owned();
    let mut text = format!("{}\n{}\n", say(&lesson.title), say(&lesson.goal));
    for (number, step) in (1..).zip(&lesson.steps) {
        let mut put = |name: &str, words: &str| {
            writeln!(text, "{name:<8} {}", say(words)).expect("writing to a String cannot fail");
        };
        put(&format!("\n{number}."), &step.say);
        put("   why", &step.why);
        for hint in &step.hints {
            put("   hint", hint);
        }
        put("   keys", &step.keys_in_words(&words));
    }
    text
}

/// What is wrong with a file, each with its place if it has one.
fn faults_of(path: &Path) -> Vec<String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return vec![error.to_string()],
    };
    let read = match read::parse(&text) {
        Ok(read) => read,
        Err(mistakes) => return mistakes.iter().map(ToString::to_string).collect(),
    };
    let faults: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    let actions: Vec<&str> = ALL.iter().map(|info| info.id).collect();
    let found = check::faults(&read.lesson, &Known { faults: &faults, actions: &actions });
    let placed = |(step, fault): (Option<usize>, String)| match step.and_then(|step| read.lines.get(step)) {
        Some(line) => format!("line {line}, column 1: {fault}"),
        None => format!("line 1, column 1: {fault}"),
    };
    found.into_iter().map(placed).collect()
}

fn check_files(files: &[PathBuf], output: Output) -> Result<Status, Trouble> {
    let checked: Vec<(&PathBuf, Vec<String>)> = files.iter().map(|path| (path, faults_of(path))).collect();
    if output.json {
        let all = checked.iter().map(|(path, faults)| {
            let faults: Vec<_> = faults.iter().map(|fault| printable::text(fault).into_owned()).collect();
            json!({ "file": printable::text(&path.display().to_string()), "faults": faults })
        });
        print_json(&json!({ "files": all.collect::<Vec<Value>>() }))?;
    } else {
        let mut text = String::new();
        for (path, faults) in &checked {
            let name = path.display().to_string();
            let lines = faults.iter().map(|fault| format!("{name}: {fault}"));
            let lines: Vec<String> = if faults.is_empty() { vec![format!("{name}: good")] } else { lines.collect() };
            for line in lines {
                text.extend([&*printable::text(&line), "\n"]);
            }
        }
        print(&text)?;
    }
    let sound = checked.iter().all(|(_, faults)| faults.is_empty());
    Ok(if sound { Status::Done } else { Status::Usage })
}

fn write_sheet(paths: Option<&Paths>, out: Option<&Path>, output: Output) -> Result<Status, Trouble> {
    let (book, shelf) = (book(paths)?, lessons::shelf(paths, None));
    if output.json {
        print_json(&json!({ "lessons": book.lessons }))?;
        return Ok(Status::Done);
    }
    let ids: Vec<&str> =
        shelf.iter().filter_map(|shelved| shelved.lesson.as_ref().ok()).map(|lesson| lesson.id.as_str()).collect();
    let keymap = paths.and_then(|paths| file::load_keymap(paths).ok()).unwrap_or_default();
    let words = |text: &str| fill(text, &|name: &str| sample(&keymap, name));
    let text = sheet::markdown(&book, &ids, &Zoned::now(), &words);
    match out {
        None => print(&text)?,
        Some(path) => {
            let written = files::write_new(path, text.as_bytes());
            let written =
                written.map_err(|error| Trouble::new(Status::Usage, format!("{}: {error}", path.display())))?;
            print(&format!("{}\n", printable::text(&written.display().to_string())))?;
        }
    }
    Ok(Status::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_a_file_have_its_lines() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("x.toml");
        let sound = include_str!("../lesson/check/sample.toml").replace("faults = [\"greylist\"]\n", "");
        std::fs::write(&path, &sound).unwrap();
        assert_eq!(faults_of(&path), [""; 0]);
        std::fs::write(&path, sound.replace("{key:prompt}", "{key:dance}").replace("hints", "hint")).unwrap();
        let faults = faults_of(&path);
        assert!(faults.iter().any(|fault| fault.starts_with("line 9, column 1: there is no key")), "{faults:?}");
        std::fs::write(&path, sound.replace("{key:prompt}", "{key:dance}")).unwrap();
        assert!(faults_of(&path)[0].starts_with("line 6, column 1: keys uses {key:dance}"), "{:?}", faults_of(&path));
        assert_eq!(faults_of(&place.path().join("none.toml")).len(), 1);
    }

    #[test]
    fn a_lesson_is_shown_with_the_keys_in_force() {
        let lesson = find(None, "send").unwrap();
        let keymap = Keymap::default();
        let text = in_full(&lesson, &|name| sample(&keymap, name));
        assert!(text.contains("Press F5.") && text.contains("ada@sandbox.test") && !text.contains('{'), "{text}");
        assert!(find(None, "none").is_err());
    }
}
