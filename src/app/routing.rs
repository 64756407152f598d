//! The one way into the application: each message goes to what it is for; then what follows from any change.

use super::dialog::Dialog;
use super::effect::{Effect, Message};
use super::{App, Now, faults};
use crate::layout::inside;

impl App {
    /// The one way in.
    pub fn update(&mut self, message: Message, now: Now) -> Vec<Effect> {
        self.now = now;
        self.dirty |= !matches!(message, Message::Wake);
        match message {
            Message::Event(event) => self.event(event),
            Message::Report(report) => self.report(report),
            Message::Wake => self.wake(),
            Message::RequestLost(_) => {
                self.error("the connection task is overloaded: that request was not taken; try again");
                self.script_is_stopped("a request could not be passed on");
            }
            Message::Stopped(lines) => self.warn(format!("stopped: {lines} lines that still waited were not sent")),
            Message::Edited(Ok(text)) => self.edited(&text),
            Message::Sandbox(Ok(account)) => {
                // A new one does everything right.
                self.faults = faults::Faults::default();
                self.use_account(*account);
            }
            Message::Copied(Ok(route)) => self.info(route),
            Message::Parsed { number, raw, view } => self.mailbox.show_message(number, raw, *view),
            Message::Assembled(serial, made) => self.assembled(serial, made),
            Message::Previewed(serial, preview) => self.previewed(serial, *preview),
            Message::ManyProgress(counts) => self.many_progress(counts),
            Message::ManyDone(done) => self.many_done(done),
            Message::Folder(folder, entries) => self.folder_listed(&folder, entries),
            Message::LookedAt(path, looked) => self.looked_at(&path, looked),
            Message::Drafted(answer, draft) => self.drafted(answer, draft),
            Message::Recalled(maildrop, remembered) => self.recalled(&maildrop, *remembered),
            Message::NotRemembered(why) => self.warn(format!("what was seen of the mailbox cannot be kept: {why}")),
            Message::PartParsed { raw, path, view } => {
                if let Some(message) = self.mailbox.message_of(&raw) {
                    message.show_part(&path, *view);
                }
            }
            Message::PartsSaved(saved) => self.parts_saved(saved),
            Message::Opened(Ok(())) => self.info("handed to the system's program for it"),
            Message::Verified(raw, findings) => self.verified(&raw, findings.map(|findings| *findings)),
            Message::Compared(raw, comparison) => self.compared(&raw, *comparison),
            Message::NotCompared(why) => self.error(why),
            Message::Kept(kept) => self.download_kept(kept),
            Message::DownloadReady(ready) => self.download_ready(ready),
            Message::Written(Ok(path)) => self.info(format!("written: {}", path.display())),
            Message::DraftSaved(id, revision, saved) => self.draft_saved(&id, revision, saved),
            Message::Stored(stored) => self.stored(stored),
            Message::SentKept(kept) => self.sent_kept(kept),
            Message::Edited(Err(error))
            | Message::Sandbox(Err(error))
            | Message::Copied(Err(error))
            | Message::Opened(Err(error))
            | Message::Written(Err(error)) => self.error(error),
            Message::Secret(secret) => self.secret_came(secret),
            Message::SecretKept(Ok(())) => self.info("the password is in the key ring"),
            Message::SecretKept(Err(error)) => self.error(format!("the password could not be kept: {error}")),
            Message::Profiles(profiles) => self.profiles_changed(profiles),
            Message::Faults(faults) => {
                if let Some(faults) = self.lesson_faults(faults) {
                    self.faults_came(faults);
                }
            }
            Message::Lessons(told) => self.lessons_told(told),
            Message::Running(told) => self.scripts_told(told),
            Message::Sessions(told) => self.sessions_told(told),
            Message::Terminate => self.terminate(),
        }
        self.ask_on();
        self.many_on();
        self.settle();
        std::mem::take(&mut self.effects)
    }

    /// What follows from any change: headers for rows that came into view, lines for the open message.
    pub(super) fn settle(&mut self) {
        self.loop_on();
        self.steps_on();
        self.script_on();
        self.lessons_on();
        self.sessions_on();
        self.reply_on();
        self.retry_on();
        self.preview_on();
        self.attachments_on();
        let layout = self.layout();
        if let Some(message) = &mut self.mailbox.message {
            let inner = inside(layout.message);
            message.prepare(usize::from(inner.width), usize::from(inner.height));
        }
        match &mut self.dialog {
            Some(Dialog::Card(card)) => card.prepare(self.size),
            Some(Dialog::Menu(menu)) => menu.prepare(self.size),
            Some(Dialog::Compared(view)) => view.prepare(self.size),
            _ => {}
        }
        self.mailbox_on();
    }
}
