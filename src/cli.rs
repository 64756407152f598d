//! The command line: what can be asked for, and the way from an answer to an exit status.
//!
//! One file a subcommand. All of them that connect go through the connection task and the engines, as the workbench
//! does; here is only another shell around them. The contract for scripts: exit statuses and JSON fields keep their
//! meaning.

pub mod args;
mod attempt;
mod bar;
pub mod exit;
mod explain;
mod fetch;
mod hardening;
mod keys;
mod lesson;
mod mailbox;
mod manual;
mod password;
mod paths;
mod probe;
mod protection;
mod run;
pub mod sandbox;
mod send;
mod session;
mod sessions;
mod signals;
mod workbench;

use std::io::{self, Write};

use clap::{Parser, Subcommand};

pub use exit::{Status, Trouble};

use crate::wire::printable;

/// A terminal workbench for mail conversations: compose, watch SMTP and POP3 live, browse and delete mail
#[derive(Debug, Parser)]
#[command(name = "telepost", version, about, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    workbench: workbench::Args,
}

const AFTER_HELP: &str = "\
A URL is smtp://, smtps://, lmtp://, pop3:// or pop3s:// and [user@]host[:port]; the ports are 25, 465, 24, 110 and \
995 where none is written.
Without a URL the workbench asks what to connect to. New here? Try `telepost demo`.";

const OF_SESSIONS: &str = "\
The workbench keeps what was said when it ends, with secrets masked; Ctrl-X g s keeps it under a name, Ctrl-X l lists \
what there is.
Play the last one again, with addresses of your own:
  telepost session script last --adapt --out again.telepost
  telepost run again.telepost smtp://ada@127.0.0.1:2525 --ca ca.pem \\
    --set from=ada@sandbox.test --set to=bob@sandbox.test";

const OF_LESSONS: &str = "\
Lessons are done in the workbench: Ctrl-X G lists them, and this begins the first one:
  telepost demo --lesson send
Files of your own lie in the folder that telepost paths calls lessons; docs/lessons.md tells their format.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the workbench on an embedded practice server: nothing to set up, nothing leaves the machine
    Demo(workbench::Demo),
    /// Send one mail, or many
    Send(Box<send::Args>),
    /// Look into a POP3 mailbox, show one message, delete messages
    #[command(subcommand)]
    Mailbox(Box<mailbox::Command>),
    /// Download a POP3 mailbox to a Maildir, an mbox file or .eml files
    Fetch(Box<fetch::Args>),
    /// Connect, look, leave: greeting, capabilities, TLS and sign-in offers of servers; nothing is sent or deleted
    Probe(Box<probe::Args>),
    /// Tell what a reply, a code, a capability or a failure means, and what to do
    Explain(Box<explain::Args>),
    /// Play a script of a session: lines to send, replies to expect
    Run(Box<run::Args>),
    /// Saved sessions: list, show, export, make a script of one, compare two
    #[command(subcommand, after_help = OF_SESSIONS)]
    Session(sessions::Command),
    /// Run the embedded practice server alone, until Ctrl-C
    Sandbox(sandbox::Args),
    /// List lessons, show one, check lesson files, write the result sheet
    #[command(subcommand, after_help = OF_LESSONS)]
    Lesson(lesson::Command),
    /// Print the key map in force
    Keys,
    /// Print the folders and files of this program
    Paths,
    /// Print the manual page (roff) of the program or of a subcommand
    Man(manual::Man),
    /// Print the completion script for a shell
    Completions(manual::Completions),
}

/// Reads the arguments, does what they ask for, prints the final error. Returns the exit status of the process.
pub fn run() -> u8 {
    hardening::forbid_cores();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output with status 0, mistakes to standard error with 2.
            let _ = error.print();
            if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
                // As with the error itself, there is no other place to tell that it cannot be written.
                let _ = print_json(&of_usage(&error.render().to_string()));
            }
            return u8::try_from(error.exit_code()).unwrap_or(Status::Internal.code());
        }
    };
    match dispatch(cli) {
        Ok(code) => code,
        Err(trouble) => {
            print_trouble(&trouble);
            trouble.status.code()
        }
    }
}

