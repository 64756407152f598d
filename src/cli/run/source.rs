//! From the argument to a script, and all that can be found wrong with it before anything connects.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Args;
use crate::cli::sessions::opened;
use crate::cli::{Status, Trouble};
use crate::script::{Fault, Script, TEXT};
use crate::sessions::{Exchanges, How, Session, read_file, scripted};

/// A text that is to be played.
#[derive(Debug)]
pub struct Source {
    /// As it is called in messages.
    pub name: String,
    content: Content,
}

/// What is in it.
#[derive(Debug)]
enum Content {
    /// The line language.
    Script(String),
    /// A transcript, and how it becomes a script.
    Session(Box<Session>, How),
}

/// What the command line names.
pub fn of(args: &Args) -> Result<Source, Trouble> {
    let path = args.script.as_deref().unwrap_or("-");
    let session = match &args.session {
        Some(name) => Some((name.as_str(), opened(name)?)),
        None if is_session(path) => {
            let read = read_file(Path::new(path));
            Some((path, read.map_err(|error| Trouble::new(Status::Usage, format!("{path}: {error}")))?))
        }
        None => None,
    };
    match session {
        Some((name, session)) => {
            let how = How { adapted: args.adapt, upto: None };
            Ok(Source { name: name.to_owned(), content: Content::Session(Box::new(session), how) })
        }
        None if args.adapt || args.differences => {
            let what = format!("{path} is a script: --adapt and --differences are for recorded sessions");
            Err(Trouble::usage(what, "name a .jsonl file, or a saved session with --session"))
        }
        None => read(path),
    }
}

fn is_session(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("jsonl"))
}

/// Reads the file of that name; `-` is standard input.
fn read(name: &str) -> Result<Source, Trouble> {
    let (shown, text) = match name {
        "-" => ("standard input", read_all(&mut io::stdin().lock())),
        path => (path, File::open(path).and_then(|mut file| read_all(&mut file))),
    };
    let text = text.map_err(|error| Trouble::file(Path::new(shown), &error))?;
    let text = String::from_utf8(text).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Trouble::usage(format!("{shown}: it is no UTF-8 from octet {at} on"), "write other octets as \\xHH")
    })?;
    Ok(Source { name: shown.to_owned(), content: Content::Script(text) })
}

/// One octet more than a script may have at most: enough to see that it is too long.
fn read_all(from: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    from.take(TEXT as u64 + 1).read_to_end(&mut octets)?;
    Ok(octets)
}

impl Source {
    /// The script that it is. `known`: variables that are set from outside.
    pub fn script(&self, known: &[&str]) -> Result<Script, Trouble> {
        let (script, text) = match &self.content {
            Content::Script(text) => (Script::parse(text).map_err(|faults| self.faulty(&faults))?, Cow::from(text)),
            Content::Session(session, how) => {
                let script = scripted(&session.transcript, *how);
                let text = script.to_string();
                (script, Cow::from(text))
            }
        };
        match script.unknown_variables(known, Some(&text)).as_slice() {
            [] => Ok(script),
            faults if script.missing(known).iter().any(|name| name == "to") => {
                Err(self.faulty(faults).advise("--to ADDRESS sets to"))
            }
            faults => Err(self.faulty(faults)),
        }
    }

    /// What was said in the session, if it is one.
    pub fn recorded(&self) -> Option<Exchanges> {
        match &self.content {
            Content::Script(_) => None,
            Content::Session(session, _) => Some(Exchanges::of(&session.transcript)),
        }
    }

    /// Each fault on a line of its own, as compilers tell them.
    fn faulty(&self, faults: &[Fault]) -> Trouble {
        let lines: Vec<String> = faults.iter().map(|fault| format!("{}:{fault}", self.name)).collect();
        let told = faults.iter().map(|fault| {
            serde_json::json!({
                "line": fault.line,
                "column": fault.column,
                "what": fault.what,
                "right": fault.right,
                "nearest": fault.nearest,
            })
        });
        let line = serde_json::json!({ "faults": told.collect::<Vec<_>>() });
        Trouble { line: Some(line), ..Trouble::new(Status::Usage, lines.join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { name: "a.telepost".into(), content: Content::Script(text.into()) }
    }

    #[test]
    fn all_faults_are_told_with_their_places() {
        let trouble = source("sned x\nexpect 1").script(&[]).unwrap_err();
        assert_eq!(trouble.status, Status::Usage);
        let lines: Vec<&str> = trouble.what.lines().collect();
        assert!(lines[0].starts_with("a.telepost:1:1: ") && lines[1].starts_with("a.telepost:2:8: "), "{lines:?}");
        assert_eq!(trouble.line.unwrap()["faults"][0]["nearest"], "send");
    }

    #[test]
    fn an_unknown_variable_is_a_fault_unless_it_is_given() {
        assert!(source("send ${to}").script(&[]).unwrap_err().what.contains("a.telepost:1:6: "));
        assert!(source("send ${to}").script(&["to"]).is_ok());
    }

    #[test]
    fn the_record_of_a_session_is_known_by_its_name() {
        assert!(is_session("x.JSONL") && !is_session("-") && !is_session("x.telepost"));
    }
}
