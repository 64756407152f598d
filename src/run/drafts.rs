//! Drafts and templates beside the loop: one job at a time and in order, so that what is listed is what was saved.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::queue::Queue;
use crate::app::{Message, Stored};
use crate::config::Paths;
use crate::drafts::{Desk, Id, Keep, Saved, Templates, Trouble};

/// Saves, opens, lists and forgets.
pub struct Drafts {
    places: Option<(Arc<Mutex<Desk>>, Templates)>,
    queue: Queue,
}

impl Drafts {
    /// Kept at `paths`; `None` when there is no place for them.
    pub fn new(paths: Option<&Paths>) -> Self {
        let places =
            |paths: &Paths| (Arc::new(Mutex::new(Desk::new(paths.drafts()))), Templates::new(paths.templates()));
        Self { places: paths.map(places), queue: Queue::default() }
    }

    /// Answered by [`Message::DraftSaved`]; of saves of one draft that wait, the newest answers for all.
    pub fn save(&mut self, keep: Keep) {
        let Keep { id, revision, saved } = keep;
        let desk = self.desk();
        self.queue.replace(id.as_str().to_owned(), move || {
            let kept = desk.and_then(|desk| locked(&desk).save(&id, saved));
            Some(Message::DraftSaved(id, revision, kept))
        });
    }

    /// Answered only when it fails.
    pub fn forget(&mut self, id: Id) {
        let Ok(desk) = self.desk() else { return };
        self.queue.push(move || {
            let trouble = locked(&desk).forget(&id).err()?;
            Some(Message::Stored(Stored::NotForgotten(trouble)))
        });
    }

    /// Answered by [`Stored::Drafts`].
    pub fn list(&mut self) {
        let desk = self.desk();
        self.queue.push(move || Some(Message::Stored(Stored::Drafts(desk.and_then(|desk| locked(&desk).list())))));
    }

    /// Answered by [`Stored::Draft`].
    pub fn open(&mut self, id: Id) {
        let desk = self.desk();
        self.queue.push(move || {
            let opened = desk.and_then(|desk| locked(&desk).open(&id)).map(Box::new);
            Some(Message::Stored(Stored::Draft(id, opened)))
        });
    }

    /// Answered by [`Stored::Templates`].
    pub fn templates(&mut self) {
        let templates = self.template_folder();
        self.queue.push(move || Some(Message::Stored(Stored::Templates(templates.and_then(|folder| folder.list())))));
    }

    /// Answered by [`Stored::Template`].
    pub fn template(&mut self, name: String) {
        let templates = self.template_folder();
        self.queue.push(move || {
            let opened = templates.and_then(|folder| folder.open(&name)).map(Box::new);
            Some(Message::Stored(Stored::Template(name, opened)))
        });
    }

    /// Answered by [`Stored::TemplateSaved`].
    pub fn save_template(&mut self, name: String, saved: Saved) {
        let templates = self.template_folder();
        self.queue.push(move || {
            let kept = templates.and_then(|folder| folder.save(&name, saved));
            Some(Message::Stored(Stored::TemplateSaved(name, kept)))
        });
    }

    /// Answered by [`Stored::Templates`].
    pub fn drop_template(&mut self, name: String) {
        let templates = self.template_folder();
        self.queue.push(move || {
            let left = templates.and_then(|folder| folder.forget(&name).and_then(|()| folder.list()));
            Some(Message::Stored(Stored::Templates(left)))
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

    fn desk(&self) -> Result<Arc<Mutex<Desk>>, Trouble> {
        self.places.as_ref().map(|(desk, _)| Arc::clone(desk)).ok_or_else(nowhere)
    }

    fn template_folder(&self) -> Result<Templates, Trouble> {
        self.places.as_ref().map(|(_, templates)| templates.clone()).ok_or_else(nowhere)
    }
}

fn nowhere() -> Trouble {
    Trouble::Other("there is no home folder to keep it in".to_owned())
}

/// A save that panicked left the desk as the files are.
fn locked(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Draft;

    fn keep(id: u64, revision: u64) -> Keep {
        let draft = Draft { subject: format!("{id}.{revision}"), ..Draft::default() };
        Keep { id: Id::new(id), revision, saved: Saved { draft, ..Saved::default() } }
    }

    async fn subjects(drafts: &mut Drafts) -> Vec<String> {
        drafts.list();
        while !drafts.is_idle() {
            if let Some(Message::Stored(Stored::Drafts(listed))) = drafts.done().await {
                let mut subjects: Vec<_> = listed.unwrap().into_iter().map(|draft| draft.subject).collect();
                subjects.sort();
                return subjects;
            }
        }
        panic!("no list came");
    }

    #[tokio::test]
    async fn the_newest_of_each_draft_wins_and_forgetting_comes_last() {
        let place = tempfile::tempdir().unwrap();
        let mut drafts = Drafts::new(Some(&Paths::beneath(place.path())));
        for revision in 1..50 {
            drafts.save(keep(1, revision));
        }
        drafts.save(keep(2, 50));
        let mut saved = Vec::new();
        while !drafts.is_idle() {
            if let Some(Message::DraftSaved(_, revision, Ok(()))) = drafts.done().await {
                saved.push(revision);
            }
        }
        assert_eq!(saved, [1, 49, 50], "those that waited are one");
        assert_eq!(subjects(&mut drafts).await, ["1.49", "2.50"]);
        drafts.save(keep(1, 51));
        drafts.forget(Id::new(1));
        assert_eq!(subjects(&mut drafts).await, ["2.50"]);
    }

    #[tokio::test]
    async fn no_place_is_told() {
        let mut drafts = Drafts::new(None);
        drafts.save(keep(1, 1));
        let Some(Message::DraftSaved(_, 1, Err(why))) = drafts.done().await else { panic!() };
        assert!(why.to_string().contains("home folder"));
    }
}
