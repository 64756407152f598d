//! `telepost probe`: connect, look, leave. Nothing is sent or deleted, and nobody signs in.
//!
//! | file | duty |
//! |---|---|
//! | `plan` | from URLs and domains to lines that are looked at |
//! | `look` | one line from dialling to QUIT |
//! | `report`, `json` | what was found, for people and for programs |

mod json;
mod look;
mod plan;
mod report;

use std::cell::RefCell;
use std::collections::VecDeque;

use futures_util::future::join_all;

use super::args::{Net, Output, announce};
use super::session::Session;
use super::{Status, Trouble, block_on, print, print_json};
use crate::connection::Trust;

use look::Look;
use plan::Line;

/// Lines that are looked at at the same time.
const AT_ONCE: usize = 8;

/// Which servers.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A URL: that server. A domain: its MX hosts on port 25, and the servers that its SRV records name
    #[arg(value_name = "URL|DOMAIN", required_unless_present = "profile")]
    places: Vec<String>,
    /// The servers of this profile of config.toml
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    profile: Option<String>,
    /// The host of each URL is a mail domain: every one of its MX hosts is looked at
    #[arg(long, help_heading = "Connection")]
    mx: bool,
    #[command(flatten)]
    net: Net,
    #[command(flatten)]
    output: Output,
}

/// A line and what was seen on it.
#[derive(Debug)]
struct Finding {
    line: Line,
    look: Look,
    /// The same again with the verification off, where the certificate was not believed.
    unverified: Option<Look>,
}

/// What was found, in the order that was asked for.
#[derive(Debug)]
struct Findings {
    list: Vec<Finding>,
    /// What was not there to be looked at, in words.
    notes: Vec<String>,
}

/// Looks, tells, and returns the exit status.
pub fn run(args: &Args) -> Result<Status, Trouble> {
    let found = plan::wishes(args).and_then(|wishes| block_on(survey(wishes, args)));
    let findings = match found {
        Ok(findings) => findings,
        Err(trouble) => {
            if args.output.json {
                print_json(&json::of_trouble(&trouble))?;
            }
            return Err(trouble);
        }
    };
    let status = findings.status();
    if args.output.json {
        print_json(&json::of(&findings, jiff::Timestamp::now()))?;
    } else {
        print(&report::text(&findings, jiff::Timestamp::now()))?;
    }
    Ok(status)
}

async fn survey(wishes: Vec<plan::Wish>, args: &Args) -> Result<Findings, Trouble> {
    let (plan::Wish::Server(target) | plan::Wish::Domain(target)) = wishes.first().ok_or_else(no_place)?;
    announce(target);
    let mut first = Session::idle(&args.output)?;
    let (lines, notes) = plan::lines(wishes, &mut first).await?;
    // One transcript, one session: then lines are looked at in turn.
    let told = args.output.transcript.is_some() || args.output.verbose;
    let workers = if told { 1 } else { AT_ONCE.min(lines.len()) };
    let mut sessions = vec![first];
    while sessions.len() < workers {
        sessions.push(Session::idle(&args.output)?);
    }
    let hello = args.net.hello();
    let waiting = RefCell::new(lines.into_iter().enumerate().collect::<VecDeque<_>>());
    let done = join_all(sessions.into_iter().map(|session| work(session, &waiting, &hello))).await;
    let done = done.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut numbered: Vec<(usize, Finding)> = done.into_iter().flatten().collect();
    numbered.sort_by_key(|(number, _)| *number);
    Ok(Findings { list: numbered.into_iter().map(|(_, finding)| finding).collect(), notes })
}

fn no_place() -> Trouble {
    Trouble::usage("there is nothing to look at", "give a URL or a domain")
}

/// Looks at waiting lines, one after the other, until none is left.
async fn work(
    mut session: Session,
    waiting: &RefCell<VecDeque<(usize, Line)>>,
    hello: &str,
) -> Result<Vec<(usize, Finding)>, Trouble> {
    let mut done = Vec::new();
    loop {
        let Some((number, line)) = waiting.borrow_mut().pop_front() else { break };
        let look = Look::at(&mut session, &line.target, hello).await?;
        let mut again = line.target.clone();
        again.tls.trust = Trust::Anybody;
        let unverified = if look.is_unbelieved() { Some(Look::at(&mut session, &again, hello).await?) } else { None };
        done.push((number, Finding { line, look, unverified }));
    }
    session.finish()?;
    Ok(done)
}

impl Findings {
    /// That of the first line with something wrong.
    fn status(&self) -> Status {
        let wrong = self.list.iter().map(|finding| finding.look.status()).find(|status| *status != Status::Done);
        wrong.unwrap_or(if self.list.is_empty() { Status::Connect } else { Status::Done })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::connection::{Failure, FailureKind, Protocol, Target};

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        args: Args,
    }

    /// The arguments of a probe.
    pub fn args(line: &str) -> Args {
        Only::try_parse_from(std::iter::once("x").chain(line.split_whitespace())).unwrap().args
    }

    fn finding(failure: Option<FailureKind>) -> Finding {
        let mut look = Look::new(std::time::Instant::now());
        look.failure = failure.map(|kind| Failure::new(kind, "h:25", "w"));
        let line = Line { target: Target::new(Protocol::Smtp, "h", 25), name: "smtp://h:25".into(), ..Line::default() };
        Finding { line, look, unverified: None }
    }

    #[test]
    fn the_first_failure_decides_the_status() {
        let of = |kinds: &[Option<FailureKind>]| {
            Findings { list: kinds.iter().cloned().map(finding).collect(), notes: Vec::new() }.status()
        };
        assert_eq!(of(&[None, None]), Status::Done);
        assert_eq!(of(&[None, Some(FailureKind::Tls), Some(FailureKind::Refused)]), Status::Tls);
        assert_eq!(of(&[Some(FailureKind::Refused), Some(FailureKind::Tls)]), Status::Connect);
        assert_eq!(of(&[]), Status::Connect, "nothing was there to be reached");
    }

    #[test]
    fn workers_share_the_lines_and_keep_their_order() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let ports = [closed, closed, closed];
        let line = ports.map(|port| format!("smtp://127.0.0.1:{port}")).join(" ");
        let args = args(&format!("{line} --timeout 5"));
        let findings = block_on(survey(plan::wishes(&args).unwrap(), &args)).unwrap();
        assert_eq!(findings.list.len(), 3);
        for (finding, port) in findings.list.iter().zip(ports) {
            assert_eq!(finding.line.target.port, port);
            assert_eq!(finding.look.status(), Status::Connect);
        }
    }
}
