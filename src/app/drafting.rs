//! Unsent mails: saved by themselves, put aside and brought back, listed; templates; and the mark on disk that a mail is
//! on its way, made before it goes.

mod lists;
mod store;

use super::dialog::{self, Dialog, Item, Menu, Shelf};
use super::{App, Effect};
use crate::drafts::{Id, Keep, Listed, Saved, Templates, Trouble};
use crate::keymap::Action;
use crate::layout::Pane;
use crate::mail::{Built, Envelope};
use crate::sent;
use crate::wire::printable;
pub(super) use lists::moment;
pub use store::{Contents, Store, Stored, Want};

/// The draft that an earlier run was ended with.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// Its name.
    pub id: Id,
    /// The mail.
    pub saved: Box<Saved>,
}

/// Answers of the menus here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Put the mail in the form away, and begin another.
    PutAway,
    /// Remove what was asked about.
    Drop,
    /// Do not; back to the list.
    KeepIt(Shelf),
}

/// What was asked whether to remove it.
#[derive(Debug)]
pub(super) enum Doomed {
    Draft(Id),
    Template(String),
    Sent(sent::Name),
}

/// A mail that goes as soon as it is noted on disk that it does.
#[derive(Debug)]
struct Beginning {
    /// The save that notes it.
    revision: u64,
    built: Built,
    envelope: Envelope,
}

/// What is under way here.
#[derive(Debug, Default)]
pub(super) struct Drafting {
    /// Names made so far, so that no two are the same.
    made: u64,
    /// Saves asked for so far.
    revision: u64,
    drafts: Vec<Listed<Id>>,
    templates: Vec<Listed<String>>,
    pub(super) doomed: Option<Doomed>,
    beginning: Option<Beginning>,
}

impl App {
    /// Saves the mail in the form, soon and beside the loop.
    pub(super) fn save_draft(&mut self) {
        self.save_mail(false);
    }

    fn save_mail(&mut self, away: bool) {
        let _ = self.compose.take_unsaved(None);
        let id = match &self.compose.standing.id {
            Some(id) => id.clone(),
            None => self.new_draft_name(),
        };
        self.compose.standing.id = Some(id.clone());
        self.drafting.revision += 1;
        let saved = Saved { away, ..self.compose.saved() };
        self.effects.push(Effect::SaveDraft(Box::new(Keep { id, revision: self.drafting.revision, saved })));
    }

    fn new_draft_name(&mut self) -> Id {
        self.drafting.made += 1;
        Id::new(self.random64().wrapping_add(self.drafting.made))
    }

    /// What is saved of the mail in the form is no longer wanted.
    pub(super) fn forget_draft(&mut self) {
        self.compose.saved = None;
        self.effects.extend(self.compose.standing.id.take().map(Effect::ForgetDraft));
    }

    /// Puts an unsent mail in the form away: it stays among the drafts, and comes back behind the next one.
    pub(super) fn put_away(&mut self) {
        if self.compose.unsent {
            self.save_mail(true);
            self.compose.standing.over = self.compose.standing.id.take();
        }
    }

    /// The draft is on disk, or why not. A mail that waited for this goes: that nothing can be noted is no reason to keep
    /// it back.
    pub(super) fn draft_saved(&mut self, id: &Id, revision: u64, saved: Result<(), Trouble>) {
        match saved {
            Ok(()) => self.compose.saved = Some(self.now.wall.strftime("%H:%M:%S").to_string()),
            Err(Trouble::Taken) if self.compose.standing.id.as_ref() == Some(id) => {
                self.compose.standing.id = None;
                self.save_draft();
                self.warn("another telepost has that draft open: what is in the form here is kept as one of its own");
                return;
            }
            Err(error) => self.error(format!("the draft could not be saved: {error}")),
        }
        if let Some(ready) = self.drafting.beginning.take_if(|waiting| waiting.revision <= revision) {
            self.submit_mail(ready.built, ready.envelope);
        }
    }

    /// Notes on disk that the mail in the form is on its way; then it goes.
    pub(super) fn begin(&mut self, built: Built, envelope: Envelope) {
        let standing = &mut self.compose.standing;
        standing.earlier = std::mem::replace(&mut standing.perhaps_sent, true);
        self.save_draft();
        self.drafting.beginning = Some(Beginning { revision: self.drafting.revision, built, envelope });
    }

    /// A mail that has not begun to go does not go any more.
    pub(super) fn not_begun(&mut self) {
        if self.drafting.beginning.take().is_some() {
            self.compose.standing.perhaps_sent = self.compose.standing.earlier;
            self.save_draft();
        }
    }

    /// The mail in the form is on its way, or about to be.
    pub(super) fn form_is_going(&self) -> bool {
        self.compose.sending.is_some() || self.drafting.beginning.is_some()
    }

