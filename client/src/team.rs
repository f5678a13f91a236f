//! Teams.

use fanner_model::{Page, Team, TeamName, TeamSpec};

use crate::{Client, Error, Guard, IdempotencyKey, Precondition};

impl Client {
    /// Describes a team.
    pub async fn put_team(&self, name: &TeamName, spec: &TeamSpec, guard: impl Into<Guard>) -> Result<Team, Error> {
        self.put(&["teams", name.as_str()], spec, guard).await
    }

    /// The team that the description with this key made; `None` if it never happened, or another came after it.
    pub async fn made_team(&self, name: &TeamName, key: IdempotencyKey) -> Result<Option<Team>, Error> {
        self.made(&["teams", name.as_str()], &TeamSpec::default(), key).await
    }

    /// One team.
    pub async fn team(&self, name: &TeamName) -> Result<Team, Error> {
        self.get(&["teams", name.as_str()], &[]).await
    }

    /// The teams whose names come after `after`, at most 500.
    pub async fn teams(&self, after: Option<&str>) -> Result<Page<Team>, Error> {
        self.page("teams", after).await
    }

    /// Forgets the description of a team.
    pub async fn delete_team(&self, name: &TeamName) -> Result<(), Error> {
        self.delete(&["teams", name.as_str()], Precondition::None).await
    }
}
