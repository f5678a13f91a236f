//! Campaigns: security opens one, those who answer for rights decide about each, and what came of it can be shown.

mod answer;
mod csv;
mod export;
mod scope;

use fanner_model::{Campaign, CampaignId, CampaignItem, CampaignSpec, Code, Page, Problem, Progress};
use tracing::info;

pub(crate) use self::answer::{answer, finish, may_answer};
pub(crate) use self::export::export;
use super::audit::author;
use super::link::ends_later;
use super::{Part, page, right};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;

/// Every campaign, the oldest first.
pub(crate) async fn list(app: &App, actor: &Actor, part: &Part) -> Result<Page<Campaign>, Error> {
    allow(actor, Action::ReadCampaigns)?;
    let campaigns = app.store.campaigns(&part.after, part.limit).await?;
    Ok(page(campaigns, part, |campaign| campaign.id.to_string()))
}

/// One campaign.
pub(crate) async fn read(app: &App, actor: &Actor, id: CampaignId) -> Result<Campaign, Error> {
    allow(actor, Action::ReadCampaigns)?;
    existing(app, id).await
}

/// Opens a campaign about every right in its scope that is live now.
pub(crate) async fn open(app: &App, actor: &Actor, id: CampaignId, spec: &CampaignSpec) -> Result<Campaign, Error> {
    allow(actor, Action::ChangeCampaigns)?;
    if let Some(old) = app.store.campaign(id).await? {
        return same(old, spec);
    }
    let (world, now) = (app.world().await?, app.clock.now());
    ends_later(spec.due_at, now, "due_at")?;
    let items = scope::items(&world, &spec.scope, right::live(app, now).await?);
    if items.is_empty() {
        let detail = "nobody has a live grant or standing permission in this scope; choose a wider one";
        return Err(Problem::new(Code::InvalidField, detail).at("scope").into());
    }
    let progress = Progress { open: items.len() as u64, ..Progress::default() };
    let new = Campaign { id, created_by: actor.caller.clone(), created_at: now, spec: spec.clone(), progress };
    match app.store.insert_campaign(&author(app, actor), &new, &items).await? {
        true => {
            info!(campaign = %id, items = items.len(), by = %actor.caller, "campaign was opened");
            Ok(new)
        }
        false => same(existing(app, id).await?, spec),
    }
}

/// What a campaign is about, as far as it concerns the caller: what its team has or answers for, or all.
pub(crate) async fn items(app: &App, actor: &Actor, id: CampaignId, part: &Part) -> Result<Page<CampaignItem>, Error> {
    allow(actor, Action::ReadCampaigns)?;
    existing(app, id).await?;
    let items = match actor.limit() {
        None => app.store.campaign_items(id, &part.after, part.limit).await?,
        Some(team) => {
            let all = app.store.campaign_items(id, &part.after, u32::MAX).await?;
            let concerns = |item: &CampaignItem| item.right.team == *team || item.owner.as_ref() == Some(team);
            all.into_iter().filter(concerns).take(part.limit as usize).collect()
        }
    };
    Ok(page(items, part, |item| item.right.id.to_string()))
}

async fn existing(app: &App, id: CampaignId) -> Result<Campaign, Error> {
    let missing = || Error::refused(Code::NotFound, format!("there is no campaign `{id}`"));
    app.store.campaign(id).await?.ok_or_else(missing)
}

/// The answer to opening what is open already.
fn same(old: Campaign, spec: &CampaignSpec) -> Result<Campaign, Error> {
    if old.spec == *spec {
        return Ok(old);
    }
    let detail = format!("campaign `{}` says something else and is never changed; open another", old.id);
    Err(Error::refused(Code::AlreadyExists, detail))
}
