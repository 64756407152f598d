//! The wire preview of the form, made beside the loop: it reads attached files. What is shown follows the form: as soon
//! as something else would be sent, it is made anew, one at a time.

use std::path::PathBuf;
use std::time::Instant;

use super::compose::wire_preview::{Preview, Sight};
use super::compose::{Compose, Tab};
use super::{App, Effect};
use crate::connection::Protocol;
use crate::mail::address::on_the_wire;
use crate::mail::lint::{self, Context};
use crate::mail::{AddressList, Content, Draft, Envelope, Fault, message_id};
use crate::smtp::{Capabilities, Dialect, MailId, Manner, Pace, Transaction};

/// What a preview is made of. What comes back is no longer wanted when [`Viewing::serial`] is not that of the latest.
#[derive(Debug)]
pub struct Viewing {
    /// Counts what is made of the form.
    pub serial: u64,
    draft: Draft,
    envelope: Result<Envelope, Vec<Fault>>,
    manner: Manner,
    pace: Pace,
    dialect: Dialect,
    /// Of the server; `None`: it was not asked yet.
    capabilities: Option<Capabilities>,
    context: Context,
    now: jiff::Zoned,
    host: String,
    instant: Instant,
}

impl Viewing {
    /// Makes it. Reads files, so it blocks.
    pub fn make(self) -> Box<Preview> {
        let made = self.envelope.clone().and_then(|envelope| Ok((envelope, self.draft.build(&self.now, &self.host)?)));
        let (mut preview, octets) = match made {
            Ok((envelope, built)) => {
                let mail = Transaction {
                    manner: self.manner,
                    pace: self.pace,
                    ..super::sending::transaction(MailId(0), &built, envelope)
                };
                let bcc = bcc_only(&self.draft);
                let sight = Sight { dialect: self.dialect, capabilities: self.capabilities.as_ref(), bcc: &bcc };
                let mut preview = Preview::make(&sight, &mail, &built.segments, self.instant);
                preview.identity = Some((built.message_id, built.date));
                (preview, Some(built.octets))
            }
            Err(faults) => {
                let problem = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                (Preview { problem: Some(problem), ..Preview::default() }, None)
            }
        };
        preview.limit = self.context.server.size;
        preview.lints = lint::of(&self.draft, &Context { octets, ..self.context });
        Box::new(preview)
    }
}

/// What the preview on screen was made of, and the one that is awaited.
#[derive(Debug, Default)]
pub(crate) struct Previewing {
    seen: Option<Seen>,
    awaited: Option<u64>,
}

impl Previewing {
    /// One is being made; what is shown may be old.
    pub(crate) fn is_under_way(&self) -> bool {
        self.awaited.is_some()
    }
}

/// Everything a preview depends on, without the octets of attachments.
#[derive(Debug, PartialEq)]
struct Seen {
    draft: Draft,
    files: Vec<(String, String, Option<PathBuf>, usize)>,
    manner: Manner,
    pace: Pace,
    capabilities: Option<Vec<String>>,
}

impl App {
    /// The preview is made anew even if the form is as it was: files may have changed.
    pub(super) fn make_preview(&mut self) {
        self.compose.previewing = Previewing::default();
    }

    /// Asks for the preview that the form wants now, unless one is under way.
    pub(super) fn preview_on(&mut self) {
        if self.compose.tab != Tab::Wire || self.compose.previewing.awaited.is_some() {
            return;
        }
        let capabilities = self.capabilities().map(|known| known.lines.clone());
        let seen = self.compose.seen(capabilities);
        if self.compose.previewing.seen.as_ref() == Some(&seen) {
            return;
        }
        self.assemblies += 1;
        self.compose.previewing = Previewing { seen: Some(seen), awaited: Some(self.assemblies) };
        let viewing = self.viewing(self.assemblies);
        self.effects.push(Effect::Preview(Box::new(viewing)));
    }

    fn viewing(&self, serial: u64) -> Viewing {
        let mut draft = self.compose.draft();
        draft.message_id.get_or_insert_with(|| message_id(&self.now.wall, self.random64(), &self.host));
        let lmtp = self.account.smtp.as_ref().is_some_and(|target| target.protocol == Protocol::Lmtp);
        Viewing {
            serial,
            draft,
            envelope: self.compose.envelope(),
            manner: self.compose.manner.clone(),
            pace: self.compose.pace,
            dialect: if lmtp { Dialect::Lmtp } else { Dialect::Smtp },
            capabilities: self.capabilities().cloned(),
            context: self.lint_context(None),
            now: self.now.wall.clone(),
            host: self.host.clone(),
            instant: self.now.instant,
        }
    }

    /// What the server announced, once it did.
    pub(super) fn capabilities(&self) -> Option<&Capabilities> {
        let known = &self.links.smtp_capabilities;
        (self.links.smtp.is_up() && !known.domain.is_empty()).then_some(known)
    }

    /// The preview asked for is there.
    pub(super) fn previewed(&mut self, serial: u64, mut preview: Preview) {
        if self.compose.previewing.awaited.take_if(|awaited| *awaited == serial).is_some() {
            preview.scroll = self.compose.preview.scroll.min(preview.lines.len().saturating_sub(1));
            self.compose.preview = preview;
        }
    }

    /// What was looked at is what goes: Message-ID and Date of the preview on screen are those of the mail.
    pub(super) fn send_what_is_seen(&mut self) {
        let current = self.compose.tab == Tab::Wire && !self.compose.previewing.is_under_way();
        let seen = self.compose.preview.identity.clone().filter(|_| current);
        if let Some((message_id, date)) = seen {
            self.compose.fix_identity(message_id, date);
        }
    }
}

impl Compose {
    fn seen(&mut self, capabilities: Option<Vec<String>>) -> Seen {
        let draft = self.draft_without_files();
        let files = self.attachments().iter().map(|file| {
            let (path, octets) = match &file.content {
                Content::Path(path) => (Some(path.clone()), 0),
                Content::Bytes(bytes) => (None, bytes.len()),
            };
            (file.name.clone(), format!("{} {}", file.content_type, file.inline), path, octets)
        });
        Seen { draft, files: files.collect(), manner: self.manner.clone(), pace: self.pace, capabilities }
    }
}

/// Addresses that only Bcc names, as the envelope has them.
fn bcc_only(draft: &Draft) -> Vec<String> {
    let addresses = |text: &str| -> Vec<String> {
        AddressList::salvage(text).mailboxes().map(|mailbox| on_the_wire(&mailbox.address).into_owned()).collect()
    };
    let open = [addresses(&draft.to), addresses(&draft.cc)].concat();
    addresses(&draft.bcc).into_iter().filter(|address| !open.contains(address)).collect()
}
