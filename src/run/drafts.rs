//! Saves the draft beside the loop: one save at a time, and of those that wait only the newest.

use std::io;

use tokio::task::JoinHandle;

use crate::config::DraftFile;

/// Saves and forgets, in order.
#[derive(Debug)]
pub struct Drafts {
    file: Option<DraftFile>,
    running: Option<JoinHandle<io::Result<bool>>>,
    next: Option<Job>,
}

#[derive(Debug)]
enum Job {
    Save(String),
    Forget,
}

impl Drafts {
    /// Kept in `file`; `None` when there is no place for it.
    pub fn new(file: Option<DraftFile>) -> Self {
        Self { file, running: None, next: None }
    }

    /// Saves `text` soon.
    pub fn save(&mut self, text: String) {
        self.next = Some(Job::Save(text));
        self.start();
    }

    /// Removes the draft soon.
    pub fn forget(&mut self) {
        self.next = Some(Job::Forget);
        self.start();
    }

    /// Waits for the job under way, for ever if there is none, and starts the next. `Some` with the fate of a save;
    /// `None` for a removal. May be dropped and called again.
    pub async fn done(&mut self) -> Option<Result<(), String>> {
        let Some(running) = &mut self.running else { return std::future::pending().await };
        let joined = running.await;
        self.running = None;
        self.start();
        match joined {
            Ok(Ok(saved)) => saved.then_some(Ok(())),
            Ok(Err(error)) => Some(Err(error.to_string())),
            Err(error) => Some(Err(error.to_string())),
        }
    }

    /// Whether everything asked for is done.
    pub fn is_idle(&self) -> bool {
        self.running.is_none()
    }

    fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        let Some(job) = self.next.take() else { return };
        let file = self.file.clone();
        self.running = Some(tokio::task::spawn_blocking(move || match (file, job) {
            (Some(file), Job::Save(text)) => file.save(&text).map(|()| true),
            (Some(file), Job::Forget) => file.forget().map(|()| false),
            (None, Job::Forget) => Ok(false),
            (None, Job::Save(_)) => Err(io::Error::other("there is no home folder to keep it in")),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_wins_and_forgetting_comes_last() {
        let place = tempfile::tempdir().unwrap();
        let file = DraftFile::new(place.path().join("draft.json"));
        let mut drafts = Drafts::new(Some(file.clone()));
        for number in 0..50 {
            drafts.save(format!("{{\"number\":{number}}}"));
        }
        while !drafts.is_idle() {
            assert_eq!(drafts.done().await, Some(Ok(())));
        }
        assert_eq!(file.load().unwrap().as_deref(), Some("{\"number\":49}"));
        drafts.save("{}".into());
        drafts.forget();
        while !drafts.is_idle() {
            drafts.done().await;
        }
        assert_eq!(file.load().unwrap(), None);
    }

    #[tokio::test]
    async fn no_place_is_told() {
        let mut drafts = Drafts::new(None);
        drafts.save("{}".into());
        assert!(drafts.done().await.unwrap().unwrap_err().contains("home folder"));
    }
}
