//! What a POP3 session does wrong when told to. Each question of the session has one answer here, which without faults is
//! that of a good server.

use std::time::Duration;

use super::{Answer, Session, State, index};
use crate::sandbox::babble::{SLOW, WORDS};
use crate::sandbox::fault::Fault;
use crate::sandbox::outbox::Outbox;
use crate::sandbox::pop3::command::{self, Verb};
use crate::sandbox::pop3::retrieval;
use crate::sandbox::server::Course;

impl Session {
    /// How long the greeting is held back.
    pub(super) fn slowness(&self) -> Duration {
        if self.site.has(Fault::SlowBanner) { SLOW } else { Duration::ZERO }
    }

    /// Whether somebody whose secret was right may log in.
    pub(super) fn faulty_login(&self) -> Result<(), String> {
        match () {
            () if self.site.has(Fault::Pop3NoLogin) => {
                Err("[SYS/PERM] this account is not enabled for POP access".to_owned())
            }
            () if self.site.has(Fault::Pop3InUse) => Err("[IN-USE] another session has this mailbox open".to_owned()),
            () => Ok(()),
        }
    }

    /// What is done instead of obeying a command.
    pub(super) fn faulty_answer(&mut self, verb: Verb, argument: &str, out: &mut Outbox) -> Option<Answer> {
        if verb != Verb::Retr || !self.site.has(Fault::Pop3DropInRetr) {
            return None;
        }
        let State::Transaction { maildrop, marked } = &self.state else { return None };
        let [number] = command::numbers(argument)?;
        let letter = &maildrop.letters()[index(marked, number).ok()?];
        out.line(&format!("+OK {} octets", letter.octets()));
        retrieval::half(letter, out);
        self.course = Course::Cut;
        Some(Ok(None))
    }

    /// Lines of CAPA that say nothing.
    pub(super) fn flood(&self, out: &mut Outbox) {
        if self.site.has(Fault::Flood) {
            for number in 1..=WORDS {
                out.line(&format!("X-LINE-{number}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use super::*;
    use crate::sandbox::server::Conversation;
    use crate::sandbox::{Options, Site};

    fn session(faults: &[Fault]) -> Session {
        let options = Options { faults: faults.to_vec(), ..Options::default() };
        Session::new(Arc::new(Site::new(&options).unwrap()), IpAddr::from([127, 0, 0, 1]))
    }

    fn say(session: &mut Session, input: &str) -> String {
        let mut out = Outbox::default();
        session.receive(format!("{input}\r\n").as_bytes(), &mut out);
        out.take()
    }

    #[test]
    fn logins_are_refused_as_the_fault_says_and_again_taken_without_it() {
        for (fault, words) in [
            (Fault::Pop3NoLogin, "[SYS/PERM] this account is not enabled for POP access"),
            (Fault::Pop3InUse, "[IN-USE] "),
        ] {
            let mut session = session(&[fault]);
            let said = say(&mut session, "USER bob\r\nPASS opensesame");
            assert!(said.contains(&format!("\r\n-ERR {words}")), "{fault}: {said}");
            session.site.faults.set(&[]);
            let said = say(&mut session, "USER bob\r\nPASS opensesame");
            assert!(!said.contains("-ERR"), "{fault} off: {said}");
        }
    }

    #[test]
    fn a_message_is_cut_before_its_end() {
        let mut session = session(&[Fault::Pop3DropInRetr]);
        say(&mut session, "USER bob\r\nPASS opensesame");
        assert!(say(&mut session, "RETR 99").starts_with("-ERR no such message") && !session.is_over());
        let said = say(&mut session, "RETR 1");
        assert!(said.starts_with("+OK ") && said.contains("Delivered-To: "), "{said}");
        assert!(said.ends_with("\r\n") && !said.contains("\r\n.\r\n"), "{said}");
        assert!(session.is_over() && session.is_cut());
    }

    #[test]
    fn capabilities_are_flooded_and_greetings_are_slow() {
        let mut session = session(&[Fault::Flood, Fault::SlowBanner, Fault::Noise]);
        let said = say(&mut session, "CAPA");
        assert!(said.contains("\r\nX-LINE-180\r\n") && said.contains("\r\nTOP\r\n") && said.ends_with("\r\n.\r\n"));
        assert_eq!(session.delay(), SLOW);
        assert!(say(&mut session, "NOOP").contains('\u{fffd}'), "octets that are no text");
    }
}
