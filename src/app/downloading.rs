//! A download from the pane: the same course and keeper as `telepost fetch`.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::dialog::{self, Dialog, Item, Menu};
use super::{App, Effect, grouped};
use crate::connection::Request;
use crate::download::order::maildrop;
use crate::download::{Course, Destination, Kept, Outcome, Progress, Step};
use crate::pop3::{BodyKind, Command, Notice, State, Verb};
use crate::wire::Side;

/// The progress on screen changes at most this often.
const TICK: Duration = Duration::from_millis(250);

/// Answers of the menus here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Download although the server deletes what was read.
    AllTheSame,
    /// Mark nothing.
    Keep,
    /// Mark each message once it is safe on disk.
    Delete,
}

/// What typed answers here are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Where to.
    Place,
}

/// A download that was asked for or is under way.
#[derive(Debug)]
pub(super) enum Downloading {
    /// The place is known, and it is asked what becomes of the messages on the server.
    Asked(Destination),
    /// The place is being opened.
    Opening {
        destination: Destination,
        delete: bool,
    },
    Running(Box<Running>),
}

#[derive(Debug)]
pub(super) struct Running {
    course: Course,
    destination: Destination,
    /// Messages that were in the place before.
    there: usize,
    stopping: bool,
    /// The progress in words, and since when.
    note: (String, Instant),
}

impl App {
    pub(super) fn ask_download(&mut self) {
        if self.is_downloading() {
            self.info("a download is under way; ^C stops it");
        } else if self.mailbox.wanted().is_empty() {
            self.warn("there is no message to download");
        } else if self.deletes_what_is_read() && !self.expire_accepted {
            let messages = counted(self.mailbox.wanted().len());
            self.dialog = Some(Dialog::Menu(Menu::new(
                "This server deletes what was read",
                vec![
                    format!("It announces EXPIRE 0: all of {messages} may be gone from it after QUIT."),
                    "What was downloaded is on the disk here by then.".to_owned(),
                ],
                vec![
                    Item::new('n', "Do not download", dialog::Choice::Stay),
                    Item::new('y', "Download all the same", dialog::Choice::Download(Choice::AllTheSame)),
                ],
            )));
        } else {
            self.ask_place();
        }
    }

    fn ask_place(&mut self) {
        let messages = counted(self.mailbox.wanted().len());
        let user = self.account.user.as_deref().unwrap_or("mail");
        let usable = |character: &char| character.is_ascii_alphanumeric() || "@._-".contains(*character);
        let user: String = user.chars().filter(usable).collect();
        self.dialog = Some(Dialog::question(
            dialog::Purpose::Download(Purpose::Place),
            &format!("Download {messages} to"),
            "maildir:, mbox: or eml: in front decides; else NAME/ is a Maildir, NAME.mbox an mbox, the rest a folder of \
             .eml files. What is there already is not fetched again.",
            &format!("maildir:mail-{}", user.trim_matches('.')),
        ));
    }

    pub(super) fn download_choice(&mut self, choice: Choice) {
        let delete = match choice {
            Choice::AllTheSame => {
                self.expire_accepted = true;
                return self.ask_place();
            }
            Choice::Keep => false,
            Choice::Delete => true,
        };
        let Some(Downloading::Asked(destination)) = self.downloading.take() else { return };
        if self.links.pop3_state != State::Transaction {
            self.warn("the mailbox was closed meanwhile: r opens it again");
            return;
        }
        self.effects.push(Effect::OpenDestination(destination.clone(), self.maildrop_name()));
        self.downloading = Some(Downloading::Opening { destination, delete });
    }

    pub(super) fn download_answered(&mut self, purpose: Purpose, text: &str) -> Result<(), String> {
        let Purpose::Place = purpose;
        self.downloading = Some(Downloading::Asked(destination(text)?));
        self.dialog = Some(Dialog::Menu(Menu::new(
            "And on the server?",
            vec!["A message counts as downloaded when file and folder are on the disk.".to_owned()],
            vec![
                Item::new('k', "Keep all messages there", dialog::Choice::Download(Choice::Keep)),
                Item::new(
                    'd',
                    "Mark each for deletion once it is safe here; QUIT deletes",
                    dialog::Choice::Download(Choice::Delete),
                ),
            ],
        )));
        Ok(())
    }

