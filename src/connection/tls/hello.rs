//! The first octets a server sends in a handshake: a `ServerHello` (RFC 8446 4.1.3, RFC 5246 7.4.1.3), or something else.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{CipherSuite, NamedGroup};

/// Octets kept: a `ServerHello` with the largest key share fits.
const KEPT: usize = 2048;
/// Extensions that say something here.
const EXTENDED_MASTER_SECRET: u16 = 23;
const SUPPORTED_VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;

/// The first octets that a peer sent, as far as they are kept; filled by the stream, read by the handshake.
#[derive(Clone, Debug, Default)]
pub struct First(Arc<Mutex<Vec<u8>>>);

impl First {
    /// Octets that came.
    pub fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT - kept.len();
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// What came so far.
    pub fn octets(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Who speaks in clear, once the first octets leave no doubt.
pub fn clear_service(first: &[u8]) -> Option<&'static str> {
    const SIGNS: [(&[u8], &str); 7] = [
        (b"HTTP/", "HTTP"),
        (b"SSH-", "SSH"),
        (b"+OK", "POP3"),
        (b"-ERR", "POP3"),
        (b"* OK", "IMAP"),
        (b"* BYE", "IMAP"),
        (b"* PREAUTH", "IMAP"),
    ];
    if let [b'2' | b'4' | b'5', b'0'..=b'9', b'0'..=b'9', b' ' | b'-' | b'\r' | b'\n', ..] = first {
        return Some("SMTP");
    }
    SIGNS.iter().find(|(sign, _)| first.starts_with(sign)).map(|(_, name)| *name)
}

/// Whether the octets are the start of a TLS record, alert or handshake, version 3.x (RFC 8446 5.1).
pub fn is_tls(first: &[u8]) -> bool {
    matches!(first, [0x15 | 0x16, 3, ..])
}

/// What a `ServerHello` says of the line, as names of the IANA registries; empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerHello {
    /// `TLS 1.3` or `TLS 1.2`; an older one is called by its number too.
    pub version: String,
    /// The cipher suite.
    pub suite: String,
    /// The key exchange group; TLS 1.3 only.
    pub group: String,
    /// Extended master secret was agreed (RFC 7627); TLS 1.2 only.
    pub extended_master_secret: bool,
}

impl ServerHello {
    /// Takes apart the first record, if it is a `ServerHello` and whole.
    pub fn parse(first: &[u8]) -> Option<Self> {
        let mut record = Reader(first);
        if record.octet()? != 0x16 {
            return None;
        }
        record.take(2)?;
        let length = record.number()?;
        let mut message = Reader(record.take(length.into())?);
        if message.octet()? != 2 {
            return None;
        }
        message.take(3)?;
        let version = message.number()?;
        message.take(32)?;
        let session = message.octet()?;
        message.take(session.into())?;
        let suite = CipherSuite::from(message.number()?);
        message.octet()?;
        let mut hello = Self { version: version_name(version), suite: suite_name(suite), ..Self::default() };
        hello.extensions(&mut message);
        Some(hello)
    }

    /// Reads as many extensions as are whole.
    fn extensions(&mut self, message: &mut Reader<'_>) {
        let Some(mut list) = message.list() else { return };
        while let (Some(kind), Some(mut content)) = (list.number(), list.list()) {
            match kind {
                EXTENDED_MASTER_SECRET => self.extended_master_secret = true,
                SUPPORTED_VERSIONS => self.version = content.number().map(version_name).unwrap_or_default(),
                KEY_SHARE => self.group = content.number().map(NamedGroup::from).map(group_name).unwrap_or_default(),
                _ => {}
            }
        }
    }
}

/// The IANA name of a suite.
pub fn suite_name(suite: CipherSuite) -> String {
    match suite.as_str() {
        Some(name) => name.replacen("TLS13_", "TLS_", 1),
        None => format!("suite {:#06x}", u16::from(suite)),
    }
}