fn dispatch(cli: Cli) -> Result<u8, Trouble> {
    let done = |()| Status::Done.code();
    match cli.command {
        None => workbench::run(&cli.workbench),
        Some(Command::Demo(args)) => workbench::demo(&args),
        Some(Command::Send(args)) => send::run(&args).map(Status::code),
        Some(Command::Mailbox(command)) => mailbox::run(&command).map(Status::code),
        Some(Command::Fetch(args)) => fetch::run(&args).map(Status::code),
        Some(Command::Probe(args)) => probe::run(&args).map(Status::code),
        Some(Command::Explain(args)) => explain::run(&args).map(Status::code),
        Some(Command::Run(args)) => run::run(&args).map(Status::code),
        Some(Command::Session(command)) => sessions::run(&command).map(Status::code),
        Some(Command::Sandbox(args)) => sandbox::run(&args).map(done),
        Some(Command::Lesson(command)) => lesson::run(&command).map(Status::code),
        Some(Command::Keys) => keys::run().map(done),
        Some(Command::Paths) => paths::run().map(done),
        Some(Command::Man(man)) => manual::page(&man).map(done),
        Some(Command::Completions(completions)) => manual::completions(&completions).map(done),
    }
}

/// The object for a call that cannot be understood; `text`: what clap says of it.
fn of_usage(text: &str) -> serde_json::Value {
    let (what, advice) = text.split_once("\n\n").unwrap_or((text, ""));
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    serde_json::json!({
        "outcome": "failed",
        "exit": Status::Usage.code(),
        "explanation": printable::text(&one_line(what.trim_start_matches("error: "))),
        "advice": printable::text(&one_line(advice)),
    })
}

/// What, where and what to try, on standard error, each line sanitized.
fn print_trouble(trouble: &Trouble) {
    let mut stderr = io::stderr().lock();
    for (number, line) in trouble.to_string().lines().enumerate() {
        let name = if number == 0 { "telepost: " } else { "  " };
        // There is no other place to tell that standard error is closed.
        let _ = writeln!(stderr, "{name}{}", printable::text(line));
    }
}

/// Writes to standard output; a closed pipe is an error like any other, not a panic.
fn print(text: &str) -> Result<(), Trouble> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| Trouble::output(&error))
}

/// One JSON object on one line of standard output.
fn print_json(value: &serde_json::Value) -> Result<(), Trouble> {
    print(&format!("{value}\n"))
}

