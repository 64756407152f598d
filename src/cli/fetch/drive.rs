//! The loop around the course: notices of the line, answers of the keeper, signals, and the clock of the bar.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::choice::Choice;
use super::{Args, note};
use crate::cli::bar::{Bar, HERTZ};
use crate::cli::mailbox::access::Access;
use crate::cli::signals::Signals;
use crate::cli::{Status, Trouble};
use crate::download::{Cause, Course, Keeper, Kept, Order, Outcome, Step, Worker};
use crate::pop3::Notice;

/// Most orders, and most of their octets, that are gathered before the keeper gets them: one read brings many.
const BATCH: (usize, usize) = (256, 64 * 1024);

/// A download under way.
pub struct Drive<'a> {
    access: &'a mut Access,
    worker: Worker,
    /// The keeper has caught up.
    room: Arc<Notify>,
    /// For the keeper, and their octets.
    orders: Vec<Order>,
    octets: usize,
    answers: UnboundedReceiver<Kept>,
    course: Course,
    bar: Bar,
    ticks: Interval,
    signals: Signals,
    /// Signals that came.
    interrupted: u32,
    /// The line is gone, or given up; why.
    lost: Option<Trouble>,
}

/// How it ended.
pub struct End {
    /// What the course tells.
    pub outcome: Outcome,
    /// Signals that came.
    pub interrupted: u32,
    /// Why the line is gone, if it is.
    pub lost: Option<Trouble>,
    /// For what is still to be waited for.
    pub signals: Signals,
}

/// What happened next.
enum Event {
    Notice(Result<Notice, Trouble>),
    Kept(Option<Kept>),
    Signal,
    Tick,
    Room,
}

impl<'a> Drive<'a> {
    /// Starts the keeper's thread. From here on signals are heard.
    pub fn start(access: &'a mut Access, keeper: Keeper, choice: Choice, options: &Args) -> Result<Self, Trouble> {
        let signals = Signals::listen()?;
        let (sender, answers) = unbounded_channel();
        // Nobody listens any more: then the download is over, and the answer is of no use.
        let room = Arc::new(Notify::new());
        let told = Arc::clone(&room);
        let worker = Worker::start_telling(keeper, move |kept| drop(sender.send(kept)), move || told.notify_one());
        let mut ticks = interval(Duration::from_secs(1) / u32::from(HERTZ));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut course = Course::new(choice.wanted, options.delete, Instant::now());
        if options.delete_fetched {
            course.mark_earlier(choice.known);
        }
        let bar = Bar::new(options.common.output.verbose);
        Ok(Self {
            access,
            worker,
            room,
            orders: Vec::new(),
            octets: 0,
            answers,
            course,
            bar,
            ticks,
            signals,
            interrupted: 0,
            lost: None,
        })
    }

    /// Carries it out. An error is one of this program.
    pub async fn run(mut self) -> Result<End, Trouble> {
        loop {
            if let Some(outcome) = self.steps() {
                self.bar.clear();
                if outcome.cause == Cause::Line && self.lost.is_none() {
                    self.lost = self.cause().await;
                }
                let Self { interrupted, lost, signals, .. } = self;
                return Ok(End { outcome, interrupted, lost, signals });
            }
            match self.next().await {
                Event::Notice(Ok(notice)) => self.course.notice(notice, Instant::now()),
                Event::Notice(Err(trouble)) => self.lose(trouble),
                Event::Kept(Some(kept)) => self.course.kept(kept, Instant::now()),
                Event::Kept(None) => {
                    let gone = Kept::Failed("the thread that writes ended by itself".to_owned());
                    self.course.kept(gone, Instant::now());
                }
                Event::Signal => self.signalled()?,
                Event::Tick => self.bar.show(&self.course.progress(Instant::now())),
                Event::Room => {}
            }
        }
    }

    /// Does all that is to be done now; the outcome, once there is one.
    fn steps(&mut self) -> Option<Outcome> {
        while let Some(step) = self.course.poll() {
            match step {
                Step::Send(line) => self.access.line(line),
                Step::Keep(order) => {
                    self.octets += if let Order::Piece(bytes) = &order { bytes.len() } else { 0 };
                    self.orders.push(order);
                }
                Step::Done(outcome) => {
                    self.hand_over();
                    return Some(outcome);
                }
            }
        }
        None
    }

    fn hand_over(&mut self) {
        if !self.orders.is_empty() {
            self.octets = 0;
            self.worker.give_all(std::mem::take(&mut self.orders));
        }
    }

    async fn next(&mut self) -> Event {
        let reads = self.lost.is_none() && self.worker.has_room();
        let gathers = self.orders.len() < BATCH.0 && self.octets < BATCH.1;
        if reads
            && gathers
            && let Some(notice) = self.access.next_that_lies_there()
        {
            return Event::Notice(notice);
        }
        self.hand_over();
        tokio::select! {
            notice = self.access.next(), if reads => Event::Notice(notice),
            kept = self.answers.recv() => Event::Kept(kept),
            () = self.signals.next() => Event::Signal,
            _ = self.ticks.tick(), if self.bar.is_shown() => Event::Tick,
            () = self.room.notified(), if !reads && self.lost.is_none() => Event::Room,
        }
    }

    fn lose(&mut self, trouble: Trouble) {
        self.course.line_lost(&trouble.what);
        self.lost.get_or_insert(trouble);
    }

    /// Why the line was lost and what to try, as the connection tells it; the course saw it coming.
    async fn cause(&mut self) -> Option<Trouble> {
        loop {
            tokio::select! {
                notice = self.access.next() => {
                    if let Err(trouble) = notice {
                        return Some(trouble);
                    }
                }
                () = self.signals.next() => {
                    self.interrupted += 1;
                    return None;
                }
            }
        }
    }

    /// The first finishes what is under way, the second gives up the line, the third everything.
    fn signalled(&mut self) -> Result<(), Trouble> {
        self.interrupted += 1;
        let words = match self.interrupted {
            1 => "stopping: what is under way is finished and made safe; once more drops the line at once",
            2 => "the line is given up; what is whole is made safe, and nothing is deleted",
            _ => return Err(Trouble::new(Status::Interrupted, "stopped at once; nothing was deleted on the server")),
        };
        self.bar.beside(|| note(words));
        if self.interrupted == 1 {
            self.course.stop();
        } else {
            self.lose(Trouble::new(Status::Interrupted, "it was stopped at once"));
        }
        Ok(())
    }
}

/// Waits for the end of the session; `None` when a signal came meanwhile, which lets go of the line.
pub async fn unless_interrupted<T>(ends: impl Future<Output = T>, mut signals: Signals) -> Option<T> {
    tokio::select! {
        ended = ends => Some(ended),
        () = signals.next() => None,
    }
}
