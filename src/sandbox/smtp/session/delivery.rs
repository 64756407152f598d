//! The end of a mail: into the store, and a report of it to the sender where one was asked for.

use super::{Answer, Session};
use crate::sandbox::report::Report;
use crate::sandbox::smtp::reply;
use crate::sandbox::store::{Body, Mail, Protocol};

impl Session {
    /// Takes the mail under way with this text; `None` is one that is too big.
    pub(super) fn accept(&mut self, body: Option<Body>) -> Answer {
        let mail = self.mail.take().expect("no text is taken before MAIL");
        let Some(body) = body else {
            return Err(reply::too_big(self.size_limit()));
        };
        self.faulty_end()?;
        let mail = Mail {
            from: mail.from,
            to: mail.to,
            helo: self.hello.as_ref().map(|hello| hello.name.clone()).unwrap_or_default(),
            peer: self.peer,
            protocol: self.protocol(mail.parameters.utf8),
            body,
            asked: mail.parameters.asked,
            envid: mail.parameters.envid,
            hold_until: mail.hold_until,
        };
        let report = Report::of(&mail, &self.site.accounts);
        match self.site.store.accept(mail) {
            Ok(queue_id) => {
                self.drop_after_dot();
                if let Some(report) = report {
                    report.deliver(&self.site, &queue_id);
                }
                Ok(format!("250 2.0.0 queued as {queue_id}").into())
            }
            Err(_) => Err(reply::NO_ROOM.into()),
        }
    }

    fn protocol(&self, utf8: bool) -> Protocol {
        let (tls, signed_in) = (self.channel.is_some(), self.signed_in.is_some());
        let extended = self.hello.as_ref().is_some_and(|hello| hello.extended);
        match (utf8, extended) {
            (true, _) => Protocol::Utf8Smtp { tls, signed_in },
            (false, true) => Protocol::Esmtp { tls, signed_in },
            (false, false) => Protocol::Smtp,
        }
    }
}
