//! One stream: what it is (`facts` and the nouns beside it, all pure), where it is kept (`home`), and the
//! part that runs (`live`), with putting and reading records.

mod consumer;
mod facts;
mod home;
mod live;
mod put;
mod read;
mod record;
mod settings;
mod shard;
pub(super) mod tags;
#[cfg(test)]
mod tests;

pub(super) use consumer::Consumer;
pub(super) use facts::{Capacity, Facts, NewStream, Status};
pub(super) use home::Home;
pub use home::HomeError;
pub(super) use live::Stream;
pub(super) use put::Placement;
pub(super) use read::{Reading, ShardView, Start};
pub(super) use record::Entry;
pub(super) use settings::{Metric, Mode};
pub(super) use shard::{Lineage, MAX_SHARDS, ShardFacts, ShardFilter};