/// Runs a subcommand's work on a runtime of this thread alone.
fn block_on<T>(work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Trouble::new(Status::Internal, format!("no runtime: {error}")))?;
    let done = runtime.block_on(work);
    // A name lookup that hangs must not keep the process.
    runtime.shutdown_background();
    done
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_contract_parses() {
        for line in [
            "telepost",
            "telepost smtp://mx.example pop3://ada@pop.example",
            "telepost --theme dark --ascii --no-mouse smtp://mx.example",
            "telepost demo",
            "telepost demo --theme light",
            "telepost send smtp://mx.example --from a@b --to c@d --to e@f --cc g@h --bcc i@j --subject S --body T",
            "telepost send lmtp://[::1]:24 --raw - --envelope-from a@b --envelope-to c@d --json",
            "telepost send smtp://mx.example --from a@b --to c@d --body-file - --attach x --header X-A:1 --count 3",
            "telepost send smtp://mx.example --from a@b --to c@d --stop-after rcpt --timeout 5 -v -4 --helo me",
            "telepost mailbox list pop3://ada@pop.example --allow-plain-auth --no-headers --json",
            "telepost mailbox show pop3://pop.example 3 --user ada --password-file p --raw",
            "telepost mailbox wait pop3://ada@pop.example --message-id x@y --sent m.eml --within 9 --every 2 --delete",
            "telepost mailbox delete pop3://pop.example 1 abc 3 --password-command pass --transcript t.md",
            "telepost send smtps://ada@mx.example --from a@b --to c@d --ca x.pem --auth scram-sha-256 --stop-after auth",
            "telepost send smtp://mx.example --tls require --insecure --user ada --token --password-command c --to c@d",
            "telepost send --profile work --to c@d --body T --authzid bob --no-initial-response --stop-after tls",
            "telepost send smtp://example.org --mx --to c@d --proxy socks5://127.0.0.1:1080 --dns 127.0.0.1 --keylog",
            "telepost mailbox list --profile work",
            "telepost mailbox show pop3s://ada@pop.example --cert c --key k --tls-name pop.example 3",
            "telepost mailbox delete --profile work 1 abc",
            "telepost fetch pop3://ada@pop.example --maildir Mail --new --delete --limit 100 --since 7d --json",
            "telepost fetch --profile work --mbox inbox --since 2026-01-31 --accept-expire -v --transcript t.md",
            "telepost fetch pop3s://ada@pop.example --eml folder",
            "telepost probe example.org smtp://mx.example pop3s://pop.example --json -4",
            "telepost explain 550 --verb RCPT --protocol smtp --state signed-in --json",
            "telepost explain -",
            "telepost explain --list",
            "telepost run hello.telepost smtp://mx.example pop3://ada@pop.example --set to=bob@example.org --check",
            "telepost run - smtp://a smtp://b --against pop3://c --report r.xml --json --transcript t.txt -v",
            "telepost session list --json",
            "telepost session show last --no-times",
            "telepost session export last --to ticket.md",
            "telepost session script last --adapt --upto 7 --out again.script",
            "telepost session diff one other.jsonl --times --width 100",
            "telepost session rename one other",
            "telepost session remove one other",
            "telepost sandbox --smtp-port 2525 --pop3-port 2110",
            "telepost demo --lesson send",
            "telepost lesson list --json",
            "telepost lesson show send",
            "telepost lesson check a.toml b.toml",
            "telepost lesson sheet --out sheet.md",
            "telepost keys",
            "telepost paths",
            "telepost man send",
            "telepost completions bash",
        ] {
            let parsed = Cli::try_parse_from(line.split(' '));
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_status_2() {
        for line in [
            "telepost send",
            "telepost send smtp://a --raw - --body x",
            "telepost send smtp://a --raw - --subject x",
            "telepost send smtp://a --body x --body-file y",
            "telepost send smtp://a --from a@b --to c@d -4 -6",
            "telepost send smtp://a --from a@b --to c@d --count 0",
            "telepost send smtp://a --from a@b --to c@d --timeout 0",
            "telepost send smtp://a --from a@b --to c@d --stop-after lunch",
            "telepost send smtp://a --profile b",
            "telepost send smtp://a --pin sha256:00",
            "telepost send smtp://a --auth NTLM",
            "telepost send smtp://a --proxy ftp://a:1",
            "telepost mailbox list",
            "telepost mailbox show",
            "telepost mailbox wait pop3://a",
            "telepost probe",
            "telepost mailbox show pop3://a 1 --raw --headers",
            "telepost mailbox delete",
            "telepost lesson",
            "telepost lesson check",
            "telepost run",
            "telepost run a smtp://b --set to",
            "telepost fetch",
            "telepost fetch pop3://a",
            "telepost fetch pop3://a --maildir b --mbox c",
            "telepost fetch pop3://a --maildir b --profile c",
            "telepost fetch pop3://a --eml b --limit 0",
            "telepost explain",
            "telepost explain 550 --state lunch",
            "telepost fetch pop3://a --eml b --since lunch",
            "telepost session",
            "telepost session diff one",
            "telepost session export one",
            "telepost session script one --upto 0",
            "telepost --theme pink",
            "telepost completions cobol",
        ] {
            let error = Cli::try_parse_from(line.split(' ')).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
