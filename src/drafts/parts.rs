//! Large attachments, as files beside their mail: written once, however often the mail is saved.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::config::atomic;
use crate::mail::{Content, Draft};

/// An attachment in memory of more octets than these gets a file of its own.
pub const LARGE: usize = 256 << 10;

/// Puts the large attachments of `draft` into `folder`, where they are not there yet, and paths in their place. Files
/// of attachments that were taken off are removed.
pub(crate) fn put_by(folder: &Path, draft: &mut Draft) -> io::Result<()> {
    let mut wanted = HashSet::new();
    for attachment in &mut draft.attachments {
        let Content::Bytes(bytes) = &attachment.content else { continue };
        if bytes.len() <= LARGE {
            continue;
        }
        let name = name_of(bytes);
        let path = folder.join(&name);
        if std::fs::metadata(&path).map_or(true, |about| about.len() != bytes.len() as u64) {
            if std::fs::symlink_metadata(folder).is_ok_and(|about| about.is_symlink()) {
                return Err(io::Error::other("the folder for large attachments is a link"));
            }
            atomic::replace(&path, bytes)?;
        }
        wanted.insert(name);
        attachment.content = Content::Path(path);
    }
    remove_others(folder, &wanted);
    Ok(())
}

/// Reads back what [`put_by`] put into `folder`, wherever that folder lay then. A file that is gone leaves its path.
pub(crate) fn fetch(folder: &Path, draft: &mut Draft) {
    for attachment in &mut draft.attachments {
        let Content::Path(path) = &attachment.content else { continue };
        let ours = path.parent().and_then(Path::file_name) == folder.file_name();
        let Some(name) = path.file_name().filter(|_| ours) else { continue };
        let part = folder.join(name);
        // A pipe in its place would be waited for.
        let plain = std::fs::symlink_metadata(&part).is_ok_and(|about| about.is_file());
        if let Some(bytes) = plain.then(|| std::fs::read(&part).ok()).flatten() {
            attachment.content = Content::Bytes(bytes.into());
        }
    }
}

fn name_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut name, byte| {
        write!(name, "{byte:02x}").expect("writing to a String cannot fail");
        name
    })
}

/// What is not needed any more costs room only: errors are no reason not to save.
fn remove_others(folder: &Path, wanted: &HashSet<String>) {
    // Behind a link lies what is not ours.
    if !std::fs::symlink_metadata(folder).is_ok_and(|about| about.is_dir()) {
        return;
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_str().is_some_and(|name| wanted.contains(name)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    if wanted.is_empty() {
        let _ = std::fs::remove_dir(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Attachment;

    fn draft(sizes: &[usize]) -> Draft {
        let attachment = |size: &usize| Attachment::new("a", "x/y", Content::Bytes(vec![7; *size].into()));
        Draft { attachments: sizes.iter().map(attachment).collect(), ..Draft::default() }
    }

    #[test]
    fn large_ones_are_put_by_once_and_come_back() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("x.parts");
        let whole = draft(&[LARGE, LARGE + 1, LARGE + 1, LARGE + 2]);
        let mut put = whole.clone();
        put_by(&folder, &mut put).unwrap();
        assert!(matches!(put.attachments[0].content, Content::Bytes(_)));
        assert!(matches!(put.attachments[1].content, Content::Path(_)));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
        let mut back = put.clone();
        fetch(&folder, &mut back);
        assert_eq!(back, whole);
        let mut fewer = draft(&[LARGE + 2]);
        put_by(&folder, &mut fewer).unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        put_by(&folder, &mut draft(&[3])).unwrap();
        assert!(!folder.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_or_a_pipe_in_the_way_is_neither_followed_nor_waited_for() {
        use rustix::fs::{CWD, Mode, mkfifoat};

        let place = tempfile::tempdir().unwrap();
        let (folder, foreign) = (place.path().join("x.parts"), place.path().join("foreign"));
        std::fs::create_dir(&foreign).unwrap();
        std::fs::write(foreign.join("letter"), "mine").unwrap();
        std::os::unix::fs::symlink(&foreign, &folder).unwrap();
        put_by(&folder, &mut draft(&[3])).unwrap();
        assert!(put_by(&folder, &mut draft(&[LARGE + 1])).is_err());
        assert_eq!(std::fs::read_dir(&foreign).unwrap().count(), 1, "nothing came, nothing went");
        std::fs::remove_file(&folder).unwrap();
        let mut put = draft(&[LARGE + 1]);
        put_by(&folder, &mut put).unwrap();
        let Content::Path(part) = &put.attachments[0].content else { panic!("it was put by") };
        std::fs::remove_file(part).unwrap();
        mkfifoat(CWD, part, Mode::RUSR).unwrap();
        fetch(&folder, &mut put);
        assert!(matches!(put.attachments[0].content, Content::Path(_)));
        let pipe = place.path().join("pipe.json");
        mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
        assert!(super::super::files::read_saved(&pipe).is_err());
    }

    #[test]
    fn a_part_of_another_mail_is_no_part_of_this_one() {
        let place = tempfile::tempdir().unwrap();
        let mut put = draft(&[LARGE + 1]);
        put_by(&place.path().join("x.parts"), &mut put).unwrap();
        fetch(&place.path().join("y.parts"), &mut put);
        assert!(matches!(put.attachments[0].content, Content::Path(_)));
    }
}
