//! The platform: which programs run, in what order they start and stop, and what they tell each other.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_kinesis::config::Credentials;
use aws_sdk_kinesis::types::StreamStatus;
use fanner_model::StreamName;
use tracing::info;

use crate::config::{Args, Part};
use crate::environment::Environment;
use crate::kinesis::{self, Kinesis};

/// A platform that runs.
pub struct Platform {
    environment: Environment,
    kinesis: Option<Kinesis>,
}

/// The region and credentials of the local Kinesis, which believes everybody.
const REGION: &str = "eu-west-1";
const ACCESS_KEY: &str = "local";

/// Enough for two thousand events a second.
const GES_SHARDS: i32 = 2;

impl Platform {
    /// Starts what `args` asks for; when this returns, everything answers.
    ///
    /// # Errors
    /// An address is taken, the folder or the database cannot be used, or a Kinesis elsewhere does not answer.
    pub async fn start(args: Args) -> Result<Self> {
        let data_dir = made(&args.data_dir)?;
        let runs = |part| args.run.contains(&part);
        let mut environment = Environment::default();

        let kinesis = match &args.kinesis_endpoint {
            None if runs(Part::Kinesis) => Some(start_kinesis(&args, &data_dir).await?),
            None | Some(_) => None,
        };
        let aws = aws_config(&args, kinesis.as_ref(), &mut environment).await;
        if kinesis.is_some() || args.kinesis_endpoint.is_some() {
            create_ges(&aws, &args.ges).await?;
        }
        environment.set("FANNER_GES", args.ges.as_str());

        let platform = Self { environment, kinesis };
        platform.environment.write(&data_dir).context("cannot write the file `env`")?;
        Ok(platform)
    }

    /// The variables of a shell that talks to this platform.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The Kinesis in it, if it has one of its own.
    pub fn kinesis(&self) -> Option<&Kinesis> {
        self.kinesis.as_ref()
    }

    /// Stops everything, the data plane first, so that what it has in flight is still taken.
    pub async fn stop(self) {
        if let Some(kinesis) = self.kinesis {
            kinesis.stop().await;
        }
    }
}

async fn start_kinesis(args: &Args, data_dir: &Path) -> Result<Kinesis> {
    let options =
        kinesis::Options { data_dir: Some(data_dir.join("kinesis")), region: REGION.into(), ..Default::default() };
    Kinesis::start(options, args.kinesis_listen).await.context("cannot start the local Kinesis")
}

/// How the SDK reaches Kinesis: ours with its address and open credentials, or another one as the environment says.
async fn aws_config(args: &Args, kinesis: Option<&Kinesis>, environment: &mut Environment) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest());
    let Some(kinesis) = kinesis else {
        let config = loader.load().await;
        if let Some(endpoint) = &args.kinesis_endpoint {
            environment.set("AWS_ENDPOINT_URL_KINESIS", endpoint);
        }
        if let Some(region) = config.region() {
            environment.set("AWS_REGION", region.as_ref());
        }
        return config;
    };
    let endpoint = format!("http://{}", kinesis.address());
    environment.set("AWS_ENDPOINT_URL_KINESIS", &endpoint);
    environment.set("AWS_REGION", REGION);
    environment.set("AWS_DEFAULT_REGION", REGION); // for version 1 of the AWS CLI
    environment.set("AWS_ACCESS_KEY_ID", ACCESS_KEY);
    environment.set("AWS_SECRET_ACCESS_KEY", ACCESS_KEY);
    let credentials = Credentials::new(ACCESS_KEY, ACCESS_KEY, None, None, "fanner-local");
    loader.endpoint_url(endpoint).region(Region::new(REGION)).credentials_provider(credentials).load().await
}

/// The Global Event Stream, made if it is not there.
async fn create_ges(aws: &SdkConfig, ges: &StreamName) -> Result<()> {
    let kinesis = aws_sdk_kinesis::Client::new(aws);
    let created = kinesis.create_stream().stream_name(ges.as_str()).shard_count(GES_SHARDS).send().await;
    match created {
        Ok(_) => info!(stream = %ges, shards = GES_SHARDS, "Global Event Stream created"),
        Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception()) => (),
        Err(error) => return Err(error).context("cannot create the Global Event Stream"),
    }
    loop {
        let described = kinesis.describe_stream_summary().stream_name(ges.as_str()).send().await?;
        let summary = described.stream_description_summary.context("Kinesis describes no stream")?;
        if matches!(summary.stream_status, StreamStatus::Active | StreamStatus::Updating) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn made(data_dir: &Path) -> Result<PathBuf> {
    fs::create_dir_all(data_dir)
        .and_then(|()| data_dir.canonicalize())
        .with_context(|| format!("cannot use the folder `{}`", data_dir.display()))
}
