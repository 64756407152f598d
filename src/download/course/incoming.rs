//! What the server answers to RETR, in the order in which it was asked; what nobody asked for is passed over.

use super::{Arriving, Cause, Course, Order, Wanted, Whole};
use crate::pop3::Response;

impl Course {
    fn is_asked_first(&self, number: u32) -> bool {
        self.asked.front().is_some_and(|first| first.wanted.number == number)
    }

    /// Octets of this message are for the keeper now.
    pub fn is_receiving(&self, number: u32) -> bool {
        self.arriving.is_some() && self.is_asked_first(number)
    }

    pub(super) fn retr_answered(&mut self, number: u32, response: &Response) {
        if !self.is_asked_first(number) || self.arriving.is_some() {
            return;
        }
        if response.is_ok() {
            self.begin();
        } else if let Some(asked) = self.asked.pop_front() {
            self.window.answered(asked.weight, self.now);
            self.pace.refused(asked.wanted.octets);
            self.outcome.refuse(number, &response.to_string());
        }
    }

    fn begin(&mut self) {
        let Some(first) = self.asked.front_mut() else { return };
        let own = first.wanted.uid.is_some();
        let wanted = Wanted { uid: first.wanted.uid.take(), ..first.wanted };
        self.arriving = Some(Arriving { octets: 0, own });
        self.order(Order::Begin(wanted));
    }

    pub(super) fn piece(&mut self, number: u32, bytes: Vec<u8>) {
        if !self.is_asked_first(number) {
            return;
        }
        let Some(arriving) = &mut self.arriving else { return };
        let octets = bytes.len() as u64;
        arriving.octets = arriving.octets.saturating_add(octets);
        self.pace.arrived(octets, self.now);
        if let Some(first) = self.asked.front_mut() {
            let less = octets.min(first.weight);
            first.weight -= less;
            self.window.arrived(less);
        }
        self.order(Order::Piece(bytes));
    }

    pub(super) fn body_end(&mut self, number: u32, octets: u64, complete: bool) {
        if !self.is_asked_first(number) {
            return;
        }
        let Some(arrived) = self.arriving.take() else { return };
        let Some(asked) = self.asked.pop_front() else { return };
        self.window.answered(asked.weight, self.now);
        if !complete {
            self.order(Order::Discard);
            return self.line_lost(&format!("message {number} broke off before its end"));
        }
        if octets != arrived.octets {
            self.order(Order::Discard);
            self.pace.refused(asked.wanted.octets);
            return self.outcome.refuse(number, "octets of it were lost on the way");
        }
        self.pace.whole(asked.wanted.octets);
        if self.failed {
            return;
        }
        self.order(Order::End);
        self.whole.push_back(Whole { number, octets, own: arrived.own });
        self.sync.messages += 1;
        self.sync.octets = self.sync.octets.saturating_add(octets);
        self.sync.since.get_or_insert(self.now);
    }

    pub(super) fn retr_dropped(&mut self, number: u32, why: &str) {
        // The message that is arriving was sent for: the line that was dropped is another one.
        let from = usize::from(self.arriving.is_some());
        let Some(at) = (from..self.asked.len()).find(|at| self.asked[*at].wanted.number == number) else { return };
        if let Some(asked) = self.asked.remove(at) {
            self.window.answered(asked.weight, self.now);
        }
        self.stopped = true;
        self.because(Cause::Stopped, why);
    }
}
