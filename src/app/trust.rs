//! A certificate that is not believed, and a line that was tried in the wrong mode: what a person may do about either.
//!
//! Trust is given to one certificate, by its fingerprint, and never to whatever a server may show.

use super::dialog::{Card, Choice, Dialog, Item, Menu};
use super::link::Phase;
use super::{App, Effect, protection};
use crate::connection::report::{Protection, Verdict};
use crate::connection::{Failure, Remedy, Trust};
use crate::keymap::{Action, Scope};
use crate::wire::{Side, TlsMode, printable};

impl App {
    /// What would mend the last failure with one key, the prompt's side first.
    pub(super) fn remedy(&self) -> Option<(Side, Remedy)> {
        let other = if self.prompt.side == Side::Smtp { Side::Pop3 } else { Side::Smtp };
        [self.prompt.side, other].into_iter().find_map(|side| match &self.links.of(side).phase {
            Phase::Failed(failure) => Some((side, failure.remedy.clone()?)),
            _ if self.links.of(side).insecure => Some((side, Remedy::Tls(TlsMode::Implicit))),
            _ => None,
        })
    }

    /// What a failure can be mended with, and the key that does it, in a sentence; empty when nothing is known to.
    pub(super) fn mending(&self, side: Side, failure: &Failure) -> String {
        let Some(remedy) = &failure.remedy else { return String::new() };
        let Some(key) = self.keymap.hint(Action::Mend, &[Scope::Leader, Scope::Browse]) else { return String::new() };
        match remedy {
            Remedy::Tls(mode) => {
                let mail = side == Side::Smtp && (self.signing.resend || self.compose.sending.is_some());
                let and_send = if mail { ", and sends the mail" } else { "" };
                format!("{key} connects again {}{and_send}", in_mode(self.mended(side, *mode)))
            }
            Remedy::Trust(_) => format!("{key} shows the certificate and lets you trust it"),
        }
    }

    /// A failure in words for a toast; where a key mends it, the key takes the place of the advice.
    pub(super) fn told(&self, side: Side, failure: &Failure) -> String {
        let mending = self.mending(side, failure);
        let advice = match &failure.remedy {
            Some(Remedy::Tls(_)) if !mending.is_empty() => String::new(),
            _ => failure.advice.clone(),
        };
        let parts = [failure.what.as_str(), &advice, &mending];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(". ")
    }

    /// The mode to connect again in. Where TLS was a must it stays one.
    fn mended(&self, side: Side, mode: TlsMode) -> TlsMode {
        let before = self.account.target(side).map(|target| target.tls.mode).unwrap_or_default();
        match (before, mode) {
            (TlsMode::Require | TlsMode::Implicit, TlsMode::Auto) => TlsMode::Require,
            _ => mode,
        }
    }

    /// Does what the last failure advises; a certificate is shown before anybody trusts it.
    pub(super) fn mend(&mut self) {
        match self.remedy() {
            Some((side, Remedy::Tls(mode))) if self.links.of(side).insecure => {
                self.info(format!("connecting again {}", in_mode(mode)));
                self.use_tls(side, mode);
            }
            Some((side, Remedy::Tls(mode))) => {
                let mode = self.mended(side, mode);
                if let Some(target) = self.account.target_mut(side) {
                    target.tls.mode = mode;
                }
                self.info(format!("connecting again {}", in_mode(mode)));
                self.reconnect(side);
            }
            Some((side, Remedy::Trust(_))) => {
                self.dialog = self.trust_menu(side).map(Dialog::Menu);
            }
            None => {}
        }
    }

