//! What passes between the course and the keeper.

use std::path::PathBuf;

/// `user@host:port`: the name of a maildrop in journals, the same for whoever downloads.
pub fn maildrop(user: &str, host: &str, port: u16) -> String {
    format!("{user}@{host}:{port}")
}

/// Where downloaded messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A Maildir: `tmp`, `new`, `cur`.
    Maildir(PathBuf),
    /// One file in mboxrd form, locked while it is written to.
    Mbox(PathBuf),
    /// A folder with an `.eml` file for each message.
    Eml(PathBuf),
}

/// A message that is to be downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its number in this session.
    pub number: u32,
    /// Its octets as LIST announced them: for windows and progress only.
    pub octets: Option<u64>,
    /// Its unique-id, if the server has one for it that is valid and given to no other message.
    pub uid: Option<Box<str>>,
}

/// What the course asks of the keeper, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// A message begins.
    Begin(Wanted),
    /// More of it, dots undone, line ends as sent.
    Piece(Vec<u8>),
    /// It is whole.
    End,
    /// It stays a torso: nothing of it may remain.
    Discard,
    /// Make every whole message safe; answered by [`Kept::Safe`].
    Sync,
}

/// What the keeper answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The messages that became safe since the last time: file and folder are on the disk and the journal knows it.
    Safe(Vec<u32>),
    /// Nothing more can be written; why, in words. What was told safe is safe.
    Failed(String),
}

impl Destination {
    /// Where it lies.
    pub fn path(&self) -> &std::path::Path {
        match self {
            Self::Maildir(path) | Self::Mbox(path) | Self::Eml(path) => path,
        }
    }

    /// `maildir`, `mbox` or `eml`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Maildir(_) => "maildir",
            Self::Mbox(_) => "mbox",
            Self::Eml(_) => "eml",
        }
    }
}
