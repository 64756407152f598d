//! The plan that names another client to the server: XCLIENT, and the same hello again (the XCLIENT protocol of Postfix).
//!
//! The server's 220 is a greeting: nothing that was said or announced before counts any more. Where the server will not
//! have it, nothing that was queued behind is sent: it was meant to go out in that client's name.

use std::time::Instant;

use super::ending::Loss;
use super::{Session, Work};
use crate::smtp::{Command, Line, Notice, Reply, State, Verb};

impl Session {
    pub(super) fn begin_xclient(&mut self, attributes: &[(String, String)], hello: String, now: Instant) {
        let line = self.may_name_client(attributes);
        match line.and_then(|()| Line::xclient(attributes).map_err(|bad| bad.to_string())) {
            Ok(line) => {
                self.queue.push_front(Command::Hello(hello).into());
                self.work = Some(Work::XClient);
                self.send(line, None, now);
            }
            Err(why) => self.unnamed(&why),
        }
    }

    /// Why XCLIENT cannot be said here.
    fn may_name_client(&self, attributes: &[(String, String)]) -> Result<(), String> {
        let known = &self.capabilities.xclient;
        let is_known = |name: &str| known.iter().any(|known| known.eq_ignore_ascii_case(name));
        let strange = attributes.iter().find(|(name, _)| !is_known(name));
        let why = match (self.state, strange) {
            (State::Ready, _) if attributes.is_empty() => "XCLIENT has no attributes".to_owned(),
            (State::Ready, None) => return Ok(()),
            (State::Ready, Some(_)) if known.is_empty() => {
                "the server does not announce XCLIENT; Postfix does so to the \
                 clients in smtpd_authorized_xclient_hosts"
                    .to_owned()
            }
            (State::Ready, Some((name, _))) => {
                format!("the server announces XCLIENT without {name}; it takes {}", known.join(", "))
            }
            _ => "XCLIENT belongs between the hello and the first MAIL, or between two mails".to_owned(),
        };
        Err(why)
    }

    /// 220: a new conversation on the same line.
    pub(super) fn greeted_anew(&mut self) {
        self.forget();
        self.enter(State::Greeted);
    }

    /// The reply to the line of the plan.
    pub(super) fn xclient_answered(&mut self, reply: &Reply) {
        if reply.code != 220 {
            self.queue.pop_front();
            self.unnamed(&format!("the server refused it: {reply}"));
        }
    }

    fn unnamed(&mut self, why: &str) {
        self.notify(Notice::Dropped { verb: Verb::XClient, why: why.to_owned() });
        let stage = self.stage();
        // A refused XCLIENT says nothing of the mails behind it.
        self.drop_all_but_quit(Loss { why: "XCLIENT did not come through", stage, reply: None });
    }
}
