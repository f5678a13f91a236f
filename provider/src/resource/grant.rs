//! `fanner_grant`: a standing permission, by which a team may have events without asking.

use std::collections::BTreeSet;

use fanner_model::{Permission, PermissionId, PermissionSpec, PlanRequest, TeamName};
use jiff::Timestamp;

use super::choice;
use super::creation::{self, answered};
use super::{access, moment};
use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::field::{Field, block};
use crate::plugin::parse;
use crate::plugin::provider::{Applied, Context, Resource};
use crate::plugin::schema::{Attribute, Schema};
use crate::plugin::timeouts::Deadline;
use crate::problem;
use crate::session::Session;

block! {
    /// The block `fanner_grant`.
    pub struct GrantModel {
        pub id: Field<String>,
        pub team: Field<String>,
        pub event: Field<String>,
        pub owned_by: Field<String>,
        pub everything: Field<bool>,
        pub expires_at: Field<String>,
        pub reason: Field<String>,
    }
}

/// The resource type `fanner_grant`.
#[derive(Clone, Copy, Debug)]
pub struct GrantResource;

impl Resource for GrantResource {
    type Session = Session;
    type Model = GrantModel;

    const NAME: &'static str = "fanner_grant";

    fn schema(&self) -> Schema {
        let rest = [
            Attribute::text("team", "The team that may have the events.").required().replaces().parsed_as::<TeamName>(),
            Attribute::text("expires_at", "From when on it permits nothing, such as `2027-01-31T00:00:00Z`.")
                .required()
                .replaces()
                .parsed_as::<Timestamp>(),
            Attribute::text("reason", "Why, for those who review it.").replaces(),
            Attribute::text("id", "Identifies the standing permission.").computed().stable(),
        ];
        let description = "A standing permission: a team may have events without asking for each. By default it includes \
                           `public` and `internal` events; a more careful one needs a grant that somebody approves. The \
                           owner of the events gives it, or security. It is never changed, only replaced: with \
                           `create_before_destroy`, the events flow without a gap.";
        Schema { version: 0, description, attributes: choice::events().into_iter().chain(rest).collect() }
    }

    fn validate(&self, config: &GrantModel) -> Vec<Diagnostic> {
        let GrantModel { event, owned_by, everything, .. } = config;
        choice::validate(&choice::given_events(event, owned_by, everything)).into_iter().collect()
    }

    async fn review(
        &self,
        context: &Context<Session>,
        _: Option<&GrantModel>,
        planned: &GrantModel,
    ) -> Vec<Diagnostic> {
        let request = match spec(planned) {
            Ok(Some(spec)) => PlanRequest::Permission { spec },
            Ok(None) => return Vec::new(),
            Err(wrong) => return wrong.into(),
        };
        match context.session.client.plan(&request).await {
            Ok(answer) => access::review(&answer, &BTreeSet::new(), GrantModel::ATTRIBUTES),
            Err(error) => problem::diagnostic(&error, GrantModel::ATTRIBUTES).into(),
        }
    }

    fn remarks(&self, found: &GrantModel) -> Vec<Diagnostic> {
        moment::read(&found.expires_at).and_then(|end| ending(end, moment::now())).into_iter().collect()
    }

    async fn create(&self, context: &Context<Session>, planned: GrantModel) -> Applied<GrantModel> {
        let (id, spec) = match complete(&planned) {
            Ok(spec) => (PermissionId::random(), spec),
            Err(wrong) => return Applied::failed(wrong),
        };
        let attempt = || context.session.client.put_permission(id, &spec);
        let made = answered(context, Deadline::after(creation::PATIENCE), attempt).await;
        let applied = GrantModel { id: id.to_string().as_str().into(), ..planned };
        match made {
            Ok(_) => Applied::done(applied),
            Err(failure) => {
                let what = format!("standing permission `{id}`");
                creation::perhaps(&failure, &what, GrantModel::ATTRIBUTES, applied)
            }
        }
    }

    async fn read(&self, context: &Context<Session>, state: GrantModel) -> Result<Option<GrantModel>, Vec<Diagnostic>> {
        let id: PermissionId = parse::required("id", &state.id)?;
        match context.session.find::<Permission>(&id.to_string()).await {
            Ok(found) => Ok(found.map(|found| seen(found, &state))),
            Err(error) => Err(problem::diagnostic(error, GrantModel::ATTRIBUTES).into()),
        }
    }

    async fn update(&self, _: &Context<Session>, prior: GrantModel, _: GrantModel) -> Applied<GrantModel> {
        // Whatever differs replaces it.
        Applied::done(prior)
    }

    async fn delete(&self, context: &Context<Session>, prior: GrantModel) -> Result<(), Vec<Diagnostic>> {
        let ended = context.session.client.end_permission(parse::required("id", &prior.id)?).await;
        ended.map_err(|error| problem::diagnostic(&error, GrantModel::ATTRIBUTES).into())
    }

    fn import(&self, id: &str) -> Result<GrantModel, Diagnostic> {
        match id.parse::<PermissionId>() {
            Ok(_) => Ok(GrantModel { id: id.into(), ..GrantModel::default() }),
            Err(error) => Err(Diagnostic::error("Import takes a standing permission's id", error)),
        }
    }
}

/// What is asked for; `None` while some of it is not known.
fn spec(model: &GrantModel) -> Result<Option<PermissionSpec>, Diagnostic> {
    let team = parse::optional("team", &model.team)?;
    let events = choice::chosen_events(&model.event, &model.owned_by, &model.everything)?;
    let expires_at = parse::optional("expires_at", &model.expires_at)?;
    let reason = model.reason.known().cloned();
    let (Some(team), Some(events), Some(expires_at)) = (team, events, expires_at) else { return Ok(None) };
    Ok(Some(PermissionSpec { team, events, expires_at, reason }))
}

fn complete(model: &GrantModel) -> Result<PermissionSpec, Diagnostic> {
    spec(model)?.ok_or_else(|| Diagnostic::error("Something is missing", "a value is not known while it is applied"))
}

/// The state as the control plane has it.
fn seen(found: &Permission, state: &GrantModel) -> GrantModel {
    let PermissionSpec { team, events, expires_at, reason } = &found.spec;
    let (event, owned_by, everything) = choice::written_events(events);
    GrantModel {
        id: found.id.to_string().as_str().into(),
        team: team.as_str().into(),
        event,
        owned_by,
        everything,
        expires_at: moment::written(*expires_at, state.expires_at.known().map(String::as_str)).as_str().into(),
        reason: reason.clone().into(),
    }
}

/// That a standing permission has ended, or soon does.
fn ending(end: Timestamp, now: Timestamp) -> Option<Diagnostic> {
    let (summary, detail) = match moment::is_near(end, now) {
        true => (
            "The standing permission soon ends",
            format!("from {end} on it permits nothing; to go on, choose a later `expires_at`"),
        ),
        false if end <= now => (
            "The standing permission has ended",
            format!("since {end} it permits nothing; choose a later `expires_at`, or take the block out"),
        ),
        false => return None,
    };
    Some(Diagnostic::warning(summary, detail).at("expires_at"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_when_it_is_near_and_when_it_is_over() {
        let day = |number: i64| Timestamp::from_second(number * 86_400).unwrap();
        let told = |end| ending(day(end), day(100)).map(|told| told.summary);
        assert_eq!(told(115), None);
        assert_eq!(told(114).as_deref(), Some("The standing permission soon ends"));
        assert_eq!(told(100).as_deref(), Some("The standing permission has ended"));
    }
}
