//! How big a stream is and how long it keeps records, within what Kinesis allows.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number_type {
    ($(#[$doc:meta])* $Type:ident, $least:literal..=$most:literal, $error:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = i64))]
        pub struct $Type(i32);

        impl $Type {
            /// The number, as the AWS SDK takes it.
            pub fn get(self) -> i32 {
                self.0
            }
        }

        impl TryFrom<i64> for $Type {
            type Error = CapacityError;

            fn try_from(number: i64) -> Result<Self, CapacityError> {
                match i32::try_from(number) {
                    Ok(fits @ $least..=$most) => Ok(Self(fits)),
                    _ => Err(CapacityError(format!(concat!("{} ", $error), number))),
                }
            }
        }

        impl From<$Type> for i64 {
            fn from(number: $Type) -> i64 {
                number.0.into()
            }
        }

        impl fmt::Display for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_type! {
    /// Shards of a provisioned stream, 1 to 10,000. Each takes 1,000 records or 1 MB a second and serves 2 MB a second.
    ShardCount, 1..=10_000, "shards are not possible; a provisioned stream has 1 to 10000, and one without `shard_count` is on-demand"
}

number_type! {
    /// Hours that a record stays readable, 24 to 8,760 (one year). Source: Kinesis `IncreaseStreamRetentionPeriod`.
    RetentionHours, 24..=8_760, "hours of retention are not possible; Kinesis keeps records 24 to 8760 hours"
}

impl Default for RetentionHours {
    /// A day, as Kinesis has it.
    fn default() -> Self {
        Self(24)
    }
}

/// A number that Kinesis does not allow, with the range that it does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CapacityError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_range_are_kept() {
        assert_eq!(ShardCount::try_from(10_000).map(i64::from), Ok(10_000));
        assert_eq!(RetentionHours::try_from(24), Ok(RetentionHours::default()));
    }

    #[test]
    fn numbers_out_of_range_name_the_range() {
        assert_eq!(
            ShardCount::try_from(0).unwrap_err().to_string(),
            "0 shards are not possible; a provisioned stream has 1 to 10000, and one without `shard_count` is on-demand"
        );
        assert_eq!(
            RetentionHours::try_from(12).unwrap_err().to_string(),
            "12 hours of retention are not possible; Kinesis keeps records 24 to 8760 hours"
        );
        assert!(ShardCount::try_from(i64::MAX).is_err());
    }
}
