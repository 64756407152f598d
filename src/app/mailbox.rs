//! The mailbox pane: the list of a POP3 maildrop, the open message, marks. It asks for commands and knows no socket.
//!
//! Columns (`rows`), listings (`listed`), headers (`shelf`), order, filter, selection, marks (`deleting`), what is asked next (`plan`), a
//! message on its way (`opening`), the end of a session (`ending`) and what outlives it (`visit`) have files of their own.

mod bits;
pub(crate) mod deleting;
mod ending;
pub(crate) mod filter;
mod listed;
pub(crate) mod message;
mod opening;
pub(crate) mod order;
pub(crate) mod plan;
mod rows;
mod selection;
mod shelf;
mod visit;

use std::sync::Arc;

use crate::mail::Summary;
use crate::pop3::{BodyKind, Line, Maildrop, Notice, Response, Verb};
use bits::Bits;
pub(crate) use filter::Filter;
pub(crate) use message::{Mark, Message, Searched, Tab, places_of};
pub(crate) use order::{Key, Order};
pub(crate) use plan::Gives;

/// Headers that came since the list was sorted, before it is sorted anew while more are fetched.
const SORT_AFTER: usize = 64;

/// The newest messages among which a remembered Message-ID is looked for: it is done after each report.
const REMEMBERED: usize = 1_000;

/// How far the headers of a row are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Headers {
    #[default]
    NotAsked,
    Asked,
    Here,
    /// The server does not give them.
    Refused,
}

/// A message of the maildrop, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) number: u32,
    pub(crate) octets: Option<u64>,
    /// The unique-id, if it is valid and given to no other message.
    pub(crate) uid: Option<&'a str>,
    pub(crate) headers: Headers,
    pub(crate) summary: Option<&'a Summary>,
    pub(crate) marked: bool,
    /// Not there at an earlier visit.
    pub(crate) new: bool,
    /// Selected for what is done to many.
    pub(crate) chosen: bool,
}

/// An RSET on its way: what it is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reset {
    /// Taking one mark back.
    One(u32),
    All,
}

/// How far the listing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Listing {
    /// Nobody asked for it but perhaps the person, by hand.
    #[default]
    Unasked,
    /// STAT is on its way.
    Stat,
    /// STAT was answered: LIST and UIDL go out behind the headers of so many rows at most.
    Due(usize),
    Asked,
    Done,
}

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) number: u32,
    pub(crate) bytes: Vec<u8>,
    /// Octets that came, kept or not.
    pub(crate) octets: u64,
    /// When the first of them came.
    pub(crate) since: Option<std::time::Instant>,
}

/// A message that is being taken apart. Its number alone may mean another one in the next session.
#[derive(Debug)]
struct Parsing {
    number: u32,
    raw: Arc<Vec<u8>>,
    /// Octets that came, kept or not.
    octets: u64,
}

/// What the pane has to tell the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Info(String),
    Warning(String),
    Error(String),
}

/// What follows from a notice.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Commands to send now.
    pub(crate) commands: Vec<Line>,
    pub(crate) said: Option<Said>,
    /// A message that arrived whole: its number and octets.
    pub(crate) whole: Option<(u32, Arc<Vec<u8>>)>,
}

impl Outcome {
    fn say(said: Said) -> Self {
        Self { said: Some(said), ..Self::default() }
    }
}

/// Why the mailbox is not open, or that it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Session {
    #[default]
    Closed,
    /// We are opening it: list it as soon as the server lets us in.
    Opening,
    /// Listed.
    Open,
}

