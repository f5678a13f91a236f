//! `fanner_team`: what access depends on about a team.

use std::collections::BTreeMap;

use fanner_client::{Client, Error, Guard, IdempotencyKey};
use fanner_model::{Classification, Team, TeamName, TeamSpec, Training};
use jiff::Timestamp;

use super::document::{self, Document};
use super::moment;
use crate::plugin::diagnostics::{Diagnostic, Severity};
use crate::plugin::field::{Field, TextMap, block};
use crate::plugin::parse;
use crate::plugin::provider::{Applied, Context, Resource};
use crate::plugin::schema::{Attribute, Schema};
use crate::session::Session;

block! {
    /// The block `fanner_team`.
    pub struct TeamModel {
        pub id: Field<String>,
        pub name: Field<String>,
        pub description: Field<String>,
        pub clearance: Field<String>,
        pub trainings: TextMap,
        pub active: Field<bool>,
        pub version: Field<i64>,
    }
}

/// The resource type `fanner_team`.
#[derive(Clone, Copy, Debug)]
pub struct TeamResource;

impl Resource for TeamResource {
    type Session = Session;
    type Model = TeamModel;

    const NAME: &'static str = "fanner_team";

    fn schema(&self) -> Schema {
        let attributes = vec![
            Attribute::text(
                "name",
                "The team's name: a lower-case letter, then `a-z`, `0-9` and `-`, at most 64 characters. Another name is \
                 another team.",
            )
            .required()
            .replaces()
            .parsed_as::<TeamName>(),
            Attribute::text("description", "Who the team is, for other people."),
            Attribute::text(
                "clearance",
                "The most careful events that the team can be trusted with: `public`, `internal`, `confidential` or \
                 `restricted`.",
            )
            .or("internal")
            .parsed_as::<Classification>(),
            Attribute::map_of_text(
                "trainings",
                "The trainings that the team has had, each with the moment from which it no longer counts, such as \
                 `{ pii-2026 = \"2027-01-31T00:00:00Z\" }`.",
            )
            .parsed_as::<Timestamp>(),
            Attribute::bool(
                "active",
                "Whether the team receives anything. Set it to `false` to off-board a team: at once its streams get nothing \
                 more, not even the team's own events.",
            )
            .or(true),
            Attribute::text("id", "The same as `name`.").computed().stable(),
            Attribute::integer("version", "How often the description has changed, from 1 up.").computed(),
        ];
        let description = "What access depends on about a team. Only those who run the platform and security describe \
                           teams. A team that is not described, or not any more, is active, cleared for `internal` events \
                           and has had no training: to off-board a team, keep its description.";
        Schema { version: 0, description, attributes }
    }

    fn validate(&self, config: &TeamModel) -> Vec<Diagnostic> {
        let names = config.trainings.known().into_iter().flatten().map(|(name, _)| name);
        let wrong = names.filter_map(|name| parse::text::<Training>(name).err());
        wrong.map(|wrong| Diagnostic::error("Invalid trainings", wrong).at("trainings")).collect()
    }

    fn is_settled(&self, prior: &TeamModel) -> bool {
        document::is_settled::<Team>(prior)
    }

    async fn review(&self, _: &Context<Session>, prior: Option<&TeamModel>, planned: &TeamModel) -> Vec<Diagnostic> {
        let was_active = prior.is_none_or(|prior| prior.active != Field::Known(false));
        if planned.active != Field::Known(false) || !was_active {
            return Vec::new();
        }
        let name = planned.name.known().map_or("", String::as_str);
        let detail =
            format!("from this apply on, no stream of team `{name}` receives anything, not even its own events");
        Diagnostic::warning("The team is off-boarded", detail).at("active").into()
    }

    async fn create(&self, context: &Context<Session>, planned: TeamModel) -> Applied<TeamModel> {
        document::create::<Team>(context, planned).await
    }

