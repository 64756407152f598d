//! The mouse: click and wheel go to what is under the pointer. No motion is listened to.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::App;
use super::compose::{FormRow, Slot, Tab};
use super::dialog::Dialog;
use crate::keymap::Action;
use crate::layout::{Pane, inside};

/// Lines a turn of the wheel moves.
const WHEEL: isize = 3;

impl App {
    pub(super) fn mouse_event(&mut self, mouse: MouseEvent) {
        let (column, row) = (mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::ScrollUp => self.wheel(column, row, -WHEEL),
            MouseEventKind::ScrollDown => self.wheel(column, row, WHEEL),
            MouseEventKind::Down(MouseButton::Left) => self.click(column, row),
            MouseEventKind::Drag(MouseButton::Left) => self.drag_rows(column, row),
            MouseEventKind::Up(MouseButton::Left) => self.end_drag(),
            _ => {}
        }
    }

    fn wheel(&mut self, column: u16, row: u16, step: isize) {
        if let Some(dialog) = &mut self.dialog {
            dialog.scroll(step);
            return;
        }
        let layout = self.layout();
        match layout.pane_at(column, row) {
            Some(pane) if self.shows_steps(pane) => self.go_in_steps(Action::Down, step.signum()),
            Some(Pane::Transcript) => {
                let page = self.page(Pane::Transcript);
                self.transcript.move_by(step, page);
            }
            Some(Pane::Mailbox) if layout.message.contains((column, row).into()) => {
                if let Some(message) = &mut self.mailbox.message {
                    message.scroll_by(step);
                }
            }
            Some(Pane::Mailbox) => {
                let page = self.page(Pane::Mailbox);
                self.mailbox.select(self.mailbox.selected.saturating_add_signed(step), page);
            }
            Some(Pane::Compose) if self.compose.tab == Tab::Wire => {
                let preview = &mut self.compose.preview;
                preview.scroll = preview.scroll.saturating_add_signed(step).min(preview.lines.len().saturating_sub(1));
            }
            Some(Pane::Compose) if self.compose.tab.is_list() => {
                self.compose.move_switch(step);
            }
            Some(Pane::Compose) => self.compose.body.scroll((i16::try_from(step).unwrap_or(0), 0)),
            Some(Pane::Prompt) | None => {}
        }
    }

    fn click(&mut self, column: u16, row: u16) {
        if let Some(Dialog::Menu(menu)) = &self.dialog {
            let answer = menu.click(column, row, self.now.instant);
            self.answer(answer);
            return;
        }
        if self.dialog.is_some() || self.leader.is_some() {
            return;
        }
        let layout = self.layout();
        let at = (column, row).into();
        if layout.footer.contains(at) {
            if let Some(action) = super::hints::action_at(self, column) {
                self.act(action);
            }
            return;
        }
        if layout.explain.contains(at) {
            self.act(Action::Explain);
            return;
        }
        match layout.pane_at(column, row) {
            Some(pane) if self.shows_steps(pane) => self.click_step_pane(pane, row),
            Some(Pane::Compose) => {
                self.click_form(row.saturating_sub(inside(layout.compose).y), column - layout.compose.x);
            }
            Some(Pane::Transcript) => {
                let page = self.page(Pane::Transcript);
                self.go_to(Pane::Transcript);
                let line = usize::from(row.saturating_sub(inside(layout.transcript).y));
                if self.transcript.click(line, page) {
                    self.open();
                }
            }
            Some(Pane::Mailbox) if layout.message.contains(at) => {
                self.focus = Pane::Mailbox;
                self.mailbox.focus_message = true;
                if row == layout.message.y {
                    self.act(Action::NextTab);
                }
            }
            Some(Pane::Mailbox) => self.click_mailbox(row, inside(layout.mailbox).y),
            Some(Pane::Prompt) => self.go_to(Pane::Prompt),
            None => {}
        }
    }

    fn click_mailbox(&mut self, row: u16, first: u16) {
        let was = self.focus;
        self.go_to(Pane::Mailbox);
        self.mailbox.focus_message = false;
        if row == first && was == Pane::Mailbox && !self.mailbox.is_empty() {
            // The heading.
            self.act(Action::Sort);
        }
        let Some(line) = row.checked_sub(first + 1) else { return };
        let index = self.mailbox.top + usize::from(line);
        if index >= self.mailbox.len() {
            return;
        }
        if index == self.mailbox.selected && was == Pane::Mailbox {
            self.open();
        } else {
            let page = self.page(Pane::Mailbox);
            self.mailbox.select(index, page);
        }
    }

    /// A click on a row of switches uses it.
    fn click_switch(&mut self, row: usize) {
        let height = usize::from(inside(self.layout().compose).height);
        let height = height.saturating_sub(self.compose.rows(height as u16).len());
        if self.compose.point_at_switch(row, height) {
            self.flip_switch();
        }
    }

    fn click_form(&mut self, line: u16, column: u16) {
        self.go_to(Pane::Compose);
        let rows = self.compose.rows(inside(self.layout().compose).height);
        match rows.get(usize::from(line)) {
            Some(FormRow::Field(slot)) => self.compose.go(*slot),
            Some(FormRow::Tabs) => {
                let (width, faults) = (inside(self.layout().compose).width, self.compose.faults_on_purpose().len());
                if let Some(tab) = Tab::at(column.saturating_sub(1), width, faults) {
                    self.compose.set_tab(tab);
                    if tab == Tab::Wire {
                        self.make_preview();
                    }
                }
            }
            Some(FormRow::Attachments | FormRow::Chosen) if !self.compose.attachments().is_empty() => {
                self.compose.go(Slot::Attachments);
            }
            Some(FormRow::Attachments | FormRow::Chosen) => self.act(Action::Attach),
            Some(FormRow::Envelope) => self.compose.set_tab(Tab::Envelope),
            None => {
                self.compose.go(Slot::Main);
                self.click_switch(usize::from(line) - rows.len());
            }
        }
    }
}
