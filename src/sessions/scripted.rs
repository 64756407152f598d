//! A session as a script that says the same again: each command and what was answered. What was masked becomes a
//! statement that does it anew; where octets are missing, a statement that fails and says so.

mod gaps;

use std::collections::{HashMap, HashSet};

use super::exchange::is_continued;
use crate::pop3::Response;
use crate::sasl::Mechanism;
use crate::script::{Body, Pattern, Reply, Script, Statement, Text, What};
use crate::smtp;
use crate::transcript::text::grouped;
use crate::transcript::{Class, Direction, Entry, EntryKind, Transcript};
use crate::wire::Side;
use crate::wire::secret::is_masked;
use gaps::Gaps;

/// How a session becomes a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// Names, addresses, date and Message-ID become variables: `helo`, `from`, `to` (`to_2` and on for more recipients),
    /// `date` and `message_id`.
    pub adapted: bool,
    /// The last entry that is taken; a reply to it is taken too.
    pub upto: Option<u64>,
}

/// The script of a session.
pub fn scripted(transcript: &Transcript, how: How) -> Script {
    let mut writer = Writer::new(transcript, how);
    for entry in transcript.iter().take_while(|entry| how.upto.is_none_or(|last| entry.id() <= last)) {
        writer.entry(&entry);
    }
    writer.end();
    numbered(writer.said)
}

/// The statements, each with the line that it has when the script is printed.
fn numbered(said: Vec<What>) -> Script {
    let mut line = 1;
    let statements = said.into_iter().map(|what| {
        let here = line;
        line += match &what {
            What::Body(Body::Lines(lines)) => u32::try_from(lines.len() + 2).unwrap_or(u32::MAX),
            _ => 1,
        };
        Statement { line: here, what }
    });
    Script { statements: statements.collect() }
}

struct Writer<'a> {
    transcript: &'a Transcript,
    said: Vec<What>,
    /// The replies to an entry.
    answers: HashMap<u64, Vec<u64>>,
    /// Entries that an earlier statement stands for.
    done: HashSet<u64>,
    side: Option<Side>,
    /// The link that is open on each side.
    links: [Option<u32>; 2],
    /// The last entry of the commands that went out in one write.
    together: Option<u64>,
    gaps: Gaps,
}

impl<'a> Writer<'a> {
    fn new(transcript: &'a Transcript, how: How) -> Self {
        let mut answers: HashMap<u64, Vec<u64>> = HashMap::new();
        for entry in transcript.iter().filter(|entry| entry.kind() == EntryKind::Reply) {
            if let Some(asked) = entry.answers() {
                answers.entry(asked).or_default().push(entry.id());
            }
        }
        let gaps = if how.adapted { Gaps::of(transcript) } else { Gaps::default() };
        Self {
            transcript,
            said: gaps.settings(),
            answers,
            done: HashSet::new(),
            side: None,
            links: [None; 2],
            together: None,
            gaps,
        }
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        if self.done.contains(&entry.id()) {
            return;
        }
        match entry.kind() {
            EntryKind::Command => self.command(entry),
            EntryKind::Body if entry.direction() == Direction::Sent => self.body(entry),
            EntryKind::Reply => self.reply(entry),
            EntryKind::Error => self.remark(format!("then: {}", entry.summary())),
            EntryKind::Stray if entry.direction() == Direction::Sent => {
                self.lost("octets were sent that are no line, and no script says them");
            }
            EntryKind::Body | EntryKind::Event | EntryKind::Stray => {}
        }
    }

    /// What follows is said on the link of this entry.
    fn turn_to(&mut self, entry: &Entry<'_>) {
        let (side, link) = (entry.side(), entry.link());
        if self.links[side as usize] != Some(link) {
            self.links[side as usize] = Some(link);
            self.say(What::Connect { side, url: None });
            self.side = Some(side);
        } else if self.side != Some(side) {
            self.say(What::On(side));
            self.side = Some(side);
        }
    }

