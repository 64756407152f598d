//! The PROXY protocol header, versions 1 and 2: the first octets of a line, which name the client that a proxy speaks for
//! (`proxy-protocol.txt` of `HAProxy`, sections 2.1 and 2.2).
//!
//! Made here, written in `dial`, and never read: this side is always the sender.

use std::net::{IpAddr, SocketAddr};

/// What opens a header of version 2.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// Version 2, and whom the header is about: nobody but the proxy itself.
const LOCAL: u8 = 0x20;
/// Version 2, and whom the header is about: a client.
const PROXY: u8 = 0x21;

/// The header to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyHeader {
    /// Its form.
    pub version: ProxyVersion,
    /// Whom it names.
    pub ends: ProxyEnds,
}

/// The form of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyVersion {
    /// One line of text.
    V1,
    /// Binary.
    V2,
}

/// Whom a header names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyEnds {
    /// The two ends of the line it goes over.
    OfLine,
    /// This client and the address it connected to; both IPv4 or both IPv6.
    Given {
        /// The client.
        source: SocketAddr,
        /// Where it connected to.
        destination: SocketAddr,
    },
    /// Nobody: `UNKNOWN`, or LOCAL in version 2.
    Nobody,
}

/// As `--proxy-header` takes it.
impl std::fmt::Display for ProxyHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let version = match self.version {
            ProxyVersion::V1 => "v1",
            ProxyVersion::V2 => "v2",
        };
        match self.ends {
            ProxyEnds::OfLine => f.write_str(version),
            ProxyEnds::Nobody => write!(f, "{version}:unknown"),
            ProxyEnds::Given { source, destination } => write!(f, "{version}:{source}-{destination}"),
        }
    }
}

impl ProxyHeader {
    /// Its octets on a line from `local` to `peer`.
    pub fn octets(self, local: SocketAddr, peer: SocketAddr) -> Vec<u8> {
        match (self.version, self.named(local, peer)) {
            (ProxyVersion::V1, named) => format!("{}\r\n", line(named)).into_bytes(),
            (ProxyVersion::V2, named) => binary(named),
        }
    }

    /// What it says, for people.
    pub fn shown(self, local: SocketAddr, peer: SocketAddr) -> String {
        let version = if self.version == ProxyVersion::V1 { "v1" } else { "v2" };
        match (self.version, self.named(local, peer)) {
            (ProxyVersion::V2, None) => format!("PROXY header {version}: LOCAL"),
            (_, named) => format!("PROXY header {version}: {}", line(named)),
        }
    }

    fn named(self, local: SocketAddr, peer: SocketAddr) -> Option<(SocketAddr, SocketAddr)> {
        let (source, destination) = match self.ends {
            ProxyEnds::OfLine => (local, peer),
            ProxyEnds::Given { source, destination } => (source, destination),
            ProxyEnds::Nobody => return None,
        };
        (source.is_ipv4() == destination.is_ipv4()).then_some((source, destination))
    }
}

/// Version 1 without its CRLF; at most 105 octets.
fn line(named: Option<(SocketAddr, SocketAddr)>) -> String {
    let Some((source, destination)) = named else { return "PROXY UNKNOWN".to_owned() };
    let family = if source.is_ipv4() { "TCP4" } else { "TCP6" };
    let (from, to) = (source.ip(), destination.ip());
    format!("PROXY {family} {from} {to} {} {}", source.port(), destination.port())
}

/// Version 2: signature, command, family with STREAM, length, addresses, ports.
fn binary(named: Option<(SocketAddr, SocketAddr)>) -> Vec<u8> {
    let mut out = SIGNATURE.to_vec();
    let Some((source, destination)) = named else {
        out.extend_from_slice(&[LOCAL, 0x00, 0, 0]);
        return out;
    };
    let (family, length) = if source.is_ipv4() { (0x11, 12) } else { (0x21, 36) };
    out.extend_from_slice(&[PROXY, family, 0, length]);
    for end in [source, destination] {
        match end.ip() {
            IpAddr::V4(address) => out.extend_from_slice(&address.octets()),
            IpAddr::V6(address) => out.extend_from_slice(&address.octets()),
        }
    }
    for end in [source, destination] {
        out.extend_from_slice(&end.port().to_be_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn header(version: ProxyVersion, ends: ProxyEnds) -> Vec<u8> {
        ProxyHeader { version, ends }.octets(at("127.0.0.1:40000"), at("127.0.0.2:25"))
    }

    fn given(source: &str, destination: &str) -> ProxyEnds {
        ProxyEnds::Given { source: at(source), destination: at(destination) }
    }

    #[test]
    fn version_1_is_the_line_of_the_specification() {
        for (ends, line) in [
            (ProxyEnds::OfLine, "PROXY TCP4 127.0.0.1 127.0.0.2 40000 25\r\n"),
            (given("255.255.255.255:65535", "192.0.2.1:1"), "PROXY TCP4 255.255.255.255 192.0.2.1 65535 1\r\n"),
            (given("[2001:db8::1]:5", "[::1]:25"), "PROXY TCP6 2001:db8::1 ::1 5 25\r\n"),
            (ProxyEnds::Nobody, "PROXY UNKNOWN\r\n"),
            (given("192.0.2.1:5", "[::1]:25"), "PROXY UNKNOWN\r\n"),
        ] {
            assert_eq!(header(ProxyVersion::V1, ends), line.as_bytes());
        }
        let longest =
            given("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65535");
        assert!(header(ProxyVersion::V1, longest).len() <= 107, "the specification's longest line");
    }

    #[test]
    fn version_2_is_the_binary_form_of_the_specification() {
        let start = b"\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a";
        let of_line = [&start[..], b"\x21\x11\x00\x0c", &[127, 0, 0, 1, 127, 0, 0, 2], b"\x9c\x40\x00\x19"].concat();
        assert_eq!(header(ProxyVersion::V2, ProxyEnds::OfLine), of_line);
        let six = header(ProxyVersion::V2, given("[2001:db8::1]:1", "[::1]:25"));
        assert_eq!((&six[12..16], six.len()), (&b"\x21\x21\x00\x24"[..], 16 + 36));
        assert_eq!((&six[16..18], &six[47..]), (&b"\x20\x01"[..], &b"\x01\x00\x01\x00\x19"[..]));
        assert_eq!(header(ProxyVersion::V2, ProxyEnds::Nobody), [&start[..], b"\x20\x00\x00\x00"].concat());
    }

    #[test]
    fn people_read_the_same_of_both_versions() {
        let ends = given("192.0.2.1:5", "192.0.2.2:25");
        for (version, word) in [(ProxyVersion::V1, "v1"), (ProxyVersion::V2, "v2")] {
            let shown = ProxyHeader { version, ends }.shown(at("127.0.0.1:1"), at("127.0.0.1:2"));
            assert_eq!(shown, format!("PROXY header {word}: PROXY TCP4 192.0.2.1 192.0.2.2 5 25"));
        }
    }
}
