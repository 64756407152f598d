//! Waiting for a condition, never for a time.

use std::net::TcpListener;
use std::time::{Duration, Instant};

/// How long a thing may take that normally takes milliseconds. Long, because the machine may be busy.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Between two looks at something that cannot wake us.
const GLANCE: Duration = Duration::from_millis(5);

/// Asks `look` until it gives a value; `None` when [`DEADLINE`] passed.
pub fn poll<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() > end {
            return None;
        }
        std::thread::sleep(GLANCE);
    }
}

/// Like [`poll`], but a passed deadline fails the test that waits for `what`.
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    poll(look).unwrap_or_else(|| panic!("waited {DEADLINE:?} in vain for {what}"))
}

/// A loopback port that was free a moment ago. Whoever uses it must be ready to try another one.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("a bound listener has an address").port()
}
