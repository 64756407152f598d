//! What the connection task told: into the transcript, the links, the form, the mailbox and the explain line.

use super::asking::Asking;
use super::{App, mailbox};
use crate::connection::{LinkEvent, Report};
use crate::transcript::{Direction, Record};
use crate::wire::{ChunkKind, Side};
use crate::{pop3, smtp};

/// Octets kept of a mail typed by hand: its header fits in many times.
const TYPED_MAIL: usize = 64 * 1024;

impl App {
    pub(super) fn report(&mut self, report: Report) {
        self.steps_report(&report);
        self.script_report(&report);
        match report {
            Report::Record(record) => {
                self.links.record(&record, self.now.instant);
                self.time_record(&record);
                let typed = self.is_typed_mail(&record);
                if typed {
                    self.look_at_typed(&record);
                }
                let live = self.live_pane();
                let id = live.push(record);
                if typed {
                    live.unfold(id);
                }
            }
            Report::Link { side, link, event } => {
                // The word for the protection of a line comes from that line's own handshake alone.
                let number = self.links.of(side).number;
                if link == number || link > number && !matches!(event, LinkEvent::Tls(_)) {
                    self.link_event(side, link, event);
                }
            }
            Report::Discovered(found) => self.discovered(found),
            Report::Smtp { link, notice } if link == self.links.smtp.number => self.smtp_notice(notice),
            Report::Pop3 { link, notice } if link == self.links.pop3.number => self.pop3_notice(notice),
            // Of a link that is gone already.
            Report::Smtp { .. } | Report::Pop3 { .. } => {}
        }
    }

    /// Whether a record is of a mail that comes from the prompt rather than from the form.
    fn is_typed_mail(&self, record: &Record) -> bool {
        !self.mail_is_under_way()
            && (record.side, record.direction) == (Side::Smtp, Direction::Sent)
            && matches!(record.kind, ChunkKind::Body | ChunkKind::BodyEnd)
    }

    /// Keeps the lines of a mail typed by hand, and says at its end what is rarely meant. It is sent all the same.
    fn look_at_typed(&mut self, record: &Record) {
        if record.kind == ChunkKind::BodyEnd {
            if let Some(lint) = self.typed_lint() {
                self.warn(lint);
            }
        } else if self.typed_mail.len() < TYPED_MAIL {
            self.typed_mail.extend_from_slice(&record.bytes);
        }
    }

    fn link_event(&mut self, side: Side, link: u32, event: LinkEvent) {
        self.links.event(side, link, &event, self.now.instant);
        self.prompt.course.link(side, &event);
        if side == Side::Smtp {
            self.time_event(&event);
        }
        match event {
            LinkEvent::Closed(Some(failure)) => {
                self.explain_failure(side, &failure);
                let told = self.told(side, &failure);
                self.error(told);
                self.closed(side);
                self.ask(Asking::Trust(side));
            }
            LinkEvent::Closed(None) => self.closed(side),
            // The failure was told; this is what had been queued behind the greeting that never came.
            LinkEvent::NotConnected if matches!(self.links.of(side).phase, super::link::Phase::Failed(_)) => {}
            LinkEvent::NotConnected => {
                self.error(format!("there is no {} connection: press c (or F2) to make one", side.name()));
            }
            LinkEvent::Dialling { .. }
            | LinkEvent::Connected { .. }
            | LinkEvent::Tls(_)
            | LinkEvent::BodyProgress { .. } => {}
        }
    }

    fn closed(&mut self, side: Side) {
        if side == Side::Smtp {
            // The engine ends a mail before its link is reported closed; this one never reached an engine.
            if self.replying.line_closed() {
                self.warn("the message was not resent: there was no line to send it over");
            }
            if let Some((id, _)) = self.compose.sending.take() {
                self.signing.resend = true;
                self.mail_unsent(id);
                self.compose.standing.perhaps_sent = self.compose.standing.earlier;
                self.save_draft();
            }
        } else {
            self.mailbox.session = mailbox::Session::Closed;
            self.download_line_lost("the connection ended");
            if std::mem::take(&mut self.mailbox.reopen) && self.leaving.is_none() {
                self.open_mailbox();
            }
        }
        if self.leaving.is_none() {
            self.reconnect_if_asked(side);
        }
        self.leave_if_done();
    }

    fn smtp_notice(&mut self, notice: smtp::Notice) {
        self.time_notice(&notice);
        self.prompt.course.smtp.notice(&notice);
        match notice {
            smtp::Notice::State(state) => {
                self.links.smtp_state = state;
                match state {
                    smtp::State::Ready | smtp::State::Mail => self.accepted = 0,
                    smtp::State::Body => self.typed_mail.clear(),
                    smtp::State::Tls => self.links.shakes_hands(Side::Smtp, self.now.instant),
                    _ => {}
                }
            }
            smtp::Notice::Greeting(reply) => self.explain_smtp("", smtp::State::Greeting, &reply),
            smtp::Notice::Capabilities(capabilities) => self.links.smtp_capabilities = *capabilities,
            smtp::Notice::Replied { verb, line, reply, .. } => {
                if verb == smtp::Verb::Rcpt && reply.class() == smtp::Class::Ok {
                    self.accepted += 1;
                }
                if reply.class() == smtp::Class::Ok {
                    self.note_progress(verb, &reply);
                }
                // Typed by hand, perhaps: a second sign-in would only be refused.
                self.links.smtp.sign_in_asked |= reply.code == 235;
                let state = self.links.smtp_state;
                self.explain_smtp_line(verb, &line, state, &reply);
            }
            smtp::Notice::Secured(secured) => self.links.of_mut(Side::Smtp).secured = Some(secured),
            smtp::Notice::Insecure(why) => self.insecure(Side::Smtp, &why),
            smtp::Notice::SignIn(progress) => self.sign_in_progress(Side::Smtp, progress),
            smtp::Notice::MailDone(report) => self.mail_done(*report),
            // That the line is not protected as it must be was told, and why.
            smtp::Notice::Dropped { .. } if self.links.smtp.insecure => {}
            // The mail was said to be unknown already.
            smtp::Notice::Unanswered { .. } if self.compose.standing.perhaps_sent => {}
            smtp::Notice::Unanswered { verb, why } => self.warn(unanswered(verb.name(), &why)),
            smtp::Notice::Dropped { verb, why } => self.warn(format!("{} was not sent: {why}", verb.name())),
            // The failure that ends the link tells these.
            smtp::Notice::Recipient { .. }
            | smtp::Notice::Broken(_)
            | smtp::Notice::TimedOut(_)
            | smtp::Notice::Closed { .. } => {}
        }
    }

