//! From the argument to a script, and all that can be found wrong with it before anything connects.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::cli::{Status, Trouble};
use crate::script::{Fault, Script, TEXT};

/// A text that is to be played.
#[derive(Debug)]
pub struct Source {
    /// As it is called in messages.
    pub name: String,
    form: Form,
    text: String,
}

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The line language.
    Script,
    /// A transcript, `.jsonl`.
    Session,
}

impl Form {
    fn of(name: &str) -> Self {
        let is_session = Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("jsonl"));
        if is_session { Self::Session } else { Self::Script }
    }
}

/// Reads the file of that name; `-` is standard input.
pub fn read(name: &str) -> Result<Source, Trouble> {
    let (shown, text) = match name {
        "-" => ("standard input", read_all(&mut io::stdin().lock())),
        path => (path, File::open(path).and_then(|mut file| read_all(&mut file))),
    };
    let text = text.map_err(|error| Trouble::file(Path::new(shown), &error))?;
    let text = String::from_utf8(text).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Trouble::usage(format!("{shown}: it is no UTF-8 from octet {at} on"), "write other octets as \\xHH")
    })?;
    Ok(Source { name: shown.to_owned(), form: Form::of(name), text })
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
        let script = match self.form {
            Form::Script => Script::parse(&self.text).map_err(|faults| self.faulty(&faults))?,
            Form::Session => return Err(self.of_session()),
        };
        match script.unknown_variables(known, Some(&self.text)).as_slice() {
            [] => Ok(script),
            faults => Err(self.faulty(faults)),
        }
    }

    /// A recorded session is no script yet.
    fn of_session(&self) -> Trouble {
        let what = format!("{}: this is the record of a session, and not a script", self.name);
        Trouble::usage(what, "save the session as a script in the workbench, then run that")
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
        Source { name: "a.telepost".into(), form: Form::Script, text: text.into() }
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
        assert_eq!(Form::of("x.JSONL"), Form::Session);
        assert_eq!((Form::of("-"), Form::of("x.telepost")), (Form::Script, Form::Script));
    }
}