    async fn read(&self, context: &Context<Session>, state: TeamModel) -> Result<Option<TeamModel>, Vec<Diagnostic>> {
        document::read::<Team>(context, state).await
    }

    async fn update(&self, context: &Context<Session>, prior: TeamModel, planned: TeamModel) -> Applied<TeamModel> {
        document::update::<Team>(context, prior, planned).await
    }

    async fn delete(&self, context: &Context<Session>, prior: TeamModel) -> Result<(), Vec<Diagnostic>> {
        document::delete::<Team>(context, prior).await
    }

    fn import(&self, id: &str) -> Result<TeamModel, Diagnostic> {
        document::import::<Team>(id)
    }
}

impl Document for Team {
    type Model = TeamModel;
    type Name = TeamName;
    type Spec = TeamSpec;

    const NOUN: &'static str = "team";
    const ATTRIBUTES: &'static [&'static str] = TeamModel::ATTRIBUTES;
    /// Made anew, the team would for a moment be one that nobody described.
    const UNANSWERED: Severity = Severity::Warning;

    async fn put(client: &Client, name: &TeamName, spec: &TeamSpec, guard: Guard) -> Result<Self, Error> {
        client.put_team(name, spec, guard).await
    }

    async fn made(client: &Client, name: &TeamName, key: IdempotencyKey) -> Result<Option<Self>, Error> {
        client.made_team(name, key).await
    }

    async fn delete(client: &Client, name: &TeamName) -> Result<(), Error> {
        client.delete_team(name).await
    }

    fn id(state: &TeamModel) -> &Field<String> {
        &state.id
    }

    fn name(model: &TeamModel) -> Result<TeamName, Diagnostic> {
        document::named(&model.name)
    }

    fn spec(_: &Session, model: &TeamModel) -> Result<TeamSpec, Diagnostic> {
        let default = TeamSpec::default();
        Ok(TeamSpec {
            description: model.description.known().cloned(),
            clearance: parse::optional("clearance", &model.clearance)?.unwrap_or(default.clearance),
            trainings: trainings(&model.trainings)?,
            active: model.active.known().copied().unwrap_or(default.active),
        })
    }

    fn applied(&self, planned: TeamModel) -> TeamModel {
        TeamModel { id: self.name.as_str().into(), version: document::version(self.version), ..planned }
    }

    fn unclear(_: &TeamSpec, planned: TeamModel) -> TeamModel {
        TeamModel { id: Field::Null, version: Field::Null, ..planned }
    }

    fn seen(&self, _: &Session, state: &TeamModel) -> TeamModel {
        let TeamSpec { description, clearance, trainings, active } = &self.spec;
        TeamModel {
            id: self.name.as_str().into(),
            name: self.name.as_str().into(),
            description: description.clone().into(),
            clearance: parse::word(clearance).as_str().into(),
            trainings: written(trainings, &state.trainings).unless_empty(&state.trainings),
            active: Field::Known(*active),
            version: document::version(self.version),
        }
    }

    fn imported(name: &TeamName) -> TeamModel {
        TeamModel { name: name.as_str().into(), ..TeamModel::default() }
    }
}

fn trainings(written: &TextMap) -> Result<BTreeMap<Training, Timestamp>, Diagnostic> {
    let read = |(name, end)| Ok((parse::text(name)?, parse::text(end)?));
    let trainings = written.texts().map(read).collect::<Result<_, String>>();
    trainings.map_err(|wrong| Diagnostic::error("Invalid trainings", wrong).at("trainings"))
}

/// Trainings with their ends as they were written before.
pub(crate) fn written(trainings: &BTreeMap<Training, Timestamp>, before: &TextMap) -> TextMap {
    let before: BTreeMap<_, _> = before.texts().collect();
    let written = |(training, end): (&Training, &Timestamp)| {
        (training.to_string(), moment::written(*end, before.get(training.as_str()).copied()))
    };
    trainings.iter().map(written).collect()
}
