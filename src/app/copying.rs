//! Text on its way out: the clipboard, the pager, exports and saved messages.

use std::path::PathBuf;

use super::dialog::{Dialog, Purpose};
use super::{App, Content, Effect};
use crate::layout::Pane;
use crate::transcript::export::{ENDINGS, Format};
use crate::transcript::text::entry_text;

impl App {
    /// The text of what is under the cursor.
    pub(super) fn text_of_focus(&self) -> String {
        match self.focus {
            Pane::Transcript | Pane::Prompt => self.transcript_text(),
            Pane::Mailbox => self.mailbox.message.as_ref().map(super::mailbox::Message::plain).unwrap_or_default(),
            Pane::Compose if self.compose.tab == super::compose::Tab::Wire => self
                .compose
                .preview
                .lines
                .iter()
                .map(super::compose::wire_preview::Line::text)
                .collect::<Vec<_>>()
                .join("\n"),
            Pane::Compose if self.is_in_result() => self.result_text(),
            Pane::Compose => self.compose.body_text(),
        }
    }

    pub(super) fn transcript_text(&self) -> String {
        self.transcript.store.iter().map(|entry| entry_text(&entry, true)).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn copy(&mut self) {
        let text = match self.focus {
            Pane::Compose if self.is_in_result() => {
                self.compose.result.as_ref().and_then(|report| report.queue_id.clone())
            }
            Pane::Transcript if self.transcript.is_selecting() => return self.copy_selection(),
            Pane::Transcript | Pane::Prompt => self.transcript.selected().map(|entry| entry_text(&entry, true)),
            Pane::Mailbox if self.mailbox.message.is_none() => self.mailbox.selected_row().map(|row| {
                let summary = row.summary;
                let part = |text: Option<&str>| text.unwrap_or_default().to_owned();
                format!(
                    "{}\t{}\t{}\t{}",
                    row.number,
                    part(row.uid),
                    part(summary.map(|s| s.from.as_str())),
                    part(summary.map(|s| s.subject.as_str()))
                )
            }),
            _ => Some(self.text_of_focus()),
        };
        match text.filter(|text| !text.is_empty()) {
            Some(text) => self.effects.push(Effect::Copy(text)),
            None => self.warn("there is nothing to copy here"),
        }
    }

    pub(super) fn copy_all(&mut self) {
        let text = if self.focus == Pane::Mailbox { self.text_of_focus() } else { self.transcript_text() };
        self.effects.push(Effect::Copy(text));
    }

    pub(super) fn ask_export(&mut self) {
        let name = format!("telepost-{}.md", self.now.wall.strftime("%Y%m%d-%H%M%S"));
        self.dialog = Some(Dialog::question(
            Purpose::Export,
            "Write the transcript to",
            "The suffix decides: .txt (as swaks shows it), .jsonl, .md (for a ticket), .html, .eml (the mail alone). \
             Passwords are masked.",
            &name,
        ));
    }

    pub(super) fn export(&mut self, path: &str) -> Result<(), String> {
        let path = PathBuf::from(path.trim());
        if Format::from_path(&path).is_none() {
            return Err(format!("the name must end in {ENDINGS}"));
        }
        self.effects.push(Effect::Write { path, content: Content::Transcript });
        Ok(())
    }

    pub(super) fn ask_save(&mut self) {
        if self.ask_save_part() {
            return;
        }
        let Some(message) = &self.mailbox.message else { return };
        let name = format!("message-{}.eml", message.number);
        self.dialog = Some(Dialog::question(
            Purpose::SaveMessage,
            "Save the message as",
            "Exactly as the server sent it, dots undone.",
            &name,
        ));
    }

    pub(super) fn save_message(&mut self, path: &str) -> Result<(), String> {
        let Some(message) = &self.mailbox.message else { return Ok(()) };
        if path.trim().is_empty() {
            return Err("a file needs a name".to_owned());
        }
        let content = Content::Bytes(message.raw.as_ref().clone());
        self.effects.push(Effect::Write { path: PathBuf::from(path.trim()), content });
        Ok(())
    }
}
