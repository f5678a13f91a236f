//! Campaigns: what was given is looked at again.

mod export;

use clap::{Args, Subcommand};
use fanner_client::Client;
use fanner_model::{
    Campaign, CampaignId, CampaignItem, CampaignScope, CampaignSpec, Classification, EventName, FieldPath, GrantId,
    NewAnswer, PermissionId, RightId, TeamName, Verdict,
};
use jiff::Timestamp;

use self::export::{Export, Verify};
use crate::failure::Failure;
use crate::moment::{self, shown};
use crate::output::{Output, Shown, joined};
use crate::paging::all;

#[derive(Debug, Subcommand)]
pub(crate) enum CampaignCommand {
    /// Opens a campaign about every live grant and standing permission in a scope
    Open(Open),
    /// Shows a campaign and how far it is
    Show { id: CampaignId },
    /// Lists what a campaign is about, as far as it concerns your team
    Items { id: CampaignId },
    /// Says that a right is still needed as it is
    Attest(About),
    /// Lets a grant go on with less
    Reduce {
        #[command(flatten)]
        about: About,
        /// A field that it does without from now on
        #[arg(long, value_name = "FIELD")]
        mask: Vec<FieldPath>,
        /// An earlier end, such as `2027-01-31`
        #[arg(long, value_name = "TIME", value_parser = moment::parsed)]
        until: Option<Timestamp>,
    },
    /// Ends a right at once
    Revoke(About),
    /// Writes a campaign with all its answers to a file, and beside it the note that signs it
    Export(Export),
    /// Finds out whether a file is one that was exported, and as it was
    Verify(Verify),
}

/// What a campaign is to be about.
#[derive(Debug, Args)]
pub(crate) struct Open {
    /// What those who answer will read
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// Until when answers are taken, such as `2027-01-31`
    #[arg(long, value_name = "TIME", value_parser = moment::parsed)]
    due: Timestamp,
    /// Only what this team has
    #[arg(long)]
    team: Option<TeamName>,
    /// Only what is about events of this team
    #[arg(long, value_name = "TEAM")]
    owner: Option<TeamName>,
    /// Only what is about this event
    #[arg(long)]
    event: Option<EventName>,
    /// Only what is about events that must be handled at least this carefully
    #[arg(long, value_parser = classification)]
    classification: Option<Classification>,
    /// Revokes what nobody answers for in time, rather than to list it
    #[arg(long)]
    revoke_unanswered: bool,
}

/// Which right is answered for, and why so.
#[derive(Debug, Args)]
pub(crate) struct About {
    /// The campaign
    id: CampaignId,
    #[command(flatten)]
    right: Which,
    /// Why, in words that auditors will read
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// One right.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    #[arg(long, value_name = "ID")]
    grant: Option<GrantId>,
    #[arg(long, value_name = "ID")]
    permission: Option<PermissionId>,
}

pub(crate) async fn list(client: &Client, output: Output) -> Result<String, Failure> {
    Ok(output.list(&all(async |after| client.campaigns(after).await).await?))
}

pub(crate) async fn run(command: CampaignCommand, client: &Client, output: Output) -> Result<String, Failure> {
    match command {
        CampaignCommand::Open(open) => Ok(output.one(&client.open_campaign(CampaignId::random(), &open.into()).await?)),
        CampaignCommand::Show { id } => Ok(output.one(&client.campaign(id).await?)),
        CampaignCommand::Items { id } => {
            Ok(output.list(&all(async |after| client.campaign_items(id, after).await).await?))
        }
        CampaignCommand::Attest(about) => about.answered(Verdict::Attest, client, output).await,
        CampaignCommand::Reduce { about, mask, until } => {
            let verdict = Verdict::Reduce { mask: mask.into_iter().collect(), until };
            about.answered(verdict, client, output).await
        }
        CampaignCommand::Revoke(about) => about.answered(Verdict::Revoke, client, output).await,
        CampaignCommand::Export(export) => export.run(client).await,
        CampaignCommand::Verify(verify) => verify.run(),
    }
}

impl About {
    async fn answered(self, verdict: Verdict, client: &Client, output: Output) -> Result<String, Failure> {
        let Self { id, right, reason } = self;
        let right = right.id()?;
        Ok(output.one(&client.answer(id, &NewAnswer { right, verdict, reason }).await?))
    }
}

impl Which {
    fn id(&self) -> Result<RightId, Failure> {
        let grant = self.grant.map(RightId::Grant);
        let id = grant.or(self.permission.map(RightId::Permission));
        id.ok_or_else(|| Failure::trouble("say which right: `--grant` or `--permission`"))
    }
}

impl From<Open> for CampaignSpec {
    fn from(open: Open) -> Self {
        let Open { title, due: due_at, team, owner, event, classification, revoke_unanswered } = open;
        Self { title, scope: CampaignScope { team, owner, event, classification }, due_at, revoke_unanswered }
    }
}

fn classification(text: &str) -> Result<Classification, String> {
    let found = Classification::ALL.into_iter().find(|known| known.to_string() == text);
    found.ok_or_else(|| format!("`{text}` is no classification; use public, internal, confidential or restricted"))
}

impl Shown for Campaign {
    const HEAD: &[&str] = &["id", "title", "due", "open", "attested", "reduced", "revoked"];

    fn row(&self) -> Vec<String> {
        let progress = &self.progress;
        vec![
            self.id.to_string(),
            self.spec.title.clone(),
            shown(self.spec.due_at),
            progress.open.to_string(),
            progress.attested.to_string(),
            progress.reduced.to_string(),
            progress.revoked.to_string(),
        ]
    }
}

impl Shown for CampaignItem {
    const HEAD: &[&str] = &["right", "team", "stream", "events", "purpose", "until", "answer", "by", "reason"];

    fn row(&self) -> Vec<String> {
        let Self { right, answer, .. } = self;
        vec![
            right.id.to_string(),
            right.team.to_string(),
            joined(&right.stream),
            right.events.to_string(),
            joined(&right.purpose),
            shown(right.until),
            joined(answer.as_ref().map(|answer| &answer.verdict)),
            joined(answer.as_ref().map(|answer| &answer.by)),
            joined(answer.as_ref().map(|answer| &answer.reason)),
        ]
    }
}
