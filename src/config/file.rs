//! `config.toml` and `keymap.toml`: both optional, both hold differences only, and an unknown key is an error with its
//! line and column, never ignored.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Paths;
use crate::keymap::{Keymap, KeymapError};
use crate::theme;

/// The commented defaults that ship with the program.
pub const DEFAULT: &str = include_str!("../../assets/config.toml");

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
    /// No TOML, an unknown key, or a value of the wrong kind.
    #[error("{}: {error}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// What and where.
        error: Box<toml::de::Error>,
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// The theme to start with.
    #[serde(deserialize_with = "theme_name")]
    pub theme: theme::Name,
    /// Draw borders with `+`, `-` and `|`.
    pub ascii: bool,
    /// Take the mouse.
    pub mouse: bool,
}

/// The same with every key optional: what a person's own file may hold.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Overlay {
    #[serde(default, deserialize_with = "some_theme_name")]
    theme: Option<theme::Name>,
    ascii: Option<bool>,
    mouse: Option<bool>,
}

impl Default for Configuration {
    fn default() -> Self {
        toml::from_str(DEFAULT).expect("the embedded configuration is checked by a test")
    }
}

impl Configuration {
    /// The defaults with `text` put over them.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let (overlay, default): (Overlay, _) = (toml::from_str(text)?, Self::default());
        Ok(Self {
            theme: overlay.theme.unwrap_or(default.theme),
            ascii: overlay.ascii.unwrap_or(default.ascii),
            mouse: overlay.mouse.unwrap_or(default.mouse),
        })
    }

    /// Reads `config.toml`; without one, the defaults.
    pub fn load(paths: &Paths) -> Result<Self, ConfigError> {
        let path = paths.config_file();
        match read(&path)? {
            None => Ok(Self::default()),
            Some(text) => Self::parse(&text).map_err(|error| ConfigError::Syntax { path, error: Box::new(error) }),
        }
    }
}

/// The default keys with `keymap.toml` put over them.
pub fn load_keymap(paths: &Paths) -> Result<Keymap, ConfigError> {
    let path = paths.keymap_file();
    let mut keymap = Keymap::default();
    if let Some(text) = read(&path)? {
        let own = Keymap::parse(&text).map_err(|error| ConfigError::Keymap { path, error: Box::new(error) })?;
        keymap.merge(own);
    }
    Ok(keymap)
}

fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::Unreadable { path: path.to_owned(), error }),
    }
}

fn theme_name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<theme::Name, D::Error> {
    let word = String::deserialize(deserializer)?;
    theme::Name::from_word(&word).ok_or_else(|| {
        let known = theme::Name::ALL.map(theme::Name::word).join(", ");
        serde::de::Error::custom(format!("there is no theme {word:?}; the themes are {known}"))
    })
}

fn some_theme_name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<theme::Name>, D::Error> {
    theme_name(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(folder: &Path) -> Paths {
        let folder = folder.to_owned();
        Paths { config: folder.clone(), state: folder.clone(), cache: folder.clone(), data: folder }
    }

    #[test]
    fn the_embedded_defaults_are_whole() {
        let default = Configuration::default();
        assert_eq!(default, Configuration { theme: theme::Name::Terminal, ascii: false, mouse: true });
        assert_eq!(Configuration::parse("").unwrap(), default);
    }

    #[test]
    fn a_file_of_ones_own_holds_differences() {
        let own = Configuration::parse("theme = \"dark\"").unwrap();
        assert_eq!(own, Configuration { theme: theme::Name::Dark, ..Configuration::default() });
    }

    #[test]
    fn mistakes_are_told_with_file_line_and_column() {
        let place = tempfile::tempdir().unwrap();
        let paths = paths(place.path());
        for (text, words) in [
            ("ascii = true\ncolour = 3\n", &["config.toml", "line 2, column 1", "colour"][..]),
            ("theme = \"pink\"", &["line 1, column 9", "pink", "terminal, dark"]),
            ("mouse = 7", &["line 1, column 9"]),
        ] {
            std::fs::write(paths.config_file(), text).unwrap();
            let error = Configuration::load(&paths).unwrap_err().to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
    }

    #[test]
    fn keys_of_ones_own_are_merged_and_mistakes_name_the_file() {
        let place = tempfile::tempdir().unwrap();
        let paths = paths(place.path());
        assert_eq!(load_keymap(&paths).unwrap().bindings().len(), Keymap::default().bindings().len());
        std::fs::write(paths.keymap_file(), "[browse]\nq = \"explode\"").unwrap();
        let error = load_keymap(&paths).unwrap_err().to_string();
        assert!(error.contains("keymap.toml") && error.contains("explode"), "{error}");
    }
}
