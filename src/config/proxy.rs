//! A proxy as people write it: `socks5://host[:port]` or `http://host[:port]`.

use super::url::{BadUrl, host_and_port_of};
use crate::connection::request::Proxy;

/// Why a proxy was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProxy {
    /// No scheme, or one that is not known here.
    #[error("a proxy is socks5://host:port or http://host:port")]
    Scheme,
    /// A user name or password: neither is spoken with proxies.
    #[error("a proxy is used without a user name here; write only host and port")]
    User,
    /// What follows the scheme is wrong.
    #[error("the proxy: {0}")]
    Place(#[from] BadUrl),
}

/// Reads a proxy. Ports are 1080 (SOCKS) and 8080 (HTTP) where none is written.
pub fn parse(text: &str) -> Result<Proxy, BadProxy> {
    let (scheme, rest) = text.split_once("://").ok_or(BadProxy::Scheme)?;
    if rest.contains('@') {
        return Err(BadProxy::User);
    }
    let place = |standard: u16| {
        let (host, port) = host_and_port_of(rest.strip_suffix('/').unwrap_or(rest))?;
        Ok::<_, BadUrl>((host, port.unwrap_or(standard)))
    };
    match scheme.to_ascii_lowercase().as_str() {
        // The name of the server is resolved at the proxy in any case, which is what the h says elsewhere.
        "socks5" | "socks5h" => place(1080).map(|(host, port)| Proxy::Socks5 { host, port }).map_err(BadProxy::from),
        "http" => place(8080).map(|(host, port)| Proxy::Http { host, port }).map_err(BadProxy::from),
        _ => Err(BadProxy::Scheme),
    }
}

/// The form that [`parse`] reads.
pub fn text(proxy: &Proxy) -> String {
    let (scheme, host, port) = match proxy {
        Proxy::Socks5 { host, port } => ("socks5", host, port),
        Proxy::Http { host, port } => ("http", host, port),
    };
    if host.contains(':') { format!("{scheme}://[{host}]:{port}") } else { format!("{scheme}://{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_reads_back() {
        for written in ["socks5://127.0.0.1:1080", "http://proxy.example:3128", "socks5://[::1]:9050"] {
            assert_eq!(text(&parse(written).unwrap()), written);
        }
        assert_eq!(text(&parse("SOCKS5H://tor/").unwrap()), "socks5://tor:1080");
        assert_eq!(text(&parse("http://proxy").unwrap()), "http://proxy:8080");
    }

    #[test]
    fn what_is_no_proxy_is_refused() {
        for wrong in ["", "proxy:1080", "socks4://a", "socks5://", "http://a:0", "http://a/b", "socks5://::1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        let refused = parse("socks5://ada:hunter2@proxy").unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    }
}
