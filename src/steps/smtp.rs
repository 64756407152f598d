//! The proper steps of a send over SMTP or LMTP (RFC 5321 4.1.4, RFC 3207, RFC 4954, RFC 2033).

mod heard;

#[cfg(test)]
mod tests;

pub use heard::Heard;

use std::collections::HashSet;

use super::{AGAIN, Course, Key};
use crate::sasl::{SignIn, choose};
use crate::smtp::{Capabilities, Cover, State, Transaction, parameters};
use crate::wire::{Channel, TlsMode};

/// Most RCPT steps laid out at a time; the others follow as these are answered.
const RECIPIENTS: usize = 50;

/// What the conversation is.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, true or not whatever the others are")]
pub struct Situation<'a> {
    /// A line stands, or is being made.
    pub up: bool,
    /// Host and port.
    pub server: &'a str,
    /// Where the conversation stands.
    pub state: State,
    /// LMTP is spoken.
    pub lmtp: bool,
    /// Our name.
    pub hello: &'a str,
    /// What was announced to the last hello.
    pub capabilities: &'a Capabilities,
    /// The line is encrypted.
    pub encrypted: bool,
    /// When it is to be.
    pub tls: TlsMode,
    /// Who signs in; `None`: nobody.
    pub sign_in: Option<&'a SignIn>,
    /// What goes out, once the form holds a mail.
    pub mail: Option<&'a Transaction>,
    /// The mail in the form was not accepted yet, be it on another line.
    pub fresh: bool,
    /// Lines of a mail were typed since 354.
    pub body_typed: bool,
    /// What was heard so far.
    pub heard: &'a Heard,
}

/// The steps from here to the end.
pub fn course(situation: &Situation) -> Course {
    let mut way = Way { s: situation, course: Course::default(), known: false, inside: situation.encrypted };
    if way.begins() && way.introduces() && way.secures() {
        way.signs_in();
        way.mails();
    }
    way.course
}

/// The steps while they are laid out.
struct Way<'a> {
    s: &'a Situation<'a>,
    course: Course,
    /// What the server announces is known, as far as the steps got.
    known: bool,
    /// The line is encrypted, as far as the steps got.
    inside: bool,
}

