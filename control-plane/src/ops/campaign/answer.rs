//! What is decided about a right, and what comes of it.

use std::collections::BTreeSet;

use fanner_model::{
    Answer, CallerId, Campaign, CampaignId, CampaignItem, Code, FieldPath, Grant, GrantId, NewAnswer, Permission,
    PermissionId, Problem, Revoked, RightId, Verdict,
};
use jiff::Timestamp;
use tracing::info;

use super::existing;
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
use crate::ops::audit::{author, platform};
use crate::store::Consequence;

/// Answers for a right; its owner and security may.
pub(crate) async fn answer(app: &App, actor: &Actor, id: CampaignId, new: &NewAnswer) -> Result<CampaignItem, Error> {
    allow(actor, Action::AnswerCampaigns)?;
    decided!(app, "the item", world => {
        let now = app.clock.now();
        let campaign = existing(app, id).await?;
        let missing = || Error::refused(Code::NotFound, format!("campaign `{id}` is not about {}", new.right));
        let item = app.store.campaign_item(id, new.right).await?.ok_or_else(missing)?;
        may_answer(actor, &campaign, &item, now)?;
        let answer = Answer { by: actor.caller.clone(), at: now, verdict: new.verdict.clone(), reason: new.reason.trim().to_owned() };
        let consequence = consequence(app, new.right, &answer).await?;
        let item = CampaignItem { answer: Some(answer), ..item };
        let written = app.store.answer_item(&author(app, actor), id, &item, &new.verdict, &consequence, world.revision()).await?;
        if written {
            info!(campaign = %id, right = %new.right, verdict = %new.verdict, by = %actor.caller, "right was reviewed");
            app.signals.rules.notify_one();
        }
        Ok(written.then_some(item))
    })
}

/// Revokes what nobody answered in time, of the campaigns that say so.
pub(crate) async fn finish(app: &App) -> Result<(), Error> {
    for campaign in app.store.campaigns_to_finish(app.clock.now()).await? {
        let items = app.store.campaign_items(campaign.id, "", u32::MAX).await?;
        for item in items.into_iter().filter(|item| item.answer.is_none()) {
            revoke_unanswered(app, &campaign, &item).await?;
        }
    }
    Ok(())
}

async fn revoke_unanswered(app: &App, campaign: &Campaign, item: &CampaignItem) -> Result<(), Error> {
    let (author, right) = (platform(app), item.right.id);
    let due = campaign.spec.due_at.strftime("%F");
    let reason = format!("nobody answered for it in campaign `{}` by {due}", campaign.spec.title);
    decided!(app, "the item", world => {
        let answer = Answer { by: author.caller.clone(), at: app.clock.now(), verdict: Verdict::Revoke, reason: reason.clone() };
        let consequence = match consequence(app, right, &answer).await {
            // It has ended by itself: all that is left to do is to say so.
            Err(Error::Refused(problem)) if problem.code == Code::Closed => Consequence::None,
            other => other?,
        };
        let item = CampaignItem { answer: Some(answer), ..item.clone() };
        let written = app.store.answer_item(&author, campaign.id, &item, &Verdict::Revoke, &consequence, world.revision()).await?;
        let is_settled = written || is_answered(app, campaign.id, right).await?;
        if written {
            info!(campaign = %campaign.id, %right, "right that nobody answered for was revoked");
            app.signals.rules.notify_one();
        }
        Ok(is_settled.then_some(()))
    })
}

async fn is_answered(app: &App, campaign: CampaignId, right: RightId) -> Result<bool, Error> {
    Ok(app.store.campaign_item(campaign, right).await?.is_none_or(|item| item.answer.is_some()))
}

/// Whether the caller, whose role answers for rights, may answer for this one at `now`.
pub(crate) fn may_answer(
    actor: &Actor,
    campaign: &Campaign,
    item: &CampaignItem,
    now: Timestamp,
) -> Result<(), Problem> {
    is_theirs(actor, item)?;
    is_open(campaign, item, now)
}

