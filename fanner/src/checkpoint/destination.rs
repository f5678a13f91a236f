//! Who gets records of a shard.

use std::fmt;
use std::str::FromStr;

use fanner_model::StreamId;
use serde::{Deserialize, Serialize};

/// A consumer's stream, or the folder where what is not an event is kept aside. Either may take nothing for a while, and then
/// catches up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Destination {
    Stream(StreamId),
    Aside,
}

/// How the folder is written where a stream has its id.
const ASIDE: &str = "aside";

impl FromStr for Destination {
    type Err = <StreamId as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            ASIDE => Ok(Self::Aside),
            id => id.parse().map(Self::Stream),
        }
    }
}

impl TryFrom<String> for Destination {
    type Error = <Self as FromStr>::Err;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Destination> for String {
    fn from(destination: Destination) -> String {
        destination.to_string()
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(id) => id.fmt(f),
            Self::Aside => f.write_str(ASIDE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_survive_their_text() {
        for destination in [Destination::Aside, Destination::Stream(StreamId::random())] {
            assert_eq!(destination.to_string().parse(), Ok(destination));
        }
        assert!("elsewhere".parse::<Destination>().is_err());
    }
}
