//! The mail in the form, made ready to be sent: it reads attached files, so it runs beside the loop.

use super::{App, Effect};
use crate::mail::{Built, Draft, Envelope, Fault, message_id};

/// What is to be made ready, and what for. What comes back is no longer wanted when [`Assembly::serial`] is not that of
/// the latest.
#[derive(Clone, Debug)]
pub struct Assembly {
    /// Counts the assemblies of this process.
    pub serial: u64,
    /// The mail, with its Message-ID.
    pub draft: Draft,
    /// MAIL FROM and RCPT TO.
    pub envelope: Envelope,
    /// When, with the zone of its Date.
    pub now: jiff::Zoned,
    /// For Message-IDs.
    pub host: String,
}

/// A mail that can go.
#[derive(Debug)]
pub struct Assembled {
    /// Its octets.
    pub built: Built,
    /// MAIL FROM and RCPT TO.
    pub envelope: Envelope,
}

impl Assembly {
    /// Makes it. Reads files, so it blocks.
    pub fn make(self) -> Result<Box<Assembled>, Vec<Fault>> {
        let built = self.draft.build(&self.now, &self.host)?;
        Ok(Box::new(Assembled { built, envelope: self.envelope }))
    }
}

impl App {
    /// Asks for the mail in the form as it goes out; [`super::Message::Assembled`] brings it.
    pub(super) fn assemble(&mut self) -> Result<(), Vec<Fault>> {
        let assembly = self.assembly()?;
        self.compose.assembling = Some(assembly.serial);
        self.effects.push(Effect::Assemble(Box::new(assembly)));
        Ok(())
    }

    /// The same for the steps; [`App::step_assembled`] takes it.
    pub(super) fn assemble_for_steps(&mut self) -> Result<u64, Vec<Fault>> {
        let assembly = self.assembly()?;
        let serial = assembly.serial;
        self.effects.push(Effect::Assemble(Box::new(assembly)));
        Ok(serial)
    }

    fn assembly(&mut self) -> Result<Assembly, Vec<Fault>> {
        let mut draft = self.compose.draft();
        draft.message_id.get_or_insert_with(|| message_id(&self.now.wall, self.random64(), &self.host));
        let envelope = self.compose.envelope()?;
        self.assemblies += 1;
        Ok(Assembly { serial: self.assemblies, draft, envelope, now: self.now.wall.clone(), host: self.host.clone() })
    }

    /// It came, or why it did not.
    pub(super) fn assembled(&mut self, serial: u64, made: Result<Box<Assembled>, Vec<Fault>>) {
        let Some(made) = self.step_assembled(serial, made) else { return };
        if self.compose.assembling.take_if(|awaited| *awaited == serial).is_none() {
            return;
        }
        match made {
            Ok(assembled) => self.look_again(assembled),
            Err(faults) => self.cannot_send(faults),
        }
    }
}
