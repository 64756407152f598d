//! Servers that delete what was read (EXPIRE 0, RFC 2449 6.7): nobody retrieves there without having agreed to it.

use crate::cli::{Status, Trouble};
use crate::pop3::Capabilities;

/// Says on standard error that the server does so; refuses unless that is `accepted`. `advice`: which options accept it.
pub fn allowed(capabilities: Option<&Capabilities>, accepted: bool, advice: &str) -> Result<(), Trouble> {
    if !capabilities.is_some_and(deletes_what_was_read) {
        return Ok(());
    }
    eprintln!("telepost: this server deletes every message that was read (it announces EXPIRE 0)");
    if accepted {
        return Ok(());
    }
    let what = "nothing was fetched: what is fetched would be deleted on the server, and nobody asked for that";
    Err(Trouble::new(Status::Refused, what).advise(advice))
}

fn deletes_what_was_read(capabilities: &Capabilities) -> bool {
    capabilities.expire == Some(Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_expire_0_is_refused_and_only_unless_it_is_accepted() {
        for (expire, free) in [(None, true), (Some(None), true), (Some(Some(0)), false), (Some(Some(7)), true)] {
            let capabilities = Capabilities { expire, ..Capabilities::default() };
            assert_eq!(allowed(Some(&capabilities), false, "").is_ok(), free, "{expire:?}");
            assert!(allowed(Some(&capabilities), true, "").is_ok(), "{expire:?}");
        }
        assert!(allowed(None, false, "").is_ok());
    }
}
