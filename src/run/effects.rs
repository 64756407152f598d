//! What the workbench does in the world: one small function for each [`Effect`].
//!
//! What can take long runs beside the loop and comes back as an [`Answer`].

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::backlog::Backlog;
use super::batch::Batch;
use super::clipboard::{self, Native, Route};
use super::downloads::Downloads;
use super::endpoints::Endpoints;
use super::foreground::{Foreground, Outcome};
use super::keeping::Keeping;
use super::parts::Parts;
use super::practice::account;
use super::{Ending, Surroundings, Workbench, clock, files, scripts};
use crate::app::preview::Viewing;
use crate::app::running::Ask;
use crate::app::{App, Assembly, Content, Effect, Entry, Looked, Message, Store};
use crate::connection::Request;
use crate::download::{Keeper, Kept};
use crate::mail::View;
use crate::mail::reply::Answer as Answering;
use crate::sandbox::{Options, Sandbox};
use crate::terminal::Screen;
use crate::transcript::{Transcript, export};
use crate::wire::{Segment, Side};

/// What comes back from work beside the loop.
#[derive(Debug)]
pub enum Answer {
    /// For the application as it is.
    Message(Message),
    /// What the keeper of the download with this number answered.
    Kept(u64, Kept),
    /// The destination of the download with this number is open, or why it is not.
    Destination(u64, Result<Box<Keeper>, String>),
    /// The sandbox runs, or why it does not.
    Sandbox(Result<Box<Sandbox>, String>),
    /// A copy went one way, or failed and shall try the ways that are left.
    Copied { text: String, left: Vec<Route>, result: Result<String, String> },
}

/// Everything effects are done with.
pub struct Hands {
    pub screen: Screen,
    /// The editor or pager that has the terminal.
    pub foreground: Option<Foreground>,
    /// The way to the connection task.
    pub requests: Backlog,
    pub(super) answers: mpsc::UnboundedSender<Answer>,
    keeping: Keeping,
    /// The keeper of a download.
    pub downloads: Downloads,
    parts: Parts,
    batch: Batch,
    pub(super) clipboard: Native,
    pub(super) surroundings: Surroundings,
    started: jiff::Timestamp,
    /// Who was spoken with, for exports.
    pub endpoints: Endpoints,
}

impl Hands {
    pub fn new(
        screen: Screen,
        requests: mpsc::Sender<Request>,
        surroundings: Surroundings,
    ) -> (Self, mpsc::UnboundedReceiver<Answer>) {
        let (answers, receiver) = mpsc::unbounded_channel();
        let hands = Self {
            screen,
            foreground: None,
            requests: Backlog::new(requests),
            keeping: Keeping::new(surroundings.paths.clone(), answers.clone()),
            downloads: Downloads::new(surroundings.paths.as_ref(), answers.clone()),
            parts: Parts::new(answers.clone()),
            batch: Batch::new(answers.clone(), surroundings.send_many),
            answers,
            clipboard: Native::default(),
            surroundings,
            started: jiff::Timestamp::now(),
            endpoints: Endpoints::default(),
        };
        (hands, receiver)
    }

    /// Where work beside the loop sends what came of it.
    pub fn answers(&self) -> mpsc::UnboundedSender<Answer> {
        self.answers.clone()
    }

    /// The folders of the person, if there is a home folder.
    pub fn paths(&self) -> Option<&crate::config::Paths> {
        self.surroundings.paths.as_ref()
    }

    /// Gives the terminal back and prints what waited for that.
    pub fn close(mut self) {
        // Nobody could do anything about an error here.
        let _ = self.screen.leave();
        for panic in self.screen.take_panics() {
            // There is no other place to tell that standard error is closed.
            let _ = writeln!(std::io::stderr(), "{panic}");
        }
    }

    /// What an answer means for the application.
    pub fn take_answer(&mut self, answer: Answer) -> Option<Message> {
        match answer {
            Answer::Message(message) => Some(message),
            Answer::Destination(number, opened) => self.downloads.opened(number, opened),
            Answer::Kept(number, kept) => self.downloads.kept(number, kept),
            Answer::Sandbox(Ok(sandbox)) => {
                let account = Box::new(account(&sandbox));
                self.surroundings.sandbox = Some(*sandbox);
                Some(Message::Sandbox(Ok(account)))
            }
            Answer::Sandbox(Err(why)) => Some(Message::Sandbox(Err(why))),
            Answer::Copied { text, result: Ok(way), .. } => {
                Some(Message::Copied(Ok(clipboard::told(text.len(), &way))))
            }
            Answer::Copied { text, left, result: Err(why) } => self.copy(text, left, Some(why)),
        }
    }

    /// Does work beside the loop that takes long or touches a disk.
    fn answer(&self, work: impl FnOnce() -> Message + Send + 'static) {
        let answers = self.answers.clone();
        tokio::task::spawn_blocking(move || {
            // The loop may have ended.
            let _ = answers.send(Answer::Message(work()));
        });
    }

    fn parse(&self, number: u32, raw: Arc<Vec<u8>>) {
        self.answer(move || {
            let view = Box::new(View::parse(&raw));
            Message::Parsed { number, raw, view }
        });
    }

