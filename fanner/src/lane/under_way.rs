//! The requests of all lanes that are under way. Each obeys the rules of the moment in which it began; so new rules are
//! obeyed by everybody once the requests from before them have ended.

use std::mem;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// Counts requests. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnderWay(Arc<Mutex<TaskTracker>>);

impl UnderWay {
    /// Counts a request from now on, before it looks at the rules, until what is returned is dropped.
    pub(super) fn begin(&self) -> TaskTrackerToken {
        self.0.lock().token()
    }

    /// Returns when every request has ended that began before this call. Whoever begins meanwhile is not waited for.
    pub(crate) async fn settled(&self) {
        let before = mem::take(&mut *self.0.lock());
        before.close();
        before.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn only_requests_from_before_are_waited_for() {
        let under_way = UnderWay::default();
        let before = under_way.begin();
        let mut settled = Box::pin(under_way.settled());
        assert!(settled.as_mut().now_or_never().is_none());
        let after = under_way.begin();
        drop(before);
        settled.await;
        drop(after);
    }
}
