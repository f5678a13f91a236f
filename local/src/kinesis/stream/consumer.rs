//! Registered consumers (enhanced fan-out): kept and described; reading through one is not offered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use crate::kinesis::clock::Millis;
use crate::kinesis::error::Error;
use crate::kinesis::limits::Conditions;

/// The most consumers of one stream.
const MOST: usize = 20;

/// A registered consumer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Consumer {
    pub(crate) name: String,
    pub(crate) created_at: Millis,
    ready_at: Millis,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) policy: Option<String>,
}

impl Consumer {
    /// The consumer's ARN, which follows its stream's.
    pub(crate) fn arn(&self, stream_arn: &str) -> String {
        format!("{stream_arn}/consumer/{}:{}", self.name, self.created_at.0 / 1000)
    }

    pub(crate) fn status(&self, now: Millis) -> &'static str {
        if now < self.ready_at { "CREATING" } else { "ACTIVE" }
    }
}

impl Facts {
    /// Registers a consumer under a new name.
    pub(crate) fn register_consumer(
        &mut self,
        name: &str,
        tags: BTreeMap<String, String>,
        conditions: &Conditions,
    ) -> Result<Consumer, Error> {
        self.ensure_active(conditions.now)?;
        if self.consumers.contains_key(name) {
            return Err(Error::in_use(format!("Consumer {name} of stream {} already exists", self.name)));
        }
        if self.consumers.len() >= MOST {
            return Err(Error::limit_exceeded(format!("Stream {} already has {MOST} consumers", self.name)));
        }
        let (created_at, ready_at) = (conditions.now, conditions.settled_at());
        let consumer = Consumer { name: name.into(), created_at, ready_at, tags, policy: None };
        self.consumers.insert(name.into(), consumer.clone());
        Ok(consumer)
    }

    pub(crate) fn deregister_consumer(&mut self, name: &str) -> Result<(), Error> {
        self.consumers.remove(name).map(drop).ok_or_else(|| self.no_consumer(name))
    }

    pub(crate) fn consumer(&self, name: &str) -> Result<&Consumer, Error> {
        self.consumers.get(name).ok_or_else(|| self.no_consumer(name))
    }

    pub(crate) fn consumer_mut(&mut self, name: &str) -> Result<&mut Consumer, Error> {
        let missing = self.no_consumer(name);
        self.consumers.get_mut(name).ok_or(missing)
    }

    fn no_consumer(&self, name: &str) -> Error {
        Error::not_found(format!("Consumer {name} of stream {} not found", self.name))
    }
}
