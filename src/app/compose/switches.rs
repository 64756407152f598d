//! The tabs of switches: how a mail is sent, and what is wrong with it on purpose. One list, one way to use it.

mod fault;
mod option;

use std::time::Instant;

use super::{Compose, Slot, Tab};
use crate::mail::Flaw;
use crate::smtp::{Leave, Stage};
pub(crate) use fault::WireFlaw;

/// A row of one of these tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    Markdown,
    Bdat,
    Lockstep,
    NotifySuccess,
    NotifyFailure,
    NotifyDelay,
    NotifyNever,
    ReturnFull,
    ReturnHeaders,
    EnvelopeId,
    OriginalRecipient,
    DeliverBy,
    Hold,
    RequireTls,
    DkimKey,
    DkimDomain,
    DkimSelector,
    /// Switches all faults off.
    AllOff,
    Flaw(Flaw),
    Wire(WireFlaw),
    Halt(Stage, Leave),
}

/// What a switch shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Off,
    On,
    /// A text; empty: none is given.
    Text(String),
    /// It is pressed, not switched.
    Button,
}

/// What using a switch led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Used {
    Switched,
    /// It wants a text: this hint, and the one to start from.
    Asks(&'static str, String),
}

impl Switch {
    const OPTIONS: [Self; 17] = [
        Self::Markdown,
        Self::Bdat,
        Self::Lockstep,
        Self::NotifySuccess,
        Self::NotifyFailure,
        Self::NotifyDelay,
        Self::NotifyNever,
        Self::ReturnFull,
        Self::ReturnHeaders,
        Self::EnvelopeId,
        Self::OriginalRecipient,
        Self::DeliverBy,
        Self::Hold,
        Self::RequireTls,
        Self::DkimKey,
        Self::DkimDomain,
        Self::DkimSelector,
    ];

    /// The rows of a tab; none where it is no list of switches.
    pub(crate) fn of(tab: Tab) -> Vec<Self> {
        match tab {
            Tab::Options => Self::OPTIONS.to_vec(),
            Tab::Faults => fault::all(),
            Tab::Body | Tab::Headers | Tab::Envelope | Tab::Wire => Vec::new(),
        }
    }

    /// Its name.
    pub(crate) fn label(self) -> String {
        match self {
            Self::AllOff | Self::Flaw(_) | Self::Wire(_) | Self::Halt(..) => fault::label(self),
            _ => option::label(self).to_owned(),
        }
    }

    /// One line about it.
    pub(crate) fn explanation(self) -> &'static str {
        match self {
            Self::AllOff | Self::Flaw(_) | Self::Wire(_) | Self::Halt(..) => fault::explanation(self),
            _ => option::explanation(self),
        }
    }
}

impl Compose {
    /// What a switch shows now.
    pub(crate) fn state(&self, switch: Switch) -> State {
        match switch {
            Switch::AllOff | Switch::Flaw(_) | Switch::Wire(_) | Switch::Halt(..) => fault::state(self, switch),
            _ => option::state(self, switch),
        }
    }

    /// The switch under the cursor, if the caret is among them.
    pub(crate) fn switch(&self) -> Option<Switch> {
        let here = self.at == Slot::Main;
        Switch::of(self.tab).get(self.switch_at).copied().filter(|_| here)
    }

    /// Moves the cursor among the switches. `false`: there are none, or it would leave them at the top.
    pub(crate) fn move_switch(&mut self, step: isize) -> bool {
        let last = Switch::of(self.tab).len().checked_sub(1).filter(|_| self.at == Slot::Main);
        let leaves = self.switch_at == 0 && step == -1;
        let Some(last) = last.filter(|_| !leaves) else { return false };
        self.switch_at = self.switch_at.saturating_add_signed(step).min(last);
        true
    }

    /// The first row that is shown of a list this high.
    pub(crate) fn first_switch(&self, height: usize) -> usize {
        (self.switch_at + 1).saturating_sub(height)
    }

    /// Puts the cursor on a row of the list, which is `height` rows high with its explanation. `false`: none is there.
    pub(crate) fn point_at_switch(&mut self, row: usize, height: usize) -> bool {
        let shown = Self::switches_shown(height);
        let at = self.first_switch(shown) + row;
        let hit = row < shown && at < Switch::of(self.tab).len();
        if hit {
            self.switch_at = at;
        }
        hit
    }

    /// Rows of switches in a list of this height: the last ones say what the one under the cursor does.
    pub(crate) fn switches_shown(height: usize) -> usize {
        if height > 3 { height - 2 } else { height }
    }

    /// Uses a switch.
    pub(crate) fn flip(&mut self, switch: Switch, now: Instant) -> Used {
        let used = match switch {
            Switch::AllOff | Switch::Flaw(_) | Switch::Wire(_) | Switch::Halt(..) => fault::flip(self, switch),
            _ => option::flip(self, switch),
        };
        if used == Used::Switched {
            self.changed(now);
        }
        used
    }

    /// Takes the text that a switch asked for; an empty one switches it off.
    pub(crate) fn set_switch(&mut self, switch: Switch, text: &str, now: Instant) -> Result<(), String> {
        option::set(self, switch, text.trim())?;
        self.changed(now);
        Ok(())
    }

    /// The faults that are switched on, by name.
    pub(crate) fn faults_on_purpose(&self) -> Vec<String> {
        let on = fault::all().into_iter().filter(|switch| self.state(*switch) == State::On);
        on.map(fault::id).collect()
    }
}

#[cfg(test)]
mod tests;
