//! The form's mail among the drafts: its name there, the mail that was put aside for it, and answers in the form.

use tui_textarea::CursorMove;

use super::{Compose, Slot};
use crate::app::account::Account;
use crate::drafts::{Id, Saved};
use crate::mail::Draft;
use crate::mail::reply::Answer;

/// What is known of the mail in the form besides its content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Its name among the drafts, once it was saved.
    pub(crate) id: Option<Id>,
    /// The mail that was put aside last.
    pub(crate) over: Option<Id>,
    /// It was on its way, and what became of it is not known.
    pub(crate) perhaps_sent: bool,
    /// That of an attempt before the one under way is not known.
    pub(crate) earlier: bool,
    /// The template that it was begun from.
    pub(crate) template: Option<String>,
}

impl Compose {
    /// Puts an answer into the form, with the account's sender and signature, and the caret where one goes on.
    pub(crate) fn answer(&mut self, mut draft: Draft, answer: Answer, account: &Account) {
        draft.from.clone_from(&account.from);
        let below = draft.body.lines().count();
        draft.body.push_str(&super::filling::signed(&account.signature));
        self.load(draft);
        self.editing = true;
        if answer == Answer::Forward {
            self.go(Slot::To);
        } else {
            // An empty line under the quoted text, and the caret on the next.
            self.body.move_cursor(CursorMove::Jump(u16::try_from(below).unwrap_or(u16::MAX), 0));
            self.body.insert_newline();
        }
    }

    /// All that is kept of the mail in the form.
    pub(crate) fn saved(&self) -> Saved {
        let Standing { over, perhaps_sent, template, .. } = self.standing.clone();
        Saved { draft: self.draft(), manner: self.manner.clone(), over, away: false, perhaps_sent, template }
    }

    /// Puts a kept mail into the form, which is empty.
    pub(crate) fn take_up(&mut self, id: Option<Id>, saved: Saved) {
        self.load(saved.draft);
        self.manner = saved.manner;
        let Saved { over, perhaps_sent, template, .. } = saved;
        self.standing = Standing { id, over, perhaps_sent, earlier: perhaps_sent, template };
        self.editing = true;
    }
}
