//! The loop of the workbench and what it does for [`App`]: events and reports in, frames and effects out.
//!
//! Each turn reads the clock once and takes one thing, input first, so that no flood can starve Ctrl-C. It draws only
//! when something changed, and at most every 16 ms; when nothing is due it sleeps without a timer.

mod backlog;
pub mod batch;
pub mod clipboard;
mod copying;
mod downloads;
mod drafts;
mod effects;
pub mod endpoints;
mod faults;
pub mod files;
pub mod foreground;
mod hangup;
mod keeping;
mod lending;
pub mod lessons;
pub mod parts;
pub mod practice;
mod queue;
pub mod scripts;
mod sent;
pub mod sessions;
mod signals;

use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::Context;
use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt;
use jiff::Zoned;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep_until;

use crate::app::lessons::Told;
use crate::app::{App, Message, Now, Settings};
use crate::config::{Environment, Paths};
use crate::connection::{Handle, LinkEvent, Report};
use crate::sandbox::Sandbox;
use crate::terminal::Screen;
use crate::ui;

use drafts::Drafts;
use effects::{Answer, Hands};
use sent::Sent;
use sessions::Sessions;
use signals::{Signals, Wish};

/// Shortest time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// Most reports taken before input is looked at again.
const REPORTS_A_TURN: usize = 128;
/// Longest wait for QUIT to be answered, and for the last save, on the way out.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the workbench needs besides its settings.
#[derive(Debug)]
pub struct Surroundings {
    /// Editor, pager, clipboard routes.
    pub environment: Environment,
    /// Where drafts and sent mails go; `None` without a home folder.
    pub paths: Option<Paths>,
    /// Conversations that are kept on leaving, besides those that were given a name.
    pub keep_sessions: usize,
    /// A sandbox that runs already; it lives as long as the workbench.
    pub sandbox: Option<Sandbox>,
    /// A lesson to begin with: its id, or the path of a lesson file.
    pub lesson: Option<String>,
    /// What sends many mails.
    pub send_many: batch::SendMany,
}

/// How the workbench ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The person left.
    Left,
    /// This signal ended it; draft saved, terminal restored.
    Signal(i32),
}

/// Runs the workbench until somebody or something ends it. The terminal is restored on return.
pub async fn workbench(settings: Settings, handle: Handle, surroundings: Surroundings) -> anyhow::Result<Ending> {
    let signals = Signals::listen().context("signals cannot be listened to")?;
    let gone = hangup::watch().context("there is no terminal to read keys from")?;
    let screen = Screen::enter(settings.mouse).context("the terminal cannot be switched")?;
    let size = screen.size().context("the terminal's size cannot be read")?;
    let now = clock();
    let (app, effects) = App::new(settings, size, now);
    let drafts = Drafts::new(surroundings.paths.as_ref());
    let sent = Sent::new(surroundings.paths.as_ref());
    let lesson = surroundings.lesson.clone();
    let (paths, lessons) = (surroundings.paths.clone(), lessons::Lessons::of(lesson.as_deref()));
    let sessions = Sessions::new(surroundings.paths.as_ref(), surroundings.keep_sessions);
    let Handle { requests, reports } = handle;
    let (hands, answers) = Hands::new(screen, requests, surroundings);
    let mut workbench = Workbench {
        app,
        hands,
        drafts,
        sent,
        lessons,
        sessions,
        events: Some(EventStream::new()),
        dirty: true,
        drawn: None,
        links: [false; 2],
        ending: None,
        held: None,
    };
    workbench.perform(effects);
    if let Some(lesson) = lesson {
        workbench.update(Message::Lessons(Told::Wanted(lesson)), clock());
    }
    let mut inputs = Inputs { reports, answers, signals, gone };
    let ended = workbench.run(&mut inputs).await;
    workbench.farewell(&mut inputs).await;
    workbench.lessons.finish(paths.as_ref());
    let kept = workbench.keep_session();
    workbench.hands.close();
    for line in workbench.app.farewell().into_iter().chain(kept.err()) {
        eprintln!("telepost: {line}");
    }
    ended
}