/// The mailbox pane.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Mailbox {
    rows: rows::Rows,
    shelf: shelf::Shelf,
    listing: Listing,
    /// Message numbers as shown; `None`: by number, all.
    view: Option<Vec<u32>>,
    pub(crate) order: Order,
    pub(crate) filter: Option<Filter>,
    marked: Bits,
    chosen: Bits,
    new: Bits,
    deleting: deleting::Deleting,
    /// RSET is on its way: for one message, or for all.
    reset: Option<Reset>,
    fetch: Option<plan::Fetch>,
    /// Headers that came since the list was sorted.
    unsorted: usize,
    /// The server refuses TOP as such.
    no_top: bool,
    memory: visit::Memory,
    place: Option<visit::Place>,
    /// Something to tell that no notice led to.
    news: Option<String>,
    pub(crate) session: Session,
    /// Index into the rows as shown.
    pub(crate) selected: usize,
    /// First row shown.
    pub(crate) top: usize,
    /// The list was last scrolled upwards.
    upwards: bool,
    /// The person moved in the list of this session.
    moved: bool,
    pub(crate) message: Option<Message>,
    pub(crate) opening: Option<Opening>,
    /// A message that is being taken apart.
    parsing: Option<Parsing>,
    /// A mail was sent since the list was made.
    pub(crate) stale: bool,
    /// Open again once the present session has ended.
    pub(crate) reopen: bool,
    /// What the last session's QUIT did, for the pane.
    pub(crate) ended: Option<String>,
    pub(crate) focus_message: bool,
}

