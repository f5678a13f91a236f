//! One fanner process at work: finds the shards of the Global Event Stream, and runs a pipeline for each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use fanner_model::StreamName;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::Position;
use crate::backoff::Backoff;
use crate::checkpoint::Checkpoint;
use crate::config::Start;
use crate::feed::{Feed, Memory, Opener};
use crate::kinesis::Fault;
use crate::pipeline::{Context, Ended, Pipeline};
use crate::source::{self, Pace, Reader, Shard, ShardId};

/// Reads one Global Event Stream.
pub(crate) struct Worker {
    pub ges: StreamName,
    pub client: Client,
    pub start: Start,
    pub reads_per_second: u32,
    pub discover_every: Duration,
    pub memory: Memory,
    pub aside: crate::aside::Aside,
    pub context: Context,
    pub readiness: Readiness,
}

/// Whether every shard is being read, or what is in the way. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Readiness(Arc<Mutex<Result<(), String>>>);

impl Worker {
    /// Works until `stop`, then until everything under way is done.
    pub(crate) async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => return,
            () = self.wait_for_rules() => (),
        }
        let mut shards = Shards::default();
        let mut beginning = None;
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
        while !stop.is_cancelled() {
            let pause = match self.discover(&mut shards, &mut beginning, &stop).await {
                Ok(()) => {
                    backoff.worked();
                    self.discover_every
                }
                Err(fault) => {
                    let pause = backoff.failed();
                    if backoff.is_worth_a_line() {
                        warn!(stream = %self.ges, attempt = backoff.attempt(), error = %fault, "shards could not be listed; retrying");
                    }
                    self.readiness.set(Err(format!("the shards of `{}` cannot be listed: {fault}", self.ges)));
                    pause
                }
            };
            tokio::select! {
                () = stop.cancelled() => (),
                () = shards.one_ends() => (),
                () = tokio::time::sleep(pause) => (),
            }
        }
        shards.all_end().await;
    }

    async fn wait_for_rules(&self) {
        self.readiness.set(Err("no rules yet".into()));
        if self.context.rules.borrow().is_none() {
            info!("no rules yet; nothing is read");
        }
        // Fails only when the follower is gone, and then the process is stopping.
        let _ = self.context.rules.clone().wait_for(Option::is_some).await;
    }

    /// Starts a pipeline for every shard that has none.
    async fn discover(
        &self,
        shards: &mut Shards,
        beginning: &mut Option<Position>,
        stop: &CancellationToken,
    ) -> Result<(), Fault> {
        let begin_at = match beginning {
            Some(position) => position.clone(),
            None => self.beginning().await?,
        };
        let listed = source::list(&self.client, &self.ges).await?;
        let known = self.context.store.shards();
        for (shard, checkpoint) in unread(&listed, &known, &begin_at) {
            if !shards.running.contains(&shard) {
                self.context.store.put(&shard, checkpoint.clone());
                shards.start(shard.clone(), self.pipeline(shard, checkpoint).run(stop.clone()));
            }
        }
        self.forget_trimmed(&listed, &known, &shards.running);
        // A shard that appears later is the child of one that was read.
        *beginning = Some(Position::Start);
        self.readiness.set(Ok(()));
        Ok(())
    }

    /// Where to begin with shards that were never read.
    async fn beginning(&self) -> Result<Position, Fault> {
        let created_at = source::created_at(&self.client, &self.ges).await?;
        if let Some(before) = self.context.store.read_incarnation(created_at) {
            error!(
                stream = %self.ges, %before, now = %created_at,
                "stream was deleted and created anew; what was left in the old one is gone, and the new one is read from its start"
            );
            return Ok(Position::Start);
        }
        match self.context.store.shards().is_empty() {
            true => Ok(self.start.position(self.context.clock.now())),
            false => Ok(Position::Start),
        }
    }

    fn pipeline(&self, shard: ShardId, checkpoint: Checkpoint) -> Pipeline {
        let pace = Pace::per_second(self.reads_per_second);
        let lowest = checkpoint.exceptions.values().map(|exception| exception.from.clone()).min();
        let hot = self.feed(&shard, &pace, checkpoint.position.clone());
        let catch_up = self.feed(&shard, &pace, lowest.unwrap_or_else(|| checkpoint.position.clone()));
        Pipeline::new(shard, checkpoint, hot, catch_up, self.context.clone())
    }

    fn feed(&self, shard: &ShardId, pace: &Pace, position: Position) -> Feed {
        let reader = Reader::new(self.client.clone(), self.ges.clone(), shard.clone(), pace.clone(), position);
        let metrics = self.context.telemetry.shard(shard);
        Feed::new(
            reader,
            Opener { shard: shard.clone(), aside: self.aside.clone(), memory: self.memory.clone(), metrics },
        )
    }

    /// Forgets shards that Kinesis has forgotten, and says so if not everything in them had been read.
    fn forget_trimmed(&self, listed: &[Shard], known: &BTreeMap<ShardId, Checkpoint>, running: &BTreeSet<ShardId>) {
        for (shard, checkpoint) in known {
            if listed.iter().any(|listed| listed.id == *shard) || running.contains(shard) {
                continue;
            }
            if !checkpoint.is_finished() {
                self.context.telemetry.shard(shard).gaps.increment(1);
                error!(stream = %self.ges, %shard, from = %checkpoint.position, "shard was trimmed before it was read to its end");
            }
            self.context.store.remove(shard);
        }
    }
}

