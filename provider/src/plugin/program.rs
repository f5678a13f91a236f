//! The program around a provider: what it does with its arguments, its environment, signals, and its end.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use super::handshake::{Invitation, Refusal};
use super::proto::tfplugin6::provider_server::ProviderServer;
use super::provider::Provider;
use super::serve::{Access, serve};
use super::server::Server;
use super::services::{self, OnShutdown};
use super::socket::Socket;
use super::tls::Identity;
use super::{crash, log};

/// As much as the protocol's reference server takes and gives.
const LARGEST_MESSAGE_BYTES: usize = 256 << 20;

/// Looks up an environment variable; an empty one counts as none.
pub type Variable = fn(&str) -> Option<String>;

/// Runs `provider` as Terraform's plugin, or as a person asked.
pub fn run<P: Provider>(provider: P, variable: Variable) -> ExitCode {
    crash::report_panics();
    log::start(name::<P>(), variable);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => match Invitation::read(variable) {
            Ok(invitation) => plugin(provider, &invitation),
            Err(Refusal::NotTerraform) => return explain::<P>(ExitCode::FAILURE),
            // Terraform shows this line to its user.
            Err(refusal) => Err(refusal.into()),
        },
        ["--debug" | "-debug"] => debug(provider),
        ["--version"] => say(env!("CARGO_PKG_VERSION")),
        _ => return explain::<P>(ExitCode::SUCCESS),
    };
    outcome.map_or_else(|error| fail(&error), |()| ExitCode::SUCCESS)
}

/// One Terraform's plugin: serves it, and ends with it.
fn plugin<P: Provider>(provider: P, invitation: &Invitation) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let end = CancellationToken::new();
        let socket = Socket::listen(invitation.socket_folder.as_deref()).context("opening a socket for Terraform")?;
        let identity = Identity::generate().context("making a certificate")?;
        let hello = invitation.accept(&socket.path, &identity.certificate);
        let access = Access::Tls(Arc::new(identity.accept_only(invitation.client_certificate.clone())?));

        // The terminal sends an interrupt to Terraform and to us; only Terraform decides what comes of it.
        let _ignored = signal(SignalKind::interrupt())?;
        tokio::spawn(end_on(signal(SignalKind::terminate())?, end.clone()));
        tokio::spawn(end_with_parent(end.clone()));
        say(&hello)?;
        let routes = services::add(routes(provider), &end, OnShutdown::End);
        serve(socket.listener, access, routes, end).await.context("accepting a connection")
    });
    // A name look-up that still hangs must not keep Terraform waiting.
    runtime.shutdown_background();
    served
}

/// A plugin that a person started, perhaps under a debugger, and that any number of Terraforms may use.
fn debug<P: Provider>(provider: P) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let end = CancellationToken::new();
        let socket = Socket::listen(None).context("opening a socket")?;
        let reattach = serde_json::json!({ P::ADDRESS: {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": std::process::id(),
            // Without it Terraform takes the protocol for version 5.
            "Test": true,
            "Addr": { "Network": "unix", "String": socket.path },
        }});
        tokio::spawn(end_on(signal(SignalKind::interrupt())?, end.clone()));
        tokio::spawn(end_on(signal(SignalKind::terminate())?, end.clone()));
        say("Set this where you run Terraform; end this program with Ctrl-C.\n")?;
        say(&format!("TF_REATTACH_PROVIDERS='{reattach}'"))?;
        let routes = services::add(routes(provider), &end, OnShutdown::Stay);
        serve(socket.listener, Access::Plain, routes, end).await.context("accepting a connection")
    })
}

fn routes<P: Provider>(provider: P) -> Routes {
    let server = ProviderServer::new(Server::new(provider))
        .max_decoding_message_size(LARGEST_MESSAGE_BYTES)
        .max_encoding_message_size(LARGEST_MESSAGE_BYTES);
    Routes::new(server)
}

/// One thread: Terraform itself, and the network, take the time.
fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting")
}

async fn end_on(mut signal: Signal, end: CancellationToken) {
    signal.recv().await;
    end.cancel();
}

/// A Terraform that was killed says no goodbye; the system then gives us another parent.
async fn end_with_parent(end: CancellationToken) {
    const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
    let parent = std::os::unix::process::parent_id();
    while parent == std::os::unix::process::parent_id() {
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    end.cancel();
}

/// The last part of the address: `fanner`.
fn name<P: Provider>() -> &'static str {
    P::ADDRESS.rsplit('/').next().unwrap_or(P::ADDRESS)
}

fn explain<P: Provider>(code: ExitCode) -> ExitCode {
    let name = name::<P>();
    eprintln!(
        "This is the Terraform provider `{name}`, a plugin that Terraform starts by itself.\n\
         \n\
         Name it in a configuration and run `terraform init`:\n\
         \n\
         \x20   terraform {{\n\
         \x20     required_providers {{\n\
         \x20       {name} = {{ source = \"{name}/{name}\" }}\n\
         \x20     }}\n\
         \x20   }}\n\
         \n\
         Options:\n\
         \x20   --debug     serve until interrupted, for a Terraform that is told with TF_REATTACH_PROVIDERS\n\
         \x20   --version   print the version\n\
         \x20   --help      print this text"
    );
    code
}

/// Terraform shows what it cannot read as a handshake, so the reason goes where the handshake would have gone.
fn fail(error: &anyhow::Error) -> ExitCode {
    _ = say(&format!("{error:#}").replace('\n', " "));
    ExitCode::FAILURE
}

/// One line on standard output, which is nobody else's to write.
fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("writing to standard output")
}
