//! Saved sessions in the pane: listed, opened read-only, compared, made into scripts, named, removed. Disk and comparison
//! are the shell's; here is what was asked and what is shown.

mod comparing;
mod listing;
mod viewing;

use std::path::PathBuf;

pub(crate) use comparing::CompareView;
pub(crate) use viewing::Viewed;

use super::dialog::{self, Dialog};
use super::{App, Effect};
use crate::keymap::Action;
use crate::sessions::{Comparison, How, Listed, Name, Session};
use crate::transcript::Direction;

/// What a list of sessions is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum For {
    /// A menu of what can be done with one.
    #[default]
    Menu,
    /// One to compare the live conversation with.
    Comparing,
}

/// What is asked of the folder of saved sessions.
#[derive(Clone, Debug)]
pub enum Ask {
    /// All of them.
    List(For),
    /// One, to be looked at.
    Open(Name),
    /// One, compared with the live conversation.
    Compare(Name),
    /// One, as a script in a file that does not exist yet; answered by [`super::Message::Written`].
    Script(Name, How, PathBuf),
    /// The live conversation under a name.
    Save(Name),
    /// The notes of a saved one, all of them.
    Annotate(Name, Vec<(u64, String)>),
    /// Another name for one.
    Rename(Name, Name),
    /// One is no longer wanted.
    Remove(Name),
}

/// What came of it.
#[derive(Debug)]
pub enum Told {
    /// All of them, the one that began last first.
    Listed(For, Vec<Listed>),
    /// One that was read.
    Opened(Name, Box<Session>),
    /// One beside the live conversation.
    Compared(Name, Box<Comparison>),
    /// The live conversation has this name since now.
    Saved(Name),
    /// One has another name since now, and all of them.
    Renamed(Name, Name, Vec<Listed>),
    /// One is gone, and those that are left.
    Removed(Name, Vec<Listed>),
    /// Something could not be read or kept, and why.
    Trouble(String),
}

/// An answer to a menu about sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Look at the chosen one.
    Open,
    /// Compare it with the live conversation.
    Compare,
    /// Write it as a script, as it was said.
    Script,
    /// The same with names and addresses of the run.
    Adapted,
    /// The same as it was said, up to the row under the cursor.
    Fork,
    Rename,
    AskRemove,
    Remove,
    /// Back to the list.
    List,
    /// Back to the live conversation.
    Live,
}

/// A question about sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The name to save this one under.
    Name,
    /// Another name for the chosen one.
    Rename,
    /// Where its script goes.
    Script(How),
}

/// What is known of saved sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    listed: Vec<Listed>,
    list_for: For,
    /// The one that a menu or a question is about.
    chosen: Option<Name>,
    /// The name of the live conversation.
    saved_as: Option<Name>,
    /// The one that is looked at, in place of the live conversation.
    viewed: Option<Box<Viewed>>,
}

impl App {
    pub(super) fn act_on_sessions(&mut self, action: Action) {
        match action {
            Action::SaveSession => self.ask_session_name(),
            Action::CompareSessions => self.ask_of_sessions(Ask::List(For::Comparing)),
            _ => self.ask_of_sessions(Ask::List(For::Menu)),
        }
    }

    fn ask_of_sessions(&mut self, ask: Ask) {
        self.effects.push(Effect::Sessions(ask));
    }

    pub(super) fn sessions_unavailable(&self, _action: Action) -> Option<&'static str> {
        let said = |direction| matches!(direction, Direction::Sent | Direction::Received);
        let silent = !self.live().iter().any(|entry| said(entry.direction()));
        silent.then_some("nothing was said yet in this session")
    }

    /// The name under which the live conversation is saved.
    pub fn session_name(&self) -> Option<&Name> {
        self.sessions.saved_as.as_ref()
    }

    fn ask_session_name(&mut self) {
        let server = self.account.smtp.as_ref().or(self.account.pop3.as_ref());
        let server = server.map(|server| server.host.clone()).unwrap_or_default();
        let proposed = match &self.sessions.saved_as {
            Some(name) => format!("{name} 2"),
            None => format!("{} {server}", self.now.wall.strftime("%Y-%m-%d")),
        };
        self.dialog = Some(Dialog::question(
            dialog::Purpose::Session(Purpose::Name),
            "Save this session as",
            "What is said from here on goes into it too. Passwords are masked.",
            proposed.trim(),
        ));
    }

    pub(super) fn sessions_told(&mut self, told: Told) {
        match told {
            Told::Listed(list_for, listed) => self.show_sessions(list_for, listed),
            Told::Opened(name, session) => self.view_session(name, *session),
            Told::Compared(name, comparison) => self.show_comparison(&name, *comparison),
            Told::Saved(name) => {
                self.info(format!("saved as {name}: ^X l lists the sessions"));
                self.sessions.saved_as = Some(name);
            }
            Told::Renamed(from, to, listed) => {
                self.session_renamed(&from, &to);
                self.show_sessions(self.sessions.list_for, listed);
            }
            Told::Removed(name, listed) => {
                self.session_removed(&name);
                self.show_sessions(self.sessions.list_for, listed);
            }
            Told::Trouble(why) => self.error(why),
        }
    }

    fn session_renamed(&mut self, from: &Name, to: &Name) {
        let viewed = self.sessions.viewed.as_mut().map(|viewed| &mut viewed.name);
        for name in self.sessions.saved_as.iter_mut().chain(viewed).filter(|name| *name == from) {
            name.clone_from(to);
        }
    }

    fn session_removed(&mut self, name: &Name) {
        self.sessions.saved_as.take_if(|saved| saved == name);
        if self.viewed_session().is_some_and(|viewed| viewed.name == *name) {
            self.back_to_live();
        }
    }

    pub(super) fn session_answered(&mut self, purpose: Purpose, text: &str) -> Result<(), String> {
        let chosen = self.sessions.chosen.clone();
        let ask = match (purpose, chosen) {
            (Purpose::Name, _) => Ask::Save(Name::given(text)?),
            (Purpose::Rename, Some(from)) => Ask::Rename(from, Name::given(text)?),
            (Purpose::Script(_), _) if text.trim().is_empty() => return Err("a file needs a name".to_owned()),
            (Purpose::Script(how), Some(name)) => Ask::Script(name, how, PathBuf::from(text.trim())),
            (Purpose::Rename | Purpose::Script(_), None) => return Ok(()),
        };
        self.ask_of_sessions(ask);
        Ok(())
    }
}
