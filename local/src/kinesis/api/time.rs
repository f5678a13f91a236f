//! Moments in the API: seconds since 1970 with a fraction.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kinesis::clock::Millis;

/// A moment, written as seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seconds(pub(super) Millis);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_seconds())
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(|seconds| Seconds(Millis::from_seconds(seconds)))
    }
}
