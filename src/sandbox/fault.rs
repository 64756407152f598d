//! Faults by name: what can be wrong with a server, done on purpose, so that one can see what a client makes of it. They
//! may be switched while the sandbox runs; a conversation meets them with its next step.

use std::collections::VecDeque;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Pairs of sender and recipient that are remembered for [`Fault::Greylist`].
const PAIRS: usize = 1024;

macro_rules! faults {
    ($($fault:ident $name:literal $summary:literal;)+) => {
        /// One thing that the sandbox does wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault { $(#[doc = concat!("`", $name, "`")] $fault,)+ }

        impl Fault {
            /// In the order in which they are listed for people.
            pub const ALL: &[Self] = &[$(Self::$fault,)+];

            /// The word on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$fault => $name,)+ }
            }

            /// What it does, in one line for people.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$fault => $summary,)+ }
            }
        }
    };
}

faults! {
    NoStarttls "no-starttls" "STARTTLS and STLS are not offered";
    Starttls454 "starttls-454" "STARTTLS and STLS are offered, then refused for now";
    CertExpired "cert-expired" "the certificate ended yesterday";
    CertWrongHost "cert-wrong-host" "the certificate is for another host";
    CertSelfSigned "cert-self-signed" "the certificate is signed by itself, not by the sandbox's CA";
    TlsStall "tls-stall" "the TLS handshake is never answered";
    TlsInject "tls-inject" "a reply in clear is put right behind the go-ahead for TLS";
    TlsTruncate "tls-truncate" "inside TLS the line is cut without close_notify after EHLO or CAPA";
    CapsChange "caps-change" "inside TLS a smaller SIZE, no PIPELINING, and only PLAIN to sign in";
    Auth535 "auth-535" "every sign-in is refused";
    Auth454 "auth-454" "every sign-in is refused for now";
    AuthEndless "auth-endless" "signing in never ends: each answer gets one more challenge";
    AuthEcho "auth-echo" "every sign-in is refused, quoting what the client sent";
    AuthRequired "auth-required" "SMTP takes no mail before a sign-in";
    SlowBanner "slow-banner" "the greeting comes after 3 seconds";
    Greet421 "greet-421" "SMTP greets with 421 and closes";
    Greet554 "greet-554" "SMTP greets with 554 and obeys nothing but QUIT";
    NoEhlo "no-ehlo" "EHLO is not known (502); HELO must do";
    Service421 "service-421" "MAIL is answered with 421, and the line is closed";
    SenderDomain "sender-domain" "only the sandbox's own domain may send: 501 sender domain must exist";
    BlankSender "blank-sender" "MAIL FROM:<> is refused";
    RelayDenied "relay-denied" "mail for other domains is refused, signed in or not (550)";
    RelayLogin "relay-login" "mail for other domains is refused (550) until the client signs in";
    Greylist "greylist" "each new pair of sender and recipient is put off once (451)";
    MailboxFull "mailbox-full" "every mailbox is full (552)";
    Oversize "oversize" "SIZE is 1000 octets, and kept";
    DropInData "drop-in-data" "the line is cut when the text of a mail begins to arrive";
    DropAfterDot "drop-after-dot" "the mail is taken, and the line cut instead of the reply to the final dot";
    DeferAll "defer-all" "every mail is put off at the final dot (451)";
    RefuseAll "refuse-all" "every mail is refused at the final dot (554)";
    Flood "flood" "replies of SMTP have 200 lines, CAPA nearly as many";
    Noise "noise" "replies end in octets that are no UTF-8";
    Controls "controls" "replies end in control characters and escape sequences";
    Pop3NoLogin "pop3-no-login" "every login is refused: not enabled for POP access";
    Pop3InUse "pop3-in-use" "every login finds the mailbox in use";
    Pop3DropInRetr "pop3-drop-in-retr" "the line is cut in the middle of RETR";
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name).ok_or_else(|| {
            let names = Self::ALL.iter().map(|fault| fault.name()).collect::<Vec<_>>().join(", ");
            format!("there is no fault {name:?}; there are {names}")
        })
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What is wrong now, shared by all conversations of a sandbox, with the memory that faults need.
#[derive(Debug, Default)]
pub struct Faults {
    on: AtomicU64,
    /// Sender and recipient, oldest first.
    greylisted: Mutex<VecDeque<(String, String)>>,
}

impl Faults {
    /// These and no others.
    pub fn new(faults: &[Fault]) -> Self {
        let new = Self::default();
        new.set(faults);
        new
    }

    /// These and no others, from now on. Whoever was greylisted is forgotten.
    pub fn set(&self, faults: &[Fault]) {
        self.on.store(faults.iter().fold(0, |bits, fault| bits | fault.bit()), Ordering::Relaxed);
        self.greylisted.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether this is done wrong.
    pub fn has(&self, fault: Fault) -> bool {
        self.on.load(Ordering::Relaxed) & fault.bit() != 0
    }

    /// All that is done wrong, in the order of [`Fault::ALL`].
    pub fn list(&self) -> Vec<Fault> {
        Fault::ALL.iter().copied().filter(|fault| self.has(*fault)).collect()
    }

    /// Whether this pair was never seen before; it is from now on. Letter case does not matter.
    pub fn is_new_pair(&self, from: &str, to: &str) -> bool {
        let pair = (from.to_ascii_lowercase(), to.to_ascii_lowercase());
        let mut seen = self.greylisted.lock().unwrap_or_else(PoisonError::into_inner);
        let new = !seen.contains(&pair);
        if new {
            if seen.len() == PAIRS {
                seen.pop_front();
            }
            seen.push_back(pair);
        }
        new
    }
}

impl Fault {
    fn bit(self) -> u64 {
        1 << self as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_is_told_apart_from_the_others() {
        for fault in Fault::ALL.iter().copied() {
            assert_eq!(fault.name().parse(), Ok(fault));
            assert!(!fault.summary().is_empty() && !fault.summary().contains('\n'), "{fault}");
        }
        let mut names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!("no-such".parse::<Fault>().unwrap_err().contains("tls-stall"));
    }

    #[test]
    fn each_fault_is_switched_on_and_off_by_itself() {
        assert!(Fault::ALL.len() <= 64, "one bit each");
        let faults = Faults::new(&[]);
        assert_eq!(faults.list(), []);
        for fault in Fault::ALL.iter().copied() {
            faults.set(&[fault, fault]);
            assert_eq!(faults.list(), [fault]);
        }
        faults.set(Fault::ALL);
        assert_eq!(faults.list(), Fault::ALL);
    }

    #[test]
    fn a_pair_is_new_once_and_the_memory_is_bounded() {
        let faults = Faults::new(&[Fault::Greylist]);
        assert!(
            faults.is_new_pair("a@x", "b@x") && !faults.is_new_pair("A@x", "b@X") && faults.is_new_pair("b@x", "a@x")
        );
        for number in 0..2 * PAIRS {
            faults.is_new_pair("a@x", &number.to_string());
        }
        assert_eq!(faults.greylisted.lock().unwrap().len(), PAIRS);
        faults.set(&[Fault::Greylist]);
        assert!(faults.is_new_pair("a@x", "1"), "switching forgets");
    }
}
