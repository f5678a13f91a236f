//! What access depended on at a moment of the past: what the newest entry of the audit log until then says about each thing.

use fanner_audit::{Entry, Noun, State};
use fanner_model::{RequestStatus, Revision, Stream};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::column::corrupt;
use super::{Facts, Interests, Pool, Store, StoreError, StreamRecord, on};

impl Store {
    /// What access depended on at `at`, and who asked for what. As far as the rules go, every stream was there.
    ///
    /// # Errors
    /// Also if an entry cannot be read: then nothing can be said.
    pub(crate) async fn past(&self, at: Timestamp) -> Result<(Facts, Interests), StoreError> {
        const SQL: &str = "select entry from audit_entry where seq in \
                           (select max(seq) from audit_entry where changes and at <= $1 and noun in \
                                ('streams', 'subscriptions', 'event-types', 'teams', 'policies', 'permissions', \
                                 'quarantines', 'requests', 'grants') \
                            group by noun, key) order by seq";
        let texts: Vec<Vec<u8>> = on!(self.reading, db => sqlx::query_scalar(SQL)
            .bind(at.as_microsecond()).fetch_all(db).await)?;
        let mut past = Past::default();
        for text in texts {
            past.add(&entry(&text)?)?;
        }
        Ok(past.sorted())
    }
}

/// What was, as far as it was told.
#[derive(Default)]
struct Past {
    facts: Facts,
    interests: Interests,
}

impl Past {
    /// Adds what an entry says about its subject, if there is still one.
    fn add(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let Some(state) = &entry.after else { return Ok(()) };
        let Self { facts, interests } = self;
        match entry.subject.noun {
            Noun::Streams => interests.streams.push(asked(read(entry, state)?, entry)),
            Noun::Subscriptions => interests.subscriptions.push(read(entry, state)?),
            Noun::EventTypes => facts.event_types.push(read(entry, state)?),
            Noun::Teams => facts.teams.push(read(entry, state)?),
            Noun::Policies => facts.policies.push(read(entry, state)?),
            Noun::Permissions => facts.permissions.push(read(entry, state)?),
            Noun::Quarantines => facts.quarantines.push(read(entry, state)?),
            Noun::Requests => facts.requests.push(read(entry, state)?),
            Noun::Grants => facts.grants.push(read(entry, state)?),
            Noun::Tokens | Noun::Sessions | Noun::Campaigns | Noun::BreakGlass | Noun::Other => {}
        }
        Ok(())
    }

    /// The same in the orders that the tables have.
    fn sorted(self) -> (Facts, Interests) {
        let Self { mut facts, mut interests } = self;
        interests.streams.sort_by(|one, other| one.stream.name.cmp(&other.stream.name));
        interests.subscriptions.sort_by_key(|subscription| subscription.id);
        facts.grants.sort_by_key(|grant| grant.id);
        facts.requests.sort_by_key(|request| request.id);
        facts.requests.retain(|request| !matches!(request.status, RequestStatus::Approved { .. }));
        (facts, interests)
    }
}

fn entry(text: &[u8]) -> Result<Entry, StoreError> {
    let text = String::from_utf8_lossy(text);
    Entry::parse(&text).map_err(|cause| corrupt("audit_entry.entry", &text, cause))
}

fn read<T: DeserializeOwned>(entry: &Entry, state: &State) -> Result<T, StoreError> {
    let error = |cause| corrupt("audit_entry.entry", state.as_str(), cause).in_row(entry.seq.to_string());
    state.read().map_err(error)
}

/// A stream as it was asked for.
fn asked(stream: Stream, entry: &Entry) -> StreamRecord {
    StreamRecord {
        capacity_generation: stream.generation,
        stream,
        served: true,
        revision: Revision::default(),
        attempts: 0,
        idempotency_key: None,
        asked_by: entry.actor.clone(),
        role_id: None,
    }
}
