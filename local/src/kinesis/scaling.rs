//! How `UpdateShardCount` gets from the shards there are to equal ones: a list of splits and merges.
//!
//! Shards are what lies between boundaries. So every wanted boundary that is missing is a split, and
//! then every boundary that is not wanted is a merge.

use std::collections::BTreeSet;

use super::hash::{HashKey, HashRange};

/// One change of a stream's shards, named by the boundary that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Splits the shard that contains the key; the upper part begins with it.
    Split(HashKey),
    /// Merges the shard that begins with the key with the one before it.
    Merge(HashKey),
}

/// The steps from open shards that begin at `starts` to `target` shards of equal width.
pub(crate) fn plan(starts: &BTreeSet<HashKey>, target: u32) -> Vec<Step> {
    let wanted: BTreeSet<HashKey> = HashRange::uniform_starts(target).collect();
    let splits = wanted.difference(starts).copied().map(Step::Split);
    let merges = starts.difference(&wanted).copied().map(Step::Merge);
    splits.chain(merges).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn doubling_only_splits_and_halving_only_merges() {
        let two: BTreeSet<_> = HashRange::uniform_starts(2).collect();
        let four: BTreeSet<_> = HashRange::uniform_starts(4).collect();
        let quarter = HashKey(1 << 126);
        let three_quarters = HashKey(3 << 126);
        assert_eq!(plan(&two, 4), [Step::Split(quarter), Step::Split(three_quarters)]);
        assert_eq!(plan(&four, 2), [Step::Merge(quarter), Step::Merge(three_quarters)]);
        assert_eq!(plan(&two, 2), []);
    }

    proptest! {
        #[test]
        fn the_steps_lead_to_equal_shards_from_any_start(inner: BTreeSet<u128>, target in 1_u32..40) {
            let mut starts: BTreeSet<_> = inner.into_iter().chain([0]).map(HashKey).collect();
            for step in plan(&starts, target) {
                match step {
                    Step::Split(key) => prop_assert!(starts.insert(key)),
                    Step::Merge(key) => prop_assert!(key != HashKey(0) && starts.remove(&key)),
                }
            }
            prop_assert_eq!(starts, HashRange::uniform_starts(target).collect());
        }
    }
}