/// Whether the caller answers for a right. Nobody does for what their own team has.
fn is_theirs(actor: &Actor, item: &CampaignItem) -> Result<(), Problem> {
    let right = &item.right;
    if right.team == actor.team {
        let detail = format!("team `{}` has {}; somebody else must answer for it", right.team, right.id);
        return Err(Problem::new(Code::Forbidden, detail));
    }
    match (actor.limit(), &item.owner) {
        (None, _) => Ok(()),
        (Some(team), Some(owner)) if team == owner => Ok(()),
        (Some(_), Some(owner)) => {
            let detail = format!("team `{owner}` or security answers for {}", right.id);
            Err(Problem::new(Code::Forbidden, detail))
        }
        (Some(_), None) => Err(Problem::new(Code::Forbidden, format!("security answers for {}", right.id))),
    }
}

/// Whether there is still something to answer.
fn is_open(campaign: &Campaign, item: &CampaignItem, now: Timestamp) -> Result<(), Problem> {
    if let Some(Answer { by, at, verdict, .. }) = &item.answer {
        let detail = format!("{} was answered by `{by}` on {}: {verdict}", item.right.id, at.strftime("%F"));
        return Err(Problem::new(Code::Closed, detail));
    }
    match campaign.spec.due_at <= now {
        true => {
            Err(Problem::new(Code::Closed, format!("campaign `{}` ended at {}", campaign.id, campaign.spec.due_at)))
        }
        false => Ok(()),
    }
}

/// What an answer does to its right.
///
/// # Errors
/// The right has ended, or cannot become what is asked for.
async fn consequence(app: &App, right: RightId, answer: &Answer) -> Result<Consequence, Error> {
    match right {
        RightId::Grant(id) => {
            let grant = live_grant(app, id, answer.at).await?;
            Ok(of_grant(grant, answer)?)
        }
        RightId::Permission(id) => {
            live_permission(app, id, answer.at).await?;
            Ok(of_permission(id, &answer.verdict)?)
        }
    }
}

fn of_grant(grant: Grant, answer: &Answer) -> Result<Consequence, Problem> {
    let Answer { by, at, verdict, reason } = answer;
    Ok(match verdict {
        Verdict::Attest => Consequence::None,
        Verdict::Reduce { mask, until } => Consequence::Grant(Box::new(reduced(grant, mask, *until, *at)?)),
        Verdict::Revoke => Consequence::Grant(Box::new(revoked(grant, by, *at, reason))),
    })
}

fn of_permission(id: PermissionId, verdict: &Verdict) -> Result<Consequence, Problem> {
    match verdict {
        Verdict::Attest => Ok(Consequence::None),
        Verdict::Revoke => Ok(Consequence::End(id)),
        Verdict::Reduce { .. } => {
            let detail = "a standing permission is never changed; attest or revoke it";
            Err(Problem::new(Code::InvalidField, detail).at("verdict"))
        }
    }
}

/// A grant that gives less.
fn reduced(
    grant: Grant,
    mask: &BTreeSet<FieldPath>,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<Grant, Problem> {
    let wrong = |detail: String| Err(Problem::new(Code::InvalidField, detail).at("verdict.reduce"));
    let until = until.unwrap_or(grant.until);
    if until <= now || grant.until < until {
        return wrong(format!("`{until}` is no earlier end; choose one after now and before `{}`", grant.until));
    }
    if until == grant.until && mask.iter().all(|field| grant.masked().any(|masked| masked == field)) {
        return wrong("nothing would be reduced; name fields to mask, or an earlier end".to_owned());
    }
    Ok(Grant { reduced: &grant.reduced | mask, until, ..grant })
}

fn revoked(grant: Grant, by: &CallerId, at: Timestamp, reason: &str) -> Grant {
    Grant { revoked: Some(Revoked::new(by.clone(), at, reason)), ..grant }
}

async fn live_grant(app: &App, id: GrantId, now: Timestamp) -> Result<Grant, Error> {
    let live = app.store.grant(id).await?.filter(|grant| grant.is_live(now));
    live.ok_or_else(|| Error::refused(Code::Closed, format!("grant `{id}` has ended; there is nothing to answer")))
}

async fn live_permission(app: &App, id: PermissionId, now: Timestamp) -> Result<Permission, Error> {
    let live = app.store.link::<Permission>(id).await?.filter(|permission| now < permission.spec.expires_at);
    live.ok_or_else(|| Error::refused(Code::Closed, format!("permission `{id}` has ended; there is nothing to answer")))
}
