//! The password of a run: from the options, the environment, or asked for; never from an argument.

use std::io::{self, IsTerminal};

use super::args::SignIn;
use super::{Status, Trouble};
use crate::config::secret::{Source, fetch_on_terminal};
use crate::config::{Environment, environment};
use crate::wire::{Secret, printable};

/// Where the password comes from, as the options or the environment say.
pub fn source(sign_in: &SignIn, environment: &Environment) -> Source {
    match (&sign_in.password_command, &sign_in.password_file) {
        (Some(command), _) => Source::Command(command.clone()),
        (None, Some(path)) => Source::File(path.clone()),
        (None, None) if environment.password.is_some() => Source::Variable(environment::PASSWORD.to_owned()),
        (None, None) => Source::Prompt,
    }
}

/// The password, without asking: `None` when no option and no variable names one.
pub fn given(sign_in: &SignIn, environment: &Environment) -> Result<Option<Secret>, Trouble> {
    match source(sign_in, environment) {
        Source::Variable(_) => Ok(environment.password.clone()),
        source => fetch_on_terminal(&source, "").map_err(|why| Trouble::new(Status::Usage, why)),
    }
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        sign_in: SignIn,
    }

    fn sign_in(options: &[&str]) -> SignIn {
        Only::try_parse_from(std::iter::once(&"x").chain(options)).unwrap().sign_in
    }

    #[test]
    fn options_go_before_the_environment() {
        let environment = Environment { password: Some(Secret::new("env")), ..Environment::default() };
        let nothing = sign_in(&[]);
        assert_eq!(given(&nothing, &environment).unwrap().unwrap().expose(), "env");
        assert_eq!(source(&nothing, &environment), Source::Variable("TELEPOST_PASSWORD".into()));
        let command = sign_in(&["--password-command", "echo cmd"]);
        assert_eq!(given(&command, &environment).unwrap().unwrap().expose(), "cmd");
        assert!(given(&nothing, &Environment::default()).unwrap().is_none());
    }

    #[test]
    fn a_source_that_gives_nothing_is_a_mistake_of_usage() {
        let wrong: [[&str; 2]; 3] =
            [["--password-command", "false"], ["--password-command", "true"], ["--password-file", "/no/such/file"]];
        for options in wrong {
            let trouble = given(&sign_in(&options), &Environment::default()).unwrap_err();
            assert_eq!(trouble.status, Status::Usage, "{options:?}");
        }
    }
}
