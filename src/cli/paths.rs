//! `telepost paths`: where settings, state and the like lie, and what of it exists.

use std::path::Path;

use super::{Status, Trouble, print};
use crate::config::Paths;

/// Prints one line for each: name, path, and a word for what is not there.
pub fn run() -> Result<(), Trouble> {
    let paths = Paths::find()
        .ok_or_else(|| Trouble::new(Status::Usage, "there is no home folder").advise("set HOME to a folder"))?;
    print(&table(&paths))
}

fn table(paths: &Paths) -> String {
    let line = |(name, path): (&str, std::path::PathBuf)| format!("{name:<12} {}{}\n", path.display(), absent(&path));
    paths.all().into_iter().map(line).collect()
}

fn absent(path: &Path) -> &'static str {
    if path.exists() { "" } else { "  (not there)" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said() {
        let place = tempfile::tempdir().unwrap();
        let (here, missing) = (place.path().to_owned(), place.path().join("no"));
        let paths = Paths { config: here.clone(), state: missing, cache: here.clone(), data: here };
        let table = table(&paths);
        assert_eq!(table.lines().count(), paths.all().len());
        assert!(table.lines().any(|line| line.starts_with("state ") && line.ends_with("no  (not there)")), "{table}");
        assert!(table.lines().any(|line| line.starts_with("cache ") && !line.ends_with(')')), "{table}");
    }
}
