//! Programs that get the whole terminal for a while: $VISUAL or $EDITOR, and $PAGER.
//!
//! The commands run in the shell, as they may have arguments. Whoever calls gives the terminal back first and reads no
//! events until the program ends.

use std::ffi::{OsStr, OsString};
use std::io::{self, Seek, Write};
use std::process::{ExitStatus, Stdio};

use tempfile::NamedTempFile;
use tokio::process::{Child, Command};

use crate::config::Environment;
use crate::wire::printable;

/// What is running.
#[derive(Debug)]
pub struct Foreground {
    child: Child,
    /// The file being edited and what it held before; none for the pager.
    edited: Option<(NamedTempFile, String)>,
    name: OsString,
}

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The text after editing; the same text, to the octet, when nothing was changed.
    Edited(Result<String, String>),
    /// The pager was left, or why it did not run.
    Paged(Result<(), String>),
}

impl Foreground {
    /// Starts the editor on a copy of `text`: a private temporary file with the suffix `.eml`.
    pub fn edit(environment: &Environment, text: String) -> Result<Self, String> {
        let name = environment.editor.clone().unwrap_or_else(|| "vi".into());
        let mut command = shell(&name, true);
        let (file, child) = edit_file(&text)
            .and_then(|file| command.arg(file.path()).spawn().map(|child| (file, child)))
            .map_err(|error| format!("the editor could not be started: {error}"))?;
        Ok(Self { child, edited: Some((file, text)), name })
    }

    /// Starts the pager on `text`, each line of which passes the sanitizer.
    pub fn page(environment: &Environment, text: &str) -> Result<Self, String> {
        let name = environment.pager.clone().unwrap_or_else(|| "less".into());
        let child = page_file(text)
            .and_then(|file| shell(&name, false).stdin(file).spawn())
            .map_err(|error| format!("the pager could not be started: {error}"))?;
        Ok(Self { child, edited: None, name })
    }

    /// Waits for its end. May be dropped and called again.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// What came of it.
    pub fn finish(self, status: io::Result<ExitStatus>) -> Outcome {
        let name = self.name.to_string_lossy().into_owned();
        let name = printable::text(&name);
        let ran = match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{name} ended with {status}")),
            Err(error) => Err(format!("{name}: {error}")),
        };
        match self.edited {
            None => Outcome::Paged(ran),
            Some((file, before)) => Outcome::Edited(ran.and_then(|()| text_of(file, before))),
        }
    }
}

/// `name "$@"` in the shell, as git and others run editors.
fn shell(name: &OsStr, with_file: bool) -> Command {
    let mut line = name.to_owned();
    if with_file {
        line.push(" \"$@\"");
    }
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).arg(name);
    command
}

fn edit_file(text: &str) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("telepost-").suffix(".eml").tempfile()?;
    file.write_all(text.as_bytes())?;
    file.flush()?;
    Ok(file)
}

fn page_file(text: &str) -> io::Result<Stdio> {
    let mut file = tempfile::tempfile()?;
    let lines = text.lines().map(printable::line_of_mail).collect::<Vec<_>>().join("\n");
    file.write_all(lines.as_bytes())?;
    file.write_all(b"\n")?;
    file.rewind()?;
    Ok(file.into())
}

/// The file after editing. Many editors end the last line whether it was ended or not: that alone is no change. A file
/// that cannot be taken over is kept, so that nothing typed is lost.
fn text_of(file: NamedTempFile, before: String) -> Result<String, String> {
    let read = std::fs::read(file.path()).map_err(|error| error.to_string());
    let text = read.and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()));
    match text {
        Ok(after) if after.strip_suffix('\n') == Some(&before) => Ok(before),
        Ok(after) => Ok(after),
        Err(why) => Err(match file.keep() {
            Ok((_, path)) => format!("the edited file cannot be used: {why}; it is kept as {}", path.display()),
            Err(_) => format!("the edited file cannot be used: {why}"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn editor(script: &str) -> Environment {
        Environment { editor: Some(script.into()), ..Environment::default() }
    }

    async fn edited(script: &str, text: &str) -> Result<String, String> {
        let mut running = Foreground::edit(&editor(script), text.to_owned()).unwrap();
        let status = running.wait().await;
        match running.finish(status) {
            Outcome::Edited(result) => result,
            Outcome::Paged(_) => panic!("an editor was started"),
        }
    }

    #[tokio::test]
    async fn the_file_is_private_and_called_eml_and_comes_back_changed() {
        let text = edited("f() { stat -c '%a %n' \"$1\" > \"$1.x\"; mv \"$1.x\" \"$1\"; }; f", "Hi").await.unwrap();
        assert!(text.starts_with("600 ") && text.ends_with(".eml\n"), "{text}");
    }

    #[tokio::test]
    async fn an_unchanged_file_is_no_change_even_with_a_line_end_more() {
        assert_eq!(edited("true", "Hi\n\nthere").await.unwrap(), "Hi\n\nthere");
        assert_eq!(edited("f() { echo >> \"$1\"; }; f", "Hi").await.unwrap(), "Hi");
        assert_eq!(edited("f() { echo there >> \"$1\"; }; f", "Hi\n").await.unwrap(), "Hi\nthere\n");
    }

    #[tokio::test]
    async fn a_failed_editor_changes_nothing_and_a_bad_file_is_kept() {
        assert!(edited("false", "Hi").await.unwrap_err().contains("false"));
        assert!(edited("/no/such/editor", "Hi").await.is_err());
        let why = edited("f() { printf '\\377' > \"$1\"; }; f", "Hi").await.unwrap_err();
        let path = why.rsplit(' ').next().unwrap();
        assert_eq!(std::fs::read(path).unwrap(), b"\xff");
        std::fs::remove_file(path).unwrap();
    }

    #[tokio::test]
    async fn the_pager_gets_the_text_without_control_characters() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("out");
        let pager = Environment { pager: Some(format!("cat > {}", out.display()).into()), ..Environment::default() };
        let mut running = Foreground::page(&pager, "one\x1b[2J\ntwo").unwrap();
        let status = running.wait().await;
        assert_eq!(running.finish(status), Outcome::Paged(Ok(())));
        assert_eq!(std::fs::read_to_string(out).unwrap(), "one␛[2J\ntwo\n");
    }
}
