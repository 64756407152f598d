//! The Maildirs that the servers of the tests share.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use super::wait;

/// Owner of all mail, a number that no account has.
pub const OWNER: u32 = 10_800;

/// A folder that goes away with its owner, and in it the mail of every user.
pub struct Mailboxes {
    folder: tempfile::TempDir,
}

impl Mailboxes {
    /// An empty folder that every account may enter, as the servers drop their rights.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("telepost-servers-").tempdir().expect("a temporary folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("the folder is ours");
        let mail = folder.path().join("mail");
        fs::create_dir(&mail).expect("the folder is empty");
        chown(&mail, Some(OWNER), Some(OWNER)).expect("the tests run as root");
        Self { folder }
    }

    /// Where the servers keep everything.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a message into a mailbox, as a delivery would. Line ends are LF there.
    pub fn put(&self, user: &str, name: &str, message: &[u8]) {
        let maildir = self.maildir(user);
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(maildir.join(part)).expect("the folder is ours");
        }
        fs::write(maildir.join("tmp").join(name), message).expect("the folder is ours");
        fs::rename(maildir.join("tmp").join(name), maildir.join("new").join(name)).expect("same file system");
        for path in [maildir.parent().expect("a user's folder").to_path_buf(), maildir.clone()] {
            chown(path, Some(OWNER), Some(OWNER)).expect("the tests run as root");
        }
        for part in ["cur", "new", "tmp"] {
            chown(maildir.join(part), Some(OWNER), Some(OWNER)).expect("the tests run as root");
        }
        chown(maildir.join("new").join(name), Some(OWNER), Some(OWNER)).expect("the tests run as root");
    }

    /// All messages of a user, oldest first.
    pub fn messages(&self, user: &str) -> Vec<Vec<u8>> {
        let mut files: Vec<PathBuf> = ["new", "cur"]
            .iter()
            .filter_map(|part| fs::read_dir(self.maildir(user).join(part)).ok())
            .flat_map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())))
            .collect();
        files.sort_by_key(|path| (fs::metadata(path).and_then(|meta| meta.modified()).ok(), path.clone()));
        files.iter().filter_map(|path| fs::read(path).ok()).collect()
    }

    /// Waits until a user has that many messages.
    pub fn wait_for(&self, user: &str, count: usize) -> Vec<Vec<u8>> {
        wait::until(&format!("{count} messages for {user}"), || {
            let messages = self.messages(user);
            (messages.len() >= count).then_some(messages)
        })
    }

    fn maildir(&self, user: &str) -> PathBuf {
        self.folder.path().join("mail").join(user).join("Maildir")
    }
}

/// The message without the lines that a delivery put before it.
pub fn without_trace(message: &[u8]) -> &[u8] {
    let mut rest = message;
    while let Some(length) = trace_field(rest) {
        rest = &rest[length..];
    }
    rest
}

/// Octets of the trace field at the start, its folded lines included.
fn trace_field(text: &[u8]) -> Option<usize> {
    let names: [&[u8]; 4] = [b"Return-Path:", b"X-Original-To:", b"Delivered-To:", b"Received:"];
    names.iter().find(|name| text.starts_with(name))?;
    let mut length = 0;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        if length > 0 && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            break;
        }
        length += line.len();
    }
    Some(length)
}
