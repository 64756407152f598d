//! Which script is played, and how: the path of one, the session that is shown, and what is asked before anything is
//! sent, such as variables that nobody sets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{App, Ask, doing};
use crate::app::dialog::{self, Dialog, Item, Menu};
use crate::keymap::Action;
use crate::script::{Piece, Script, Setting, What};
use crate::sessions::{Exchanges, How, Session, scripted};
use crate::transcript::Transcript;
use crate::transcript::text::grouped;
use crate::wire::{Side, TlsMode, printable};

/// An answer to a menu about a session that is played again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// All of it.
    Replay {
        /// With the names and addresses of this run.
        adapted: bool,
        /// Past what is not as it was.
        through: bool,
    },
    /// Up to the row under the cursor; the line stays.
    Fork {
        /// With the names and addresses of this run.
        adapted: bool,
    },
}

/// A question about scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Where one is.
    Path,
    /// The value of the variable that is missing next.
    Variable,
}

/// A script that is ready to be played, but for variables.
pub(super) struct Prepared {
    /// Sanitized.
    pub(super) name: String,
    pub(super) script: Script,
    pub(super) setting: Setting,
    pub(super) recorded: Option<Exchanges>,
    pub(super) fork: bool,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A script may have a secret written out.
        f.debug_struct("Prepared").field("name", &self.name).finish_non_exhaustive()
    }
}

impl App {
    pub(super) fn ask_script_path(&mut self) {
        let hint = format!("A script, or a recorded session (.jsonl). It goes to {}", self.where_to());
        self.dialog =
            Some(Dialog::question(dialog::Purpose::Running(Purpose::Path), "Play the script in the file", &hint, ""));
    }

    pub(in crate::app) fn script_answered(&mut self, purpose: Purpose, text: &str) -> Result<(), String> {
        match purpose {
            Purpose::Path if text.trim().is_empty() => return Err("a file needs a name".to_owned()),
            Purpose::Path => self.ask_of_scripts(Ask::Read(PathBuf::from(text.trim()))),
            Purpose::Variable if text.trim().is_empty() => return Err("a value is needed".to_owned()),
            Purpose::Variable => {}
        }
        Ok(())
    }

    /// The variable that was asked for has its value.
    pub(in crate::app) fn variable_typed(&mut self, text: &str) {
        let Some(mut prepared) = self.running.prepared.take() else { return };
        if let Some(name) = missing(&prepared).into_iter().next() {
            prepared.setting.given.insert(name.clone());
            prepared.setting.variables.insert(name, text.trim().as_bytes().to_vec());
        }
        self.prepare(*prepared);
    }

    /// The servers of the account, in words; sanitized.
    fn where_to(&self) -> String {
        let server = |side| self.account.target(side).map(|it| format!("{} {}:{}", Side::name(side), it.host, it.port));
        let servers: Vec<String> = [Side::Smtp, Side::Pop3].into_iter().filter_map(server).collect();
        let name = if self.account.name.is_empty() { String::new() } else { format!(" ({})", self.account.name) };
        printable::text(&format!("{}{name}", servers.join(", "))).into_owned()
    }

    pub(super) fn ask_replay(&mut self) {
        self.running.file = None;
        let name = self.shown_name();
        let script = scripted(&self.transcript.store, How::default());
        self.replay_menu(&name, &script);
    }

    fn shown_name(&self) -> String {
        self.viewed_session().map_or_else(|| "this session".to_owned(), |viewed| viewed.name.to_string())
    }

    fn replay_menu(&mut self, name: &str, script: &Script) {
        let item = |key, text: &str, adapted, through| {
            Item::new(key, text, dialog::Choice::Running(Choice::Replay { adapted, through }))
        };
        let items = vec![
            Item::new('n', "No", dialog::Choice::Stay),
            item('w', "As it was said, up to the first difference", false, false),
            item('t', "As it was said, through to the end", false, true),
            item('a', "Adapted (your names and addresses, new ids), up to the first difference", true, false),
            item('e', "Adapted, through to the end", true, true),
        ];
        self.dialog = Some(Dialog::Menu(Menu::new(format!("Play {name} again?"), self.what_it_does(script), items)));
    }

    pub(super) fn ask_fork(&mut self) {
        self.running.file = None;
        let script = scripted(&self.transcript.store, self.up_to_here(false));
        let item = |key, text: &str, adapted| Item::new(key, text, dialog::Choice::Running(Choice::Fork { adapted }));
        let items = vec![
            Item::new('n', "No", dialog::Choice::Stay),
            item('w', "As it was said; then the line is yours", false),
            item('a', "Adapted (your names and addresses, new ids); then the line is yours", true),
        ];
        let title = format!("Play {} up to the row under the cursor?", self.shown_name());
        self.dialog = Some(Dialog::Menu(Menu::new(title, self.what_it_does(&script), items)));
    }

    fn up_to_here(&self, adapted: bool) -> How {
        How { adapted, upto: self.row_to_fork_at() }
    }

    /// The command or the mail of the row under the cursor: the reply to it is taken in any case, and what went out
    /// between the two is not.
    pub(in crate::app) fn row_to_fork_at(&self) -> Option<u64> {
        let id = self.transcript.cursor()?.id;
        self.transcript.store.get(id).and_then(|entry| entry.answers()).or(Some(id))
    }

    /// Where it goes, and what cannot be taken back.
    fn what_it_does(&self, script: &Script) -> Vec<String> {
        let mut lines = vec![format!("It goes to {}.", self.where_to())];
        let mails = count(script, |what| matches!(what, What::Body(_)));
        if mails > 0 {
            lines.push(format!("It sends {} for good.", plural(mails, "mail")));
        }
        let marks = count(script, |what| matches!(what, What::Send(text) if begins(text, b"DELE")));
        if marks > 0 {
            lines.push(format!("It marks {} for deletion, by number; QUIT deletes them.", plural(marks, "message")));
        }
        lines
    }

