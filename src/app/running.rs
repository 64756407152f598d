//! A script played in the pane: over the same links, and by the same requests, as lines that are typed. It goes to the
//! servers of the account that is used now and to no others, as a secret of the account may be among what it says.
//!
//! | file | duty |
//! |---|---|
//! | `choosing` | which script, how, and what is asked before it begins |
//! | `doing` | acts of the script become requests |
//! | `hearing` | reports become what the script heard |
//! | `ending` | what came of it |

mod choosing;
mod doing;
mod ending;
mod hearing;

use std::path::PathBuf;
use std::time::Instant;

pub(crate) use choosing::{Choice, Purpose};

use super::{App, Effect};
use crate::connection::Request;
use crate::keymap::Action;
use crate::layout::Pane;
use crate::script::{Fault, Runner, Script};
use crate::sessions::{Comparison, Exchanges, Session};
use crate::wire::{Side, printable};
use choosing::Prepared;

/// Why something has to wait.
const RUNS: &str = "a script is running: ^C stops it";

/// What is asked of the shell.
#[derive(Clone, Debug)]
pub enum Ask {
    /// The script at this path, or the recorded session of a `.jsonl` file.
    Read(PathBuf),
    /// A recorded session beside what came when it was played again; and how that ended, in words.
    Compare(Box<[Exchanges; 2]>, [String; 2], String),
}

/// What came of it.
#[derive(Debug)]
pub enum Told {
    /// A script; its name, as it is shown.
    Script(String, Box<Script>),
    /// A recorded session; its name, as it is shown.
    Session(String, Box<Session>),
    /// All that is wrong with a script; its name, as it is shown.
    Faulty(String, Vec<Fault>),
    /// Both beside each other, their names, and how the second ended.
    Compared(Box<Comparison>, [String; 2], String),
    /// It cannot be read, and why.
    Trouble(String),
}

/// What is known of scripts in the pane.
#[derive(Debug, Default)]
pub(crate) struct Running {
    /// A session that was read from a file and is asked about.
    file: Option<(String, Box<Session>)>,
    /// A script that waits for its variables.
    prepared: Option<Box<Prepared>>,
    play: Option<Box<Play>>,
    /// What is to be shown as soon as nothing is on top.
    over: Option<ending::Over>,
}

/// A script under way.
struct Play {
    /// Sanitized.
    name: String,
    /// Lines of the script.
    lines: usize,
    runner: Runner,
    began: Instant,
    /// The first entry that it led to; `None`: it has not begun, as lines of before are still being closed.
    first: Option<u64>,
    /// The entry behind its last one, as leaving the lines is no part of it.
    end: Option<u64>,
    /// What it is compared with at the end.
    recorded: Option<Exchanges>,
    /// The lines are handed over at the end.
    fork: bool,
    /// A sign-in that waits for its secret.
    signs_in: Option<doing::SignsIn>,
    /// It was told to stop.
    stopped: bool,
}

impl std::fmt::Debug for Play {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A script may have a secret written out.
        f.debug_struct("Play").field("name", &self.name).field("first", &self.first).finish_non_exhaustive()
    }
}

impl App {
    pub(super) fn act_on_scripts(&mut self, action: Action) {
        match action {
            Action::RunScript => self.ask_script_path(),
            Action::Fork => self.ask_fork(),
            _ => self.ask_replay(),
        }
    }