/// The IANA name of a group.
pub fn group_name(group: NamedGroup) -> String {
    match group {
        NamedGroup::X25519 => "x25519".to_owned(),
        NamedGroup::X448 => "x448".to_owned(),
        group => group.as_str().map_or_else(|| format!("group {:#06x}", u16::from(group)), str::to_owned),
    }
}

fn version_name(version: u16) -> String {
    match version {
        0x0300 => "SSL 3.0".to_owned(),
        0x0301 => "TLS 1.0".to_owned(),
        0x0302 => "TLS 1.1".to_owned(),
        0x0303 => "TLS 1.2".to_owned(),
        0x0304 => "TLS 1.3".to_owned(),
        version => format!("version {version:#06x}"),
    }
}

/// Octets that are read from the front; nothing is read beyond their end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn octet(&mut self) -> Option<u8> {
        self.take(1).map(|octets| octets[0])
    }

    fn number(&mut self) -> Option<u16> {
        self.take(2).map(|octets| u16::from_be_bytes([octets[0], octets[1]]))
    }

    /// A list behind its length in two octets.
    fn list(&mut self) -> Option<Reader<'a>> {
        let length = self.number()?;
        self.take(length.into()).map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(extensions: &[u8], suite: [u8; 2]) -> Vec<u8> {
        let length = u8::try_from(extensions.len()).expect("short");
        let mut message = [&[3, 3][..], &[7; 32], &[0], &suite, &[0, 0, length], extensions].concat();
        let size = u8::try_from(message.len()).expect("short");
        message.splice(0..0, [0x16, 3, 3, 0, size + 4, 2, 0, 0, size]);
        message
    }

    #[test]
    fn a_server_hello_tells_version_suite_and_group() {
        let new = hello(&[0, 51, 0, 2, 0x11, 0xec, 0, 43, 0, 2, 3, 4], [0x13, 2]);
        let seen = ServerHello::parse(&new).expect("it is whole");
        assert_eq!((seen.version.as_str(), seen.suite.as_str()), ("TLS 1.3", "TLS_AES_256_GCM_SHA384"));
        assert_eq!((seen.group.as_str(), seen.extended_master_secret), ("X25519MLKEM768", false));
        let old = ServerHello::parse(&hello(&[0, 23, 0, 0], [0xc0, 0x2f])).expect("it is whole");
        assert_eq!((old.version.as_str(), old.extended_master_secret), ("TLS 1.2", true));
        assert_eq!(old.suite, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    }

    #[test]
    fn a_hello_cut_or_changed_anywhere_never_panics() {
        let whole = hello(&[0, 51, 0, 2, 0, 29, 0, 43, 0, 2, 3, 4], [0x13, 2]);
        for end in 0..whole.len() {
            assert_eq!(ServerHello::parse(&whole[..end]), None);
            let mut changed = whole.clone();
            changed[end] ^= 0xff;
            let _ = ServerHello::parse(&changed);
        }
    }

    #[test]
    fn services_in_clear_are_known_by_their_first_octets() {
        for (first, name) in [
            (&b"220 mail.example ESMTP\r\n"[..], Some("SMTP")),
            (b"554-no", Some("SMTP")),
            (b"+OK ready", Some("POP3")),
            (b"HTTP/1.1 400", Some("HTTP")),
            (b"SSH-2.0", Some("SSH")),
            (b"* OK IMAP", Some("IMAP")),
            (b"\x16\x03\x03", None),
            (b"22", None),
            (b"", None),
        ] {
            assert_eq!(clear_service(first), name, "{}", first.escape_ascii());
        }
    }

    #[test]
    fn no_more_than_the_first_octets_are_kept() {
        let first = First::default();
        for _ in 0..100 {
            first.push(&[b'x'; 100]);
        }
        assert_eq!(first.octets().len(), KEPT);
    }
}
