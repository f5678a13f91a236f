//! Campaigns as files that can be believed later.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fanner_audit::{Verifier, unseal};
use fanner_client::Client;
use fanner_model::{CampaignId, ExportFormat};

use crate::failure::Failure;

/// What is written, and where.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The campaign
    id: CampaignId,
    /// How the file is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The folder that the file and its note are written to
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    to: PathBuf,
    /// The key of those who run the control plane; with it, the file is verified before it is written
    #[arg(long, env = "FANNER_AUDIT_KEY", value_name = "KEY")]
    key: Option<Verifier>,
}

/// What is verified, and with which key.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The file, with its note beside it under the same name and `.note`
    file: PathBuf,
    /// The key of those who run the control plane, as they gave it to you
    #[arg(long, env = "FANNER_AUDIT_KEY", value_name = "KEY")]
    key: Verifier,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Csv,
    Json,
}

impl Export {
    pub(crate) async fn run(self, client: &Client) -> Result<String, Failure> {
        let format = match self.format {
            Format::Csv => ExportFormat::Csv,
            Format::Json => ExportFormat::Json,
        };
        let export = client.export_campaign(self.id, format).await?;
        if let Some(key) = &self.key {
            unseal(key, &export.note, &export.name, &export.text).map_err(|error| Failure::No(error.to_string()))?;
        }
        // The name came from elsewhere: only its last part counts.
        let name = Path::new(&export.name).file_name().unwrap_or("campaign".as_ref());
        let file = self.to.join(name);
        write(&file, &export.text)?;
        write(&note_of(&file), &export.note)?;
        Ok(format!("{}\n", file.display()))
    }
}

impl Verify {
    pub(crate) fn run(self) -> Result<String, Failure> {
        let (text, note) = (read(&self.file)?, read(&note_of(&self.file))?);
        let name = self.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match unseal(&self.key, &note, name, &text) {
            Ok(()) => Ok(format!("{name} is as it was exported\n")),
            Err(error) => Err(Failure::No(error.to_string())),
        }
    }
}

fn note_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".note");
    name.into()
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| trouble("read", file, &error))
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|error| trouble("written", file, &error))
}

fn trouble(done: &str, file: &Path, error: &std::io::Error) -> Failure {
    Failure::trouble(format!("`{}` cannot be {done}: {error}", file.display()))
}
