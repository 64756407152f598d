//! Statements become acts.

use std::time::Instant;

use super::link::{Course, Link};
use super::{Act, Awaiting, Runner, Stopped};
use crate::sasl::Mechanism;
use crate::script::check::masked;
use crate::script::report::{End, Kind, Verdict};
use crate::script::{Body, Text, What};
use crate::wire::Side;

/// What may be said in clear where TLS is required.
const IN_CLEAR: [&str; 10] = ["HELO", "EHLO", "LHLO", "STARTTLS", "STLS", "CAPA", "NOOP", "RSET", "HELP", "QUIT"];

impl Runner {
    /// Does a statement, or begins to.
    pub(super) fn perform(&mut self, what: What, now: Instant) -> Result<(), Stopped> {
        match what {
            What::Remark(_) | What::If { .. } => self.advance(),
            What::Set { name, value } => {
                if !self.given.contains(&name) {
                    let value = self.fill(&value)?;
                    self.values.set(name, value);
                }
                self.advance();
            }
            What::Connect { side, url } => return self.connect(side, url.as_ref()),
            What::On(side) => {
                self.turn_to(side);
                self.advance();
            }
            What::Send(text) => return self.send(&text),
            What::Block(lines) => return self.block(&lines),
            What::Body(body) => return self.body(&body),
            What::Expect(patterns) => return self.expect(&patterns, now),
            What::Wait(wait) => {
                let row = self.add_row(0, What::Wait(wait).to_string());
                self.open_rows.push_back(row);
                self.awaiting = Awaiting::Time(now + wait);
            }
            What::StartTls => return self.start_tls(),
            What::Auth { mechanism, user } => return self.sign_in(mechanism, user.as_ref()),
            What::Note(text) => {
                let note = self.words(&text)?;
                let row = self.add_row(0, "note");
                self.report.rows[row].note = note;
                self.advance();
            }
            What::Fail(text) => {
                return Err((Kind::Unexpected(self.link(self.side).answer.clone()), self.words(&text)?));
            }
            What::Stop => self.end(End::Held),
            What::Drop => self.hang_up(),
        }
        Ok(())
    }

    fn turn_to(&mut self, side: Side) {
        self.side = side;
        if let Some(host) = self.link(side).host.clone() {
            self.values.set("host", host);
        }
    }

    fn connect(&mut self, side: Side, url: Option<&Text>) -> Result<(), Stopped> {
        if matches!(self.link(side).course, Course::Opening | Course::Open) {
            // The same statement comes again when that line is closed.
            let polite = !self.link(side).is_typing();
            if !self.link(side).quitting {
                self.acts.push_back(if polite { Act::Quit(side) } else { Act::Drop(side) });
            }
            self.awaiting = Awaiting::Hangup(side);
            return Ok(());
        }
        // As it is written: what a variable puts in may be a password, which is refused only then.
        let shown = What::Connect { side, url: url.cloned() }.to_string();
        let url = url.map(|url| self.words(url)).transpose()?;
        self.turn_to(side);
        *self.link_mut(side) = Link { course: Course::Opening, ..Link::default() };
        let row = self.add_row(0, shown);
        self.open_rows.push_back(row);
        self.acts.push_back(Act::Connect { side, url });
        self.awaiting = Awaiting::Greeting(side);
        Ok(())
    }

    fn send(&mut self, text: &Text) -> Result<(), Stopped> {
        self.stands()?;
        let octets = one_line(self.fill(text)?)?;
        let (side, link) = (self.side, self.link(self.side));
        let (in_body, in_auth, replies) = (link.in_body, link.in_auth, link.final_replies());
        if !link.is_typing() {
            self.may_be_said(&octets)?;
        }
        let shown = if in_auth && octets != b"*" { format!("****({} B)", octets.len()) } else { masked(&octets) };
        let replies = match (in_body, octets.as_slice()) {
            (true, b".") => replies,
            (true, _) => 0,
            (false, _) => 1,
        };
        for part in 0..replies.max(1) {
            let row = self.add_row(part, shown.clone());
            self.open_rows.push_back(row);
        }
        if !in_body && !in_auth {
            self.link_mut(side).note_hello(&octets);
        }
        self.acts.push_back(Act::Line { side, octets, body: in_body });
        match replies {
            0 => self.advance(),
            replies => self.awaiting = Awaiting::Replies(side, replies),
        }
        Ok(())
    }

    fn block(&mut self, lines: &[Text]) -> Result<(), Stopped> {
        self.stands()?;
        if self.link(self.side).is_typing() {
            return Err((Kind::Script, "a block cannot go out in the middle of a body or a sign-in".to_owned()));
        }
        let mut filled = Vec::new();
        for text in lines {
            let octets = one_line(self.fill(text)?)?;
            self.may_be_said(&octets)?;
            filled.push(octets);
        }
        for (part, octets) in filled.iter().enumerate() {
            let row = self.add_row(part, masked(octets));
            self.open_rows.push_back(row);
        }
        self.awaiting = Awaiting::Replies(self.side, filled.len());
        self.acts.push_back(Act::Block { side: self.side, lines: filled });
        Ok(())
    }

