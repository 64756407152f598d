//! Where a password comes from: a command, a file, the environment, a prompt; never from an argument.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use super::args::SignIn;
use super::{Status, Trouble};
use crate::config::Environment;
use crate::wire::{Secret, printable};

/// Longest password file or output that is looked at, in octets.
const LONGEST: u64 = 64 * 1024;

/// The password, without asking: `None` when no option and no variable names one.
pub fn given(sign_in: &SignIn, environment: &Environment) -> Result<Option<Secret>, Trouble> {
    if let Some(command) = &sign_in.password_command {
        return of_command(command).map(Some);
    }
    if let Some(path) = &sign_in.password_file {
        return of_file(path).map(Some);
    }
    Ok(environment.password.clone())
}

/// The password, asked for on the terminal when nothing names one.
pub fn required(sign_in: &SignIn, environment: &Environment, who: &str) -> Result<Secret, Trouble> {
    if let Some(secret) = given(sign_in, environment)? {
        return Ok(secret);
    }
    if !io::stdin().is_terminal() {
        return Err(Trouble::usage(
            format!("there is no password for {who}"),
            "give --password-command, --password-file or TELEPOST_PASSWORD, or run this on a terminal",
        ));
    }
    let prompt = format!("Password for {}: ", printable::text(who));
    let typed = rpassword::prompt_password(prompt);
    typed.map(Secret::new).map_err(|error| Trouble::new(Status::Usage, format!("the prompt for the password: {error}")))
}

/// The command's words may hold a secret themselves, so they are not repeated in errors.
fn of_command(command: &str) -> Result<Secret, Trouble> {
    let failed = |why: String| Trouble::new(Status::Usage, format!("--password-command: {why}"));
    let output = Command::new("sh")
        .args(["-c", command])
        .stderr(Stdio::inherit())
        .stdin(Stdio::inherit())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(format!("it ended with {}", output.status)));
    }
    first_line(output.stdout).map_err(|why| failed(why.to_owned()))
}

fn of_file(path: &Path) -> Result<Secret, Trouble> {
    let mut file = File::open(path).map_err(|error| Trouble::file(path, &error))?;
    refuse_open_file(&file, path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(LONGEST).read_to_end(&mut bytes).map_err(|error| Trouble::file(path, &error))?;
    first_line(bytes).map_err(|why| Trouble::new(Status::Usage, format!("{}: {why}", path.display())))
}

/// The rights are those of the open file, so that nobody can exchange it in between.
#[cfg(unix)]
fn refuse_open_file(file: &File, path: &Path) -> Result<(), Trouble> {
    use std::os::unix::fs::PermissionsExt;

    let mode = file.metadata().map_err(|error| Trouble::file(path, &error))?.permissions().mode() & 0o777;
    let of_others = mode & 0o077;
    if of_others == 0 {
        return Ok(());
    }
    Err(Trouble::usage(
        format!("{}: others can read this password file (mode {mode:03o}); it was not used", path.display()),
        format!("chmod 600 {}", path.display()),
    ))
}

#[cfg(not(unix))]
fn refuse_open_file(_file: &File, _path: &Path) -> Result<(), Trouble> {
    Ok(())
}

/// Cuts in place, so that no second copy of the secret is left behind.
fn first_line(bytes: Vec<u8>) -> Result<Secret, &'static str> {
    let mut text = String::from_utf8(bytes).map_err(|_| "the password is not UTF-8")?;
    text.truncate(text.find(['\n', '\r']).unwrap_or(text.len()));
    if text.is_empty() { Err("there is no password in it") } else { Ok(Secret::new(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in() -> SignIn {
        SignIn { user: None, password_command: None, password_file: None, allow_plain_auth: true }
    }

    fn command(command: &str) -> Result<Option<Secret>, Trouble> {
        given(&SignIn { password_command: Some(command.into()), ..sign_in() }, &Environment::default())
    }

    #[test]
    fn the_first_line_of_a_command_counts() {
        let secret = command("printf 'hunter2\\nuser: ada\\n'").unwrap().unwrap();
        assert_eq!(secret.expose(), "hunter2");
        assert_eq!(command("printf ' a b '").unwrap().unwrap().expose(), " a b ");
        for wrong in ["false", "true", "echo", "printf '\\377'"] {
            assert_eq!(command(wrong).unwrap_err().status, Status::Usage, "{wrong}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("password");
        std::fs::write(&path, "hunter2\n").unwrap();
        let of = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            of_file(&path)
        };
        assert_eq!(of(0o600).unwrap().expose(), "hunter2");
        assert_eq!(of(0o400).unwrap().expose(), "hunter2");
        for mode in [0o644, 0o640, 0o604, 0o660] {
            let trouble = of(mode).unwrap_err();
            assert_eq!(trouble.status, Status::Usage);
            assert!(!trouble.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn options_go_before_the_environment() {
        let environment = Environment { password: Some(Secret::new("env")), ..Environment::default() };
        assert_eq!(given(&sign_in(), &environment).unwrap().unwrap().expose(), "env");
        let both = SignIn { password_command: Some("echo cmd".into()), ..sign_in() };
        assert_eq!(given(&both, &environment).unwrap().unwrap().expose(), "cmd");
        assert!(given(&sign_in(), &Environment::default()).unwrap().is_none());
    }
}
