//! Campaigns: reviews of what was given.

use fanner_model::{Campaign, CampaignId, CampaignItem, CampaignSpec, Export, ExportFormat, NewAnswer, Page};

use crate::{Client, Error, Precondition};

impl Client {
    /// The campaigns whose ids come after `after`, at most 500.
    pub async fn campaigns(&self, after: Option<&str>) -> Result<Page<Campaign>, Error> {
        self.page("campaigns", after).await
    }

    /// One campaign.
    pub async fn campaign(&self, id: CampaignId) -> Result<Campaign, Error> {
        self.get(&["campaigns", &id.to_string()], &[]).await
    }

    /// Opens a campaign about every right in its scope.
    pub async fn open_campaign(&self, id: CampaignId, spec: &CampaignSpec) -> Result<Campaign, Error> {
        self.put(&["campaigns", &id.to_string()], spec, Precondition::None).await
    }

    /// What a campaign is about, after `after`, at most 500.
    pub async fn campaign_items(&self, id: CampaignId, after: Option<&str>) -> Result<Page<CampaignItem>, Error> {
        let after = after.map(|after| ("after", after.to_owned()));
        let query: Vec<_> = [("limit", "500".to_owned())].into_iter().chain(after).collect();
        self.get(&["campaigns", &id.to_string(), "items"], &query).await
    }

    /// Answers for one right.
    pub async fn answer(&self, id: CampaignId, new: &NewAnswer) -> Result<CampaignItem, Error> {
        self.post(&["campaigns", &id.to_string(), "answers"], new).await
    }

    /// A campaign with all its answers, as a signed file.
    pub async fn export_campaign(&self, id: CampaignId, format: ExportFormat) -> Result<Export, Error> {
        let format = match format {
            ExportFormat::Csv => "csv",
            ExportFormat::Json => "json",
        };
        self.get(&["campaigns", &id.to_string(), "export"], &[("format", format.to_owned())]).await
    }
}
