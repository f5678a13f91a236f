//! Streams.

use std::time::Duration;

use fanner_model::{Page, PlanAnswer, PlanRequest, Stream, StreamName, StreamSpec};

use crate::{Client, Error, Guard, IdempotencyKey, Precondition};

impl Client {
    /// Creates a stream or replaces what is asked for of it. Kinesis follows: see [`Client::settled_stream`].
    pub async fn put_stream(
        &self,
        name: &StreamName,
        spec: &StreamSpec,
        guard: impl Into<Guard>,
    ) -> Result<Stream, Error> {
        self.put(&["streams", name.as_str()], spec, guard).await
    }

    /// The stream that the write with this key made; `None` if it never happened, or another write came after it.
    pub async fn made_stream(&self, name: &StreamName, key: IdempotencyKey) -> Result<Option<Stream>, Error> {
        self.made(&["streams", name.as_str()], &StreamSpec::default(), key).await
    }

    /// A stream as the control plane last saw it.
    pub async fn stream(&self, name: &StreamName) -> Result<Stream, Error> {
        self.get(&["streams", name.as_str()], &[]).await
    }

    /// A stream as Kinesis has it now.
    pub async fn fresh_stream(&self, name: &StreamName) -> Result<Stream, Error> {
        self.get(&["streams", name.as_str()], &[("fresh", "true".into())]).await
    }

    /// A stream as soon as it is as asked for, failed or is gone, or as it is after `wait` (whole seconds).
    pub async fn settled_stream(&self, name: &StreamName, wait: Duration) -> Result<Stream, Error> {
        let query = [("wait", wait.as_secs().to_string())];
        self.get_waiting(&["streams", name.as_str()], &query, wait).await
    }

    /// The streams that the caller may see whose names come after `after`, as Kinesis has them now, at most 500.
    pub async fn streams(&self, after: Option<&str>) -> Result<Page<Stream>, Error> {
        let after = after.map(|after| ("after", after.to_owned()));
        let query: Vec<_> =
            [("fresh", "true".to_owned()), ("limit", "500".to_owned())].into_iter().chain(after).collect();
        self.get(&["streams"], &query).await
    }

    /// Asks for a stream to be deleted, with its records. It is gone once [`Client::settled_stream`] finds nothing.
    pub async fn delete_stream(&self, name: &StreamName) -> Result<(), Error> {
        self.delete(&["streams", name.as_str()], Precondition::None).await
    }

    /// What a change would do, without doing it.
    pub async fn plan(&self, request: &PlanRequest) -> Result<PlanAnswer, Error> {
        self.post(&["plan"], request).await
    }
}
