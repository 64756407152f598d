//! State and `update`: messages in, effects out. No terminal, no socket, no clock.
//!
//! One file a pane; beside them what concerns several: `routing` (each message to what it is for), `keys` and `mouse`
//! (events to actions), `actions`, `answers`, `moving`, `copying`, `typing`, `messages`, `reports` (what the connection
//! told), `connecting`, `sending`, `batching`, `stepping`, `leaving`, `explaining`, `signing`, `secrets`, `asking`,
//! `reconnecting`, `trust`, `protection`, `profiles`, `helped`, `drafting`, `sent`, `rows` (of the transcript),
//! `sessions` (saved ones), `lessons`, `faults` (of the sandbox).

pub mod account;
pub mod assembly;
pub mod batching;
pub mod effect;
pub mod preview;

mod actions;
mod answers;
mod asking;
mod attaching;
mod browsing;
pub(crate) mod compose;
mod connecting;
mod copying;
pub(crate) mod dialog;
mod downloading;
pub mod drafting;
mod edit;
mod equivalents;
mod explaining;
pub mod faults;
mod helped;
pub(crate) mod hints;
mod keys;
mod leaving;
pub mod lessons;
pub(crate) mod link;
pub(crate) mod linting;
mod looking;
mod loop_check;
pub(crate) mod mailbox;
mod messages;
mod mouse;
mod moving;
pub(crate) mod needs;
mod parts;
mod profiles;
pub(crate) mod prompt;
mod protection;
mod reconnecting;
mod replying;
mod reports;
pub(crate) mod results;
mod retrying;
mod routing;
mod rows;
pub mod running;
mod searching;
mod secrets;
mod sending;
mod sent;
pub mod sessions;
mod signing;
pub(crate) mod status;
pub(crate) mod stepping;
pub(crate) mod transcript;
mod trust;
mod typing;
mod verifying;
mod waking;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use jiff::Zoned;

pub use account::{Account, Example};
pub use assembly::{Assembled, Assembly};
pub use compose::wire_preview::Preview;
pub use drafting::{Recovered, Store, Stored};
pub use effect::{Content, Effect, Message};
pub use looking::{ENTRIES, Entry, Looked, at_home};

use crate::config::{Preset, Profile};
use crate::connection::Request;
use crate::explain;
use crate::keymap::{Chord, Keymap};
use crate::layout::{Layout, Pane, Rect, Wants, inside};
use crate::theme::Theme;
use crate::transcript::Transcript;
pub(crate) use crate::transcript::text::grouped;
use crate::wire::Side;
use compose::Compose;
use dialog::{ConnectForm, Dialog};
use link::Links;
use mailbox::Mailbox;
use prompt::Prompt;
use status::{Level, Status};
use transcript::TranscriptPane;

/// After a key of typing, this long no question that came up by itself takes a key for its answer.
const TYPING_PAUSE: Duration = Duration::from_millis(800);

/// A list of more rows than these has a note below it, when there is something to note.
pub(crate) const NOTE_FROM: usize = 4;

/// The time, as the shell reads it once a turn.
#[derive(Clone, Debug)]
pub struct Now {
    /// For waits and lapses.
    pub instant: Instant,
    /// For dates people read.
    pub wall: Zoned,
    /// For what has to be unique or unpredictable.
    pub random: u128,
}

/// What the shell knows at the start.
#[derive(Debug)]
pub struct Settings {
    /// Keys.
    pub keymap: Keymap,
    /// Styles.
    pub theme: Theme,
    /// What to connect to; `None` shows the first-run card.
    pub account: Option<Account>,
    /// This machine's name, for HELO and Message-ID.
    pub host: String,
    /// The draft that an earlier run was ended with.
    pub recovered: Option<Recovered>,
    /// Other drafts that are kept.
    pub drafts: usize,
    /// Copies of sent mails that are kept at most; `None`: none are made.
    pub keep_sent: Option<usize>,
    /// Addresses used before, the latest first.
    pub known: Vec<String>,
    /// The mouse is captured.
    pub mouse: bool,
    /// Connect at once: the person named the servers.
    pub connect: bool,
    /// The profiles that are kept, in the order of the file.
    pub profiles: Vec<Profile>,
    /// The servers of big providers.
    pub presets: Vec<Preset>,
    /// The name server that finding servers asks; `None`: the system's.
    pub dns: Option<SocketAddr>,
}

