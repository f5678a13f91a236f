//! Requests for access: who waits for whom.

use clap::{Args, Subcommand};
use fanner_client::Client;
use fanner_model::{AccessRequest, Approved, Comment, Reason, RequestId, RequestStatus};

use crate::failure::Failure;
use crate::moment::shown;
use crate::output::{Output, Shown, joined};
use crate::paging::all;

/// Which requests are listed.
#[derive(Debug, Args)]
pub(crate) struct Requests {
    /// Only those that wait for somebody
    #[arg(long)]
    pending: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RequestCommand {
    /// Shows a request
    Show { id: RequestId },
    /// Approves a request in your role; with the last missing approval it becomes a grant
    Approve {
        id: RequestId,
        /// What those concerned should know
        #[arg(long, value_name = "TEXT")]
        comment: Option<String>,
    },
    /// Turns a request down
    Reject {
        id: RequestId,
        /// Why, in words that those concerned will read
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Takes a request of your team back
    Withdraw { id: RequestId },
    /// Asks anew for what was rejected, taken back or revoked
    Renew { id: RequestId },
}

impl Requests {
    pub(crate) async fn run(self, client: &Client, output: Output) -> Result<String, Failure> {
        Ok(output.list(&all(async |after| client.requests(after, self.pending).await).await?))
    }
}

pub(crate) async fn run(command: RequestCommand, client: &Client, output: Output) -> Result<String, Failure> {
    let request = match command {
        RequestCommand::Show { id } => client.request(id).await,
        RequestCommand::Approve { id, comment } => client.approve(id, &Comment { comment }).await,
        RequestCommand::Reject { id, reason } => client.reject(id, &Reason { reason }).await,
        RequestCommand::Withdraw { id } => client.withdraw(id).await,
        RequestCommand::Renew { id } => client.renew(id).await,
    };
    Ok(output.one(&request?))
}

impl Shown for AccessRequest {
    const HEAD: &[&str] = &["id", "team", "stream", "event", "purpose", "asked at", "state", "needs"];

    fn row(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.team.to_string(),
            self.stream.to_string(),
            self.event.to_string(),
            self.purpose.to_string(),
            shown(self.requested_at),
            word(&self.status).to_owned(),
            needs(self),
        ]
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![
            ("id", self.id.to_string()),
            ("team", self.team.to_string()),
            ("stream", self.stream.to_string()),
            ("event", self.event.to_string()),
            ("purpose", self.purpose.to_string()),
            ("masked fields", joined(&self.mask)),
            ("wanted until", self.until.map(shown).unwrap_or_default()),
            ("extends grant", self.extends.map(|grant| grant.to_string()).unwrap_or_default()),
            ("asked by", format!("{} at {}", self.requested_by, shown(self.requested_at))),
            ("approved by", approvals(&self.approvals)),
            ("needs", needs(self)),
            ("state", told(&self.status)),
        ]
    }
}

/// Who approved, when, and what they said.
pub(crate) fn approvals(approvals: &[Approved]) -> String {
    joined(approvals.iter().map(|Approved { role, by, at, comment }| {
        let comment = comment.as_ref().map(|comment| format!(": {comment}")).unwrap_or_default();
        format!("{by} as {role} at {}{comment}", shown(*at))
    }))
}

/// Whom it waits for; nobody once it is closed.
fn needs(request: &AccessRequest) -> String {
    match request.status {
        RequestStatus::Pending => joined(request.missing()),
        RequestStatus::Approved { .. } | RequestStatus::Rejected { .. } | RequestStatus::Withdrawn { .. } => {
            String::new()
        }
    }
}

fn word(status: &RequestStatus) -> &'static str {
    match status {
        RequestStatus::Pending => "pending",
        RequestStatus::Approved { .. } => "approved",
        RequestStatus::Rejected { .. } => "rejected",
        RequestStatus::Withdrawn { .. } => "withdrawn",
    }
}

fn told(status: &RequestStatus) -> String {
    let word = word(status);
    match status {
        RequestStatus::Pending => word.to_owned(),
        RequestStatus::Approved { grant, at } => format!("{word} at {}; its grant is {grant}", shown(*at)),
        RequestStatus::Rejected { by, at, reason } => format!("{word} by {by} at {}: {reason}", shown(*at)),
        RequestStatus::Withdrawn { by: Some(by), at } => format!("{word} by {by} at {}", shown(*at)),
        RequestStatus::Withdrawn { by: None, at } => format!("{word} at {}: no longer asked for", shown(*at)),
    }
}
