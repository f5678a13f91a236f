//! The platform: which programs run, in what order they start and stop, and what they tell each other.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_kinesis::config::Credentials;
use aws_sdk_kinesis::types::StreamStatus;
use fanner_client::Client;
use fanner_control_plane as control_plane;
use fanner_model::{Role, Scope, Secret, StreamName, TokenSpec};
use tracing::{info, warn};

use crate::config::{Args, Part};
use crate::environment::{Environment, write_secret, write_terraform_config};
use crate::kinesis::{self, Kinesis};

/// A platform that runs. Dropping it is what a crash does; [`stop`](Self::stop) stops it in order.
pub struct Platform {
    environment: Environment,
    kinesis: Option<Kinesis>,
    control_plane: Option<control_plane::Running>,
    fanner: Option<fanner::Running>,
}

/// The region and credentials of the local Kinesis, which believes everybody.
const REGION: &str = "eu-west-1";
const ACCESS_KEY: &str = "local";

/// Enough for two thousand events a second.
const GES_SHARDS: i32 = 2;

/// How often a stream that is as asked for is looked at.
const RESYNC: Duration = Duration::from_secs(10);

/// Nobody needs to get around the fanner in an account that believes everybody, so nobody looks.
const BYPASS_INTERVAL: Duration = Duration::from_secs(3_600);

/// The team of the platform's administrator.
const ADMINISTRATORS: &str = "platform";

/// The team of whoever reviews: nobody approves what their own team asked for.
const REVIEWERS: &str = "security";

impl Platform {
    /// Starts what `args` asks for; when this returns, everything answers.
    ///
    /// # Errors
    /// An address is taken, the folder or the database cannot be used, or a Kinesis elsewhere does not answer.
    pub async fn start(args: Args) -> Result<Self> {
        let data_dir = made(&args.data_dir)?;
        let mut environment = Environment::default();
        let kinesis = start_kinesis(&args, &data_dir).await?;
        let aws = reach_kinesis(&args, kinesis.as_ref(), &mut environment).await?;
        create_ges(&aws, &args.ges).await?;
        environment.set("FANNER_GES", args.ges.as_str());

        let mut platform = Self { environment, kinesis, control_plane: None, fanner: None };
        if args.run.contains(&Part::ControlPlane) {
            let control_plane = platform.start_control_plane(&args, &data_dir, &aws).await?;
            if args.run.contains(&Part::Fanner) {
                platform.start_fanner(&args, &data_dir, &control_plane).await?;
            }
        } else if args.run.contains(&Part::Fanner) {
            bail!("`fanner` needs `control-plane` beside it; start `fanner run` for a control plane elsewhere");
        }
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
        if let Some(fanner) = self.fanner
            && let Err(error) = fanner.stop().await
        {
            warn!("fanner did not stop well: {error:#}");
        }
        if let Some(control_plane) = self.control_plane {
            control_plane.stop().await;
        }
        if let Some(kinesis) = self.kinesis {
            kinesis.stop().await;
        }
    }

    /// Starts the control plane; its address.
    async fn start_control_plane(&mut self, args: &Args, data_dir: &Path, aws: &SdkConfig) -> Result<String> {
        let sqlite = || format!("sqlite://{}", data_dir.join("control-plane.sqlite").display());
        let is_ours = self.kinesis.is_some();
        let config = control_plane::Config {
            listen: args.listen,
            database_url: args.database_url.clone().unwrap_or_else(sqlite),
            aws: aws.clone(),
            pace: if is_ours { control_plane::Pace::Unlimited } else { control_plane::Pace::Aws },
            signing_key_file: data_dir.join("signing.key"),
            checkpoint_dir: None,
            ges: args.ges.clone(),
            ges_readers: BTreeSet::new(),
            bypass_interval: BYPASS_INTERVAL,
            reader_role_boundary: None,
            resync: RESYNC,
            clock: control_plane::Clock::default(),
            trust: control_plane::Trust::default(),
            proxies: control_plane::Proxies::default(),
        };
        let running = control_plane::start(config).await.context("cannot start the control plane")?;
        let endpoint = format!("http://{}", running.address());
        let administrator = (ADMINISTRATORS, Role::Platform);
        let administrator = token(&running, &endpoint, administrator, &data_dir.join("token")).await?;
        let reviewer = (REVIEWERS, Role::Security);
        let reviewer = token(&running, &endpoint, reviewer, &data_dir.join("security-token")).await?;
        self.environment.set("FANNER_RULES_KEY", running.rules_key().to_string());
        self.control_plane = Some(running);
        self.environment.set("FANNER_ENDPOINT", &endpoint);
        self.environment.set("FANNER_TOKEN", administrator.expose());
        self.environment.set("FANNER_SECURITY_TOKEN", reviewer.expose());
        self.environment.set("TF_CLI_CONFIG_FILE", data_dir.join("terraform.rc").to_string_lossy());
        write_terraform_config(data_dir, &provider_dir(args)?).context("cannot write the file `terraform.rc`")?;
        Ok(endpoint)
    }

