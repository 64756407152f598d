//! What is asked of drafts, templates and sent mails, and what they answer.

use std::sync::Arc;

use crate::drafts::{Id, Listed, Saved, Trouble};
use crate::mail::Envelope;
use crate::sent;

/// What is asked of the places where mails are kept.
#[derive(Clone, Debug)]
pub enum Store {
    /// All drafts.
    Drafts,
    /// One of them, to be taken up.
    Draft(Id),
    /// All templates.
    Templates,
    /// One of them, to begin from.
    Template(String),
    /// Keep a mail as a template of this name.
    SaveTemplate(String, Box<Saved>),
    /// Remove a template, and list the others.
    DropTemplate(String),
    /// All sent mails.
    Sent,
    /// Something of one of them.
    ReadSent(sent::Name, Want),
    /// Remove one of them, and list the others.
    DropSent(sent::Name),
    /// Remember these addresses as used last.
    People(Vec<String>),
}

/// What of a sent mail is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// As it stood in the form.
    Form,
    /// Its octets.
    Octets,
    /// The transcript of its delivery.
    Transcript,
}

/// What of a sent mail was read.
#[derive(Clone, Debug)]
pub enum Contents {
    /// As it stood in the form.
    Form(Box<Saved>),
    /// Its octets, and who got it.
    Octets(Arc<Vec<u8>>, Envelope),
    /// The transcript of its delivery.
    Transcript(String),
}

/// What the places where mails are kept answered.
#[derive(Debug)]
pub enum Stored {
    /// All drafts, the newest first.
    Drafts(Result<Vec<Listed<Id>>, Trouble>),
    /// A draft that is taken up.
    Draft(Id, Result<Box<Saved>, Trouble>),
    /// A draft could not be removed.
    NotForgotten(Trouble),
    /// All templates, by name.
    Templates(Result<Vec<Listed<String>>, Trouble>),
    /// A mail begun from the template of this name.
    Template(String, Result<Box<Saved>, Trouble>),
    /// A mail is kept as the template of this name.
    TemplateSaved(String, Result<(), Trouble>),
    /// All sent mails, the newest first.
    Sent(Result<Vec<sent::Listed>, String>),
    /// Something of a sent mail.
    SentRead(sent::Name, Result<Contents, String>),
    /// The addresses that are known now, the latest first.
    People(Vec<String>),
}
