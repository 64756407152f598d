//! Answers in the form, and the unsent mails that are put aside for them.

use serde::{Deserialize, Serialize};
use tui_textarea::CursorMove;

use super::{Compose, Slot};
use crate::app::account::Account;
use crate::mail::Draft;
use crate::mail::reply::Answer;
use crate::smtp::Manner;

/// Most mails that are put aside.
const ASIDE: usize = 5;

/// What is kept on disk: the mail in the form, and those put aside.
#[derive(Serialize)]
struct Kept<'a> {
    #[serde(flatten)]
    draft: &'a Draft,
    manner: &'a Manner,
    #[serde(skip_serializing_if = "<[Draft]>::is_empty")]
    aside: &'a [Draft],
}

#[derive(Deserialize)]
struct Restored {
    #[serde(flatten)]
    draft: Draft,
    #[serde(default)]
    manner: Manner,
    #[serde(default)]
    aside: Vec<Draft>,
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

    /// Puts the mail in the form aside. `false`: there are too many.
    pub(crate) fn put_aside(&mut self) -> bool {
        let room = self.aside.len() < ASIDE;
        if room {
            self.aside.push(self.draft());
        }
        room
    }

    pub(crate) fn has_aside(&self) -> bool {
        !self.aside.is_empty()
    }

    /// Puts the mail that was put aside last back into the form. `false`: there is none.
    pub(crate) fn take_back(&mut self) -> bool {
        let Some(draft) = self.aside.pop() else { return false };
        self.load(draft);
        self.editing = true;
        true
    }

    /// All unsent mails as text for the disk; of a mail that was sent nothing is kept.
    pub(crate) fn kept(&self) -> Option<String> {
        let kept = match self.aside.split_last() {
            Some((draft, aside)) if !self.unsent => {
                serde_json::to_string(&Kept { draft, manner: &Manner::default(), aside })
            }
            _ => serde_json::to_string(&Kept { draft: &self.draft(), manner: &self.manner, aside: &self.aside }),
        };
        kept.ok()
    }

    /// Takes up what [`Self::kept`] wrote.
    pub(crate) fn restore(&mut self, text: &str) -> Result<(), serde_json::Error> {
        let restored: Restored = serde_json::from_str(text)?;
        self.aside = restored.aside;
        self.load(restored.draft);
        self.manner = restored.manner;
        Ok(())
    }
}
