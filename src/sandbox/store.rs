//! The mail of one sandbox, in memory and bounded: what is there stays, new mail is refused when there is no room.
//!
//! It knows mailboxes by index; names are for [`super::accounts`].

mod mail;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;

use super::clock::Clock;
use super::{Limits, trace};
pub use mail::{Body, Mail, Protocol, Recipient};

/// A mail in one mailbox: the fields added on delivery, and the mail as it was sent.
#[derive(Debug)]
pub struct Letter {
    sequence: u64,
    uid: String,
    trace: Vec<u8>,
    body: Arc<Body>,
    hold_until: Option<Timestamp>,
}

impl Letter {
    /// The unique-id of POP3: the same as long as the letter exists, never given to another one.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// `Return-Path`, `Delivered-To` and `Received`, and the empty line after them when the mail has no header.
    pub fn trace(&self) -> &[u8] {
        &self.trace
    }

    /// The mail as it was sent.
    pub fn body(&self) -> &Arc<Body> {
        &self.body
    }

    fn is_out(&self, now: Timestamp) -> bool {
        self.hold_until.is_none_or(|until| until <= now)
    }

    /// Size in octets, without dot-stuffing.
    pub fn octets(&self) -> usize {
        self.trace.len() + self.body.octets().len()
    }

    /// The whole letter.
    pub fn to_vec(&self) -> Vec<u8> {
        [self.trace.as_slice(), self.body.octets()].concat()
    }
}

/// There is no room for the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store is full")]
pub struct Full;

#[derive(Debug, Default)]
struct Mailbox {
    letters: Vec<Arc<Letter>>,
    locked: bool,
}

impl Mailbox {
    /// What can be seen of it.
    fn letters(&self, now: Timestamp) -> Vec<Arc<Letter>> {
        self.letters.iter().filter(|letter| letter.is_out(now)).cloned().collect()
    }
}

#[derive(Debug)]
struct Holdings {
    mailboxes: Vec<Mailbox>,
    letters: usize,
    octets: usize,
    next: u64,
}

/// All mailboxes.
#[derive(Debug)]
pub struct Store {
    clock: Clock,
    limits: Limits,
    run: u64,
    queue_ids: AtomicU64,
    held: Mutex<Holdings>,
    delivered: watch::Sender<u64>,
}

