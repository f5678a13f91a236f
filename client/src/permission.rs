//! Standing permissions and quarantines.

use fanner_model::{Page, Permission, PermissionId, PermissionSpec, Quarantine, QuarantineId, QuarantineSpec};

use crate::{Client, Error, Precondition};

impl Client {
    /// Permits a team to have events without asking.
    pub async fn put_permission(&self, id: PermissionId, spec: &PermissionSpec) -> Result<Permission, Error> {
        self.put(&["permissions", &id.to_string()], spec, Precondition::None).await
    }

    /// One standing permission.
    pub async fn permission(&self, id: PermissionId) -> Result<Permission, Error> {
        self.get(&["permissions", &id.to_string()], &[]).await
    }

    /// The standing permissions whose ids come after `after`, at most 500.
    pub async fn permissions(&self, after: Option<&str>) -> Result<Page<Permission>, Error> {
        self.page("permissions", after).await
    }

    /// Takes a standing permission back.
    pub async fn end_permission(&self, id: PermissionId) -> Result<(), Error> {
        self.delete(&["permissions", &id.to_string()], Precondition::None).await
    }

    /// Stops deliveries at once.
    pub async fn put_quarantine(&self, id: QuarantineId, spec: &QuarantineSpec) -> Result<Quarantine, Error> {
        self.put(&["quarantines", &id.to_string()], spec, Precondition::None).await
    }

    /// The quarantines whose ids come after `after`, at most 500.
    pub async fn quarantines(&self, after: Option<&str>) -> Result<Page<Quarantine>, Error> {
        self.page("quarantines", after).await
    }

    /// Lifts a quarantine.
    pub async fn lift_quarantine(&self, id: QuarantineId) -> Result<(), Error> {
        self.delete(&["quarantines", &id.to_string()], Precondition::None).await
    }
}
