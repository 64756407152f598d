//! `config.toml` and `keymap.toml`: both optional, both hold differences only, and an unknown key is an error with its
//! line and column, never ignored.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::reader::{Fault, Mistake, Table};
use super::secret::Source;
use super::{Paths, Profile, paths, profile};
use crate::keymap::{Keymap, KeymapError};
use crate::theme;

/// The commented defaults that ship with the program.
pub const DEFAULT: &str = include_str!("../../assets/config.toml");

/// What `max-sent` may be.
const MAX_SENT: std::ops::RangeInclusive<u64> = 1..=100_000;
/// What `keep-sessions` may be.
const KEEP_SESSIONS: std::ops::RangeInclusive<u64> = 0..=1_000;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file is there and cannot be read.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// No TOML, an unknown key, or a wrong value.
    #[error("{}: {mistake}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// What and where; no line of the file, as that may hold a secret.
        mistake: Mistake,
    },
    /// Others can read a file that holds a command for a password.
    #[error(
        "{0}: others can read this file (mode {mode:03o}), and it holds a password-command, which may hold a secret; \
         it was not used. Mend it: chmod 600 {0}",
        path.display()
    )]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its rights.
        mode: u32,
    },
    /// The file cannot be replaced.
    #[error("{}: {error}", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A profile that cannot be kept.
    #[error("the profile {name:?} is not kept: {why}")]
    Profile {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A key file with a mistake.
    #[error("{}: {error}", path.display())]
    Keymap {
        /// Which file.
        path: PathBuf,
        /// What and where.
        error: Box<KeymapError>,
    },
}

/// The values of `config.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The theme to start with.
    pub theme: theme::Name,
    /// Draw borders with `+`, `-` and `|`.
    pub ascii: bool,
    /// Take the mouse.
    pub mouse: bool,
    /// Keep a copy of every mail that the workbench sends.
    pub keep_sent: bool,
    /// Copies that are kept at most.
    pub max_sent: usize,
    /// Conversations that are kept on leaving, besides those that were given a name.
    pub keep_sessions: usize,
    /// In the order of the file.
    pub profiles: Vec<Profile>,
}

/// What a person's own file holds.
struct Overlay {
    theme: Option<theme::Name>,
    ascii: Option<bool>,
    mouse: Option<bool>,
    keep_sent: Option<bool>,
    max_sent: Option<usize>,
    keep_sessions: Option<usize>,
    profiles: Vec<Profile>,
}

impl Default for Configuration {
    fn default() -> Self {
        let embedded = overlay(DEFAULT).expect("the embedded configuration is checked by a test");
        Self {
            theme: embedded.theme.unwrap_or(theme::Name::Terminal),
            ascii: embedded.ascii.unwrap_or_default(),
            mouse: embedded.mouse.unwrap_or_default(),
            keep_sent: embedded.keep_sent.unwrap_or_default(),
            max_sent: embedded.max_sent.unwrap_or_default(),
            keep_sessions: embedded.keep_sessions.unwrap_or_default(),
            profiles: embedded.profiles,
        }
    }
}

impl Configuration {
    /// The defaults with `text` put over them.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let own = overlay(text).map_err(|fault| fault.located(text))?;
        let default = Self::default();
        Ok(Self {
            theme: own.theme.unwrap_or(default.theme),
            ascii: own.ascii.unwrap_or(default.ascii),
            mouse: own.mouse.unwrap_or(default.mouse),
            keep_sent: own.keep_sent.unwrap_or(default.keep_sent),
            max_sent: own.max_sent.unwrap_or(default.max_sent),
            keep_sessions: own.keep_sessions.unwrap_or(default.keep_sessions),
            profiles: own.profiles,
        })
    }

    /// Reads `config.toml`; without one, the defaults.
    pub fn load(paths: &Paths) -> Result<Self, ConfigError> {
        let path = paths.config_file();
        let Some((text, mode)) = read(&path)? else { return Ok(Self::default()) };
        let configuration = match Self::parse(&text) {
            Ok(configuration) => configuration,
            Err(mistake) => return Err(ConfigError::Syntax { path, mistake }),
        };
        let holds_command = |profile: &Profile| matches!(profile.source, Source::Command(_));
        if mode & 0o077 != 0 && configuration.profiles.iter().any(holds_command) {
            return Err(ConfigError::Open { path, mode });
        }
        Ok(configuration)
    }

    /// The profile of this name.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }
}

