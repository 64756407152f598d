//! A set of message numbers, one bit each: of 100,000 messages all marks take 12 KiB.

/// Numbers from 0 that are in or not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bits {
    words: Vec<u64>,
    ones: usize,
}

impl Bits {
    pub(crate) fn has(&self, number: u32) -> bool {
        self.words.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Puts a number in or takes it out. Whether that changed anything.
    pub(crate) fn put(&mut self, number: u32, inside: bool) -> bool {
        if self.has(number) == inside {
            return false;
        }
        let at = number as usize / 64;
        if at >= self.words.len() {
            self.words.resize(at + 1, 0);
        }
        self.words[at] ^= 1 << (number % 64);
        self.ones = if inside { self.ones + 1 } else { self.ones - 1 };
        true
    }

    pub(crate) fn count(&self) -> usize {
        self.ones
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ones == 0
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The numbers inside, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().zip(0u32..).flat_map(|(word, at)| {
            let bits = std::iter::successors(Some(*word), |rest| Some(rest & rest.wrapping_sub(1)));
            bits.take_while(|rest| *rest != 0).map(move |rest| at * 64 + rest.trailing_zeros())
        })
    }

    /// Octets of memory it takes.
    #[cfg(test)]
    pub(crate) fn footprint(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_in_until_it_is_taken_out() {
        let mut bits = Bits::default();
        for number in [0, 63, 64, 1_000] {
            assert!(bits.put(number, true) && !bits.put(number, true));
        }
        assert!(bits.put(64, false) && !bits.put(65, false));
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 63, 1_000]);
        assert_eq!((bits.count(), bits.has(63), bits.has(64), bits.has(u32::MAX)), (3, true, false, false));
    }
}
