//! Grants: who has what, for which purpose, until when.

use clap::{Args, Subcommand};
use fanner_client::Client;
use fanner_model::{Exposure, Extension, Grant, GrantId, Obedience, Reason, Revoked};
use jiff::{SignedDuration, Timestamp};

use crate::failure::Failure;
use crate::moment::{self, shown};
use crate::output::{Output, Shown, joined};
use crate::paging::all;
use crate::request::approvals;

/// Which grants are listed.
#[derive(Debug, Args)]
pub(crate) struct Grants {
    /// Only those that permit something now
    #[arg(long)]
    live: bool,
    /// Only those that permit something now and end within so many days
    #[arg(long, value_name = "DAYS")]
    expiring: Option<u16>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GrantCommand {
    /// Shows a grant
    Show { id: GrantId },
    /// Takes a grant back: its event stops at once
    Revoke {
        id: GrantId,
        /// Why, in words that those concerned will read
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Asks for a grant of your team to last longer; the answer is the request that has to be approved
    Extend {
        id: GrantId,
        /// Until when, such as `2027-01-31`; without it, 180 days from the approval on
        #[arg(long, value_name = "TIME", value_parser = moment::parsed)]
        until: Option<Timestamp>,
    },
}

impl Grants {
    pub(crate) async fn run(self, client: &Client, output: Output) -> Result<String, Failure> {
        let live = self.live || self.expiring.is_some();
        let mut grants = all(async |after| client.grants(after, live).await).await?;
        if let Some(days) = self.expiring {
            let end = moment::now() + SignedDuration::from_hours(24 * i64::from(days));
            grants.retain(|grant| grant.until <= end);
        }
        Ok(output.list(&grants))
    }
}

pub(crate) async fn run(command: GrantCommand, client: &Client, output: Output) -> Result<String, Failure> {
    match command {
        GrantCommand::Show { id } => Ok(output.one(&client.grant(id).await?)),
        GrantCommand::Revoke { id, reason } => Ok(output.one(&client.revoke(id, &Reason { reason }).await?)),
        GrantCommand::Extend { id, until } => Ok(output.one(&client.extend(id, &Extension { until }).await?)),
    }
}

impl Shown for Grant {
    const HEAD: &[&str] = &["id", "team", "stream", "event", "purpose", "until", "revoked"];

    fn row(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.team.to_string(),
            self.stream.to_string(),
            self.event.to_string(),
            self.purpose.to_string(),
            shown(self.until),
            self.revoked.as_ref().map(|revoked| shown(revoked.at)).unwrap_or_default(),
        ]
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let enforcement = self.revoked.as_ref().and_then(|revoked| revoked.enforcement.as_ref());
        let exposure = self.revoked.as_ref().and_then(|revoked| revoked.exposure.as_ref());
        vec![
            ("id", self.id.to_string()),
            ("team", self.team.to_string()),
            ("stream", self.stream.to_string()),
            ("event", self.event.to_string()),
            ("purpose", self.purpose.to_string()),
            ("masked fields", joined(self.masked())),
            ("request", self.request.to_string()),
            ("asked by", self.requested_by.to_string()),
            ("approved by", approvals(&self.approvals)),
            ("since", shown(self.granted_at)),
            ("until", shown(self.until)),
            ("revoked", self.revoked.as_ref().map(told).unwrap_or_default()),
            ("in force", enforcement.map(|enforcement| in_force(&enforcement.obedience)).unwrap_or_default()),
            ("still readable", exposure.map(exposed).unwrap_or_default()),
        ]
    }
}

fn told(Revoked { by, at, reason, .. }: &Revoked) -> String {
    format!("by {by} at {}: {reason}", shown(*at))
}

fn in_force(obedience: &Obedience) -> String {
    match obedience {
        Obedience::Waiting { waiting_for } => format!("not yet; waiting for {}", joined(waiting_for)),
        Obedience::Complete { after_ms, silent, .. } if silent.is_empty() => format!("everywhere after {after_ms} ms"),
        Obedience::Complete { after_ms, silent, .. } => {
            format!("after {after_ms} ms, when nothing more was heard of {}", joined(silent))
        }
    }
}

fn exposed(Exposure { readable_until, remedies, .. }: &Exposure) -> String {
    format!("until {} at the latest; to shorten that: {}", shown(*readable_until), remedies.join("; or "))
}
