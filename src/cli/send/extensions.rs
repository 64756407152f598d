//! Options for what a mail asks of a server beyond being taken, and for speaking in somebody else's name.

use std::net::SocketAddr;

use clap::ValueEnum;

use crate::cli::{Status, Trouble};
use crate::connection::{ProxyEnds, ProxyHeader, ProxyVersion};
use crate::smtp::{DeliverBy, Dsn, Hold, Late, Manner, Notify, Requests, Ret, Transfer};

/// Each asks for an extension; where the server does not announce it, the mail is refused before MAIL.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Extensions")]
pub struct Extensions {
    /// Ask for a report on every recipient (DSN NOTIFY): never, or some of success,failure,delay
    #[arg(long, value_name = "WHEN", value_parser = notify)]
    pub dsn_notify: Option<Notify>,
    /// How much of the mail comes back in a report of failure (DSN RET)
    #[arg(long, value_enum, value_name = "PART")]
    pub dsn_ret: Option<Part>,
    /// A name of yours that every report repeats (DSN ENVID)
    #[arg(long, value_name = "ID")]
    pub dsn_envid: Option<String>,
    /// Name each recipient in reports as it is written here (DSN ORCPT)
    #[arg(long)]
    pub dsn_orcpt: bool,
    /// Deliver within so many seconds (DELIVERBY). Behind them ';notify' (the default) or ';return' says what becomes of
    /// a late mail, and ';trace' asks each server for a report
    #[arg(long, value_name = "SECONDS[;WORD]", value_parser = deliver_by, allow_hyphen_values = true)]
    pub deliver_by: Option<DeliverBy>,
    /// The server holds the mail for so many seconds (FUTURERELEASE)
    #[arg(long, value_name = "SECONDS", conflicts_with = "hold_until")]
    pub hold_for: Option<u32>,
    /// The server holds the mail until this moment, such as 2026-11-22T11:42:07Z (FUTURERELEASE)
    #[arg(long, value_name = "TIME")]
    pub hold_until: Option<jiff::Timestamp>,
    /// TLS on the mail's whole way, or no delivery (REQUIRETLS); needs TLS on this line too
    #[arg(long)]
    pub require_tls: bool,
    /// BDAT instead of DATA where the server announces CHUNKING; else DATA
    #[arg(long)]
    pub bdat: bool,
    /// Name another client to a server that trusts this machine (XCLIENT of Postfix), such as ADDR=192.0.2.7; may be
    /// repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = attribute)]
    pub xclient: Vec<(String, String)>,
    /// Begin the line with a PROXY header, for servers behind a load balancer: v1 or v2; behind it :SRC-DST for other
    /// addresses than the line's own (ADDR:PORT each), or :unknown for none
    #[arg(long, value_name = "VERSION[:ENDS]", value_parser = proxy_header)]
    pub proxy_header: Option<ProxyHeader>,
}

/// How much of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// All of it
    Full,
    /// Its headers
    Hdrs,
}

impl Extensions {
    /// How each mail is sent.
    pub fn manner(&self) -> Result<Manner, Trouble> {
        if self.dsn_envid.as_deref().is_some_and(str::is_empty) {
            return Err(Trouble::new(Status::Usage, "--dsn-envid is empty"));
        }
        let dsn = Dsn {
            notify: self.dsn_notify,
            ret: self.dsn_ret.map(|part| if part == Part::Full { Ret::Full } else { Ret::Hdrs }),
            envid: self.dsn_envid.clone(),
            orcpt: self.dsn_orcpt,
        };
        let until = self.hold_until.map(|moment| Hold::Until(moment.to_string()));
        let hold = self.hold_for.map(Hold::For).or(until);
        let requests = Requests { dsn, deliver_by: self.deliver_by, hold, require_tls: self.require_tls };
        let transfer = if self.bdat { Transfer::Bdat } else { Transfer::Data };
        Ok(Manner { requests, transfer, ..Manner::default() })
    }
}

fn notify(text: &str) -> Result<Notify, String> {
    if text.eq_ignore_ascii_case("never") {
        return Ok(Notify::Never);
    }
    let (mut success, mut failure, mut delay) = (false, false, false);
    for word in text.split(',') {
        match word.trim().to_ascii_lowercase().as_str() {
            "success" => success = true,
            "failure" => failure = true,
            "delay" => delay = true,
            _ => return Err("give never, or some of success, failure and delay with commas between".to_owned()),
        }
    }
    Ok(Notify::On { success, failure, delay })
}

fn deliver_by(text: &str) -> Result<DeliverBy, String> {
    let mut words = text.split(';').map(str::trim);
    let seconds = words.next().and_then(|word| word.parse().ok()).ok_or("give whole seconds first, such as 3600")?;
    let mut wanted = DeliverBy { seconds, late: Late::Notify, trace: false };
    for word in words {
        match word.to_ascii_lowercase().as_str() {
            "notify" | "n" => wanted.late = Late::Notify,
            "return" | "r" => wanted.late = Late::Return,
            "trace" | "t" => wanted.trace = true,
            _ => return Err(format!("{word} is none of notify, return and trace")),
        }
    }
    Ok(wanted)
}

