//! The task's loop: requests to links, one thing at a time, reports out.
//!
//! Everything it waits for is given up and taken up again each turn; whatever happened is dealt with without awaiting.
//! With nothing under way it waits for a request, octets on an idle line, and no clock.

use std::time::Instant;

use tokio::sync::mpsc;

use super::conversation::Conversation;
use super::discover::{self, Searches};
use super::link::{self, Link};
use super::outbox::Outbox;
use super::{LinkEvent, REQUESTS, Recording, Report, Request, Submission, Target};
use crate::wire::Side;
use crate::{pop3, smtp};

/// The connection task.
pub struct Task {
    requests: mpsc::Receiver<Request>,
    outbox: Outbox,
    links: Links,
    searches: Searches,
}

/// The links, at most one a side.
struct Links {
    /// The zero of [`crate::transcript::Record::at`].
    started: Instant,
    /// Number of the last link.
    last: u32,
    smtp: Option<Link<smtp::Session>>,
    pop3: Option<Link<pop3::Session>>,
}

/// What a turn begins with.
enum Turn {
    Request(Option<Request>),
    /// The channel takes more reports, or nobody listens.
    Reports(bool),
    Smtp(link::Wake),
    Pop3(link::Wake),
    Search(discover::Wake),
}

impl Task {
    /// A task between its two channels.
    pub fn new(requests: mpsc::Receiver<Request>, reports: mpsc::Sender<Report>, recording: Recording) -> Self {
        let started = tokio::time::Instant::now().into_std();
        let links = Links { started, last: 0, smtp: None, pop3: None };
        Self { requests, outbox: Outbox::new(reports, recording), links, searches: Searches::new(started) }
    }

    /// Runs until one of the channels closes.
    pub async fn run(mut self) {
        loop {
            self.outbox.flush();
            let room = self.outbox.has_room();
            let turn = tokio::select! {
                request = self.requests.recv(), if self.outbox.takes_requests() => Turn::Request(request),
                open = self.outbox.sendable() => Turn::Reports(open),
                wake = wait(&mut self.links.smtp, room) => Turn::Smtp(wake),
                wake = wait(&mut self.links.pop3, room) => Turn::Pop3(wake),
                wake = self.searches.wait(), if room => Turn::Search(wake),
            };
            match turn {
                Turn::Request(Some(request)) => self.requests(request),
                Turn::Smtp(wake) => self.links.on_smtp(&mut self.outbox, |link, outbox| link.handle(wake, outbox)),
                Turn::Pop3(wake) => self.links.on_pop3(&mut self.outbox, |link, outbox| link.handle(wake, outbox)),
                Turn::Search(wake) => self.searches.handle(wake, &mut self.outbox),
                Turn::Reports(true) => {}
                Turn::Reports(false) => return,
                Turn::Request(None) => break,
            }
        }
        self.links.drop_line(Side::Smtp, &mut self.outbox);
        self.links.drop_line(Side::Pop3, &mut self.outbox);
        self.outbox.finish().await;
    }
}

impl Task {
    /// Takes on a request and those that wait behind it: lines that were submitted together leave in one write.
    fn requests(&mut self, first: Request) {
        self.request(first);
        for _ in 1..REQUESTS {
            let Some(next) = self.outbox.takes_requests().then(|| self.requests.try_recv().ok()).flatten() else {
                return;
            };
            self.request(next);
        }
    }

    fn request(&mut self, request: Request) {
        match request {
            Request::Discover(discovery) => self.searches.start(discovery),
            request => self.links.request(request, &mut self.outbox),
        }
    }
}

impl Links {
    fn request(&mut self, request: Request, outbox: &mut Outbox) {
        match request {
            Request::Connect(target) => self.connect(*target, outbox),
            Request::Submit(submission) => self.submit(submission, outbox),
            Request::Abort(Side::Smtp) => self.on_smtp(outbox, Link::abort),
            Request::Abort(Side::Pop3) => self.on_pop3(outbox, Link::abort),
            Request::Disconnect(side) => self.disconnect(side, outbox),
            Request::Drop(side) => self.drop_line(side, outbox),
            // Needs no link: the loop hands it to the searches.
            Request::Discover(_) => {}
        }
    }

