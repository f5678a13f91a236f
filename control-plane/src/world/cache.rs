//! The newest world, kept at hand: it is read anew only when the database says that it has changed.

use std::sync::Arc;

use fanner_access::PolicyError;
use tokio::sync::Mutex;

use super::World;
use crate::store::{Store, StoreError};

/// The newest world that this process knows. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Worlds(Arc<Mutex<Option<Arc<World>>>>);

impl Worlds {
    /// The world as it is now.
    pub(crate) async fn newest(&self, store: &Store) -> Result<Arc<World>, WorldError> {
        // Whoever finds the world outdated reads it while the others wait for that, instead of each reading it.
        let mut known = self.0.lock().await;
        let revision = store.access_revision().await?;
        if let Some(world) = known.as_ref().filter(|world| world.revision() == revision) {
            return Ok(Arc::clone(world));
        }
        let world = Arc::new(World::new(store.facts().await?).map_err(WorldError::Policies)?);
        *known = Some(Arc::clone(&world));
        Ok(world)
    }
}

/// Why the world is not known.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Policies that were good when they were written are not any more: this program's schema differs.
    #[error("the policies cannot be used: {}", words(.0))]
    Policies(Vec<PolicyError>),
}

fn words(errors: &[PolicyError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
