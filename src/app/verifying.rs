//! The checks of a message that need DNS, on request.
//!
//! Asking tells the name servers of the domains in the mail that somebody reads it, so a person agrees to that once.

use std::sync::Arc;

use super::dialog::{Choice, Dialog, Item, Menu};
use super::mailbox::Tab;
use super::{App, Effect};
use crate::verify::Findings;

/// Where the checks stand.
#[derive(Debug, Default)]
pub(super) struct Verifying {
    /// The person knows that name servers are asked.
    agreed: bool,
    /// The message that is being checked.
    under_way: Option<Arc<Vec<u8>>>,
}

impl App {
    pub(super) fn verify_message(&mut self) {
        let Some(message) = &self.mailbox.message else { return };
        if message.is_cut() {
            self.warn("only the first part of that message is here: a check of it would find it changed");
        } else if self.verifying.under_way.as_ref().is_some_and(|raw| Arc::ptr_eq(raw, &message.raw)) {
            self.info("that message is being checked already");
        } else if self.verifying.agreed {
            self.ask_dns();
        } else {
            self.dialog = Some(Dialog::Menu(warning()));
        }
    }

    /// The person agrees, for this session.
    pub(super) fn verify_agreed(&mut self) {
        self.verifying.agreed = true;
        self.ask_dns();
    }

    fn ask_dns(&mut self) {
        // The message may have gone while the question was on top.
        let Some(message) = &self.mailbox.message else { return };
        let (number, raw) = (message.number, message.raw.clone());
        self.verifying.under_way = Some(raw.clone());
        self.effects.push(Effect::Verify { number, raw, dns: self.dns });
        self.info(format!("checking message {number}: asking the name service"));
    }

    /// What was found out. Of a message that is no longer open nothing is said: the answer would be taken for another's.
    pub(super) fn verified(&mut self, raw: &Arc<Vec<u8>>, findings: Result<Findings, String>) {
        self.verifying.under_way.take_if(|checked| Arc::ptr_eq(checked, raw));
        let Some(message) = self.mailbox.message_of(raw) else { return };
        let number = message.number;
        match findings {
            Ok(findings) => {
                let summary = findings.summary.clone();
                message.findings = Some(findings);
                // A question about this tab may be on top.
                if self.dialog.is_none() {
                    message.set_tab(Tab::Checks);
                }
                self.info(summary);
            }
            Err(why) => self.error(format!("message {number} was not checked: {why}")),
        }
    }
}

fn warning() -> Menu {
    Menu::new(
        "Ask the DNS about this message?",
        vec![
            "The name servers of the domains in the mail are asked for keys and policies.".to_owned(),
            "They learn from it that somebody reads the mail, and from what network.".to_owned(),
        ],
        vec![
            Item::new('n', "Do not ask", Choice::Stay),
            Item::new('y', "Ask, and do not warn again until the program ends", Choice::AskDns),
        ],
    )
}
