//! What fills the connect form: a kept profile, the published servers of a provider, servers that were found.

use super::{ConnectForm, Row, Values};
use crate::app::account::Account;
use crate::config::{Preset, Profile};
use crate::connection::Service;
use crate::wire::{Side, printable};

/// What the form can be filled from.
#[derive(Clone, Debug)]
pub(super) enum Known {
    Profile(Box<Profile>),
    Preset(Box<Preset>),
}

impl ConnectForm {
    /// What the form can be filled from, since a change. What stands in it stays.
    pub(crate) fn know(&mut self, profiles: &[Profile], presets: &[Preset]) {
        let profiles = profiles.iter().map(|profile| Known::Profile(Box::new(profile.clone())));
        self.known = profiles.chain(presets.iter().map(|preset| Known::Preset(Box::new(preset.clone())))).collect();
        self.chosen = 0;
        self.own = None;
    }

    pub(super) fn filled_from(&self) -> String {
        let name = match self.chosen.checked_sub(1).and_then(|index| self.known.get(index)) {
            Some(Known::Profile(profile)) => format!("profile {}", profile.name),
            Some(Known::Preset(preset)) => format!("provider {}", preset.name),
            None => format!("nothing ({} kept, {} providers known)", self.kept(), self.known.len() - self.kept()),
        };
        printable::text(&name).into_owned()
    }

    fn kept(&self) -> usize {
        self.known.iter().filter(|known| matches!(known, Known::Profile(_))).count()
    }

    /// Fills the form from what stands at that place; 0 brings back what the person had.
    pub(super) fn fill(&mut self, chosen: usize) {
        let own = self.own.get_or_insert_with(|| Box::new(self.values.clone()));
        self.values = own.as_ref().clone();
        self.chosen = chosen;
        self.note = None;
        match chosen.checked_sub(1).and_then(|index| self.known.get(index).cloned()) {
            Some(Known::Profile(profile)) => {
                let hello = self.values.text(Row::Hello).to_owned();
                self.values = Values::of(&Account::of_profile(&profile, &hello));
            }
            Some(Known::Preset(preset)) => self.fill_preset(&preset),
            None => {}
        }
    }

    /// The servers of a provider, as they are published.
    pub(crate) fn fill_preset(&mut self, preset: &Preset) {
        self.values.not_for_others();
        self.values.set_target(Side::Smtp, preset.smtp.as_ref());
        self.values.set_target(Side::Pop3, preset.pop3.as_ref());
        self.values.smtp_too = preset.smtp.is_some() && !self.values.text(Row::User).is_empty();
        self.values.token = preset.token;
        self.values.sender_of_user();
        self.error = None;
        let note = format!("The servers that {} publishes. {}", preset.name, preset.note);
        self.note = Some(printable::text(note.trim_end()).into_owned());
    }

    /// The best server found of each protocol, and where each was found.
    pub(crate) fn fill_services(&mut self, services: &[Service]) {
        let mut told = Vec::new();
        self.values.not_for_others();
        for side in [Side::Smtp, Side::Pop3] {
            let Some(service) = services.iter().find(|service| service.protocol.side() == side) else {
                continue;
            };
            let target = crate::connection::Target::new(service.protocol, &service.host, service.port);
            self.values.set_target(side, Some(&target.with_tls(service.tls)));
            told.push(format!("{} from {}", side.name(), service.source));
        }
        self.values.sender_of_user();
        self.values.smtp_too |= services.iter().any(|service| service.protocol.side() == Side::Smtp);
        self.error = None;
        self.note = Some(printable::text(&format!("Found: {}. Look whether it fits.", told.join(", "))).into_owned());
    }
}
