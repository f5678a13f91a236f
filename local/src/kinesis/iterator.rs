//! Shard iterators: a place in a shard, and when it was asked for. The place is an offset, never a
//! time, so an iterator after an empty read cannot skip a record.

use std::time::Duration;

use super::clock::Millis;
use super::error::Error;
use super::sequence::{Epoch, ShardId};
use super::token;

/// How long an iterator may be used.
pub(crate) const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Where a reader goes on: the record at `offset`, whether or not it exists yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShardIterator {
    pub(crate) stream: String,
    pub(crate) epoch: Epoch,
    pub(crate) shard: ShardId,
    pub(crate) offset: u64,
    pub(crate) issued_at: Millis,
}

impl ShardIterator {
    /// The opaque text that the API hands out.
    pub(crate) fn sealed(&self) -> String {
        let mut body = Vec::with_capacity(28 + self.stream.len());
        body.extend_from_slice(&self.issued_at.0.to_be_bytes());
        body.extend_from_slice(&self.epoch.0.to_be_bytes());
        body.extend_from_slice(&self.offset.to_be_bytes());
        body.extend_from_slice(&self.shard.0.to_be_bytes());
        body.extend_from_slice(self.stream.as_bytes());
        token::seal(&body)
    }

    /// Reads a text that [`sealed`](Self::sealed) made. Errors: `InvalidArgument` for any other text,
    /// `ExpiredIterator` when it is older than five minutes.
    pub(crate) fn open(text: &str, now: Millis) -> Result<ShardIterator, Error> {
        let iterator = token::open(text).and_then(|body| ShardIterator::decode(&body));
        let iterator =
            iterator.ok_or_else(|| Error::invalid("Invalid ShardIterator: it was not given out by this server"))?;
        if now.since(iterator.issued_at) > LIFETIME {
            return Err(Error::expired_iterator(format!(
                "Iterator expired. The iterator was created at {} while right now it is {}: it may be used for {} milliseconds",
                iterator.issued_at.0,
                now.0,
                LIFETIME.as_millis()
            )));
        }
        Ok(iterator)
    }

    fn decode(body: &[u8]) -> Option<ShardIterator> {
        let (issued_at, body) = body.split_first_chunk()?;
        let (epoch, body) = body.split_first_chunk()?;
        let (offset, body) = body.split_first_chunk()?;
        let (shard, stream) = body.split_first_chunk()?;
        Some(ShardIterator {
            stream: String::from_utf8(stream.to_vec()).ok()?,
            epoch: Epoch(u64::from_be_bytes(*epoch)),
            shard: ShardId(u32::from_be_bytes(*shard)),
            offset: u64::from_be_bytes(*offset),
            issued_at: Millis(i64::from_be_bytes(*issued_at)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn iterator_expires_after_five_minutes() {
        let sealed = example("orders", 9).sealed();
        assert!(ShardIterator::open(&sealed, Millis(1_000 + 300_000)).is_ok());
        let expired = ShardIterator::open(&sealed, Millis(1_000 + 300_001)).unwrap_err();
        assert!(expired.to_string().starts_with("ExpiredIteratorException: Iterator expired."), "{expired}");
    }

    #[test]
    fn made_up_iterator_is_an_invalid_argument() {
        let refused = ShardIterator::open("AAAAmade/up", Millis(0)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "InvalidArgumentException: Invalid ShardIterator: it was not given out by this server"
        );
    }

    proptest! {
        #[test]
        fn iterator_reads_back_and_fits_the_api(name in "[a-zA-Z0-9_.-]{1,128}", offset: u64) {
            let iterator = example(&name, offset);
            let sealed = iterator.sealed();
            prop_assert!(sealed.len() <= 512);
            prop_assert_eq!(ShardIterator::open(&sealed, Millis(1_000)).unwrap(), iterator);
        }
    }

    fn example(stream: &str, offset: u64) -> ShardIterator {
        ShardIterator { stream: stream.into(), epoch: Epoch(5), shard: ShardId(2), offset, issued_at: Millis(1_000) }
    }
}
