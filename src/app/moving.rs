//! Going around: between panes, within one, back out of what is on top, and into what is under the cursor.

use super::App;
use super::compose::switches::Used;
use super::dialog::{Dialog, Purpose};
use crate::keymap::Action;
use crate::layout::Pane;
use crate::pop3;
use crate::wire::Side;

impl App {
    /// Goes to a pane that was asked for by name or pointed at; the mailbox is opened.
    pub(super) fn go_to(&mut self, pane: Pane) {
        self.focus_on(pane);
        // Whoever goes step by step signs in by a step.
        if pane == Pane::Mailbox && !self.is_stepping() {
            // It said to come here.
            self.status.dismiss();
            self.open_or_refresh();
        }
    }

    /// Moves the focus only: walking past the mailbox with Tab must not sign in anywhere.
    pub(super) fn focus_on(&mut self, pane: Pane) {
        if self.zoom.is_some_and(|zoomed| zoomed != pane) && pane != Pane::Prompt {
            self.zoom = None;
        }
        if pane == Pane::Prompt && self.focus != Pane::Prompt {
            self.before_prompt = self.focus;
        }
        self.focus = pane;
        match pane {
            Pane::Compose => self.prompt.side = Side::Smtp,
            Pane::Mailbox => self.prompt.side = Side::Pop3,
            Pane::Transcript | Pane::Prompt => {}
        }
    }

    /// Coming to the mailbox opens it the first time, and lists anew after a mail was sent.
    pub(super) fn open_or_refresh(&mut self) {
        let known = self.account.pop3.is_some() && self.account.user.is_some() && self.account.password.is_some();
        let closed = !self.links.pop3.is_up();
        let never = self.mailbox.ended.is_none() && self.mailbox.is_empty();
        if self.links.pop3_state == pop3::State::Transaction && self.mailbox.session == super::mailbox::Session::Closed
        {
            // Signed in by hand: the listing is still to be asked for.
            self.list_mailbox();
        } else if known && closed && (never || self.mailbox.stale) {
            self.mailbox.close_message();
            self.open_mailbox();
        } else if self.mailbox.stale && self.mailbox.session == super::mailbox::Session::Open {
            self.mailbox.close_message();
            self.refresh_mailbox();
        }
    }

    pub(super) fn back(&mut self) {
        if self.focus == Pane::Prompt && self.give_up_change() {
            return;
        }
        if self.focus == Pane::Compose && (self.compose.completion.close() || self.compose.close_finding()) {
            return;
        }
        if self.step_back_in_rows() {
            return;
        }
        if self.status.dismiss() && self.focus != Pane::Prompt && !self.compose.is_typing() {
            return;
        }
        match self.focus {
            _ if self.steps_focused() => self.zoom = None,
            Pane::Compose if self.is_in_result() => self.toggle_result(),
            Pane::Compose if self.compose.editing => self.compose.editing = false,
            Pane::Prompt => self.go_to(self.before_prompt),
            Pane::Transcript if self.viewed_session().is_some() => self.back_to_live(),
            Pane::Mailbox if self.mailbox.message.is_some() => {
                if !self.mailbox.message.as_mut().is_some_and(super::mailbox::Message::leave_part) {
                    self.mailbox.close_message();
                }
            }
            Pane::Mailbox => {
                if !self.step_back_in_list() {
                    self.zoom = None;
                }
            }
            _ => self.zoom = None,
        }
    }

    pub(super) fn show_wire(&mut self) {
        self.go_to(Pane::Compose);
        if self.compose.tab == super::compose::Tab::Wire {
            self.compose.set_tab(super::compose::Tab::Body);
        } else {
            self.compose.set_tab(super::compose::Tab::Wire);
            self.make_preview();
        }
    }

    pub(super) fn step_tab(&mut self, step: isize) {
        if let (Pane::Mailbox, Some(message)) = (self.focus, &mut self.mailbox.message) {
            message.step_tab(step);
        } else {
            self.compose.step_tab(step);
            if self.compose.tab == super::compose::Tab::Wire {
                self.make_preview();
            }
        }
    }

    /// Moves in the focused pane.
    pub(super) fn go(&mut self, action: Action) {
        let page = self.page(self.focus);
        let jump = isize::try_from(page.saturating_sub(1).max(1)).unwrap_or(1);
        let far = isize::MAX / 2;
        let step = match action {
            Action::Up => -1,
            Action::Down => 1,
            Action::PageUp => -jump,
            Action::PageDown => jump,
            Action::Top => -far,
            _ => far,
        };
        match self.focus {
            _ if self.steps_focused() => self.go_in_steps(action, step),
            Pane::Compose if self.is_in_result() => self.go_in_result(step),
            Pane::Compose => self.go_in_form(step),
            Pane::Transcript | Pane::Prompt => match action {
                Action::Top => self.transcript.go_to_top(page),
                Action::Bottom => self.transcript.go_to_bottom(),
                Action::PageUp | Action::PageDown if self.page_octets(action == Action::PageDown) => {}
                _ => self.transcript.move_by(step, self.page(Pane::Transcript)),
            },
            Pane::Mailbox => self.go_in_mailbox(action, step, page),
        }
    }

    pub(super) fn go_in_form(&mut self, step: isize) {
        if self.compose.tab == super::compose::Tab::Wire && self.compose.at == super::compose::Slot::Main {
            let preview = &mut self.compose.preview;
            let last = preview.lines.len().saturating_sub(1);
            if !(preview.scroll == 0 && step == -1) {
                preview.scroll = preview.scroll.saturating_add_signed(step).min(last);
                return;
            }
        }
        if !self.compose.move_switch(step) {
            self.compose.move_by(step.signum());
        }
    }

    /// Uses the switch under the cursor. `false`: there is none.
    pub(super) fn flip_switch(&mut self) -> bool {
        let Some(switch) = self.compose.switch() else { return false };
        if let Used::Asks(hint, text) = self.compose.flip(switch, self.now.instant) {
            self.dialog = Some(Dialog::question(Purpose::Switch(switch), &switch.label(), hint, &text));
        }
        true
    }

    pub(super) fn go_in_mailbox(&mut self, action: Action, step: isize, page: usize) {
        let rows = self.message_page();
        if let Some(message) = self.mailbox.message.as_mut().filter(|_| self.mailbox.focus_message) {
            let jump = isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1);
            let step = match action {
                Action::PageUp => -jump,
                Action::PageDown => jump,
                _ => step,
            };
            message.scroll_by(step);
        } else {
            self.mailbox.select(self.mailbox.selected.saturating_add_signed(step), page);
        }
    }

    pub(super) fn open(&mut self) {
        match self.focus {
            _ if self.steps_focused() => self.send_step(),
            Pane::Compose if self.is_in_result() => self.explain_recipient(),
            Pane::Compose => {
                if !self.flip_switch() {
                    self.compose.editing = true;
                }
            }
            Pane::Transcript | Pane::Prompt => {
                let page = self.page(Pane::Transcript);
                self.transcript.toggle_fold(page);
            }
            Pane::Mailbox => {
                if !self.look_into_part() {
                    self.open_message();
                }
            }
        }
    }
}
