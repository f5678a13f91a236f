//! What resources share while Terraform walks through a configuration: the client, the default tags, and one listing
//! of each noun, so that a thousand resources are refreshed with a few requests.

use std::collections::BTreeMap;

use fanner_client::{Client, Error};
use fanner_model::{EventType, Page, Permission, Policy, Quarantine, Stream, Subscription, Tags, Team};
use tokio::sync::OnceCell;

/// A configured provider. Terraform configures anew for each walk, so no listing is older than its walk.
#[derive(Debug)]
pub struct Session {
    pub client: Client,
    pub default_tags: Tags,
    listings: Listings,
}

impl Session {
    pub fn new(client: Client, default_tags: Tags) -> Self {
        Self { client, default_tags, listings: Listings::default() }
    }

    /// The thing with this key as it was when the walk began; `None` if there is none.
    pub async fn find<'a, T: Listed + 'a>(&'a self, key: &str) -> Result<Option<&'a T>, &'a Error> {
        let all = T::listing(&self.listings).0.get_or_init(|| all(&self.client)).await;
        all.as_ref().map(|all| all.get(key))
    }
}

/// Every event type, for who wants them all.
pub async fn event_types(client: &Client) -> Result<Vec<EventType>, Error> {
    all(client).await.map(|all| all.into_values().collect())
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

/// Something that the control plane lists by key.
pub trait Listed: Sized + Send + Sync {
    fn key(&self) -> String;
    fn page(client: &Client, after: Option<&str>) -> impl Future<Output = Result<Page<Self>, Error>> + Send;
    fn listing(listings: &Listings) -> &Listing<Self>;
}

/// Everything of one noun, asked for once. Whoever comes while it is under way waits for it, and a failure is not
/// asked for again: a thousand resources must not each wait for a control plane that is away.
#[derive(Debug)]
pub struct Listing<T>(OnceCell<Result<BTreeMap<String, T>, Error>>);

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

/// Declares the nouns, each with its key, and the client's method that lists it.
macro_rules! listed {
    ($($Noun:ident by $key:ident in $nouns:ident;)+) => {
        /// One listing of each noun.
        #[derive(Debug, Default)]
        pub struct Listings {
            $($nouns: Listing<$Noun>,)+
        }

        $(impl Listed for $Noun {
            fn key(&self) -> String {
                self.$key.to_string()
            }

            async fn page(client: &Client, after: Option<&str>) -> Result<Page<Self>, Error> {
                client.$nouns(after).await
            }

            fn listing(listings: &Listings) -> &Listing<Self> {
                &listings.$nouns
            }
        })+
    };
}

listed! {
    Stream by name in streams;
    Subscription by id in subscriptions;
    EventType by name in event_types;
    Team by name in teams;
    Policy by name in policies;
    Permission by id in permissions;
    Quarantine by id in quarantines;
}
