//! A download from the pane: the same course and keeper as `telepost fetch`.

mod words;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::dialog::{self, Dialog, Item, Menu};
use super::{App, Effect};
use crate::connection::Request;
use crate::download::order::maildrop;
use crate::download::{Course, Destination, Kept, Outcome, Step};
use crate::pop3::{BodyKind, Command, Notice, State, Verb};
use crate::wire::Side;
use words::{counted, destination, end_in_words, place, progress_in_words};

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