    /// The question whether to trust the certificate for which a link failed, if it failed for that.
    pub(super) fn trust_menu(&self, side: Side) -> Option<Menu> {
        let link = self.links.of(side);
        let Phase::Failed(failure) = &link.phase else { return None };
        let Some(Remedy::Trust(_)) = failure.remedy else { return None };
        let text = match link.refused.as_deref() {
            Some(shown) => self.shown_certificate(shown),
            None => vec![failure.what.clone()],
        };
        let and_send = if side == Side::Smtp && self.signing.resend { ", and send the mail" } else { "" };
        let mut items = vec![
            Item::new('n', "Stay disconnected", Choice::Stay),
            Item::new('t', format!("Trust this one certificate until I leave{and_send}"), Choice::Trust(side)),
        ];
        if self.kept_profile().is_some() {
            let name = printable::text(&self.account.name);
            items.push(Item::new('s', format!("Keep it in the profile {name}{and_send}"), Choice::TrustAndKeep(side)));
        }
        items.push(Item::new('d', "Details: the whole chain", Choice::CertificateCard(side)));
        Some(Menu::new(format!("{} is not who it should be", printable::text(&link.server)), text, items))
    }

    fn shown_certificate(&self, shown: &Protection) -> Vec<String> {
        let mut text = Vec::new();
        if let Verdict::Refused { why, .. } = &shown.verdict {
            text.push(format!("{}.", printable::text(why)));
        }
        text.push(String::new());
        if let Some(certificate) = shown.chain.first() {
            text.extend(protection::in_short(certificate, self.now.wall.timestamp()));
        }
        text.push(String::new());
        text.push("Compare the fingerprint with one that the server's owner gave you.".to_owned());
        text
    }

    fn pin(&self, side: Side) -> Option<[u8; 32]> {
        match &self.links.of(side).phase {
            Phase::Failed(failure) => match failure.remedy {
                Some(Remedy::Trust(pin)) => Some(pin),
                _ => None,
            },
            _ => None,
        }
    }

    /// Trusts the certificate that was shown on a side, and connects again.
    pub(super) fn trust(&mut self, side: Side, keep: bool) {
        let Some(pin) = self.pin(side) else { return };
        if keep && let Some(mut profile) = self.kept_profile().cloned() {
            let target = if side == Side::Smtp { profile.smtp.as_mut() } else { profile.pop3.as_mut() };
            if let Some(target) = target {
                target.tls.trust = Trust::Pin(pin);
                self.effects.push(Effect::SaveProfile(Box::new(profile)));
            }
        }
        if let Some(target) = self.account.target_mut(side) {
            target.tls.trust = Trust::Pin(pin);
        }
        self.reconnect(side);
    }

    /// The whole chain of the certificate that was not believed.
    pub(super) fn certificate_card(&mut self, side: Side) {
        let link = self.links.of(side);
        let Some(shown) = link.refused.as_deref() else { return };
        let lines = protection::panel(shown, None, self.now.wall.timestamp());
        let title = format!("The certificates of {}", printable::text(&link.server));
        self.dialog = Some(Dialog::Card(Card { question: Some(side), ..Card::new(title, lines) }));
    }

    /// `tls`: how the line of the focused side is protected.
    pub(super) fn show_tls(&mut self) {
        let side = self.prompt.side;
        let link = self.links.of(side);
        let title = format!("TLS: {} {}", side.name(), printable::text(&link.server));
        let shown = link.protection.as_deref().or(link.refused.as_deref());
        let mut lines = match shown {
            Some(shown) => protection::panel(shown, link.secured.as_ref(), self.now.wall.timestamp()),
            None => protection::plain(link.secured.as_ref()),
        };
        if !link.is_up() {
            lines.insert(0, "The line is closed; this is how it was.".to_owned());
        }
        if let Some((mechanism, user)) = &link.signed_in {
            lines.push(String::new());
            lines.push(format!("signed in  {} as {}", mechanism.name(), printable::text(user)));
        }
        self.dialog = Some(Dialog::Card(Card::new(title.trim_end(), lines)));
    }
}

/// The mode in words that go on from "connects again".
fn in_mode(mode: TlsMode) -> &'static str {
    match mode {
        TlsMode::None => "without TLS",
        TlsMode::Auto => "in clear at first, with TLS if it is offered",
        TlsMode::Require => "in clear at first, and goes on only behind TLS",
        TlsMode::Implicit => "with TLS from the first octet",
    }
}
