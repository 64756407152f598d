//! What time it is in the sandbox, and the numbers that must differ from run to run.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The sandbox's only source of time.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The system's.
    System,
    /// Stands still.
    Fixed(Timestamp),
}

impl Clock {
    /// The time.
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Fixed(at) => at,
        }
    }

    /// The queue id to start from: the same in every run of a clock that stands still.
    pub fn first_queue_id(self) -> u64 {
        match self {
            Self::System => self.run() & 0xff_ffff_ffff,
            Self::Fixed(_) => 0x7f_3a00_0001,
        }
    }

    /// A number that tells this run from the others: microseconds since 1970.
    pub fn run(self) -> u64 {
        self.now().as_microsecond().unsigned_abs()
    }
}

/// `at` as an RFC 5322 3.3 date-time in UTC.
pub fn date(at: Timestamp) -> String {
    jiff::fmt::rfc2822::to_string(&at.to_zoned(TimeZone::UTC))
        .unwrap_or_else(|_| "Thu, 1 Jan 1970 00:00:00 +0000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_mail_headers() {
        let at: Timestamp = "2026-11-22T11:42:07.9Z".parse().unwrap();
        assert_eq!(date(at), "Sun, 22 Nov 2026 11:42:07 +0000");
        assert_eq!(date(Timestamp::MIN), "Thu, 1 Jan 1970 00:00:00 +0000", "years before 0 have no mail date");
    }
}