impl Store {
    /// Empty, with `mailboxes` mailboxes.
    pub fn new(mailboxes: usize, limits: Limits, clock: Clock) -> Self {
        let mailboxes = (0..mailboxes).map(|_| Mailbox::default()).collect();
        Self {
            clock,
            limits,
            run: clock.run(),
            queue_ids: AtomicU64::new(clock.first_queue_id()),
            held: Mutex::new(Holdings { mailboxes, letters: 0, octets: 0, next: 1 }),
            delivered: watch::Sender::new(0),
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether one more mail of `octets` would be taken now.
    pub fn has_room(&self, octets: usize) -> bool {
        self.limits.admit(&self.held(), 1, octets)
    }

    /// Puts a mail into the mailboxes of its recipients, once in each, all or none. Returns its queue id.
    pub fn accept(&self, mail: Mail) -> Result<String, Full> {
        let queue_id = self.put(mail, self.clock.now())?;
        self.delivered.send_modify(|count| *count += 1);
        Ok(queue_id)
    }

    /// As [`Self::accept`], at another time and without counting it.
    pub(super) fn put(&self, mail: Mail, at: Timestamp) -> Result<String, Full> {
        let queue_id = format!("{:010X}", self.queue_ids.fetch_add(1, Ordering::Relaxed));
        let date = super::clock::date(at);
        let mut letters: Vec<(usize, Vec<u8>)> = Vec::with_capacity(mail.to.len());
        for recipient in &mail.to {
            let Some(mailbox) = recipient.mailbox else { continue };
            if letters.iter().all(|(held, _)| *held != mailbox) {
                letters.push((mailbox, trace::fields(&mail, recipient, &queue_id, &date)));
            }
        }
        let octets = letters.iter().map(|(_, trace)| trace.len() + mail.body.octets().len()).sum();
        let body = Arc::new(mail.body);
        let mut held = self.held();
        if !self.limits.admit(&held, letters.len(), octets) {
            return Err(Full);
        }
        held.octets += octets;
        for (mailbox, trace) in letters {
            held.add(self.run, mailbox, trace, Arc::clone(&body), mail.hold_until);
        }
        Ok(queue_id)
    }

    /// How many mails SMTP has taken.
    pub fn delivered(&self) -> u64 {
        *self.delivered.borrow()
    }

    /// Waits until SMTP has taken `count` mails since the start.
    pub async fn wait_delivered(&self, count: u64) {
        let mut delivered = self.delivered.subscribe();
        delivered.wait_for(|so_far| *so_far >= count).await.expect("the sender lives as long as the store");
    }

    /// Messages in all mailboxes.
    pub fn len(&self) -> usize {
        self.held().letters
    }

    /// Whether there is no mail at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The letters in one mailbox now, oldest first; none when it does not exist.
    pub fn letters(&self, mailbox: usize) -> Vec<Arc<Letter>> {
        let now = self.now();
        self.held().mailboxes.get(mailbox).map(|mailbox| mailbox.letters(now)).unwrap_or_default()
    }

    /// Locks a mailbox for one POP3 session (RFC 1939 4), with what is in it now. `None` when it is locked already
    /// or does not exist.
    pub fn lock(self: &Arc<Self>, mailbox: usize) -> Option<Maildrop> {
        let now = self.now();
        let mut held = self.held();
        let entry = held.mailboxes.get_mut(mailbox).filter(|mailbox| !mailbox.locked)?;
        entry.locked = true;
        Some(Maildrop { store: Arc::clone(self), mailbox, letters: entry.letters(now) })
    }

    /// A panic elsewhere cannot leave the store half changed, so a poisoned lock is as good as any.
    fn held(&self) -> MutexGuard<'_, Holdings> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Limits {
    fn admit(&self, held: &Holdings, letters: usize, octets: usize) -> bool {
        held.letters + letters <= self.messages && octets <= self.octets.saturating_sub(held.octets)
    }
}

impl Holdings {
    fn add(&mut self, run: u64, mailbox: usize, trace: Vec<u8>, body: Arc<Body>, hold_until: Option<Timestamp>) {
        let sequence = self.next;
        self.next += 1;
        self.letters += 1;
        let letter = Letter { sequence, uid: format!("{run:x}.{sequence}"), trace, body, hold_until };
        self.mailboxes[mailbox].letters.push(Arc::new(letter));
    }
}

/// A mailbox locked for one POP3 session. Dropping it unlocks the mailbox and removes nothing.
#[derive(Debug)]
pub struct Maildrop {
    store: Arc<Store>,
    mailbox: usize,
    letters: Vec<Arc<Letter>>,
}

impl Maildrop {
    /// What was there when the mailbox was locked, oldest first.
    pub fn letters(&self) -> &[Arc<Letter>] {
        &self.letters
    }

    /// Removes the letters whose place in [`Self::letters`] is marked, and unlocks. Returns how many are left in
    /// the mailbox, new ones included.
    pub fn update(self, marked: &[bool]) -> usize {
        let gone: std::collections::HashSet<u64> =
            self.letters.iter().zip(marked).filter(|(_, marked)| **marked).map(|(letter, _)| letter.sequence).collect();
        let now = self.store.now();
        let mut guard = self.store.held();
        let held = &mut *guard;
        let mailbox = &mut held.mailboxes[self.mailbox];
        mailbox.letters.retain(|letter| {
            let stays = !gone.contains(&letter.sequence);
            if !stays {
                held.letters -= 1;
                held.octets -= letter.octets();
            }
            stays
        });
        mailbox.letters.iter().filter(|letter| letter.is_out(now)).count()
    }
}

impl Drop for Maildrop {
    fn drop(&mut self) {
        self.store.held().mailboxes[self.mailbox].locked = false;
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn recipient(mailbox: usize) -> Recipient {
        let address = format!("u{mailbox}@sandbox.test");
        Recipient::new(mailbox, address.clone(), address)
    }

    fn mail(to: &[usize], body: &str) -> Mail {
        Mail {
            from: "ada@sandbox.test".to_owned(),
            to: to.iter().map(|mailbox| recipient(*mailbox)).collect(),
            helo: "lab.test".to_owned(),
            peer: IpAddr::from([127, 0, 0, 1]),
            protocol: Protocol::ESMTP,
            body: Body::new(body.as_bytes().to_vec(), false),
            asked: Vec::new(),
            envid: None,
            hold_until: None,
        }
    }

    fn store(limits: Limits) -> Arc<Store> {
        Arc::new(Store::new(2, limits, Clock::Fixed("2026-11-22T11:42:07Z".parse().unwrap())))
    }

    #[test]
    fn each_mailbox_gets_a_mail_once_and_ids_never_repeat() {
        let store = store(Limits::default());
        assert_eq!(store.accept(mail(&[0, 1, 0], "a\r\n")).as_deref(), Ok("7F3A000001"));
        assert_eq!(store.accept(mail(&[1], "b\r\n")).as_deref(), Ok("7F3A000002"));
        assert_eq!((store.letters(0).len(), store.letters(1).len(), store.len()), (1, 2, 3));
        assert_eq!(store.delivered(), 2);
        let mut uids: Vec<String> =
            [store.letters(0), store.letters(1)].concat().iter().map(|l| l.uid.clone()).collect();
        let before = uids.clone();
        store.lock(0).unwrap().update(&[true]);
        store.accept(mail(&[0], "c\r\n")).unwrap();
        uids.push(store.letters(0)[0].uid().to_owned());
        uids.sort_unstable();
        uids.dedup();
        assert_eq!(uids.len(), 4, "{before:?} {uids:?}");
        assert!(uids.iter().all(|uid| uid.len() <= 70 && uid.bytes().all(|byte| byte.is_ascii_graphic())));
    }

    #[test]
    fn a_full_store_keeps_what_it_has_and_takes_again_after_a_deletion() {
        let two = store(Limits { messages: 2, ..Limits::default() });
        two.accept(mail(&[0], "a\r\n")).unwrap();
        assert_eq!(two.accept(mail(&[0, 1], "b\r\n")), Err(Full), "all or none");
        two.accept(mail(&[1], "b\r\n")).unwrap();
        assert!(!two.has_room(0));
        assert_eq!(two.accept(mail(&[0], "c\r\n")), Err(Full));
        assert_eq!(two.lock(0).unwrap().update(&[true]), 0);
        assert!(two.has_room(0));
        two.accept(mail(&[1], "c\r\n")).unwrap();

        let small = store(Limits { octets: 2_000, ..Limits::default() });
        assert!(!small.has_room(2_001));
        assert_eq!(small.accept(mail(&[0], &"x".repeat(2_000))), Err(Full));
        small.accept(mail(&[0], "x\r\n")).unwrap();
        small.lock(0).unwrap().update(&[true]);
        assert!(small.has_room(2_000), "removing gives back every octet");
    }

    #[test]
    fn a_locked_mailbox_is_a_snapshot_and_has_one_owner() {
        let store = store(Limits::default());
        store.accept(mail(&[0], "a\r\n")).unwrap();
        let maildrop = store.lock(0).unwrap();
        assert!(store.lock(0).is_none());
        assert!(store.lock(1).is_some());
        assert!(store.lock(9).is_none());
        store.accept(mail(&[0], "b\r\n")).unwrap();
        assert_eq!(maildrop.letters().len(), 1);
        assert_eq!(maildrop.update(&[true]), 1, "the one that came meanwhile stays");
        let again = store.lock(0).unwrap();
        assert!(again.letters()[0].to_vec().ends_with(b"b\r\n"));
        drop(again);
        assert_eq!(store.letters(0).len(), 1, "dropping the lock removes nothing");
    }
}
