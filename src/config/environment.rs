//! The environment variables this program looks at, read once and in one place.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::wire::Secret;

/// The variable that a password may stand in.
pub const PASSWORD: &str = "TELEPOST_PASSWORD";

/// What the environment says. The default is an empty environment.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each variable is set or not, independent of the others")]
pub struct Environment {
    /// `TELEPOST_PASSWORD`, if it is set and UTF-8.
    pub password: Option<Secret>,
    /// `SSLKEYLOGFILE`: where the keys of TLS sessions go, when somebody asks for that.
    pub key_log: Option<PathBuf>,
    /// `NO_COLOR` is set and not empty (no-color.org).
    pub no_color: bool,
    /// `VISUAL`, else `EDITOR`: a command line for the shell.
    pub editor: Option<OsString>,
    /// `PAGER`: a command line for the shell.
    pub pager: Option<OsString>,
    /// `TZ` is set: it says what the local time zone is.
    pub time_zone: bool,
    /// This is a session of a remote shell (`SSH_CONNECTION` or `SSH_TTY`).
    pub ssh: bool,
    /// `TMUX` is set.
    pub tmux: bool,
    /// A display server is named (`DISPLAY`, `WAYLAND_DISPLAY`); always true where desktops need none.
    pub display: bool,
}

impl Environment {
    /// Reads the variables of this process.
    pub fn read() -> Self {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// Reads variables out of anything that answers like `std::env::var_os`.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let filled = |name: &str| lookup(name).filter(|value| !value.is_empty());
        Self {
            password: filled(PASSWORD).and_then(|value| value.into_string().ok()).map(Secret::new),
            key_log: filled("SSLKEYLOGFILE").map(PathBuf::from),
            no_color: filled("NO_COLOR").is_some(),
            editor: filled("VISUAL").or_else(|| filled("EDITOR")),
            pager: filled("PAGER"),
            time_zone: lookup("TZ").is_some(),
            ssh: filled("SSH_CONNECTION").or_else(|| filled("SSH_TTY")).is_some(),
            tmux: filled("TMUX").is_some(),
            display: cfg!(any(target_os = "macos", windows))
                || filled("WAYLAND_DISPLAY").or_else(|| filled("DISPLAY")).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::from_lookup(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn visual_comes_before_editor_and_empty_counts_as_unset() {
        assert_eq!(environment(&[("EDITOR", "ed"), ("VISUAL", "vi")]).editor, Some("vi".into()));
        assert_eq!(environment(&[("EDITOR", "ed"), ("VISUAL", "")]).editor, Some("ed".into()));
        assert!(!environment(&[("NO_COLOR", "")]).no_color);
        assert!(environment(&[("NO_COLOR", "0")]).no_color);
    }

    #[test]
    fn remote_sessions_are_known_by_either_variable() {
        assert!(environment(&[("SSH_TTY", "/dev/pts/1")]).ssh);
        assert!(environment(&[("SSH_CONNECTION", "a b c d")]).ssh);
        assert!(!environment(&[]).ssh);
    }

    #[test]
    fn the_password_does_not_show_in_debug_output() {
        let environment = environment(&[("TELEPOST_PASSWORD", "hunter2")]);
        assert_eq!(environment.password.as_ref().map(Secret::expose), Some("hunter2"));
        assert!(!format!("{environment:?}").contains("hunter2"));
    }
}
