//! A piece of work that tells what it does on its way, driven step by step by whoever owns it.
//!
//! The owner may give up waiting for a step and take it up again at any moment; dropping the work stops all of it.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::mpsc;

/// What is heard of a piece of work.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard<T> {
    /// Worth a line in the transcript.
    Note(String),
    /// Something did not work; the rest goes on.
    Trouble(String),
    /// It is done. Nothing follows.
    Done(T),
}

/// Where the work writes what it does.
#[derive(Clone, Debug)]
pub struct Log(mpsc::UnboundedSender<Line>);

/// A piece of work that gives a `T` in the end.
pub struct Work<T> {
    lines: mpsc::UnboundedReceiver<Line>,
    running: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    /// The result, while lines written before it wait.
    result: Option<T>,
}

#[derive(Debug)]
enum Line {
    Note(String),
    Trouble(String),
}

impl Log {
    /// Something happened. `words`: sanitized.
    pub fn note(&self, words: impl Into<String>) {
        self.write(Line::Note(words.into()));
    }

    /// Something did not work. `words`: sanitized.
    pub fn trouble(&self, words: impl Into<String>) {
        self.write(Line::Trouble(words.into()));
    }

    /// Nobody reads once the work is dropped, and then nobody writes for long.
    fn write(&self, line: Line) {
        let _ = self.0.send(line);
    }
}

impl<T> Work<T> {
    /// Nothing happens before the first [`Self::step`].
    pub fn new<F: Future<Output = T> + Send + 'static>(work: impl FnOnce(Log) -> F) -> Self {
        // Its length is bounded by what one turn of the work writes: between two steps the work stands still.
        let (log, lines) = mpsc::unbounded_channel();
        Self { lines, running: Some(Box::pin(work(Log(log)))), result: None }
    }

    /// Waits for the next thing to hear; for ever, once the work is done. Cancel-safe.
    pub async fn step(&mut self) -> Heard<T> {
        loop {
            if let Ok(line) = self.lines.try_recv() {
                return line.into();
            }
            if let Some(result) = self.result.take() {
                return Heard::Done(result);
            }
            let Some(running) = &mut self.running else { return std::future::pending().await };
            tokio::select! {
                biased;
                Some(line) = self.lines.recv() => return line.into(),
                result = running => {
                    self.running = None;
                    self.result = Some(result);
                }
            }
        }
    }
}

impl<T> From<Line> for Heard<T> {
    fn from(line: Line) -> Self {
        match line {
            Line::Note(words) => Self::Note(words),
            Line::Trouble(words) => Self::Trouble(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn lines_come_in_order_and_before_the_result() {
        let mut work = Work::new(|log| async move {
            log.note("a");
            tokio::task::yield_now().await;
            log.trouble("b");
            log.note("c");
            7
        });
        let mut heard = Vec::new();
        for _ in 0..4 {
            heard.push(work.step().await);
        }
        let words = |words: &str| words.to_owned();
        let expected = [Heard::Note(words("a")), Heard::Trouble(words("b")), Heard::Note(words("c")), Heard::Done(7)];
        assert_eq!(heard, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_given_up_loses_nothing() {
        let (open, gate) = oneshot::channel::<()>();
        let mut work = Work::new(|log| async move {
            gate.await.unwrap();
            log.note("through");
        });
        assert!(timeout(Duration::from_secs(1), work.step()).await.is_err());
        open.send(()).unwrap();
        assert_eq!(work.step().await, Heard::Note("through".to_owned()));
        assert_eq!(work.step().await, Heard::Done(()));
        assert!(timeout(Duration::from_secs(1), work.step()).await.is_err(), "nothing follows");
    }

    #[tokio::test]
    async fn dropping_the_work_stops_it() {
        let (held, mut gone) = oneshot::channel::<()>();
        let mut work = Work::new(|log| async move {
            log.note("started");
            std::future::pending::<()>().await;
            drop(held);
        });
        work.step().await;
        assert!(gone.try_recv().is_err_and(|error| error == oneshot::error::TryRecvError::Empty));
        drop(work);
        assert!(gone.await.is_err());
    }
}
