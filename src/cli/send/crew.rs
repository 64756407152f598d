//! The connections of one call, side by side: they are started here, stopped by signals, and watched over.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{interval_at, sleep_until};

use super::bar::{Bar, HERTZ, Progress};
use super::course::{Course, Plan};
use super::desk::{Bells, Desk};
use super::note;
use super::report::{Facts, Summary};
use crate::cli::Trouble;
use crate::cli::args::Output;
use crate::cli::signals::Signals;

/// How long what is under way may take when it is being stopped.
const PATIENCE: Duration = Duration::from_secs(10);

/// Carries the plan out over so many connections. An error here is one of this program; everything that servers and
/// networks do is in the summary.
pub async fn run(plan: Plan, desk: Desk, total: u64, connections: usize, output: &Output) -> Result<Summary, Trouble> {
    let (desk, bells, started) = (RefCell::new(desk), Bells::default(), Instant::now());
    let mut signals = Signals::listen()?;
    let bar = Bar::new(output.verbose);
    let first_tick = tokio::time::Instant::now() + Duration::from_secs(1) / u32::from(HERTZ);
    let mut ticks = interval_at(first_tick, Duration::from_secs(1) / u32::from(HERTZ));
    let mut courses = FuturesUnordered::new();
    for number in 0..connections {
        let output = of_connection(output, number);
        let (plan, desk, bells) = (&plan, &desk, &bells);
        courses.push(async move { (number, Course::run(number, plan, desk, bells, &output).await) });
    }
    let (mut facts, mut interrupted) = (Vec::new(), 0);
    let mut patience = None;
    loop {
        tokio::select! {
            ended = courses.next() => match ended {
                Some((number, ended)) => facts.push((number, ended?)),
                None => break,
            },
            () = signals.next() => {
                interrupted += 1;
                bar.beside(|| note(if interrupted == 1 { STOPPING } else { DROPPING }));
                if interrupted == 1 {
                    desk.borrow_mut().stop(&bells);
                    patience = Some(tokio::time::Instant::now() + PATIENCE);
                } else {
                    desk.borrow_mut().drop_lines(&bells);
                }
            }
            () = sleep_until(patience.unwrap_or(first_tick)), if patience.is_some() => {
                patience = None;
                desk.borrow_mut().drop_lines(&bells);
            }
            _ = ticks.tick(), if bar.is_shown() => bar.show(progress(&desk, total, started)),
        }
    }
    bar.clear();
    facts.sort_by_key(|(number, _)| *number);
    let facts = facts.into_iter().map(|(_, facts)| facts).collect();
    drop(courses);
    let mails = desk.into_inner().mails;
    Ok(Summary::new(total, mails, deciding(facts), interrupted > 0, started.elapsed()))
}

const STOPPING: &str = "stopping: replies to what is under way are awaited; once more drops the line at once";
const DROPPING: &str = "the line is given up";

/// What is told of the connections: the first one that a mail could be sent over, or else the first.
fn deciding(mut all: Vec<Facts>) -> Facts {
    let at = all.iter().position(Facts::came_through).unwrap_or(0);
    for (number, facts) in all.iter().enumerate().filter(|(number, _)| *number != at) {
        if let Some(why) = facts.trouble_words() {
            note(&format!("connection {}: {why}", number + 1));
        }
    }
    all.swap_remove(at)
}

fn progress(desk: &RefCell<Desk>, total: u64, started: Instant) -> Progress {
    let tally = &desk.borrow().mails.tally;
    let failed = tally.done() - tally.count(crate::smtp::MailOutcome::Sent);
    Progress { mails: (tally.done(), total), failed, elapsed: started.elapsed() }
}

/// Each connection behind the first writes a transcript of its own: `name.2.txt`.
fn of_connection(output: &Output, number: usize) -> Output {
    let transcript = output.transcript.as_ref().map(|path| match (number, path.extension()) {
        (0, _) | (_, None) => path.clone(),
        (_, Some(ending)) => path.with_extension(format!("{}.{}", number + 1, ending.display())),
    });
    Output { transcript, ..output.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_has_its_own_transcript() {
        let output = Output { transcript: Some("a/t.md".into()), verbose: false, json: false };
        let of = |number| of_connection(&output, number).transcript.unwrap().display().to_string();
        assert_eq!([0, 1, 9].map(of), ["a/t.md", "a/t.2.md", "a/t.10.md"]);
    }
}
