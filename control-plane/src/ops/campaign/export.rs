//! A campaign as a file that can be kept and believed later.

use fanner_model::{Answer, Campaign, CampaignId, CampaignItem, Export, ExportFormat, RightId};
use jiff::Timestamp;
use serde::Serialize;

use super::{csv, existing};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;

/// The columns of the table.
const HEAD: [&str; 17] = [
    "campaign",
    "title",
    "due at",
    "kind",
    "id",
    "team",
    "stream",
    "events",
    "purpose",
    "mask",
    "given by",
    "since",
    "until",
    "verdict",
    "reason",
    "answered by",
    "answered at",
];

/// A campaign with all its items, signed.
pub(crate) async fn export(app: &App, actor: &Actor, id: CampaignId, format: ExportFormat) -> Result<Export, Error> {
    allow(actor, Action::ExportCampaigns)?;
    let campaign = existing(app, id).await?;
    let items = app.store.campaign_items(id, "", u32::MAX).await?;
    let (ending, text) = match format {
        ExportFormat::Csv => ("csv", table(&campaign, &items, app.clock.now())),
        ExportFormat::Json => ("json", document(&campaign, &items)),
    };
    let name = format!("campaign-{id}.{ending}");
    let note = app.notary.seal(&name, &text);
    Ok(Export { name, text, note })
}

#[derive(Serialize)]
struct Document<'a> {
    campaign: &'a Campaign,
    items: &'a [CampaignItem],
}

fn document(campaign: &Campaign, items: &[CampaignItem]) -> String {
    let document = Document { campaign, items };
    serde_json::to_string_pretty(&document).expect("the model's types have text keys and cannot fail to serialize")
        + "\n"
}

fn table(campaign: &Campaign, items: &[CampaignItem], now: Timestamp) -> String {
    csv::table(HEAD, items.iter().map(|item| row(campaign, item, now)))
}

fn row(campaign: &Campaign, CampaignItem { right, owner: _, answer }: &CampaignItem, now: Timestamp) -> [String; 17] {
    let (kind, id) = match right.id {
        RightId::Grant(id) => ("grant", id.to_string()),
        RightId::Permission(id) => ("permission", id.to_string()),
    };
    let unanswered = if campaign.spec.due_at <= now { "unanswered" } else { "open" };
    let [verdict, reason, by, at] =
        answer.as_ref().map_or([unanswered.into(), String::new(), String::new(), String::new()], told);
    [
        campaign.id.to_string(),
        campaign.spec.title.clone(),
        campaign.spec.due_at.to_string(),
        kind.to_owned(),
        id,
        right.team.to_string(),
        right.stream.as_ref().map(ToString::to_string).unwrap_or_default(),
        right.events.to_string(),
        right.purpose.as_ref().map(ToString::to_string).unwrap_or_default(),
        joined(&right.mask),
        joined(&right.given_by),
        right.since.to_string(),
        right.until.to_string(),
        verdict,
        reason,
        by,
        at,
    ]
}

fn told(Answer { by, at, verdict, reason }: &Answer) -> [String; 4] {
    [verdict.to_string(), reason.clone(), by.to_string(), at.to_string()]
}

fn joined<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(" ")
}
