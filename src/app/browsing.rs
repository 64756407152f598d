//! The mailbox list: selecting, sorting, filtering, jumping, what is remembered of it.

use super::dialog::{self, Dialog, Item, Menu};
use super::mailbox::{Filter, Gives, Key, Session, filter};
use super::{App, Effect, grouped};
use crate::layout::Pane;
use crate::ledger::{Maildrop, Remembered};
use crate::pop3;

/// Answers of the menus here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Sort by this; the same again reverses.
    Sort(Key),
    /// Mark the selected messages.
    DeleteSelected,
}

/// What typed answers here are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Filter,
    Jump,
}

impl App {
    pub(super) fn toggle_selected(&mut self) {
        let page = self.page(Pane::Mailbox);
        self.mailbox.toggle(page);
    }

    pub(super) fn select_all(&mut self) {
        match self.mailbox.toggle_all() {
            0 => self.info("no message is selected"),
            count => self.info(format!("{count} selected: d marks them, D downloads them, * lets them go")),
        }
    }

    pub(super) fn ask_sort(&mut self) {
        let order = self.mailbox.order;
        let item = |key: Key| {
            let again = if key == order.key { "  (sorted by it: again reverses)" } else { "" };
            Item::new(sort_key(key), format!("{}{again}", key.word()), dialog::Choice::Browse(Choice::Sort(key)))
        };
        let mut menu = Menu::new("Sort the list by", Vec::new(), Key::ALL.into_iter().map(item).collect());
        menu.selected = Key::ALL.iter().position(|key| *key == order.key).unwrap_or(0);
        self.dialog = Some(Dialog::Menu(menu));
    }

    pub(super) fn ask_jump(&mut self) {
        let purpose = dialog::Purpose::Browse(Purpose::Jump);
        self.dialog = Some(Dialog::question(purpose, "Go to message", "a number, or a unique-id or its start", ""));
    }

    pub(super) fn ask_list_filter(&mut self) {
        let text = self.mailbox.filter.as_ref().map(|filter| format!("{} ", filter.text)).unwrap_or_default();
        let purpose = dialog::Purpose::Browse(Purpose::Filter);
        self.dialog = Some(Dialog::question(purpose, "Show messages with", filter::HELP, &text));
    }

    /// Opens the message before or behind the open one, in the order of the list.
    pub(super) fn open_neighbour(&mut self, step: isize) {
        let open = self.mailbox.message.as_ref().map(|message| message.number);
        let Some(number) = open.or_else(|| self.mailbox.selected_row().map(|row| row.number)) else { return };
        match self.mailbox.neighbour(number, step) {
            Some(index) => {
                let page = self.page(Pane::Mailbox);
                self.mailbox.select(index, page);
                self.open_message();
            }
            None => self.info(if step > 0 { "that was the last message" } else { "that was the first message" }),
        }
    }

    pub(super) fn browse_choice(&mut self, choice: Choice) {
        match choice {
            Choice::Sort(key) => {
                self.mailbox.sort_by(self.mailbox.order.chosen(key));
                self.mailbox.fetch_if_needed();
                let page = self.page(Pane::Mailbox);
                self.mailbox.keep_in_view(page);
            }
            Choice::DeleteSelected => self.delete_selected(),
        }
    }

    pub(super) fn browse_answered(&mut self, purpose: Purpose, text: &str) -> Result<(), String> {
        let page = self.page(Pane::Mailbox);
        match purpose {
            Purpose::Filter => {
                self.mailbox.filter = Filter::parse(text, &self.now.wall)?;
                self.mailbox.arrange();
                self.mailbox.fetch_if_needed();
                self.mailbox.keep_in_view(page);
            }
            Purpose::Jump => {
                let index = self.mailbox.find(text)?;
                self.mailbox.select(index, page);
            }
        }
        Ok(())
    }

