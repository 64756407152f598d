//! What is asked before a mail goes out step by step: the same as before F5 sends it, and each thing once. A mail that may
//! have come already is asked about before MAIL, what is rarely meant before DATA, from where RSET still leads back.

use super::{App, Choice};
use crate::app::dialog::{self, Dialog, Item, Menu};
use crate::steps::{Key, Row};
use crate::wire::Side;

impl App {
    /// Asks what is to be asked before a step goes out; a run waits for the answer. `false`: nothing is.
    pub(super) fn ask_before_step(&mut self, row: &Row) -> bool {
        let Some(menu) = self.step_question(row.of.as_ref().unwrap_or(&row.key)) else { return false };
        let mut run = self.talk_mut(Side::Smtp).run.take();
        if let Some(run) = &mut run {
            run.takes_back(&row.key);
        }
        self.stepping.held = run;
        self.dialog = Some(Dialog::Menu(menu));
        true
    }

    fn step_question(&mut self, key: &Key) -> Option<Menu> {
        let choice = |choice| dialog::Choice::Step(choice);
        if matches!(key, Key::Mail | Key::Data | Key::Body)
            && !self.stepping.mail.may_go_again()
            && let Some(why) = self.sent_before()
        {
            let items = vec![
                Item::new('n', "No, send nothing", dialog::Choice::Stay),
                Item::new('y', "Yes, send it again", choice(Choice::Again)),
            ];
            return Some(Self::again_menu(why, items));
        }
        if !matches!(key, Key::Data | Key::Body) {
            return None;
        }
        let octets = self.stepping.mail.transaction().and_then(|mail| mail.size);
        let text = self.step_lints(octets)?;
        let items = vec![
            Item::new('b', "Back to the form: F7 leads to the steps again", choice(Choice::ToForm)),
            Item::new('s', "Send anyway", choice(Choice::AsItIs)),
        ];
        Some(Menu::new("Send it like this?", text, items))
    }

    /// It was agreed to: the step goes out, and the run that waited goes on.
    pub(super) fn step_agreed(&mut self, choice: Choice) {
        if choice == Choice::Again {
            self.stepping.mail.let_go_again();
        } else {
            self.accept_lints();
        }
        match self.stepping.held.take() {
            Some(run) => {
                self.talk_mut(Side::Smtp).run = Some(run);
                self.run_on(Side::Smtp);
            }
            None => {
                self.send_next(Side::Smtp);
            }
        }
    }
}
