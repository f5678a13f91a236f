//! The IAM policy that a stream's consumer attaches to its role to read the stream.

use fanner_model::KmsKey;
use serde_json::json;

/// The policy as JSON text.
pub(crate) fn json(arn: &str, kms_key: Option<&KmsKey>) -> String {
    let read = json!({
        "Sid": "ReadStream",
        "Effect": "Allow",
        "Action": [
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
            "kinesis:SubscribeToShard",
        ],
        // Enhanced fan-out names a consumer below the stream.
        "Resource": [arn, format!("{arn}/consumer/*")],
    });
    // An alias is no resource of a policy; AWS's own key needs no permission.
    let key = kms_key.map(KmsKey::as_str).filter(|key| key.starts_with("arn:"));
    let decrypt =
        key.map(|key| json!({ "Sid": "Decrypt", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key] }));
    let statements: Vec<_> = std::iter::once(read).chain(decrypt).collect();
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_takes_decrypting_when_the_stream_has_a_key_of_its_own() {
        let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/fraud";
        assert!(!json(arn, None).contains("kms:Decrypt"));
        assert!(!json(arn, Some(&"alias/aws/kinesis".parse().unwrap())).contains("kms:Decrypt"));
        let key = "arn:aws:kms:eu-west-1:123456789012:key/7";
        assert!(json(arn, Some(&key.parse().unwrap())).contains(key));
    }
}
