//! What reading a stream takes in AWS: the only place that says so. Policies as IAM and Kinesis take them.

use serde_json::{Value, json};

use crate::{ApplicationName, KmsKey};

/// What reading takes on the stream itself. Source: Kinesis developer guide, "IAM permissions required for KCL consumer
/// applications", without registering consumers, and without listing all streams of the account.
pub const STREAM: [&str; 5] = [
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
];

/// What enhanced fan-out takes on a consumer, which is a resource below the stream.
const CONSUMER: [&str; 2] = ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"];

/// What an application of the Kinesis Client Library takes on its tables. Source: as for [`STREAM`].
const TABLE: [&str; 9] = [
    "dynamodb:CreateTable",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    "dynamodb:UpdateTable",
];

/// The policy for the role of a stream's reader: what reading `stream`, an ARN, takes, and nothing else.
pub fn policy(stream: &str, key: Option<&KmsKey>) -> Value {
    document(statements(stream).into_iter().chain(key.and_then(|key| decrypt(stream, key))))
}

/// The policy of the role that fanner makes: the same, and for an application its leases, its numbers and its consumer.
/// It decrypts with any key, though this stream alone: records stay encrypted with the key of their day.
pub fn role_policy(stream: &str, application: Option<&ApplicationName>) -> Value {
    let decrypt = decrypting("*", of_stream(stream));
    let keeping = application.into_iter().flat_map(|name| keeping(stream, name));
    document(statements(stream).into_iter().chain([decrypt]).chain(keeping))
}

fn document(statements: impl Iterator<Item = Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() })
}

fn statements(stream: &str) -> [Value; 2] {
    let read = json!({ "Sid": "ReadStream", "Effect": "Allow", "Action": STREAM, "Resource": [stream] });
    let subscribe = json!({
        "Sid": "ReadAsConsumer",
        "Effect": "Allow",
        "Action": CONSUMER,
        "Resource": [consumers(stream)],
    });
    [read, subscribe]
}

/// What an application does beside reading.
fn keeping(stream: &str, application: &ApplicationName) -> [Value; 3] {
    [
        json!({
            "Sid": "RegisterConsumer",
            "Effect": "Allow",
            "Action": ["kinesis:RegisterStreamConsumer"],
            "Resource": [stream, consumers(stream)],
        }),
        // Its tables are named after it: the leases as it is itself, others with more behind it.
        json!({
            "Sid": "KeepLeases",
            "Effect": "Allow",
            "Action": TABLE,
            "Resource": [format!("{}:table/{application}*", beside(stream, "dynamodb"))],
        }),
        // CloudWatch knows no resources, only a name space.
        json!({
            "Sid": "TellNumbers",
            "Effect": "Allow",
            "Action": ["cloudwatch:PutMetricData"],
            "Resource": ["*"],
            "Condition": { "StringEquals": { "cloudwatch:namespace": application } },
        }),
    ]
}

/// The stream's registered consumers.
fn consumers(stream: &str) -> String {
    format!("{stream}/consumer/*")
}

/// Decrypting this stream and nothing else that the key encrypts; `None` if AWS's own key does it for every reader.
fn decrypt(stream: &str, key: &KmsKey) -> Option<Value> {
    let mut condition = of_stream(stream);
    let resource = match (key.as_str(), key.as_str().split_once(":alias/")) {
        ("alias/aws/kinesis", _) | (_, Some((_, "aws/kinesis"))) => return None,
        // An alias is no resource of a policy: the key is any that is called so.
        (_, Some((account, alias))) => {
            condition["ForAnyValue:StringEquals"] = json!({ "kms:ResourceAliases": format!("alias/{alias}") });
            format!("{account}:key/*")
        }
        (alias, None) if alias.starts_with("alias/") => {
            condition["ForAnyValue:StringEquals"] = json!({ "kms:ResourceAliases": alias });
            format!("{}:key/*", beside(stream, "kms"))
        }
        (arn, None) => arn.to_owned(),
    };
    Some(decrypting(&resource, condition))
}

fn decrypting(keys: &str, condition: Value) -> Value {
    json!({
        "Sid": "Decrypt",
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": [keys],
        "Condition": condition,
    })
}

/// That what is decrypted are records of this stream.
fn of_stream(stream: &str) -> Value {
    json!({ "StringEquals": { "kms:EncryptionContext:aws:kinesis:arn": stream } })
}

/// The beginning of the ARNs of another service, in the stream's account and region.
fn beside(stream: &str, service: &str) -> String {
    let place = stream.split_once(":stream/").map_or(stream, |(place, _)| place);
    place.replacen(":kinesis:", &format!(":{service}:"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAUD: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/fraud";

    #[test]
    fn reading_takes_the_stream_and_its_consumers_and_nothing_else() {
        for key in [None, Some("alias/aws/kinesis"), Some("arn:aws:kms:eu-west-1:123456789012:alias/aws/kinesis")] {
            assert_eq!(
                resources(&policy(FRAUD, parsed(key).as_ref())),
                [FRAUD.to_owned(), format!("{FRAUD}/consumer/*")]
            );
        }
    }

    #[test]
    fn a_key_of_ones_own_decrypts_this_stream_alone() {
        let key = "arn:aws:kms:eu-west-1:123456789012:key/7";
        assert_eq!(resources(&policy(FRAUD, parsed(Some(key)).as_ref()))[2], key);
        let condition = json!({"StringEquals": {"kms:EncryptionContext:aws:kinesis:arn": FRAUD}});
        assert_eq!(decrypt(FRAUD, &key.parse().unwrap()).unwrap()["Condition"], condition);
    }

    #[test]
    fn a_key_that_is_named_by_its_alias_is_any_that_is_called_so() {
        for alias in ["alias/fraud", "arn:aws:kms:eu-west-1:123456789012:alias/fraud"] {
            let all = "arn:aws:kms:eu-west-1:123456789012:key/*";
            assert_eq!(resources(&policy(FRAUD, parsed(Some(alias)).as_ref()))[2], all);
            let condition = &decrypt(FRAUD, &alias.parse().unwrap()).unwrap()["Condition"];
            assert_eq!(condition["ForAnyValue:StringEquals"], json!({"kms:ResourceAliases": "alias/fraud"}));
        }
    }

    #[test]
    fn an_application_keeps_its_own_tables_numbers_and_consumer() {
        let application: ApplicationName = "fraud.scores".parse().unwrap();
        let [register, tables, numbers] = keeping(FRAUD, &application);
        assert_eq!(register["Resource"], json!([FRAUD, format!("{FRAUD}/consumer/*")]));
        assert_eq!(tables["Resource"], json!(["arn:aws:dynamodb:eu-west-1:123456789012:table/fraud.scores*"]));
        assert_eq!(numbers["Condition"], json!({"StringEquals": {"cloudwatch:namespace": "fraud.scores"}}));
        let [read, subscribe] = statements(FRAUD);
        let decrypt = decrypting("*", of_stream(FRAUD));
        assert_eq!(role_policy(FRAUD, None)["Statement"], json!([read, subscribe, decrypt]));
    }

    fn parsed(key: Option<&str>) -> Option<KmsKey> {
        key.map(|key| key.parse().unwrap())
    }

    fn resources(policy: &Value) -> Vec<String> {
        let statements = policy["Statement"].as_array().unwrap().iter();
        statements.map(|statement| statement["Resource"][0].as_str().unwrap().to_owned()).collect()
    }
}