fn overlay(text: &str) -> Result<Overlay, Fault> {
    let mut table = Table::parse(text)?;
    let overlay = Overlay {
        theme: table.line("theme")?.map(|word| word.read(|word| theme_name(&word))).transpose()?,
        ascii: table.flag("ascii")?.map(|flag| flag.value),
        mouse: table.flag("mouse")?.map(|flag| flag.value),
        keep_sent: table.flag("keep-sent")?.map(|flag| flag.value),
        max_sent: table.number("max-sent", MAX_SENT)?.and_then(|number| usize::try_from(number.value).ok()),
        keep_sessions: table
            .number("keep-sessions", KEEP_SESSIONS)?
            .and_then(|number| usize::try_from(number.value).ok()),
        profiles: table.table("profiles", "[profiles]")?.map(profile::profiles).transpose()?.unwrap_or_default(),
    };
    table.finish(profile::refusal)?;
    Ok(overlay)
}

/// The default keys with `keymap.toml` put over them.
pub fn load_keymap(paths: &Paths) -> Result<Keymap, ConfigError> {
    let path = paths.keymap_file();
    let mut keymap = Keymap::default();
    if let Some((text, _)) = read(&path)? {
        let own = Keymap::parse(&text).map_err(|error| ConfigError::Keymap { path, error: Box::new(error) })?;
        keymap.merge(own);
    }
    Ok(keymap)
}

/// The text and the rights that others have, both of the same open file.
fn read(path: &Path) -> Result<Option<(String, u32)>, ConfigError> {
    let unreadable = |error| ConfigError::Unreadable { path: path.to_owned(), error };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    let mode = paths::mode(&file).map_err(unreadable)?;
    Ok(Some((text, mode)))
}

