//! Reports of the connection task become what the script heard.

use super::App;
use crate::connection::{LinkEvent, Report};
use crate::sasl::Progress;
use crate::script::{Event, Heard, heard};
use crate::wire::Side;

impl App {
    /// Something happened on a line; told before anything else acts on it.
    pub(in crate::app) fn script_report(&mut self, report: &Report) {
        if self.running.play.as_ref().is_none_or(|play| play.first.is_none()) {
            return;
        }
        let all = match report {
            Report::Link { side, link, event } if *link >= self.links.of(*side).number => {
                self.of_link(*side, event).map(|event| Heard { side: *side, event }).into_iter().collect()
            }
            Report::Smtp { link, notice } if *link == self.links.smtp.number => heard::of_smtp(notice),
            Report::Pop3 { link, notice } if *link == self.links.pop3.number => heard::of_pop3(notice),
            Report::Record(_)
            | Report::Link { .. }
            | Report::Smtp { .. }
            | Report::Pop3 { .. }
            | Report::Discovered(_) => return,
        };
        for heard in all {
            self.forget_refused_secret(&heard.event);
            self.script_hears(heard.side, heard.event);
        }
    }

    fn of_link(&self, side: Side, event: &LinkEvent) -> Option<Event> {
        match event {
            LinkEvent::Dialling { host, .. } => Some(Event::Dialled(host.clone())),
            LinkEvent::Tls(protection) => protection.is_trusted().then_some(Event::Encrypted),
            LinkEvent::Closed(failure) => Some(Event::Closed(failure.as_ref().map(ToString::to_string))),
            // It may be about a line that was there before this one.
            LinkEvent::NotConnected => (!self.links.of(side).is_up()).then_some(Event::Closed(None)),
            LinkEvent::Connected { .. } | LinkEvent::BodyProgress { .. } => None,
        }
    }

    pub(super) fn script_hears(&mut self, side: Side, event: Event) {
        let now = self.now.instant;
        if let Some(play) = &mut self.running.play {
            play.runner.heard(Heard { side, event }, now);
        }
    }

    /// A password that was typed and refused is asked for again the next time.
    fn forget_refused_secret(&mut self, event: &Event) {
        if matches!(event, Event::SignedIn(Progress::Refused { temporary: false, .. })) && self.signing.typed {
            self.account.password = None;
        }
    }
}
