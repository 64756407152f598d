//! Happy Eyeballs (RFC 8305): the addresses of a host are tried one shortly after the other, and the first that
//! answers wins.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use super::super::FailureKind;
use super::super::work::Log;

/// How long an attempt has the field to itself (RFC 8305 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// The attempt that won.
#[derive(Debug)]
pub struct Won<S> {
    /// What it gave.
    pub stream: S,
    /// When it began.
    pub since: Instant,
}

/// What an attempt came to: a stream, or why not, for decisions and for people.
pub type Attempt<S> = Result<S, (FailureKind, String)>;

/// Both families in turns, the family of the first address first (RFC 8305 4).
pub fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = addresses.first() else { return addresses };
    let leading = first.is_ipv6();
    let (leaders, others): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| address.is_ipv6() == leading);
    let (mut leaders, mut others) = (leaders.into_iter(), others.into_iter());
    let mut mixed = Vec::with_capacity(leaders.len() + others.len());
    while leaders.len() + others.len() > 0 {
        mixed.extend(leaders.next());
        mixed.extend(others.next());
    }
    mixed
}

/// Tries `addresses`: the next one [`HEAD_START`] after the last, or at once when an attempt fails. When all failed:
/// how, in the order in which they did. Those that are under way when one wins are dropped.
pub async fn race<S, F>(
    addresses: &[SocketAddr],
    log: &Log,
    attempt: impl Fn(SocketAddr) -> F,
) -> Result<Won<S>, Vec<FailureKind>>
where
    F: Future<Output = Attempt<S>>,
{
    let alone = addresses.len() == 1;
    let mut waiting = addresses.iter().copied();
    let mut running = FuturesUnordered::new();
    let mut troubles = Vec::new();
    loop {
        if let Some(address) = waiting.next() {
            log.note(format!("trying {address}"));
            let (since, attempt) = (Instant::now(), attempt(address));
            running.push(async move { (address, since, attempt.await) });
        }
        let next = Instant::now() + HEAD_START;
        let ended = tokio::select! {
            biased;
            ended = running.next() => ended,
            () = sleep_until(next), if waiting.len() > 0 => continue,
        };
        match ended {
            None => return Err(troubles),
            Some((address, since, Ok(stream))) => {
                if !alone {
                    log.note(format!("{address} answered first in {:.1} ms", since.elapsed().as_secs_f64() * 1e3));
                }
                return Ok(Won { stream, since });
            }
            Some((address, _, Err((kind, words)))) => {
                log.trouble(if alone { words } else { format!("{address}: {words}") });
                troubles.push(kind);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{sleep, timeout};

    use super::super::super::work::{Heard, Work};
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// What an address of a test does.
    #[derive(Clone, Copy)]
    enum Does {
        Answer(u64),
        Refuse(u64),
        Nothing,
    }
    use Does::{Answer, Nothing, Refuse};

    /// Races addresses 192.0.2.1, 192.0.2.2… What was told with the time in milliseconds, and who won.
    async fn run(does: Vec<Does>) -> (Vec<(u128, String)>, Result<SocketAddr, Vec<FailureKind>>) {
        let started = Instant::now();
        let mut work = Work::new(|log| async move {
            let addresses: Vec<_> = (1..=does.len()).map(|last| address(&format!("192.0.2.{last}:25"))).collect();
            let attempt = |address: SocketAddr| {
                let SocketAddr::V4(v4) = address else { unreachable!() };
                let does = does[usize::from(v4.ip().octets()[3]) - 1];
                async move {
                    match does {
                        Answer(after) => sleep(Duration::from_millis(after)).await,
                        Refuse(after) => {
                            sleep(Duration::from_millis(after)).await;
                            return Err((FailureKind::Refused, "refused".to_owned()));
                        }
                        Nothing => std::future::pending().await,
                    }
                    Ok(address)
                }
            };
            race(&addresses, &log, attempt).await.map(|won| won.stream)
        });
        let mut told = Vec::new();
        loop {
            let step = timeout(Duration::from_mins(1), work.step()).await;
            let words = match step.expect("nothing happens any more") {
                Heard::Note(words) => words,
                Heard::Trouble(words) => format!("! {words}"),
                Heard::Done(result) => return (told, result),
            };
            told.push((started.elapsed().as_millis(), words));
        }
    }

    fn told(lines: &[(u128, &str)]) -> Vec<(u128, String)> {
        lines.iter().map(|(at, words)| (*at, (*words).to_owned())).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_address_gets_company_after_a_quarter_second_and_the_first_answer_wins() {
        let (lines, result) = run(vec![Nothing, Nothing, Answer(30), Answer(0)]).await;
        let expected = told(&[
            (0, "trying 192.0.2.1:25"),
            (250, "trying 192.0.2.2:25"),
            (500, "trying 192.0.2.3:25"),
            (530, "192.0.2.3:25 answered first in 30.0 ms"),
        ]);
        assert_eq!((lines, result), (expected, Ok(address("192.0.2.3:25"))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_first_address_may_still_win() {
        let (lines, result) = run(vec![Answer(300), Nothing]).await;
        assert_eq!(result, Ok(address("192.0.2.1:25")));
        assert_eq!(lines.last(), Some(&(300, "192.0.2.1:25 answered first in 300.0 ms".to_owned())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_lets_the_next_one_start_at_once() {
        let (lines, result) = run(vec![Refuse(10), Answer(5)]).await;
        let expected = told(&[
            (0, "trying 192.0.2.1:25"),
            (10, "! 192.0.2.1:25: refused"),
            (10, "trying 192.0.2.2:25"),
            (15, "192.0.2.2:25 answered first in 5.0 ms"),
        ]);
        assert_eq!((lines, result), (expected, Ok(address("192.0.2.2:25"))));
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_last_start_all_that_run_are_waited_for() {
        let (lines, result) = run(vec![Answer(5_000), Refuse(100)]).await;
        assert_eq!(result, Ok(address("192.0.2.1:25")));
        assert_eq!(lines[2], (350, "! 192.0.2.2:25: refused".to_owned()));
        assert_eq!(lines[3].0, 5_000);
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_fail_each_is_told() {
        let (lines, result) = run(vec![Refuse(1), Refuse(2), Refuse(3)]).await;
        assert_eq!(result, Err(vec![FailureKind::Refused; 3]));
        assert_eq!(lines.iter().filter(|(_, words)| words.starts_with('!')).count(), 3);
        assert_eq!(run(Vec::new()).await, (Vec::new(), Err(Vec::new())));
    }

    #[tokio::test(start_paused = true)]
    async fn one_address_alone_needs_no_name() {
        assert_eq!(run(vec![Answer(1)]).await.0, told(&[(0, "trying 192.0.2.1:25")]));
        assert_eq!(run(vec![Refuse(1)]).await.0[1].1, "! refused");
    }

    #[test]
    fn families_take_turns_and_the_first_one_leads() {
        for (given, mixed) in [
            ("6 6 4 4", "6 4 6 4"),
            ("4 6 6 6", "4 6 6 6"),
            ("4 4 4 6", "4 6 4 4"),
            ("6 6", "6 6"),
            ("4", "4"),
            ("", ""),
        ] {
            let mut last = 0;
            let mut numbered = |family: &str| {
                last += 1;
                address(&if family == "6" { format!("[2001:db8::1]:{last}") } else { format!("192.0.2.1:{last}") })
            };
            let addresses: Vec<_> = given.split_whitespace().map(&mut numbered).collect();
            let result = interleaved(addresses);
            let families: Vec<_> = result.iter().map(|address| if address.is_ipv6() { "6" } else { "4" }).collect();
            assert_eq!(families.join(" "), mixed, "{given}");
            for v6 in [true, false] {
                let ports = result.iter().filter(|address| address.is_ipv6() == v6).map(SocketAddr::port);
                assert!(ports.is_sorted(), "{given}");
            }
        }
    }
}
