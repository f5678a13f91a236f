//! A stream's resource policy: which roles may read it, and nothing else.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// What reading a stream takes. Source: the read operations that the AWS CDK grants on a Kinesis stream, without those that are
/// about a registered consumer, which is a resource with a policy of its own, and without listing all streams of the account.
const READ: [&str; 5] = [
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
];

/// The policy that lets `readers` read the stream `arn`.
pub(super) fn written(arn: &str, readers: &BTreeSet<String>) -> String {
    document(arn, readers).to_string()
}

/// Who a policy lets read, and whether it is exactly the one that [`written`] gives for them. No text is no policy.
pub(super) fn read(arn: &str, text: Option<&str>) -> (BTreeSet<String>, bool) {
    let policy: Value = match text.map(str::trim) {
        None | Some("" | "{}") => return (BTreeSet::new(), true),
        Some(text) => serde_json::from_str(text).unwrap_or(Value::Null),
    };
    let statements = list(&policy["Statement"]);
    let allowing = statements.iter().filter(|statement| statement["Effect"] == "Allow");
    let readers: BTreeSet<_> = allowing.flat_map(|statement| principals(&statement["Principal"])).collect();
    let plain = normal(&policy) == normal(&document(arn, &readers));
    (readers, plain)
}

fn document(arn: &str, readers: &BTreeSet<String>) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "FannerReaders",
            "Effect": "Allow",
            "Principal": {"AWS": readers},
            "Action": READ,
            "Resource": arn,
        }],
    })
}

/// The same policy with every list sorted and no list of one: AWS may give back either form.
fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(normal).collect();
            items.sort_by_key(Value::to_string);
            if items.len() == 1 { items.remove(0) } else { Value::Array(items) }
        }
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), normal(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn principals(principal: &Value) -> Vec<String> {
    match principal {
        Value::Object(kinds) => {
            kinds.values().flat_map(list).filter_map(|item| item.as_str().map(Into::into)).collect()
        }
        other => list(other).iter().filter_map(|item| item.as_str().map(Into::into)).collect(),
    }
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/fraud";

    #[test]
    fn a_written_policy_is_read_back_as_plain() {
        for readers in [&["role/a"][..], &["role/a", "role/b"]] {
            let readers = readers.iter().map(|&reader| reader.to_owned()).collect();
            assert_eq!(read(ARN, Some(&written(ARN, &readers))), (readers, true));
        }
    }

    #[test]
    fn no_policy_lets_nobody_read() {
        for text in [None, Some(""), Some("{}")] {
            assert_eq!(read(ARN, text), (BTreeSet::new(), true));
        }
    }

    #[test]
    fn a_policy_that_allows_more_is_not_plain() {
        let readers: BTreeSet<String> = ["role/a".into()].into();
        let wider = written(ARN, &readers).replace("kinesis:GetRecords", "kinesis:*");
        assert_eq!(read(ARN, Some(&wider)), (readers, false));
        let everyone =
            r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kinesis:*", "Resource": "*"}}"#;
        assert_eq!(read(ARN, Some(everyone)), (["*".into()].into(), false));
        assert_eq!(read(ARN, Some("not json")), (BTreeSet::new(), false));
    }

    #[test]
    fn the_order_of_lists_does_not_matter() {
        let readers: BTreeSet<String> = ["role/a".into(), "role/b".into()].into();
        let turned = written(ARN, &readers).replace(r#"["role/a","role/b"]"#, r#"["role/b","role/a"]"#);
        assert_eq!(read(ARN, Some(&turned)), (readers, true));
    }
}
