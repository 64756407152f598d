//! `telepost` and `telepost demo`: the workbench, with what it needs found beforehand.

mod account;

use std::io::{self, IsTerminal};
use std::net::SocketAddr;

use super::args::{self, Auth, Net, SignIn};
use super::{Status, Trouble};
use crate::app::{Account, Recovered, Settings};
use crate::config::profile::last;
use crate::config::{Configuration, Environment, Paths, file, provider};
use crate::connection;
use crate::drafts::Desk;
use crate::run::{self, Ending, Surroundings};
use crate::sandbox::{Options, Sandbox};
use crate::sent;
use crate::theme::{Name, Theme};

/// Options of the workbench.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Servers to connect to: one to send (smtp, lmtp), one to read (pop3)
    urls: Vec<String>,
    /// Open this profile of config.toml; without it and without a URL the one used last is opened
    #[arg(long, value_name = "NAME", conflicts_with = "urls")]
    profile: Option<String>,
    /// Sender for the form
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    #[command(flatten)]
    look: Look,
    #[command(flatten)]
    net: Net,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    auth: Auth,
}

/// Options of the workbench on the sandbox.
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Begin with this lesson: its id (telepost lesson list), or the path of a lesson file
    #[arg(long, value_name = "ID|FILE")]
    lesson: Option<String>,
    #[command(flatten)]
    look: Look,
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
    refuse_without_terminal()?;
    let known = Known::read()?;
    let account = account::account_of(args, &known)?;
    let opening = match account {
        Some(account) => Opening::Named(account),
        None => known.last_used().map_or(Opening::Nothing, Opening::LastUsed),
    };
    start(&args.look, known, opening, args.net.dns)
}

/// Runs it on the sandbox.
pub fn demo(args: &Demo) -> Result<u8, Trouble> {
    refuse_without_terminal()?;
    if let Some(lesson) = &args.lesson {
        super::lesson::check_name(lesson)?;
    }
    start(&args.look, Known::read()?, Opening::Demo(args.lesson.clone()), None)
}

/// Before a command for a password runs: it would ask in vain.
fn refuse_without_terminal() -> Result<(), Trouble> {
    if io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Trouble::usage(
        "the workbench needs a terminal, and standard output is none",
        "for scripts there are telepost send and telepost mailbox",
    ))
}

/// What the workbench opens with.
enum Opening {
    /// The first card.
    Nothing,
    /// What the person named, connected at once.
    Named(Account),
    /// What was used last; nobody asked to connect.
    LastUsed(Account),
    /// The sandbox, with a lesson.
    Demo(Option<String>),
}

/// What the machine and the person's files say.
struct Known {
    environment: Environment,
    paths: Option<Paths>,
    configuration: Configuration,
}

impl Known {
    fn read() -> Result<Self, Trouble> {
        let paths = Paths::find();
        let configuration = match &paths {
            Some(paths) => {
                Configuration::load(paths).map_err(|error| Trouble::new(Status::Usage, error.to_string()))?
            }
            None => Configuration::default(),
        };
        Ok(Self { environment: Environment::read(), paths, configuration })
    }

    /// The account of the profile used last, if it is still there.
    fn last_used(&self) -> Option<Account> {
        let name = last::load(self.paths.as_ref()?)?;
        let profile = self.configuration.profile(&name)?;
        Some(Account::of_profile(profile, &args::host_name()))
    }
}

fn start(look: &Look, known: Known, opening: Opening, dns: Option<SocketAddr>) -> Result<u8, Trouble> {
    let (demo, lesson) = match &opening {
        Opening::Demo(lesson) => (true, lesson.clone()),
        _ => (false, None),
    };
    let settings = Settings { dns, ..settings(look, &known, opening)? };
    let surroundings = Surroundings {
        environment: known.environment,
        paths: known.paths,
        keep_sessions: known.configuration.keep_sessions,
        sandbox: None,
        lesson,
        send_many: super::send::from_workbench,
    };
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
    let ended = Box::pin(run::workbench(settings, connection::spawn(), surroundings)).await;
    ended.map_err(|error| Trouble::new(Status::Internal, format!("{error:#}")))
}

