//! Asking a proxy for a line to a server: SOCKS5 (RFC 1928) and HTTP CONNECT (RFC 9110 9.3.6).
//!
//! Not one octet is read beyond the proxy's own words: what follows them is the server's greeting.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_socks::tcp::Socks5Stream;
use tokio_socks::{Error, TargetAddr};

use super::host::Host;
use super::request::Proxy;
use super::{failure, failure::place};
use crate::wire::printable;

/// Longest reply of an HTTP proxy, in octets.
const REPLY: usize = 8 * 1024;
/// Longest name that fits a SOCKS5 request, in octets (RFC 1928 5).
const NAME: usize = 255;
/// Longest status line that is shown, in characters.
const STATUS: usize = 200;

impl Proxy {
    /// Host and port of the proxy itself.
    pub(super) fn endpoint(&self) -> (&str, u16) {
        match self {
            Self::Socks5 { host, port } | Self::Http { host, port } => (host, *port),
        }
    }

    /// `the SOCKS5 proxy 127.0.0.1:1080`, sanitized.
    pub(super) fn shown(&self) -> String {
        let (host, port) = self.endpoint();
        let kind = match self {
            Self::Socks5 { .. } => "SOCKS5",
            Self::Http { .. } => "HTTP",
        };
        format!("the {kind} proxy {}", place(host.trim(), port))
    }
}

/// Asks the proxy at the other end of `stream` to connect to `host`. The line to it, or why there is none: a part of a
/// sentence that has the proxy as its subject, sanitized.
pub async fn ask(proxy: &Proxy, stream: TcpStream, host: &Host, port: u16) -> Result<TcpStream, String> {
    match proxy {
        Proxy::Socks5 { .. } => socks5(stream, host, port).await,
        Proxy::Http { .. } => http(stream, host, port).await,
    }
}

async fn socks5(stream: TcpStream, host: &Host, port: u16) -> Result<TcpStream, String> {
    let target = match host {
        Host::Address(address) => TargetAddr::Ip((*address, port).into()),
        Host::Name(name) if name.len() > NAME => return Err(format!("takes no name of more than {NAME} octets")),
        Host::Name(_) => TargetAddr::Domain(host.plain().into(), port),
    };
    match Socks5Stream::connect_with_socket(stream, target).await {
        Ok(line) => Ok(line.into_inner()),
        Err(error) => Err(socks5_words(&error)),
    }
}

fn socks5_words(error: &Error) -> String {
    let words = match error {
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "closed the line in the middle of its reply"
        }
        Error::Io(error) => return format!("is lost: {}", failure::in_words(error)),
        Error::InvalidResponseVersion | Error::InvalidReservedByte | Error::UnknownAddressType => {
            "does not speak SOCKS5"
        }
        Error::NoAcceptableAuthMethods | Error::UnknownAuthMethod | Error::AuthorizationRequired => {
            "wants a sign-in, or none that is known here"
        }
        Error::GeneralSocksServerFailure => "answers: general failure",
        Error::ConnectionNotAllowedByRuleset => "answers: its rules do not allow this connection",
        Error::NetworkUnreachable => "answers: the network is unreachable",
        Error::HostUnreachable => "answers: the host is unreachable, or its name is unknown there",
        Error::ConnectionRefused => "answers: the server refused the connection",
        Error::TtlExpired => "answers: the server did not answer in time",
        Error::CommandNotSupported => "answers: it does not make connections",
        Error::AddressTypeNotSupported => "answers: it does not take this kind of address",
        other => return format!("failed: {}", printable::text(&other.to_string().to_lowercase())),
    };
    words.to_owned()
}

async fn http(mut stream: TcpStream, host: &Host, port: u16) -> Result<TcpStream, String> {
    let host = host.plain();
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte)) {
        return Err(format!("cannot be asked for {}", printable::text(&host)));
    }
    let authority = place(&host, port);
    let request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    let lost = |error: io::Error| format!("is lost: {}", failure::in_words(&error));
    stream.write_all(request.as_bytes()).await.map_err(lost)?;
    let head = read_head(&mut stream).await?;
    judge(&head)?;
    Ok(stream)
}

/// Reads up to and with the blank line, and nothing behind it.
async fn read_head(stream: &mut TcpStream) -> Result<Vec<u8>, String> {
    let lost = |error: io::Error| format!("is lost: {}", failure::in_words(&error));
    let (mut head, mut window) = (Vec::new(), [0; 1024]);
    loop {
        let seen = stream.peek(&mut window).await.map_err(lost)?;
        if seen == 0 {
            return Err("closed the line in the middle of its reply".to_owned());
        }
        let before = head.len();
        head.extend_from_slice(&window[..seen]);
        let end = end_of_head(&head);
        head.truncate(end.unwrap_or(head.len()));
        // What was looked at so far is the proxy's for sure: taken out, it is not looked at again.
        let taken = head.len() - before;
        stream.read_exact(&mut window[..taken]).await.map_err(lost)?;
        if !could_be_http(&head) {
            return Err("does not speak HTTP".to_owned());
        }
        match end {
            Some(_) if head.len() <= REPLY => return Ok(head),
            None if head.len() < REPLY => {}
            _ => return Err(format!("sends a reply of more than {} KiB", REPLY / 1024)),
        }
    }
}

/// Octets up to and with the first blank line; bare line feeds count, as RFC 9112 2.2 allows.
fn end_of_head(head: &[u8]) -> Option<usize> {
    let mut starts = memchr::memchr_iter(b'\n', head).map(|end| end + 1);
    starts.find_map(|start| match &head[start..] {
        [b'\n', ..] => Some(start + 1),
        [b'\r', b'\n', ..] => Some(start + 2),
        _ => None,
    })
}

