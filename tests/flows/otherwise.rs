//! A server that answers one line otherwise than the sandbox.

use telepost::sandbox::outbox::Outbox;
use telepost::sandbox::server::Conversation;

/// The sandbox, but that it answers one line otherwise, or nothing at all to it.
pub struct Otherwise {
    pub inner: Box<dyn Conversation>,
    pub from: &'static str,
    pub to: &'static str,
}

impl Conversation for Otherwise {
    fn greet(&mut self, crowded: bool, out: &mut Outbox) {
        self.inner.greet(crowded, out);
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let mut own = Outbox::default();
        let used = self.inner.receive(input, &mut own);
        let said: Vec<u8> = own.slices().iter().flat_map(|slice| slice.to_vec()).collect();
        let said = String::from_utf8(said).expect("the sandbox says text").replace(self.from, self.to);
        said.lines().filter(|line| !line.is_empty()).for_each(|line| out.line(line));
        used
    }

    fn tls_started(&mut self, channel: telepost::wire::Channel) {
        self.inner.tls_started(channel);
    }

    fn timed_out(&mut self, out: &mut Outbox) {
        self.inner.timed_out(out);
    }

    fn is_over(&self) -> bool {
        self.inner.is_over()
    }
}
