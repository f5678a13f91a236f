//! `data "fanner_stream"`: a stream that somebody else's configuration declares.

use std::collections::BTreeMap;

use fanner_model::{EventName, StreamName, reading};

use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::{Field, TextMap, TextSet, block};
use crate::plugin::parse;
use crate::plugin::provider::{Context, DataSource};
use crate::plugin::schema::{Attribute, Schema};
use crate::problem;
use crate::resource::{EventAccess, access_attribute, shown_access};
use crate::session::Session;

block! {
    /// The block `data "fanner_stream"`.
    pub struct StreamDataModel {
        pub name: Field<String>,
        pub id: Field<String>,
        pub arn: Field<String>,
        pub team: Field<String>,
        pub description: Field<String>,
        pub status: Field<String>,
        pub events: TextSet,
        pub access: Field<BTreeMap<String, EventAccess>>,
        pub shard_count: Field<i64>,
        pub open_shard_count: Field<i64>,
        pub retention_hours: Field<i64>,
        pub tags: TextMap,
        pub iam_policy_json: Field<String>,
        pub reader_role_arn: Field<String>,
    }
}

/// The data source type `fanner_stream`.
#[derive(Clone, Copy, Debug)]
pub struct StreamData;

impl DataSource for StreamData {
    type Session = Session;
    type Model = StreamDataModel;

    const NAME: &'static str = "fanner_stream";

    fn schema(&self) -> Schema {
        let attributes = vec![
            Attribute::text("name", "The stream's name.").required().parsed_as::<StreamName>(),
            Attribute::text("id", "Identifies the stream; one that is made anew under the same name has another.")
                .computed(),
            Attribute::text("arn", "The Kinesis stream's ARN.").computed(),
            Attribute::text("team", "The team that owns the stream.").computed(),
            Attribute::text("description", "What the stream is for.").computed(),
            Attribute::text("status", "`active`, `creating`, `updating`, `missing`, `failed` or `deleting`.")
                .computed(),
            Attribute::set_of_text("events", "The stream's own events.").computed(),
            access_attribute(),
            Attribute::integer("shard_count", "How many shards were asked for; null when on-demand.").computed(),
            Attribute::integer("open_shard_count", "How many shards take records now.").computed(),
            Attribute::integer("retention_hours", "How long a record stays readable.").computed(),
            Attribute::map_of_text("tags", "All tags.").computed(),
            Attribute::text("iam_policy_json", "An IAM policy that allows reading the stream, to attach to a role.")
                .computed(),
            Attribute::text(
                "reader_role_arn",
                "The role that fanner made for the stream's readers; null if it made none.",
            )
            .computed(),
        ];
        let description = "Looks up a stream by its name, to read it or to give others access to it.";
        Schema { version: 0, description, attributes }
    }

    async fn read(
        &self,
        context: &Context<Session>,
        config: StreamDataModel,
    ) -> Result<StreamDataModel, Vec<Diagnostic>> {
        let name: StreamName = parse::required("name", &config.name)?;
        let found = context.session.client.fresh_stream(&name).await;
        let stream = found.map_err(|error| problem::diagnostic(&error, &["name"]).at("name"))?;
        let seen = stream.status.seen.as_ref();
        let key = stream.spec.kms_key_arn.as_ref();
        Ok(StreamDataModel {
            name: config.name,
            id: stream.id.to_string().as_str().into(),
            arn: Field::from(seen.map(|seen| seen.arn.clone())),
            team: stream.team.as_str().into(),
            description: stream.spec.description.clone().into(),
            status: parse::word(&stream.status.phase).as_str().into(),
            events: stream.spec.events.iter().map(EventName::as_str).collect(),
            access: Field::Known(shown_access(&stream.access)),
            shard_count: stream.spec.shard_count.map(i64::from).into(),
            open_shard_count: Field::from(seen.map(|seen| seen.open_shard_count.into())),
            retention_hours: Field::Known(stream.spec.retention_hours.into()),
            tags: stream.spec.tags.iter().collect(),
            iam_policy_json: Field::from(seen.map(|seen| reading::policy(&seen.arn, key).to_string())),
            reader_role_arn: Field::from(stream.reader_role_arn().map(str::to_owned)),
        })
    }
}
