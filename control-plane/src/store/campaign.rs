//! Campaigns, and the rights that they are about.

use fanner_audit::{Action, Noun};
use fanner_model::{
    Campaign, CampaignId, CampaignItem, Grant, Permission, PermissionId, Progress, Revision, RightId, Verdict,
};
use jiff::Timestamp;

use super::audit::{Author, Deed, change};
use super::column::{from_json, to_json, unsigned};
use super::enforcement::decide;
use super::grant::write_grant;
use super::link::{Link, end_link};
use super::revision::raise_access;
use super::{Pool, Store, StoreError, on, transact};

/// What an answer does to the right that it is about.
#[derive(Clone, Debug)]
pub(crate) enum Consequence {
    /// It stays as it is, or has ended already.
    None,
    /// The grant is from now on so.
    Grant(Box<Grant>),
    /// The standing permission ends.
    End(PermissionId),
}

impl Store {
    /// One campaign.
    pub(crate) async fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
        const SQL: &str = "select body from campaign where id = $1";
        let body: Option<String> =
            on!(self.reading, db => sqlx::query_scalar(SQL).bind(id.to_string()).fetch_optional(db).await)?;
        let Some(body) = body else { return Ok(None) };
        self.with_progress(from_json("campaign.body", &body)?).await.map(Some)
    }

    /// Campaigns in the order of their ids.
    pub(crate) async fn campaigns(&self, after: &str, limit: u32) -> Result<Vec<Campaign>, StoreError> {
        const SQL: &str = "select body from campaign where id > $1 order by id limit $2";
        let bodies: Vec<String> =
            on!(self.reading, db => sqlx::query_scalar(SQL).bind(after).bind(i64::from(limit)).fetch_all(db).await)?;
        let mut campaigns = Vec::with_capacity(bodies.len());
        for body in bodies {
            campaigns.push(self.with_progress(from_json("campaign.body", &body)?).await?);
        }
        Ok(campaigns)
    }

    /// Campaigns that are over at `now`, and revoke what nobody answered, and have something of that.
    pub(crate) async fn campaigns_to_finish(&self, now: Timestamp) -> Result<Vec<Campaign>, StoreError> {
        const SQL: &str = "select body from campaign where due_at <= $1 and revokes \
                           and exists (select 1 from campaign_item where campaign = campaign.id and verdict is null) order by id";
        let bodies: Vec<String> =
            on!(self.reading, db => sqlx::query_scalar(SQL).bind(now.as_microsecond()).fetch_all(db).await)?;
        bodies.iter().map(|body| from_json("campaign.body", body)).collect()
    }

    /// Stores a new campaign with its items; false if there was one of its id.
    pub(crate) async fn insert_campaign(
        &self,
        author: &Author,
        new: &Campaign,
        items: &[CampaignItem],
    ) -> Result<bool, StoreError> {
        const CAMPAIGN: &str =
            "insert into campaign (id, due_at, revokes, body) values ($1, $2, $3, $4) on conflict (id) do nothing";
        const ITEM: &str = "insert into campaign_item (campaign, item, body) values ($1, $2, $3)";
        let id = new.id.to_string();
        change!(self.writing, author, tx => {
            let inserted = sqlx::query(CAMPAIGN)
                .bind(&id)
                .bind(new.spec.due_at.as_microsecond())
                .bind(new.spec.revoke_unanswered)
                .bind(to_json(new))
                .execute(&mut *tx).await?;
            if inserted.rows_affected() == 0 {
                return Ok(false);
            }
            for item in items {
                sqlx::query(ITEM).bind(&id).bind(item.right.id.to_string()).bind(to_json(item)).execute(&mut *tx).await?;
            }
            Deed::made(Action::Create, Noun::Campaigns, &id, new)
        })
    }

    /// One item of a campaign.
    pub(crate) async fn campaign_item(
        &self,
        campaign: CampaignId,
        right: RightId,
    ) -> Result<Option<CampaignItem>, StoreError> {
        const SQL: &str = "select body from campaign_item where campaign = $1 and item = $2";
        let body: Option<String> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(campaign.to_string()).bind(right.to_string()).fetch_optional(db).await)?;
        body.map(|body| from_json("campaign_item.body", &body)).transpose()
    }

    /// The items of a campaign in the order of their rights.
    pub(crate) async fn campaign_items(
        &self,
        campaign: CampaignId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<CampaignItem>, StoreError> {
        const SQL: &str = "select body from campaign_item where campaign = $1 and item > $2 order by item limit $3";
        let bodies: Vec<String> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(campaign.to_string()).bind(after).bind(i64::from(limit)).fetch_all(db).await)?;
        bodies.iter().map(|body| from_json("campaign_item.body", body)).collect()
    }

    /// Stores the answer of an item, and what comes of it; false if it was answered already, or what access depends on has
    /// changed after `since`.
    pub(crate) async fn answer_item(
        &self,
        author: &Author,
        campaign: CampaignId,
        item: &CampaignItem,
        verdict: &Verdict,
        consequence: &Consequence,
        since: Revision,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "update campaign_item set verdict = $3, body = $4 \
                           where campaign = $1 and item = $2 and verdict is null";
        let action = action(verdict);
        change!(self.writing, author, tx => {
            raise_access!(tx, since);
            let answered = sqlx::query(SQL)
                .bind(campaign.to_string())
                .bind(item.right.id.to_string())
                .bind(verdict.as_str())
                .bind(to_json(item))
                .execute(&mut *tx).await?;
            if answered.rows_affected() == 0 {
                return Ok(false);
            }
            let mut deeds = vec![Deed::made(action, Noun::Campaigns, format!("{campaign}/{}", item.right.id), item)];
            match consequence {
                Consequence::None => {}
                Consequence::Grant(grant) => {
                    decide!(tx, author, Noun::Grants, grant.id);
                    write_grant!(tx, grant);
                    deeds.push(Deed::made(action, Noun::Grants, grant.id, grant));
                }
                Consequence::End(id) => {
                    decide!(tx, author, Noun::Permissions, id);
                    end_link!(tx, author, Permission::KIND, id);
                    deeds.push(Deed::ended(Action::Delete, Noun::Permissions, id));
                }
            }
            deeds
        })
    }

    async fn with_progress(&self, campaign: Campaign) -> Result<Campaign, StoreError> {
        const SQL: &str =
            "select coalesce(verdict, ''), count(*) from campaign_item where campaign = $1 group by verdict";
        let rows: Vec<(String, i64)> = on!(self.reading, db => sqlx::query_as(SQL)
            .bind(campaign.id.to_string()).fetch_all(db).await)?;
        let count = |verdict: &str| match rows.iter().find(|(word, _)| word == verdict) {
            Some((_, count)) => unsigned("count", *count),
            None => Ok(0),
        };
        let progress = Progress {
            open: count("")?,
            attested: count("attest")?,
            reduced: count("reduce")?,
            revoked: count("revoke")?,
        };
        Ok(Campaign { progress, ..campaign })
    }
}

fn action(verdict: &Verdict) -> Action {
    match verdict {
        Verdict::Attest => Action::Attest,
        Verdict::Reduce { .. } => Action::Reduce,
        Verdict::Revoke => Action::Revoke,
    }
}