    async fn start_fanner(&mut self, args: &Args, data_dir: &Path, endpoint: &str) -> Result<()> {
        let control_plane = self.control_plane.as_ref().context("the control plane runs")?;
        let holder = (ADMINISTRATORS, Role::Fanner);
        let token = token(control_plane, endpoint, holder, &data_dir.join("fanner-token")).await?;
        let mut config = fanner::Config::new(args.ges.clone(), endpoint, data_dir.join("fanner"));
        config.token = Some(token);
        config.rules_keys = vec![control_plane.rules_key().clone()];
        config.listen = args.metrics_listen;
        if let Some(kinesis) = &self.kinesis {
            config.kinesis = fanner::Kinesis::Local { endpoint: address(kinesis), region: REGION.into() };
            config.tuning.reads_per_second = 0;
        }
        self.fanner = Some(fanner::start(config).await.context("cannot start the fanner")?);
        Ok(())
    }
}

/// Our own Kinesis, unless one elsewhere is to be used.
async fn start_kinesis(args: &Args, data_dir: &Path) -> Result<Option<Kinesis>> {
    if args.kinesis_endpoint.is_some() || !args.run.contains(&Part::Kinesis) {
        return Ok(None);
    }
    let data_dir = Some(data_dir.join("kinesis"));
    let options = kinesis::Options { data_dir, region: REGION.into(), ..kinesis::Options::default() };
    Ok(Some(Kinesis::start(options, args.kinesis_listen).await.context("cannot start the local Kinesis")?))
}

/// How the SDK reaches Kinesis: ours with its address and open credentials, or another one as the environment says.
async fn reach_kinesis(args: &Args, kinesis: Option<&Kinesis>, environment: &mut Environment) -> Result<SdkConfig> {
    let loader = aws_config::defaults(BehaviorVersion::latest());
    let Some(kinesis) = kinesis else {
        let Some(endpoint) = &args.kinesis_endpoint else {
            bail!("there is no Kinesis; add `kinesis` to --run, or set AWS_ENDPOINT_URL_KINESIS");
        };
        environment.set("AWS_ENDPOINT_URL_KINESIS", endpoint);
        let config = loader.load().await;
        if let Some(region) = config.region() {
            environment.set("AWS_REGION", region.as_ref());
        }
        return Ok(config);
    };
    environment.set("AWS_ENDPOINT_URL_KINESIS", address(kinesis));
    environment.set("AWS_REGION", REGION);
    environment.set("AWS_DEFAULT_REGION", REGION); // for version 1 of the AWS CLI
    environment.set("AWS_ACCESS_KEY_ID", ACCESS_KEY);
    environment.set("AWS_SECRET_ACCESS_KEY", ACCESS_KEY);
    let credentials = Credentials::new(ACCESS_KEY, ACCESS_KEY, None, None, "fanner-local");
    let loader = loader.endpoint_url(address(kinesis)).region(Region::new(REGION)).credentials_provider(credentials);
    Ok(loader.load().await)
}

fn address(kinesis: &Kinesis) -> String {
    format!("http://{}", kinesis.address())
}

/// The Global Event Stream, made if it is not there.
async fn create_ges(aws: &SdkConfig, ges: &StreamName) -> Result<()> {
    let kinesis = aws_sdk_kinesis::Client::new(aws);
    match kinesis.create_stream().stream_name(ges.as_str()).shard_count(GES_SHARDS).send().await {
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

/// The token kept in `file`, if the control plane still takes it, or else a new one.
async fn token(
    running: &control_plane::Running,
    endpoint: &str,
    (team, role): (&str, Role),
    file: &Path,
) -> Result<Secret> {
    if let Ok(kept) = fs::read_to_string(file) {
        let secret = Secret::new(kept);
        if Client::new(endpoint, Some(&secret), "fanner-local")?.caller().await.is_ok() {
            return Ok(secret);
        }
    }
    let team = team.parse().expect("the name has only letters");
    let issued = running.issue_token(&TokenSpec { team, role, scope: Scope::Full, expires_at: None }).await?;
    write_secret(file, &issued.secret).with_context(|| format!("cannot write the file `{}`", file.display()))?;
    Ok(issued.secret)
}

fn provider_dir(args: &Args) -> Result<PathBuf> {
    if let Some(folder) = &args.provider_dir {
        return Ok(folder.clone());
    }
    let program = std::env::current_exe().context("cannot find the folder of this program")?;
    Ok(program.parent().context("a program lies in a folder")?.to_path_buf())
}

fn made(data_dir: &Path) -> Result<PathBuf> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(data_dir);
    let folder = made.and_then(|()| data_dir.canonicalize());
    folder.with_context(|| format!("cannot use the folder `{}`", data_dir.display()))
}
