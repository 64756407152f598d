//! Blocking work beside the loop, one piece at a time and in order; of several saves of one thing that wait, only the
//! newest is done.

use std::collections::VecDeque;

use tokio::task::JoinHandle;

use crate::app::Message;

/// A piece of work, and what it answers.
type Work = Box<dyn FnOnce() -> Option<Message> + Send>;

struct Job {
    /// A later job with the same key makes this one needless.
    key: Option<String>,
    work: Work,
}

/// What is to be done, in order.
#[derive(Default)]
pub struct Queue {
    running: Option<JoinHandle<Option<Message>>>,
    waiting: VecDeque<Job>,
}

impl Queue {
    /// Does this behind all that waits.
    pub fn push(&mut self, work: impl FnOnce() -> Option<Message> + Send + 'static) {
        self.waiting.push_back(Job { key: None, work: Box::new(work) });
        self.start();
    }

    /// The same, in place of the job with this key that waits last.
    pub fn replace(&mut self, key: String, work: impl FnOnce() -> Option<Message> + Send + 'static) {
        if self.waiting.back().is_some_and(|job| job.key.as_deref() == Some(&key)) {
            self.waiting.pop_back();
        }
        self.waiting.push_back(Job { key: Some(key), work: Box::new(work) });
        self.start();
    }

    /// Waits for the job under way, for ever if there is none, and starts the next. What it answers. May be dropped and
    /// called again.
    pub async fn done(&mut self) -> Option<Message> {
        let Some(running) = &mut self.running else { return std::future::pending().await };
        let joined = running.await;
        self.running = None;
        self.start();
        // A panic was told by its hook.
        joined.ok().flatten()
    }

    /// Whether everything asked for is done.
    pub fn is_idle(&self) -> bool {
        self.running.is_none()
    }

    fn start(&mut self) {
        if self.running.is_none()
            && let Some(job) = self.waiting.pop_front()
        {
            self.running = Some(tokio::task::spawn_blocking(job.work));
        }
    }
}