fn settings(look: &Look, known: &Known, opening: Opening) -> Result<Settings, Trouble> {
    let (account, connect) = match opening {
        Opening::Named(account) => (Some(account), true),
        Opening::LastUsed(account) => (Some(account), false),
        Opening::Demo(_) | Opening::Nothing => (None, false),
    };
    let (paths, configuration) = (known.paths.as_ref(), &known.configuration);
    let keymap = paths.map(file::load_keymap).transpose();
    let keymap = keymap.map_err(|error| Trouble::new(Status::Usage, error.to_string()))?.unwrap_or_default();
    let chosen = look.theme.unwrap_or(configuration.theme);
    let theme = if known.environment.no_color { Name::Mono } else { chosen };
    let (recovered, drafts) = paths.map(unsent).transpose()?.unwrap_or_default();
    Ok(Settings {
        keymap,
        theme: Theme::new(theme, look.ascii || configuration.ascii),
        account,
        host: args::host_name(),
        recovered,
        drafts,
        keep_sent: configuration.keep_sent.then_some(configuration.max_sent),
        known: paths.map(|paths| sent::load_addresses(&paths.addresses_file())).unwrap_or_default(),
        mouse: configuration.mouse && !look.no_mouse,
        connect,
        profiles: configuration.profiles.clone(),
        presets: provider::presets(),
        dns: None,
    })
}

/// The draft that the last run was ended with, and how many others there are. That drafts cannot be listed is no reason
/// not to begin: it is told when somebody asks for them.
fn unsent(paths: &Paths) -> Result<(Option<Recovered>, usize), Trouble> {
    let mut desk = Desk::new(paths.drafts());
    let old = paths.draft_file();
    desk.take_over(&old).map_err(|error| Trouble::new(Status::Usage, format!("{}: {error}", old.display())))?;
    let left = desk.left_open().unwrap_or_default();
    let listed = desk.list().unwrap_or_default();
    let recovered = left.map(|(id, saved)| Recovered { id, saved: Box::new(saved) });
    let others = listed.len() - usize::from(recovered.is_some()).min(listed.len());
    Ok((recovered, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub const WORK: &str = "[profiles.work]\nuser = 'ada'\nfrom = 'ada@b'\npassword-command = 'echo hunter2'\n\
                        [profiles.work.smtp]\nurl = 'smtps://h'\n[profiles.home]\n";

    pub fn known(text: &str) -> Known {
        let configuration = Configuration::parse(text).unwrap();
        Known { environment: Environment::default(), paths: None, configuration }
    }

    #[test]
    fn the_profile_used_last_is_opened_while_it_is_there() {
        let place = tempfile::tempdir().unwrap();
        let mut known = known(WORK);
        assert!(known.last_used().is_none());
        let paths = Paths::beneath(place.path());
        last::keep(&paths, "work").unwrap();
        known.paths = Some(paths.clone());
        assert_eq!(known.last_used().unwrap().name, "work");
        last::keep(&paths, "gone").unwrap();
        assert!(known.last_used().is_none());
    }

    #[test]
    fn settings_hold_the_profiles_and_the_providers() {
        let look = Look { theme: None, ascii: false, no_mouse: false };
        let settings = settings(&look, &known(WORK), Opening::Nothing).unwrap();
        assert_eq!(settings.profiles.len(), 2);
        assert!(settings.presets.iter().any(|preset| preset.name == "Gmail"));
    }

    #[test]
    fn no_color_wins_over_every_theme() {
        let look = Look { theme: Some(Name::Dark), ascii: true, no_mouse: true };
        let mut known = known("");
        known.environment.no_color = true;
        let settings = settings(&look, &known, Opening::Nothing).unwrap();
        assert_eq!(settings.theme.name, Name::Mono);
        assert!(settings.theme.ascii && !settings.mouse);
    }
}
