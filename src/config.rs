//! Settings: folders, environment, the optional files `config.toml` and `keymap.toml` with the profiles and where their
//! secrets come from, the servers of big providers, URLs, and how files are written and locked.
//!
//! This room is the only reader of environment variables and settings files. It opens no socket and no terminal, and
//! nothing here is read before somebody asks for it: `send` never looks for a configuration file.

pub mod atomic;
pub mod environment;
pub mod file;
pub mod folder;
pub mod lock;
pub mod paths;
pub mod plain;
pub mod profile;
pub mod provider;
pub mod proxy;
pub mod reader;
pub mod secret;
pub mod url;

pub use environment::Environment;
pub use file::{ConfigError, Configuration};
pub use paths::Paths;
pub use profile::{Preset, Profile};
pub use proxy::BadProxy;
pub use reader::Mistake;
pub use url::{BadUrl, Url};