    /// The destination is open, or why it is not.
    pub(super) fn download_ready(&mut self, ready: Result<HashSet<Box<str>>, String>) {
        let Some(Downloading::Opening { destination, delete }) =
            self.downloading.take_if(|downloading| matches!(downloading, Downloading::Opening { .. }))
        else {
            return;
        };
        let fetched = match ready {
            Ok(fetched) => fetched,
            Err(why) => {
                self.effects.push(Effect::CloseDestination);
                self.error(why);
                return;
            }
        };
        let (there, wanted): (Vec<_>, Vec<_>) = self
            .mailbox
            .wanted()
            .into_iter()
            .partition(|wanted| wanted.uid.as_ref().is_some_and(|uid| fetched.contains(uid)));
        if wanted.is_empty() {
            self.effects.push(Effect::CloseDestination);
            self.info(format!("nothing to download: all {} are in {} already", there.len(), place(&destination)));
            return;
        }
        let course = Course::new(wanted, delete, self.now.instant);
        let note = (String::new(), self.now.instant);
        let running = Running { course, destination, there: there.len(), stopping: false, note };
        self.downloading = Some(Downloading::Running(Box::new(running)));
        self.go_on_downloading();
    }

    pub(super) fn download_kept(&mut self, kept: Kept) {
        let now = self.now.instant;
        if let Some(running) = self.running() {
            running.course.kept(kept, now);
            self.go_on_downloading();
        }
    }

    /// Passes a notice to the download under way; gives back what concerns the pane too.
    pub(super) fn download_notice(&mut self, notice: Notice) -> Option<Notice> {
        let (now, opening) = (self.now.instant, self.mailbox.opening.as_ref().map(|opening| opening.number));
        let by_hand = |number| self.mailbox.is_being_marked(number);
        let Some(Downloading::Running(running)) = &mut self.downloading else { return Some(notice) };
        let (told, left) = match notice {
            // Somebody opened it by hand.
            Notice::Body { number, .. } | Notice::BodyEnd { number, .. }
                if Some(number) == opening && !running.course.is_receiving(number) =>
            {
                return Some(notice);
            }
            Notice::Body { kind: BodyKind::Retr, .. } | Notice::BodyEnd { kind: BodyKind::Retr, .. } => (notice, None),
            Notice::Body { .. } | Notice::BodyEnd { .. } | Notice::Scans(_) | Notice::UniqueIds(_) => {
                return Some(notice);
            }
            Notice::Replied { verb: Verb::Retr, number, .. } => {
                let left = (number.is_some() && number == opening).then(|| notice.clone());
                (notice, left)
            }
            Notice::Replied { verb: Verb::Dele, number, .. } => {
                (notice.clone(), number.is_some_and(by_hand).then_some(notice))
            }
            notice => (notice.clone(), Some(notice)),
        };
        running.course.notice(told, now);
        if let Some(Notice::Marked(_)) = left {
            // The end says how many were marked; here it would be a word for each.
            self.mailbox.notice(left?);
            self.go_on_downloading();
            return None;
        }
        self.go_on_downloading();
        left
    }

    /// The POP3 line is gone, or given up: what is whole is made safe.
    pub(super) fn download_line_lost(&mut self, why: &str) {
        match &mut self.downloading {
            None => {}
            Some(Downloading::Running(running)) => {
                running.course.line_lost(why);
                self.go_on_downloading();
            }
            Some(_) => self.give_up_download(),
        }
    }

