//! Words that both the reader and the writer of profiles use.

use crate::connection::Family;

pub const ANY: &str = "any";
pub const V4: &str = "4";
pub const V6: &str = "6";

/// The word for a choice of addresses; `None` for all of them.
pub fn family(family: Family) -> Option<&'static str> {
    match family {
        Family::Any => None,
        Family::V4 => Some(V4),
        Family::V6 => Some(V6),
    }
}

/// Whether a profile may have this name: letters, digits, `-`, `_` and `.`, 64 octets at most.
pub fn is_name(name: &str) -> bool {
    let fits = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    !name.is_empty() && name.len() <= 64 && name.chars().all(fits)
}