/// The meaning of the last reply, for the explain line and card.
#[derive(Clone, Debug)]
pub(crate) struct Explained {
    pub(crate) side: Side,
    pub(crate) headline: String,
    pub(crate) card: explain::Card,
}

/// The whole state of the workbench.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; no two make up a state")]
pub struct App {
    pub(crate) keymap: Keymap,
    pub(crate) theme: Theme,
    pub(crate) account: Account,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) presets: Vec<Preset>,
    dns: Option<SocketAddr>,
    host: String,
    pub(crate) size: (u16, u16),
    pub(crate) focus: Pane,
    pub(crate) zoom: Option<Pane>,
    pub(crate) links: Links,
    pub(crate) compose: Compose,
    pub(crate) transcript: TranscriptPane,
    pub(crate) mailbox: Mailbox,
    pub(crate) prompt: Prompt,
    pub(crate) status: Status,
    pub(crate) dialog: Option<Dialog>,
    /// Keys typed behind the leader.
    pub(crate) leader: Option<Vec<Chord>>,
    pub(crate) mouse: bool,
    pub(crate) explained: Option<Explained>,
    /// Addresses whose RCPT was accepted in the mail being typed by hand.
    accepted: usize,
    /// The mail typed by hand so far, as it was sent, for a second look at it.
    typed_mail: Vec<u8>,
    /// A mail was accepted on this SMTP line and no other begun since.
    mail_accepted: bool,
    /// The server's name for the mail accepted last.
    queue_id: Option<String>,
    /// USER was accepted: PASS comes next.
    named: bool,
    pub(crate) now: Now,
    pub(crate) started: Now,
    last_cancel: Option<Instant>,
    /// When a key was last taken as text.
    last_text_key: Option<Instant>,
    signing: signing::Signing,
    replying: replying::Replying,
    /// Where the time of the SMTP line goes.
    watch: results::Watch,
    retrying: retrying::Retrying,
    /// Changes of the form when its mail went out last.
    sent_edits: u64,
    attaching: attaching::Attaching,
    batching: batching::Batching,
    /// Questions that wait for the dialog on top to close.
    to_ask: Vec<asking::Asking>,
    /// A download from the mailbox that was asked for or is under way.
    downloading: Option<downloading::Downloading>,
    /// A sign-in begun in the prompt, while it is asked about.
    helped: Option<helped::Helped>,
    /// The mail sent last, and the watch for it.
    loop_check: loop_check::LoopCheck,
    /// The connect form, while a question about it is on top.
    parked: Option<Box<ConnectForm>>,
    /// The profile that is asked about.
    removing: Option<String>,
    assemblies: u64,
    next_mail: u64,
    pasted: prompt::paste::Pasted,
    /// The pane to go back to from the prompt.
    before_prompt: Pane,
    recovered: Option<Recovered>,
    drafting: drafting::Drafting,
    sent: sent::Sent,
    leaving: Option<leaving::Leaving>,
    /// What waits for the answer to RSET.
    after_reset: Option<leaving::AfterReset>,
    /// The person knows that reading may delete.
    expire_accepted: bool,
    verifying: verifying::Verifying,
    pub(crate) faults: faults::Faults,
    pub(crate) stepping: stepping::Stepping,
    pub(crate) lessons: lessons::Lessons,
    pub(crate) running: running::Running,
    pub(crate) sessions: sessions::Sessions,
    effects: Vec<Effect>,
    dirty: bool,
}

