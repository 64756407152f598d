//! `telepost man` and `telepost completions`: made from the definition of the command line, so that they cannot drift.

use std::io::{self, Write};

use clap::CommandFactory;
use clap::builder::Resettable;

use super::{Cli, Status, Trouble, print};

/// Which page.
#[derive(Debug, clap::Args)]
pub struct Man {
    /// A subcommand, such as `send` or `mailbox list`; the program itself when left out
    subcommand: Vec<String>,
}

/// Which shell.
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

/// Prints a manual page.
pub fn page(man: &Man) -> Result<(), Trouble> {
    let bytes = render(man)?;
    print(&String::from_utf8_lossy(&bytes))
}

/// Prints a completion script.
pub fn completions(completions: &Completions) -> Result<(), Trouble> {
    let mut bytes = Vec::new();
    clap_complete::generate(completions.shell, &mut Cli::command(), "telepost", &mut bytes);
    print(&String::from_utf8_lossy(&bytes))
}

fn render(man: &Man) -> Result<Vec<u8>, Trouble> {
    let mut command = Cli::command();
    command.build();
    for word in &man.subcommand {
        command = command
            .find_subcommand(word)
            .ok_or_else(|| Trouble::usage(format!("there is no subcommand {word:?}"), "telepost --help lists them"))?
            .clone();
    }
    let name = command.get_display_name().unwrap_or("telepost").to_owned();
    let remarks = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    command = command.after_help(Resettable::Reset);
    let mut bytes = Vec::new();
    let source = concat!("telepost ", env!("CARGO_PKG_VERSION"));
    let page = clap_mangen::Man::new(command).title(name).source(source);
    page.render(&mut bytes)
        .and_then(|()| notes(&remarks, &mut bytes))
        .and_then(|()| common_sections(&mut bytes))
        .map_err(|error| internal(&error))?;
    Ok(bytes)
}

fn internal(error: &io::Error) -> Trouble {
    Trouble::new(Status::Internal, format!("the manual page: {error}"))
}

/// What stands behind the options in the help. Lines that are indented are commands to copy, and stay as they are.
fn notes(remarks: &str, out: &mut Vec<u8>) -> io::Result<()> {
    if remarks.is_empty() {
        return Ok(());
    }
    writeln!(out, ".SH NOTES")?;
    let mut copied = false;
    for line in remarks.lines().filter(|line| !line.is_empty()) {
        let command = line.starts_with(' ');
        if command != copied {
            writeln!(out, "{}", if command { ".PP\n.nf" } else { ".fi" })?;
        }
        copied = command;
        let text = line.replace('\\', "\\e").replace('-', "\\-");
        writeln!(out, "{}{text}", if command { "" } else { ".PP\n" })?;
    }
    if copied { writeln!(out, ".fi") } else { Ok(()) }
}

fn common_sections(out: &mut Vec<u8>) -> io::Result<()> {
    writeln!(out, ".SH \"EXIT STATUS\"")?;
    for (number, meaning) in EXIT_STATUS.iter().enumerate() {
        writeln!(out, ".TP\n{number}\n{meaning}")?;
    }
    writeln!(out, ".TP\n{}\nstopped by SIGINT or SIGTERM, politely (send, fetch, run)", Status::Interrupted.code())?;
    writeln!(out, ".SH ENVIRONMENT")?;
    for (name, meaning) in ENVIRONMENT {
        writeln!(out, ".TP\n{name}\n{meaning}")?;
    }
    writeln!(out, ".SH FILES\nTheir places on Linux; telepost paths prints those of this machine.")?;
    for (name, meaning) in FILES {
        writeln!(out, ".TP\n{name}\n{meaning}")?;
    }
    Ok(())
}

const EXIT_STATUS: [&str; 11] = [
    "all done",
    "a mistake of the program itself, or its output could not be written",
    "usage or configuration; a script or lesson file with faults, a reply or name that explain does not know",
    "partial: some recipients were refused, some mails were not sent, or some messages not fetched; two sessions differ",
    "outcome unknown: the line went away after the final dot, or after QUIT with marked messages",
    "refused for good (5yz, \\-ERR)",
    "refused for now (4yz, [SYS/TEMP], [IN\\-USE])",
    "could not sign in",
    "TLS failed or refused by policy",
    "could not connect",
    "protocol broken, connection lost or waited too long; another reply than a script expects",
];

const ENVIRONMENT: [(&str, &str); 6] = [
    ("TELEPOST_PASSWORD", "the password, where no option names one"),
    ("SSLKEYLOGFILE", "where \\-\\-keylog writes the keys of the session; without that option it means nothing"),
    ("NO_COLOR", "no colours when set and not empty"),
    ("VISUAL, EDITOR", "the editor for the body of a mail"),
    ("PAGER", "the pager of the workbench"),
    ("SSH_CONNECTION, SSH_TTY, TMUX", "decide how the workbench copies text"),
];

const FILES: [(&str, &str); 8] = [
    ("~/.config/telepost/config.toml, keymap.toml", "settings and profiles; keys that differ from the default ones"),
    ("~/.config/telepost/templates, lessons", "mails to begin from; lessons of one's own (.toml)"),
    ("~/.local/share/telepost/drafts, sent", "unsent mails; copies of sent ones with the transcript of their delivery"),
    ("~/.local/share/telepost/addresses.json", "addresses that mails went to"),
    ("~/.local/state/telepost/sessions", "conversations of the workbench, secrets masked (.jsonl)"),
    ("~/.local/state/telepost/lessons.json", "how far each lesson is"),
    ("~/.local/state/telepost/maildrops, fetched", "what was seen and what was downloaded of each mailbox"),
    ("~/.local/state/telepost/last-profile", "the profile that was used last"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &[&str]) -> String {
        let man = Man { subcommand: words.iter().map(|word| (*word).to_owned()).collect() };
        String::from_utf8(render(&man).unwrap()).unwrap()
    }

    #[test]
    fn pages_have_their_options_and_the_exit_status() {
        let send = text(&["send"]);
        assert!(send.contains("stop\\-after") && send.contains("EXIT STATUS") && send.contains(".TP\n10\n"));
        assert!(
            send.contains(".nf\n  telepost send") && send.contains("\\e\n    \\-\\-to"),
            "commands stay in their lines"
        );
        let list = text(&["mailbox", "list"]);
        assert!(list.contains("no\\-headers") && list.contains("SSLKEYLOGFILE"));
        assert!(list.contains(concat!("telepost ", env!("CARGO_PKG_VERSION"))), "{list}");
        let whole = text(&[]);
        for subcommand in ["demo", "run", "explain", "lesson", "session", "sandbox"] {
            assert!(whole.contains(&format!("\ntelepost\\-{subcommand}(1)\n")), "{subcommand}: {whole}");
        }
        let unknown = render(&Man { subcommand: vec!["dance".into()] }).unwrap_err();
        assert_eq!(unknown.status, Status::Usage);
    }

    #[test]
    fn every_place_that_is_printed_is_in_the_page() {
        let page = text(&["session", "diff"]);
        let paths = crate::config::Paths::beneath("/x".as_ref());
        for (what, path) in paths.all() {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let folder = ["config", "state", "cache", "data"].contains(&what);
            assert!(folder || page.contains(name), "{what}: {name}");
        }
        assert!(page.contains("two sessions differ"), "{page}");
    }
}
