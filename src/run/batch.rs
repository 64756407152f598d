//! Many mails beside the workbench: on a thread of their own, with a runtime of its own, as preparing them reads files.

use tokio::sync::{mpsc, oneshot};

use super::effects::Answer;
use crate::app::Message;
use crate::app::batching::{ManySummary, Order};
use crate::batch::Counts;

/// Sends many mails, and blocks until they have their result; an error: nothing was sent. It is handed in by whoever
/// starts the workbench: what sends them lies with `telepost send`.
pub type SendMany = fn(Order, &mut Watching) -> Result<ManySummary, String>;

/// The way to the mails under way.
#[derive(Debug)]
pub struct Batch {
    answers: mpsc::UnboundedSender<Answer>,
    send: SendMany,
    stops: Option<mpsc::UnboundedSender<()>>,
}

impl Batch {
    /// With nothing under way.
    pub fn new(answers: mpsc::UnboundedSender<Answer>, send: SendMany) -> Self {
        Self { answers, send, stops: None }
    }

    /// Starts to send; [`Message::ManyProgress`] tells how far it is, [`Message::ManyDone`] the end.
    pub fn start(&mut self, order: Order) {
        let (stop, stops) = mpsc::unbounded_channel();
        self.stops = Some(stop);
        let send = self.send;
        let (end, ended) = oneshot::channel();
        let mut watcher = Watching { stops, answers: self.answers.clone() };
        let thread = std::thread::Builder::new().name("many".to_owned());
        let started = thread.spawn(move || {
            // The workbench may have ended.
            let _ = end.send(send(order, &mut watcher));
        });
        let answers = self.answers.clone();
        tokio::spawn(async move {
            let done = match started {
                Ok(_) => ended.await.unwrap_or_else(|_| Err("the thread that sends them ended".to_owned())),
                Err(error) => Err(error.to_string()),
            };
            let _ = answers.send(Answer::Message(Message::ManyDone(done.map(Box::new))));
        });
    }

    /// The first time nothing more is handed out, the second time the lines are dropped.
    pub fn stop(&self) {
        if let Some(stops) = &self.stops {
            // They may all have their result by now.
            let _ = stops.send(());
        }
    }
}

/// The workbench, as the connections see it.
#[derive(Debug)]
pub struct Watching {
    stops: mpsc::UnboundedReceiver<()>,
    answers: mpsc::UnboundedSender<Answer>,
}

impl Watching {
    /// Waits for the next wish to stop. Cancel-safe.
    pub async fn stop(&mut self) {
        if self.stops.recv().await.is_none() {
            // Nobody is there who could want it.
            std::future::pending::<()>().await;
        }
    }

    /// Whether anybody is there.
    pub fn looks(&self) -> bool {
        !self.answers.is_closed()
    }

    /// Tells how far it is.
    pub fn progress(&self, counts: Counts) {
        // The workbench may have ended.
        let _ = self.answers.send(Answer::Message(Message::ManyProgress(counts)));
    }
}
