//! One fanner process at work: finds the shards of the Global Event Stream, and runs a pipeline for each.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_kinesis::Client;
use fanner_model::StreamName;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::Position;
use crate::aside::Aside;
use crate::backoff::Backoff;
use crate::checkpoint::Checkpoint;
use crate::config::Start;
use crate::feed::{Feed, Memory, Opener};
use crate::kinesis::Fault;
use crate::pipeline::{Context, Pipeline};
use crate::source::{self, Pace, Reader, ShardId};

/// Reads one Global Event Stream.
pub(crate) struct Worker {
    pub ges: StreamName,
    pub client: Client,
    pub start: Start,
    pub reads_per_second: u32,
    pub discover_every: Duration,
    pub memory: Memory,
    pub context: Context,
    pub readiness: Readiness,
}

/// Whether every shard is being read, or what is in the way. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Readiness {
    state: Arc<Mutex<Result<(), String>>>,
    aside: Aside,
}

impl Worker {
    /// Works until `stop`, then until everything under way is done.
    pub(crate) async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => return,
            () = self.wait_for_rules() => (),
        }
        let mut shards = Shards::default();
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
        while !stop.is_cancelled() {
            let pause = match self.discover(&mut shards, &stop).await {
                Ok(()) => {
                    backoff.worked();
                    self.readiness.set(Ok(()));
                    self.discover_every
                }
                Err(fault) => self.wait_out(&mut backoff, &fault),
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

    fn wait_out(&self, backoff: &mut Backoff, fault: &Fault) -> Duration {
        let pause = backoff.failed();
        if backoff.is_worth_a_line() {
            warn!(stream = %self.ges, attempt = backoff.attempt(), error = %fault, "shards could not be listed; retrying");
        }
        self.readiness.set(Err(format!("the shards of `{}` cannot be listed: {fault}", self.ges)));
        pause
    }

    /// Starts a pipeline for every shard that has none, and ends those of shards that are gone.
    async fn discover(&self, shards: &mut Shards, stop: &CancellationToken) -> Result<(), Fault> {
        let created_at = source::created_at(&self.client, &self.ges).await?;
        let listed = source::list(&self.client, &self.ges).await?;
        if self.context.store.incarnation() != Some(created_at) {
            self.begin(created_at, &listed, shards).await;
        }
        let known = self.context.store.shards();
        for (shard, checkpoint) in unread(&listed, &known) {
            if !shards.are_running(&shard) {
                let stop = stop.child_token();
                shards.start(shard.clone(), self.pipeline(shard, checkpoint).run(stop.clone()), stop);
            }
        }
        for (shard, checkpoint) in known {
            if !listed.contains(&shard) && !shards.stop(&shard) {
                self.forget(&shard, &checkpoint);
            }
        }
        Ok(())
    }

    /// Begins with a stream that was never read: as configured, or, if it replaces one that was read, at its start.
    async fn begin(&self, created_at: Timestamp, listed: &[ShardId], shards: &mut Shards) {
        let store = &self.context.store;
        let position = match store.incarnation() {
            None => self.start.position(self.context.clock.now()),
            Some(before) => {
                error!(
                    stream = %self.ges, %before, now = %created_at,
                    "stream was deleted and created anew; what was left in the old one is gone, and the new one is read from its start"
                );
                shards.stop_all();
                shards.all_end().await;
                Position::Start
            }
        };
        store.begin(created_at, listed.iter().map(|shard| (shard.clone(), Checkpoint::at(position.clone()))).collect());
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
        Feed::new(reader, Opener { shard: shard.clone(), memory: self.memory.clone(), metrics })
    }

    /// Forgets a shard that Kinesis has forgotten, and says so if not everything in it had been read.
    fn forget(&self, shard: &ShardId, checkpoint: &Checkpoint) {
        if !checkpoint.is_finished() {
            self.context.telemetry.shard(shard).gaps.increment(1);
            error!(stream = %self.ges, %shard, from = %checkpoint.position, "shard was trimmed before it was read to its end");
        }
        self.context.store.remove(shard);
    }
}

/// The pipelines at work, each with what stops it.
#[derive(Default)]
struct Shards {
    running: BTreeMap<ShardId, CancellationToken>,
    tasks: JoinSet<()>,
    names: HashMap<task::Id, ShardId>,
}

impl Shards {
    fn start(&mut self, shard: ShardId, run: impl Future<Output = ()> + Send + 'static, stop: CancellationToken) {
        let task = self.tasks.spawn(run);
        self.names.insert(task.id(), shard.clone());
        self.running.insert(shard, stop);
    }

    fn are_running(&self, shard: &ShardId) -> bool {
        self.running.contains_key(shard)
    }

    /// Stops the pipeline of `shard`; whether there was one.
    fn stop(&self, shard: &ShardId) -> bool {
        let running = self.running.get(shard);
        running.inspect(|stop| stop.cancel()).is_some()
    }

    fn stop_all(&self) {
        self.running.values().for_each(CancellationToken::cancel);
    }

    /// Returns when a pipeline has ended; never if none is at work.
    async fn one_ends(&mut self) {
        let task = match self.tasks.join_next_with_id().await {
            None => return std::future::pending().await,
            Some(Ok((task, ()))) => task,
            Some(Err(panic)) => {
                error!(error = %panic, "pipeline crashed; it is started again");
                panic.id()
            }
        };
        if let Some(shard) = self.names.remove(&task) {
            self.running.remove(&shard);
        }
    }

    async fn all_end(&mut self) {
        while !self.tasks.is_empty() {
            self.one_ends().await;
        }
    }
}

impl Readiness {
    /// Not ready yet.
    pub(crate) fn new(aside: Aside) -> Self {
        Self { state: Arc::new(Mutex::new(Err("starting".into()))), aside }
    }

    /// What is in the way, if anything is.
    pub(crate) fn get(&self) -> Result<(), String> {
        self.state.lock().clone()
    }

    /// What a person must see to, though events flow.
    pub(crate) fn concern(&self) -> Option<String> {
        self.aside.trouble()
    }

    fn set(&self, state: Result<(), String>) {
        *self.state.lock() = state;
    }
}

/// The shards with something left to read, and where to go on. One that nobody knew is the child of one that was read, and
/// begins at its start. Pure.
fn unread(listed: &[ShardId], known: &BTreeMap<ShardId, Checkpoint>) -> Vec<(ShardId, Checkpoint)> {
    let checkpoint = |shard| known.get(shard).cloned().unwrap_or_else(|| Checkpoint::at(Position::Start));
    let shards = listed.iter().map(|shard| (shard.clone(), checkpoint(shard)));
    shards.filter(|(_, checkpoint)| !checkpoint.is_finished()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_goes_on_at_its_checkpoint_a_new_one_at_its_start_and_a_finished_one_not_at_all() {
        let at_seven = Checkpoint::at(Position::After("7".parse().unwrap()));
        let known = BTreeMap::from([("a".into(), at_seven.clone()), ("b".into(), Checkpoint::at(Position::End))]);
        let expected = [("a".into(), at_seven), ("c".into(), Checkpoint::at(Position::Start))];
        assert_eq!(unread(&["a", "b", "c"].map(ShardId::from), &known), expected);
    }
}
