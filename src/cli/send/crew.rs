//! The connections of one call, side by side: they are started here, stopped by signals, and watched over.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{interval_at, sleep_until};

use super::course::{Course, Plan};
use super::desk::{Bells, Desk};
use super::report::{Facts, Summary};
use crate::batch::Counts;
use crate::cli::Trouble;
use crate::cli::args::Output;
use crate::cli::bar::HERTZ;

/// How long what is under way may take when it is being stopped.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who watches over the connections: a terminal, or the workbench.
pub trait Watcher {
    /// Waits for the next wish to stop: at the first one nothing more is handed out, at the second the lines are
    /// dropped. Cancel-safe.
    async fn stop(&mut self);
    /// Whether progress is wanted.
    fn looks(&self) -> bool;
    /// How far it is, some times a second.
    fn progress(&self, counts: Counts);
}

/// Carries the plan out over so many connections. An error here is one of this program; everything that servers and
/// networks do is in the summary.
pub async fn run(
    plan: Plan,
    desk: Desk,
    connections: usize,
    output: &Output,
    watcher: &mut impl Watcher,
) -> Result<Summary, Trouble> {
    let total = desk.total();
    let (desk, bells, started) = (RefCell::new(desk), Bells::default(), Instant::now());
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
            () = watcher.stop() => {
                interrupted += 1;
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
            _ = ticks.tick(), if watcher.looks() => {
                let counts = Counts::of(&desk.borrow().mails.tally, total, started.elapsed());
                watcher.progress(counts);
            }
        }
    }
    facts.sort_by_key(|(number, _)| *number);
    let facts = facts.into_iter().map(|(_, facts)| facts).collect();
    drop(courses);
    let mails = desk.into_inner().mails;
    let (facts, others) = deciding(facts);
    Ok(Summary::new(total, mails, facts, interrupted > 0, started.elapsed()).with_others(others))
}

/// What is told of the connections: all of the first one that a mail could be sent over, or else of the first; and of
/// each other one that went wrong, a line.
fn deciding(mut all: Vec<Facts>) -> (Facts, Vec<String>) {
    let at = all.iter().position(Facts::came_through).unwrap_or(0);
    let others = all.iter().enumerate().filter(|(number, _)| *number != at);
    let others = others.filter_map(|(number, facts)| {
        let why = facts.trouble_words()?;
        Some(format!("connection {}: {why}", number + 1))
    });
    let others = others.collect();
    (all.swap_remove(at), others)
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