    /// Esc in the list: stops what is fetched for it, then takes the filter away, then lets the selection go. Whether
    /// there was any of it.
    pub(super) fn step_back_in_list(&mut self) -> bool {
        if self.mailbox.stop_fetching() {
            self.info("stopped: the list is made from the headers that are here");
        } else if self.mailbox.filter.take().is_some() {
            self.mailbox.arrange();
            self.mailbox.fetch_if_needed();
        } else {
            return self.mailbox.let_go();
        }
        true
    }

    /// What the pane asks of the server, and of the ledger, after anything that changed.
    pub(super) fn mailbox_on(&mut self) {
        let page = self.page(Pane::Mailbox);
        self.mailbox.keep_in_view(page);
        let rows = if self.layout().mailbox.is_empty() { 0 } else { page };
        let announced = self.links.pop3_capabilities.as_ref();
        let gives = announced.map_or_else(Gives::default, |it| Gives { top: it.top, pipelining: it.pipelining });
        if !self.visits_by_hand() {
            for line in self.mailbox.next_commands(rows, gives) {
                self.submit_pop3(pop3::Command::Line(line));
            }
        }
        if let Some(news) = self.mailbox.take_news() {
            self.info(news);
        }
        if self.mailbox.session == Session::Open {
            self.remember_visit(false);
        }
    }

    /// Somebody signed in by hand and is still typing: no command of the pane's own comes in between. What it lacks it
    /// asks for once it has the focus.
    fn visits_by_hand(&self) -> bool {
        self.focus == Pane::Prompt && !self.links.pop3.sign_in_asked && self.mailbox.marking().is_none()
    }

    /// Has the visit remembered if there is something new about it. `end`: the session is over.
    pub(super) fn remember_visit(&mut self, end: bool) {
        if let Some((maildrop, visit)) = self.mailbox.due_visit(end) {
            self.effects.push(Effect::Remember(maildrop, visit));
        }
    }

    /// Asks what is remembered of the maildrop that is being opened. Of the sandbox, whose mail lives as long as the
    /// program, nothing is.
    pub(super) fn recall_maildrop(&mut self) {
        let practice = self.account.is_practice();
        let (Some(target), Some(user)) = (self.account.pop3.as_ref().filter(|_| !practice), &self.account.user) else {
            return;
        };
        let maildrop = Maildrop { user: user.clone(), host: target.host.clone(), port: target.port };
        self.mailbox.of_maildrop(maildrop.clone());
        self.effects.push(Effect::Recall(maildrop));
    }

    pub(super) fn recalled(&mut self, maildrop: &Maildrop, remembered: Result<Remembered, String>) {
        match remembered {
            Ok(remembered) => drop(self.mailbox.recalled(maildrop, remembered)),
            Err(why) => self.warn(format!("what was seen of this mailbox before cannot be read: {why}")),
        }
    }

    /// The line below the list: what becomes of marks, what is under way, what the server does not give.
    pub(crate) fn list_note(&self) -> Option<String> {
        let mailbox = &self.mailbox;
        let open = mailbox.session == Session::Open;
        if !open && mailbox.ended.is_some() {
            return mailbox.ended.clone();
        }
        if let Some((done, all)) = mailbox.marking() {
            return Some(format!("marking: {done} of {all}"));
        }
        if let Some(asked) = mailbox.fetching().filter(|_| open) {
            let all = grouped(mailbox.count() as u64);
            return Some(format!("fetching headers: {} of {all} so far; Esc stops", grouped(asked as u64)));
        }
        match mailbox.marked_count() {
            0 => mailbox.lacks().map(str::to_owned),
            marks => Some(format!("{marks} marked: deleted by QUIT (Q), kept by RSET (U) or by a dropped connection")),
        }
    }
}

fn sort_key(key: Key) -> char {
    match key {
        Key::Number => 'n',
        Key::Flags => 'l',
        Key::Size => 's',
        Key::Date => 'd',
        Key::From => 'f',
        Key::Subject => 'u',
    }
}