    fn connect(&mut self, target: Target, outbox: &mut Outbox) {
        let side = target.protocol.side();
        self.drop_line(side, outbox);
        self.last += 1;
        match side {
            Side::Smtp => self.smtp = Some(Link::dial(target, self.last, self.started, outbox)),
            Side::Pop3 => self.pop3 = Some(Link::dial(target, self.last, self.started, outbox)),
        }
    }

    fn submit(&mut self, submission: Submission, outbox: &mut Outbox) {
        let side = submission.side();
        match submission {
            submission if self.is_absent(side) => {
                self.never_sent(submission, outbox);
                self.not_connected(side, outbox);
            }
            Submission::Smtp(command, body) => {
                self.on_smtp(outbox, |link, outbox| link.submit(command, body, outbox));
            }
            Submission::Pop3(command) => self.on_pop3(outbox, |link, outbox| link.submit(command, None, outbox)),
        }
    }

    /// Every mail gets its fate reported, that of one given without a link too.
    fn never_sent(&self, submission: Submission, outbox: &mut Outbox) {
        if let Submission::Smtp(command @ smtp::Command::Mail(_), _) = submission
            && let Some(notice) = smtp::Session::unsent(command, "there is no connection")
        {
            outbox.push(smtp::Session::report(self.last, notice));
        }
    }

    fn disconnect(&mut self, side: Side, outbox: &mut Outbox) {
        if self.is_absent(side) {
            return self.not_connected(side, outbox);
        }
        match side {
            Side::Smtp => self.on_smtp(outbox, Link::disconnect),
            Side::Pop3 => self.on_pop3(outbox, Link::disconnect),
        }
    }

    fn drop_line(&mut self, side: Side, outbox: &mut Outbox) {
        match side {
            Side::Smtp => self.on_smtp(outbox, Link::drop_line),
            Side::Pop3 => self.on_pop3(outbox, Link::drop_line),
        }
    }

    fn on_smtp(&mut self, outbox: &mut Outbox, action: impl FnOnce(&mut Link<smtp::Session>, &mut Outbox)) {
        act(&mut self.smtp, outbox, action);
    }

    fn on_pop3(&mut self, outbox: &mut Outbox, action: impl FnOnce(&mut Link<pop3::Session>, &mut Outbox)) {
        act(&mut self.pop3, outbox, action);
    }

    fn is_absent(&self, side: Side) -> bool {
        match side {
            Side::Smtp => self.smtp.is_none(),
            Side::Pop3 => self.pop3.is_none(),
        }
    }

    fn not_connected(&self, side: Side, outbox: &mut Outbox) {
        outbox.push(Report::Link { side, link: self.last, event: LinkEvent::NotConnected });
    }
}

/// Lets the link, if there is one, do something, and forgets it when it is over.
fn act<E: Conversation>(
    slot: &mut Option<Link<E>>,
    outbox: &mut Outbox,
    action: impl FnOnce(&mut Link<E>, &mut Outbox),
) {
    let Some(link) = slot else { return };
    action(link, outbox);
    if link.is_over() {
        *slot = None;
    }
}

async fn wait<E: Conversation>(slot: &mut Option<Link<E>>, room: bool) -> link::Wake {
    match slot {
        Some(link) => link.wait(room).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Request {
        Request::Submit(Submission::Pop3(pop3::Command::Line(pop3::Line::bare(pop3::Verb::Noop))))
    }

    #[test]
    fn requests_that_wait_together_are_taken_on_in_one_turn() {
        let (requests, incoming) = mpsc::channel(REQUESTS);
        let (outgoing, mut reports) = mpsc::channel(2 * REQUESTS);
        let mut task = Task::new(incoming, outgoing, Recording::Off);
        for _ in 1..REQUESTS {
            requests.try_send(line()).unwrap();
        }
        task.requests(line());
        assert_eq!(requests.capacity(), REQUESTS);
        task.outbox.flush();
        let answers = std::iter::from_fn(|| reports.try_recv().ok());
        let unanswered = |report: &Report| matches!(report, Report::Link { event: LinkEvent::NotConnected, .. });
        assert_eq!(answers.filter(unanswered).count(), REQUESTS);
    }
}