fn could_be_http(head: &[u8]) -> bool {
    let sign = b"HTTP/";
    let length = head.len().min(sign.len());
    head[..length].eq_ignore_ascii_case(&sign[..length])
}

/// Any status of the 200s lets the line through (RFC 9110 9.3.6).
fn judge(head: &[u8]) -> Result<(), String> {
    let line = head.split(|octet| matches!(octet, b'\r' | b'\n')).next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let status = line.split_once(' ').map_or("", |(_, status)| status.trim());
    let code = status.split(' ').next().unwrap_or_default();
    let is_code = code.len() == 3 && code.bytes().all(|digit| digit.is_ascii_digit());
    match code.as_bytes() {
        _ if !is_code => Err("does not speak HTTP".to_owned()),
        [b'2', ..] => Ok(()),
        _ => {
            let shown: String = printable::text(status).chars().take(STATUS).collect();
            Err(format!("answers {shown}{}", meaning(code)))
        }
    }
}

/// What the usual refusals mean here.
fn meaning(code: &str) -> &'static str {
    match code {
        "403" => ": it does not allow this server or port",
        "405" | "501" => ": it makes no connections by CONNECT",
        "407" => ": it wants a sign-in",
        "502" | "503" => ": it could not reach the server",
        "504" => ": the server did not answer it in time",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::net::TcpListener;

    use super::*;

    /// Two ends of a line on loopback.
    async fn line() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ours, theirs) = tokio::join!(TcpStream::connect(address), listener.accept());
        (ours.unwrap(), theirs.unwrap().0)
    }

    /// What comes of a reply, and what is left for the engine.
    async fn through(reply: &[u8]) -> Result<Vec<u8>, String> {
        let (mut ours, mut theirs) = line().await;
        theirs.write_all(reply).await.unwrap();
        drop(theirs);
        let head = read_head(&mut ours).await?;
        judge(&head)?;
        let mut rest = Vec::new();
        ours.read_to_end(&mut rest).await.unwrap();
        Ok(rest)
    }

    #[tokio::test]
    async fn what_follows_the_reply_stays_for_the_server_s_engine() {
        for reply in [
            "HTTP/1.1 200 Connection established\r\n\r\n",
            "HTTP/1.0 200 OK\r\nProxy-Agent: x\r\nVia: y\r\n\r\n",
            "http/1.1 204\n\n",
            "HTTP/1.1 299 \r\nA: b\n\r\n",
        ] {
            let all = format!("{reply}220 mail.example ESMTP\r\n\r\n220 x");
            let rest = through(all.as_bytes()).await.map(|rest| String::from_utf8(rest).unwrap());
            assert_eq!(rest.as_deref(), Ok("220 mail.example ESMTP\r\n\r\n220 x"), "{reply:?}");
        }
    }

    #[tokio::test]
    async fn a_long_reply_is_read_piece_by_piece() {
        let reply = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\nrest", "y".repeat(7_000));
        assert_eq!(through(reply.as_bytes()).await.as_deref(), Ok(&b"rest"[..]));
    }

    #[tokio::test]
    async fn what_is_no_way_through_is_told_in_words() {
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(20_000));
        for (reply, why) in [
            ("HTTP/1.1 403 Forbidden\r\n\r\n", "answers 403 Forbidden: it does not allow this server or port"),
            ("HTTP/1.1 407 Sign in\r\n\r\n", "answers 407 Sign in: it wants a sign-in"),
            ("HTTP/1.1 418 \x1b[31m\r\n\r\n", "answers 418 ␛[31m"),
            ("HTTP/1.1 302 Found\r\nLocation: x\r\n\r\n", "answers 302 Found"),
            ("220 mail.example ESMTP\r\n", "does not speak HTTP"),
            ("HTTP/1.1 2000 OK\r\n\r\n", "does not speak HTTP"),
            ("HTTP/1.1\r\n\r\n", "does not speak HTTP"),
            ("HTTP/1.1 200 OK\r\n", "closed the line in the middle of its reply"),
            ("", "closed the line in the middle of its reply"),
            (endless.as_str(), "sends a reply of more than 8 KiB"),
        ] {
            let told = through(reply.as_bytes()).await;
            assert_eq!(told, Err(why.to_owned()), "{:?}", &reply[..reply.len().min(40)]);
        }
    }

    #[tokio::test]
    async fn a_name_too_long_for_socks5_is_refused_here() {
        for length in [NAME + 1, 600] {
            let (ours, _theirs) = line().await;
            let host = Host::Name("a".repeat(length));
            assert_eq!(socks5(ours, &host, 25).await.unwrap_err(), "takes no name of more than 255 octets");
        }
    }

    #[tokio::test]
    async fn a_host_cannot_smuggle_header_lines_into_the_request() {
        let (ours, mut theirs) = line().await;
        let host = Host::Name("a/b?c".to_owned());
        assert_eq!(http(ours, &host, 25).await.unwrap_err(), "cannot be asked for a/b?c");
        let mut heard = Vec::new();
        theirs.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"");
    }

    proptest! {
        #[test]
        fn the_end_of_a_head_is_found_wherever_it_is_cut(reply in "(HTTP|[a-z \r\n]){0,30}", cut in 0..40_usize) {
            let (whole, part) = (reply.as_bytes(), &reply.as_bytes()[..cut.min(reply.len())]);
            match (end_of_head(part), end_of_head(whole)) {
                (Some(early), late) => prop_assert_eq!(Some(early), late),
                (None, Some(late)) => prop_assert!(late > part.len()),
                (None, None) => {}
            }
        }
    }
}