fn theme_name(word: &str) -> Result<theme::Name, String> {
    theme::Name::from_word(word).ok_or_else(|| {
        let known = theme::Name::ALL.map(theme::Name::word).join(", ");
        format!("there is no theme {word:?}; the themes are {known}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_defaults_are_whole() {
        let default = Configuration::default();
        assert_eq!(
            default,
            Configuration {
                theme: theme::Name::Terminal,
                ascii: false,
                mouse: true,
                keep_sent: true,
                max_sent: 1_000,
                keep_sessions: 20,
                profiles: Vec::new()
            }
        );
        assert_eq!(Configuration::parse("").unwrap(), default);
    }

    #[test]
    fn a_file_of_ones_own_holds_differences() {
        let own = Configuration::parse("theme = \"dark\"").unwrap();
        assert_eq!(own, Configuration { theme: theme::Name::Dark, ..Configuration::default() });
        let own = Configuration::parse("keep-sessions = 0").unwrap();
        assert_eq!(own, Configuration { keep_sessions: 0, ..Configuration::default() });
        let own = Configuration::parse("keep-sent = false\nmax-sent = 7").unwrap();
        assert_eq!(own, Configuration { keep_sent: false, max_sent: 7, ..Configuration::default() });
    }

    #[test]
    fn mistakes_are_told_with_file_line_and_column() {
        let place = tempfile::tempdir().unwrap();
        let paths = Paths::beneath(place.path());
        for (text, words) in [
            ("ascii = true\ncolour = 3\n", &["config.toml", "line 2, column 1", "colour"][..]),
            ("theme = \"pink\"", &["line 1, column 9", "pink", "terminal, dark"]),
            ("mouse = 7", &["line 1, column 9"]),
            ("max-sent = 0", &["line 1, column 12", "1 to 100000"]),
        ] {
            std::fs::write(paths.config_file(), text).unwrap();
            let error = Configuration::load(&paths).unwrap_err().to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
    }

    #[test]
    fn keys_of_ones_own_are_merged_and_mistakes_name_the_file() {
        let place = tempfile::tempdir().unwrap();
        let paths = Paths::beneath(place.path());
        assert_eq!(load_keymap(&paths).unwrap().bindings().len(), Keymap::default().bindings().len());
        std::fs::write(paths.keymap_file(), "[browse]\nq = \"explode\"").unwrap();
        let error = load_keymap(&paths).unwrap_err().to_string();
        assert!(error.contains("keymap.toml") && error.contains("explode"), "{error}");
    }

    #[test]
    fn the_commented_example_is_whole_and_holds_every_key() {
        let example: String = DEFAULT
            .lines()
            .skip_while(|line| !line.starts_with("# [profiles.work]"))
            .filter_map(|line| line.strip_prefix("# ").map(|line| format!("{line}\n")))
            .filter(|line| line.starts_with('[') || !line.starts_with(' ') && line.contains(" = "))
            .collect();
        let profiles = Configuration::parse(&example).unwrap_or_else(|error| panic!("{error}\n{example}")).profiles;
        assert_eq!(profiles.len(), 2, "{example}");
        let mistake = Configuration::parse("[profiles.a]\nx = 1").unwrap_err().message;
        let server = Configuration::parse("[profiles.a.smtp]\nurl = 'smtp://a'\nx = 1").unwrap_err().message;
        for known in [mistake, server] {
            for key in known.rsplit_once("there are ").unwrap().1.split(", ") {
                let (value, table) = (format!("{key} = "), format!("[profiles.work.{key}]"));
                let mut lines = DEFAULT.lines().map(|line| line.trim_start_matches(['#', ' ']));
                let mentioned = lines.any(|line| line.starts_with(&value) || line.starts_with(&table));
                assert!(mentioned, "{key} is not in the example");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_a_command_is_refused_when_others_can_read_it() {
        use std::os::unix::fs::PermissionsExt;

        let place = tempfile::tempdir().unwrap();
        let paths = Paths::beneath(place.path());
        let load = |text: &str, mode| {
            std::fs::write(paths.config_file(), text).unwrap();
            std::fs::set_permissions(paths.config_file(), std::fs::Permissions::from_mode(mode)).unwrap();
            Configuration::load(&paths)
        };
        let command = "[profiles.a]\npassword-command = 'echo hunter2'";
        for mode in [0o644, 0o640, 0o604, 0o622] {
            let error = load(command, mode).unwrap_err();
            let told = format!("{error} {error:?}");
            assert!(told.contains("chmod 600") && !told.contains("hunter2"), "{told}");
        }
        assert!(load(command, 0o600).is_ok() && load(command, 0o400).is_ok());
        assert!(load("[profiles.a]\nkeyring = true", 0o644).is_ok());
    }

    #[test]
    fn neither_values_nor_mistakes_show_a_command() {
        let configuration = Configuration::parse("[profiles.a]\npassword-command = 'echo hunter2'").unwrap();
        assert!(!format!("{configuration:?}").contains("hunter2"));
        for text in [
            "[profiles.a]\npassword-command = 'echo hunter2'\nkeyring = true",
            "[profiles.a]\nkeyring = true\npassword-command = 'echo hunter2",
            "[profiles.a]\npassword = 'hunter2'",
            "[profiles.a]\ntoken = 'hunter2'",
            "[profiles.a.pop3]\nurl = 'pop3://ada:hunter2@b'",
            "[profiles.a.pop3]\nurl = 'pop3://ada:/hunter2@b'",
        ] {
            let mistake = Configuration::parse(text).unwrap_err();
            assert!(!format!("{mistake} {mistake:?}").contains("hunter2"), "{mistake}");
        }
    }
}