/// Where things come from, apart from the terminal.
struct Inputs {
    reports: mpsc::Receiver<Report>,
    answers: mpsc::UnboundedReceiver<Answer>,
    signals: Signals,
    gone: oneshot::Receiver<()>,
}

/// One thing that happened.
enum Input {
    Event(Option<std::io::Result<Event>>),
    Report(Option<Report>),
    Answer(Option<Answer>),
    /// Something was kept, or read of what is kept.
    Kept(Option<Message>),
    Foreground(std::io::Result<std::process::ExitStatus>),
    Signal(Wish),
    Gone,
    /// The connection task takes requests again.
    Room,
    /// The disk of a download takes more again.
    Disk,
    Frame,
    Wake,
}

struct Workbench {
    app: App,
    hands: Hands,
    drafts: Drafts,
    sent: Sent,
    lessons: lessons::Lessons,
    sessions: Sessions,
    /// `None` while another program has the terminal.
    events: Option<EventStream>,
    dirty: bool,
    drawn: Option<Instant>,
    /// Whether a link is open or being opened, by side.
    links: [bool; 2],
    ending: Option<Ending>,
    /// A report that was taken out when its turn was full.
    held: Option<Report>,
}

impl Workbench {
    async fn run(&mut self, inputs: &mut Inputs) -> anyhow::Result<Ending> {
        loop {
            if let Some(ending) = self.ending {
                return Ok(ending);
            }
            if self.draw_if_due().is_err() {
                self.terminal_gone();
                continue;
            }
            let input = self.next_input(inputs).await;
            self.take(input, inputs)?;
        }
    }

    /// Waits for the next thing; input first. Every branch may be dropped and asked again.
    async fn next_input(&mut self, inputs: &mut Inputs) -> Input {
        let lent = self.hands.foreground.is_some();
        let frame = self.frame_due(Instant::now());
        let wake = self.app.wake_at();
        // While a download is behind with writing, the network waits too.
        let disk = self.hands.downloads.has_room();
        tokio::select! {
            biased;
            event = next_event(&mut self.events) => Input::Event(event),
            wish = inputs.signals.next(lent) => Input::Signal(wish),
            Ok(()) = &mut inputs.gone => Input::Gone,
            answer = inputs.answers.recv() => Input::Answer(answer),
            kept = self.drafts.done() => Input::Kept(kept),
            kept = self.sent.done() => Input::Kept(kept),
            kept = self.sessions.done() => Input::Kept(kept),
            status = effects::foreground_end(&mut self.hands.foreground) => Input::Foreground(status),
            report = next_report(&mut self.held, &mut inputs.reports), if disk => Input::Report(report),
            () = self.hands.downloads.room(), if !disk => Input::Disk,
            () = self.hands.requests.room() => Input::Room,
            () = at(frame) => Input::Frame,
            () = at(wake) => Input::Wake,
        }
    }

    fn take(&mut self, input: Input, inputs: &mut Inputs) -> anyhow::Result<()> {
        match input {
            Input::Event(Some(Ok(event))) => self.take_event(event),
            Input::Event(_) | Input::Gone => self.terminal_gone(),
            Input::Signal(wish) => self.take_signal(wish)?,
            Input::Answer(answer) => self.take_answer(answer),
            Input::Kept(Some(message)) => self.update(message, clock()),
            Input::Foreground(status) => self.take_foreground_end(status)?,
            Input::Report(None) => anyhow::bail!("the connection task ended by itself"),
            Input::Report(Some(report)) => self.take_reports(report, &mut inputs.reports),
            Input::Wake => self.update(Message::Wake, clock()),
            Input::Room => self.hands.requests.flush(),
            Input::Frame | Input::Disk | Input::Kept(None) => {}
        }
        Ok(())
    }

    fn update(&mut self, message: Message, now: Now) {
        let effects = self.app.update(message, now);
        self.dirty |= self.app.take_dirty();
        self.perform(effects);
    }

    fn take_event(&mut self, event: Event) {
        if let Event::Key(key) = &event
            && key.kind == KeyEventKind::Release
        {
            return;
        }
        self.update(Message::Event(event), clock());
    }

