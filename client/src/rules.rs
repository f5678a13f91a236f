//! Following the rules.

use std::time::Duration;

use fanner_model::{Revision, SignedRules, WorkerId};

use crate::{Client, Error};

impl Client {
    /// The rules, as soon as they are newer than `obeyed`, or as they are after `wait` (whole seconds). Asking says that
    /// `worker` obeys `obeyed` from now on: it acknowledges that revision. `None`: it obeys none yet. Who signed them is
    /// for the caller to verify.
    pub async fn rules(
        &self,
        worker: &WorkerId,
        obeyed: Option<Revision>,
        wait: Duration,
    ) -> Result<SignedRules, Error> {
        let after = obeyed.map(|revision| ("after", revision.to_string()));
        let query: Vec<_> =
            [("worker", worker.to_string()), ("wait", wait.as_secs().to_string())].into_iter().chain(after).collect();
        self.get_waiting(&["rules"], &query, wait).await
    }
}
