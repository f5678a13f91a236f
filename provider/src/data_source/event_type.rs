//! `data "fanner_event_types"`: the catalog, or a part of it.

use fanner_model::{Classification, EventType, Purpose, TeamName};

use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::{Field, TextMap, TextSet, block};
use crate::plugin::parse;
use crate::plugin::provider::{Context, DataSource};
use crate::plugin::schema::{Attribute, Schema};
use crate::problem;
use crate::session::{Session, event_types};

block! {
    /// The block `data "fanner_event_types"`.
    pub struct EventTypesModel {
        pub team: Field<String>,
        pub classification: Field<String>,
        pub name_prefix: Field<String>,
        pub names: TextSet,
        pub event_types: Field<Vec<EventTypeRow>>,
    }
}

block! {
    /// One event type of the list.
    pub struct EventTypeRow {
        pub name: Field<String>,
        pub team: Field<String>,
        pub description: Field<String>,
        pub classification: Field<String>,
        pub purposes: TextSet,
        pub tags: TextMap,
        pub version: Field<i64>,
    }
}

/// The data source type `fanner_event_types`.
#[derive(Clone, Copy, Debug)]
pub struct EventTypesData;

impl DataSource for EventTypesData {
    type Session = Session;
    type Model = EventTypesModel;

    const NAME: &'static str = "fanner_event_types";

    fn schema(&self) -> Schema {
        let row = vec![
            Attribute::text("name", "The event's name.").computed(),
            Attribute::text("team", "The team that owns it.").computed(),
            Attribute::text("description", "What it says.").computed(),
            Attribute::text("classification", "How carefully it must be handled.").computed(),
            Attribute::set_of_text("purposes", "What it may be used for.").computed(),
            Attribute::map_of_text("tags", "Its tags.").computed(),
            Attribute::integer("version", "How often its declaration has changed, from 1 up.").computed(),
        ];
        let attributes = vec![
            Attribute::text("team", "Only events that this team owns.").parsed_as::<TeamName>(),
            Attribute::text(
                "classification",
                "Only events of this classification: `public`, `internal`, `confidential` or `restricted`.",
            )
            .parsed_as::<Classification>(),
            Attribute::text("name_prefix", "Only events whose names begin like this."),
            Attribute::set_of_text("names", "The names of the events that were found.").computed(),
            Attribute::list_of_objects("event_types", row, "The events that were found, in the order of their names.")
                .computed(),
        ];
        let description = "Searches the catalog of event types.";
        Schema { version: 0, description, attributes }
    }

    async fn read(
        &self,
        context: &Context<Session>,
        config: EventTypesModel,
    ) -> Result<EventTypesModel, Vec<Diagnostic>> {
        let team: Option<TeamName> = parse::optional("team", &config.team)?;
        let classification: Option<Classification> = parse::optional("classification", &config.classification)?;
        let prefix = config.name_prefix.known().map_or("", String::as_str);
        let wanted = |found: &EventType| {
            team.as_ref().is_none_or(|team| *team == found.team)
                && classification.is_none_or(|classification| classification == found.spec.classification)
                && found.name.as_str().starts_with(prefix)
        };

        let mut found = event_types(&context.session.client)
            .await
            .map_err(|error| problem::diagnostic(&error, EventTypesModel::ATTRIBUTES))?;
        found.retain(wanted);
        Ok(EventTypesModel {
            names: found.iter().map(|found| found.name.as_str()).collect(),
            event_types: Field::Known(found.into_iter().map(row).collect()),
            ..config
        })
    }
}

fn row(found: EventType) -> EventTypeRow {
    EventTypeRow {
        name: found.name.as_str().into(),
        team: found.team.as_str().into(),
        description: found.spec.description.into(),
        classification: parse::word(&found.spec.classification).as_str().into(),
        purposes: found.spec.purposes.iter().map(Purpose::as_str).collect(),
        tags: found.spec.tags.iter().collect(),
        version: Field::Known(found.version.try_into().expect("nothing is declared 2^63 times")),
    }
}