    fn command(&mut self, entry: &Entry<'_>) {
        self.turn_to(entry);
        self.note_together(entry);
        let line = line_of(entry.raw());
        match (entry.side(), entry.verb()) {
            (_, "STARTTLS" | "STLS") if self.is_taken(entry) => self.starttls(entry),
            (_, "AUTH") => self.auth(entry, line),
            (Side::Pop3, "USER") if self.is_taken(entry) => self.user(entry, line),
            (Side::Pop3, "APOP") => {
                let user = words(line).nth(1).map(|user| Text(vec![octets(user)]));
                self.say(What::Auth { mechanism: Some(Mechanism::Apop), user: self.gaps.user(user) });
                self.expect(entry.id());
            }
            (Side::Smtp, "BDAT") => {
                self.lost("the octets behind BDAT are counted, and no script says them: send the mail with DATA");
                self.take_replies(entry.id());
            }
            _ if is_masked(line) => {
                self.lost("this line was masked and is not known any more");
                self.remark(format!("it was: {}", entry.summary()));
                self.take_replies(entry.id());
            }
            _ => {
                self.say(What::Send(self.gaps.command(line)));
                self.expect(entry.id());
            }
        }
    }

    /// Says once of a group that it went out in one write.
    fn note_together(&mut self, entry: &Entry<'_>) {
        if self.together.is_some_and(|last| entry.id() <= last) {
            return;
        }
        let answered = self.first_reply(entry.id()).unwrap_or(u64::MAX);
        let same = |next: &Entry<'_>| next.side() == entry.side() && next.kind() == EntryKind::Command;
        let behind = (entry.id() + 1..self.transcript.end_id()).take_while(|id| *id < answered);
        let last = behind.filter_map(|id| self.transcript.get(id)).take(200).filter(same).last();
        if let Some(last) = last {
            self.together = Some(last.id());
            self.remark("these went out in one write; here each waits for its reply");
        }
    }

    /// STARTTLS, the handshake, and the hello or CAPA behind it.
    fn starttls(&mut self, entry: &Entry<'_>) {
        self.say(What::StartTls);
        self.take_replies(entry.id());
        let next = self.next_command(entry);
        if let Some(next) = next.filter(|next| matches!(next.verb(), "EHLO" | "HELO" | "LHLO" | "CAPA")) {
            self.done.insert(next.id());
            self.take_replies(next.id());
        }
    }

    fn auth(&mut self, entry: &Entry<'_>, line: &[u8]) {
        let mut last = entry.id();
        let mut masked = is_masked(line);
        let mut here = *entry;
        while let Some(next) = self.next_command(&here).filter(|next| is_continued(next)) {
            masked |= is_masked(next.raw());
            self.take_replies(here.id());
            self.done.insert(next.id());
            last = next.id();
            here = next;
        }
        let named = words(line).nth(1).map(|word| String::from_utf8_lossy(word).into_owned());
        match named.as_deref().map(str::parse::<Mechanism>) {
            _ if !masked && last == entry.id() && !self.is_taken(entry) => {
                self.say(What::Send(self.gaps.command(line)));
            }
            Some(Ok(mechanism)) => self.say(What::Auth { mechanism: Some(mechanism), user: None }),
            _ => return self.lost("this sign-in was masked, and its mechanism is not spoken here"),
        }
        self.expect(last);
    }

    /// USER, and PASS behind it.
    fn user(&mut self, entry: &Entry<'_>, line: &[u8]) {
        let pass = self.next_command(entry).filter(|next| next.verb() == "PASS");
        let Some(pass) = pass else {
            self.say(What::Send(self.gaps.command(line)));
            return self.expect(entry.id());
        };
        let user = words(line).nth(1).map(|user| Text(vec![octets(user)]));
        self.say(What::Auth { mechanism: Some(Mechanism::UserPass), user: self.gaps.user(user) });
        self.take_replies(entry.id());
        self.done.insert(pass.id());
        self.expect(pass.id());
    }