impl Mailbox {
    /// What is known of a message.
    pub(crate) fn row(&self, number: u32) -> Row<'_> {
        let summary = self.summary(number);
        let headers = match summary {
            Some(_) => Headers::Here,
            None if self.no_top || self.shelf.is_refused(number) => Headers::Refused,
            None if self.shelf.is_asked(number) => Headers::Asked,
            None => Headers::NotAsked,
        };
        Row {
            number,
            octets: self.rows.size(number),
            uid: self.rows.uid(number),
            headers,
            summary,
            marked: self.marked.has(number),
            new: self.new.has(number),
            chosen: self.chosen.has(number),
        }
    }

    /// The summary of a message: from TOP, or remembered under its unique-id.
    pub(crate) fn summary(&self, number: u32) -> Option<&Summary> {
        let remembered = || self.memory.header(self.rows.uid(number).filter(|_| self.rows.uidl_is_done())?);
        self.shelf.get(number).or_else(remembered)
    }

    /// Octets of all messages together: what LIST adds up to, or what STAT told while a size is missing.
    pub(crate) fn octets(&self) -> u64 {
        self.rows.octets()
    }

    /// Messages there are, as far as is known.
    pub(crate) fn count(&self) -> usize {
        self.rows.count()
    }

    /// Whether there is such a message; `None`: LIST did not tell so far.
    pub(crate) fn exists(&self, number: u32) -> Option<bool> {
        self.rows.is_confirmed().then(|| self.rows.exists(number))
    }

    /// The highest message number there is, as far as is known.
    pub(crate) fn last(&self) -> u32 {
        self.rows.last()
    }

    /// The newest message with this Message-ID among those whose headers came by TOP, and among the newest of those
    /// that are remembered.
    pub(crate) fn find_message_id(&self, id: &str) -> Option<u32> {
        let by_top = self.shelf.iter().filter(|(_, summary)| summary.message_id == id).map(|(number, _)| number).max();
        by_top.or_else(|| {
            let named = |number: &u32| self.summary(*number).is_some_and(|summary| summary.message_id == id);
            self.newest(REMEMBERED).filter(|_| self.memory.has_headers()).find(named)
        })
    }

    /// What this server does not give, and what that means here.
    pub(crate) fn lacks(&self) -> Option<&'static str> {
        match (self.no_top, self.rows.lacks_uidl()) {
            (false, false) => None,
            (true, false) => Some("no TOP here: rows show number and size, Enter fetches a message whole"),
            (false, true) => Some("no UIDL here: what is new is not known, and nothing is remembered"),
            (true, true) => Some("no TOP, no UIDL here: rows show number and size, what is new is not known"),
        }
    }

    /// The server does not have TOP.
    fn lacks_top(&mut self) {
        if !std::mem::replace(&mut self.no_top, true) {
            self.news = self.lacks().map(str::to_owned);
        }
    }

    /// Something to tell that no notice led to.
    pub(crate) fn take_news(&mut self) -> Option<String> {
        self.news.take()
    }

    /// STAT is asked for; the rest follows when it is answered.
    pub(crate) fn begin_listing(&mut self) {
        self.listing = Listing::Stat;
    }

    /// A new session begins: what is listed belongs to the old one.
    pub(crate) fn begin(&mut self) {
        self.keep_place();
        // The open message too: its number means another one in the new session.
        let opening = self.session == Session::Opening;
        let session = if opening { Session::Opening } else { Session::Closed };
        *self = Self { session, place: self.place.take(), ..Self::default() };
    }

    /// Takes in what the engine understood.
    pub(crate) fn notice(&mut self, notice: Notice) -> Outcome {
        match notice {
            Notice::Maildrop(maildrop) => self.counted(maildrop),
            Notice::Scans(scans) => self.keeping_place(|mailbox| {
                for scan in scans {
                    mailbox.rows.scan(scan);
                }
                mailbox.session = Session::Open;
            }),
            Notice::UniqueIds(ids) => ids.iter().for_each(|id| self.rows.identify(id)),
            Notice::ListingEnd { verb, complete: true, bad } => return self.listing_end(verb, bad),
            Notice::Body { kind: BodyKind::Top, number, bytes } => self.shelf.piece(number, &bytes),
            Notice::Body { kind: BodyKind::Retr, number, bytes } => self.body(number, &bytes),
            Notice::BodyEnd { kind: BodyKind::Top, number, complete, .. } => self.headers_end(number, complete),
            Notice::BodyEnd { kind: BodyKind::Retr, number, complete, octets } => {
                return self.message_end(number, octets, complete);
            }
            Notice::Marked(number) => return Outcome { said: self.marked(number), ..Outcome::default() },
            Notice::MarksCleared => return self.marks_cleared(),
            Notice::Replied { verb, number, ref response, .. } => return self.replied(verb, number, response),
            Notice::Dropped { verb, number: Some(number), .. } => self.not_sent(verb, number),
            Notice::Ended(ending) => return Outcome { said: self.end(&ending), ..Outcome::default() },
            _ => {}
        }
        Outcome::default()
    }

    /// A status line.
    fn replied(&mut self, verb: Verb, number: Option<u32>, response: &Response) -> Outcome {
        let unreadable = |text: &str| Maildrop::parse(text.as_bytes()).is_none();
        match (verb, number, response.is_ok()) {
            (Verb::Stat, _, ok) if self.listing == Listing::Stat && (!ok || unreadable(&response.text)) => {
                self.session = Session::Open;
                self.listing = Listing::Due(usize::MAX);
                return Outcome::say(Said::Warning("STAT gave no numbers: LIST is asked all the same".to_owned()));
            }
            (Verb::Uidl, None, false) => {
                self.rows.no_uidl();
                self.listing_done();
                let text = self.lacks().filter(|_| self.rows.lacks_uidl());
                return text.map_or_else(Outcome::default, |text| Outcome::say(Said::Info(text.to_owned())));
            }
            (Verb::List, None, false) => {
                return Outcome::say(Said::Warning("LIST was refused: sizes are not known".to_owned()));
            }
            (Verb::Top, Some(number), false) => self.top_refused(number),
            (Verb::Retr, _, false) => self.opening = None,
            (Verb::Dele, Some(number), false) => {
                return Outcome { said: self.mark_refused(number), ..Outcome::default() };
            }
            _ => {}
        }
        Outcome::default()
    }

    fn top_refused(&mut self, number: u32) {
        self.shelf.give_up(number, true);
        self.look_for_top();
    }

    /// Whether the server has TOP at all: known once LIST said which messages there are.
    fn look_for_top(&mut self) {
        let messages = self.rows.count();
        if self.rows.is_confirmed() && self.shelf.never_comes(|number| self.rows.exists(number), messages) {
            self.lacks_top();
        }
    }

    fn not_sent(&mut self, verb: Verb, number: u32) {
        match verb {
            Verb::Top => self.shelf.give_up(number, false),
            Verb::Dele => drop(self.mark_refused(number)),
            Verb::Retr => self.opening = None,
            _ => {}
        }
    }

    fn headers_end(&mut self, number: u32, complete: bool) {
        if self.shelf.end(number, complete) && self.view.is_some() {
            self.unsorted += 1;
            // A list that jumps with every header cannot be read.
            if self.unsorted >= SORT_AFTER && self.fetch.is_some() {
                self.arrange();
            }
        }
    }
}

#[cfg(test)]
mod tests;
