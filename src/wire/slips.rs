//! How far two words are apart in typing errors. What is near enough is the asker's to say.

/// Letters put in, left out, replaced or swapped with their neighbour, at least (optimal string alignment).
pub fn slips<T: PartialEq>(one: &[T], other: &[T]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![i + 1; other.len() + 1];
        for (j, b) in other.iter().enumerate() {
            let replaced = row[j] + usize::from(a != b);
            next[j + 1] = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                next[j + 1] = next[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut row, next);
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_slip_counts_once() {
        for (one, other, apart) in [
            ("send", "send", 0),
            ("sed", "send", 1),
            ("seend", "send", 1),
            ("sent", "send", 1),
            ("sned", "send", 1),
            ("", "send", 4),
            ("send", "", 4),
            ("snet", "send", 2),
        ] {
            assert_eq!(slips(one.as_bytes(), other.as_bytes()), apart, "{one}");
        }
    }
}