    fn assemble(&self, assembly: Assembly) {
        self.answer(move || Message::Assembled(assembly.serial, assembly.make()));
    }

    fn preview(&self, viewing: Viewing) {
        self.answer(move || Message::Previewed(viewing.serial, viewing.make()));
    }

    fn list_folder(&self, folder: PathBuf) {
        self.answer(move || {
            let entries = Entry::list(&folder);
            Message::Folder(folder, entries)
        });
    }

    fn ask_scripts(&self, ask: Ask) {
        let answers = self.answers.clone();
        tokio::task::spawn_blocking(move || {
            let _ = answers.send(Answer::Message(Message::Running(scripts::answer(ask))));
        });
    }

    fn look_at(&self, path: PathBuf) {
        self.answer(move || {
            let looked = Looked::at(&path);
            Message::LookedAt(path, looked)
        });
    }

    fn draft(&self, raw: Arc<Vec<u8>>, answer: Answering, own: Vec<String>) {
        self.answer(move || {
            let draft = Box::new(answer.draft(&raw, &own));
            Message::Drafted(answer, draft)
        });
    }

    fn verify(&self, raw: Arc<Vec<u8>>, dns: Option<std::net::SocketAddr>) {
        let answers = self.answers.clone();
        tokio::spawn(async move {
            let found = crate::verify::verify(Arc::clone(&raw), dns).await.map(Box::new);
            let _ = answers.send(Answer::Message(Message::Verified(raw, found)));
        });
    }

    fn compare(&self, sent: Arc<[Segment]>, arrived: Arc<Vec<u8>>) {
        self.answer(move || match crate::mail::build::whole(&sent) {
            Ok(sent) => {
                let comparison = crate::mail::compare::compare(&sent, &arrived);
                Message::Compared(arrived, Box::new(comparison))
            }
            Err(error) => Message::NotCompared(format!("the mail as it was sent is not there any more: {error}")),
        });
    }

    fn start_sandbox(&self) {
        let answers = self.answers.clone();
        tokio::spawn(async move {
            let started = Sandbox::start(Options::default()).await;
            let started = started.map(Box::new).map_err(|error| error.to_string());
            let _ = answers.send(Answer::Sandbox(started));
        });
    }

    fn write(&self, path: PathBuf, content: Content, app: &App) {
        let header = || app.shown_header().cloned().unwrap_or_else(|| self.heading());
        let content = match content {
            Content::Bytes(bytes) => Ok(bytes),
            Content::Transcript => Err((app.transcript().clone(), header())),
        };
        self.answer(move || {
            let bytes = content.or_else(|(transcript, header)| exported(&path, &transcript, &header));
            let written = bytes.and_then(|bytes| {
                files::write_new(&path, &bytes).map_err(|error| format!("{}: {error}", path.display()))
            });
            Message::Written(written)
        });
    }

    /// The SMTP rows since this one.
    fn delivery(&self, first: u64, app: &App) -> Vec<u8> {
        let mut bytes = Vec::new();
        let written = export::stretch(app.live(), Side::Smtp, first, &mut bytes, &self.heading());
        written.expect("writing to memory cannot fail");
        bytes
    }

    /// The heading of the live transcript.
    pub(super) fn heading(&self) -> export::Header {
        export::Header {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started,
            endpoints: self.endpoints.names().to_vec(),
            notes: Vec::new(),
        }
    }
}

/// A transcript in the form that the file's name asks for.
fn exported(path: &Path, transcript: &Transcript, header: &export::Header) -> Result<Vec<u8>, String> {
    let format = export::Format::from_path(path)
        .ok_or_else(|| format!("the name of a transcript ends in {}", export::ENDINGS))?;
    let mut bytes = Vec::new();
    export::write(transcript, format, &mut bytes, header).map_err(|error| error.to_string())?;
    Ok(bytes)
}

