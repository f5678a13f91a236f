//! An account in moto, with a Global Event Stream that only the fanner reads, and what can be planted in it.

use std::collections::BTreeSet;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_firehose::types::{
    BufferingHints, CompressionFormat, DeliveryStreamType, EncryptionConfiguration, ExtendedS3DestinationConfiguration,
    KinesisStreamSourceConfiguration,
};
use aws_sdk_kinesis::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_kinesis::types::EncryptionType;
use aws_sdk_kms::types::GrantOperation;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{EventSourcePosition, FunctionCode, Runtime};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use fanner_model::Arn;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{Moto, named};

/// The Global Event Stream.
pub const GES: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/global-events";
/// The role that is meant to read it.
pub const FANNER: &str = "arn:aws:iam::123456789012:role/fanner";

/// The account, until this is dropped.
pub struct Account {
    moto: Moto,
    kinesis: aws_sdk_kinesis::Client,
    iam: aws_sdk_iam::Client,
    kms: aws_sdk_kms::Client,
    lambda: aws_sdk_lambda::Client,
    firehose: aws_sdk_firehose::Client,
}

impl Account {
    /// Only the fanner reads; others do what others do.
    pub async fn clean() -> Self {
        let moto = tokio::task::spawn_blocking(Moto::start).await.expect("moto starts");
        let aws = aws(&moto.endpoint);
        let account = Self {
            kinesis: aws_sdk_kinesis::Client::new(&aws),
            iam: aws_sdk_iam::Client::new(&aws),
            kms: aws_sdk_kms::Client::new(&aws),
            lambda: aws_sdk_lambda::Client::new(&aws),
            firehose: aws_sdk_firehose::Client::new(&aws),
            moto,
        };
        account.stream("global-events").await;
        account.stream("fraud-signals").await;
        account.role("fanner", "ecs-tasks.amazonaws.com").await;
        account.allow("fanner", "read", &["kinesis:GetRecords", "kinesis:GetShardIterator", "kms:Decrypt"], "*").await;
        account.role("fraud", "lambda.amazonaws.com").await;
        account.allow("fraud", "read", &["kinesis:*"], "arn:aws:kinesis:*:*:stream/fraud-*").await;
        account.user("jo").await;
        account.group("data", "jo").await;
        account
    }

    /// How the account is reached.
    pub fn aws(&self) -> SdkConfig {
        aws(&self.moto.endpoint)
    }

    async fn stream(&self, name: &str) {
        self.kinesis.create_stream().stream_name(name).shard_count(1).send().await.expect("the stream is created");
    }

