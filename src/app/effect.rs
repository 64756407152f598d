//! What [`super::App::update`] asks of the outside world, and what comes back in.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::Event;

use super::account::Account;
use crate::config::Profile;
use crate::config::secret::Source;
use crate::connection::{Report, Request};
use crate::mail::View;
use crate::wire::Secret;

/// Anything that enters [`super::App::update`].
#[derive(Debug)]
pub enum Message {
    /// What the terminal sent.
    Event(Event),
    /// What the connection task told.
    Report(Report),
    /// The time of [`super::App::wake_at`] has come.
    Wake,
    /// The request queue is full or the task is gone; nothing was sent.
    RequestLost(Box<Request>),
    /// So many lines that still waited to be passed on were thrown away, as [`Effect::StopWaiting`] asked.
    Stopped(usize),
    /// $EDITOR is done: the new text, or why there is none.
    Edited(Result<String, String>),
    /// The sandbox server runs: the account to use it with; or why it does not.
    Sandbox(Result<Box<Account>, String>),
    /// The message asked for by [`Effect::Parse`] is taken apart.
    Parsed {
        /// Its number in the maildrop.
        number: u32,
        /// Its octets.
        raw: Arc<Vec<u8>>,
        /// What is to be seen of it.
        view: Box<View>,
    },
    /// A copy went this way; or why not.
    Copied(Result<String, String>),
    /// A file was written; or why not.
    Written(Result<PathBuf, String>),
    /// The draft is safe on disk since now; or why not.
    DraftSaved(Result<(), String>),
    /// The secret asked for by [`Effect::FetchSecret`]; `None`: it has to be asked for. Or why there is none.
    Secret(Result<Option<Secret>, String>),
    /// The secret is in the key ring since now; or why not.
    SecretKept(Result<(), String>),
    /// The profiles as they are kept since a change; or why it was not made.
    Profiles(Result<Vec<Profile>, String>),
    /// The process was asked to end (SIGTERM, SIGHUP): save and leave at once.
    Terminate,
}

/// What a file is made from. The text is made by the receiver of the effect from the application state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The transcript, in the format of the file's suffix.
    Transcript,
    /// These bytes.
    Bytes(Vec<u8>),
}

/// What `update` asks of the outside world.
#[derive(Debug)]
pub enum Effect {
    /// Pass a request to the connection task, without waiting.
    Request(Box<Request>),
    /// Throw away the lines that wait for room in the connection task; answered by [`Message::Stopped`] if there are
    /// any.
    StopWaiting,
    /// Put text into the clipboard; answered by [`Message::Copied`].
    Copy(String),
    /// Edit this text in $EDITOR; answered by [`Message::Edited`].
    Edit(String),
    /// Show this text in $PAGER.
    Page(String),
    /// Take a message apart, off the interface's thread: hostile ones can take a second. Answered by
    /// [`Message::Parsed`].
    Parse {
        /// Its number in the maildrop.
        number: u32,
        /// Its octets.
        raw: Vec<u8>,
    },
    /// Start the sandbox server; answered by [`Message::Sandbox`].
    StartSandbox,
    /// Write a file that does not exist yet; answered by [`Message::Written`].
    Write {
        /// Where; a relative path is taken from the working directory.
        path: PathBuf,
        /// What.
        content: Content,
    },
    /// Keep this draft for the next start; answered by [`Message::DraftSaved`].
    SaveDraft(String),
    /// The draft is no longer wanted: it was sent or given up.
    ForgetDraft,
    /// Fetch the secret of an account; answered by [`Message::Secret`].
    FetchSecret {
        /// Where it comes from.
        source: Source,
        /// Its name in the key ring, as [`crate::config::secret::key`] makes it.
        key: String,
    },
    /// Keep a secret in the key ring; answered by [`Message::SecretKept`].
    KeepSecret {
        /// Its name there.
        key: String,
        /// The secret.
        secret: Secret,
    },
    /// Keep a profile, in place of the one with the same name; answered by [`Message::Profiles`].
    SaveProfile(Box<Profile>),
    /// Forget the profile with this name; answered by [`Message::Profiles`].
    RemoveProfile(String),
    /// Take or free the mouse.
    Mouse(bool),
    /// Set the terminal's title (sanitized).
    Title(String),
    /// Clear the screen and draw everything.
    Redraw,
    /// Sleep until `fg`.
    Suspend,
    /// Leave.
    Quit,
}
