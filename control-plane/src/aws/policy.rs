//! A stream's resource policy: which roles may read it, and nothing else.

use std::collections::BTreeSet;

use fanner_model::reading;
use serde_json::{Value, json};

use crate::reconcile::{allowed, normal};

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
    let readers: BTreeSet<_> = allowed(&policy).collect();
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
            "Action": reading::STREAM,
            "Resource": arn,
        }],
    })
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
