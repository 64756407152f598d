//! Where the connections of one call get their mails and hand in the results. All of them run on one thread.

use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::mail::{Prepared, Source};
use super::report::Mails;
use super::results::Results;
use crate::batch::{InOrder, Job, Lap, Queue, Rate, Schedule, Take};
use crate::cli::Trouble;
use crate::smtp::{MailReport, Manner};

/// Mails that a connection has at least, so that the commands of one can ride behind the end of another.
const AT_LEAST: usize = 2;

/// What there is for a connection that asks.
pub enum Offer {
    /// This mail.
    Mail(Box<Job<Prepared>>),
    /// Nothing before this moment, if one is known.
    Wait(Option<Instant>),
    /// Nothing any more.
    Over,
}

/// A mail that has its result.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its number; the first is 0.
    pub index: u64,
    /// What became of it.
    pub report: MailReport,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// The number of its row.
    pub row: Option<u64>,
    /// Octets.
    pub octets: u64,
    /// From its turn to its last reply.
    pub took: Duration,
}

/// The desk.
pub struct Desk {
    source: Source,
    queue: Queue<Prepared>,
    schedule: Schedule,
    total: u64,
    order: InOrder<Ended>,
    results: Option<Results>,
    /// What is known so far.
    pub mails: Mails,
    /// Mails under way on each connection that is ready; `None`: not ready, or over.
    loads: Vec<Option<usize>>,
    /// Connections that are not over.
    live: usize,
    /// Nothing more is handed out.
    stopping: bool,
    /// The lines are given up.
    dropping: bool,
}

/// Wakes connections.
#[derive(Debug, Default)]
pub struct Bells {
    /// Those that want a mail.
    pub news: Notify,
    /// All: it is being stopped.
    pub alarm: Notify,
}

impl Desk {
    /// With everything still to do, for so many connections.
    pub fn new(source: Source, rate: Option<Rate>, results: Option<Results>, connections: usize) -> Self {
        let total = source.total();
        Self {
            queue: Queue::new(total),
            total,
            source,
            schedule: Schedule::new(rate),
            order: InOrder::default(),
            results,
            mails: Mails::default(),
            loads: vec![None; connections],
            live: connections,
            stopping: false,
            dropping: false,
        }
    }

    /// Mails that are to be sent.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The next mail for a connection with so many under way.
    pub fn take(&mut self, connection: usize, load: usize, manner: &Manner, now: Instant) -> Result<Offer, Trouble> {
        self.loads[connection] = Some(load);
        if self.stopping || self.queue.is_over() {
            return Ok(Offer::Over);
        }
        if self.queue.waiting() > 0 {
            if !self.has_share(load) {
                return Ok(Offer::Wait(None));
            }
            if let Some(due) = self.schedule.due().filter(|due| *due > now) {
                return Ok(Offer::Wait(Some(due)));
            }
        }
        let mut job = match self.queue.take(self.order.next()) {
            Take::Job(job) => job,
            Take::Later => return Ok(Offer::Wait(None)),
            Take::Over => return Ok(Offer::Over),
        };
        self.schedule.started(now);
        let prepared = match job.made.take() {
            Some(made) => made,
            None => self.source.prepare(job.index, manner.clone())?,
        };
        if job.index == 0 {
            self.mails.message_id.clone_from(&prepared.message_id);
        }
        job.made = Some(prepared);
        self.loads[connection] = Some(load + 1);
        Ok(Offer::Mail(Box::new(job)))
    }

    /// Whether it may have one more: what is left is shared among the connections, and where a rate is kept the one
    /// with the least to do goes first.
    fn has_share(&self, load: usize) -> bool {
        if self.live <= 1 {
            return true;
        }
        if self.schedule.is_limited() {
            return self.loads.iter().flatten().all(|other| load <= *other);
        }
        let share = usize::try_from(self.queue.waiting()).unwrap_or(usize::MAX).div_ceil(self.live);
        load < share.max(AT_LEAST)
    }

    /// A mail has its result.
    pub fn ended(&mut self, connection: usize, ended: Ended, bells: &Bells) -> Result<(), Trouble> {
        if let Some(load) = &mut self.loads[connection] {
            *load = load.saturating_sub(1);
        }
        self.queue.done();
        self.order.put(ended.index, ended);
        while let Some(ended) = self.order.pop() {
            self.record(&ended)?;
        }
        bells.news.notify_waiters();
        Ok(())
    }

    /// A mail came back from a lost line, and is known not to have been sent. Gives it out again when this is its end.
    pub fn put_back(&mut self, job: Job<Prepared>, bells: &Bells) -> Option<Job<Prepared>> {
        let over = self.queue.put_back(job);
        bells.news.notify_waiters();
        over
    }

    /// A connection is not ready any more, and may be again.
    pub fn away(&mut self, connection: usize) {
        self.loads[connection] = None;
    }

    /// Whether a connection that could be ready again would find something to do.
    pub fn has_work(&self) -> bool {
        !self.stopping && !self.queue.is_over()
    }

    /// A connection is over. What nobody will take any more has its result.
    pub fn gone(&mut self, connection: usize, bells: &Bells) -> Result<(), Trouble> {
        self.away(connection);
        self.live -= 1;
        if self.live > 0 {
            bells.news.notify_waiters();
            return Ok(());
        }
        for job in self.queue.left() {
            if let Some(ended) = Ended::lost(job) {
                self.order.put(ended.index, ended);
            }
        }
        self.settle()
    }

    /// Passes on what is left, gaps or not: nothing more will come.
    fn settle(&mut self) -> Result<(), Trouble> {
        for ended in self.order.rest() {
            self.record(&ended)?;
        }
        Ok(())
    }

    fn record(&mut self, ended: &Ended) -> Result<(), Trouble> {
        self.mails.ended(ended);
        self.results.as_mut().map_or(Ok(()), |results| results.add(ended))
    }

    /// It took so long.
    pub fn lap(&mut self, lap: Lap, took: Duration) {
        self.mails.tally.lap(lap, took);
    }

    /// Hands nothing out any more.
    pub fn stop(&mut self, bells: &Bells) {
        self.stopping = true;
        self.queue.close();
        bells.alarm.notify_waiters();
    }

    /// Gives up the lines.
    pub fn drop_lines(&mut self, bells: &Bells) {
        self.dropping = true;
        self.stop(bells);
    }

    /// Nothing is handed out any more.
    pub fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// The lines are given up.
    pub fn is_dropping(&self) -> bool {
        self.dropping
    }
}

impl Ended {
    /// A mail that came back and went nowhere: what was said of it when its line was lost.
    pub fn lost(job: Job<Prepared>) -> Option<Self> {
        let prepared = job.made?;
        Some(Self {
            index: job.index,
            report: *prepared.lost?,
            message_id: prepared.message_id,
            row: prepared.row,
            octets: 0,
            took: Duration::ZERO,
        })
    }
}
