//! The command line: every command, and who carries it out.

use clap::{Parser, Subcommand};

use crate::audit::AuditCommand;
use crate::bypass::BypassCommand;
use crate::campaign::CampaignCommand;
use crate::control_plane::ControlPlane;
use crate::explanation::Explain;
use crate::failure::Failure;
use crate::finding::ReviewCommand;
use crate::grant::{GrantCommand, Grants};
use crate::output::Output;
use crate::policy::PolicyCommand;
use crate::quarantine::QuarantineCommand;
use crate::reader::Readers;
use crate::request::{RequestCommand, Requests};
use crate::team::TeamCommand;
use crate::token::TokenCommand;
use crate::{bypass, campaign, grant, policy, quarantine, request, team, token};

/// Asks the control plane who may have which event, and decides it.
///
/// Exits with 0 when it is done, with 1 when the answer is no (it was refused, or what was checked is wrong), and with 2 when
/// there is no answer (the command was wrong, or the control plane could not be asked).
#[derive(Debug, Parser)]
#[command(name = "fannerctl", version)]
pub(crate) struct Command {
    #[command(flatten)]
    control_plane: ControlPlane,
    /// How to show the answer
    #[arg(long, global = true, value_enum, default_value_t)]
    output: Output,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Lists the requests for access that you may see
    Requests(Requests),
    /// Shows, decides, takes back or repeats one request for access
    #[command(subcommand)]
    Request(RequestCommand),
    /// Lists the grants that you may see
    Grants(Grants),
    /// Shows, revokes or extends one grant
    #[command(subcommand)]
    Grant(GrantCommand),
    /// Lists the documents of policies that are in force
    Policies,
    /// Shows one document of policies, or puts it in force
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Lists what is stopped by quarantine
    Quarantines,
    /// Stops deliveries at once, or lets them go on
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// Lists the teams that were described
    Teams,
    /// Says what a team can read, or is one approval away from
    #[command(subcommand)]
    Team(TeamCommand),
    /// Lists the tokens that were issued, without their secrets
    Tokens,
    /// Issues or revokes a token
    #[command(subcommand)]
    Token(TokenCommand),
    /// Lists who reads an event, and why
    Readers(Readers),
    /// Says why a stream has an event or not, now or at a moment of the past
    Explain(Explain),
    /// Says what reviewers should look at
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Lists the campaigns
    Campaigns,
    /// Opens a campaign, answers in it, or exports it
    #[command(subcommand)]
    Campaign(CampaignCommand),
    /// Tells who can read the Global Event Stream without the fanner, and acknowledges it
    #[command(subcommand)]
    Bypass(BypassCommand),
    /// Reads the audit log, or finds out whether somebody altered it
    #[command(subcommand)]
    Audit(AuditCommand),
}

impl Command {
    /// Does what was asked; the text is the answer.
    pub(crate) async fn run(self) -> Result<String, Failure> {
        let (client, output) = (self.control_plane.client()?, self.output);
        match self.what {
            What::Requests(requests) => requests.run(&client, output).await,
            What::Request(command) => request::run(command, &client, output).await,
            What::Grants(grants) => grants.run(&client, output).await,
            What::Grant(command) => grant::run(command, &client, output).await,
            What::Policies => policy::list(&client, output).await,
            What::Policy(command) => policy::run(command, &client, output).await,
            What::Quarantines => quarantine::list(&client, output).await,
            What::Quarantine(command) => quarantine::run(command, &client, output).await,
            What::Teams => team::list(&client, output).await,
            What::Team(command) => team::run(command, &client, output).await,
            What::Tokens => token::list(&client, output).await,
            What::Token(command) => token::run(command, &client, output).await,
            What::Readers(readers) => readers.run(&client, output).await,
            What::Explain(explain) => explain.run(&client, output).await,
            What::Review(command) => command.run(&client, output).await,
            What::Campaigns => campaign::list(&client, output).await,
            What::Campaign(command) => campaign::run(command, &client, output).await,
            What::Bypass(command) => bypass::run(command, &client, output).await,
            What::Audit(command) => command.run(&client, output).await,
        }
    }
}
