//! Where files lie: the XDG folders on Linux, the native ones elsewhere.

use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The folders of this program. None of them needs to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml` and `keymap.toml`.
    pub config: PathBuf,
    /// What is remembered between runs, and copies too big for a clipboard.
    pub state: PathBuf,
    /// What can be made again.
    pub cache: PathBuf,
    /// What the person keeps: drafts, sent mails.
    pub data: PathBuf,
}

impl Paths {
    /// The folders of the person who runs this. `None` without a home folder.
    pub fn find() -> Option<Self> {
        let dirs = ProjectDirs::from("", "", "telepost")?;
        Some(Self {
            config: dirs.config_dir().to_owned(),
            state: dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned(),
            cache: dirs.cache_dir().to_owned(),
            data: dirs.data_dir().to_owned(),
        })
    }

    /// Settings.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// Keys of one's own.
    pub fn keymap_file(&self) -> PathBuf {
        self.config.join("keymap.toml")
    }

    /// Unsent mails.
    pub fn drafts(&self) -> PathBuf {
        self.data.join("drafts")
    }

    /// Mails to begin from.
    pub fn templates(&self) -> PathBuf {
        self.config.join("templates")
    }

    /// Lessons of one's own.
    pub fn lessons(&self) -> PathBuf {
        self.config.join("lessons")
    }

    /// How far the lessons are.
    pub fn lessons_file(&self) -> PathBuf {
        self.state.join("lessons.json")
    }

    /// Copies of sent mails.
    pub fn sent(&self) -> PathBuf {
        self.data.join("sent")
    }

    /// Addresses that mails went to.
    pub fn addresses_file(&self) -> PathBuf {
        self.data.join("addresses.json")
    }

    /// The one draft of older versions.
    pub fn draft_file(&self) -> PathBuf {
        self.state.join("draft.json")
    }

    /// The name of the profile that was used last.
    pub fn last_profile_file(&self) -> PathBuf {
        self.state.join("last-profile")
    }

    /// What is remembered of maildrops.
    pub fn maildrops(&self) -> PathBuf {
        self.state.join("maildrops")
    }

    /// The journals of downloads.
    pub fn fetched(&self) -> PathBuf {
        self.state.join("fetched")
    }

    /// Saved sessions.
    pub fn sessions(&self) -> PathBuf {
        self.state.join("sessions")
    }

    /// Name and place of everything, in the order in which `telepost paths` prints it.
    pub fn all(&self) -> [(&'static str, PathBuf); 16] {
        [
            ("config", self.config.clone()),
            ("config file", self.config_file()),
            ("key map", self.keymap_file()),
            ("templates", self.templates()),
            ("lessons", self.lessons()),
            ("state", self.state.clone()),
            ("last profile", self.last_profile_file()),
            ("lesson book", self.lessons_file()),
            ("maildrops", self.maildrops()),
            ("fetched", self.fetched()),
            ("sessions", self.sessions()),
            ("cache", self.cache.clone()),
            ("data", self.data.clone()),
            ("drafts", self.drafts()),
            ("sent", self.sent()),
            ("addresses", self.addresses_file()),
        ]
    }
}

/// The rights of an open file, such as `0o644`; always those of a private file where there are no such rights.
#[cfg(unix)]
pub fn mode(file: &std::fs::File) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt;

    Ok(file.metadata()?.permissions().mode() & 0o777)
}

/// The rights of an open file, such as `0o644`; always those of a private file where there are no such rights.
#[cfg(not(unix))]
pub fn mode(_file: &std::fs::File) -> io::Result<u32> {
    Ok(0o600)
}

/// Makes `folder` and what is above it, readable by its owner only. A folder that is there keeps its rights.
pub fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
impl Paths {
    /// All of them in one folder.
    pub fn beneath(folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self { config: folder.clone(), state: folder.clone(), cache: folder.clone(), data: folder }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_in_their_folders() {
        let paths = Paths { config: "/c".into(), state: "/s".into(), cache: "/k".into(), data: "/d".into() };
        assert_eq!(paths.config_file(), Path::new("/c/config.toml"));
        assert_eq!(paths.keymap_file(), Path::new("/c/keymap.toml"));
        assert_eq!(paths.draft_file(), Path::new("/s/draft.json"));
        assert_eq!(paths.drafts(), Path::new("/d/drafts"));
        assert_eq!(paths.templates(), Path::new("/c/templates"));
        assert_eq!(paths.sent(), Path::new("/d/sent"));
        assert_eq!(paths.addresses_file(), Path::new("/d/addresses.json"));
        assert_eq!(paths.maildrops(), Path::new("/s/maildrops"));
        assert_eq!(paths.fetched(), Path::new("/s/fetched"));
        assert!(paths.all().contains(&("maildrops", paths.maildrops())));
        assert!(paths.all().contains(&("fetched", paths.fetched())));
    }

    #[cfg(unix)]
    #[test]
    fn a_new_folder_is_private_all_the_way() {
        use std::os::unix::fs::PermissionsExt;

        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("one/two");
        create_private(&folder).unwrap();
        create_private(&folder).unwrap();
        for made in [folder.as_path(), folder.parent().unwrap()] {
            assert_eq!(std::fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