    /// Offers the draft that an earlier run was ended with.
    pub(super) fn offer_draft(&mut self) {
        let Some(recovered) = self.recovered.as_ref().filter(|_| self.dialog.is_none()) else { return };
        let (title, text) = if recovered.saved.perhaps_sent {
            let text = "It was on its way when the program last ended, and nobody knows whether it was accepted. It is \
                        not sent again by itself.";
            ("This mail may have been sent", text)
        } else {
            ("An unsent mail was found", "It was being written when the program last ended.")
        };
        self.dialog = Some(Dialog::Menu(Menu::new(
            title,
            vec![text.to_owned()],
            vec![
                Item::new('r', "Restore it into the form", dialog::Choice::RestoreDraft),
                Item::new('l', "Later (it stays among the drafts, ^X D)", dialog::Choice::Stay),
                Item::new('d', "Discard it", dialog::Choice::DiscardDraft),
            ],
        )));
    }

    pub(super) fn restore_draft(&mut self) {
        let Some(Recovered { id, saved }) = self.recovered.take() else { return };
        self.put_away();
        self.take_up(Some(id), *saved);
        self.info("the draft is back in the form");
    }

    /// At the start: that there are drafts, when none is offered.
    pub(super) fn tell_of_drafts(&mut self, drafts: usize) {
        if self.recovered.is_none() && drafts > 0 {
            let (mails, are) = if drafts == 1 { ("mail", "is") } else { ("mails", "are") };
            self.info(format!("{drafts} unsent {mails} {are} kept: ^X D lists them"));
        }
    }

    /// Puts a kept mail into the form. What stood there must be safe already.
    fn take_up(&mut self, id: Option<Id>, saved: Saved) {
        self.compose.clear(&self.account);
        self.compose.take_up(id, saved);
        self.go_to(Pane::Compose);
        self.save_draft();
    }

    /// The mail that was put aside comes back into the form, if there is one.
    pub(super) fn bring_back(&mut self) {
        self.effects.extend(self.compose.standing.over.clone().map(|id| Effect::Store(Store::Draft(id))));
    }

    pub(super) fn drafting_choice(&mut self, choice: Choice) {
        match choice {
            Choice::PutAway if self.form_is_going() => self.warn_of_going(),
            Choice::PutAway => {
                self.put_away();
                self.compose.clear(&self.account);
                self.go_to(Pane::Compose);
                self.info("the mail is put away: ^X D lists the drafts");
            }
            Choice::Drop => self.drop_doomed(),
            Choice::KeepIt(shelf) => self.list_shelf(shelf),
        }
    }

    pub(super) fn warn_of_going(&mut self) {
        self.warn("a mail is on its way from the form: wait for its end, or ^C stops it");
    }

    fn list_shelf(&mut self, shelf: Shelf) {
        self.drafting.doomed = None;
        self.effects.push(Effect::Store(match shelf {
            Shelf::Drafts => Store::Drafts,
            Shelf::Templates => Store::Templates,
            Shelf::Sent => Store::Sent,
            Shelf::Faults | Shelf::Lessons | Shelf::Sessions => return,
        }));
    }

    fn drop_doomed(&mut self) {
        match self.drafting.doomed.take() {
            Some(Doomed::Draft(id)) => {
                self.effects.extend([Effect::ForgetDraft(id), Effect::Store(Store::Drafts)]);
            }
            Some(Doomed::Template(name)) => self.effects.push(Effect::Store(Store::DropTemplate(name))),
            Some(Doomed::Sent(name)) => self.effects.push(Effect::Store(Store::DropSent(name))),
            None => {}
        }
    }

    /// The row of a list was chosen.
    pub(super) fn picked(&mut self, shelf: Shelf, index: usize) {
        match shelf {
            Shelf::Sent => return self.sent_menu(index),
            Shelf::Faults => return self.fault_picked(index),
            Shelf::Lessons => return self.lesson_picked(index),
            Shelf::Sessions => return self.session_picked(index),
            Shelf::Drafts | Shelf::Templates => {}
        }
        self.dialog = None;
        if self.form_is_going() {
            return self.warn_of_going();
        }
        match shelf {
            Shelf::Drafts => {
                let Some(draft) = self.drafting.drafts.get(index) else { return };
                if self.compose.standing.id.as_ref() == Some(&draft.name) {
                    self.go_to(Pane::Compose);
                    return self.info("that draft is in the form");
                }
                self.effects.push(Effect::Store(Store::Draft(draft.name.clone())));
            }
            Shelf::Templates => {
                let template = self.drafting.templates.get(index).map(|template| template.name.clone());
                self.effects.extend(template.map(|name| Effect::Store(Store::Template(name))));
            }
            Shelf::Sent | Shelf::Faults | Shelf::Lessons | Shelf::Sessions => {}
        }
    }

