//! Secrets and profiles, fetched and kept beside the loop: each of these can wait for a disk, a command or a person.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::effects::Answer;
use crate::app::Message;
use crate::config::profile::{last, write};
use crate::config::secret::{self, Source};
use crate::config::{Paths, Profile};
use crate::ledger::{self, Maildrop};
use crate::wire::Secret;

/// What keeps things; answers go to the loop.
#[derive(Debug)]
pub struct Keeping {
    paths: Option<Paths>,
    answers: UnboundedSender<Answer>,
    /// Two changes of one file at a time would lose one of them.
    turn: Arc<Mutex<()>>,
    /// Closed by the last work on the ledger when it is done: a visit is remembered before the next one recalls.
    ledger: Option<Receiver<()>>,
}

impl Keeping {
    /// Keeps things at `paths`; `None`: there is no place for them.
    pub fn new(paths: Option<Paths>, answers: UnboundedSender<Answer>) -> Self {
        Self { paths, answers, turn: Arc::default(), ledger: None }
    }

    /// Answered by [`Message::Secret`].
    pub fn fetch(&self, source: Source, key: String) {
        self.answer(move || Message::Secret(secret::fetch(&source, &key)));
    }

    /// Answered by [`Message::SecretKept`].
    pub fn keep(&self, key: String, secret: Secret) {
        self.answer(move || Message::SecretKept(secret::keep(&key, &secret)));
    }

    /// Answered by [`Message::Profiles`].
    pub fn save(&self, profile: Profile) {
        self.change(move |paths| write::save(paths, &profile).map_err(|error| error.to_string()));
    }

    /// Answered by [`Message::Profiles`].
    pub fn remove(&self, name: String) {
        self.change(move |paths| write::remove(paths, &name).map_err(|error| error.to_string()));
    }

