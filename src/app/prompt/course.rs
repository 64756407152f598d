//! What was passed and what was refused on the way of a conversation, for the ladder and the forecasts.

use crate::connection::LinkEvent;
use crate::wire::Side;
use crate::{pop3, smtp};

/// What became of a rung so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Standing {
    #[default]
    Ahead,
    Passed,
    Refused,
}

impl Standing {
    fn of(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Refused }
    }
}

/// The SMTP or LMTP conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct SmtpCourse {
    pub(crate) banner: Standing,
    pub(crate) hello: Standing,
    pub(crate) tls: Standing,
    pub(crate) auth: Standing,
    pub(crate) mail: Standing,
    pub(crate) rcpt: Standing,
    pub(crate) data: Standing,
    pub(crate) quit: Standing,
    /// Recipients refused in the mail that is begun.
    pub(crate) refused: usize,
}

impl SmtpCourse {
    pub(crate) fn notice(&mut self, notice: &smtp::Notice) {
        match notice {
            smtp::Notice::Greeting(reply) => self.banner = Standing::of(reply.class() == smtp::Class::Ok),
            smtp::Notice::Replied { verb, reply, .. } => self.replied(*verb, reply),
            _ => {}
        }
    }

    fn replied(&mut self, verb: smtp::Verb, reply: &smtp::Reply) {
        use smtp::Verb;
        let good = matches!(reply.class(), smtp::Class::Ok | smtp::Class::More);
        match verb {
            Verb::Helo | Verb::Ehlo | Verb::Lhlo => {
                self.hello = Standing::of(good);
                if good {
                    self.forget_mail();
                }
            }
            Verb::StartTls if !good => self.tls = Standing::Refused,
            Verb::Auth | Verb::SaslResponse if reply.class() != smtp::Class::More => self.auth = Standing::of(good),
            Verb::Mail => {
                self.forget_mail();
                self.mail = Standing::of(good);
            }
            Verb::Rcpt if good => self.rcpt = Standing::Passed,
            Verb::Rcpt => {
                self.refused += 1;
                if self.rcpt == Standing::Ahead {
                    self.rcpt = Standing::Refused;
                }
            }
            Verb::Data | Verb::Bdat if !good => self.data = Standing::Refused,
            Verb::FinalDot => self.data = Standing::of(good),
            Verb::Rset if good => self.forget_mail(),
            Verb::Quit => self.quit = Standing::of(good),
            _ => {}
        }
    }

    fn forget_mail(&mut self) {
        (self.mail, self.rcpt, self.data) = Default::default();
        self.refused = 0;
    }
}

/// The POP3 conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pop3Course {
    pub(crate) banner: Standing,
    pub(crate) tls: Standing,
    pub(crate) user: Standing,
    pub(crate) pass: Standing,
    /// AUTH or APOP.
    pub(crate) auth: Standing,
    pub(crate) quit: Standing,
}

impl Pop3Course {
    pub(crate) fn notice(&mut self, notice: &pop3::Notice) {
        match notice {
            pop3::Notice::Greeting { response, .. } => self.banner = Standing::of(response.is_ok()),
            pop3::Notice::Replied { verb, response, .. } => self.replied(*verb, response.status),
            _ => {}
        }
    }

    fn replied(&mut self, verb: pop3::Verb, status: pop3::Status) {
        use pop3::Verb;
        let good = status != pop3::Status::Err;
        match verb {
            Verb::Stls if !good => self.tls = Standing::Refused,
            Verb::User => self.user = Standing::of(good),
            Verb::Pass => self.pass = Standing::of(good),
            Verb::Auth | Verb::Apop | Verb::SaslResponse => self.auth = Standing::of(good),
            Verb::Quit => self.quit = Standing::of(good),
            _ => {}
        }
    }
}

/// Both conversations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Course {
    pub(crate) smtp: SmtpCourse,
    pub(crate) pop3: Pop3Course,
}

impl Course {
    /// Something happened to a line: a new one begins anew, and behind a handshake the hello is due again.
    pub(crate) fn link(&mut self, side: Side, event: &LinkEvent) {
        match (side, event) {
            (Side::Smtp, LinkEvent::Dialling { .. }) => self.smtp = SmtpCourse::default(),
            (Side::Pop3, LinkEvent::Dialling { .. }) => self.pop3 = Pop3Course::default(),
            (Side::Smtp, LinkEvent::Tls(protection)) => {
                self.smtp.tls = Standing::of(protection.is_trusted());
                self.smtp.hello = Standing::Ahead;
            }
            (Side::Pop3, LinkEvent::Tls(protection)) => self.pop3.tls = Standing::of(protection.is_trusted()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(steps: &[(smtp::Verb, u16)]) -> SmtpCourse {
        let mut course = SmtpCourse::default();
        for (verb, code) in steps {
            course.replied(*verb, &smtp::Reply { code: *code, enhanced: None, lines: vec![String::new()] });
        }
        course
    }

    #[test]
    fn a_refused_recipient_counts_until_one_is_accepted() {
        use smtp::Verb;
        let course = after(&[(Verb::Ehlo, 250), (Verb::Mail, 250), (Verb::Rcpt, 550)]);
        assert_eq!((course.mail, course.rcpt, course.refused), (Standing::Passed, Standing::Refused, 1));
        let course = after(&[(Verb::Mail, 250), (Verb::Rcpt, 550), (Verb::Rcpt, 250), (Verb::Rcpt, 450)]);
        assert_eq!((course.rcpt, course.refused), (Standing::Passed, 2));
    }

    #[test]
    fn what_drops_a_mail_drops_its_rungs() {
        use smtp::Verb;
        for verb in [Verb::Rset, Verb::Ehlo, Verb::Mail] {
            let course = after(&[(Verb::Mail, 250), (Verb::Rcpt, 250), (Verb::FinalDot, 554), (verb, 250)]);
            assert_eq!((course.rcpt, course.data), (Standing::Ahead, Standing::Ahead), "{verb:?}");
        }
        let course = after(&[(Verb::Mail, 250), (Verb::Rset, 502)]);
        assert_eq!(course.mail, Standing::Passed);
    }

    #[test]
    fn a_sign_in_is_decided_by_its_last_reply() {
        use smtp::Verb;
        assert_eq!(after(&[(Verb::Auth, 334)]).auth, Standing::Ahead);
        assert_eq!(after(&[(Verb::Auth, 334), (Verb::SaslResponse, 535)]).auth, Standing::Refused);
        assert_eq!(after(&[(Verb::Auth, 535), (Verb::Auth, 235)]).auth, Standing::Passed);
    }
}
