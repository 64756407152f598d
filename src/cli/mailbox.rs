//! `telepost mailbox`: look into a POP3 mailbox, show one message, delete messages.

pub(in crate::cli) mod access;
mod delete;
pub mod expire;
mod ids;
mod list;
mod show;
mod wait;

use serde_json::{Value, json};

use super::args::{Connect, Output, Server, Who};
use super::{Status, Trouble, args, print_json};
use crate::sasl::SignIn;
use crate::wire::{Side, printable};

/// What to do with the mailbox.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print number, UIDL, size, date, from and subject of each message
    List(list::Args),
    /// Show one message
    Show(show::Args),
    /// Wait for a message with a Message-ID, and compare it with the mail as it was sent
    Wait(wait::Args),
    /// Delete messages, and say what the server answered to QUIT
    Delete(delete::Args),
}

/// Options of all of them.
#[derive(Debug, clap::Args)]
pub struct Common {
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    pub(in crate::cli) output: Output,
}

/// A mailbox and the one who may look into it.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The server.
    pub(in crate::cli) server: Server,
    /// Who fetches the secret once more, if need be.
    who: Who,
    /// User name and secret.
    pub(in crate::cli) sign_in: SignIn,
    /// The subcommand, for advice that names it.
    command: &'static str,
}

impl Common {
    /// Everything that can be found wrong before a connection is made. The secret comes last: it may be asked for.
    /// `command`: the subcommand, for advice that names it.
    pub(in crate::cli) fn visit(&self, url: Option<&str>, command: &'static str) -> Result<Visit, Trouble> {
        let server = self.connect.server(Side::Pop3, url)?;
        let who = server.who.clone().ok_or_else(args::no_user)?;
        args::announce(&server.target);
        let sign_in = who.sign_in()?;
        Ok(Visit { server, who, sign_in, command })
    }

    /// The URL, unless a profile stands for it, and the messages behind it.
    fn url_and_messages<'a>(&self, words: &'a [String]) -> Result<(Option<&'a str>, &'a [String]), Trouble> {
        let (url, messages) = match (&self.connect.profile, words) {
            (Some(_), [first, ..]) if first.contains("://") => {
                return Err(Trouble::usage("there is a URL, and --profile too", "give one of them"));
            }
            (Some(_), messages) => (None, messages),
            (None, [url, messages @ ..]) => (Some(url.as_str()), messages),
            (None, []) => (None, words),
        };
        if messages.is_empty() {
            return Err(Trouble::usage("no message is named", "write its number or UIDL behind the URL"));
        }
        Ok((url, messages))
    }
}

/// Does it and returns the exit status.
pub fn run(command: &Command) -> Result<Status, Trouble> {
    let done = |()| Status::Done;
    // With the fields that the object has on success as well, empty.
    let (json, empty, result) = match command {
        Command::List(args) => {
            (args.common.output.json, json!({ "count": 0, "messages": [] }), list::run(args).map(done))
        }
        Command::Show(args) => (args.common.output.json, json!({ "number": null, "uidl": null }), show::run(args)),
        Command::Wait(args) => {
            let empty = json!({ "number": null, "uidl": null, "seconds": null, "looks": null, "deleted": false });
            (args.common.output.json, empty, wait::run(args))
        }
        Command::Delete(args) => {
            (args.common.output.json, json!({ "messages": [], "answer": null }), delete::run(args).map(done))
        }
    };
    if let (true, Err(trouble)) = (json, &result) {
        let mut object = of_trouble(trouble);
        if let (Value::Object(object), Value::Object(empty)) = (&mut object, empty) {
            object.extend(empty);
        }
        print_json(&object)?;
    }
    result
}

/// The object when it came to nothing; the line is told as far as it came.
pub(in crate::cli) fn of_trouble(trouble: &Trouble) -> Value {
    let line = |field: &str| trouble.line.as_ref().map(|line| line[field].clone());
    json!({
        "outcome": outcome(trouble.status),
        "exit": trouble.status.code(),
        "explanation": printable::text(&trouble.what),
        "advice": trouble.advice.as_deref().map(printable::text),
        "tls": line("tls"),
        "auth": line("auth"),
    })
}

fn outcome(status: Status) -> &'static str {
    match status {
        Status::Refused => "refused",
        Status::Deferred => "deferred",
        Status::Unknown => "unknown",
        _ => "failed",
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        common: Common,
    }

    fn common(options: &str) -> Common {
        Only::try_parse_from(std::iter::once("x").chain(options.split_whitespace())).unwrap().common
    }

    #[test]
    fn a_profile_stands_for_the_url() {
        let words: Vec<String> = ["pop3://a", "3", "uid"].map(str::to_owned).into();
        let of = |options: &str, from: usize, to: usize| {
            let found =
                common(options).url_and_messages(&words[from..to]).map(|(url, rest)| (url.is_some(), rest.len()));
            found.map_err(|trouble| trouble.status)
        };
        assert_eq!(of("", 0, 3), Ok((true, 2)));
        assert_eq!(of("--profile work", 1, 3), Ok((false, 2)));
        for (options, from, to) in [("", 0, 1), ("", 0, 0), ("--profile work", 0, 3), ("--profile work", 1, 1)] {
            assert_eq!(of(options, from, to), Err(Status::Usage), "{options} {from} {to}");
        }
    }

    #[test]
    fn a_failure_tells_the_line_as_far_as_it_came() {
        let bare = of_trouble(&Trouble::usage("no", "try"));
        assert!(bare["tls"].is_null() && bare["auth"].is_null() && bare["exit"] == 2, "{bare}");
        let line = Some(json!({ "tls": { "verdict": "refused" }, "auth": null }));
        let refused = of_trouble(&Trouble { line, ..Trouble::new(Status::Tls, "no") });
        assert_eq!(refused["tls"]["verdict"], "refused");
    }

    #[test]
    fn nobody_looks_into_a_mailbox_without_a_name() {
        assert_eq!(common("").visit(Some("pop3://mail.example"), "mailbox list").unwrap_err().status, Status::Usage);
        assert_eq!(
            common("--user ada").visit(Some("smtp://mail.example"), "mailbox list").unwrap_err().status,
            Status::Usage
        );
    }
}
