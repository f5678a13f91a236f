//! What resources share while Terraform walks through a configuration: the client, the default tags, and one listing
//! of each noun, so that a thousand resources are refreshed with a few requests.

use std::collections::BTreeMap;

use fanner_client::{Client, Error};
use fanner_model::{EventType, Page, Stream, Subscription, Tags};
use tokio::sync::OnceCell;

/// A configured provider. Terraform configures anew for each walk, so no listing is older than its walk.
#[derive(Debug)]
pub struct Session {
    pub client: Client,
    pub default_tags: Tags,
    streams: Listing<Stream>,
    subscriptions: Listing<Subscription>,
    event_types: Listing<EventType>,
}

impl Session {
    pub fn new(client: Client, default_tags: Tags) -> Self {
        let (streams, subscriptions, event_types) = <(Listing<_>, Listing<_>, Listing<_>)>::default();
        Self { client, default_tags, streams, subscriptions, event_types }
    }

    /// The stream with this name as it was when the walk began; `None` if there is none.
    pub async fn stream(&self, name: &str) -> Result<Option<&Stream>, &Error> {
        self.streams.find(&self.client, name).await
    }

    /// The subscription with this id as it was when the walk began; `None` if there is none.
    pub async fn subscription(&self, id: &str) -> Result<Option<&Subscription>, &Error> {
        self.subscriptions.find(&self.client, id).await
    }

    /// The event type with this name as it was when the walk began; `None` if there is none.
    pub async fn event_type(&self, name: &str) -> Result<Option<&EventType>, &Error> {
        self.event_types.find(&self.client, name).await
    }
}

/// Something that the control plane lists by key.
trait Listed: Sized {
    fn key(&self) -> String;
    fn page(client: &Client, after: Option<&str>) -> impl Future<Output = Result<Page<Self>, Error>> + Send;
}

/// Everything of one noun, asked for once. Whoever comes while it is under way waits for it, and a failure is not
/// asked for again: a thousand resources must not each wait for a control plane that is away.
#[derive(Debug)]
struct Listing<T>(OnceCell<Result<BTreeMap<String, T>, Error>>);

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T: Listed> Listing<T> {
    async fn find(&self, client: &Client, key: &str) -> Result<Option<&T>, &Error> {
        let all = self.0.get_or_init(|| all(client)).await;
        all.as_ref().map(|all| all.get(key))
    }
}

async fn all<T: Listed>(client: &Client) -> Result<BTreeMap<String, T>, Error> {
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let Page { items, next } = T::page(client, after.as_deref()).await?;
        all.extend(items.into_iter().map(|item: T| (item.key(), item)));
        match next {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}

/// Every event type, for who wants them all.
pub async fn event_types(client: &Client) -> Result<Vec<EventType>, Error> {
    all(client).await.map(|all| all.into_values().collect())
}

impl Listed for Stream {
    fn key(&self) -> String {
        self.name.to_string()
    }

    async fn page(client: &Client, after: Option<&str>) -> Result<Page<Self>, Error> {
        client.streams(after).await
    }
}

impl Listed for Subscription {
    fn key(&self) -> String {
        self.id.to_string()
    }

    async fn page(client: &Client, after: Option<&str>) -> Result<Page<Self>, Error> {
        client.subscriptions(after).await
    }
}

impl Listed for EventType {
    fn key(&self) -> String {
        self.name.to_string()
    }

    async fn page(client: &Client, after: Option<&str>) -> Result<Page<Self>, Error> {
        client.event_types(after).await
    }
}
