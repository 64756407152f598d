//! A keeper on a thread of its own, so that neither the network nor a person waits for the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::Keeper;
use crate::download::order::{Kept, Order};

/// Octets that may wait for the disk before nothing more should be read.
const WAITING: usize = 1024 * 1024;
/// What an order without octets counts for.
const ORDER: usize = 64;

/// A keeper on a thread of its own. When dropped, orders that wait are forgotten, an unfinished message is discarded,
/// and whole ones are made safe; that can take a moment.
#[derive(Debug)]
pub struct Worker {
    orders: Option<Sender<Order>>,
    load: Arc<Load>,
    thread: Option<JoinHandle<()>>,
}

/// How much waits.
#[derive(Debug, Default)]
struct Load {
    octets: AtomicUsize,
    closing: AtomicBool,
}

impl Worker {
    /// Starts it; `answer` is called on that thread.
    pub fn start(keeper: Keeper, answer: impl Fn(Kept) + Send + 'static) -> Self {
        Self::start_telling(keeper, answer, || {})
    }

    /// Starts it; `answer` is called on that thread, and so is `room` whenever [`Self::has_room`] has become true again.
    pub fn start_telling(
        keeper: Keeper,
        answer: impl Fn(Kept) + Send + 'static,
        room: impl Fn() + Send + 'static,
    ) -> Self {
        let (orders, waiting) = channel();
        let load = Arc::new(Load::default());
        let shared = Arc::clone(&load);
        let thread = std::thread::spawn(move || work(keeper, &waiting, &shared, &answer, &room));
        Self { orders: Some(orders), load, thread: Some(thread) }
    }

    /// Hands an order over, without waiting.
    pub fn give(&self, order: Order) {
        let weight = weight(&order);
        self.load.octets.fetch_add(weight, Ordering::AcqRel);
        if self.orders.as_ref().is_none_or(|orders| orders.send(order).is_err()) {
            self.load.octets.fetch_sub(weight, Ordering::AcqRel);
        }
    }

    /// Whether little enough waits for the disk to read on from the network.
    pub fn has_room(&self) -> bool {
        self.load.octets.load(Ordering::Acquire) < WAITING
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.load.closing.store(true, Ordering::Release);
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic on it was told by the panic hook.
            let _ = thread.join();
        }
    }
}

fn weight(order: &Order) -> usize {
    ORDER + if let Order::Piece(bytes) = order { bytes.len() } else { 0 }
}

fn work(mut keeper: Keeper, orders: &Receiver<Order>, load: &Load, answer: &impl Fn(Kept), room: &impl Fn()) {
    while let Ok(order) = orders.recv() {
        if load.closing.load(Ordering::Acquire) {
            return;
        }
        let weight = weight(&order);
        if let Some(kept) = keeper.take(order) {
            answer(kept);
        }
        let before = load.octets.fetch_sub(weight, Ordering::AcqRel);
        if before >= WAITING && before - weight < WAITING {
            room();
        }
    }
}
