//! Subscriptions.

use fanner_model::{Page, Subscription, SubscriptionId, SubscriptionSpec};

use crate::{Client, Error, Guard, Precondition};

impl Client {
    /// Creates a subscription or replaces what is asked for of it. The caller chooses the id, so that a repeated call
    /// does not subscribe twice.
    pub async fn put_subscription(
        &self,
        id: SubscriptionId,
        spec: &SubscriptionSpec,
        guard: impl Into<Guard>,
    ) -> Result<Subscription, Error> {
        self.put(&["subscriptions", &id.to_string()], spec, guard).await
    }

    /// One subscription.
    pub async fn subscription(&self, id: SubscriptionId) -> Result<Subscription, Error> {
        self.get(&["subscriptions", &id.to_string()], &[]).await
    }

    /// The subscriptions that the caller may see whose ids come after `after`, at most 500.
    pub async fn subscriptions(&self, after: Option<&str>) -> Result<Page<Subscription>, Error> {
        self.page("subscriptions", after).await
    }

    /// Ends a subscription.
    pub async fn delete_subscription(&self, id: SubscriptionId) -> Result<(), Error> {
        self.delete(&["subscriptions", &id.to_string()], Precondition::None).await
    }
}
