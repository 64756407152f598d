//! The second look before a mail leaves the form: one question about what is rarely meant, and what mends it.

use std::time::Instant;

use super::App;
use super::asking::Asking;
use super::assembly::Assembled;
use super::dialog::{self, Dialog, Item, Menu};
use super::secrets::Task;
use crate::layout::Pane;
use crate::mail::lint::{self, Context, Mend, Request, Server};
use crate::mail::{Built, Lint};
use crate::smtp::{Capabilities, Requests};
use crate::wire::printable;

/// An answer to the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Back to the form.
    Back,
    /// Mend what can be mended.
    Mend,
    /// Send it as it is.
    Send,
}

/// The look at the mail that is to go.
#[derive(Debug, Default)]
pub(crate) struct Checking {
    /// What was sent anyway: it is not asked about again until the form changes.
    accepted: Vec<Lint>,
    /// What is asked about.
    asked: Vec<Lint>,
    /// The mail that waits for the answer.
    held: Option<Box<Assembled>>,
    /// When it was to be sent.
    pub(super) pressed: Option<Instant>,
}

impl App {
    /// What the mail in the form is held against.
    pub(super) fn lint_context(&self, built: Option<&Built>) -> Context {
        let capabilities = self.capabilities();
        let server = capabilities.map(|known| Server {
            known: true,
            size: known.size.flatten().filter(|_| !self.compose.manner.flaws.oversize),
            eight_bit: known.eight_bit_mime,
            smtputf8: known.smtputf8,
        });
        Context {
            server: server.unwrap_or_default(),
            envelope: self.compose.envelope().ok(),
            octets: built.map(|built| built.octets),
            unannounced: capabilities.map_or_else(Vec::new, |it| unannounced(&self.compose.manner.requests, it)),
        }
    }

    /// The mail is ready: it goes, or a question comes first.
    pub(super) fn look_again(&mut self, assembled: Box<Assembled>) {
        let lints = self.new_lints(&self.lint_context(Some(&assembled.built)));
        if lints.is_empty() {
            self.compose.assembled = Some(assembled);
            return self.with_secret(Task::Send);
        }
        let pressed = self.compose.checking.pressed;
        self.compose.checking.asked = lints;
        self.compose.checking.held = Some(assembled);
        // A key typed since then was not meant for this question.
        if self.dialog.is_none() && self.last_text_key <= pressed {
            self.dialog = self.lint_menu().map(Dialog::Menu);
        } else {
            self.ask(Asking::Lints);
        }
    }

    /// What is rarely meant, and was not agreed to yet.
    fn new_lints(&self, context: &Context) -> Vec<Lint> {
        let lints = lint::of(&self.compose.draft(), context).into_iter().filter(Lint::weighs);
        lints.filter(|lint| !self.compose.checking.accepted.contains(lint)).collect()
    }

    /// The same question before the steps send the mail, in words; `octets`: its size, as far as it is known.
    pub(super) fn step_lints(&mut self, octets: Option<u64>) -> Option<Vec<String>> {
        let context = Context { octets, ..self.lint_context(None) };
        self.compose.checking.asked = self.new_lints(&context);
        (!self.compose.checking.asked.is_empty()).then(|| self.lint_text())
    }

    /// The mail goes as it is.
    pub(super) fn accept_lints(&mut self) {
        let asked = std::mem::take(&mut self.compose.checking.asked);
        self.compose.checking.accepted.extend(asked);
    }

    fn lint_text(&self) -> Vec<String> {
        let mut text = Vec::new();
        for lint in &self.compose.checking.asked {
            text.push(printable::text(&format!("! {}: {}", lint.what, lint.advice)).into_owned());
            text.push(format!("  {}", lint.why));
        }
        text
    }

    /// The question, while a mail waits for it.
    pub(super) fn lint_menu(&self) -> Option<Menu> {
        let checking = &self.compose.checking;
        checking.held.as_ref()?;
        let text = self.lint_text();
        let choice = |choice| dialog::Choice::Lint(choice);
        let mut items = vec![Item::new('b', "Back to the form", choice(Choice::Back))];
        let mends: Vec<String> = checking.asked.iter().filter_map(|lint| lint.mend).map(Mend::text).collect();
        if !mends.is_empty() {
            items.push(Item::new('m', format!("Mend: {}", mends.join("; ")), choice(Choice::Mend)));
        }
        items.push(Item::new('s', "Send anyway", choice(Choice::Send)));
        Some(Menu::new("Send it like this?", text, items))
    }

