//! Token buckets, and the four of them that bound one shard.

use std::time::Duration;

use super::clock::Millis;

/// Fills at a steady rate up to one second's worth. It may go into debt, which then has to be
/// waited out: so a read of 10 MiB from a shard of 2 MiB a second blocks the next five seconds.
#[derive(Debug)]
struct Bucket {
    per_second: f64,
    level: f64,
    filled_at: Millis,
}

impl Bucket {
    fn full(per_second: f64, now: Millis) -> Bucket {
        Bucket { per_second, level: per_second, filled_at: now }
    }

    fn fill(&mut self, now: Millis) {
        let gained = now.since(self.filled_at).as_secs_f64() * self.per_second;
        self.level = (self.level + gained).min(self.per_second);
        self.filled_at = now;
    }

    /// Whether `amount` is there; of more than a full bucket, whether the bucket is full.
    fn holds(&self, amount: f64) -> bool {
        self.level >= amount.min(self.per_second)
    }
}

/// What AWS lets through one shard: 1,000 records and 1 MiB a second in, 5 reads and 2 MiB a second out.
#[derive(Debug)]
pub(crate) struct ShardLimits {
    records_in: Bucket,
    bytes_in: Bucket,
    reads: Bucket,
    bytes_out: Bucket,
}

impl ShardLimits {
    pub(crate) fn new(now: Millis) -> ShardLimits {
        ShardLimits {
            records_in: Bucket::full(1000.0, now),
            bytes_in: Bucket::full(MIB, now),
            reads: Bucket::full(5.0, now),
            bytes_out: Bucket::full(2.0 * MIB, now),
        }
    }

    /// Takes room for one record, if there is room.
    pub(crate) fn admit_record(&mut self, bytes: usize, now: Millis) -> bool {
        self.records_in.fill(now);
        self.bytes_in.fill(now);
        let admitted = self.records_in.holds(1.0) && self.bytes_in.holds(bytes as f64);
        if admitted {
            self.records_in.level -= 1.0;
            self.bytes_in.level -= bytes as f64;
        }
        admitted
    }

    /// Takes room for one call of `GetRecords`, if there is room and earlier reads are paid for.
    pub(crate) fn admit_read(&mut self, now: Millis) -> bool {
        self.reads.fill(now);
        self.bytes_out.fill(now);
        let admitted = self.reads.holds(1.0) && self.bytes_out.holds(1.0);
        if admitted {
            self.reads.level -= 1.0;
        }
        admitted
    }

    /// Charges what an admitted read found.
    pub(crate) fn charge_read(&mut self, bytes: usize) {
        self.bytes_out.level -= bytes as f64;
    }
}

const MIB: f64 = 1_048_576.0;

/// A number of calls in a rolling 24 hours, as AWS grants for changes of a stream's shape.
/// `earlier` loses what is older than that.
pub(crate) fn within_daily_quota(earlier: &mut Vec<Millis>, quota: usize, now: Millis) -> bool {
    earlier.retain(|&call| now.since(call) < Duration::from_secs(24 * 3600));
    earlier.len() < quota
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Millis = Millis(1_000_000);

    #[test]
    fn a_shard_takes_a_thousand_records_a_second() {
        let mut limits = ShardLimits::new(START);
        let taken = |limits: &mut ShardLimits, now| (0..5000).filter(|_| limits.admit_record(10, now)).count();
        assert_eq!(taken(&mut limits, START), 1000);
        assert_eq!(taken(&mut limits, START.plus(Duration::from_millis(250))), 250);
        assert_eq!(taken(&mut limits, START.plus(Duration::from_secs(60))), 1000);
    }

    #[test]
    fn a_shard_takes_a_mebibyte_a_second_and_a_larger_record_when_rested() {
        let mut limits = ShardLimits::new(START);
        let taken = (0..20).filter(|_| limits.admit_record(100 << 10, START)).count();
        assert_eq!(taken, 10);
        let rested = START.plus(Duration::from_secs(1));
        assert!(limits.admit_record(4 << 20, rested));
        assert!(!limits.admit_record(1, rested.plus(Duration::from_millis(2_900))));
        assert!(limits.admit_record(1, rested.plus(Duration::from_millis(3_100))));
    }

    #[test]
    fn a_shard_answers_five_reads_a_second() {
        let mut limits = ShardLimits::new(START);
        assert_eq!((0..9).filter(|_| limits.admit_read(START)).count(), 5);
        assert!(limits.admit_read(START.plus(Duration::from_millis(200))));
    }

    #[test]
    fn ten_mebibytes_read_at_once_block_the_shard_until_paid_for() {
        let mut limits = ShardLimits::new(START);
        assert!(limits.admit_read(START));
        limits.charge_read(10 << 20);
        assert!(!limits.admit_read(START.plus(Duration::from_millis(3_900))));
        assert!(limits.admit_read(START.plus(Duration::from_millis(4_100))));
    }

    #[test]
    fn daily_quota_counts_the_last_24_hours_only() {
        let hour = |nth: u64| START.plus(Duration::from_secs(nth * 3600));
        let mut earlier = vec![hour(0), hour(1)];
        assert!(!within_daily_quota(&mut earlier, 2, hour(23)));
        assert!(within_daily_quota(&mut earlier, 2, hour(24)));
        assert_eq!(earlier, [hour(1)]);
    }
}
