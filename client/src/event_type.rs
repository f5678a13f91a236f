//! Event types.

use fanner_model::{EventName, EventType, EventTypeSpec, Page};

use crate::{Client, Error, Guard, IdempotencyKey, Precondition};

impl Client {
    /// Declares an event type or replaces its declaration.
    pub async fn put_event_type(
        &self,
        name: &EventName,
        spec: &EventTypeSpec,
        guard: impl Into<Guard>,
    ) -> Result<EventType, Error> {
        self.put(&["event-types", name.as_str()], spec, guard).await
    }

    /// The event type that the write with this key made; `None` if it never happened, or another write came after it.
    pub async fn made_event_type(&self, name: &EventName, key: IdempotencyKey) -> Result<Option<EventType>, Error> {
        self.made(&["event-types", name.as_str()], &EventTypeSpec::default(), key).await
    }

    /// One event type.
    pub async fn event_type(&self, name: &EventName) -> Result<EventType, Error> {
        self.get(&["event-types", name.as_str()], &[]).await
    }

    /// The event types whose names come after `after`, at most 500.
    pub async fn event_types(&self, after: Option<&str>) -> Result<Page<EventType>, Error> {
        self.page("event-types", after).await
    }

    /// Takes back a declaration that nobody subscribes to.
    pub async fn delete_event_type(&self, name: &EventName) -> Result<(), Error> {
        self.delete(&["event-types", name.as_str()], Precondition::None).await
    }
}