    pub(super) fn lint_choice(&mut self, choice: Choice) {
        let asked = std::mem::take(&mut self.compose.checking.asked);
        let held = self.compose.checking.held.take();
        match choice {
            Choice::Back => self.focus = Pane::Compose,
            Choice::Mend => {
                self.focus = Pane::Compose;
                self.mend_all(&asked);
            }
            Choice::Send => {
                self.compose.checking.accepted.extend(asked);
                self.compose.assembled = held;
                self.with_secret(Task::Send);
            }
        }
    }

    fn mend_all(&mut self, lints: &[Lint]) {
        let mut done = Vec::new();
        // One mend may take several lints away, and moves what stands behind it.
        for lint in lints {
            let present = lint::of(&self.compose.draft(), &self.lint_context(None));
            let mend = present.iter().find(|other| other.rule == lint.rule && other.what == lint.what);
            let mend = mend.and_then(|lint| lint.mend);
            done.extend(mend.filter(|mend| self.mend_by(*mend)).map(Mend::text));
        }
        if done.is_empty() {
            self.warn("nothing could be mended");
        } else {
            self.info(format!("mended: {}; F5 sends it", done.join("; ")));
        }
    }

    /// The first lint of the wire tab that can be mended.
    pub(super) fn mendable(&self) -> Option<&Lint> {
        let shown = self.compose.tab == super::compose::Tab::Wire && !self.compose.previewing.is_under_way();
        self.compose.preview.lints.iter().find(|lint| shown && lint.mend.is_some())
    }

    /// Mends what the wire tab says can be mended, the first of it.
    pub(super) fn mend_mail(&mut self) {
        let Some(mend) = self.mendable().and_then(|lint| lint.mend) else { return };
        if self.mend_by(mend) {
            self.info(format!("mended: {}", mend.text()));
        }
    }

    fn mend_by(&mut self, mend: Mend) -> bool {
        if let Mend::Forgo(request) = mend {
            forgo(&mut self.compose.manner.requests, request);
            self.compose.manner_changed(self.now.instant);
            return true;
        }
        let mut draft = self.compose.draft();
        let done = lint::mend(&mut draft, mend);
        if done {
            self.compose.take_mended(draft, self.now.instant);
        }
        done
    }
}

/// What a mail asks for and such a server does not announce.
fn unannounced(requests: &Requests, server: &Capabilities) -> Vec<Request> {
    let announces = |keyword: &str| {
        let first =
            |line: &String| line.split_ascii_whitespace().next().is_some_and(|it| it.eq_ignore_ascii_case(keyword));
        server.lines.iter().any(first)
    };
    let dsn = &requests.dsn;
    let asked = [
        (Request::Dsn, dsn.notify.is_some() || dsn.ret.is_some() || dsn.envid.is_some() || dsn.orcpt),
        (Request::DeliverBy, requests.deliver_by.is_some()),
        (Request::Hold, requests.hold.is_some()),
        (Request::RequireTls, requests.require_tls),
    ];
    asked.into_iter().filter(|(request, asked)| *asked && !announces(request.keyword())).map(|(it, _)| it).collect()
}

fn forgo(requests: &mut Requests, request: Request) {
    match request {
        Request::Dsn => requests.dsn = crate::smtp::Dsn::default(),
        Request::DeliverBy => requests.deliver_by = None,
        Request::Hold => requests.hold = None,
        Request::RequireTls => requests.require_tls = false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::{Dsn, Hold};

    #[test]
    fn what_is_asked_for_and_not_announced_can_be_done_without() {
        let dsn = Dsn { orcpt: true, ..Dsn::default() };
        let mut requests = Requests { dsn, hold: Some(Hold::For(9)), require_tls: true, ..Requests::default() };
        let server =
            Capabilities { lines: vec!["dsn".to_owned(), "REQUIRETLSX".to_owned()], ..Capabilities::default() };
        let missing = unannounced(&requests, &server);
        assert_eq!(missing, [Request::Hold, Request::RequireTls]);
        for request in missing {
            forgo(&mut requests, request);
        }
        assert_eq!(unannounced(&requests, &server), []);
        assert!(requests.dsn.orcpt);
        forgo(&mut requests, Request::Dsn);
        assert_eq!(requests, Requests::default());
    }
}
