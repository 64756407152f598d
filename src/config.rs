//! Settings: folders, environment, the optional files `config.toml` and `keymap.toml`, URLs, and the kept draft.
//!
//! This room is the only reader of environment variables and settings files. It opens no socket and no terminal, and
//! nothing here is read before somebody asks for it: `send` never looks for a configuration file.

pub mod draft;
pub mod environment;
pub mod file;
pub mod paths;
pub mod url;

pub use draft::DraftFile;
pub use environment::Environment;
pub use file::{ConfigError, Configuration};
pub use paths::Paths;
pub use url::{BadUrl, Url};
