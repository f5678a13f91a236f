//! `/campaigns`

use std::collections::BTreeSet;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Redirect;
use fanner_model::{
    Campaign, CampaignId, CampaignItem, Code, Events, GrantId, NewAnswer, Page, PermissionId, Problem, RightId,
    Verdict, limit,
};
use serde::Deserialize;

use super::again::Form;
use super::day::LastDay;
use super::form::Filled;
use super::shown::Shown;
use super::visit::Visit;
use crate::access::Action;
use crate::app::App;
use crate::http::{Asked, Named, Paging, Refusal};
use crate::ops;

#[derive(Template)]
#[template(path = "campaign/list.html")]
struct ListPage {
    visit: Visit,
    campaigns: Page<Campaign>,
}

/// Lists the campaigns.
pub(super) async fn list(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let campaigns = ops::campaign::list(&app, &visit.actor, &paging.part()?).await?;
    Ok(Shown(ListPage { visit, campaigns }))
}

#[derive(Template)]
#[template(path = "campaign/show.html")]
struct CampaignPage {
    visit: Visit,
    campaign: Campaign,
    items: Page<CampaignItem>,
}

impl CampaignPage {
    /// Whether the visitor answers for this item.
    fn is_theirs(&self, item: &CampaignItem) -> bool {
        self.visit.may(Action::AnswerCampaigns)
            && ops::campaign::may_answer(&self.visit.actor, &self.campaign, item, self.visit.now).is_ok()
    }

    /// The form in which this item is answered.
    fn form(&self, item: &CampaignItem) -> Form<'_> {
        let form = self.visit.form("answers");
        match item.right.id {
            RightId::Grant(id) => form.about("grant", id, id),
            RightId::Permission(id) => form.about("permission", id, id),
        }
    }
}

/// Shows a campaign, and each right that somebody must answer for.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<CampaignId>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let campaign = ops::campaign::read(&app, &visit.actor, id).await?;
    let items = ops::campaign::items(&app, &visit.actor, id, &paging.part()?).await?;
    Ok(Shown(CampaignPage { visit, campaign, items }))
}

/// An answer as its form sends it: about one of the two kinds of rights.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    grant: Option<GrantId>,
    permission: Option<PermissionId>,
    verdict: Kind,
    /// The last day that a reduced right covers.
    until: Option<LastDay>,
    #[serde(deserialize_with = "limit::reason")]
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Attest,
    Reduce,
    Revoke,
}

impl TryFrom<Wanted> for NewAnswer {
    type Error = Problem;

    fn try_from(wanted: Wanted) -> Result<Self, Problem> {
        let Wanted { grant, permission, verdict, until, reason } = wanted;
        let right = match (grant, permission) {
            (Some(id), None) => RightId::Grant(id),
            (None, Some(id)) => RightId::Permission(id),
            (None, None) | (Some(_), Some(_)) => {
                return Err(Problem::new(
                    Code::InvalidField,
                    "an answer is about one right: a grant or a standing permission",
                ));
            }
        };
        let verdict = match verdict {
            Kind::Attest => Verdict::Attest,
            Kind::Reduce => Verdict::Reduce { mask: BTreeSet::new(), until: until.map(|LastDay(end)| end) },
            Kind::Revoke => Verdict::Revoke,
        };
        Ok(Self { right, verdict, reason })
    }
}

/// Answers for one right.
pub(super) async fn answer(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<CampaignId>,
    Filled(wanted): Filled<Wanted>,
) -> Result<Redirect, Refusal> {
    ops::campaign::answer(&app, &visit.actor, id, &NewAnswer::try_from(wanted)?).await?;
    Ok(Redirect::to(&format!("/campaigns/{id}")))
}
