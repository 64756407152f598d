//! The end of a session: what became of the marks, and what the list is worth from then on.

use super::{Mailbox, Said, Session, deleting, rows, shelf};
use crate::pop3::{Ending, Verdict};
use crate::wire::printable;

impl Mailbox {
    pub(super) fn end(&mut self, ending: &Ending) -> Option<Said> {
        let count = ending.marks.len();
        let messages = if count == 1 { "1 message".to_owned() } else { format!("{count} messages") };
        let (text, said): (String, fn(String) -> Said) = match ending.verdict {
            Verdict::Committed if count == 0 => ("POP3 session ended; nothing was deleted".to_owned(), Said::Info),
            Verdict::Committed => (format!("POP3 session ended: the server deleted {messages}"), Said::Info),
            Verdict::Refused => {
                (format!("QUIT was refused: of {messages} some may be deleted; list again (r)"), Said::Error)
            }
            Verdict::Kept if count == 0 => {
                ("POP3 connection closed without QUIT; nothing was deleted".to_owned(), Said::Info)
            }
            Verdict::Kept => (
                format!("connection closed without QUIT: marks dropped, nothing deleted ({messages} kept)"),
                Said::Warning,
            ),
            Verdict::Unknown if count == 0 => ("no answer to QUIT; nothing was marked".to_owned(), Said::Info),
            Verdict::Unknown => {
                (format!("no answer to QUIT: whether {messages} were deleted is unknown; list again (r)"), Said::Error)
            }
        };
        let text = match ending.response.as_ref().map(|response| printable::text(response.text.trim())) {
            Some(answer) if !answer.is_empty() => format!("{text} (it says: {answer})"),
            _ => text,
        };
        self.keep_place();
        self.line_gone();
        match ending.verdict {
            Verdict::Kept => self.marked.clear(),
            // What is deleted is gone, and the numbers of the others mean nothing in the next session.
            Verdict::Committed if count > 0 => self.forget_rows(),
            Verdict::Committed | Verdict::Refused | Verdict::Unknown => {}
        }
        self.ended = Some(text.clone());
        // A session that ends only to be opened again, with nothing marked, is no news.
        (!self.reopen || count > 0).then(|| said(text))
    }

    /// The line is gone: nothing that was asked for will come.
    pub(super) fn line_gone(&mut self) {
        self.session = Session::Closed;
        self.opening = None;
        self.deleting = deleting::Deleting::default();
        self.reset = None;
        self.fetch = None;
        self.shelf.line_gone();
    }

    pub(super) fn forget_rows(&mut self) {
        self.rows = rows::Rows::default();
        self.shelf = shelf::Shelf::default();
        self.view = None;
        for bits in [&mut self.marked, &mut self.chosen, &mut self.new] {
            bits.clear();
        }
        (self.selected, self.top) = (0, 0);
    }
}