    /// Takes `first` and what waits behind it, up to the limit of a turn.
    fn take_reports(&mut self, first: Report, reports: &mut mpsc::Receiver<Report>) {
        let now = clock();
        let mut next = Some(first);
        for _ in 0..REPORTS_A_TURN {
            let Some(report) = next.take() else { return };
            self.follow(&report);
            self.update(Message::Report(report), now.clone());
            if self.ending.is_some() {
                return;
            }
            next = reports.try_recv().ok();
            if !self.hands.downloads.has_room() {
                break;
            }
        }
        self.held = next;
    }

    /// Remembers which links are open, for the farewell.
    fn follow(&mut self, report: &Report) {
        self.hands.endpoints.follow(report);
        if let Report::Link { side, event, .. } = report {
            match event {
                LinkEvent::Dialling { .. } | LinkEvent::Connected { .. } => self.links[*side as usize] = true,
                LinkEvent::Closed(_) => self.links[*side as usize] = false,
                LinkEvent::Tls(_) | LinkEvent::BodyProgress { .. } | LinkEvent::NotConnected => {}
            }
        }
    }

    fn take_answer(&mut self, answer: Option<Answer>) {
        if let Some(message) = answer.and_then(|answer| self.hands.take_answer(answer)) {
            self.update(message, clock());
        }
    }

    /// When the next frame may be drawn, if there is something to draw and the terminal is ours; `now` at the earliest.
    fn frame_due(&self, now: Instant) -> Option<Instant> {
        let wanted = self.dirty && self.hands.foreground.is_none();
        wanted.then(|| self.drawn.map_or(now, |drawn| now.max(drawn + FRAME)))
    }

    fn draw_if_due(&mut self) -> std::io::Result<()> {
        self.dirty |= self.app.take_dirty();
        let now = Instant::now();
        if self.frame_due(now).is_none_or(|due| due > now) {
            return Ok(());
        }
        self.dirty = false;
        self.drawn = Some(now);
        self.hands.screen.draw(|frame| ui::render(frame, &self.app))
    }

    /// Everything that was to be kept is on disk.
    fn is_idle(&self) -> bool {
        self.drafts.is_idle() && self.sent.is_idle() && self.sessions.is_idle()
    }

    /// What is said while we leave is part of the conversation.
    fn last_report(&mut self, report: Report) {
        self.follow(&report);
        if matches!(report, Report::Record(_)) {
            // Nothing is begun any more.
            drop(self.app.update(Message::Report(report), clock()));
        }
    }

    /// Lets polite goodbyes and the last save come to their end, within [`FAREWELL`].
    async fn farewell(&mut self, inputs: &mut Inputs) {
        let polite = self.ending == Some(Ending::Left);
        let until = tokio::time::Instant::now() + FAREWELL;
        while !self.is_idle() || (polite && self.links.contains(&true)) {
            tokio::select! {
                biased;
                _ = self.drafts.done() => {}
                _ = self.sent.done() => {}
                _ = self.sessions.done() => {}
                report = inputs.reports.recv() => match report {
                    Some(report) => self.last_report(report),
                    None => self.links = [false; 2],
                },
                Wish::End(_) = inputs.signals.next(false) => return,
                () = tokio::time::sleep_until(until) => return,
            }
        }
    }
}

/// The next event; never one while another program has the terminal.
async fn next_event(events: &mut Option<EventStream>) -> Option<std::io::Result<Event>> {
    match events {
        // At end of file crossterm's reader turns round for ever, on whatever thread asks it.
        Some(events) => {
            std::future::poll_fn(
                |context| {
                    if hangup::is_gone() { Poll::Ready(None) } else { events.poll_next_unpin(context) }
                },
            )
            .await
        }
        None => std::future::pending().await,
    }
}

async fn next_report(held: &mut Option<Report>, reports: &mut mpsc::Receiver<Report>) -> Option<Report> {
    match held.take() {
        Some(report) => Some(report),
        None => reports.recv().await,
    }
}

/// Sleeps until then; for ever when there is no then, without a timer.
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}

fn clock() -> Now {
    Now { instant: Instant::now(), wall: Zoned::now(), random: rand::random() }
}
