//! The operations, one file a noun: allow, check, store, wake. Checking is pure and finds every problem of a request; it
//! serves the write and the plan alike.

/// Runs a block that decides a write on the newest world, and again if that changed before the write: a block that came too
/// late gives `Ok(None)`.
macro_rules! decided {
    ($app:expr, $what:expr, $world:ident => $body:block) => {{
        let mut attempts = 0..$crate::ops::ATTEMPTS;
        loop {
            if attempts.next().is_none() {
                break Err($crate::ops::overtaken($what));
            }
            let world = $app.world().await?;
            let $world = &*world;
            let attempt: Result<Option<_>, $crate::error::Error> = async $body.await;
            match attempt {
                Ok(Some(done)) => break Ok(done),
                Ok(None) => {}
                Err(error) => break Err(error),
            }
        }
    }};
}

pub(crate) mod access_request;
pub(crate) mod audit;
pub(crate) mod break_glass;
pub(crate) mod bypass;
pub(crate) mod caller;
pub(crate) mod campaign;
pub(crate) mod delivery;
pub(crate) mod desk;
mod document;
pub(crate) mod enforcement;
pub(crate) mod event_type;
pub(crate) mod explanation;
mod exposure;
pub(crate) mod finding;
pub(crate) mod grant;
mod guard;
pub(crate) mod impact;
pub(crate) mod link;
pub(crate) mod login;
mod moment;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod reader;
pub(crate) mod reminder;
mod right;
pub(crate) mod rules;
mod secret;
pub(crate) mod session;
pub(crate) mod sighting;
pub(crate) mod stream;
pub(crate) mod subscription;
pub(crate) mod team;
pub(crate) mod team_access;
pub(crate) mod token;

pub(crate) use guard::{Guard, Precondition};

use fanner_model::{Code, EventName, Page};

use crate::error::Error;
use crate::world::World;

/// Which part of a list is wanted: what comes after a key, at most `limit` items.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub after: String,
    pub limit: u32,
}

/// A page of `items`, each with its key. There is a next page if this one is full.
fn page<T>(items: Vec<T>, part: &Part, key: impl Fn(&T) -> String) -> Page<T> {
    let is_full = usize::try_from(part.limit).is_ok_and(|limit| limit <= items.len());
    let next = items.last().filter(|_| is_full).map(key);
    Page { items, next }
}

/// Thinks about many things on a thread where nobody else waits.
async fn apart<T: Send + 'static>(think: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(think).await {
        Ok(thought) => thought,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// The error of an event that was not declared in that world.
fn undeclared(world: &World, event: &EventName) -> Error {
    Error::refused(Code::NotFound, world.unknown(event))
}

/// How often a write is tried that others overtake.
const ATTEMPTS: usize = 8;

/// The error of a write that others overtook again and again.
fn overtaken(what: &str) -> Error {
    Error::refused(Code::Unavailable, format!("{what} is being changed by others right now; try again"))
}
