//! Splits, merges and scaling on descriptions alone.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::kinesis::clock::Millis;
use crate::kinesis::hash::{HashKey, HashRange};
use crate::kinesis::limits::{Conditions, Limits};
use crate::kinesis::sequence::{Epoch, ShardId};

const NOW: Millis = Millis(1_700_000_000_000);
const FREELY: Conditions = Conditions { now: NOW, transition: Duration::ZERO, limits: Limits::Off };

#[test]
fn a_split_closes_the_parent_and_names_it_in_both_children() {
    let mut stream = stream_of(1);
    stream.split(&ShardId(0).to_string(), HashKey(100), &FREELY).unwrap();
    let seen: Vec<_> = stream.visible_shards(NOW).map(|shard| (shard.id.0, shard.is_open(), shard.lineage)).collect();
    let split = Lineage::Split { parent: ShardId(0) };
    assert_eq!(seen, [(0, false, Lineage::Original), (1, true, split), (2, true, split)]);
    assert_eq!(stream.children(ShardId(0)).map(|shard| shard.id.0).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_merge_names_both_parents_in_the_order_they_were_given() {
    let mut stream = stream_of(2);
    stream.merge(&ShardId(1).to_string(), &ShardId(0).to_string(), &FREELY).unwrap();
    let child = stream.open_shards().next().unwrap();
    assert_eq!(child.lineage, Lineage::Merged { parent: ShardId(1), adjacent: ShardId(0) });
    assert_eq!(child.range, HashRange::uniform(1)[0]);
}

#[test]
fn impossible_changes_are_refused_with_the_reason() {
    let id = |nth| ShardId(nth).to_string();
    let mut stream = stream_of(3);
    let apart = stream.merge(&id(0), &id(2), &FREELY).unwrap_err();
    assert_eq!(
        apart.to_string(),
        "InvalidArgumentException: Shards shardId-000000000000 and shardId-000000000002 are not adjacent shards"
    );
    assert_eq!(stream.split(&id(0), HashKey(1), &FREELY).unwrap_err().code(), "InvalidArgumentException");
    assert_eq!(stream.split(&id(9), HashKey(5), &FREELY).unwrap_err().code(), "ResourceNotFoundException");
    stream.split(&id(0), HashKey(5), &FREELY).unwrap();
    assert_eq!(stream.split(&id(0), HashKey(3), &FREELY).unwrap_err().code(), "InvalidArgumentException");
    assert_eq!(stream.scale(9, &FREELY).unwrap_err().code(), "LimitExceededException");
    assert_eq!(stream.scale(1, &FREELY).unwrap_err().code(), "LimitExceededException");
}

#[test]
fn a_stream_is_scaled_ten_times_a_day() {
    let mut stream = stream_of(2);
    let as_aws = Conditions { limits: Limits::PerShard, ..FREELY };
    let granted = (0..12).filter(|nth| stream.scale(2 + nth % 2, &as_aws).is_ok()).count();
    assert_eq!(granted, 10);
    let tomorrow = Conditions { now: NOW.plus(Duration::from_secs(24 * 3600)), ..as_aws };
    assert!(stream.scale(4, &tomorrow).is_ok());
}

#[test]
fn a_stream_in_transition_is_not_changed() {
    let mut stream = stream_of(2);
    let slowly = Conditions { transition: Duration::from_secs(1), ..FREELY };
    stream.scale(4, &slowly).unwrap();
    let refused = stream.scale(8, &slowly).unwrap_err();
    assert_eq!(refused.to_string(), "ResourceInUseException: Stream orders is UPDATING, not ACTIVE");
    let later = Conditions { now: NOW.plus(Duration::from_secs(1)), ..slowly };
    assert!(stream.scale(8, &later).is_ok());
}

#[test]
fn filters_choose_by_id_and_by_time() {
    let at = |seconds| Conditions { now: NOW.plus(Duration::from_secs(seconds)), ..FREELY };
    let mut stream = stream_of(1);
    stream.split(&ShardId(0).to_string(), HashKey(100), &at(10)).unwrap();
    stream.split(&ShardId(1).to_string(), HashKey(50), &at(20)).unwrap();
    let chosen = |filter: ShardFilter| {
        stream.visible_shards(NOW).filter(|shard| filter.admits(shard)).map(|shard| shard.id.0).collect::<Vec<_>>()
    };
    assert_eq!(chosen(ShardFilter::All), [0, 1, 2, 3, 4]);
    assert_eq!(chosen(ShardFilter::After(ShardId(2))), [3, 4]);
    assert_eq!(chosen(ShardFilter::AtLatest), [2, 3, 4]);
    assert_eq!(chosen(ShardFilter::At(at(5).now)), [0]);
    assert_eq!(chosen(ShardFilter::At(at(15).now)), [1, 2]);
    assert_eq!(chosen(ShardFilter::From(at(15).now)), [1, 2, 3, 4]);
}

#[test]
fn a_closed_shard_is_forgotten_when_its_last_record_has_expired() {
    let mut stream = stream_of(1);
    stream.split(&ShardId(0).to_string(), HashKey(100), &FREELY).unwrap();
    let day = NOW.plus(Duration::from_secs(24 * 3600));
    assert_eq!(stream.visible_shards(day).count(), 3);
    let later = day.plus(Duration::from_millis(1));
    assert_eq!(stream.visible_shards(later).count(), 2);
    assert!(stream.has_expired_shards(later));
    stream.forget_expired_shards(later);
    assert!(!stream.has_expired_shards(later));
}

proptest! {
    #[test]
    fn after_any_changes_open_shards_cover_every_key_once(changes in prop::collection::vec((0_u8..3, any::<prop::sample::Index>(), any::<u128>()), 0..20)) {
        let mut stream = stream_of(3);
        for (kind, pick, key) in changes {
            let mut open: Vec<_> = stream.open_shards().cloned().collect();
            open.sort_by_key(|shard| shard.range.start);
            let nth = pick.index(open.len());
            let id = open[nth].id.to_string();
            // Refusals are fine: they must leave the stream whole too.
            _ = match kind {
                0 => stream.split(&id, HashKey(key), &FREELY).map(drop),
                1 => stream.merge(&id, &open[(nth + 1) % open.len()].id.to_string(), &FREELY),
                _ => stream.scale(1 + (key % 12) as u32, &FREELY).map(drop),
            };
        }
        let mut ranges: Vec<_> = stream.open_shards().map(|shard| shard.range).collect();
        ranges.sort_by_key(|range| range.start);
        let whole = ranges.iter().skip(1).try_fold(ranges[0], |sum, next| sum.joined(next));
        prop_assert_eq!(whole, Some(HashRange::uniform(1)[0]));
        for shard in stream.visible_shards(NOW) {
            prop_assert!(shard.lineage.parents().iter().all(|&parent| parent < shard.id));
            prop_assert!(shard.is_open() || stream.children(shard.id).count() > 0);
        }
    }
}

fn stream_of(shards: u32) -> Facts {
    let capacity = Capacity::Provisioned { shards };
    let new = NewStream { name: "orders".parse().unwrap(), capacity, max_record_kib: 1024, tags: BTreeMap::new() };
    Facts::new(new, Epoch(1), &FREELY)
}
