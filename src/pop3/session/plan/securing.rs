//! CAPA, STLS, CAPA (RFC 2595 4): from a line in clear to one in TLS, or to the reason why not.

use super::{Asked, Plan, Session, Step};
use crate::pop3::{Command, Line, Notice, Response, Verb};
use crate::wire::security::{UNPROTECTED, insecure};
use crate::wire::{Secured, TlsMode};

impl Session {
    pub(in super::super) fn begin_secure(&mut self, mode: TlsMode) {
        if self.channel.is_none() && mode == TlsMode::Implicit {
            return self.insecure("TLS was to begin with the first octet, and the line is in clear");
        }
        self.begin_plan(Plan::Secure(mode));
    }

    /// Decides, now that it is known what the server offers.
    pub(super) fn secure(&mut self, mode: TlsMode) {
        let offered = self.capabilities.stls && !self.signed_in;
        match mode {
            _ if self.channel.is_some() => self.secured(Secured::Already),
            TlsMode::None => self.secured(Secured::NotWanted),
            _ if self.stls_refused => self.insecure("the server has refused STLS before"),
            TlsMode::Auto | TlsMode::Require if offered => {
                self.plan = Some(Plan::Stls(self.capabilities.lines.clone()));
                self.step = Some(Step::command(Line::bare(Verb::Stls)));
            }
            TlsMode::Auto => self.secured(Secured::NotOffered),
            TlsMode::Require | TlsMode::Implicit => self.insecure(self.why_not()),
        }
    }

    fn why_not(&self) -> &'static str {
        if self.signed_in {
            return "TLS is required, and STLS is possible only before signing in";
        }
        match self.asked {
            Asked::Answered => {
                "TLS is required, and the server does not offer STLS: it has none, or somebody on the way took out the offer"
            }
            Asked::Refused | Asked::Not => {
                "TLS is required, and the server does not offer STLS: it does not say what it can do (CAPA was refused)"
            }
        }
    }

    fn secured(&mut self, secured: Secured) {
        self.notify(Notice::Secured(secured));
    }

    /// TLS was to be had and is not: nothing more is sent, but QUIT.
    fn insecure(&mut self, why: &str) {
        self.plan = None;
        self.notify(Notice::Insecure(insecure(why)));
        self.insecure = true;
        self.drop_all_but_quit(UNPROTECTED);
    }

    /// What becomes of a command on such a line: who asks for TLS again gets the same answer again.
    pub(in super::super) fn barred(&mut self, command: &Command) {
        if matches!(command, Command::Secure(_)) {
            return self.notify(Notice::Insecure(UNPROTECTED.to_owned()));
        }
        self.drop_command(command, UNPROTECTED);
    }

    /// What was queued behind STLS was meant for the encrypted line.
    pub(in super::super) fn stls_refused(&mut self, response: &Response) {
        self.stls_refused = true;
        if matches!(self.plan, Some(Plan::Stls(_))) {
            return self.insecure(&format!("the server offers STLS and refuses it: {response}"));
        }
        self.drop_all_but_quit("STLS was refused");
    }

    /// The handshake is done: what was announced in clear means nothing any more.
    pub(in super::super) fn ask_again(&mut self) {
        if let Some(Plan::Stls(before)) = self.plan.take() {
            self.begin_plan(Plan::Compare(before));
        }
    }

    pub(super) fn compare(&mut self, before: &[String]) {
        self.secured(Secured::started(before, &self.capabilities.lines));
    }
}
