//! Results that come in any order are passed on in the order of their numbers.

use std::collections::BTreeMap;

/// What came before its turn waits here.
#[derive(Debug)]
pub struct InOrder<T> {
    next: u64,
    early: BTreeMap<u64, T>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self { next: 0, early: BTreeMap::new() }
    }
}

impl<T> InOrder<T> {
    /// The lowest number that has not come. Numbers start at 0.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Takes the one with this number.
    pub fn put(&mut self, number: u64, one: T) {
        self.early.insert(number, one);
    }

    /// The next one, if it has come.
    pub fn pop(&mut self) -> Option<T> {
        let one = self.early.remove(&self.next)?;
        self.next += 1;
        Some(one)
    }

    /// What is left when no more will come, in order, with gaps.
    pub fn rest(&mut self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(&mut self.early).into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_early_waits_for_its_turn() {
        let mut order = InOrder::default();
        let mut passed = Vec::new();
        for number in [2, 0, 1, 5, 4] {
            order.put(number, number * 10);
            passed.extend(std::iter::from_fn(|| order.pop()));
        }
        assert_eq!((passed, order.next()), (vec![0, 10, 20], 3));
        assert_eq!(order.rest().collect::<Vec<_>>(), [40, 50]);
    }
}
