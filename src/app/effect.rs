//! What [`super::App::update`] asks of the outside world, and what comes back in.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::Event;

use super::Preview;
use super::account::Account;
use super::assembly::{Assembled, Assembly};
use super::batching::{ManySummary, Order as ManyOrder};
use super::drafting::{Store, Stored};
use super::faults::FaultRow;
use super::looking::{Entry, Looked};
use super::preview::Viewing;
use super::{lessons, running, sessions};
use crate::batch::Counts;
use crate::config::Profile;
use crate::config::secret::Source;
use crate::connection::{Report, Request};
use crate::download::{Destination, Kept, Order};
use crate::drafts::{Id, Keep, Trouble};
use crate::ledger::{Maildrop, Remembered, Visit};
use crate::mail::reply::Answer;
use crate::mail::{Comparison, Draft, Fault, View};
use crate::sent::Parcel;
use crate::verify::Findings;
use crate::wire::{Secret, Segment};

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
    /// What [`Effect::Assemble`] with this serial number asked for; or what is wrong with the mail.
    Assembled(u64, Result<Box<Assembled>, Vec<Fault>>),
    /// The wire preview with this serial number, as [`Effect::Preview`] asked.
    Previewed(u64, Box<Preview>),
    /// How far the mails of [`Effect::SendMany`] are.
    ManyProgress(Counts),
    /// The end of [`Effect::SendMany`]; or why nothing was sent.
    ManyDone(Result<Box<ManySummary>, String>),
    /// What is in the folder asked for by [`Effect::ListFolder`]; or why that is not known.
    Folder(PathBuf, Result<Vec<Entry>, String>),
    /// What is at the path asked for by [`Effect::LookAt`]; or why it cannot be read.
    LookedAt(PathBuf, Result<Looked, String>),
    /// The start of a mail, as [`Effect::Draft`] asked.
    Drafted(Answer, Box<Draft>),
    /// What was remembered of this maildrop, as [`Effect::Recall`] asked; or why nothing.
    Recalled(Maildrop, Box<Result<Remembered, String>>),
    /// A visit could not be remembered, and why.
    NotRemembered(String),
    /// The part asked for by [`Effect::ParsePart`] is taken apart.
    PartParsed {
        /// Its message: the one asked about, not one that has its number by now.
        raw: Arc<Vec<u8>>,
        /// Its own number.
        path: String,
        /// What is to be seen of it.
        view: Box<View>,
    },
    /// Parts of a message were saved there; or why not.
    PartsSaved(Result<Vec<PathBuf>, String>),
    /// A file was handed to the system's program for it; or why not.
    Opened(Result<(), String>),
    /// What [`Effect::Verify`] found out about this message.
    Verified(Arc<Vec<u8>>, Result<Box<Findings>, String>),
    /// This mail that arrived, beside the mail as it was sent.
    Compared(Arc<Vec<u8>>, Box<Comparison>),
    /// There is nothing to compare with, and why.
    NotCompared(String),
    /// What the keeper of a download answered.
    Kept(Kept),
    /// The destination of a download is open: unique-ids that are complete in it; or why it is not.
    DownloadReady(Result<HashSet<Box<str>>, String>),
    /// A copy went this way; or why not.
    Copied(Result<String, String>),
    /// A file was written; or why not.
    Written(Result<PathBuf, String>),
    /// The draft of this name, as it was at this revision, is safe on disk since now; or why not.
    DraftSaved(Id, u64, Result<(), Trouble>),
    /// What [`Effect::Store`] asked for.
    Stored(Stored),
    /// The mail that was sent is kept, whole or its header alone; or why not.
    SentKept(Result<bool, String>),
    /// The secret asked for by [`Effect::FetchSecret`]; `None`: it has to be asked for. Or why there is none.
    Secret(Result<Option<Secret>, String>),
    /// The secret is in the key ring since now; or why not.
    SecretKept(Result<(), String>),
    /// The profiles as they are kept since a change; or why it was not made.
    Profiles(Result<Vec<Profile>, String>),
    /// What the sandbox does wrong now, as [`Effect::Faults`] asked; or why nothing changed.
    Faults(Result<Vec<FaultRow>, String>),
    /// What [`Effect::Lessons`] asked for.
    Lessons(lessons::Told),
    /// What [`Effect::Running`] asked for.
    Running(running::Told),
    /// What [`Effect::Sessions`] asked for.
    Sessions(sessions::Told),
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
        raw: Arc<Vec<u8>>,
    },
    /// Take one part of a message apart, to be read by itself; answered by [`Message::PartParsed`].
    ParsePart {
        /// The message.
        raw: Arc<Vec<u8>>,
        /// Number of the part.
        path: String,
    },
    /// Make the mail ready to be sent, off the interface's thread: it reads files. Answered by
    /// [`Message::Assembled`].
    Assemble(Box<Assembly>),
    /// Make the wire preview of the form, off the interface's thread: it reads files. Answered by
    /// [`Message::Previewed`].
    Preview(Box<Viewing>),
    /// Send many mails over connections of their own; answered by [`Message::ManyProgress`] again and again, and by
    /// [`Message::ManyDone`].
    SendMany(Box<ManyOrder>),
    /// Stop the many mails: the first time no more are handed out, the second time the lines are dropped.
    StopMany,
    /// Read what is in a folder; `~` is the home folder, nothing the working directory. Answered by
    /// [`Message::Folder`].
    ListFolder(PathBuf),
    /// Look whether a file can be read at a path, and how large it is; answered by [`Message::LookedAt`].
    LookAt(PathBuf),
    /// Make the start of a reply to a message, or of a mail that sends it on; answered by [`Message::Drafted`].
    Draft {
        /// The message.
        raw: Arc<Vec<u8>>,
        /// Which.
        answer: Answer,
        /// Addresses of the person, who is not written to.
        own: Vec<String>,
    },
    /// Read what is remembered of a maildrop; answered by [`Message::Recalled`].
    Recall(Maildrop),
    /// Remember a visit; answered only when that fails.
    Remember(Maildrop, Box<Visit>),
    /// Take parts out of a message and save them in a folder under their own names, over nothing that is there;
    /// answered by [`Message::PartsSaved`], and with `open` by [`Message::Opened`] for the first too.
    SaveParts {
        /// The message.
        raw: Arc<Vec<u8>>,
        /// Numbers of the parts.
        paths: Vec<String>,
        /// Where; `None`: a new private folder among the temporary files.
        folder: Option<PathBuf>,
        /// Hand the first to the system's program for it.
        open: bool,
    },
    /// Check a message with the help of DNS; answered by [`Message::Verified`].
    Verify {
        /// Its number in the maildrop.
        number: u32,
        /// Its octets.
        raw: Arc<Vec<u8>>,
        /// The name server to ask instead of the system's resolver.
        dns: Option<SocketAddr>,
    },
    /// Compare a mail that arrived with the mail as it was sent; answered by [`Message::Compared`].
    Compare {
        /// The number in the maildrop of the one that arrived.
        number: u32,
        /// The mail as sent.
        sent: Arc<[Segment]>,
        /// The mail as it arrived.
        arrived: Arc<Vec<u8>>,
    },
    /// Open the destination of a download from this maildrop (`user@host:port`); answered by
    /// [`Message::DownloadReady`].
    OpenDestination(Destination, String),
    /// An order for the keeper of the download under way; some are answered by [`Message::Kept`].
    Keep(Order),
    /// The download is over: let its keeper go.
    CloseDestination,
    /// Start the sandbox server; answered by [`Message::Sandbox`].
    StartSandbox,
    /// Write a file that does not exist yet; answered by [`Message::Written`].
    Write {
        /// Where; a relative path is taken from the working directory.
        path: PathBuf,
        /// What.
        content: Content,
    },
    /// Keep this draft; answered by [`Message::DraftSaved`].
    SaveDraft(Box<Keep>),
    /// The draft is no longer wanted: it was sent or given up.
    ForgetDraft(Id),
    /// Ask the drafts, the templates or the sent mails; answered by [`Message::Stored`].
    Store(Store),
    /// Keep a mail that was sent, with the transcript of its delivery, which the receiver makes from the application
    /// state; answered by [`Message::SentKept`].
    KeepSent(Box<Parcel>),
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
    /// Let the sandbox do these things wrong, and nothing else; `None`: only tell. Answered by [`Message::Faults`].
    Faults(Option<Vec<String>>),
    /// Ask for lessons and their progress; answered by [`Message::Lessons`].
    Lessons(lessons::Ask),
    /// Read a script, or compare what came of one; answered by [`Message::Running`].
    Running(running::Ask),
    /// Ask for saved sessions; answered by [`Message::Sessions`].
    Sessions(sessions::Ask),
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
