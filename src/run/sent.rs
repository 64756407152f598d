//! Copies of sent mails, and the addresses used, beside the loop: one job at a time and in order.

use std::path::PathBuf;
use std::sync::Arc;

use super::queue::Queue;
use crate::app::drafting::{Contents, Want};
use crate::app::{Message, Stored};
use crate::config::Paths;
use crate::drafts::LISTED;
use crate::sent::{Archive, Name, Parcel, remember_addresses};

/// Keeps, lists, reads and removes.
pub struct Sent {
    places: Option<(Archive, PathBuf)>,
    queue: Queue,
}

impl Sent {
    /// Kept at `paths`; `None` when there is no place for them.
    pub fn new(paths: Option<&Paths>) -> Self {
        let places = |paths: &Paths| (Archive::new(paths.sent()), paths.addresses_file());
        Self { places: paths.map(places), queue: Queue::default() }
    }

    /// Answered by [`Message::SentKept`].
    pub fn keep(&mut self, parcel: Parcel, transcript: Vec<u8>) {
        let archive = self.archive();
        self.queue.push(move || {
            let kept = archive.and_then(|archive| archive.keep(parcel, &transcript).map_err(told));
            Some(Message::SentKept(kept))
        });
    }

    /// Answered by [`Stored::Sent`].
    pub fn list(&mut self) {
        let archive = self.archive();
        self.queue.push(move || Some(listed(archive)));
    }

    /// Answered by [`Stored::Sent`].
    pub fn remove(&mut self, name: Name) {
        let archive = self.archive();
        self.queue.push(move || {
            let left = archive.and_then(|archive| archive.forget(&name).map(|()| archive).map_err(told));
            Some(listed(left))
        });
    }

    /// Answered by [`Stored::SentRead`].
    pub fn read(&mut self, name: Name, want: Want) {
        let archive = self.archive();
        self.queue.push(move || {
            let read = archive.and_then(|archive| contents(&archive, &name, want));
            Some(Message::Stored(Stored::SentRead(name, read)))
        });
    }

    /// Answered by [`Stored::People`]; not at all when they cannot be remembered, which is no loss.
    pub fn remember(&mut self, people: Vec<String>) {
        let Some((_, path)) = self.places.clone() else { return };
        self.queue.push(move || {
            let known = remember_addresses(&path, people).ok()?;
            Some(Message::Stored(Stored::People(known)))
        });
    }

    /// Waits for the job under way, for ever if there is none. What it answers. May be dropped and called again.
    pub async fn done(&mut self) -> Option<Message> {
        self.queue.done().await
    }

    /// Whether everything asked for is done.
    pub fn is_idle(&self) -> bool {
        self.queue.is_idle()
    }

    fn archive(&self) -> Result<Archive, String> {
        let archive = self.places.as_ref().map(|(archive, _)| archive.clone());
        archive.ok_or_else(|| "there is no home folder to keep it in".to_owned())
    }
}

fn listed(archive: Result<Archive, String>) -> Message {
    Message::Stored(Stored::Sent(archive.and_then(|archive| archive.list(LISTED).map_err(told))))
}

fn contents(archive: &Archive, name: &Name, want: Want) -> Result<Contents, String> {
    match want {
        Want::Transcript => archive.transcript(name).map(Contents::Transcript).map_err(told),
        Want::Octets => {
            let letter = archive.letter(name).map_err(told)?;
            let octets = archive.octets(name).map_err(told)?;
            Ok(Contents::Octets(Arc::new(octets), letter.envelope))
        }
        Want::Form => {
            let form = archive.letter(name).map_err(told)?.form;
            form.map(Contents::Form).ok_or_else(|| "that mail was not written in the form".to_owned())
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn told(error: std::io::Error) -> String {
    error.to_string()
}
