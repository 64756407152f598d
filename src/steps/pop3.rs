//! The proper steps of a visit to a mailbox over POP3 (RFC 1939, RFC 2449, RFC 2595, RFC 5034).

mod heard;

#[cfg(test)]
mod tests;

pub use heard::Heard;

use super::{AGAIN, Course, Key};
use crate::pop3::{Capabilities, State};
use crate::sasl::{SignIn, choose};
use crate::wire::{Channel, TlsMode};

/// What the conversation is.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// A line stands, or is being made.
    pub up: bool,
    /// Host and port.
    pub server: &'a str,
    /// Where the conversation stands.
    pub state: State,
    /// What CAPA announced, once it did.
    pub capabilities: Option<&'a Capabilities>,
    /// The line is encrypted.
    pub encrypted: bool,
    /// When it is to be.
    pub tls: TlsMode,
    /// Who signs in; `None`: nobody is named.
    pub sign_in: Option<&'a SignIn>,
    /// USER was accepted.
    pub named: bool,
    /// The message that the person chose.
    pub selected: Option<u32>,
    /// What was heard so far.
    pub heard: &'a Heard,
}

/// The steps from here to the end.
pub fn course(situation: &Situation) -> Course {
    let mut way = Way { s: situation, course: Course::default(), inside: situation.encrypted, known: false };
    if way.begins() && way.secures() {
        way.signs_in();
        way.reads();
    }
    way.course
}

/// The steps while they are laid out.
struct Way<'a> {
    s: &'a Situation<'a>,
    course: Course,
    inside: bool,
    /// What the server announces is known, as far as the steps got.
    known: bool,
}

impl Way<'_> {
    fn begins(&mut self) -> bool {
        if !self.s.up {
            let line = format!("connect to {}", self.s.server);
            self.course.push(Key::Connect, line, "a conversation needs a line", "+OK, the server's greeting");
            self.inside = self.s.tls == TlsMode::Implicit;
            return true;
        }
        match self.s.state {
            State::Update | State::Closed => return false,
            State::Auth => {
                self.course.push(Key::End, "*", "a star gives the sign-in up", "-ERR");
                return false;
            }
            State::Greeting | State::Tls => self.course.waits = true,
            State::Authorization | State::Transaction => {}
        }
        self.inside |= self.s.state == State::Tls || self.s.state == State::Greeting && self.s.tls == TlsMode::Implicit;
        true
    }

    fn is_in(&self) -> bool {
        self.s.up && self.s.state == State::Transaction
    }

    /// CAPA, TLS, and CAPA inside of it. `false`: the line may not be used without.
    fn secures(&mut self) -> bool {
        if self.is_in() {
            self.known = true;
            return true;
        }
        let asked = self.s.up && (self.s.capabilities.is_some() || self.s.heard.capa_refused);
        self.known = asked;
        if !asked && !self.s.named {
            let why = if self.inside && self.s.encrypted {
                AGAIN
            } else {
                "asks what the server can do: STLS, ways to sign in, UIDL, TOP"
            };
            self.course.push(Key::Capa(self.inside), "CAPA", why, "+OK and a list; old servers -ERR");
        }
        let wants = matches!(self.s.tls, TlsMode::Auto | TlsMode::Require);
        if self.inside || !wants || self.s.named {
            return true;
        }
        if self.s.heard.stls_refused {
            self.quit("STLS was offered and refused: go on in clear only on purpose");
            return false;
        }
        let offered = !asked || self.s.capabilities.is_some_and(|known| known.stls);
        match (offered, self.s.tls) {
            (true, _) => {
                let why = if asked {
                    "the server offers TLS: before it the password can be read on the way"
                } else {
                    "TLS is wanted, if the server offers it"
                };
                self.course.push(Key::Tls, "STLS", why, "+OK, then the handshake");
                (self.inside, self.known) = (true, false);
                self.course.push(Key::Capa(true), "CAPA", AGAIN, "+OK and a list");
                true
            }
            (false, TlsMode::Require) => {
                self.course.note("TLS is a must, and STLS is not offered");
                self.quit("TLS is a must here, and STLS is not offered: nothing else may go out");
                false
            }
            (false, _) => {
                self.course.note("STLS is not offered: what follows goes in clear");
                true
            }
        }
    }

    fn signs_in(&mut self) {
        if self.is_in() {
            return;
        }
        if !self.s.named && self.signs_in_by_sasl() {
            return;
        }
        let user = self.s.sign_in.map_or("", |who| who.user.as_str());
        if !self.s.named {
            let why = if self.s.heard.refused {
                "the sign-in was refused: name the user once more, and then another password"
            } else {
                "the server wants to know who we are"
            };
            self.course.push(Key::User, format!("USER {user}"), why, "+OK, whether it knows the user or not");
        }
        let why = "the user is named: now the password (it is hidden)";
        self.course.push(Key::Pass, "PASS ", why, "+OK, and the mailbox is locked for us");
    }

    /// Where USER and PASS are not to be had, or failed. `false`: USER and PASS it is.
    fn signs_in_by_sasl(&mut self) -> bool {
        let (true, Some(offered), Some(who)) = (self.known, self.s.capabilities, self.s.sign_in) else { return false };
        if offered.sasl.is_empty() || offered.user && !self.s.heard.user_refused {
            return false;
        }
        let channel = Channel::default();
        let Ok(choice) = choose(&offered.sasl, who, self.inside.then_some(&channel)) else { return false };
        let why = if offered.user {
            "USER was refused: AUTH is the other way in"
        } else {
            "USER is not offered: AUTH is the way in; user and password are filled in"
        };
        self.course.push(Key::SignIn, format!("AUTH {}", choice.mechanism), why, "+OK, perhaps after challenges");
        true
    }

    fn reads(&mut self) {
        let heard = self.s.heard;
        if !self.is_in() || !heard.stat {
            let why = "asks how many messages there are, and how many octets";
            self.course.push(Key::Stat, "STAT", why, "+OK and two numbers");
        }
        let empty = self.is_in() && heard.messages == Some(0);
        if empty {
            self.course.note("the mailbox is empty: there is nothing to list or to fetch");
            return self.quit("nothing is left to do");
        }
        if !self.is_in() || !heard.list {
            self.course.push(Key::List, "LIST", "asks for the size of each message", "+OK and a list");
        }
        let has_uidl = self.s.capabilities.is_none_or(|known| known.uidl);
        if has_uidl && !(self.is_in() && heard.uidl) {
            let why = "asks for the unique-ids: numbers change from visit to visit, these do not";
            self.course.push(Key::Uidl, "UIDL", why, "+OK and a list; old servers -ERR");
        }
        let number = self.s.selected.or_else(|| heard.messages.filter(|_| self.is_in())).unwrap_or(1);
        if !heard.fetched.contains(&number) {
            let why = "fetches the message that was chosen; what it marks as read is the server's affair";
            self.course.push(Key::Retr, format!("RETR {number}"), why, "+OK and the message");
        }
        if !heard.marked.contains(&number) {
            let why = "marks it for deletion; QUIT makes that final, RSET takes it back";
            self.course.push_out(Key::Dele, format!("DELE {number}"), why, "+OK");
        }
        self.quit(if heard.marked.is_empty() {
            "ends the visit; nothing is marked, so nothing is deleted"
        } else {
            "ends the visit, and the server deletes what is marked"
        });
    }

    fn quit(&mut self, why: &'static str) {
        self.course.push(Key::Quit, "QUIT", why, "+OK, then the server closes the line");
    }
}
