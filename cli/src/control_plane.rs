//! Which control plane is asked, and as whom.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use fanner_client::Client;
use fanner_model::Secret;

use crate::failure::Failure;

/// The address, and where the token is. The token itself is never typed: others can see command lines.
#[derive(Debug, Args)]
pub(crate) struct ControlPlane {
    /// The control plane's address
    #[arg(long, global = true, env = "FANNER_ENDPOINT", value_name = "URL", default_value = "http://127.0.0.1:7400")]
    endpoint: String,
    /// The file with your token; without it, the token is that of the environment variable FANNER_TOKEN
    #[arg(long, global = true, env = "FANNER_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl ControlPlane {
    /// The API, as the holder of the token.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let agent = concat!("fannerctl/", env!("CARGO_PKG_VERSION"));
        Ok(Client::new(&self.endpoint, self.token()?.as_ref(), agent)?)
    }

    fn token(&self) -> Result<Option<Secret>, Failure> {
        let Some(file) = &self.token_file else { return Ok(token_of_the_environment()) };
        match fs::read_to_string(file) {
            Ok(text) => Ok(Some(Secret::new(text.trim()))),
            Err(error) => Err(Failure::trouble(format!("token file `{}` cannot be read: {error}", file.display()))),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a secret comes by the environment, and never as a flag that others can see"
)]
fn token_of_the_environment() -> Option<Secret> {
    std::env::var("FANNER_TOKEN").ok().map(Secret::new)
}
