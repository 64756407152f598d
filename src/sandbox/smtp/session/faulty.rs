//! What an SMTP session does wrong when told to. Each question of the session has one answer here, which without faults is
//! that of a good server.

use std::borrow::Cow;
use std::time::Duration;

use super::{Answer, Session};
use crate::sandbox::babble::SLOW;
use crate::sandbox::fault::Fault;
use crate::sandbox::server::Course;
use crate::sandbox::smtp::address::Address;
use crate::sandbox::smtp::command::Verb;

/// Most octets of a mail under [`Fault::Oversize`].
const SMALL: usize = 1000;

/// What went wrong on this line for good.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mishap {
    /// The greeting refused the client.
    turned_away: bool,
    /// Nothing is said any more.
    pub silent: bool,
}

impl Session {
    /// How long the greeting is held back.
    pub(super) fn slowness(&self) -> Duration {
        if self.site.has(Fault::SlowBanner) { SLOW } else { Duration::ZERO }
    }

    /// A greeting that refuses.
    pub(super) fn faulty_greeting(&mut self) -> Option<String> {
        if self.site.has(Fault::Greet421) {
            self.course = Course::Over;
            return Some(format!("421 4.3.2 {} is not available now, try again later", self.name()));
        }
        self.mishap.turned_away = self.site.has(Fault::Greet554);
        self.mishap.turned_away.then(|| format!("554 5.3.2 {} takes no mail from you", self.name()))
    }

    /// What is said to a command instead of obeying it.
    pub(super) fn faulty_answer(&mut self, verb: Verb) -> Option<Answer> {
        match verb {
            Verb::Quit => None,
            _ if self.mishap.turned_away => Some(Err("503 5.5.1 You were refused; nothing is left but QUIT".into())),
            Verb::Ehlo if self.site.has(Fault::NoEhlo) => {
                Some(Err("502 5.5.1 EHLO is not implemented here; say HELO".into()))
            }
            Verb::Mail if self.site.has(Fault::Service421) => {
                self.course = Course::Over;
                let name = self.name();
                Some(Err(format!("421 4.3.2 {name} is shutting down and closes the channel").into()))
            }
            _ => None,
        }
    }

    /// Whether MAIL may name this sender; none is the empty one.
    pub(super) fn faulty_sender(&self, sender: Option<&Address>) -> Result<(), Cow<'static, str>> {
        let Some(sender) = sender else {
            let refused = self.site.has(Fault::BlankSender);
            return if refused { Err("550 5.7.1 <>... The empty sender is not taken here".into()) } else { Ok(()) };
        };
        let own = sender.domain.as_deref().is_none_or(|domain| self.site.accounts.is_local(domain));
        if own || !self.site.has(Fault::SenderDomain) {
            return Ok(());
        }
        Err(format!("501 5.1.8 <{}>... Sender domain must exist", sender.text).into())
    }

    /// Whether RCPT may name this recipient, of a mail from `from`.
    pub(super) fn faulty_recipient(&self, from: &str, to: &Address) -> Result<(), Cow<'static, str>> {
        let shown = &to.text;
        if self.is_foreign(to) && self.site.has(Fault::RelayLogin) && self.signed_in.is_none() {
            return Err(format!("550 5.7.1 <{shown}>... Relaying denied, authentication required").into());
        }
        if self.site.has(Fault::MailboxFull) {
            return Err(format!("552 5.2.2 <{shown}>... Mailbox full").into());
        }
        if self.site.has(Fault::Greylist) && self.site.faults.is_new_pair(from, shown) {
            return Err(format!("451 4.7.1 <{shown}>... Greylisted, try again in a moment").into());
        }
        Ok(())
    }

    /// Whether mail for this recipient would be passed on: for other domains never, but for who signed in where that
    /// makes the difference.
    pub(super) fn relays(&self, to: &Address) -> bool {
        let signed_in = self.signed_in.is_some() && self.site.has(Fault::RelayLogin);
        signed_in && !self.site.has(Fault::RelayDenied) && self.is_foreign(to)
    }

    fn is_foreign(&self, to: &Address) -> bool {
        to.domain.as_deref().is_some_and(|domain| !self.site.accounts.is_local(domain))
    }

    /// Most octets of a mail, if fewer than the sandbox has room for.
    pub(super) fn faulty_size(&self) -> Option<usize> {
        self.site.has(Fault::Oversize).then_some(SMALL)
    }

    /// The text of a mail begins to arrive: whether the line is cut now.
    pub(super) fn drops_in_data(&mut self) -> bool {
        let drops = self.site.has(Fault::DropInData);
        if drops {
            self.course = Course::Cut;
        }
        drops
    }

    /// Why a mail is not taken although it is whole.
    pub(super) fn faulty_end(&self) -> Result<(), Cow<'static, str>> {
        match () {
            () if self.site.has(Fault::DeferAll) => Err("451 4.3.0 Not taken for now, try again later".into()),
            () if self.site.has(Fault::RefuseAll) => Err("554 5.7.1 Not taken: this mail is not wanted here".into()),
            () => Ok(()),
        }
    }

    /// A mail was taken: cuts the line instead of saying so.
    pub(super) fn drop_after_dot(&mut self) {
        if self.site.has(Fault::DropAfterDot) {
            self.course = Course::Cut;
            self.mishap.silent = true;
        }
    }
}

#[cfg(test)]
mod tests;