/// The pipelines at work.
#[derive(Default)]
struct Shards {
    running: BTreeSet<ShardId>,
    tasks: JoinSet<(ShardId, Ended)>,
    names: BTreeMap<tokio::task::Id, ShardId>,
}

impl Shards {
    fn start(&mut self, shard: ShardId, run: impl Future<Output = Ended> + Send + 'static) {
        let name = shard.clone();
        let task = self.tasks.spawn(async move { (name, run.await) });
        self.names.insert(task.id(), shard.clone());
        self.running.insert(shard);
    }

    /// Returns when a pipeline has ended; never if none is at work.
    async fn one_ends(&mut self) {
        match self.tasks.join_next_with_id().await {
            None => std::future::pending().await,
            Some(Ok((task, (shard, _)))) => self.forget(task, &shard),
            Some(Err(panic)) => {
                let shard = self.names.get(&panic.id()).cloned();
                error!(shard = shard.as_ref().map(ShardId::as_str), error = %panic, "pipeline crashed; it is started again");
                if let Some(shard) = shard {
                    self.forget(panic.id(), &shard);
                }
            }
        }
    }

    async fn all_end(&mut self) {
        while !self.tasks.is_empty() {
            self.one_ends().await;
        }
    }

    fn forget(&mut self, task: tokio::task::Id, shard: &ShardId) {
        self.names.remove(&task);
        self.running.remove(shard);
    }
}

impl Readiness {
    /// Not ready yet.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Err("starting".into()))))
    }

    /// What is in the way, if anything is.
    pub(crate) fn get(&self) -> Result<(), String> {
        self.0.lock().clone()
    }

    fn set(&self, state: Result<(), String>) {
        *self.0.lock() = state;
    }
}

/// The shards with something left to read, and where to go on: at their checkpoint, or at `beginning`. Pure.
fn unread(listed: &[Shard], known: &BTreeMap<ShardId, Checkpoint>, beginning: &Position) -> Vec<(ShardId, Checkpoint)> {
    let checkpoint = |shard: &Shard| match known.get(&shard.id) {
        Some(checkpoint) => checkpoint.clone(),
        None => Checkpoint::at(beginning.clone()),
    };
    let shards = listed.iter().map(|shard| (shard.id.clone(), checkpoint(shard)));
    shards.filter(|(_, checkpoint)| !checkpoint.is_finished()).collect()
}
