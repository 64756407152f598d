//! The name of the profile that was used last: a small file in the state folder.

use std::io;

use crate::config::{Paths, atomic};

/// Longest content that is looked at, in octets; names are shorter.
const LONGEST: u64 = 256;

/// The profile used last. `None`: none was, or it cannot be told; it is only a convenience.
pub fn load(paths: &Paths) -> Option<String> {
    use std::io::Read;

    let file = std::fs::File::open(paths.last_profile_file()).ok()?;
    let mut name = String::new();
    file.take(LONGEST).read_to_string(&mut name).ok()?;
    let name = name.trim();
    super::text::is_name(name).then(|| name.to_owned())
}

/// Keeps the name for the next start.
pub fn keep(paths: &Paths, name: &str) -> io::Result<()> {
    if load(paths).as_deref() == Some(name) {
        return Ok(());
    }
    atomic::replace(&paths.last_profile_file(), format!("{name}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_kept_and_nonsense_is_none() {
        let place = tempfile::tempdir().unwrap();
        let paths = Paths::beneath(place.path());
        assert_eq!(load(&paths), None);
        keep(&paths, "work").unwrap();
        keep(&paths, "home.2").unwrap();
        assert_eq!(load(&paths).as_deref(), Some("home.2"));
        for wrong in [&b""[..], b"a b", b"\xff", b"a\nb", b"\x1b[m"] {
            std::fs::write(paths.last_profile_file(), wrong).unwrap();
            assert_eq!(load(&paths), None);
        }
    }
}