    fn body(&mut self, body: &Body) -> Result<(), Stopped> {
        self.stands()?;
        let link = self.link(self.side);
        if !link.in_body {
            let said = link.answer.as_ref().map_or_else(|| "nothing".to_owned(), crate::script::Answer::words);
            let why = format!("the server did not ask for a text: it said {said}, and a body goes behind 354 to DATA");
            return Err((Kind::Unexpected(link.answer.clone()), why));
        }
        let (act, what) = match body {
            Body::File(path) => {
                let path = self.words(path)?;
                let what = format!("body {path}");
                (Act::BodyFile(path), what)
            }
            Body::Lines(lines) => {
                let lines = lines.iter().map(|line| self.body_line(line)).collect::<Result<Vec<_>, _>>()?;
                let plural = if lines.len() == 1 { "" } else { "s" };
                let what = format!("body, {} line{plural}", lines.len());
                (Act::Body(lines), what)
            }
        };
        let replies = self.link(self.side).final_replies();
        for part in 0..replies {
            let row = self.add_row(part, what.clone());
            self.open_rows.push_back(row);
        }
        self.acts.push_back(act);
        self.awaiting = Awaiting::Replies(self.side, replies);
        Ok(())
    }

    /// Dots are doubled in the script, but not those that a variable brings along.
    fn body_line(&mut self, text: &Text) -> Result<Vec<u8>, Stopped> {
        let mut octets = one_line(self.fill(text)?)?;
        if octets.starts_with(b".") && !octets.starts_with(b"..") {
            octets.insert(0, b'.');
        }
        Ok(octets)
    }

    fn start_tls(&mut self) -> Result<(), Stopped> {
        self.begin_plan("starttls")?;
        let hello = self.link(self.side).hello.clone();
        self.acts.push_back(Act::StartTls { side: self.side, hello });
        self.awaiting = Awaiting::Secured(self.side);
        Ok(())
    }

    fn sign_in(&mut self, mechanism: Option<Mechanism>, user: Option<&Text>) -> Result<(), Stopped> {
        self.stands()?;
        if self.require_tls && !self.link(self.side).encrypted {
            return Err(in_clear("auth"));
        }
        let what = What::Auth { mechanism, user: user.cloned() }.to_string();
        let user = user.map(|user| self.words(user)).transpose()?;
        self.begin_plan(&what)?;
        self.acts.push_back(Act::SignIn { side: self.side, mechanism, user });
        self.awaiting = Awaiting::SignedIn(self.side);
        Ok(())
    }

    /// What takes several lines cannot begin in the middle of something, and is judged by its own replies.
    fn begin_plan(&mut self, what: &str) -> Result<(), Stopped> {
        self.stands()?;
        if self.link(self.side).is_typing() {
            return Err((Kind::Script, format!("{what} cannot begin in the middle of a body or a sign-in")));
        }
        self.link_mut(self.side).answer = None;
        let row = self.add_row(0, what);
        self.open_rows.push_back(row);
        Ok(())
    }

    fn hang_up(&mut self) {
        self.add_row(0, What::Drop.to_string());
        let (side, open) = (self.side, matches!(self.link(self.side).course, Course::Opening | Course::Open));
        self.advance();
        if open {
            self.acts.push_back(Act::Drop(side));
            self.awaiting = Awaiting::Hangup(side);
        }
    }

    /// The time of a `wait` is over.
    pub(super) fn waited(&mut self, now: Instant) {
        let lapse = self.lapse(now);
        if let Some(row) = self.open_rows.pop_front().and_then(|row| self.row(row)) {
            row.lapse = lapse;
        }
        self.advance();
    }

    /// The server did not close in time.
    pub(super) fn not_closed(&mut self, now: Instant) {
        let (seconds, lapse) = (self.patience.as_secs(), self.lapse(now));
        if let Some(row) = self.open_rows.front().copied().and_then(|row| self.row(row)) {
            row.lapse = lapse;
            row.verdict = Verdict::Failed;
        }
        let answer = self.link(self.side).answer.clone().filter(crate::script::Answer::refuses);
        self.fail(
            Kind::Unexpected(answer),
            format!("expected the server to close the line, and it did not in {seconds} s"),
        );
    }

    fn stands(&self) -> Result<(), Stopped> {
        let name = self.side.name().to_ascii_lowercase();
        match self.link(self.side).course {
            Course::Opening | Course::Open => Ok(()),
            Course::None => Err((Kind::Script, format!("there is no line yet: write connect {name} further up"))),
            Course::Closed => Err((Kind::Line, format!("the line is closed: write connect {name} for another one"))),
        }
    }

    fn may_be_said(&self, octets: &[u8]) -> Result<(), Stopped> {
        let text = String::from_utf8_lossy(octets);
        let verb = text.split_whitespace().next().unwrap_or("");
        let harmless = IN_CLEAR.iter().any(|known| verb.eq_ignore_ascii_case(known));
        if self.require_tls && !harmless && !self.link(self.side).encrypted {
            return Err(in_clear(verb));
        }
        Ok(())
    }
}

fn in_clear(what: &str) -> Stopped {
    (Kind::Tls, format!("TLS is required, and the line is in clear: write starttls before {what}"))
}

/// A variable may bring along what a script itself cannot hold.
fn one_line(octets: Vec<u8>) -> Result<Vec<u8>, Stopped> {
    if octets.iter().any(|octet| matches!(octet, b'\r' | b'\n')) {
        return Err((Kind::Script, "a variable holds CR or LF, which would make two lines of one".to_owned()));
    }
    Ok(octets)
}
