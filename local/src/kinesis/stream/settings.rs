//! What can be set on a stream: retention, mode, record size, encryption and monitoring. Each takes the
//! stream through `UPDATING`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use crate::kinesis::bucket::within_daily_quota;
use crate::kinesis::error::Error;
use crate::kinesis::limits::Conditions;

/// Who chooses the number of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Mode {
    Provisioned,
    OnDemand,
}

/// What can be measured per shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Metric {
    IncomingBytes,
    IncomingRecords,
    OutgoingBytes,
    OutgoingRecords,
    WriteProvisionedThroughputExceeded,
    ReadProvisionedThroughputExceeded,
    IteratorAgeMilliseconds,
}

impl Metric {
    pub(crate) const ALL: [Metric; 7] = [
        Metric::IncomingBytes,
        Metric::IncomingRecords,
        Metric::OutgoingBytes,
        Metric::OutgoingRecords,
        Metric::WriteProvisionedThroughputExceeded,
        Metric::ReadProvisionedThroughputExceeded,
        Metric::IteratorAgeMilliseconds,
    ];
}

const SHORTEST_RETENTION_HOURS: i64 = 24;
const LONGEST_RETENTION_HOURS: i64 = 8760;

impl Facts {
    pub(crate) fn increase_retention(&mut self, hours: i64, conditions: &Conditions) -> Result<(), Error> {
        let requested = checked_retention(hours)?;
        if requested < self.retention_hours {
            return Err(Error::invalid(format!(
                "Requested retention period ({hours} hours) for stream {} can not be shorter than existing retention period \
                 ({} hours). Use DecreaseRetentionPeriod API",
                self.name, self.retention_hours
            )));
        }
        self.begin_update(conditions)?;
        self.expired_before = self.horizon(conditions.now);
        self.retention_hours = requested;
        Ok(())
    }

    pub(crate) fn decrease_retention(&mut self, hours: i64, conditions: &Conditions) -> Result<(), Error> {
        let requested = checked_retention(hours)?;
        if requested > self.retention_hours {
            return Err(Error::invalid(format!(
                "Requested retention period ({hours} hours) for stream {} can not be longer than existing retention period \
                 ({} hours). Use IncreaseRetentionPeriod API",
                self.name, self.retention_hours
            )));
        }
        self.begin_update(conditions)?;
        self.retention_hours = requested;
        self.expired_before = self.horizon(conditions.now);
        Ok(())
    }

    pub(crate) fn set_mode(&mut self, mode: Mode, conditions: &Conditions) -> Result<(), Error> {
        if !within_daily_quota(&mut self.mode_changes, conditions.limits.daily_mode_changes(), conditions.now) {
            return Err(Error::limit_exceeded(format!(
                "Stream {} changed its mode twice in the last 24 hours",
                self.name
            )));
        }
        self.begin_update(conditions)?;
        self.mode_changes.push(conditions.now);
        self.mode = mode;
        Ok(())
    }

    pub(crate) fn set_max_record_size(&mut self, kib: u32, conditions: &Conditions) -> Result<(), Error> {
        self.begin_update(conditions)?;
        self.max_record_kib = kib;
        Ok(())
    }

    /// Marks new records as encrypted with `key`, or as plain with `None`. They are stored as they are either way.
    pub(crate) fn set_encryption(&mut self, key: Option<String>, conditions: &Conditions) -> Result<(), Error> {
        self.begin_update(conditions)?;
        self.kms_key = key;
        Ok(())
    }

    /// Replaces the monitored metrics and returns those of before.
    pub(crate) fn set_monitoring(
        &mut self,
        metrics: BTreeSet<Metric>,
        conditions: &Conditions,
    ) -> Result<BTreeSet<Metric>, Error> {
        self.begin_update(conditions)?;
        Ok(std::mem::replace(&mut self.monitoring, metrics))
    }
}

fn checked_retention(hours: i64) -> Result<u32, Error> {
    if hours < SHORTEST_RETENTION_HOURS {
        return Err(Error::invalid(format!(
            "Minimum allowed retention period is {SHORTEST_RETENTION_HOURS} hours. Requested retention period ({hours} hours) is too short"
        )));
    }
    if hours > LONGEST_RETENTION_HOURS {
        return Err(Error::invalid(format!(
            "Maximum allowed retention period is {LONGEST_RETENTION_HOURS} hours. Requested retention period ({hours} hours) is too long"
        )));
    }
    Ok(u32::try_from(hours).expect("at most 8760"))
}