    /// Remembers which profile was used, for the next start.
    pub fn remember(&self, name: String) {
        let (paths, turn) = (self.paths.clone(), Arc::clone(&self.turn));
        tokio::task::spawn_blocking(move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            // It is a convenience: without it the next start shows the first card.
            paths.map(|paths| last::keep(&paths, &name))
        });
    }

    /// Answered by [`Message::Recalled`].
    pub fn recall(&mut self, maildrop: Maildrop) {
        let (paths, answers) = (self.paths.clone(), self.answers.clone());
        self.in_turn(move || {
            let remembered = match paths {
                Some(paths) => ledger::recall(&paths.state, &maildrop).map_err(|error| error.to_string()),
                None => Ok(ledger::Remembered::default()),
            };
            // The loop may have ended.
            let _ = answers.send(Answer::Message(Message::Recalled(maildrop, Box::new(remembered))));
        });
    }

    /// Answered by [`Message::NotRemembered`] when it fails.
    pub fn remember_visit(&mut self, maildrop: Maildrop, visit: ledger::Visit) {
        let Some(paths) = self.paths.clone() else { return };
        let answers = self.answers.clone();
        self.in_turn(move || {
            if let Err(error) = ledger::remember(&paths.state, &maildrop, &visit) {
                // The loop may have ended.
                let _ = answers.send(Answer::Message(Message::NotRemembered(error.to_string())));
            }
        });
    }

    /// Does work on the ledger behind the work that was asked for before.
    fn in_turn(&mut self, work: impl FnOnce() + Send + 'static) {
        let (done, next) = channel::<()>();
        let before = self.ledger.replace(next);
        tokio::task::spawn_blocking(move || {
            // Nothing is ever sent: it ends when the work before is done.
            before.map(|before| before.recv());
            work();
            drop(done);
        });
    }

    fn change(&self, change: impl FnOnce(&Paths) -> Result<Vec<Profile>, String> + Send + 'static) {
        let (paths, turn) = (self.paths.clone(), Arc::clone(&self.turn));
        self.answer(move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let paths = paths.ok_or_else(|| "there is no home folder to keep it in".to_owned());
            Message::Profiles(paths.and_then(|paths| change(&paths)))
        });
    }

    fn answer(&self, work: impl FnOnce() -> Message + Send + 'static) {
        let answers = self.answers.clone();
        tokio::task::spawn_blocking(move || {
            // The loop may have ended.
            let _ = answers.send(Answer::Message(work()));
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;
    use crate::config::Configuration;

    fn keeping(paths: Option<Paths>) -> (Keeping, UnboundedReceiver<Answer>) {
        let (answers, receiver) = unbounded_channel();
        (Keeping::new(paths, answers), receiver)
    }

    async fn next(answers: &mut UnboundedReceiver<Answer>) -> Message {
        match answers.recv().await {
            Some(Answer::Message(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    fn profile(name: &str) -> Profile {
        Profile { name: name.to_owned(), ..Profile::default() }
    }

    #[tokio::test]
    async fn a_secret_is_fetched_or_the_reason_told() {
        let (keeping, mut answers) = keeping(None);
        keeping.fetch(Source::Command("echo hunter2".into()), String::new());
        let message = next(&mut answers).await;
        assert!(!format!("{message:?}").contains("hunter2"));
        let Message::Secret(Ok(Some(secret))) = message else { panic!("{message:?}") };
        assert_eq!(secret.expose(), "hunter2");
        keeping.fetch(Source::Command("echo hunter2; false".into()), String::new());
        let Message::Secret(Err(why)) = next(&mut answers).await else { panic!() };
        assert!(!why.contains("hunter2"), "{why}");
        keeping.fetch(Source::Prompt, String::new());
        assert!(matches!(next(&mut answers).await, Message::Secret(Ok(None))));
    }

    #[tokio::test]
    async fn a_visit_is_remembered_before_the_next_one_recalls() {
        let place = tempfile::tempdir().unwrap();
        let (mut keeping, mut answers) = keeping(Some(Paths::beneath(place.path())));
        let maildrop = Maildrop { user: "ada".to_owned(), host: "pop.example".to_owned(), port: 110 };
        for round in 0..5 {
            let listed = (0..2_000 * (round + 1)).map(|id| format!("id{id}").into()).collect();
            keeping.remember_visit(maildrop.clone(), ledger::Visit { listed, complete: true, ..Default::default() });
            keeping.recall(maildrop.clone());
            let Message::Recalled(_, remembered) = next(&mut answers).await else { panic!() };
            assert_eq!(remembered.unwrap().seen.len(), 2_000 * (round + 1));
        }
    }

    #[tokio::test]
    async fn many_saves_at_once_lose_none() {
        let place = tempfile::tempdir().unwrap();
        let paths = Paths::beneath(place.path());
        let (keeping, mut answers) = keeping(Some(paths.clone()));
        for number in 0..20 {
            keeping.save(profile(&format!("p{number}")));
        }
        for _ in 0..20 {
            assert!(matches!(next(&mut answers).await, Message::Profiles(Ok(_))));
        }
        assert_eq!(Configuration::load(&paths).unwrap().profiles.len(), 20);
        keeping.remove("p7".to_owned());
        let Message::Profiles(Ok(left)) = next(&mut answers).await else { panic!() };
        assert!(left.len() == 19 && !left.contains(&profile("p7")));
    }

    #[tokio::test]
    async fn what_cannot_be_kept_is_told() {
        let (keeping, mut answers) = keeping(None);
        keeping.save(profile("a"));
        let Message::Profiles(Err(why)) = next(&mut answers).await else { panic!() };
        assert!(why.contains("home folder"), "{why}");
        let place = tempfile::tempdir().unwrap();
        let (keeping, mut answers) = self::keeping(Some(Paths::beneath(place.path())));
        keeping.save(profile("a b"));
        assert!(matches!(next(&mut answers).await, Message::Profiles(Err(_))));
    }
}