    /// ^C while something is downloaded: stops politely, the second time at once. False when nothing is.
    pub(super) fn stop_download(&mut self) -> bool {
        match &mut self.downloading {
            None | Some(Downloading::Asked(_)) => false,
            Some(Downloading::Opening { .. }) => {
                self.give_up_download();
                self.warn("the download is given up; nothing was fetched");
                true
            }
            Some(Downloading::Running(running)) if running.stopping => {
                running.course.line_lost("it was stopped");
                self.request(Request::Abort(Side::Pop3));
                self.go_on_downloading();
                true
            }
            Some(Downloading::Running(running)) => {
                running.stopping = true;
                running.course.stop();
                self.warn("stopping: what is on its way is finished and made safe; ^C again drops the line");
                self.go_on_downloading();
                true
            }
        }
    }

    /// The progress of a download, for the head of the pane.
    pub(crate) fn download_note(&self) -> Option<&str> {
        match &self.downloading {
            Some(Downloading::Opening { .. }) => Some("opening the place to download to"),
            Some(Downloading::Running(running)) => Some(&running.note.0),
            _ => None,
        }
    }

    pub(super) fn is_downloading(&self) -> bool {
        matches!(self.downloading, Some(Downloading::Opening { .. } | Downloading::Running(_)))
    }

    fn running(&mut self) -> Option<&mut Running> {
        match &mut self.downloading {
            Some(Downloading::Running(running)) => Some(running),
            _ => None,
        }
    }

    /// Does what the course wants done now.
    fn go_on_downloading(&mut self) {
        while let Some(step) = self.running().and_then(|running| running.course.poll()) {
            match step {
                Step::Send(line) => self.submit_pop3(Command::Line(line)),
                Step::Keep(order) => self.effects.push(Effect::Keep(order)),
                Step::Done(outcome) => self.downloaded(&outcome),
            }
        }
        self.note_progress_of_download();
    }

    /// Puts the progress into words, if it is time to.
    pub(super) fn note_progress_of_download(&mut self) {
        let now = self.now.instant;
        if let Some(running) = self.running()
            && (running.note.0.is_empty() || now.saturating_duration_since(running.note.1) >= TICK)
        {
            running.note = (progress_in_words(&running.course.progress(now), running.stopping), now);
        }
    }

    /// Tells the end.
    fn downloaded(&mut self, outcome: &Outcome) {
        let Some(Downloading::Running(running)) = self.downloading.take() else { return };
        self.effects.push(Effect::CloseDestination);
        let text = end_in_words(outcome, &place(&running.destination), running.there);
        let unmarked = outcome.without_id > 0 || !outcome.unmarked.is_empty();
        if outcome.why.is_some() || outcome.left > 0 || !outcome.refused.is_empty() || unmarked {
            self.warn(text);
        } else {
            self.info(text);
        }
    }

    fn give_up_download(&mut self) {
        if self.is_downloading() {
            self.effects.push(Effect::CloseDestination);
        }
        self.downloading = None;
    }

    /// `user@host:port`, the name of the maildrop in journals.
    fn maildrop_name(&self) -> String {
        let user = self.account.user.as_deref().unwrap_or_default();
        let server = self.account.pop3.as_ref().map_or(("", 0), |target| (target.host.as_str(), target.port));
        maildrop(user, server.0, server.1)
    }
}

/// What somebody typed as a place.
fn destination(text: &str) -> Result<Destination, String> {
    let text = text.trim();
    let (kind, path) = match text.split_once(':') {
        Some((kind @ ("maildir" | "mbox" | "eml"), path)) => (kind, path.trim()),
        _ if text.ends_with('/') => ("maildir", text),
        _ if std::path::Path::new(text).extension().is_some_and(|ending| ending == "mbox") => ("mbox", text),
        _ => ("eml", text),
    };
    if path.is_empty() {
        return Err("a place needs a name".to_owned());
    }
    if path.starts_with('~') {
        return Err("~ is known to shells only: write the path out".to_owned());
    }
    let path = PathBuf::from(path);
    Ok(match kind {
        "maildir" => Destination::Maildir(path),
        "mbox" => Destination::Mbox(path),
        _ => Destination::Eml(path),
    })
}

fn place(destination: &Destination) -> String {
    format!("{} {}", destination.kind(), destination.path().display())
}

