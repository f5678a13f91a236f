//! Shard counts between one and another: Kinesis at most doubles and at most halves them at a time.

/// The counts to go through from `from` to `to`, ending in `to`; none if they are equal.
pub(super) fn ladder(from: i32, to: i32) -> Vec<i32> {
    std::iter::successors(next(from, to), |&at| next(at, to)).collect()
}

/// The count after `from` on the way to `to`.
pub(super) fn next(from: i32, to: i32) -> Option<i32> {
    let (most, least) = (from.saturating_mul(2), from / 2 + from % 2);
    (from != to).then(|| to.clamp(least.max(1), most.max(1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_double_or_halve_at_most() {
        assert_eq!(ladder(2, 5), [4, 5]);
        assert_eq!(ladder(5, 1), [3, 2, 1]);
        assert_eq!(ladder(1, 9), [2, 4, 8, 9]);
        assert!(ladder(3, 3).is_empty());
    }

    proptest! {
        #[test]
        fn every_ladder_arrives_by_steps_that_kinesis_takes(from in 1..=10_000, to in 1..=10_000) {
            let counts = ladder(from, to);
            prop_assert_eq!(counts.last().copied().unwrap_or(from), to);
            let mut at = from;
            for count in counts {
                prop_assert!(count <= 2 * at && at <= 2 * count && count != at);
                at = count;
            }
        }
    }
}
