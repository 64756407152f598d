//! Requests the connection task has no room for yet, in order: a paste of many lines comes faster than servers answer.

use std::collections::VecDeque;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::connection::Request;
use crate::wire::Side;

/// Most requests that wait; a paste of more lines than this is cut, and said to be.
const MOST: usize = 65_536;

/// The way to the connection task, and what waits before it.
#[derive(Debug)]
pub struct Backlog {
    requests: mpsc::Sender<Request>,
    waiting: VecDeque<Request>,
}

impl Backlog {
    pub fn new(requests: mpsc::Sender<Request>) -> Self {
        Self { requests, waiting: VecDeque::new() }
    }

    /// Passes a request on, at once or as soon as there is room. `Some`: it can never go.
    ///
    /// What ends a link overtakes the lines that still wait for it.
    #[must_use]
    pub fn push(&mut self, request: Request) -> Option<Request> {
        if let Some(side) = ended_by(&request) {
            self.waiting.retain(|waiting| !matches!(waiting, Request::Submit(line) if line.side() == side));
        }
        if self.waiting.len() >= MOST || self.requests.is_closed() {
            return Some(request);
        }
        self.waiting.push_back(request);
        self.flush();
        None
    }

    /// Throws away the lines that wait. How many.
    pub fn stop(&mut self) -> usize {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| !matches!(waiting, Request::Submit(_)));
        before - self.waiting.len()
    }

    /// Passes on as much as there is room for.
    pub fn flush(&mut self) {
        while let Some(request) = self.waiting.pop_front() {
            if let Err(TrySendError::Full(request)) = self.requests.try_send(request) {
                self.waiting.push_front(request);
                return;
            }
        }
    }

    /// Waits until more can go; for ever when nothing waits. May be dropped and called again.
    pub async fn room(&self) {
        if self.waiting.is_empty() {
            std::future::pending::<()>().await;
        }
        // A closed channel is found out by `flush`.
        let _ = self.requests.reserve().await;
    }
}

/// The side whose link a request ends or replaces.
fn ended_by(request: &Request) -> Option<Side> {
    match request {
        Request::Abort(side) | Request::Drop(side) => Some(*side),
        Request::Connect(target) => Some(target.protocol.side()),
        Request::Submit(_) | Request::Disconnect(_) | Request::Discover(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Submission;
    use crate::smtp::{Command, Line};

    fn line(text: &str) -> Request {
        Request::Submit(Submission::Smtp(Command::Line(Line::typed(text).unwrap()), None))
    }

    fn text(request: &Request) -> String {
        match request {
            Request::Submit(Submission::Smtp(Command::Line(line), _)) => {
                String::from_utf8_lossy(line.bytes()).into_owned()
            }
            other => format!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn more_lines_than_there_is_room_for_all_go_in_order() {
        let (sender, mut receiver) = mpsc::channel(2);
        let mut backlog = Backlog::new(sender);
        for number in 0..100 {
            assert!(backlog.push(line(&format!("NOOP {number}"))).is_none());
        }
        for number in 0..100 {
            assert_eq!(text(&receiver.recv().await.unwrap()), format!("NOOP {number}"));
            if number < 98 {
                backlog.room().await;
                backlog.flush();
            }
        }
        assert!(receiver.try_recv().is_err());
    }

    #[tokio::test]
    async fn lines_that_wait_can_be_thrown_away_and_are_counted() {
        let (sender, mut receiver) = mpsc::channel(1);
        let mut backlog = Backlog::new(sender);
        for number in 0..10 {
            assert!(backlog.push(line(&format!("NOOP {number}"))).is_none());
        }
        assert_eq!(backlog.stop(), 9);
        assert_eq!(text(&receiver.recv().await.unwrap()), "NOOP 0");
        backlog.flush();
        assert!(receiver.try_recv().is_err());
    }

    #[tokio::test]
    async fn stopping_overtakes_the_lines_that_wait() {
        let (sender, mut receiver) = mpsc::channel(1);
        let mut backlog = Backlog::new(sender);
        for number in 0..3 {
            assert!(backlog.push(line(&format!("NOOP {number}"))).is_none());
        }
        assert!(backlog.push(Request::Abort(Side::Smtp)).is_none());
        assert_eq!(text(&receiver.recv().await.unwrap()), "NOOP 0");
        backlog.flush();
        assert!(matches!(receiver.recv().await, Some(Request::Abort(Side::Smtp))));
        backlog.flush();
        assert!(receiver.try_recv().is_err());
    }
}