impl App {
    /// The state at the start, and the first effects.
    pub fn new(settings: Settings, size: (u16, u16), now: Now) -> (Self, Vec<Effect>) {
        let Settings { keymap, theme, account, host, recovered, drafts, keep_sent, known, .. } = settings;
        let Settings { mouse, connect, profiles, presets, dns, .. } = settings;
        let first_run = account.is_none();
        let account = account.unwrap_or_else(|| Account::empty(host.clone()));
        let mut app = Self {
            compose: Compose::new(&account),
            keymap,
            theme,
            account,
            profiles,
            presets,
            dns,
            host,
            size,
            focus: Pane::Compose,
            zoom: None,
            links: Links::default(),
            transcript: TranscriptPane::default(),
            mailbox: Mailbox::default(),
            prompt: Prompt::default(),
            status: Status::default(),
            dialog: None,
            leader: None,
            mouse,
            explained: None,
            accepted: 0,
            typed_mail: Vec::new(),
            mail_accepted: false,
            queue_id: None,
            named: false,
            watch: results::Watch::new(now.instant),
            retrying: retrying::Retrying::default(),
            sent_edits: 0,
            started: now.clone(),
            now,
            last_cancel: None,
            last_text_key: None,
            signing: signing::Signing::default(),
            replying: replying::Replying::default(),
            attaching: attaching::Attaching::default(),
            batching: batching::Batching::default(),
            to_ask: Vec::new(),
            downloading: None,
            helped: None,
            loop_check: loop_check::LoopCheck::default(),
            parked: None,
            removing: None,
            assemblies: 0,
            next_mail: 1,
            pasted: prompt::paste::Pasted::default(),
            before_prompt: Pane::Compose,
            recovered,
            drafting: drafting::Drafting::default(),
            sent: sent::Sent::new(keep_sent),
            leaving: None,
            after_reset: None,
            expire_accepted: false,
            verifying: verifying::Verifying::default(),
            faults: faults::Faults::default(),
            stepping: stepping::Stepping::default(),
            lessons: lessons::Lessons::default(),
            running: running::Running::default(),
            sessions: sessions::Sessions::default(),
            effects: Vec::new(),
            dirty: true,
        };
        if !app.account.name.is_empty() {
            app.effects.push(Effect::Title(format!("telepost: {}", app.account.name)));
        }
        app.know_own_addresses();
        app.compose.set_known(known);
        app.greet(first_run);
        app.tell_of_drafts(drafts);
        if connect {
            app.connect_named();
        }
        app.settle();
        let effects = std::mem::take(&mut app.effects);
        (app, effects)
    }

    /// Something changed since the last call.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// The transcript that is shown, for exports.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript.store
    }

    /// When the transcript's clock stood at zero.
    pub fn started(&self) -> &Zoned {
        &self.started.wall
    }

    pub(crate) fn layout(&self) -> Layout {
        let message = self.mailbox.message.is_some() && !self.shows_steps(Pane::Mailbox);
        let wants = Wants {
            focus: self.focus,
            zoom: self.zoom,
            tall: self.compose.wants_rows() || self.shows_steps(Pane::Compose),
            message,
            guide: self.lesson_rows(),
        };
        Layout::new(Rect::new(0, 0, self.size.0, self.size.1), wants)
    }

    /// Rows of a pane that can show lines.
    pub(crate) fn page(&self, pane: Pane) -> usize {
        let layout = self.layout();
        let rows = |rect: Rect| usize::from(inside(rect).height);
        match pane {
            Pane::Compose => rows(layout.compose),
            Pane::Transcript => {
                let height = rows(layout.transcript);
                height - self.transcript.bytes_rows(height)
            }
            // The first line of the list is its heading; the last may be a note.
            Pane::Mailbox => {
                let height = rows(layout.mailbox);
                let note = height > NOTE_FROM && self.list_note().is_some();
                height.saturating_sub(1 + usize::from(note))
            }
            Pane::Prompt => 1,
        }
    }

    pub(crate) fn message_page(&self) -> usize {
        usize::from(inside(self.layout().message).height)
    }

    fn request(&mut self, request: Request) {
        self.effects.push(Effect::Request(Box::new(request)));
    }

    fn info(&mut self, text: impl Into<String>) {
        self.status.say(Level::Info, text, &self.now);
    }

    fn warn(&mut self, text: impl Into<String>) {
        self.status.say(Level::Warning, text, &self.now);
    }

    fn error(&mut self, text: impl Into<String>) {
        self.status.say(Level::Error, text, &self.now);
    }
}
