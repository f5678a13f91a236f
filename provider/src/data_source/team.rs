//! `data "fanner_team"`: what access depends on about a team.

use fanner_model::{TeamName, TeamSpec};

use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::{Field, TextMap, block};
use crate::plugin::parse;
use crate::plugin::provider::{Context, DataSource};
use crate::plugin::schema::{Attribute, Schema};
use crate::problem;
use crate::resource::written_trainings;
use crate::session::Session;

block! {
    /// The block `data "fanner_team"`.
    pub struct TeamDataModel {
        pub name: Field<String>,
        pub described: Field<bool>,
        pub description: Field<String>,
        pub clearance: Field<String>,
        pub trainings: TextMap,
        pub active: Field<bool>,
    }
}

/// The data source type `fanner_team`.
#[derive(Clone, Copy, Debug)]
pub struct TeamData;

impl DataSource for TeamData {
    type Session = Session;
    type Model = TeamDataModel;

    const NAME: &'static str = "fanner_team";

    fn schema(&self) -> Schema {
        let attributes = vec![
            Attribute::text("name", "The team's name.").required().parsed_as::<TeamName>(),
            Attribute::bool("described", "Whether somebody described the team.").computed(),
            Attribute::text("description", "Who the team is.").computed(),
            Attribute::text("clearance", "The most careful events that the team can be trusted with.").computed(),
            Attribute::map_of_text(
                "trainings",
                "The trainings that the team has had, each with the moment from which it no longer counts.",
            )
            .computed(),
            Attribute::bool("active", "Whether the team receives anything.").computed(),
        ];
        let description = "What access depends on about a team. A team that nobody described is active, cleared for \
                           `internal` events and has had no training.";
        Schema { version: 0, description, attributes }
    }

    async fn read(&self, context: &Context<Session>, config: TeamDataModel) -> Result<TeamDataModel, Vec<Diagnostic>> {
        let name: TeamName = parse::required("name", &config.name)?;
        let (described, spec) = match context.session.client.team(&name).await {
            Ok(team) => (true, team.spec),
            Err(error) if error.is_not_found() => (false, TeamSpec::default()),
            Err(error) => return Err(problem::diagnostic(&error, TeamDataModel::ATTRIBUTES).into()),
        };
        let TeamSpec { description, clearance, trainings, active } = spec;
        Ok(TeamDataModel {
            name: config.name,
            described: Field::Known(described),
            description: description.into(),
            clearance: parse::word(&clearance).as_str().into(),
            trainings: written_trainings(&trainings, &Field::Null),
            active: Field::Known(active),
        })
    }
}
