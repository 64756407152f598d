//! The gs2 header and the channel binding (RFC 5802 6; RFC 9266 and RFC 5929 for what is bound).

use super::{Misfit, escaped};
use crate::sasl::Mechanism;
use crate::wire::Channel;

/// What is said of the TLS line.
enum Flag {
    /// The name of the binding, and its octets.
    Bound(&'static str, Vec<u8>),
    /// We could bind, the server seems not to: it finds out whether somebody took that from its list.
    WouldBind,
    Unbound,
}

/// The start of the first message, and what the second says of it.
pub(super) struct Binding {
    flag: Flag,
    header: String,
}

impl Binding {
    pub(super) fn new(
        mechanism: Mechanism,
        channel: Option<&Channel>,
        plus_offered: bool,
        whom: Option<&str>,
    ) -> Result<Self, Misfit> {
        let possible = channel.and_then(strongest);
        let flag = match possible {
            Some((name, octets)) if mechanism.binds_the_channel() => Flag::Bound(name, octets),
            None if mechanism.binds_the_channel() => {
                return Err(Misfit::new(format!("{mechanism} needs a channel binding, and this line has none")));
            }
            Some(_) if !plus_offered => Flag::WouldBind,
            _ => Flag::Unbound,
        };
        let whom = whom.map_or_else(String::new, |whom| format!("a={}", escaped(whom)));
        let header = match &flag {
            Flag::Bound(name, _) => format!("p={name},{whom},"),
            Flag::WouldBind => format!("y,{whom},"),
            Flag::Unbound => format!("n,{whom},"),
        };
        Ok(Self { flag, header })
    }

    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// What `c=` holds, before base64.
    pub(super) fn octets(&self) -> Vec<u8> {
        let bound = if let Flag::Bound(_, octets) = &self.flag { octets.as_slice() } else { &[] };
        [self.header.as_bytes(), bound].concat()
    }

    pub(super) fn told(&self) -> String {
        match &self.flag {
            Flag::Bound(name, _) => format!("channel binding {name}"),
            Flag::WouldBind => "channel binding possible, not offered".to_owned(),
            Flag::Unbound => "no channel binding".to_owned(),
        }
    }
}

/// RFC 9266 before RFC 5929: the exporter is of this line, the end point of any line to that server.
fn strongest(channel: &Channel) -> Option<(&'static str, Vec<u8>)> {
    let exporter = channel.exporter.clone().map(|octets| ("tls-exporter", octets));
    exporter.or_else(|| channel.end_point.clone().map(|octets| ("tls-server-end-point", octets)))
}
