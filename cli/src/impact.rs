//! What a change of the policies would do, before it is made.

use std::path::{Path, PathBuf};

use fanner_client::Client;
use fanner_model::{Difference, PolicyChange, PolicyImpact, PolicyName};

use crate::failure::Failure;
use crate::output::{Output, Shown, joined, json};
use crate::policy::read;

/// Whether documents can be put in force.
pub(crate) async fn check(client: &Client, output: Output, files: &[PathBuf]) -> Result<String, Failure> {
    let impact = impact(client, files, Vec::new()).await?;
    Ok(match output {
        Output::Json => json(&impact),
        Output::Table => format!("all can be put in force\n{}", never_matching(&impact)),
    })
}

/// Who would gain and lose what.
pub(crate) async fn diff(
    client: &Client,
    output: Output,
    files: &[PathBuf],
    remove: Vec<PolicyName>,
) -> Result<String, Failure> {
    let impact = impact(client, files, remove).await?;
    Ok(match output {
        Output::Json => json(&impact),
        Output::Table if impact.differences.is_empty() => {
            format!("nobody gains or loses anything\n{}", never_matching(&impact))
        }
        Output::Table => {
            let table = output.list(&impact.differences);
            format!("{table}\ndirection: {}\n{}", impact.direction, never_matching(&impact))
        }
    })
}

async fn impact(client: &Client, files: &[PathBuf], remove: Vec<PolicyName>) -> Result<PolicyImpact, Failure> {
    let put = files.iter().map(|file| Ok((name(file)?, read(file)?))).collect::<Result<_, Failure>>()?;
    Ok(client.policy_impact(&PolicyChange { put, remove: remove.into_iter().collect() }).await?)
}

/// The document that a file holds.
fn name(file: &Path) -> Result<PolicyName, Failure> {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    stem.parse().map_err(|error| Failure::trouble(format!("`{}` cannot be a document: {error}", file.display())))
}

fn never_matching(impact: &PolicyImpact) -> String {
    let never = impact.never_matching.iter();
    never.map(|id| format!("policy {id} decides nothing that anybody asks for\n")).collect()
}

impl Shown for Difference {
    const HEAD: &[&str] = &["effect", "team", "stream", "event", "fields", "because"];

    fn row(&self) -> Vec<String> {
        vec![
            self.effect.to_string(),
            self.team.to_string(),
            self.stream.to_string(),
            self.event.to_string(),
            joined(&self.fields),
            joined(&self.because),
        ]
    }
}
