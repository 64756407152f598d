//! The mails that are still to be sent, handed out to whoever has a connection.
//!
//! Each goes out in turn, one that came back unsent before the others. What is not known to be unsent never comes back:
//! to see to that is the caller's duty.

use std::collections::VecDeque;

/// How far the hand-out may run ahead of the oldest mail without a result, so that what waits for its turn stays small.
const WINDOW: u64 = 16 * 1024;
/// How often a mail is handed out anew after it came back.
const RETURNS: u8 = 3;

/// One mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job<M> {
    /// Its number; the first is 0.
    pub index: u64,
    /// What was made of it when it was handed out before, so that a second attempt is the same mail.
    pub made: Option<M>,
    returns: u8,
}

/// What there is for somebody who asks.
#[derive(Debug, PartialEq, Eq)]
pub enum Take<M> {
    /// This mail.
    Job(Job<M>),
    /// Nothing now; a mail may come back yet, or an old one has to be done first.
    Later,
    /// Nothing any more.
    Over,
}

/// The mails that wait.
#[derive(Debug)]
pub struct Queue<M> {
    total: u64,
    next: u64,
    returned: VecDeque<Job<M>>,
    /// Handed out and neither done nor returned.
    out: u64,
    closed: bool,
}

impl<M> Queue<M> {
    /// Mails with the numbers from 0 up to `total`.
    pub fn new(total: u64) -> Self {
        Self { total, next: 0, returned: VecDeque::new(), out: 0, closed: false }
    }

    /// Hands out the next mail. `oldest`: the lowest number without a result.
    pub fn take(&mut self, oldest: u64) -> Take<M> {
        if self.closed {
            return Take::Over;
        }
        if let Some(job) = self.returned.pop_front() {
            self.out += 1;
            return Take::Job(job);
        }
        if self.next < self.total && self.next < oldest.saturating_add(WINDOW) {
            let index = self.next;
            self.next += 1;
            self.out += 1;
            return Take::Job(Job { index, made: None, returns: 0 });
        }
        if self.is_over() { Take::Over } else { Take::Later }
    }

    /// A mail has its result.
    pub fn done(&mut self) {
        self.out = self.out.saturating_sub(1);
    }

    /// A mail was not sent and comes back. Gives it out again when it came back too often: then that is its result.
    pub fn put_back(&mut self, mut job: Job<M>) -> Option<Job<M>> {
        if self.closed || job.returns >= RETURNS {
            return Some(job);
        }
        job.returns += 1;
        self.out = self.out.saturating_sub(1);
        // They come back in order, and so they go out again.
        self.returned.push_back(job);
        None
    }

    /// From now on nothing is handed out.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Those that came back and found nobody to take them.
    pub fn left(&mut self) -> VecDeque<Job<M>> {
        std::mem::take(&mut self.returned)
    }

    /// Mails that nobody has, and that may still be handed out.
    pub fn waiting(&self) -> u64 {
        if self.closed { 0 } else { self.total - self.next + self.returned.len() as u64 }
    }

    /// Every mail has its result, or was never handed out and will not be.
    pub fn is_over(&self) -> bool {
        self.out == 0 && self.waiting() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(take: Take<()>) -> Option<u64> {
        match take {
            Take::Job(job) => Some(job.index),
            Take::Later | Take::Over => None,
        }
    }

    fn job(take: Take<()>) -> Job<()> {
        let Take::Job(job) = take else { panic!("there is one") };
        job
    }

    #[test]
    fn each_mail_goes_out_once_and_in_turn() {
        let mut queue = Queue::<()>::new(3);
        let taken: Vec<_> = (0..4).map(|_| index(queue.take(0))).collect();
        assert_eq!(taken, [Some(0), Some(1), Some(2), None]);
        assert_eq!(queue.take(0), Take::Later, "one may come back");
        for _ in 0..3 {
            queue.done();
        }
        assert_eq!(queue.take(3), Take::Over);
        assert!(queue.is_over());
    }

    #[test]
    fn what_comes_back_goes_before_the_others_but_not_for_ever() {
        let mut queue = Queue::<()>::new(10);
        let mut first = job(queue.take(0));
        assert_eq!(index(queue.take(0)), Some(1));
        for _ in 0..RETURNS {
            assert_eq!(queue.put_back(first), None);
            first = job(queue.take(0));
            assert_eq!(first.index, 0);
        }
        assert!(queue.put_back(first).is_some(), "it breaks every connection");
        assert_eq!(index(queue.take(0)), Some(2));
    }

    #[test]
    fn those_that_come_back_keep_their_order() {
        let mut queue = Queue::<()>::new(10);
        let jobs = [job(queue.take(0)), job(queue.take(0)), job(queue.take(0))];
        for job in jobs {
            assert_eq!(queue.put_back(job), None);
        }
        let again: Vec<_> = (0..4).map(|_| index(queue.take(0))).collect();
        assert_eq!(again, [0, 1, 2, 3].map(Some));
    }

    #[test]
    fn a_mail_without_a_result_holds_up_the_hand_out_in_the_end() {
        let mut queue = Queue::<()>::new(u64::MAX);
        assert!((0..WINDOW).all(|number| index(queue.take(0)) == Some(number)));
        assert_eq!(queue.take(0), Take::Later);
        assert_eq!(index(queue.take(1)), Some(WINDOW));
    }

    #[test]
    fn a_closed_queue_hands_nothing_out_and_takes_nothing_back() {
        let mut queue = Queue::<()>::new(5);
        let job = job(queue.take(0));
        queue.close();
        assert_eq!((queue.take(0), queue.waiting()), (Take::Over, 0));
        assert!(!queue.is_over() && queue.put_back(job).is_some());
    }
}