    /// A command was accepted: whether a mail is finished, and under which name.
    fn note_progress(&mut self, verb: smtp::Verb, reply: &smtp::Reply) {
        match verb {
            smtp::Verb::Mail | smtp::Verb::Helo | smtp::Verb::Ehlo | smtp::Verb::Lhlo => self.mail_accepted = false,
            smtp::Verb::FinalDot => {
                self.mail_accepted = true;
                self.queue_id = smtp::queue_id::find(reply);
            }
            _ => {}
        }
    }

    fn pop3_notice(&mut self, notice: pop3::Notice) {
        self.prompt.course.pop3.notice(&notice);
        let Some(notice) = self.download_notice(notice) else { return };
        match &notice {
            pop3::Notice::State(state) => {
                self.links.pop3_state = *state;
                if *state == pop3::State::Tls {
                    self.links.shakes_hands(Side::Pop3, self.now.instant);
                }
                self.named = false;
                if *state == pop3::State::Transaction && self.mailbox.session == mailbox::Session::Opening {
                    self.list_mailbox();
                }
            }
            pop3::Notice::Capabilities(capabilities) => {
                self.links.pop3_capabilities = Some(capabilities.as_ref().clone());
            }
            pop3::Notice::Greeting { response, .. } => self.explain_pop3("", response),
            pop3::Notice::Secured(secured) => self.links.of_mut(Side::Pop3).secured = Some(secured.clone()),
            pop3::Notice::Insecure(why) => self.insecure(Side::Pop3, why),
            pop3::Notice::SignIn(progress) => self.sign_in_progress(Side::Pop3, progress.clone()),
            pop3::Notice::Replied { verb, response, .. } => self.pop3_replied(*verb, response),
            pop3::Notice::Dropped { verb, why, .. } if *verb != pop3::Verb::Top && !self.links.pop3.insecure => {
                self.warn(format!("{} was not sent: {why}", verb.name()));
            }
            pop3::Notice::Unanswered { verb, why, .. } => self.warn(unanswered(verb.name(), why)),
            _ => {}
        }
        let reset = match &notice {
            pop3::Notice::MarksCleared => Some(true),
            pop3::Notice::Replied { verb: pop3::Verb::Rset, response, .. } if !response.is_ok() => Some(false),
            _ => None,
        };
        if matches!(notice, pop3::Notice::Ended(_)) {
            self.remember_visit(true);
        }
        let outcome = self.mailbox.notice(notice);
        let now = self.now.instant;
        if let Some(opening) = self.mailbox.opening.as_mut().filter(|opening| opening.octets > 0) {
            opening.since.get_or_insert(now);
        }
        if let Some(accepted) = reset {
            self.reset_answered(accepted);
        }
        for line in outcome.commands {
            self.submit_pop3(pop3::Command::Line(line));
        }
        if let Some((number, raw)) = outcome.whole {
            self.effects.push(super::Effect::Parse { number, raw });
        }
        match outcome.said {
            Some(mailbox::Said::Info(text)) => self.info(text),
            Some(mailbox::Said::Warning(text)) => self.warn(text),
            Some(mailbox::Said::Error(text)) => self.error(text),
            None => {}
        }
    }

    fn pop3_replied(&mut self, verb: pop3::Verb, response: &pop3::Response) {
        let bad = response.status == pop3::Status::Err;
        // CAPA may be unknown to old servers; headers of rows are asked for by the program: neither is news.
        if !(matches!(verb, pop3::Verb::Top | pop3::Verb::Capa) && self.mailbox.session != mailbox::Session::Closed) {
            self.explain_pop3(verb.name(), response);
        }
        match verb {
            pop3::Verb::User => self.named = !bad,
            // That of a plan is told by its end, which knows whether the password was to blame.
            pop3::Verb::Pass if bad => self.named = false,
            // Of many the end tells how many were refused.
            pop3::Verb::Dele if bad && self.mailbox.marking().is_some() => {}
            pop3::Verb::Dele | pop3::Verb::Retr | pop3::Verb::Rset if bad => {
                self.error(format!("{} refused: {}", verb.name(), response.text));
            }
            _ => {}
        }
    }
}

/// Of a line whose effect nobody knows.
fn unanswered(verb: &str, why: &str) -> String {
    format!("unknown what became of {verb}: it was sent, and {why} before the answer came")
}
