//! Saved sessions on disk, beside the loop and in order; and what was said last, when the program ends.

use std::path::Path;

use super::queue::Queue;
use super::{Workbench, files};
use crate::app::sessions::{Ask, Told};
use crate::app::{App, Message};
use crate::config::Paths;
use crate::sessions::{Folder, How, Name, Session, compare, scripted};
use crate::transcript::Transcript;
use crate::transcript::export::Header;

/// The folder, and what is to be done in it.
pub struct Sessions {
    folder: Option<Folder>,
    queue: Queue,
    /// Conversations without a name that are kept.
    keep: usize,
}

impl Sessions {
    /// Kept at `paths`; `None` when there is no place for them.
    pub fn new(paths: Option<&Paths>, keep: usize) -> Self {
        let folder = paths.map(|paths| Folder::new(paths.sessions()));
        Self { folder, queue: Queue::default(), keep }
    }

    /// Waits for the job under way, for ever if there is none. What it answers. May be dropped and called again.
    pub async fn done(&mut self) -> Option<Message> {
        self.queue.done().await
    }

    /// Whether everything asked for is done.
    pub fn is_idle(&self) -> bool {
        self.queue.is_idle()
    }
}

impl Workbench {
    /// Answered by [`Message::Sessions`] or [`Message::Written`].
    pub(super) fn ask_sessions(&mut self, ask: Ask) {
        let folder = self.sessions.folder.clone();
        let key = match &ask {
            Ask::Annotate(name, _) => Some(name.file()),
            _ => None,
        };
        let job = Job::of(ask, &self.app, &self.hands.heading());
        let work = move || {
            let folder = folder.ok_or_else(|| "there is no home folder to keep sessions in".to_owned());
            let told = folder.and_then(|folder| job.done(&folder));
            told.unwrap_or_else(|why| Some(Message::Sessions(Told::Trouble(why))))
        };
        match key {
            Some(key) => self.sessions.queue.replace(key, work),
            None => self.sessions.queue.push(work),
        }
    }

    /// Keeps what was said, on the way out; or what to tell when that cannot be done.
    pub(super) fn keep_session(&self) -> Result<(), String> {
        let Some(folder) = &self.sessions.folder else { return Ok(()) };
        let (saved_as, heading) = (self.app.session_name(), self.hands.heading());
        let kept = folder.leave(self.app.live(), &heading, saved_as, self.app.started(), self.sessions.keep);
        kept.map(drop).map_err(|error| format!("what was said could not be kept as a session: {error}"))
    }
}

/// Work with all that it needs.
pub enum Job {
    /// Needs nothing of the conversation here.
    Ask(Ask),
    /// The conversation here, to be kept.
    Save(Name, Box<(Transcript, Header)>),
    /// The conversation here, to be compared.
    Compare(Name, Box<Transcript>),
}

impl Job {
    /// Takes what it needs from the application.
    pub fn of(ask: Ask, app: &App, heading: &Header) -> Self {
        match ask {
            Ask::Save(name) => Self::Save(name, Box::new((app.live().clone(), heading.clone()))),
            Ask::Compare(name) => Self::Compare(name, Box::new(app.live().clone())),
            ask => Self::Ask(ask),
        }
    }

    /// Does it.
    pub fn done(self, folder: &Folder) -> Result<Option<Message>, String> {
        let told = match self {
            Self::Save(name, session) => {
                folder.save(&name, &session.0, &session.1).map_err(told)?;
                Told::Saved(name)
            }
            Self::Compare(name, here) => {
                let saved = opened(folder, &name)?;
                Told::Compared(name, Box::new(compare(&saved.transcript, &here)))
            }
            Self::Ask(Ask::List(list_for)) => Told::Listed(list_for, folder.list().map_err(told)?),
            Self::Ask(Ask::Open(name)) => {
                let session = opened(folder, &name)?;
                Told::Opened(name, Box::new(session))
            }
            Self::Ask(Ask::Script(name, how, path)) => return write_script(folder, &name, how, &path),
            Self::Ask(Ask::Annotate(name, notes)) => {
                let kept = folder.annotate(&name, &notes);
                return kept.map(|()| None).map_err(|error| format!("notes to {name} are not kept: {error}"));
            }
            Self::Ask(Ask::Rename(from, to)) => {
                folder.rename(&from, &to).map_err(told)?;
                Told::Renamed(from, to, folder.list().map_err(told)?)
            }
            Self::Ask(Ask::Remove(name)) => {
                folder.remove(&name).map_err(told)?;
                Told::Removed(name, folder.list().map_err(told)?)
            }
            // They were given what they need.
            Self::Ask(Ask::Save(_) | Ask::Compare(_)) => return Ok(None),
        };
        Ok(Some(Message::Sessions(told)))
    }
}

fn opened(folder: &Folder, name: &Name) -> Result<Session, String> {
    folder.open(name).map_err(|error| format!("the session {name} cannot be opened: {error}"))
}

fn write_script(folder: &Folder, name: &Name, how: How, path: &Path) -> Result<Option<Message>, String> {
    let script = scripted(&opened(folder, name)?.transcript, how).to_string();
    let written = files::write_new(path, script.as_bytes());
    Ok(Some(Message::Written(written.map_err(|error| format!("{}: {error}", path.display())))))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn told(error: std::io::Error) -> String {
    error.to_string()
}
