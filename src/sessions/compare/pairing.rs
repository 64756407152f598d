//! Which exchange of one session stands for which of the other: the longest sequence of the same verbs, in which the same
//! command counts more than the same verb.

use super::super::exchange::Exchange;

/// Cells of the table; of more the middle is paired by place.
const CELLS: usize = 4_000_000;
/// What a pair with the same verb is worth, and one with the same command.
const WORTH: (u16, u16) = (2, 3);

/// Two exchanges, or one alone.
type Both = (Option<Exchange>, Option<Exchange>);

/// All exchanges of both, in pairs.
pub(super) fn pairs(left: Vec<Exchange>, right: Vec<Exchange>) -> Vec<Both> {
    let start = left.iter().zip(&right).take_while(|(left, right)| alike(left, right)).count();
    let rest = left.len().min(right.len()) - start;
    let end = left.iter().rev().zip(right.iter().rev()).take(rest).take_while(|(l, r)| alike(l, r)).count();
    let (lefts, rights) = (left.len() - end, right.len() - end);
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    let mut both: Vec<Both> = both_of(&mut left, &mut right, start);
    let middle = (left.by_ref().take(lefts - start).collect(), right.by_ref().take(rights - start).collect());
    both.extend(aligned(middle.0, middle.1));
    both.extend(both_of(&mut left, &mut right, end));
    both
}

fn both_of(
    left: &mut impl Iterator<Item = Exchange>,
    right: &mut impl Iterator<Item = Exchange>,
    count: usize,
) -> Vec<Both> {
    left.take(count).zip(right.take(count)).map(|(left, right)| (Some(left), Some(right))).collect()
}

fn alike(left: &Exchange, right: &Exchange) -> bool {
    left.verb == right.verb && left.command == right.command
}

fn worth(left: &Exchange, right: &Exchange) -> u16 {
    if alike(left, right) {
        WORTH.1
    } else if left.verb == right.verb {
        WORTH.0
    } else {
        0
    }
}

fn aligned(left: Vec<Exchange>, right: Vec<Exchange>) -> Vec<Both> {
    if left.is_empty() || right.is_empty() || left.len().saturating_mul(right.len()) > CELLS {
        return by_place(left, right);
    }
    let best = table(&left, &right);
    let width = right.len() + 1;
    let (mut both, mut at) = (Vec::new(), (0, 0));
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(here), Some(there)) = (left.peek(), right.peek()) {
        let (row, column) = at;
        let cell = best[row * width + column];
        let pair = worth(here, there);
        if pair > 0 && cell == best[(row + 1) * width + column + 1] + pair {
            both.push((left.next(), right.next()));
            at = (row + 1, column + 1);
        } else if cell == best[(row + 1) * width + column] {
            both.push((left.next(), None));
            at = (row + 1, column);
        } else {
            both.push((None, right.next()));
            at = (row, column + 1);
        }
    }
    both.extend(left.map(|left| (Some(left), None)));
    both.extend(right.map(|right| (None, Some(right))));
    both
}

/// The worth of the best pairing of all that is behind each place.
fn table(left: &[Exchange], right: &[Exchange]) -> Vec<u16> {
    let width = right.len() + 1;
    let mut best = vec![0_u16; (left.len() + 1) * width];
    for row in (0..left.len()).rev() {
        for column in (0..right.len()).rev() {
            let skipped = best[(row + 1) * width + column].max(best[row * width + column + 1]);
            let pair = worth(&left[row], &right[column]);
            let paired = if pair > 0 { best[(row + 1) * width + column + 1] + pair } else { 0 };
            best[row * width + column] = skipped.max(paired);
        }
    }
    best
}

fn by_place(left: Vec<Exchange>, right: Vec<Exchange>) -> Vec<Both> {
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    let mut both = Vec::new();
    loop {
        match (left.next(), right.next()) {
            (None, None) => return both,
            (Some(left), Some(right)) if left.verb != right.verb => {
                both.extend([(Some(left), None), (None, Some(right))]);
            }
            pair => both.push(pair),
        }
    }
}
