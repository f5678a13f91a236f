//! `fanner_quarantine`: nothing of some events is delivered, whatever permits it.

use fanner_model::{Quarantine, QuarantineId, QuarantineSpec, StreamName, TeamName};

use super::choice::{self, Given};
use super::creation::{self, answered};
use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::{Field, block};
use crate::plugin::parse;
use crate::plugin::provider::{Applied, Context, Resource};
use crate::plugin::schema::{Attribute, Schema};
use crate::plugin::timeouts::Deadline;
use crate::problem;
use crate::session::Session;

block! {
    /// The block `fanner_quarantine`.
    pub struct QuarantineModel {
        pub id: Field<String>,
        pub team: Field<String>,
        pub stream: Field<String>,
        pub everybody: Field<bool>,
        pub event: Field<String>,
        pub owned_by: Field<String>,
        pub everything: Field<bool>,
        pub reason: Field<String>,
    }
}

/// The resource type `fanner_quarantine`.
#[derive(Clone, Copy, Debug)]
pub struct QuarantineResource;

impl Resource for QuarantineResource {
    type Session = Session;
    type Model = QuarantineModel;

    const NAME: &'static str = "fanner_quarantine";

    fn schema(&self) -> Schema {
        let rest = [
            Attribute::text("team", "The team whose streams receive nothing of it.").replaces().parsed_as::<TeamName>(),
            Attribute::text("stream", "The one stream that receives nothing of it.")
                .replaces()
                .parsed_as::<StreamName>(),
            choice::only_true("everybody", "`true`: no stream receives anything of it."),
            Attribute::text("reason", "Why, in the words that those concerned will read.").required().replaces(),
            Attribute::text("id", "Identifies the quarantine.").computed().stable(),
        ];
        let description = "A quarantine: from its apply on, nothing of the events is delivered, whatever permits them, until \
                           it is destroyed. Only security imposes one. It is never changed, only replaced: with \
                           `create_before_destroy`, nothing slips through in between.";
        Schema { version: 0, description, attributes: choice::events().into_iter().chain(rest).collect() }
    }

    fn validate(&self, config: &QuarantineModel) -> Vec<Diagnostic> {
        let QuarantineModel { team, stream, everybody, event, owned_by, everything, .. } = config;
        let events = choice::given_events(event, owned_by, everything);
        let receivers =
            [("team", Given::from(team)), ("stream", Given::from(stream)), ("everybody", Given::from(everybody))];
        [choice::validate(&events), choice::validate(&receivers)].into_iter().flatten().collect()
    }

    async fn create(&self, context: &Context<Session>, planned: QuarantineModel) -> Applied<QuarantineModel> {
        let (id, spec) = match spec(&planned) {
            Ok(spec) => (QuarantineId::random(), spec),
            Err(wrong) => return Applied::failed(wrong),
        };
        let attempt = || context.session.client.put_quarantine(id, &spec);
        let made = answered(context, Deadline::after(creation::PATIENCE), attempt).await;
        let applied = QuarantineModel { id: id.to_string().as_str().into(), ..planned };
        match made {
            Ok(_) => Applied::done(applied),
            Err(failure) => {
                let what = format!("quarantine `{id}`");
                creation::perhaps(&failure, &what, QuarantineModel::ATTRIBUTES, applied)
            }
        }
    }

    async fn read(
        &self,
        context: &Context<Session>,
        state: QuarantineModel,
    ) -> Result<Option<QuarantineModel>, Vec<Diagnostic>> {
        let id: QuarantineId = parse::required("id", &state.id)?;
        match context.session.find::<Quarantine>(&id.to_string()).await {
            Ok(found) => Ok(found.map(seen)),
            Err(error) => Err(problem::diagnostic(error, QuarantineModel::ATTRIBUTES).into()),
        }
    }

    async fn update(
        &self,
        _: &Context<Session>,
        prior: QuarantineModel,
        _: QuarantineModel,
    ) -> Applied<QuarantineModel> {
        // Whatever differs replaces it.
        Applied::done(prior)
    }

    async fn delete(&self, context: &Context<Session>, prior: QuarantineModel) -> Result<(), Vec<Diagnostic>> {
        let lifted = context.session.client.lift_quarantine(parse::required("id", &prior.id)?).await;
        lifted.map_err(|error| problem::diagnostic(&error, QuarantineModel::ATTRIBUTES).into())
    }

    fn import(&self, id: &str) -> Result<QuarantineModel, Diagnostic> {
        match id.parse::<QuarantineId>() {
            Ok(_) => Ok(QuarantineModel { id: id.into(), ..QuarantineModel::default() }),
            Err(error) => Err(Diagnostic::error("Import takes a quarantine's id", error)),
        }
    }
}

fn spec(model: &QuarantineModel) -> Result<QuarantineSpec, Diagnostic> {
    let who = choice::chosen_receivers(&model.team, &model.stream, &model.everybody)?;
    let events = choice::chosen_events(&model.event, &model.owned_by, &model.everything)?;
    let (Some(who), Some(events)) = (who, events) else {
        return Err(Diagnostic::error("Something is missing", "a value is not known while it is applied"));
    };
    Ok(QuarantineSpec { who, events, reason: parse::required("reason", &model.reason)? })
}

/// The state as the control plane has it.
fn seen(found: &Quarantine) -> QuarantineModel {
    let QuarantineSpec { who, events, reason } = &found.spec;
    let (team, stream, everybody) = choice::written_receivers(who);
    let (event, owned_by, everything) = choice::written_events(events);
    QuarantineModel {
        id: found.id.to_string().as_str().into(),
        team,
        stream,
        everybody,
        event,
        owned_by,
        everything,
        reason: reason.as_str().into(),
    }
}
