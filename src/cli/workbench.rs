//! `telepost` and `telepost demo`: the workbench, with what it needs found beforehand.

use std::io::{self, IsTerminal};

use super::args::{self, Net, SignIn};
use super::{Status, Trouble, password};
use crate::app::{Account, Settings};
use crate::config::{Configuration, DraftFile, Environment, Paths, Url, file};
use crate::connection;
use crate::keymap::Keymap;
use crate::run::{self, Ending, Surroundings};
use crate::sandbox::{Options, Sandbox};
use crate::theme::{Name, Theme};
use crate::wire::Side;

/// Options of the workbench.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Servers to connect to: one to send (smtp, lmtp), one to read (pop3)
    urls: Vec<String>,
    /// Sender for the form
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    #[command(flatten)]
    look: Look,
    #[command(flatten)]
    net: Net,
    #[command(flatten)]
    sign_in: SignIn,
}

/// How it looks.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Look")]
pub struct Look {
    /// Colours: terminal, dark, light, safe or mono
    #[arg(long, value_name = "THEME", value_parser = theme)]
    theme: Option<Name>,
    /// Draw borders with + - |
    #[arg(long)]
    ascii: bool,
    /// Leave the mouse to the terminal
    #[arg(long)]
    no_mouse: bool,
}

fn theme(word: &str) -> Result<Name, String> {
    Name::from_word(word).ok_or_else(|| format!("the themes are {}", Name::ALL.map(Name::word).join(", ")))
}

/// Runs the workbench; returns the exit status of the process.
pub fn run(args: &Args) -> Result<u8, Trouble> {
    let environment = Environment::read();
    let account = account_of(args, &environment)?;
    start(&args.look, environment, account, false)
}

/// Runs it on the sandbox.
pub fn demo(look: &Look) -> Result<u8, Trouble> {
    start(look, Environment::read(), None, true)
}

fn start(look: &Look, environment: Environment, account: Option<Account>, demo: bool) -> Result<u8, Trouble> {
    if !io::stdout().is_terminal() {
        return Err(Trouble::usage(
            "the workbench needs a terminal, and standard output is none",
            "for scripts there are telepost send and telepost mailbox",
        ));
    }
    let paths = Paths::find();
    let settings = settings(look, &environment, paths.as_ref(), account)?;
    let surroundings = Surroundings { environment, paths, sandbox: None };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Trouble::new(Status::Internal, format!("no runtime: {error}")))?;
    let ended = runtime.block_on(play(settings, surroundings, demo));
    // A name lookup that hangs must not keep the process.
    runtime.shutdown_background();
    match ended? {
        Ending::Left => Ok(Status::Done.code()),
        Ending::Signal(number) => Ok(u8::try_from(128 + number).unwrap_or(Status::Internal.code())),
    }
}

async fn play(mut settings: Settings, mut surroundings: Surroundings, demo: bool) -> Result<Ending, Trouble> {
    if demo {
        let sandbox = Sandbox::start(Options::default()).await;
        let sandbox =
            sandbox.map_err(|error| Trouble::new(Status::Connect, format!("the sandbox cannot start: {error}")))?;
        settings.account = Some(run::practice::account(&sandbox));
        surroundings.sandbox = Some(sandbox);
    }
    let ended = run::workbench(settings, connection::spawn(), surroundings).await;
    ended.map_err(|error| Trouble::new(Status::Internal, format!("{error:#}")))
}

fn settings(
    look: &Look,
    environment: &Environment,
    paths: Option<&Paths>,
    account: Option<Account>,
) -> Result<Settings, Trouble> {
    let usage = |error: file::ConfigError| Trouble::new(Status::Usage, error.to_string());
    let (configuration, keymap) = match paths {
        Some(paths) => (Configuration::load(paths).map_err(usage)?, file::load_keymap(paths).map_err(usage)?),
        None => (Configuration::default(), Keymap::default()),
    };
    let connect = account.is_some();
    let chosen = look.theme.unwrap_or(configuration.theme);
    let theme = if environment.no_color { Name::Mono } else { chosen };
    Ok(Settings {
        keymap,
        theme: Theme::new(theme, look.ascii || configuration.ascii),
        account,
        host: args::host_name(),
        recovered: paths.map(recovered).transpose()?.flatten(),
        mouse: configuration.mouse && !look.no_mouse,
        connect,
    })
}

fn recovered(paths: &Paths) -> Result<Option<String>, Trouble> {
    let path = paths.draft_file();
    DraftFile::new(path.clone()).load().map_err(|error| Trouble::file(&path, &error))
}

/// The account of the URLs; `None` without one.
fn account_of(args: &Args, environment: &Environment) -> Result<Option<Account>, Trouble> {
    let urls: Vec<Url> = args.urls.iter().map(|text| args::url(text)).collect::<Result<_, _>>()?;
    if urls.is_empty() {
        return Ok(None);
    }
    let mut account = Account::empty(args.net.hello());
    let mut hosts: Vec<&str> = urls.iter().map(|url| url.host.as_str()).collect();
    hosts.dedup();
    account.name = hosts.join(" ");
    account.user.clone_from(&args.sign_in.user);
    for url in &urls {
        let side = url.protocol.side();
        if account.target(side).is_some() {
            let what = format!("two URLs for {}", side.name());
            return Err(Trouble::usage(what, "give one to send (smtp, lmtp) and one to read (pop3)"));
        }
        if side == Side::Smtp && url.user.is_some() {
            return Err(args::no_smtp_sign_in());
        }
        account.set_target(args.net.target(url)?);
        account.user = account.user.or_else(|| url.user.clone());
    }
    account.password = password::given(&args.sign_in, environment)?;
    account.allow_plain_auth = args.sign_in.allow_plain_auth;
    account.from = args.from.clone().unwrap_or_default();
    Ok(Some(account))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        args: Args,
    }

    fn account(line: &str) -> Result<Option<Account>, Trouble> {
        let args = Only::try_parse_from(std::iter::once("x").chain(line.split_whitespace())).unwrap().args;
        account_of(&args, &Environment::default())
    }

    #[test]
    fn one_url_for_each_side() {
        let both = account("lmtp://a pop3://ada@b:1110 --from me@c").unwrap().unwrap();
        assert_eq!((both.name.as_str(), both.user.as_deref()), ("a b", Some("ada")));
        assert_eq!(both.target(Side::Pop3).unwrap().port, 1110);
        assert_eq!((both.from.as_str(), both.allow_plain_auth), ("me@c", false));
        assert!(account("").unwrap().is_none());
        assert_eq!(account("smtp://ada@b").unwrap_err().status, Status::SignIn);
        for wrong in ["smtp://a lmtp://b", "sned", "smtps://a", "smtp://a --tls require"] {
            assert_eq!(account(wrong).unwrap_err().status, Status::Usage, "{wrong}");
        }
    }

    #[test]
    fn no_color_wins_over_every_theme() {
        let look = Look { theme: Some(Name::Dark), ascii: true, no_mouse: true };
        let environment = Environment { no_color: true, ..Environment::default() };
        let settings = settings(&look, &environment, None, None).unwrap();
        assert_eq!(settings.theme.name, Name::Mono);
        assert!(settings.theme.ascii && !settings.mouse);
    }
}
