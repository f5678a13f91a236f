//! What the local platform is asked to be: flags, each with an environment twin.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use fanner_model::StreamName;

/// The whole fanner platform on one machine, on loopback, with its data in one folder.
#[derive(Clone, Debug, Parser)]
#[command(version, about)]
pub struct Args {
    /// Folder that holds everything; it is made if it is not there.
    #[arg(long, env = "FANNER_DATA_DIR")]
    pub data_dir: PathBuf,

    /// Address of the control plane's API.
    #[arg(long, env = "FANNER_LISTEN", default_value = "127.0.0.1:7400")]
    pub listen: SocketAddr,

    /// Address of the local Kinesis. Unused with AWS_ENDPOINT_URL_KINESIS.
    #[arg(long, env = "FANNER_KINESIS_LISTEN", default_value = "127.0.0.1:4567")]
    pub kinesis_listen: SocketAddr,

    /// Address of the fanner's metrics and health.
    #[arg(long, env = "FANNER_METRICS_LISTEN", default_value = "127.0.0.1:7401")]
    pub metrics_listen: SocketAddr,

    /// The Global Event Stream; it is created if it is not there.
    #[arg(long, env = "FANNER_GES", default_value = "global-events")]
    pub ges: StreamName,

    /// Database of the control plane; by default an SQLite file in the data folder.
    #[arg(long, env = "FANNER_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Which programs to run; the others are expected to run elsewhere.
    #[arg(long, env = "FANNER_RUN", value_enum, value_delimiter = ',', default_value = "kinesis,control-plane,fanner")]
    pub run: Vec<Part>,

    /// Folder of `terraform-provider-fanner`; by default that of this program.
    #[arg(long, env = "FANNER_PROVIDER_DIR")]
    pub provider_dir: Option<PathBuf>,

    /// A Kinesis to use instead of the local one.
    #[arg(long, env = "AWS_ENDPOINT_URL_KINESIS")]
    pub kinesis_endpoint: Option<String>,
}

/// A program of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    Kinesis,
    ControlPlane,
    Fanner,
}
