//! Documents of policies, which decide what everybody may have.

use std::fs;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use fanner_client::{Client, Precondition};
use fanner_model::{Policy, PolicyName, PolicySpec};

use crate::failure::Failure;
use crate::impact;
use crate::moment::shown;
use crate::output::{Output, Shown, json};
use crate::paging::all;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Checks documents as the control plane would; nothing is put in force
    Check {
        /// The files with the policies; each is a document called like its file without the ending
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Says who would gain and lose what if documents were put in force or removed; nothing is
    Diff {
        /// The files with the policies; each is a document called like its file without the ending
        files: Vec<PathBuf>,
        /// A document that would be taken out of force
        #[arg(long, value_name = "NAME")]
        remove: Vec<PolicyName>,
    },
    /// Prints the text of a document
    Show { name: PolicyName },
    /// Puts a document in force, in place of the one of this name; one that cannot be used is refused
    Apply {
        name: PolicyName,
        /// The file with the policies; `-` is standard input
        file: PathBuf,
        /// What the document is for; without it, what was said before still holds
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
}

pub(crate) async fn list(client: &Client, output: Output) -> Result<String, Failure> {
    Ok(output.list(&all(async |after| client.policies(after).await).await?))
}

pub(crate) async fn run(command: PolicyCommand, client: &Client, output: Output) -> Result<String, Failure> {
    match command {
        PolicyCommand::Check { files } => impact::check(client, output, &files).await,
        PolicyCommand::Diff { files, remove } => impact::diff(client, output, &files, remove).await,
        PolicyCommand::Show { name } => {
            let policy = client.policy(&name).await?;
            Ok(match output {
                Output::Table => policy.spec.text,
                Output::Json => json(&policy),
            })
        }
        PolicyCommand::Apply { name, file, description } => {
            let text = read(&file)?;
            Ok(output.one(&apply(client, &name, text, description).await?))
        }
    }
}

/// Puts a text in force, unless somebody else changes the document at the same time.
async fn apply(
    client: &Client,
    name: &PolicyName,
    text: String,
    description: Option<String>,
) -> Result<Policy, Failure> {
    let before = match client.policy(name).await {
        Ok(policy) => Some(policy),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error.into()),
    };
    // Version 0 ships with fanner and was never put in force by anybody.
    let precondition = match before.as_ref().map_or(0, |policy| policy.version) {
        0 => Precondition::Absent,
        version => Precondition::Generation(version),
    };
    let description = description.or(before.and_then(|policy| policy.spec.description));
    Ok(client.put_policy(name, &PolicySpec { description, text }, precondition).await?)
}

pub(crate) fn read(file: &Path) -> Result<String, Failure> {
    let read = match file.as_os_str() == "-" {
        true => {
            let mut text = String::new();
            stdin().read_to_string(&mut text).map(|_| text)
        }
        false => fs::read_to_string(file),
    };
    read.map_err(|error| Failure::trouble(format!("`{}` cannot be read: {error}", file.display())))
}

impl Shown for Policy {
    const HEAD: &[&str] = &["name", "version", "changed at", "description"];

    fn row(&self) -> Vec<String> {
        let changed_at = if self.version == 0 { String::new() } else { shown(self.updated_at) };
        let description = self.spec.description.clone().unwrap_or_default();
        vec![self.name.to_string(), self.version.to_string(), changed_at, description]
    }
}