impl Workbench {
    /// Does what the application asked for, in order.
    pub(super) fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Some(message) = self.perform_one(effect) {
                self.update(message, clock());
            }
        }
    }

    /// Does one; `Some` with an answer that is known at once.
    fn perform_one(&mut self, effect: Effect) -> Option<Message> {
        match effect {
            Effect::Request(request) => {
                if matches!(*request, Request::Connect(_)) && self.app.account.kept {
                    self.hands.keeping.remember(self.app.account.name.clone());
                }
                return self.hands.requests.push(*request).map(|lost| Message::RequestLost(Box::new(lost)));
            }
            Effect::StopWaiting => {
                let lines = self.hands.requests.stop();
                return (lines > 0).then_some(Message::Stopped(lines));
            }
            Effect::Copy(text) => {
                let routes = clipboard::routes(&self.hands.surroundings.environment, text.len());
                return self.hands.copy(text, routes, None);
            }
            Effect::Edit(text) => return self.lend_terminal(|environment| Foreground::edit(environment, text)),
            Effect::Page(text) => return self.lend_terminal(|environment| Foreground::page(environment, &text)),
            Effect::Parse { number, raw } => self.hands.parse(number, raw),
            Effect::ParsePart { raw, path } => self.hands.parts.parse(raw, path),
            Effect::Assemble(assembly) => self.hands.assemble(*assembly),
            Effect::Preview(viewing) => self.hands.preview(*viewing),
            Effect::SendMany(order) => self.hands.batch.start(*order),
            Effect::StopMany => self.hands.batch.stop(),
            Effect::ListFolder(folder) => self.hands.list_folder(folder),
            Effect::LookAt(path) => self.hands.look_at(path),
            Effect::Draft { raw, answer, own } => self.hands.draft(raw, answer, own),
            Effect::Recall(maildrop) => self.hands.keeping.recall(maildrop),
            Effect::Remember(maildrop, visit) => self.hands.keeping.remember_visit(maildrop, *visit),
            Effect::SaveParts { raw, paths, folder, open } => self.hands.parts.save(raw, paths, folder, open),
            Effect::Verify { raw, dns, .. } => self.hands.verify(raw, dns),
            Effect::Compare { sent, arrived, .. } => self.hands.compare(sent, arrived),
            Effect::OpenDestination(destination, account) => self.hands.downloads.open(destination, account),
            Effect::Keep(order) => self.hands.downloads.keep(order),
            Effect::CloseDestination => self.hands.downloads.close(),
            Effect::StartSandbox => self.hands.start_sandbox(),
            Effect::Write { path, content } => self.hands.write(path, content, &self.app),
            Effect::SaveDraft(keep) => self.drafts.save(*keep),
            Effect::ForgetDraft(id) => self.drafts.forget(id),
            Effect::Store(store) => self.ask_stores(store),
            Effect::KeepSent(parcel) => {
                let transcript = self.hands.delivery(parcel.first_entry, &self.app);
                self.sent.keep(*parcel, transcript);
            }
            Effect::FetchSecret { source, key } => self.hands.keeping.fetch(source, key),
            Effect::KeepSecret { key, secret } => self.hands.keeping.keep(key, secret),
            Effect::SaveProfile(profile) => self.hands.keeping.save(*profile),
            Effect::RemoveProfile(name) => self.hands.keeping.remove(name),
            Effect::Faults(wanted) => return Some(Message::Faults(self.hands.faults(wanted))),
            Effect::Lessons(ask) => return self.ask_lessons(ask),
            Effect::Running(ask) => self.hands.ask_scripts(ask),
            Effect::Sessions(ask) => self.ask_sessions(ask),
            Effect::Mouse(on) => self.tell_terminal(|screen| screen.set_mouse(on)),
            Effect::Title(title) => self.tell_terminal(|screen| screen.set_title(&title)),
            Effect::Redraw => self.tell_terminal(Screen::clear),
            Effect::Suspend => self.suspend_or_end(),
            Effect::Quit => self.ending = Some(Ending::Left),
        }
        None
    }

    fn ask_stores(&mut self, store: Store) {
        match store {
            Store::Drafts => self.drafts.list(),
            Store::Draft(id) => self.drafts.open(id),
            Store::Templates => self.drafts.templates(),
            Store::Template(name) => self.drafts.template(name),
            Store::SaveTemplate(name, saved) => self.drafts.save_template(name, *saved),
            Store::DropTemplate(name) => self.drafts.drop_template(name),
            Store::Sent => self.sent.list(),
            Store::ReadSent(name, want) => self.sent.read(name, want),
            Store::DropSent(name) => self.sent.remove(name),
            Store::People(people) => self.sent.remember(people),
        }
    }

    /// A terminal that takes nothing is gone; the next draw finds out.
    fn tell_terminal(&mut self, tell: impl FnOnce(&mut Screen) -> std::io::Result<()>) {
        let _ = tell(&mut self.hands.screen);
        self.dirty = true;
    }

    pub(super) fn suspend_or_end(&mut self) {
        if self.suspend().is_err() {
            self.terminal_gone();
        }
    }

    /// Gives the terminal to a program, if none has it.
    fn lend_terminal(
        &mut self,
        start: impl FnOnce(&crate::config::Environment) -> Result<Foreground, String>,
    ) -> Option<Message> {
        if self.hands.foreground.is_some() {
            return Some(Message::Edited(Err("another program has the terminal".to_owned())));
        }
        self.release_terminal();
        match start(&self.hands.surroundings.environment) {
            Ok(running) => {
                self.hands.foreground = Some(running);
                None
            }
            Err(why) => {
                if self.take_terminal().is_err() {
                    self.terminal_gone();
                }
                Some(Message::Edited(Err(why)))
            }
        }
    }
}

/// Waits for the program that has the terminal; for ever when none has it.
pub async fn foreground_end(foreground: &mut Option<Foreground>) -> std::io::Result<ExitStatus> {
    match foreground {
        Some(running) => running.wait().await,
        None => std::future::pending().await,
    }
}

/// A pager that was left is no news.
pub fn message_of(outcome: Outcome) -> Option<Message> {
    match outcome {
        Outcome::Edited(result) => Some(Message::Edited(result)),
        Outcome::Paged(Err(why)) => Some(Message::Edited(Err(why))),
        Outcome::Paged(Ok(())) => None,
    }
}