    /// Why none can begin now.
    pub(super) fn scripts_unavailable(&self, action: Action) -> Option<&'static str> {
        let work = self.mail_is_under_way() || self.is_downloading() || self.sends_many();
        if self.is_running() {
            return Some(RUNS);
        }
        if work || self.watching().is_some() || self.retry_wake_at().is_some() || self.steps_run() {
            return Some("something else is under way: wait for its end, or ^C stops it");
        }
        if self.would_delete() {
            return Some("messages are marked for deletion: end that POP3 session first (C)");
        }
        if self.account.smtp.is_none() && self.account.pop3.is_none() {
            return Some("no server is named yet: c connects, ^X b starts the sandbox");
        }
        match action {
            Action::Replay | Action::Fork if self.transcript.store.is_empty() => Some("the transcript is empty"),
            Action::Fork if self.transcript.cursor().is_none() => Some("go to a row of the transcript first (2)"),
            _ => None,
        }
    }

    /// What has to wait for the end of a script: it would talk in between, or take its line away.
    pub(super) fn script_forbids(&self, action: Action) -> Option<&'static str> {
        let forbidden = matches!(
            action,
            Action::Send
                | Action::SendMany
                | Action::Resend
                | Action::Retry
                | Action::LoopCheck
                | Action::NextCommand
                | Action::StepMode
                | Action::StepHere
                | Action::StepAll
                | Action::Connect
                | Action::Disconnect
                | Action::DropLine
                | Action::Mend
                | Action::Profiles
                | Action::StartSandbox
                | Action::Lessons
                | Action::OpenMailbox
                | Action::Refresh
                | Action::Download
                | Action::Delete
                | Action::Unmark
                | Action::UnmarkAll
                | Action::Commit
                | Action::NextMessage
                | Action::PreviousMessage
        );
        let opens = action == Action::Open && self.focus == Pane::Mailbox;
        (self.is_running() && (forbidden || opens)).then_some(RUNS)
    }

    /// A line was typed while a script runs: it stands in the prompt again. `false`: none runs.
    pub(super) fn script_holds(&mut self, line: &str) -> bool {
        if self.is_running() {
            self.warn(format!("not sent: {RUNS}"));
            self.prompt.input = super::edit::field(line);
        }
        self.is_running()
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.play.is_some()
    }

    /// What the status row tells.
    pub(super) fn script_note(&self) -> Option<String> {
        let play = self.running.play.as_ref()?;
        let (at, of) = (play.runner.line(), play.lines);
        Some(match (play.first, play.stopped, at) {
            (None, ..) => format!("SCRIPT {} waits for the line before it to close", play.name),
            (_, true, _) | (_, _, 0) => format!("SCRIPT {} leaves its line", play.name),
            _ => format!("SCRIPT {} line {at}/{of}", play.name),
        })
    }

    /// When a script has to be gone on with although nothing was heard.
    pub(super) fn script_wake_at(&self) -> Option<Instant> {
        self.running.play.as_ref().filter(|play| play.first.is_some())?.runner.deadline()
    }

    /// ^C: the script ends where it is, its lines politely; once more, at once. `false`: none runs.
    pub(super) fn stop_script(&mut self) -> bool {
        let Some(play) = &mut self.running.play else { return false };
        let again = std::mem::replace(&mut play.stopped, true);
        if play.first.is_none() {
            let name = play.name.clone();
            self.running.play = None;
            self.warn(format!("stopped: nothing of {name} was said"));
            return true;
        }
        play.signs_in = None;
        play.runner.stop("it was stopped");
        self.signing.waiting.retain(|task| !matches!(task, super::secrets::Task::Script(_)));
        self.warn(if again {
            "the lines of the script are dropped"
        } else {
            "the script is stopped; ^C again drops it"
        });
        true
    }

    /// Other servers are used from here on, or the program ends: nothing more goes out for the script.
    pub(super) fn forget_script(&mut self) {
        if let Some(play) = self.running.play.take() {
            self.warn(format!("stopped: {} does not go on with other servers", play.name));
        }
        self.running.prepared = None;
    }

    fn begin_script(&mut self, prepared: Prepared) {
        let Prepared { name, script, setting, recorded, fork } = prepared;
        if let Some(why) = self.scripts_unavailable(Action::RunScript) {
            return self.warn(why);
        }
        for found in script.secrets() {
            let shown = printable::text(&found.shown).into_owned();
            self.warn(format!(
                "line {} has its secret written out ({shown}): auth takes it from the account",
                found.line
            ));
        }
        self.back_to_live();
        for side in [Side::Smtp, Side::Pop3] {
            if choosing::connects(&script, side) && self.links.of(side).is_up() {
                self.request(Request::Disconnect(side));
            }
        }
        self.mailbox.reopen = false;
        self.running.play = Some(Box::new(Play {
            lines: script.lines(),
            runner: Runner::new(&script, setting),
            name,
            began: self.now.instant,
            first: None,
            end: None,
            recorded,
            fork,
            signs_in: None,
            stopped: false,
        }));
        self.focus_on(Pane::Transcript);
        self.transcript.go_to_bottom();
    }

    /// What follows from any change: the script goes on as far as it can.
    pub(super) fn script_on(&mut self) {
        self.show_over();
        let Some(play) = &self.running.play else { return };
        let up = self.links.smtp.is_up() || self.links.pop3.is_up();
        if play.first.is_none() && up {
            return;
        }
        let (end, now) = (self.live().end_id(), self.now.instant);
        if let Some(play) = &mut self.running.play
            && play.first.is_none()
        {
            (play.first, play.began) = (Some(end), now);
        }
        while let Some(play) = &mut self.running.play
            && let Some(act) = play.runner.poll(now)
        {
            if play.runner.report().end.is_some() {
                play.end.get_or_insert(end);
            }
            self.dirty = true;
            self.do_act(act);
        }
    }

    fn ask_of_scripts(&mut self, ask: Ask) {
        self.effects.push(Effect::Running(ask));
    }

    pub(super) fn scripts_told(&mut self, told: Told) {
        match told {
            Told::Script(name, script) => self.script_read(name, *script),
            Told::Session(name, session) => self.session_read(name, session),
            Told::Faulty(name, faults) => self.script_is_faulty(&name, &faults),
            Told::Compared(comparison, names, ended) => self.replay_compared(*comparison, names, &ended),
            Told::Trouble(why) => self.error(why),
        }
    }
}
