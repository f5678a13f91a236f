//! The role that fanner makes for a stream's readers, as the attribute `reader_role` asks for it.

use fanner_model::{ApplicationName, ReaderRole, RoleArn, StreamId, limit};

use crate::plugin::diagnostics::{Diagnostic, Path};
use crate::plugin::field::{Field, TextSet, block};
use crate::plugin::parse;
use crate::plugin::schema::Attribute;

block! {
    /// The attribute `reader_role`.
    pub struct ReaderRoleModel {
        pub trusted: TextSet,
        pub application: Field<String>,
    }
}

/// The attribute `reader_role`.
pub(crate) fn attribute() -> Attribute {
    let attributes = vec![
        Attribute::set_of_text(
            "trusted",
            "The roles of your workloads, by ARN, that may assume it: 1 to 20. Taking one out ends every session that began before.",
        )
        .required()
        .parsed_as::<RoleArn>(),
        Attribute::text(
            "application",
            "The application name of the Kinesis Client Library, `<team>.<name>`: the role may keep its leases in the DynamoDB \
             tables that are named after it, and its numbers in the CloudWatch name space of that name.",
        )
        .parsed_as::<ApplicationName>(),
    ];
    let description = "A role that may read the stream, made and repaired by fanner, for readers that use the Kinesis Client Library \
                       or enhanced fan-out. Your platform team must have switched it on.";
    Attribute::object("reader_role", attributes, description)
}

/// What no rule of one attribute says.
pub(crate) fn validate(role: &Field<ReaderRoleModel>) -> Option<Diagnostic> {
    let trusted = role.known()?.trusted.known()?;
    let words = limit::trusting(trusted.len()).err()?;
    let path = Path::from("reader_role").attribute("trusted");
    Some(Diagnostic::error("Invalid reader_role.trusted", words).at(path))
}

/// What is asked for, as far as it is known. Who is trusted may be known only after something else is applied.
pub(crate) fn asked(role: &Field<ReaderRoleModel>) -> Result<Option<ReaderRole>, Diagnostic> {
    let Some(role) = role.known().filter(|role| 0 < role.trusted.texts().count()) else { return Ok(None) };
    Ok(Some(ReaderRole {
        trusted: parse::all("reader_role", &role.trusted)?,
        application: parse::optional("reader_role", &role.application)?,
    }))
}

/// The attribute as the control plane has it.
pub(crate) fn shown(role: Option<&ReaderRole>) -> Field<ReaderRoleModel> {
    Field::from(role.map(|ReaderRole { trusted, application }| ReaderRoleModel {
        trusted: trusted.iter().map(RoleArn::as_str).collect(),
        application: application.clone().map(String::from).into(),
    }))
}

/// The role's ARN, which follows from the stream's: null if no role is asked for.
pub(crate) fn arn(role: &Field<ReaderRoleModel>, id: &Field<String>, stream: &Field<String>) -> Field<String> {
    let stream_id = |id: &String| id.parse::<StreamId>().ok();
    match (role, id, stream) {
        (Field::Null, _, _) => Field::Null,
        (Field::Known(_), Field::Known(id), Field::Known(stream)) => {
            Field::from(stream_id(id).and_then(|id| ReaderRole::arn(id, stream)))
        }
        (Field::Known(_) | Field::Unknown, _, _) => Field::Unknown,
    }
}
