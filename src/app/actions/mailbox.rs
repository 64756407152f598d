//! What the mailbox's own actions do.

use crate::app::App;
use crate::keymap::Action;
use crate::layout::Pane;
use crate::pop3;
use crate::wire::Side;

impl App {
    /// Does what an action of the mailbox says. A test has a case for each action: none ends here unnoticed.
    pub(super) fn act_in_mailbox(&mut self, action: Action) {
        match action {
            Action::OpenMailbox => {
                self.focus = Pane::Mailbox;
                self.open_mailbox();
            }
            Action::Refresh => self.refresh_mailbox(),
            Action::Delete => self.delete(),
            Action::Unmark => self.unmark(),
            Action::UnmarkAll => {
                let reset = self.mailbox.unmark_all();
                self.submit_pop3(pop3::Command::Line(reset));
            }
            Action::Commit => self.disconnect(Side::Pop3),
            Action::Save => self.ask_save(),
            Action::RawMessage => {
                if let Some(message) = &mut self.mailbox.message {
                    message.set_tab(crate::app::mailbox::Tab::Raw);
                }
            }
            Action::Select => self.toggle_selected(),
            Action::SelectAll => self.select_all(),
            Action::Sort => self.ask_sort(),
            Action::Jump => self.ask_jump(),
            Action::NextMessage => self.open_neighbour(1),
            Action::PreviousMessage => self.open_neighbour(-1),
            Action::SaveParts => self.ask_save_parts(),
            Action::OpenPart => self.open_part(),
            Action::Verify => self.verify_message(),
            Action::Download => self.ask_download(),
            Action::Reply => self.reply(false),
            Action::ReplyAll => self.reply(true),
            Action::Forward => self.forward(),
            Action::Resend => self.ask_resend(),
            Action::LoopCheck => self.loop_check(),
            _ => {}
        }
    }
}
