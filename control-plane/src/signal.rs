//! How the parts of one process tell each other to look again. A signal carries no news: whoever is woken reads the
//! database, so that a signal too many or too few does no harm.

use std::sync::Arc;

use fanner_model::StreamName;
use tokio::sync::{Notify, broadcast};

/// The signals of one process. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    /// A stream may be due.
    pub reconcile: Arc<Notify>,
    /// There may be a new revision of the rules.
    pub rules: Arc<Notify>,
    /// Something became true of this stream.
    pub stream: broadcast::Sender<StreamName>,
}

impl Default for Signals {
    fn default() -> Self {
        Self { reconcile: Arc::default(), rules: Arc::default(), stream: broadcast::Sender::new(256) }
    }
}

impl Signals {
    /// What is asked for has changed.
    pub(crate) fn wanted(&self) {
        self.reconcile.notify_one();
        self.rules.notify_one();
    }
}
