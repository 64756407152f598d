//! Who was spoken with, gathered from reports: the heading of an export.

use std::fmt::Write;

use crate::connection::{LinkEvent, Protocol, Report};
use crate::wire::Side;

/// One line for each connection that was tried, in order.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    names: Vec<String>,
    /// Index of the line of the latest connection of each side.
    latest: [Option<usize>; 2],
}

impl Endpoints {
    /// Takes note of connections; passes over everything else.
    pub fn follow(&mut self, report: &Report) {
        let Report::Link { side, event, .. } = report else { return };
        match event {
            LinkEvent::Dialling { protocol, host, port } => self.dialling(*side, *protocol, host, *port),
            LinkEvent::Connected { peer, .. } => {
                if let Some(index) = self.latest[*side as usize].take() {
                    write!(self.names[index], " ({})", peer.ip()).expect("writing to a String cannot fail");
                }
            }
            _ => {}
        }
    }

    /// Such as `SMTP mx.example:25 (192.0.2.1)`; not sanitized.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    fn dialling(&mut self, side: Side, protocol: Protocol, host: &str, port: u16) {
        let protocol = match protocol {
            Protocol::Smtp => "SMTP",
            Protocol::Lmtp => "LMTP",
            Protocol::Pop3 => "POP3",
        };
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        self.latest[side as usize] = Some(self.names.len());
        self.names.push(format!("{protocol} {host}:{port}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gets_the_address_that_answered() {
        let mut endpoints = Endpoints::default();
        let mut link = |side, event| endpoints.follow(&Report::Link { side, link: 1, event });
        link(Side::Smtp, LinkEvent::Dialling { protocol: Protocol::Lmtp, host: "mx.example".into(), port: 24 });
        link(Side::Pop3, LinkEvent::Dialling { protocol: Protocol::Pop3, host: "::1".into(), port: 110 });
        let local = "127.0.0.1:5".parse().unwrap();
        link(
            Side::Smtp,
            LinkEvent::Connected { peer: "192.0.2.1:24".parse().unwrap(), local, lapse: std::time::Duration::ZERO },
        );
        link(Side::Pop3, LinkEvent::Closed(None));
        assert_eq!(endpoints.names(), ["LMTP mx.example:24 (192.0.2.1)", "POP3 [::1]:110"]);
    }
}
