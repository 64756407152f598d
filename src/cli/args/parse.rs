//! Values of options: pins, proxies, name servers, mechanisms. What is wrong with one is said in a sentence.

use std::net::{IpAddr, SocketAddr};

use crate::config::Url;
use crate::connection::Proxy;
use crate::sasl::Mechanism;

/// The port of name servers (RFC 1035 4.2).
const DNS: u16 = 53;

/// `sha256:HEX`, with or without colons between the octets, in any letter case.
pub fn pin(text: &str) -> Result<[u8; 32], String> {
    const FORM: &str = "write sha256: and the 64 hexadecimal digits of the fingerprint, colons between them or not";
    let (kind, digits) = text.split_once(':').ok_or(FORM)?;
    if !kind.eq_ignore_ascii_case("sha256") {
        return Err(FORM.to_owned());
    }
    let digits: String = digits.chars().filter(|sign| *sign != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(format!("there is something else than hexadecimal digits in it; {FORM}"));
    }
    if digits.len() != 64 {
        return Err(format!("it has {} hexadecimal digits and not 64; {FORM}", digits.len()));
    }
    let mut pin = [0; 32];
    for (octet, at) in pin.iter_mut().zip((0..64).step_by(2)) {
        *octet = u8::from_str_radix(&digits[at..at + 2], 16).map_err(|error| error.to_string())?;
    }
    Ok(pin)
}

/// `socks5://HOST:PORT` or `http://HOST:PORT`.
pub fn proxy(text: &str) -> Result<Proxy, String> {
    const FORM: &str = "write socks5://HOST:PORT or http://HOST:PORT";
    let (scheme, place) = text.split_once("://").ok_or(FORM)?;
    if place.contains('@') {
        return Err(format!("proxies are used without a sign-in; {FORM}"));
    }
    // Host and port are those of any URL here, but for the port, which has no default.
    let url: Url = format!("smtp://{place}").parse().map_err(|error| format!("{error}; {FORM}"))?;
    let port = place.trim_end_matches('/').rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    let port = port.ok_or_else(|| format!("the port is missing; {FORM}"))?;
    match scheme.to_ascii_lowercase().as_str() {
        "socks5" => Ok(Proxy::Socks5 { host: url.host, port }),
        "http" => Ok(Proxy::Http { host: url.host, port }),
        _ => Err(format!("the proxy scheme {scheme:?} is not spoken here; {FORM}")),
    }
}

/// `ADDR` or `ADDR:PORT`, an IPv6 address with a port in brackets.
pub fn name_server(text: &str) -> Result<SocketAddr, String> {
    let with_port = text.parse::<SocketAddr>();
    let alone = || text.parse::<IpAddr>().map(|address| SocketAddr::from((address, DNS)));
    with_port
        .or_else(|_| alone())
        .map_err(|_| "write the name server's address, such as 192.0.2.53 or [::1]:5353".into())
}

/// A mechanism by its name, in any letter case.
pub fn mechanism(name: &str) -> Result<Mechanism, String> {
    name.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_64_digits_colons_or_not() {
        let plain = "0a".repeat(32);
        let colons = vec!["0A"; 32].join(":");
        for text in [format!("sha256:{plain}"), format!("SHA256:{colons}")] {
            assert_eq!(pin(&text), Ok([10; 32]), "{text}");
        }
        for wrong in [
            plain.clone(),
            format!("sha1:{plain}"),
            format!("sha256:{plain}0"),
            format!("sha256:{}", &plain[2..]),
            format!("sha256:{}zz", &plain[2..]),
            format!("sha256:{}+1", &plain[2..]),
            format!("sha256:{}é", &plain[2..]),
            "sha256:".to_owned(),
        ] {
            assert!(pin(&wrong).unwrap_err().contains("64"), "{wrong}");
        }
    }

    #[test]
    fn proxies_have_a_kind_a_host_and_a_port() {
        assert_eq!(proxy("socks5://127.0.0.1:1080"), Ok(Proxy::Socks5 { host: "127.0.0.1".into(), port: 1080 }));
        assert_eq!(proxy("HTTP://proxy.example:25/"), Ok(Proxy::Http { host: "proxy.example".into(), port: 25 }));
        for wrong in ["proxy:1080", "socks5://proxy", "socks5://[::1]", "socks4://a:1", "http://ada@a:1", "http://:1"] {
            assert!(proxy(wrong).unwrap_err().contains("HOST:PORT"), "{wrong}");
        }
    }

    #[test]
    fn a_name_server_is_an_address() {
        for (text, address) in [
            ("127.0.0.1", "127.0.0.1:53"),
            ("127.0.0.1:5353", "127.0.0.1:5353"),
            ("::1", "[::1]:53"),
            ("[::1]:5", "[::1]:5"),
        ] {
            assert_eq!(name_server(text), Ok(address.parse().unwrap()), "{text}");
        }
        assert!(name_server("dns.example").is_err());
    }
}