    fn body(&mut self, entry: &Entry<'_>) {
        if entry.verb() == "BDAT" {
            return;
        }
        self.turn_to(entry);
        let missing = entry.octets_missing();
        if missing > 0 || entry.cut() {
            self.remark(format!("{} octets of this mail were not kept", grouped(missing)));
            self.lost("the text of the mail is not whole: put a body of your own here");
        } else {
            self.say(What::Body(Body::Lines(self.gaps.body(entry.raw()))));
        }
        self.expect(entry.id());
    }

    fn reply(&mut self, entry: &Entry<'_>) {
        self.turn_to(entry);
        match pattern(entry) {
            Some(pattern) if entry.verb() == "GREETING" => self.say(What::Expect(vec![pattern])),
            _ => self.remark(format!("unasked: {}", entry.summary())),
        }
    }

    /// What was answered to an entry is expected again.
    fn expect(&mut self, id: u64) {
        let replies = self.replies(id);
        self.take_replies(id);
        let Some(first) = replies.first() else {
            self.remark("no reply came");
            return;
        };
        if let Some(pattern) = pattern(first) {
            self.say(What::Expect(vec![pattern]));
        }
        for more in &replies[1..] {
            self.remark(format!("and: {}", more.summary()));
        }
    }

    fn take_replies(&mut self, id: u64) {
        self.done.extend(self.answers.get(&id).into_iter().flatten());
    }

    fn replies(&self, id: u64) -> Vec<Entry<'a>> {
        let replies = self.answers.get(&id).into_iter().flatten();
        replies.filter_map(|id| self.transcript.get(*id)).collect()
    }

    fn first_reply(&self, id: u64) -> Option<u64> {
        self.answers.get(&id)?.first().copied()
    }

    /// Whether the first answer said go on, or well done.
    fn is_taken(&self, entry: &Entry<'_>) -> bool {
        let replies = self.replies(entry.id());
        replies.first().is_some_and(|reply| matches!(reply.class(), Some(Class::Ok | Class::More)))
    }

    /// The next command on the same link.
    fn next_command(&self, entry: &Entry<'_>) -> Option<Entry<'a>> {
        let mut behind = (entry.id() + 1..self.transcript.end_id()).filter_map(|id| self.transcript.get(id));
        let same = |next: &Entry<'_>| next.side() == entry.side() && next.kind() == EntryKind::Command;
        behind.find(same).filter(|next| next.link() == entry.link())
    }

    fn end(&mut self) {
        if self.said.is_empty() {
            self.remark("nothing was said in this session");
        }
    }

    fn say(&mut self, what: What) {
        self.said.push(what);
    }

    fn remark(&mut self, words: impl Into<String>) {
        self.say(What::Remark(words.into()));
    }

    /// The script cannot go on from here.
    fn lost(&mut self, why: &str) {
        self.say(What::Fail(Text(vec![octets(why.as_bytes())])));
    }
}

/// What a reply has to be to be the same again.
fn pattern(entry: &Entry<'_>) -> Option<Pattern> {
    let reply = match entry.side() {
        Side::Smtp => {
            let reply: smtp::Reply = String::from_utf8_lossy(entry.raw()).parse().ok()?;
            match reply.enhanced {
                Some(code) => Reply::Enhanced(reply.code, (code.class, code.subject, code.detail)),
                None => Reply::Code(reply.code),
            }
        }
        Side::Pop3 if entry.class() == Some(Class::More) => return None,
        Side::Pop3 => Reply::Ok(Response::parse(entry.raw())?.is_ok()),
    };
    Some(Pattern { reply, text: None })
}

fn octets(bytes: &[u8]) -> crate::script::Piece {
    crate::script::Piece::Octets(bytes.to_vec())
}

/// Without its line end.
fn line_of(bytes: &[u8]) -> &[u8] {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|octet| *octet == b' ').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests;
