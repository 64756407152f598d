//! A keeper on a thread of its own, so that neither the network nor a person waits for the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::Keeper;
use crate::download::order::{Kept, Order};

/// Octets that may wait for the disk before nothing more should be read.
const WAITING: usize = 512 * 1024;
/// Octets below which it is read on then: not at once, or the two sides would wake each other for every order.
const LOW: usize = WAITING / 2;
/// What an order without octets counts for.
const ORDER: usize = 64;

/// A keeper on a thread of its own. When dropped, orders that wait are forgotten, an unfinished message is discarded,
/// and whole ones are made safe; that can take a moment.
#[derive(Debug)]
pub struct Worker {
    orders: Option<Sender<Vec<Order>>>,
    load: Arc<Load>,
    thread: Option<JoinHandle<()>>,
}

/// How much waits.
#[derive(Debug, Default)]
struct Load {
    octets: AtomicUsize,
    /// Somebody was told that there is no room, and waits for it.
    full: AtomicBool,
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
        self.give_all(vec![order]);
    }

    /// Hands orders over, without waiting; the thread is woken once for all of them.
    pub fn give_all(&self, orders: Vec<Order>) {
        let weight = orders.iter().map(weight).sum();
        self.load.octets.fetch_add(weight, Ordering::SeqCst);
        if self.orders.as_ref().is_none_or(|waiting| waiting.send(orders).is_err()) {
            self.load.octets.fetch_sub(weight, Ordering::SeqCst);
        }
    }

    /// Whether little enough waits for the disk to read on from the network.
    pub fn has_room(&self) -> bool {
        self.load.has_room()
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

impl Load {
    fn has_room(&self) -> bool {
        if !self.full.load(Ordering::SeqCst) {
            if self.octets.load(Ordering::SeqCst) < WAITING {
                return true;
            }
            self.full.store(true, Ordering::SeqCst);
        }
        // The thread may have come below the mark before it could see that somebody waits.
        if self.octets.load(Ordering::SeqCst) >= LOW {
            return false;
        }
        self.full.store(false, Ordering::SeqCst);
        true
    }

    /// So many octets are dealt with. True when somebody waited for that.
    fn lighten(&self, weight: usize) -> bool {
        let before = self.octets.fetch_sub(weight, Ordering::SeqCst);
        before - weight < LOW && self.full.load(Ordering::SeqCst) && self.full.swap(false, Ordering::SeqCst)
    }
}

fn weight(order: &Order) -> usize {
    ORDER + if let Order::Piece(bytes) = order { bytes.len() } else { 0 }
}

fn work(mut keeper: Keeper, waiting: &Receiver<Vec<Order>>, load: &Load, answer: &impl Fn(Kept), room: &impl Fn()) {
    while let Ok(orders) = waiting.recv() {
        for order in orders {
            if load.closing.load(Ordering::Acquire) {
                return;
            }
            let weight = weight(&order);
            if let Some(kept) = keeper.take(order) {
                answer(kept);
            }
            if load.lighten(weight) {
                room();
            }
        }
    }
}
