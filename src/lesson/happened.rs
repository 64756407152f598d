//! What can happen in a conversation or beside it, as far as a lesson can wait for it.

use crate::transcript::Class;
use crate::wire::Side;

/// A command or a line that was sent, and who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// Typed in the prompt.
    Hand,
    /// Sent by the form, the mailbox pane or a plan.
    Form,
}

/// Something that happened. All texts are masked; none is sanitized but by [`crate::transcript::Entry`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A whole command line went out.
    Command {
        /// To which server.
        side: Side,
        /// Upper case; empty if the line starts with no letter.
        verb: String,
        /// The line without its end.
        line: String,
        /// Who sent it.
        by: By,
    },
    /// A whole reply came in.
    Reply(Reply),
    /// A line of a mail went out.
    Line {
        /// As it went out, without its end.
        text: String,
        /// Who sent it.
        by: By,
    },
    /// A mail and its final dot went out.
    Dot {
        /// Lines that got a second dot.
        stuffed: u64,
        /// Who sent it.
        by: By,
    },
    /// A connection stands.
    Connected(Side),
    /// TLS protects a line from now on.
    Tls(Side),
    /// A server took a sign-in.
    SignedIn(Side),
    /// A line ended; whether as it should, behind QUIT.
    Closed(Side, bool),
    /// A message is open in the mailbox.
    Opened,
    /// So many messages are marked for deletion.
    Marked(usize),
    /// This pane has the focus.
    Looks(Place),
}

/// A whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Of which server.
    pub side: Side,
    /// The verb it answers: `GREETING` for the greeting, `.` for a mail, empty when none is known.
    pub verb: String,
    /// The command it answers, if it is still there.
    pub asked: String,
    /// Of SMTP.
    pub code: Option<u16>,
    /// What it amounts to.
    pub class: Option<Class>,
    /// Enhanced code of its first line (RFC 2034), such as `5.7.1`.
    pub enhanced: Option<String>,
    /// Its lines, joined by spaces.
    pub text: String,
    /// Who asked.
    pub by: By,
}

/// A part of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The compose form.
    Form,
    /// The transcript.
    Transcript,
    /// The mailbox.
    Mailbox,
    /// The prompt.
    Prompt,
}

impl Place {
    /// All, with their words in lesson files.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Form, "form"), (Self::Transcript, "transcript"), (Self::Mailbox, "mailbox"), (Self::Prompt, "prompt")];
}

impl Happened {
    /// It went through, or did not: no more is worth saying unless a step waits for it.
    pub(super) fn refusal(&self) -> Option<&Reply> {
        match self {
            Self::Reply(reply) if matches!(reply.class, Some(Class::Temp | Class::Perm | Class::Err)) => Some(reply),
            _ => None,
        }
    }

    /// The row of it for the result sheet; `None` when there is nothing to prove.
    pub(super) fn row(&self) -> Option<String> {
        let row = match self {
            Self::Command { line, .. } => format!("-> {line}"),
            Self::Reply(reply) => format!("<- {}", reply.text),
            Self::Dot { stuffed: 0, .. } => "-> (the mail) .".to_owned(),
            Self::Dot { stuffed: 1, .. } => "-> (the mail, 1 dot doubled) .".to_owned(),
            Self::Dot { stuffed, .. } => format!("-> (the mail, {stuffed} dots doubled) ."),
            Self::Tls(_) => "== TLS".to_owned(),
            Self::Closed(side, true) => format!("== {} closed cleanly", side.name()),
            Self::Closed(side, false) => format!("== {} lost", side.name()),
            Self::Opened => "== a message opened".to_owned(),
            Self::Line { .. } | Self::Connected(_) | Self::SignedIn(_) | Self::Marked(_) | Self::Looks(_) => {
                return None;
            }
        };
        Some(row)
    }
}