    /// A role that a service acts as.
    pub async fn role(&self, name: &str, service: &str) {
        let trust = document(json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}));
        let made = self.iam.create_role().role_name(name).assume_role_policy_document(trust).send().await;
        made.expect("the role is created");
    }

    /// A user without permissions.
    pub async fn user(&self, name: &str) {
        self.iam.create_user().user_name(name).send().await.expect("the user is created");
    }

    /// A group with one member.
    pub async fn group(&self, name: &str, member: &str) {
        self.iam.create_group().group_name(name).send().await.expect("the group is created");
        let added = self.iam.add_user_to_group().group_name(name).user_name(member).send().await;
        added.expect("the member is added");
    }

    /// Gives a role an inline policy.
    pub async fn allow(&self, role: &str, policy: &str, actions: &[&str], resource: &str) {
        self.attach(role, policy, json!({"Effect": "Allow", "Action": actions, "Resource": resource})).await;
    }

    /// Gives a role an inline policy of one statement.
    pub async fn attach(&self, role: &str, policy: &str, statement: Value) {
        let put = self.iam.put_role_policy().role_name(role).policy_name(policy).policy_document(document(statement));
        put.send().await.expect("the policy is put");
    }

    /// Gives a user an inline policy.
    pub async fn allow_user(&self, user: &str, policy: &str, actions: &[&str], resource: &str) {
        let statement = document(json!({"Effect": "Allow", "Action": actions, "Resource": resource}));
        let put = self.iam.put_user_policy().user_name(user).policy_name(policy).policy_document(statement);
        put.send().await.expect("the policy is put");
    }

    /// Gives a group a managed policy.
    pub async fn allow_group(&self, group: &str, policy: &str, actions: &[&str], resource: &str) {
        let statement = document(json!({"Effect": "Allow", "Action": actions, "Resource": resource}));
        let made = self.iam.create_policy().policy_name(policy).policy_document(statement).send().await;
        let arn = made.expect("the policy is created").policy.and_then(|policy| policy.arn);
        let attached = self.iam.attach_group_policy().group_name(group).set_policy_arn(arn).send().await;
        attached.expect("the policy is attached");
    }

    /// Says who may become a role.
    pub async fn trust(&self, role: &str, statements: Value) {
        let update = self.iam.update_assume_role_policy().role_name(role).policy_document(document(statements));
        update.send().await.expect("the trust is updated");
    }

    /// Gives the Global Event Stream a policy.
    pub async fn let_in(&self, statement: Value) {
        let put = self.kinesis.put_resource_policy().resource_arn(GES).policy(document(statement)).send().await;
        put.expect("the policy is put");
    }

    /// Registers a consumer of the Global Event Stream.
    pub async fn register(&self, consumer: &str) {
        let registered = self.kinesis.register_stream_consumer().stream_arn(GES).consumer_name(consumer).send().await;
        registered.expect("the consumer is registered");
    }

    /// Maps the Global Event Stream to a function.
    pub async fn map(&self, function: &str, role: &str) {
        let code = FunctionCode::builder().zip_file(Blob::new("nothing that runs")).build();
        let role = format!("arn:aws:iam::123456789012:role/{role}");
        let created = self.lambda.create_function().function_name(function).role(role).code(code);
        let created = created.handler("index.handler").runtime(Runtime::Python311).send().await;
        created.expect("the function is created");
        let mapped = self.lambda.create_event_source_mapping().event_source_arn(GES).function_name(function);
        mapped.starting_position(EventSourcePosition::Latest).send().await.expect("the stream is mapped");
    }

    /// Lets Firehose deliver the Global Event Stream.
    pub async fn deliver(&self, name: &str, role: &str) {
        let role = format!("arn:aws:iam::123456789012:role/{role}");
        let source = KinesisStreamSourceConfiguration::builder().kinesis_stream_arn(GES).role_arn(&role).build();
        let bucket = ExtendedS3DestinationConfiguration::builder().bucket_arn("arn:aws:s3:::dump").role_arn(&role);
        // moto gives back what it was given, and the SDK does not read a description without these.
        let bucket = bucket
            .compression_format(CompressionFormat::Uncompressed)
            .buffering_hints(BufferingHints::builder().build())
            .encryption_configuration(EncryptionConfiguration::builder().build())
            .build();
        let created = self.firehose.create_delivery_stream().delivery_stream_name(name);
        let created = created
            .delivery_stream_type(DeliveryStreamType::KinesisStreamAsSource)
            .kinesis_stream_source_configuration(source.expect("the source is whole"))
            .extended_s3_destination_configuration(bucket.expect("the destination is whole"));
        created.send().await.expect("the delivery stream is created");
    }

    /// Encrypts the Global Event Stream with a new key of the account's own; the key's ARN.
    pub async fn encrypt(&self) -> String {
        let created = self.kms.create_key().send().await.expect("the key is created");
        let key = created.key_metadata.and_then(|key| key.arn).expect("a key has an ARN");
        let started = self.kinesis.start_stream_encryption().stream_name("global-events");
        started.encryption_type(EncryptionType::Kms).key_id(&key).send().await.expect("encryption starts");
        key
    }

    /// Grants a role to decrypt with a key.
    pub async fn grant(&self, key: &str, role: &str) {
        let grantee = format!("arn:aws:iam::123456789012:role/{role}");
        let grant = self.kms.create_grant().key_id(key).grantee_principal(grantee).operations(GrantOperation::Decrypt);
        grant.send().await.expect("the grant is created");
    }
}

/// Who is meant to read the Global Event Stream.
pub fn meant() -> BTreeSet<Arn> {
    [named(FANNER)].into()
}

/// How services at an address are reached.
pub fn aws(endpoint: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("moto", "moto", None, None, "tests")))
        .build()
}

fn document(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// An AWS that answers one operation and denies all others; its address.
///
/// # Panics
/// No port is free.
pub async fn stingy(answered: &'static str) -> String {
    async fn answer(State(answered): State<&'static str>, headers: HeaderMap) -> (StatusCode, String) {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        match target.rsplit('.').next() {
            Some(operation) if operation == answered => (StatusCode::OK, summary()),
            // IAM speaks XML, everybody else JSON.
            _ if headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded") => {
                let error =
                    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
                (StatusCode::FORBIDDEN, error.to_owned())
            }
            _ => (StatusCode::BAD_REQUEST, r#"{"__type": "AccessDeniedException", "message": "no"}"#.to_owned()),
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    let router = Router::new().fallback(answer).with_state(answered);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn summary() -> String {
    json!({"StreamDescriptionSummary": {
        "StreamName": "global-events", "StreamARN": GES, "StreamStatus": "ACTIVE", "RetentionPeriodHours": 24,
        "StreamCreationTimestamp": 1.0, "EnhancedMonitoring": [], "EncryptionType": "KMS", "KeyId": "alias/ges",
        "OpenShardCount": 1, "ConsumerCount": 0,
    }})
    .to_string()
}