fn attribute(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_ascii_uppercase(), value.to_owned())),
        _ => Err("give NAME=VALUE, such as ADDR=192.0.2.7".to_owned()),
    }
}

fn proxy_header(text: &str) -> Result<ProxyHeader, String> {
    let (version, ends) = text.split_once(':').map_or((text, None), |(version, ends)| (version, Some(ends)));
    let version = match version {
        "v1" => ProxyVersion::V1,
        "v2" => ProxyVersion::V2,
        _ => return Err("give v1 or v2 first".to_owned()),
    };
    let ends = match ends {
        None => ProxyEnds::OfLine,
        Some("unknown") => ProxyEnds::Nobody,
        Some(ends) => given(ends)?,
    };
    Ok(ProxyHeader { version, ends })
}

fn given(ends: &str) -> Result<ProxyEnds, String> {
    let (source, destination) = ends.split_once('-').ok_or("give SRC-DST behind the colon")?;
    let address = |text: &str| {
        text.parse::<SocketAddr>().map_err(|_| format!("{text} is no ADDR:PORT, such as 192.0.2.7:4000 or [::1]:25"))
    };
    let (source, destination) = (address(source)?, address(destination)?);
    if source.is_ipv4() != destination.is_ipv4() {
        return Err("one address is IPv4 and the other IPv6".to_owned());
    }
    Ok(ProxyEnds::Given { source, destination })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        extensions: Extensions,
    }

    fn read(options: &str) -> Result<Extensions, clap::Error> {
        Only::try_parse_from(std::iter::once("x").chain(options.split(' ').filter(|word| !word.is_empty())))
            .map(|only| only.extensions)
    }

    #[test]
    fn options_become_what_the_mail_asks_for() {
        let options = "--dsn-notify success,delay --dsn-ret hdrs --dsn-envid q1 --dsn-orcpt --deliver-by 120;return;trace \
                       --hold-for 60 --require-tls --bdat";
        let manner = read(options).unwrap().manner().unwrap();
        let notify = Some(Notify::On { success: true, failure: false, delay: true });
        let dsn = Dsn { notify, ret: Some(Ret::Hdrs), envid: Some("q1".to_owned()), orcpt: true };
        let deliver_by = Some(DeliverBy { seconds: 120, late: Late::Return, trace: true });
        assert_eq!(manner.requests, Requests { dsn, deliver_by, hold: Some(Hold::For(60)), require_tls: true });
        assert_eq!(manner.transfer, Transfer::Bdat);
        assert_eq!(read("").unwrap().manner().unwrap(), Manner::default());
        let until = read("--hold-until 2026-11-22T12:00:00+01:00").unwrap().manner().unwrap();
        assert_eq!(until.requests.hold, Some(Hold::Until("2026-11-22T11:00:00Z".to_owned())));
        assert_eq!(read("--deliver-by -5").unwrap().deliver_by.map(|by| by.seconds), Some(-5));
    }

    #[test]
    fn what_cannot_be_asked_for_is_a_mistake_of_usage() {
        for options in [
            "--dsn-notify never,success",
            "--dsn-notify sometimes",
            "--dsn-ret some",
            "--deliver-by soon",
            "--deliver-by 5;later",
            "--hold-for 5 --hold-until 2026-11-22T12:00:00Z",
            "--hold-until tomorrow",
            "--xclient ADDR",
            "--xclient =x",
            "--proxy-header v3",
            "--proxy-header v1:192.0.2.1:1",
            "--proxy-header v1:192.0.2.1:1-[::1]:2",
        ] {
            assert!(read(options).is_err(), "{options}");
        }
        assert!(read("--dsn-envid=").unwrap().manner().is_err());
    }

    #[test]
    fn who_is_spoken_for_is_read() {
        let named = read("--xclient addr=192.0.2.7 --xclient NAME=[UNAVAILABLE]").unwrap().xclient;
        assert_eq!(
            named,
            [("ADDR", "192.0.2.7"), ("NAME", "[UNAVAILABLE]")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        let header = |option: &str| read(&format!("--proxy-header {option}")).unwrap().proxy_header.unwrap();
        assert_eq!(header("v1"), ProxyHeader { version: ProxyVersion::V1, ends: ProxyEnds::OfLine });
        assert_eq!(header("v2:unknown"), ProxyHeader { version: ProxyVersion::V2, ends: ProxyEnds::Nobody });
        let (source, destination) = ("[::1]:5".parse().unwrap(), "[::2]:25".parse().unwrap());
        assert_eq!(header("v2:[::1]:5-[::2]:25").ends, ProxyEnds::Given { source, destination });
    }
}
