//! Policies.

use fanner_model::{Page, Policy, PolicyChange, PolicyImpact, PolicyName, PolicySpec};

use crate::{Client, Error, Guard, IdempotencyKey, Precondition};

impl Client {
    /// Puts a document of policies in force.
    pub async fn put_policy(
        &self,
        name: &PolicyName,
        spec: &PolicySpec,
        guard: impl Into<Guard>,
    ) -> Result<Policy, Error> {
        self.put(&["policies", name.as_str()], spec, guard).await
    }

    /// The document that the write with this key made; `None` if it never happened, or another write came after it.
    pub async fn made_policy(&self, name: &PolicyName, key: IdempotencyKey) -> Result<Option<Policy>, Error> {
        let nothing = PolicySpec { description: None, text: String::new() };
        self.made(&["policies", name.as_str()], &nothing, key).await
    }

    /// One document of policies.
    pub async fn policy(&self, name: &PolicyName) -> Result<Policy, Error> {
        self.get(&["policies", name.as_str()], &[]).await
    }

    /// The documents whose names come after `after`, at most 500.
    pub async fn policies(&self, after: Option<&str>) -> Result<Page<Policy>, Error> {
        self.page("policies", after).await
    }

    /// Who would gain and lose what if policies were changed.
    pub async fn policy_impact(&self, change: &PolicyChange) -> Result<PolicyImpact, Error> {
        self.post(&["policies", "impact"], change).await
    }

    /// Takes a document of policies out of force.
    pub async fn delete_policy(&self, name: &PolicyName) -> Result<(), Error> {
        self.delete(&["policies", name.as_str()], Precondition::None).await
    }
}