fn counted(messages: usize) -> String {
    if messages == 1 { "1 message".to_owned() } else { format!("{} messages", grouped(messages as u64)) }
}

fn progress_in_words(progress: &Progress, stopping: bool) -> String {
    let Progress { messages: (messages, all), octets: (octets, of), rate, left } = *progress;
    let per_cent = (octets.min(of) * 100).checked_div(of).map(|part| format!(" {part}%")).unwrap_or_default();
    let left = left.map(|left| format!(" {} left", lapse(left.as_secs()))).unwrap_or_default();
    let word = if stopping { "stopping" } else { "downloading" };
    let (messages, all, octets) = (grouped(messages as u64), grouped(all as u64), grouped(octets));
    format!("{word} {messages}/{all}{per_cent}  {octets} B  {:.0} kB/s{left}", rate / 1000.0)
}

/// `7 s`, `3:07`, `1:02:03`.
fn lapse(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

fn end_in_words(outcome: &Outcome, place: &str, there: usize) -> String {
    let mut parts = vec![format!("{} safe in {place}", counted(outcome.safe.len()))];
    if there > 0 {
        parts.push(format!("{there} were there already"));
    }
    if !outcome.marked.is_empty() {
        parts.push(format!("{} marked: QUIT (Q) deletes, RSET (U) keeps", outcome.marked.len()));
    }
    if let Some((number, why)) = outcome.refused.first() {
        parts.push(format!("{} not given (message {number}: {why})", outcome.refused.len()));
    }
    if outcome.without_id > 0 {
        parts.push(format!("{} not marked (no unique-id of their own)", outcome.without_id));
    }
    if let Some((number, why)) = outcome.unmarked.first() {
        parts.push(format!("{} not marked (message {number}: {why})", outcome.unmarked.len()));
    }
    if outcome.left > 0 {
        parts.push(format!("{} not reached", outcome.left));
    }
    if let Some(why) = &outcome.why {
        parts.push(format!("it ended early: {why}"));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_says_what_it_is_or_is_guessed_from() {
        let cases = [
            ("maildir:a", Destination::Maildir("a".into())),
            (" mbox: b c ", Destination::Mbox("b c".into())),
            ("eml:x.mbox", Destination::Eml("x.mbox".into())),
            ("Mail/", Destination::Maildir("Mail/".into())),
            ("in.mbox", Destination::Mbox("in.mbox".into())),
            ("letters", Destination::Eml("letters".into())),
            ("c:letters", Destination::Eml("c:letters".into())),
        ];
        for (text, meant) in cases {
            assert_eq!(destination(text), Ok(meant), "{text}");
        }
        for bad in ["", "  ", "mbox:", "~/mail", "maildir:~/mail"] {
            assert!(destination(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn progress_and_end_are_told_in_words() {
        let progress = Progress {
            messages: (1_200, 5_000),
            octets: (3_000_000, 12_000_000),
            rate: 1_500_000.0,
            left: Some(Duration::from_secs(67)),
        };
        let words = progress_in_words(&progress, false);
        assert_eq!(words, "downloading 1,200/5,000 25%  3,000,000 B  1500 kB/s 1:07 left");
        assert_eq!(progress_in_words(&Progress::default(), true), "stopping 0/0  0 B  0 kB/s");
        assert_eq!((lapse(7), lapse(3_723)), ("7 s".to_owned(), "1:02:03".to_owned()));
        let outcome = Outcome { safe: vec![1], ..Outcome::default() };
        assert_eq!(end_in_words(&outcome, "mbox x", 0), "1 message safe in mbox x");
        let outcome = Outcome {
            safe: vec![1, 2],
            marked: vec![1, 2],
            refused: vec![(3, "no such message".to_owned())],
            left: 4,
            why: Some("the disk is full".to_owned()),
            ..Outcome::default()
        };
        let words = end_in_words(&outcome, "mbox x", 5);
        for part in ["2 messages", "5 were there", "2 marked", "message 3: no such", "4 not reached", "disk is full"] {
            assert!(words.contains(part), "{part}: {words}");
        }
    }
}
