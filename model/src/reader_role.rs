//! The role that fanner makes for a stream's readers, for those whose library needs more than the stream itself.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{ApplicationName, RoleArn, StreamId, limit};

/// A role that may read one stream, and who may become it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReaderRole {
    /// The roles of the consumer's workloads, which may assume it; at least one.
    #[serde(deserialize_with = "limit::trusted")]
    pub trusted: BTreeSet<RoleArn>,
    /// The application of the Kinesis Client Library whose leases and numbers it may keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<ApplicationName>,
}

impl ReaderRole {
    /// Where in IAM these roles are, and nobody else's.
    pub const PATH: &str = "/fanner/readers/";

    /// The name of a stream's role, 50 characters of IAM's 64.
    pub fn name(stream: StreamId) -> String {
        format!("fanner-reader-{stream}")
    }

    /// The ARN of a stream's role, by the ARN of its Kinesis stream, whose account it is in.
    pub fn arn(stream: StreamId, kinesis: &str) -> Option<String> {
        match kinesis.splitn(6, ':').collect::<Vec<_>>()[..] {
            ["arn", partition, "kinesis", _, account, _] => {
                Some(format!("arn:{partition}:iam::{account}:role{}{}", Self::PATH, Self::name(stream)))
            }
            _ => None,
        }
    }
}

/// A reader role as IAM describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeenRole {
    pub arn: String,
    /// The principals that may assume it.
    pub trusted: BTreeSet<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_role_is_named_after_its_stream_and_is_in_its_account() {
        let id: StreamId = "018f6b1e-7c5a-7bd0-9d2c-0242ac120002".parse().unwrap();
        let arn = ReaderRole::arn(id, "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/fraud").unwrap();
        let expected = "role/fanner/readers/fanner-reader-018f6b1e-7c5a-7bd0-9d2c-0242ac120002";
        assert_eq!(arn, format!("arn:aws-cn:iam::123456789012:{expected}"));
        assert!(arn.parse::<RoleArn>().is_ok());
        assert_eq!(ReaderRole::arn(id, "stream/fraud"), None);
    }

    #[test]
    fn a_role_that_nobody_or_everybody_may_assume_is_refused() {
        let refused = |count: usize| {
            let trusted: Vec<_> = (0..count).map(|n| format!("arn:aws:iam::123456789012:role/r{n}")).collect();
            serde_json::from_value::<ReaderRole>(json!({ "trusted": trusted })).unwrap_err().to_string()
        };
        assert_eq!(refused(0), "nobody is trusted; name at least one role that may assume the reader role");
        assert_eq!(refused(21), "21 trusted roles are too many; IAM has room for 20");
        let nameless = serde_json::from_value::<ReaderRole>(json!({})).unwrap_err().to_string();
        assert_eq!(nameless, "missing field `trusted`");
    }
}
