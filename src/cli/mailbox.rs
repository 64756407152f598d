//! `telepost mailbox`: look into a POP3 mailbox, show one message, delete messages.

mod access;
mod delete;
mod list;
mod show;

use serde_json::json;

use super::args::{self, Net, Output, SignIn};
use super::{Status, Trouble, password, print_json};
use crate::config::Environment;
use crate::connection::Target;
use crate::wire::{Secret, Side, printable};

/// What to do with the mailbox.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print number, UIDL, size, date, from and subject of each message
    List(list::Args),
    /// Show one message
    Show(show::Args),
    /// Delete messages, and say what the server answered to QUIT
    Delete(delete::Args),
}

/// Options of all three.
#[derive(Debug, clap::Args)]
pub struct Common {
    /// The server, `pop3://[user@]host[:port]`
    url: String,
    #[command(flatten)]
    net: Net,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    output: Output,
}

/// A mailbox and the one who may look into it.
#[derive(Debug)]
pub struct Visit {
    /// The server.
    target: Target,
    /// User name.
    user: String,
    /// Password.
    password: Secret,
}

impl Common {
    /// Everything that can be found wrong before a connection is made. Without TLS and without permission no password
    /// is even asked for.
    fn visit(&self) -> Result<Visit, Trouble> {
        let url = args::url_for(Side::Pop3, &self.url)?;
        let target = self.net.target(&url)?;
        if !self.sign_in.allow_plain_auth {
            let what = format!("{url}: signing in would send the password in clear text; nothing was sent");
            let advice = "--allow-plain-auth permits it, where you trust every machine on the way";
            return Err(Trouble::new(Status::SignIn, what).advise(advice));
        }
        let user =
            self.sign_in.user.clone().or_else(|| url.user.clone()).ok_or_else(|| {
                Trouble::usage("there is no user name", "write pop3://NAME@host, or give --user NAME")
            })?;
        let who = format!("{user} at {url}");
        let password = password::required(&self.sign_in, &Environment::read(), &who)?;
        Ok(Visit { target, user, password })
    }
}

/// Does it and returns the exit status.
pub fn run(command: &Command) -> Result<Status, Trouble> {
    let (json, result) = match command {
        Command::List(args) => (args.common.output.json, list::run(args)),
        Command::Show(args) => (args.common.output.json, show::run(args)),
        Command::Delete(args) => (args.common.output.json, delete::run(args)),
    };
    if let (true, Err(trouble)) = (json, &result) {
        print_json(&json!({
            "outcome": outcome(trouble.status),
            "exit": trouble.status.code(),
            "explanation": printable::text(&trouble.what),
            "advice": trouble.advice.as_deref().map(printable::text),
        }))?;
    }
    result.map(|()| Status::Done)
}

fn outcome(status: Status) -> &'static str {
    match status {
        Status::Refused => "refused",
        Status::Deferred => "deferred",
        Status::Unknown => "unknown",
        _ => "failed",
    }
}
