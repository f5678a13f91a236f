//! `/campaigns`

use std::collections::BTreeSet;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use fanner_model::{
    Campaign, CampaignId, CampaignItem, CampaignScope, CampaignSpec, Classification, Code, EventName, Events,
    ExportFormat, FieldPath, GrantId, NewAnswer, Page, PermissionId, Problem, RightId, TeamName, Verdict, limit,
};
use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer};

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

/// A campaign as its form sends it.
#[derive(Debug, Deserialize)]
pub(super) struct New {
    #[serde(deserialize_with = "limit::reason")]
    title: String,
    team: Option<TeamName>,
    owner: Option<TeamName>,
    event: Option<EventName>,
    classification: Option<Classification>,
    /// The last day on which answers are taken.
    due_at: LastDay,
    unanswered: Unanswered,
}

/// What becomes of rights that nobody answered for in time.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unanswered {
    Listed,
    Revoked,
}

impl From<New> for CampaignSpec {
    fn from(new: New) -> Self {
        let New { title, team, owner, event, classification, due_at: LastDay(due_at), unanswered } = new;
        let revoke_unanswered = match unanswered {
            Unanswered::Listed => false,
            Unanswered::Revoked => true,
        };
        Self { title, scope: CampaignScope { team, owner, event, classification }, due_at, revoke_unanswered }
    }
}

/// Opens a campaign.
pub(super) async fn open(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Filled(new): Filled<New>,
) -> Result<Redirect, Refusal> {
    let campaign = ops::campaign::open(&app, &visit.actor, CampaignId::random(), &new.into()).await?;
    Ok(Redirect::to(&format!("/campaigns/{}", campaign.id)))
}

#[derive(Template)]
#[template(path = "campaign/show.html")]
struct CampaignPage {
    visit: Visit,
    campaign: Campaign,
    /// After which item the page begins.
    after: String,
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

/// Whether an item is about a grant, which can be reduced; a standing permission is never changed.
fn is_grant(item: &CampaignItem) -> bool {
    matches!(item.right.id, RightId::Grant(_))
}

/// Shows a campaign, and each right that somebody must answer for.
pub(super) async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<CampaignId>,
    Asked(paging): Asked<Paging>,
) -> Result<Shown<impl Template>, Refusal> {
    let campaign = ops::campaign::read(&app, &visit.actor, id).await?;
    let part = paging.part()?;
    let items = ops::campaign::items(&app, &visit.actor, id, &part).await?;
    Ok(Shown(CampaignPage { visit, campaign, after: part.after, items }))
}

/// An answer as its form sends it: about one of the two kinds of rights.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    grant: Option<GrantId>,
    permission: Option<PermissionId>,
    verdict: Kind,
    /// Further fields that a reduced right does without, with blanks or commas between.
    #[serde(default, deserialize_with = "fields")]
    mask: BTreeSet<FieldPath>,
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
        let Wanted { grant, permission, verdict, mask, until, reason } = wanted;
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
            Kind::Reduce => Verdict::Reduce { mask, until: until.map(|LastDay(end)| end) },
            Kind::Revoke => Verdict::Revoke,
        };
        Ok(Self { right, verdict, reason })
    }
}

/// The fields of a payload that a text names, no more than a program may name.
fn fields<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<FieldPath>, D::Error> {
    let text = String::deserialize(from)?;
    let names = text.split([' ', ',', '\r', '\n', '\t']).filter(|name| !name.is_empty());
    limit::fields(names.collect::<Vec<_>>().into_deserializer())
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

/// Which file of a campaign somebody wants.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exporting {
    /// Left out: as a table.
    #[serde(default)]
    format: ExportFormat,
    /// The note that signs the file, in its place.
    #[serde(default)]
    note: bool,
}

/// Gives out a campaign with all its answers, or the note that signs that.
pub(super) async fn export(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Named(id): Named<CampaignId>,
    Asked(Exporting { format, note }): Asked<Exporting>,
) -> Result<impl IntoResponse, Refusal> {
    let file = ops::campaign::export(&app, &visit.actor, id, format).await?;
    let (name, kind, text) = match (note, format) {
        (true, _) => (format!("{}.note", file.name), "text/plain; charset=utf-8", file.note),
        (false, ExportFormat::Csv) => (file.name, "text/csv; charset=utf-8", file.text),
        (false, ExportFormat::Json) => (file.name, "application/json", file.text),
    };
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))];
    Ok((headers, text))
}

#[cfg(test)]
mod tests {
    use serde::de::value::Error;

    use super::*;

    #[test]
    fn fields_are_named_with_anything_between_them() {
        let named = |text: &str| fields(text.into_deserializer()).map_err(|error: Error| error.to_string());
        let names = |text: &str| named(text).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names("member.email, ip\r\nage"), ["age", "ip", "member.email"]);
        assert_eq!(names(" "), Vec::<String>::new());
        let many: Vec<_> = (0..101).map(|number| format!("field_{number}")).collect();
        assert_eq!(named(&many.join(" ")).unwrap_err(), "101 fields are too many; name at most 100");
    }
}
