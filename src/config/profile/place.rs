//! Paths in settings: from the root or from the home folder, never from wherever the program was started.

use std::path::{Path, PathBuf};

/// Reads a path. `~/` stands for the home folder.
pub fn parse(text: &str) -> Result<PathBuf, &'static str> {
    let path = match text.strip_prefix("~/") {
        Some(rest) => {
            let home = directories::BaseDirs::new().ok_or("there is no home folder that ~ could stand for")?;
            home.home_dir().join(rest)
        }
        None => PathBuf::from(text),
    };
    if path.is_absolute() { Ok(path) } else { Err("a path in the settings is absolute or begins with ~/") }
}

/// The same path as [`parse`] takes it.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_does_not_depend_on_the_working_directory() {
        let home = directories::BaseDirs::new().unwrap().home_dir().to_owned();
        assert_eq!(parse("~/mail/ca.pem").unwrap(), home.join("mail/ca.pem"));
        assert!(parse("ca.pem").is_err() && parse("../ca.pem").is_err() && parse("~bob/ca.pem").is_err());
        assert!(absolute(Path::new("ca.pem")).is_absolute());
        #[cfg(unix)]
        assert_eq!(parse("/etc/ca.pem").unwrap(), Path::new("/etc/ca.pem"));
    }
}
