//! What takes a lint away: changes of a draft, each a pure function.

use super::{Request, TEXT_LINE};
use crate::mail::address::AddressList;
use crate::mail::draft::Draft;
use crate::mail::flaw::Flaw;

/// Lines are wrapped at this column (RFC 5322 2.1.1).
const COLUMN: usize = 78;
/// Most characters of a subject made from the text.
const SUBJECT: usize = 60;

/// One change of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mend {
    /// The extra header with this index goes.
    DropHeader(usize),
    /// The addresses of the extra header with this index go into the Bcc field.
    MoveBcc(usize),
    /// This flaw is switched off.
    SwitchOff(Flaw),
    /// MAIL FROM follows from Sender or From again.
    AlignSender,
    /// RCPT TO follows from To, Cc and Bcc again.
    AlignRecipients,
    /// Sender is the first From address.
    AddSender,
    /// The first line of the text becomes the subject.
    SubjectFromText,
    /// Lines of the text are broken at blanks, and where there are none.
    WrapLines,
    /// What is not announced is not asked for. It is not in the draft: the caller drops it.
    Forgo(Request),
}

impl Mend {
    /// What it does, for a person.
    pub fn text(self) -> String {
        match self {
            Self::DropHeader(_) => "drop that header".to_owned(),
            Self::MoveBcc(_) => "move it into the Bcc field".to_owned(),
            Self::SwitchOff(flaw) => format!("switch {} off", flaw.id()),
            Self::AlignSender => "take MAIL FROM from the header".to_owned(),
            Self::AlignRecipients => "take RCPT TO from the header".to_owned(),
            Self::AddSender => "add Sender with the first of them".to_owned(),
            Self::SubjectFromText => "make the first line of the text the subject".to_owned(),
            Self::WrapLines => "wrap the text".to_owned(),
            Self::Forgo(request) => format!("do without {}", request.keyword()),
        }
    }
}

/// Makes the change; `false`: there was nothing to change here.
pub fn mend(draft: &mut Draft, mend: Mend) -> bool {
    match mend {
        Mend::DropHeader(index) => (index < draft.headers.len()).then(|| draft.headers.remove(index)).is_some(),
        Mend::MoveBcc(index) => move_bcc(draft, index),
        Mend::SwitchOff(flaw) => draft.flaws.remove(&flaw),
        Mend::AlignSender => align(draft, true),
        Mend::AlignRecipients => align(draft, false),
        Mend::AddSender => add_sender(draft),
        Mend::SubjectFromText => subject_from_text(draft),
        Mend::WrapLines => {
            let wrapped: Vec<String> = draft.body.split('\n').map(wrap).collect();
            let wrapped = wrapped.join("\n");
            std::mem::replace(&mut draft.body, wrapped) != draft.body
        }
        Mend::Forgo(_) => false,
    }
}

fn move_bcc(draft: &mut Draft, index: usize) -> bool {
    if index >= draft.headers.len() {
        return false;
    }
    let (_, value) = draft.headers.remove(index);
    if !draft.bcc.trim().is_empty() && !value.is_empty() {
        draft.bcc.push_str(", ");
    }
    draft.bcc.push_str(&value);
    true
}

/// One half of the envelope as the headers give it.
fn align(draft: &mut Draft, sender: bool) -> bool {
    let Some(mut envelope) = draft.envelope.take() else { return false };
    let anybody = (!sender).then(String::new);
    let nobody = sender.then(|| vec![String::new()]);
    let Ok(derived) = draft.envelope_with(anybody, nobody) else {
        draft.envelope = Some(envelope);
        return false;
    };
    if sender {
        envelope.from = derived.from;
    } else {
        envelope.to = derived.to;
    }
    draft.envelope = (draft.envelope().as_ref() != Ok(&envelope)).then_some(envelope);
    true
}

fn add_sender(draft: &mut Draft) -> bool {
    let from = AddressList::salvage(&draft.from);
    let Some(first) = from.mailboxes().next() else { return false };
    draft.headers.push(("Sender".to_owned(), first.address.clone()));
    true
}

fn subject_from_text(draft: &mut Draft) -> bool {
    let Some(subject) = first_words(&draft.body) else { return false };
    draft.headers.retain(|(name, value)| !name.eq_ignore_ascii_case("Subject") || !value.trim().is_empty());
    draft.subject = subject;
    true
}

/// Whole words of the first line that says something.
pub(super) fn first_words(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| line.chars().any(char::is_alphanumeric))?;
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= SUBJECT {
        return Some(line);
    }
    let cut: String = line.chars().take(SUBJECT).collect();
    Some(cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words).to_owned())
}

/// A line over 998 octets in lines of at most 78 characters where there are blanks, and never over 998 octets.
fn wrap(line: &str) -> String {
    if line.len() <= TEXT_LINE {
        return line.to_owned();
    }
    let (mut wrapped, mut start) = (String::with_capacity(line.len() + line.len() / COLUMN), 0);
    for word in line.split(' ') {
        let length = wrapped.len() - start;
        if length > 0 && length + 1 + word.len() > COLUMN {
            wrapped.push('\n');
            start = wrapped.len();
        } else if length > 0 {
            wrapped.push(' ');
        }
        for character in word.chars() {
            if wrapped.len() - start + character.len_utf8() > TEXT_LINE {
                wrapped.push('\n');
                start = wrapped.len();
            }
            wrapped.push(character);
        }
    }
    wrapped
}
