//! The three things that a mail needs before it can go: a network, a server, a sender. Looked at, never tried.

use super::App;
use super::link::Phase;
use crate::wire::{Side, printable};

/// One of the three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// Whether it is there; `None` when only a connection can tell.
    pub(crate) met: Option<bool>,
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

impl App {
    /// Network, server and sender, as far as they are known.
    pub(crate) fn needs(&self) -> [Need; 3] {
        [self.network(), self.server(), self.sender()]
    }

    fn network(&self) -> Need {
        let (met, text) = match &self.links.of(Side::Smtp).phase {
            Phase::Open | Phase::Ended => (Some(true), "the server was reached".to_owned()),
            Phase::Failed(failure) => (Some(false), failure.what.clone()),
            Phase::Dialling => (None, "being tried".to_owned()),
            Phase::None => (None, "not tried yet: F8 connects".to_owned()),
        };
        Need { met, name: "network", text }
    }

    fn server(&self) -> Need {
        let (met, text) = match &self.account.smtp {
            Some(target) => (true, format!("{}:{}", printable::text(&target.host), target.port)),
            None => (false, "none is named: F2 names one".to_owned()),
        };
        Need { met: Some(met), name: "server", text }
    }

    fn sender(&self) -> Need {
        let (met, text) = match self.compose.sender() {
            Ok(from) => judged(&from),
            Err(faults) => (false, faults.first().map_or_else(String::new, |fault| fault.what.clone())),
        };
        Need { met: Some(met), name: "sender", text: printable::text(&text).into_owned() }
    }
}

/// Whether an address looks like one that can be answered to.
fn judged(from: &str) -> (bool, String) {
    let plausible = |domain: &str| domain.starts_with('[') || domain.trim_end_matches('.').contains('.');
    match from.rsplit_once('@') {
        _ if from.is_empty() => (true, "<>, the null sender, for bounces".to_owned()),
        Some((_, domain)) if plausible(domain) => (true, from.to_owned()),
        Some(_) => (false, format!("{from}: no full domain")),
        None => (false, format!("{from}: no domain")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_without_a_full_domain_is_not_plausible() {
        for (from, plausible) in
            [("ada@sandbox.test", true), ("ada@[192.0.2.1]", true), ("", true), ("ada@lab", false), ("ada", false)]
        {
            assert_eq!(judged(from).0, plausible, "{from}");
        }
    }
}