impl Way<'_> {
    fn quit(&mut self, why: &'static str) {
        self.course.push(Key::Quit, "QUIT", why, "221, then the server closes the line");
    }

    /// Up to the greeting. `false`: nothing comes behind.
    fn begins(&mut self) -> bool {
        if !self.s.up {
            let line = format!("connect to {}", self.s.server);
            self.course.push(Key::Connect, line, "a conversation needs a line", "220, the server's greeting");
            self.inside = self.s.tls == TlsMode::Implicit;
            return true;
        }
        match self.s.state {
            State::Ending | State::Closed => return false,
            State::Auth => {
                self.course.push(Key::End, "*", "a star gives the sign-in up", "501");
                return false;
            }
            State::Greeting | State::Tls => self.course.waits = true,
            _ => {}
        }
        self.inside |= self.s.state == State::Tls || self.s.state == State::Greeting && self.s.tls == TlsMode::Implicit;
        true
    }

    /// A hello is still to be said.
    fn is_unknown(&self) -> bool {
        !self.s.up || matches!(self.s.state, State::Greeting | State::Greeted | State::Tls)
    }

    /// A mail is begun: no hello, TLS or sign-in comes in between.
    fn in_mail(&self) -> bool {
        self.s.up && matches!(self.s.state, State::Mail | State::Rcpt | State::Body)
    }

    fn introduces(&mut self) -> bool {
        self.known = !self.is_unknown();
        if self.known {
            return true;
        }
        if self.s.heard.hello_refused {
            self.quit("the server refused to be greeted: nothing but QUIT is left");
            return false;
        }
        self.hello(self.inside);
        true
    }

    fn hello(&mut self, inside: bool) {
        let (verb, why, expect) = match (self.s.lmtp, self.s.heard.ehlo_refused, inside && self.s.encrypted) {
            (true, ..) => ("LHLO", "LMTP begins with LHLO: who we are, and what the server can do", "250"),
            (_, true, _) => ("HELO", "EHLO was refused: HELO is what older servers know", "250"),
            (_, _, true) => ("EHLO", AGAIN, "250"),
            _ => ("EHLO", "the server wants to know who we are, and says what it can do", "250, extensions"),
        };
        self.course.push(Key::Hello(verb, inside), format!("{verb} {}", self.s.hello), why, expect);
    }

    /// TLS, and the hello inside of it. `false`: the line may not be used without.
    fn secures(&mut self) -> bool {
        let heard = self.s.heard;
        let required = self.s.tls == TlsMode::Require || heard.tls_demanded;
        if self.inside || self.in_mail() || !(required || self.s.tls == TlsMode::Auto) {
            return true;
        }
        if heard.starttls_refused {
            self.quit("STARTTLS was offered and refused: go on in clear only on purpose");
            return false;
        }
        if required && self.known && heard.helo_said && !heard.ehlo_refused {
            let line = format!("EHLO {}", self.s.hello);
            let why = "TLS is a must here, and only EHLO tells whether it is offered";
            self.course.push(Key::Hello("EHLO", false), line, why, "250, extensions");
            self.known = false;
        }
        let offered = if self.known { self.s.capabilities.starttls } else { !heard.ehlo_refused };
        match (offered, required) {
            (true, _) => {
                let why = if self.known {
                    "the server offers TLS: before it everything can be read and changed on the way"
                } else {
                    "TLS is wanted, if the server offers it"
                };
                self.course.push(Key::Tls, "STARTTLS", why, "220, then the handshake");
                self.inside = true;
                self.known = false;
                let verb = if self.s.lmtp { "LHLO" } else { "EHLO" };
                let line = format!("{verb} {}", self.s.hello);
                self.course.push(Key::Hello(verb, true), line, AGAIN, "250, extensions");
                true
            }
            (false, true) => {
                self.course.note("TLS is a must, and STARTTLS is not offered");
                self.quit("TLS is a must here, and STARTTLS is not offered: nothing else may go out");
                false
            }
            (false, false) => {
                self.course.note("STARTTLS is not offered: what follows goes in clear");
                true
            }
        }
    }

    fn signs_in(&mut self) {
        if self.in_mail() || self.s.heard.signed_in {
            return;
        }
        let expect = "235, perhaps after 334";
        let Some(who) = self.s.sign_in else { return self.signs_in_nobody() };
        if !self.known {
            let line = who.mechanism.map_or_else(|| "AUTH".to_owned(), |it| format!("AUTH {it}"));
            let why = "the account signs in; EHLO tells by which mechanisms";
            if !self.s.heard.ehlo_refused || self.s.lmtp {
                self.course.push(Key::SignIn, line, why, expect);
            }
            return;
        }
        let offered = &self.s.capabilities.auth;
        if offered.is_empty() {
            let why = if self.s.heard.ehlo_refused { "HELO announces nothing" } else { "the server does not offer it" };
            return self.course.note(format!("AUTH is left out: {why}"));
        }
        let refused = &self.s.heard.refused;
        let untried: Vec<String> = offered.iter().filter(|name| !refused.contains(name)).cloned().collect();
        // Each was tried: the password is what is left to try anew.
        let again = untried.is_empty() && who.mechanism.is_none();
        let names = if again || who.mechanism.is_some() { offered } else { &untried };
        let channel = Channel::default();
        let chosen = choose(names, who, self.inside.then_some(&channel)).or_else(|none| {
            if refused.is_empty() { Err(none) } else { choose(offered, who, self.inside.then_some(&channel)) }
        });
        match chosen {
            Ok(choice) => {
                let why = match refused.is_empty() {
                    true => "the account signs in; user and password are filled in",
                    false if refused.iter().any(|name| name == choice.mechanism.name()) => {
                        "the sign-in was refused: once more, with another password"
                    }
                    false => "the sign-in was refused: another mechanism, in case that was to blame",
                };
                self.course.push(Key::SignIn, format!("AUTH {}", choice.mechanism), why, expect);
            }
            Err(none) => self.course.note(format!("AUTH is left out: {none}")),
        }
    }

    /// The account names nobody: AUTH is there to be taken in, or due where the server asked for it.
    fn signs_in_nobody(&mut self) {
        let offered = &self.s.capabilities.auth;
        let helped = ["PLAIN", "LOGIN"].into_iter().find(|name| offered.iter().any(|it| it == name));
        let (true, Some(name)) = (self.known, helped) else { return };
        let line = format!("AUTH {name}");
        if self.s.heard.sign_in_demanded {
            let why = "530: the server takes mail from those only who signed in";
            self.course.push(Key::SignIn, line, why, "235, perhaps after 334");
        } else {
            let why = "the account names nobody who signs in; taken in, it asks for user and password";
            self.course.push_out(Key::SignIn, line, why, "235, perhaps after 334");
        }
    }

    fn mails(&mut self) {
        let s = self.s;
        if self.s.up && s.state == State::Body {
            return self.ends_body();
        }
        let begun = self.in_mail();
        if !begun && !s.fresh {
            return self
                .quit("this mail was accepted: another comes once the form changes; QUIT ends the conversation");
        }
        if begun && s.heard.data_refused {
            return self.gives_up("the server refused DATA: RSET drops this mail");
        }
        let notes = self.course.notes.len();
        let (from, to) = self.envelope();
        if begun {
            // It was told when the mail began.
            self.course.notes.truncate(notes);
        } else {
            self.sender(&from);
        }
        if self.recipients(&to) {
            let why = "all recipients are named: the mail itself comes next";
            self.course.push(Key::Data, "DATA", why, "354");
            let why = "header and body as the form holds them, dots doubled, and a line with a dot at the end";
            let expect = if s.lmtp { "250 for each recipient" } else { "250, and now the server answers for the mail" };
            self.course.push(Key::Body, "the mail of the form and the final dot", why, expect);
            self.quit("nothing is left to say");
        }
    }

    fn ends_body(&mut self) {
        if self.s.body_typed {
            self.course.push(Key::End, ".", "a line with a single dot ends the mail", "250");
        } else {
            let why = "354: the server waits for header and body, and for a line with a single dot";
            self.course.push(Key::Body, "the mail of the form and the final dot", why, "250");
        }
        self.quit("nothing is left to say");
    }

    /// Envelope as this server hears it; what it must not be asked is noted.
    fn envelope(&mut self) -> (String, Vec<(String, Vec<String>)>) {
        let Some(mail) = self.s.mail else { return (String::new(), Vec::new()) };
        let bare = || (mail.from.clone(), mail.to.iter().map(|to| (to.clone(), Vec::new())).collect());
        if !self.known {
            return bare();
        }
        let cover = if self.inside { Cover::Trusted } else { Cover::Clear };
        match parameters(mail, self.s.capabilities, cover) {
            Ok(said) => {
                let from = [&[format!("<{}>", said.from)][..], &said.mail].concat().join(" ");
                (from, said.recipients)
            }
            Err(why) => {
                self.course.note(why);
                bare()
            }
        }
    }

    fn sender(&mut self, from: &str) {
        let from = if from.starts_with('<') { from.to_owned() } else { format!("<{from}>") };
        let why = if self.s.heard.sender_refused {
            "the sender was refused: change the line or the form, or leave with QUIT"
        } else if self.s.heard.mail_refused {
            "the mail was refused: change it before it is sent again, or leave with QUIT"
        } else {
            "a mail starts with its sender"
        };
        self.course.push(Key::Mail, format!("MAIL FROM:{from}"), why, "250");
    }

    /// RCPT for each that is left. `false`: nobody is left to send to.
    fn recipients(&mut self, to: &[(String, Vec<String>)]) -> bool {
        let begun = self.in_mail();
        let tried = |path: &str| begun && self.s.heard.recipients.contains_key(path);
        // Whoever named somebody else goes a way of their own: nobody of the form is put upon it.
        let of_form: HashSet<&String> = to.iter().map(|(path, _)| path).collect();
        let own_way = begun && self.s.heard.recipients.iter().any(|(path, good)| *good && !of_form.contains(path));
        let untried: Vec<_> = to.iter().filter(|(path, _)| !own_way && !tried(path)).collect();
        if untried.is_empty() {
            let accepted = self.s.state == State::Rcpt || self.s.heard.recipients.values().any(|accepted| *accepted);
            if begun && accepted {
                return true;
            }
            if !self.s.heard.recipients.is_empty() && begun {
                self.gives_up("every recipient was refused: DATA would be, too; RSET drops this mail");
                return false;
            }
            let why = "the form names no recipient: change the line";
            self.course.push(Key::Rcpt(String::new()), "RCPT TO:<>", why, "250");
            return true;
        }
        let more = untried.len().saturating_sub(RECIPIENTS);
        let steps = untried.into_iter().take(RECIPIENTS).enumerate().map(|(index, (path, parameters))| {
            let line = [&[format!("RCPT TO:<{path}>")][..], parameters].concat().join(" ");
            let first = index == 0 && !(begun && self.s.state == State::Rcpt);
            let why = if first { "now say who gets it" } else { "the form has one more recipient" };
            (Key::Rcpt(path.clone()), line, why)
        });
        for (key, line, why) in steps.collect::<Vec<_>>() {
            self.course.push(key, line, why, "250");
        }
        if more > 0 {
            self.course.note(format!("{more} more recipients follow"));
        }
        true
    }

    fn gives_up(&mut self, why: &'static str) {
        self.course.push(Key::Reset, "RSET", why, "250");
        self.quit("RSET or not, QUIT ends the conversation");
    }
}