    /// An answer to a menu.
    pub(in crate::app) fn script_choice(&mut self, choice: Choice) {
        let (how, through, fork) = match choice {
            Choice::Replay { adapted, through } => (How { adapted, upto: None }, through, false),
            Choice::Fork { adapted } => (self.up_to_here(adapted), false, true),
        };
        let file = self.running.file.take();
        let (name, transcript): (String, &Transcript) = match &file {
            Some((name, session)) => (name.clone(), &session.transcript),
            None => (self.shown_name(), &self.transcript.store),
        };
        let script = scripted(transcript, how);
        let recorded = (!fork).then(|| Exchanges::of(transcript));
        let setting = Setting { through, stay_open: fork, ..self.setting(&script) };
        self.prepare(Prepared { name, script, setting, recorded, fork });
    }

    pub(super) fn script_read(&mut self, name: String, script: Script) {
        let setting = self.setting(&script);
        self.prepare(Prepared { name, script, setting, recorded: None, fork: false });
    }

    pub(super) fn session_read(&mut self, name: String, session: Box<Session>) {
        let script = scripted(&session.transcript, How::default());
        self.replay_menu(&name, &script);
        self.running.file = Some((name, session));
    }

    /// Asks for what is missing; begins when nothing is.
    fn prepare(&mut self, prepared: Prepared) {
        if let Some(why) = self.not_here(&prepared.script) {
            return self.error(format!("{} is not played: {}", prepared.name, printable::text(&why)));
        }
        let Some(name) = missing(&prepared).into_iter().next() else { return self.begin_script(prepared) };
        let proposed = match name.as_str() {
            "to" => self.compose.envelope().ok().and_then(|envelope| envelope.to.into_iter().next()),
            _ => None,
        };
        let hint = match name.as_str() {
            "to" => "The address that the script sends to. Esc leaves, and nothing is sent.",
            "from" => "The address that the script sends from. Esc leaves, and nothing is sent.",
            _ => "Nobody sets this variable of the script. Esc leaves, and nothing is sent.",
        };
        self.dialog = Some(Dialog::question(
            dialog::Purpose::Running(Purpose::Variable),
            &format!("{name} of {}", prepared.name),
            hint,
            &proposed.unwrap_or_default(),
        ));
        self.running.prepared = Some(Box::new(prepared));
    }

    /// Why a script cannot be played with this account.
    fn not_here(&self, script: &Script) -> Option<String> {
        if let Some(why) = self.scripts_unavailable(Action::RunScript) {
            return Some(why.to_owned());
        }
        let unnamed = script.sides().into_iter().find(|side| self.account.target(*side).is_none());
        if let Some(side) = unnamed {
            return Some(format!("it connects to {}, and no such server is named (F2)", side.name()));
        }
        let mut foreign = None;
        script.any(|what| {
            if let What::Connect { side, url: Some(url) } = what
                && let [Piece::Octets(url)] = url.0.as_slice()
            {
                foreign = doing::elsewhere(&String::from_utf8_lossy(url), self.account.target(*side));
            }
            foreign.is_some()
        });
        foreign
    }

    fn setting(&self, script: &Script) -> Setting {
        let side = if connects(script, Side::Smtp) { Side::Smtp } else { Side::Pop3 };
        let target = self.account.target(side);
        let patience = target.map_or(Setting::default().patience, |target| target.timeouts.reply);
        let require_tls = [Side::Smtp, Side::Pop3]
            .into_iter()
            .filter_map(|side| self.account.target(side))
            .any(|target| target.tls.mode == TlsMode::Require);
        Setting {
            variables: self.variables(side),
            given: BTreeSet::new(),
            side,
            require_tls,
            patience,
            ..Setting::default()
        }
    }

    /// Those that are known of the account, the form and the moment.
    fn variables(&self, side: Side) -> BTreeMap<String, Vec<u8>> {
        let now = &self.now;
        let from = self.compose.sender().ok().filter(|from| !from.is_empty());
        let host = self.account.target(side).map(|target| target.host.clone()).unwrap_or_default();
        let known = [
            ("helo", Some(self.account.hello.clone())),
            ("from", from),
            // A year that RFC 5322 cannot write has no date.
            ("date", Some(jiff::fmt::rfc2822::to_string(&now.wall).unwrap_or_default())),
            ("unique", Some(format!("{}.{:08x}", now.wall.timestamp().as_millisecond(), now.random as u32))),
            ("host", Some(host)),
        ];
        let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into_bytes())));
        known.collect()
    }
}

fn missing(prepared: &Prepared) -> Vec<String> {
    let known = prepared.setting.variables.keys().map(String::as_str).chain(["message_id"]);
    prepared.script.missing(&known.collect::<Vec<_>>())
}

/// Whether a script connects on a side, with or without a URL.
pub(super) fn connects(script: &Script, wanted: Side) -> bool {
    script.any(|what| matches!(what, What::Connect { side, .. } if *side == wanted))
}

fn count(script: &Script, holds: impl Fn(&What) -> bool) -> usize {
    script.statements.iter().filter(|statement| holds(&statement.what)).count()
}

fn begins(text: &crate::script::Text, verb: &[u8]) -> bool {
    let first = match text.0.first() {
        Some(Piece::Octets(octets)) => octets.get(..verb.len()),
        _ => None,
    };
    first.is_some_and(|first| first.eq_ignore_ascii_case(verb))
}

fn plural(number: usize, word: &str) -> String {
    format!("{} {word}{}", grouped(number as u64), if number == 1 { "" } else { "s" })
}
