//! The conversation of the workbench as a command of another tool: asked for, copied, and shown.

use super::dialog::{Card, Choice, Dialog, Item, Menu};
use super::{App, Effect};
use crate::equivalent::{self, Line, Mail, Sending, Tool};
use crate::layout::Pane;
use crate::wire::{Side, printable};

impl App {
    /// The side whose conversation is meant: that of the pane in focus.
    fn side_to_copy(&self) -> Side {
        if self.focus == Pane::Mailbox { Side::Pop3 } else { Side::Smtp }
    }

    pub(super) fn copy_as_unavailable(&self) -> Option<&'static str> {
        let named = self.account.target(self.side_to_copy()).is_some();
        (!named).then_some("no server is named for this side yet: c connects, ^X b starts the sandbox")
    }

    /// Asks which tool.
    pub(super) fn ask_copy_as(&mut self) {
        let side = self.side_to_copy();
        let item = |tool: &Tool| {
            let key = tool.name().chars().next().unwrap_or('x');
            Item::new(key, tool.name(), Choice::CopyAs(side, *tool))
        };
        let mut items: Vec<Item> = Tool::of(side).iter().map(item).collect();
        items.push(Item::new('n', "Nothing", Choice::Stay));
        let text = match side {
            Side::Smtp => "The mail in the form as a command of:",
            Side::Pop3 => "The mailbox, or the message that is open, as a command of:",
        };
        let more = "No password is in it.".to_owned();
        self.dialog = Some(Dialog::Menu(Menu::new("Copy as", vec![text.to_owned(), more], items)));
    }

    pub(super) fn copy_as(&mut self, side: Side, tool: Tool) {
        let text = match side {
            Side::Smtp => self.sending_as(tool),
            Side::Pop3 => Ok(self.reading_as(tool)),
        };
        match text {
            Ok(Some(text)) => {
                let lines = text.lines().map(|line| printable::text(line).into_owned()).collect();
                self.dialog = Some(Dialog::Card(Card::new(format!("Copied, for {}", tool.name()), lines)));
                self.effects.push(Effect::Copy(text));
            }
            Ok(None) => {}
            Err(why) => self.error(format!("not copied: {why}")),
        }
    }

    fn line_of(&self, side: Side) -> Option<Line<'_>> {
        let account = &self.account;
        Some(Line {
            target: account.target(side)?,
            user: account.user_of(side),
            mechanism: account.mechanism,
            allow_plain_auth: account.allow_plain_auth,
            hello: &account.hello,
        })
    }

    fn sending_as(&self, tool: Tool) -> Result<Option<String>, String> {
        let Some(line) = self.line_of(Side::Smtp) else { return Ok(None) };
        let fault = |faults: Vec<crate::mail::Fault>| faults.first().map_or_else(String::new, ToString::to_string);
        let (draft, envelope) = (self.compose.draft(), self.compose.envelope().map_err(fault)?);
        let sending = Sending { envelope: &envelope, mail: Mail::Draft(&draft), manner: &self.compose.manner };
        Ok(Some(equivalent::smtp(tool, &line, &sending)))
    }

    fn reading_as(&self, tool: Tool) -> Option<String> {
        let message = self.mailbox.message.as_ref().map(|message| message.number);
        equivalent::pop3(tool, &self.line_of(Side::Pop3)?, message)
    }
}
