//! Tokens: who may call the control plane, in which role and until when. A secret goes to a file and never to the terminal.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use fanner_client::Client;
use fanner_model::{NewToken, Role, Scope, TeamName, Token, TokenId, TokenSpec};
use jiff::Timestamp;

use crate::failure::Failure;
use crate::moment::{self, shown};
use crate::output::{Output, Shown};
use crate::paging::all;

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Issues a token and writes its secret to a file that only you can read
    Issue(Issue),
    /// Revokes a token: the next request that presents it is refused
    Revoke { id: TokenId },
}

/// What the token will be.
#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// The team that its holder belongs to
    #[arg(long)]
    team: TeamName,
    /// What its holder may do
    #[arg(long, value_enum, default_value_t)]
    role: Role,
    /// How much of that it may do: `plan` reads and plans, and never writes
    #[arg(long, value_enum, default_value_t)]
    scope: Scope,
    /// When it ends, at most 90 days from now
    #[arg(long, value_name = "TIME", value_parser = moment::parsed)]
    until: Option<Timestamp>,
    /// The file for its secret, which must not be there yet
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
}

pub(crate) async fn list(client: &Client, output: Output) -> Result<String, Failure> {
    Ok(output.list(&all(async |after| client.tokens(after).await).await?))
}

pub(crate) async fn run(command: TokenCommand, client: &Client, output: Output) -> Result<String, Failure> {
    match command {
        TokenCommand::Issue(issue) => issue.run(client, output).await,
        TokenCommand::Revoke { id } => {
            let known = all(async |after| client.tokens(after).await).await?;
            if !known.iter().any(|token| token.id == id) {
                return Err(Failure::No(format!(
                    "there is no token {id}; `fannerctl tokens` lists those that there are"
                )));
            }
            client.revoke_token(id).await?;
            Ok(format!("token {id} is revoked\n"))
        }
    }
}

impl Issue {
    async fn run(self, client: &Client, output: Output) -> Result<String, Failure> {
        let Self { team, role, scope, until, secret_file } = self;
        // Before there is a token: one whose secret nobody has would only have to be found and revoked.
        let mut file = created(&secret_file)?;
        let spec = TokenSpec { team, role, scope, expires_at: until };
        let issued = client.issue_token(&spec).await.inspect_err(|_| drop(fs::remove_file(&secret_file)));
        let NewToken { token, secret } = issued?;
        if let Err(error) = writeln!(file, "{}", secret.expose()) {
            let id = token.id;
            return Err(Failure::trouble(format!(
                "the secret of token {id} cannot be written to {}: {error}; revoke the token: `fannerctl token revoke {id}`",
                secret_file.display()
            )));
        }
        Ok(output.one(&token))
    }
}

/// A new file that only its owner can read.
fn created(path: &Path) -> Result<fs::File, Failure> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map_err(|error| Failure::trouble(format!("{} cannot be created: {error}", path.display())))
}

impl Shown for Token {
    const HEAD: &[&str] = &["id", "team", "role", "scope", "issued", "until", "last used"];

    fn row(&self) -> Vec<String> {
        let TokenSpec { team, role, scope, expires_at } = &self.spec;
        vec![
            self.id.to_string(),
            team.to_string(),
            role.to_string(),
            scope.to_string(),
            shown(self.created_at),
            expires_at.map(shown).unwrap_or_default(),
            self.last_used_at.map(shown).unwrap_or_default(),
        ]
    }
}
