//! The form as a draft and a draft as the form; the envelope, derived or typed.

use super::{Compose, Slot, Tab, text_area};
use crate::app::edit;
use crate::app::linting::Checking;
use crate::mail::{Draft, Envelope, Fault};

impl Compose {
    /// The mail as the form has it.
    pub(crate) fn draft(&self) -> Draft {
        let (message_id, date) = self.identity.clone().unzip();
        Draft {
            subject: self.field(Slot::Subject).value().to_owned(),
            body: self.body_text(),
            format: self.format,
            attachments: self.attachments.clone(),
            flaws: self.flaws.clone(),
            dkim: self.dkim.clone(),
            envelope: self.override_envelope(),
            message_id,
            date,
            ..self.addressed()
        }
    }

    /// What the envelope is derived from: address fields and extra headers.
    pub(crate) fn addressed(&self) -> Draft {
        let value = |slot: Slot| self.field(slot).value().to_owned();
        Draft {
            from: value(Slot::From),
            reply_to: value(Slot::ReplyTo),
            to: value(Slot::To),
            cc: value(Slot::Cc),
            bcc: value(Slot::Bcc),
            headers: self.extra_headers(),
            ..Draft::default()
        }
    }

    fn extra_headers(&self) -> Vec<(String, String)> {
        let lines = self.headers.lines().iter().filter(|line| !line.trim().is_empty());
        lines
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                (name.trim().to_owned(), value.trim().to_owned())
            })
            .collect()
    }

    /// MAIL FROM and RCPT TO as the form has them: what the envelope tab leaves empty is derived from the fields.
    pub(crate) fn envelope(&self) -> Result<Envelope, Vec<Fault>> {
        self.addresses.said().clone()
    }

    /// MAIL FROM alone.
    pub(crate) fn sender(&self) -> Result<String, Vec<Fault>> {
        let anybody = vec![String::new()];
        self.addressed().envelope_with(self.typed_from(), Some(anybody)).map(|envelope| envelope.from)
    }

    /// The path in the envelope tab; `<>` is the null sender.
    pub(super) fn typed_from(&self) -> Option<String> {
        let from = self.envelope_from.value().trim();
        (!from.is_empty()).then(|| bare_path(from))
    }

    pub(super) fn typed_to(&self) -> Option<Vec<String>> {
        let to = self.envelope_to.value();
        let paths: Vec<String> =
            to.split([',', ' ', ';']).filter(|path| !path.trim().is_empty()).map(bare_path).collect();
        (!paths.is_empty()).then_some(paths)
    }

    /// What a saved draft remembers of the envelope tab.
    fn override_envelope(&self) -> Option<Envelope> {
        let (from, to) = (self.typed_from(), self.typed_to());
        if from.is_none() && to.is_none() {
            return None;
        }
        let value = |slot: Slot| self.field(slot).value().to_owned();
        let fields = Draft {
            from: value(Slot::From),
            to: value(Slot::To),
            cc: value(Slot::Cc),
            bcc: value(Slot::Bcc),
            ..Draft::default()
        };
        let known = Envelope { from: from.clone().unwrap_or_default(), to: to.clone().unwrap_or_default() };
        Some(fields.envelope_with(from, to).unwrap_or(known))
    }

    /// Fixes Message-ID and date of the mail in the form.
    pub(crate) fn fix_identity(&mut self, message_id: String, date: jiff::Zoned) {
        self.identity.get_or_insert((message_id, date));
    }

    /// Fills the form from a draft.
    pub(crate) fn load(&mut self, draft: Draft) {
        let texts = [&draft.from, &draft.reply_to, &draft.to, &draft.cc, &draft.bcc, &draft.subject];
        for (field, text) in self.fields.iter_mut().zip(texts) {
            *field = edit::field(text);
        }
        self.body = text_area(&draft.body);
        let headers: Vec<String> = draft.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        self.headers = text_area(&headers.join("\n"));
        if let Some(envelope) = draft.envelope {
            // An empty field means "derived": the null sender has to stand there in its own way.
            self.envelope_from = edit::field(if envelope.from.is_empty() { "<>" } else { &envelope.from });
            self.envelope_to = edit::field(&envelope.to.join(", "));
        }
        self.attachments = draft.attachments;
        self.flaws = draft.flaws;
        self.format = draft.format;
        self.dkim = draft.dkim;
        self.chosen = 0;
        self.identity = draft.message_id.zip(draft.date);
        self.unsent = true;
        self.edits += 1;
        self.result = None;
        self.checking = Checking::default();
        self.set_tab(Tab::Body);
        self.check_addresses();
    }
}

fn bare_path(path: &str) -> String {
    let path = path.trim();
    path.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(path).to_owned()
}
