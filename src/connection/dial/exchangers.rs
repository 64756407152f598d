//! Which hosts take the mail of a domain, and in which order they are tried (RFC 5321 5.1, RFC 7505).

use rand::Rng;
use rand::seq::SliceRandom;

use super::super::resolve::Exchanger;
use crate::wire::printable;

/// Hosts of one domain that are believed, the preferred ones.
pub const MOST: usize = 50;

/// The hosts in the order in which they are tried: by preference, equals shuffled. None: the domain says that it takes
/// no mail (null MX).
pub fn ordered(mut records: Vec<Exchanger>, random: &mut impl Rng) -> Vec<Exchanger> {
    // Beside real hosts the null MX has no meaning.
    records.retain(|record| !record.host.is_empty());
    records.shuffle(random);
    records.sort_by_key(|record| record.preference);
    records.dedup_by(|later, earlier| later.host.eq_ignore_ascii_case(&earlier.host));
    records.truncate(MOST);
    records
}

/// `10 mx1.example.org, 20 mx2.example.org`, sanitized.
pub fn listed(records: &[Exchanger]) -> String {
    let shown: Vec<_> = records.iter().map(shown).collect();
    shown.join(", ")
}

/// `10 mx1.example.org`, sanitized.
pub fn shown(record: &Exchanger) -> String {
    format!("{} {}", record.preference, printable::text(&record.host))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn record(preference: u16, host: &str) -> Exchanger {
        Exchanger { preference, host: host.to_owned() }
    }

    #[test]
    fn the_lowest_preference_comes_first_and_equals_in_any_order() {
        let records = vec![record(20, "c"), record(10, "a"), record(10, "b"), record(30, "d")];
        let mut orders: Vec<_> =
            (0..64).map(|seed| listed(&ordered(records.clone(), &mut StdRng::seed_from_u64(seed)))).collect();
        orders.sort();
        orders.dedup();
        assert_eq!(orders, ["10 a, 10 b, 20 c, 30 d", "10 b, 10 a, 20 c, 30 d"]);
    }

    #[test]
    fn a_null_mx_counts_only_alone() {
        let random = &mut StdRng::seed_from_u64(1);
        assert_eq!(ordered(vec![record(0, "")], random), []);
        assert_eq!(ordered(vec![record(0, ""), record(5, "a")], random), [record(5, "a")]);
    }

    #[test]
    fn a_flood_of_hosts_is_cut_to_the_preferred_ones() {
        let flood: Vec<_> = (0..500).rev().map(|number| record(number, &format!("h{number}"))).collect();
        let kept = ordered(flood, &mut StdRng::seed_from_u64(1));
        assert_eq!(kept.len(), MOST);
        assert!(kept.iter().all(|record| usize::from(record.preference) < MOST));
    }
}
