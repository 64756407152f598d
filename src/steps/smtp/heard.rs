//! What was heard on an SMTP line, as far as it decides what comes next.

use std::collections::HashMap;

use crate::smtp::{Class, Notice, Reply, Verb, path_of};
use crate::steps::Key;

/// What was heard on a line so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, true or not whatever the others are")]
pub struct Heard {
    /// EHLO was refused for good.
    pub ehlo_refused: bool,
    /// The last hello was HELO, to which nothing is announced.
    pub helo_said: bool,
    /// HELO, or LHLO, was refused for good.
    pub hello_refused: bool,
    /// STARTTLS was refused.
    pub starttls_refused: bool,
    /// 530 asked for TLS.
    pub tls_demanded: bool,
    /// 530 asked for a sign-in.
    pub sign_in_demanded: bool,
    /// Mechanisms whose sign-in was refused, in order.
    pub refused: Vec<String>,
    /// 235 came.
    pub signed_in: bool,
    /// MAIL was refused, and not only as out of order.
    pub sender_refused: bool,
    /// Of the mail that is begun: who was accepted, and who refused, by forward-path.
    pub recipients: HashMap<String, bool>,
    /// DATA was refused, and not only as out of order.
    pub data_refused: bool,
    /// The last mail was accepted.
    pub delivered: bool,
    /// The last mail was refused after its final dot.
    pub mail_refused: bool,
    /// The mechanism that is being tried.
    trying: Option<String>,
}

impl Heard {
    /// Something happened on the line. `key`: the step it answers, if it does.
    pub fn notice(&mut self, notice: &Notice, key: Option<&Key>) {
        if let Notice::Replied { verb, line, reply, .. } = notice {
            self.replied(key, *verb, line, reply);
        }
    }

    /// The line is encrypted from here on: what was heard before counts no more (RFC 3207 4.2).
    pub fn encrypted(&mut self) {
        *self = Self::default();
    }

    fn replied(&mut self, key: Option<&Key>, verb: Verb, line: &str, reply: &Reply) {
        let (good, bad) = (reply.class() == Class::Ok, reply.class() == Class::Permanent);
        match verb {
            Verb::Ehlo | Verb::Helo | Verb::Lhlo if good => {
                self.introduced();
                self.helo_said = verb == Verb::Helo;
            }
            Verb::Ehlo => self.ehlo_refused |= bad,
            Verb::Helo | Verb::Lhlo => self.hello_refused |= bad,
            Verb::StartTls => self.starttls_refused |= reply.code != 220,
            Verb::Auth | Verb::SaslResponse => self.sign_in(verb, line, reply),
            Verb::Mail if good => {
                self.forget_mail();
                (self.delivered, self.mail_refused, self.sender_refused) = (false, false, false);
            }
            Verb::Mail if reply.code == 530 => self.demanded(reply),
            Verb::Mail => self.sender_refused |= reply.code != 503,
            Verb::Rcpt if reply.code != 503 => {
                if reply.code == 530 {
                    self.demanded(reply);
                }
                let path = match key {
                    Some(Key::Rcpt(path)) => path.as_str(),
                    _ => path_of(line),
                };
                // Whoever was accepted once stays accepted.
                *self.recipients.entry(path.to_owned()).or_default() |= good;
            }
            Verb::Data => self.data_refused |= !matches!(reply.code, 354 | 503),
            Verb::FinalDot => {
                self.forget_mail();
                // LMTP answers for each recipient.
                self.delivered |= good;
                self.mail_refused = !self.delivered;
            }
            Verb::Rset if good => self.forget_mail(),
            _ => {}
        }
    }

    fn introduced(&mut self) {
        self.forget_mail();
        self.sender_refused = false;
    }

    fn forget_mail(&mut self) {
        self.recipients.clear();
        self.data_refused = false;
    }

    fn demanded(&mut self, reply: &Reply) {
        if reply.text().to_ascii_uppercase().contains("STARTTLS") {
            self.tls_demanded = true;
        } else {
            self.sign_in_demanded = true;
        }
    }

    fn sign_in(&mut self, verb: Verb, line: &str, reply: &Reply) {
        if verb == Verb::Auth {
            self.trying = line.split_ascii_whitespace().nth(1).map(str::to_ascii_uppercase);
        }
        match reply.class() {
            Class::More => {}
            Class::Ok => self.signed_in = true,
            // For now only: the same may do later.
            Class::Temporary => self.trying = None,
            Class::Permanent if reply.code == 503 => {}
            Class::Permanent => {
                let name = self.trying.take();
                self.refused.extend(name.filter(|name| !self.refused.contains(name)));
            }
        }
    }
}