    /// Asks whether the row of a list shall go.
    pub(super) fn ask_to_drop(&mut self, shelf: Shelf, index: usize) {
        let asked = match shelf {
            Shelf::Drafts => self.drafting.drafts.get(index).map(|draft| {
                let what = format!("Delete the draft \u{201c}{}\u{201d}?", printable::text(&draft.subject));
                (Doomed::Draft(draft.name.clone()), what)
            }),
            Shelf::Templates => self.drafting.templates.get(index).map(|template| {
                let what = format!("Delete the template {}?", printable::text(&template.name));
                (Doomed::Template(template.name.clone()), what)
            }),
            Shelf::Sent => self.sent.at(index).map(|copy| {
                let what = format!("Delete the copy of \u{201c}{}\u{201d}?", printable::text(&copy.letter.subject));
                (Doomed::Sent(copy.name.clone()), what)
            }),
            Shelf::Sessions => return self.ask_to_drop_session(index),
            Shelf::Faults => return self.clear_faults(),
            Shelf::Lessons => None,
        };
        let Some((doomed, title)) = asked else { return };
        if matches!(&doomed, Doomed::Draft(id) if self.compose.standing.id.as_ref() == Some(id)) {
            self.dialog = None;
            return self.warn("that draft is in the form: ^X N throws it away");
        }
        self.drafting.doomed = Some(doomed);
        self.dialog = Some(Dialog::Menu(Menu::new(
            title,
            vec!["There is no way to get it back.".to_owned()],
            vec![
                Item::new('n', "No, keep it", dialog::Choice::Drafting(Choice::KeepIt(shelf))),
                Item::new('y', "Yes, delete it", dialog::Choice::Drafting(Choice::Drop)),
            ],
        )));
    }

    pub(super) fn act_on_kept(&mut self, action: Action) {
        match action {
            Action::SaveTemplate => self.ask_template_name(),
            Action::Templates => self.list_shelf(Shelf::Templates),
            Action::Sent => self.list_shelf(Shelf::Sent),
            _ => self.list_shelf(Shelf::Drafts),
        }
    }

    fn ask_template_name(&mut self) {
        self.dialog = Some(Dialog::question(
            dialog::Purpose::TemplateName,
            "Keep the mail in the form as template",
            "a name for it; ^X J begins a mail from a template",
            &self.compose.standing.template.clone().unwrap_or_default(),
        ));
    }

    pub(super) fn save_template(&mut self, name: &str) -> Result<(), String> {
        let name = name.trim();
        Templates::check(name)?;
        let saved = Box::new(self.compose.saved());
        self.effects.push(Effect::Store(Store::SaveTemplate(name.to_owned(), saved)));
        Ok(())
    }

    /// What the places where mails are kept answered.
    pub(super) fn stored(&mut self, stored: Stored) {
        match stored {
            Stored::Drafts(Ok(drafts)) => self.show_drafts(drafts),
            Stored::Templates(Ok(templates)) => self.show_templates(templates),
            Stored::Sent(Ok(copies)) => self.show_sent(copies),
            Stored::Draft(id, Ok(saved)) => self.draft_opened(id, *saved),
            Stored::Draft(id, Err(error)) => self.draft_not_opened(&id, &error),
            Stored::Template(_, Ok(saved)) => self.begin_from(*saved, "a new mail from the template"),
            Stored::TemplateSaved(name, Ok(())) => self.info(format!("kept as template {name}")),
            Stored::SentRead(name, Ok(contents)) => self.sent_read(&name, contents),
            Stored::People(known) => self.compose.set_known(known),
            Stored::Template(name, Err(error)) => self.error(format!("the template {name} cannot be opened: {error}")),
            Stored::TemplateSaved(name, Err(error)) => {
                self.error(format!("the template {name} could not be kept: {error}"));
            }
            Stored::NotForgotten(error) => self.error(format!("the draft could not be removed: {error}")),
            Stored::Drafts(Err(error)) | Stored::Templates(Err(error)) => {
                self.error(format!("what is kept cannot be listed: {error}"));
            }
            Stored::Sent(Err(error)) | Stored::SentRead(_, Err(error)) => {
                self.error(format!("the sent mails cannot be read: {error}"));
            }
        }
    }

    fn draft_opened(&mut self, id: Id, saved: Saved) {
        if self.form_is_going() || self.compose.standing.id.as_ref() == Some(&id) {
            return;
        }
        let aside = self.compose.standing.over.as_ref() == Some(&id);
        self.put_away();
        self.take_up(Some(id), saved);
        self.info(if aside { "the mail that was put aside is back in the form" } else { "the draft is in the form" });
    }

    fn draft_not_opened(&mut self, id: &Id, error: &Trouble) {
        if self.compose.standing.over.as_ref() == Some(id) && *error == Trouble::Gone {
            self.compose.standing.over = None;
            return self.info("the mail that was put aside is not there any more");
        }
        self.error(format!("the draft cannot be opened: {error}"));
    }

    /// A new mail with this content; what stands unsent in the form is put away.
    pub(super) fn begin_from(&mut self, mut saved: Saved, told: &str) {
        if self.form_is_going() {
            return self.warn_of_going();
        }
        self.put_away();
        let over = self.compose.standing.over.take();
        if saved.draft.from.trim().is_empty() {
            saved.draft.from.clone_from(&self.account.from);
        }
        self.take_up(None, Saved { over, ..saved });
        self.info(told);
    }
}
