//! Profiles: chosen, kept and removed; and the servers of a mail address, found for the connect form.

use super::dialog::{Choice, ConnectForm, Dialog, Item, Menu};
use super::{Account, App, Effect};
use crate::config::Profile;
use crate::connection::request::Discovery;
use crate::connection::{Failure, Request, Service};
use crate::wire::printable;

impl App {
    /// The profile that keeps the account in use.
    pub(super) fn kept_profile(&self) -> Option<&Profile> {
        self.profiles.iter().find(|profile| self.account.kept && profile.name == self.account.name)
    }

    /// `profiles`: all that are kept, to go over to one.
    pub(super) fn show_profiles(&mut self) {
        let keys = ('1'..='9').chain(('a'..='z').filter(|key| !"cjkn".contains(*key)));
        let mut items: Vec<Item> = keys
            .zip(self.profiles.iter().enumerate())
            .map(|(key, (index, profile))| Item::new(key, self.described(profile), Choice::UseProfile(index)))
            .collect();
        items.push(Item::new('c', "Make or edit one: the connect form", Choice::ConnectForm));
        items.push(Item::new('n', "Stay with what is in use", Choice::Stay));
        let text = match self.profiles.len() {
            0 => vec!["None is kept yet: the connect form keeps one under a name.".to_owned()],
            _ => vec!["Lines to other servers are dropped; nothing is deleted.".to_owned()],
        };
        self.dialog = Some(Dialog::Menu(Menu::new("Profiles", text, items)));
    }

    /// Offers the senders of account and profiles while an address is typed.
    pub(super) fn know_own_addresses(&mut self) {
        let senders = self.profiles.iter().filter_map(|profile| profile.from.as_deref());
        self.compose.set_own(std::iter::once(self.account.from.as_str()).chain(senders));
    }

    pub(super) fn use_profile(&mut self, index: usize) {
        let Some(profile) = self.profiles.get(index) else { return };
        let account = Account::of_profile(profile, &self.host);
        self.use_account(account);
    }

    /// Keeps what stands in the connect form under its name.
    pub(super) fn save_form(&mut self) {
        let Some(Dialog::Connect(form)) = &mut self.dialog else { return };
        let Some(account) = form.account_to_keep() else { return };
        self.effects.push(Effect::SaveProfile(Box::new(account.profile())));
    }

    /// Asks once whether the profile in the form is to be forgotten.
    pub(super) fn ask_to_remove(&mut self) {
        let Some(Dialog::Connect(form)) = &mut self.dialog else { return };
        let name = form.name();
        if !self.profiles.iter().any(|profile| profile.name == name) {
            form.complain(super::dialog::connect::Row::Name, "no profile of this name is kept");
            return;
        }
        let title = format!("Forget the profile {}?", printable::text(&name));
        self.removing = Some(name);
        let Some(Dialog::Connect(form)) = self.dialog.take() else { return };
        self.parked = Some(form);
        self.dialog = Some(Dialog::Menu(Menu::new(
            title,
            vec!["Its secret stays where it is: in the key ring, the file, or your head.".to_owned()],
            vec![
                Item::new('n', "No, keep it", Choice::BackToForm),
                Item::new('y', "Yes, forget it", Choice::RemoveProfile),
            ],
        )));
    }

    pub(super) fn remove_profile(&mut self) {
        self.effects.extend(self.removing.take().map(Effect::RemoveProfile));
        self.back_to_form();
    }

    /// The form comes back as it was left.
    pub(super) fn back_to_form(&mut self) {
        self.dialog = self.parked.take().map(Dialog::Connect);
    }

    /// The profiles as they are kept since a change; or why it was not made.
    pub(super) fn profiles_changed(&mut self, profiles: Result<Vec<Profile>, String>) {
        match profiles {
            Ok(profiles) => {
                let before = std::mem::replace(&mut self.profiles, profiles);
                self.know_own_addresses();
                let name = self.account.name.clone();
                self.account.kept &= self.profiles.iter().any(|profile| profile.name == name);
                let forgotten = before.len() > self.profiles.len();
                let text = if forgotten { "the profile is forgotten" } else { "the profile is kept" };
                self.info(text);
                if let Some(Dialog::Connect(form)) = &mut self.dialog {
                    form.know(&self.profiles, &self.presets);
                    // The form may cover the toast.
                    form.note = Some(format!("Done: {text}."));
                }
            }
            Err(error) => {
                self.error(format!("the profiles are as they were: {error}"));
                if let Some(Dialog::Connect(form)) = &mut self.dialog {
                    form.error = Some(printable::text(&error).into_owned());
                }
            }
        }
    }

    /// Finds the servers of the mail address in the form: among the presets, else by asking the name service.
    pub(super) fn find_servers(&mut self) {
        let Some(Dialog::Connect(form)) = &mut self.dialog else { return };
        let Some(address) = form.mail_address() else { return };
        let domain = address.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        if let Some(preset) = self.presets.iter().find(|preset| preset.domains.contains(&domain)) {
            form.fill_preset(preset);
            return;
        }
        form.note = Some(format!("asking the name service for the servers of {} ...", printable::text(&domain)));
        self.request(Request::Discover(Discovery { address, dns: self.dns }));
    }

    /// What the name service knows.
    pub(super) fn discovered(&mut self, found: Result<Vec<Service>, Failure>) {
        let form: Option<&mut ConnectForm> = match (&mut self.dialog, &mut self.parked) {
            (Some(Dialog::Connect(form)), _) | (_, Some(form)) => Some(form),
            _ => None,
        };
        let Some(form) = form else { return };
        match found {
            Ok(services) if services.is_empty() => {
                form.complain(
                    super::dialog::connect::Row::User,
                    "no servers are announced for this address: name them",
                );
            }
            Ok(services) => form.fill_services(&services),
            Err(failure) => {
                form.note = None;
                form.error = Some(format!("{}. {}", failure.what, failure.advice));
            }
        }
    }

    /// A profile in a line: its name, its servers, and whether it is the one in use.
    fn described(&self, profile: &Profile) -> String {
        let mut servers: Vec<&str> =
            [&profile.smtp, &profile.pop3].into_iter().flatten().map(|target| target.host.as_str()).collect();
        servers.dedup();
        let used = if self.kept_profile().is_some_and(|kept| kept.name == profile.name) { " (in use)" } else { "" };
        printable::text(&format!("{:<16} {}{used}", profile.name, servers.join(", "))).into_owned()
    }
}
