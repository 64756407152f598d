//! What became of the mails of a call: counts, and the worst of them as a whole.

use crate::batch::tally::rank;
use crate::batch::{Failed, Tally};
use crate::cli::send::desk::Ended;
use crate::smtp::{Class, MailOutcome, MailReport};

/// The mails so far. Its size does not depend on their number.
#[derive(Debug, Default)]
pub struct Mails {
    /// Counts and times.
    pub tally: Tally,
    /// Message-ID of the first mail.
    pub message_id: Option<String>,
    worst: Option<MailReport>,
}

impl Mails {
    /// A mail has its result.
    pub fn ended(&mut self, ended: &Ended) {
        let report = &ended.report;
        self.tally.mail(report.outcome, ended.octets);
        if !matches!(report.outcome, MailOutcome::Sent | MailOutcome::Stopped) {
            self.tally.failed(|| failed(ended));
        }
        if self.worst.as_ref().is_none_or(|worst| rank(report.outcome) > rank(worst.outcome)) {
            self.worst = Some(report.clone());
        }
    }

    /// The worst mail; the first one if all went equally well.
    pub fn worst(&self) -> Option<&MailReport> {
        self.worst.as_ref()
    }
}

fn failed(ended: &Ended) -> Failed {
    let report = &ended.report;
    let is_refused = |reply: &&crate::smtp::Reply| reply.class() != Class::Ok;
    let mut recipients = report.recipients.iter();
    let refused = recipients.find_map(|one| Some((one, one.reply.as_ref().filter(is_refused)?)));
    let address = refused.map(|(one, _)| one).or(report.recipients.first()).map(|one| one.address.clone());
    let reply = report.reply.as_ref().filter(is_refused).or(refused.map(|(_, reply)| reply));
    let reply = reply.map(ToString::to_string).or_else(|| report.why.clone());
    Failed { index: ended.index, address: address.unwrap_or_default(), reply: reply.unwrap_or_default() }
}
