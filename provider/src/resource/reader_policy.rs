//! The IAM policy that a stream's consumer attaches to its role to read the stream: what that takes, and nothing else.

use fanner_model::KmsKey;
use serde_json::{Value, json};

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
        ],
        "Resource": [arn],
    });
    // Enhanced fan-out names a consumer below the stream.
    let subscribe = json!({
        "Sid": "ReadAsConsumer",
        "Effect": "Allow",
        "Action": ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"],
        "Resource": [format!("{arn}/consumer/*")],
    });
    let statements: Vec<_> = [read, subscribe].into_iter().chain(kms_key.and_then(|key| decrypt(arn, key))).collect();
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// Decrypting this stream and nothing else that the key encrypts; `None` if AWS's own key does it for every reader.
fn decrypt(stream: &str, key: &KmsKey) -> Option<Value> {
    let mut condition = json!({ "StringEquals": { "kms:EncryptionContext:aws:kinesis:arn": stream } });
    let resource = match (key.as_str(), key.as_str().split_once(":alias/")) {
        ("alias/aws/kinesis", _) | (_, Some((_, "aws/kinesis"))) => return None,
        // An alias is no resource of a policy: the key is any that is called so.
        (_, Some((account, alias))) => {
            condition["ForAnyValue:StringEquals"] = json!({ "kms:ResourceAliases": format!("alias/{alias}") });
            format!("{account}:key/*")
        }
        (alias, None) if alias.starts_with("alias/") => {
            condition["ForAnyValue:StringEquals"] = json!({ "kms:ResourceAliases": alias });
            let account = stream.split_once(":stream/").map_or(stream, |(account, _)| account);
            format!("{}:key/*", account.replacen(":kinesis:", ":kms:", 1))
        }
        (arn, None) => arn.to_owned(),
    };
    Some(json!({
        "Sid": "Decrypt",
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": [resource],
        "Condition": condition,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/fraud";

    #[test]
    fn reading_takes_the_stream_and_its_consumers_and_nothing_else() {
        for key in [None, Some("alias/aws/kinesis"), Some("arn:aws:kms:eu-west-1:123456789012:alias/aws/kinesis")] {
            assert_eq!(resources(key), [STREAM.to_owned(), format!("{STREAM}/consumer/*")]);
        }
    }

    #[test]
    fn a_key_of_ones_own_decrypts_this_stream_alone() {
        let key = "arn:aws:kms:eu-west-1:123456789012:key/7";
        assert_eq!(resources(Some(key))[2], key);
        let condition = json!({"StringEquals": {"kms:EncryptionContext:aws:kinesis:arn": STREAM}});
        assert_eq!(decrypt(STREAM, &key.parse().unwrap()).unwrap()["Condition"], condition);
    }

    #[test]
    fn a_key_that_is_named_by_its_alias_is_any_that_is_called_so() {
        for alias in ["alias/fraud", "arn:aws:kms:eu-west-1:123456789012:alias/fraud"] {
            assert_eq!(resources(Some(alias))[2], "arn:aws:kms:eu-west-1:123456789012:key/*");
            let condition = &decrypt(STREAM, &alias.parse().unwrap()).unwrap()["Condition"];
            assert_eq!(condition["ForAnyValue:StringEquals"], json!({"kms:ResourceAliases": "alias/fraud"}));
        }
    }

    fn resources(key: Option<&str>) -> Vec<String> {
        let key = key.map(|key| key.parse().unwrap());
        let policy: Value = serde_json::from_str(&json(STREAM, key.as_ref())).unwrap();
        let statements = policy["Statement"].as_array().unwrap().iter();
        statements.map(|statement| statement["Resource"][0].as_str().unwrap().to_owned()).collect()
    }
}
