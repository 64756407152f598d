//! The keeper of a download from the pane: opened and let go beside the loop, since each can wait for a disk.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::effects::Answer;
use crate::app::Message;
use crate::config::Paths;
use crate::download::{Destination, Keeper, Kept, Order, Worker};

/// At most one download.
#[derive(Debug)]
pub struct Downloads {
    journals: Option<PathBuf>,
    answers: UnboundedSender<Answer>,
    room: Arc<Notify>,
    worker: Option<Worker>,
    /// Counts downloads, so that what comes of one that was given up is known.
    number: u64,
}

impl Downloads {
    /// Journals lie beneath `paths`; `None`: there is no place for them, so nothing can be downloaded.
    pub fn new(paths: Option<&Paths>, answers: UnboundedSender<Answer>) -> Self {
        let journals = paths.map(Paths::fetched);
        Self { journals, answers, room: Arc::default(), worker: None, number: 0 }
    }

    /// Answered by [`Answer::Destination`].
    pub fn open(&mut self, destination: Destination, account: String) {
        self.close();
        let (number, answers, journals) = (self.number, self.answers.clone(), self.journals.clone());
        tokio::task::spawn_blocking(move || {
            let opened = match journals {
                Some(journals) => Keeper::open(&destination, &account, &journals).map_err(|error| error.to_string()),
                None => Err("there is no home folder to keep the journal of a download in".to_owned()),
            };
            // The loop may have ended.
            let _ = answers.send(Answer::Destination(number, opened.map(Box::new)));
        });
    }

    /// Takes an opened destination in; `None` when it is no longer wanted.
    pub fn opened(&mut self, number: u64, opened: Result<Box<Keeper>, String>) -> Option<Message> {
        if number != self.number {
            tokio::task::spawn_blocking(move || drop(opened));
            return None;
        }
        let ready = opened.map(|keeper| {
            let fetched = keeper.fetched().clone();
            let (answers, room) = (self.answers.clone(), Arc::clone(&self.room));
            let answer = move |kept| {
                let _ = answers.send(Answer::Kept(number, kept));
            };
            self.worker = Some(Worker::start_telling(*keeper, answer, move || room.notify_one()));
            fetched
        });
        Some(Message::DownloadReady(ready))
    }

    /// What the keeper answered; `None` when its download is over: the numbers are not those of the next one.
    pub fn kept(&self, number: u64, kept: Kept) -> Option<Message> {
        (number == self.number).then_some(Message::Kept(kept))
    }

    /// Hands an order to the keeper, without waiting.
    pub fn keep(&self, order: Order) {
        if let Some(worker) = &self.worker {
            worker.give(order);
        }
    }

    /// Lets the keeper go.
    pub fn close(&mut self) {
        self.number += 1;
        if let Some(worker) = self.worker.take() {
            tokio::task::spawn_blocking(move || drop(worker));
        }
    }

    /// Whether the disk keeps up with the network.
    pub fn has_room(&self) -> bool {
        self.worker.as_ref().is_none_or(Worker::has_room)
    }

    /// Waits until the disk may have caught up.
    pub async fn room(&self) {
        self.room.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;
    use crate::download::order::Wanted;

    async fn opened(downloads: &mut Downloads, answers: &mut UnboundedReceiver<Answer>) -> Option<Message> {
        match answers.recv().await {
            Some(Answer::Destination(number, opened)) => downloads.opened(number, opened),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_message_goes_to_the_disk_and_the_answer_to_the_loop() {
        let place = tempfile::tempdir().unwrap();
        let (answers, mut receiver) = unbounded_channel();
        let mut downloads = Downloads::new(Some(&Paths::beneath(place.path())), answers);
        let destination = Destination::Eml(place.path().join("letters"));
        downloads.open(destination.clone(), "bob@h:110".to_owned());
        let ready = opened(&mut downloads, &mut receiver).await;
        assert!(matches!(ready, Some(Message::DownloadReady(Ok(fetched))) if fetched.is_empty()));
        downloads.keep(Order::Begin(Wanted { number: 1, octets: None, uid: Some("u".into()) }));
        while downloads.has_room() {
            downloads.keep(Order::Piece(vec![b'x'; 200_000]));
        }
        downloads.room().await;
        downloads.keep(Order::End);
        downloads.keep(Order::Sync);
        let Some(Answer::Kept(number, kept)) = receiver.recv().await else { panic!("no answer") };
        assert_eq!(kept, Kept::Safe(vec![1]));
        assert!(matches!(downloads.kept(number, kept.clone()), Some(Message::Kept(told)) if told == kept));
        downloads.close();
        assert!(downloads.has_room());
        assert!(downloads.kept(number, kept.clone()).is_none(), "it is of a download that is over");
        downloads.open(destination, "bob@h:110".to_owned());
        assert!(downloads.kept(number, kept).is_none(), "and not of the next one");
    }

    #[tokio::test]
    async fn one_that_was_given_up_meanwhile_is_no_news_and_a_failure_is_told() {
        let place = tempfile::tempdir().unwrap();
        let (answers, mut receiver) = unbounded_channel();
        let mut downloads = Downloads::new(Some(&Paths::beneath(place.path())), answers.clone());
        downloads.open(Destination::Eml(place.path().join("letters")), "bob@h:110".to_owned());
        downloads.close();
        assert!(opened(&mut downloads, &mut receiver).await.is_none());
        let mut homeless = Downloads::new(None, answers);
        homeless.open(Destination::Eml(place.path().join("others")), "bob@h:110".to_owned());
        let told = opened(&mut homeless, &mut receiver).await;
        assert!(matches!(told, Some(Message::DownloadReady(Err(why))) if why.contains("home folder")));
    }
}
