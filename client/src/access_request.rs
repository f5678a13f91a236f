//! Requests for access, and the grants that they become.

use fanner_model::{AccessRequest, Comment, Extension, Grant, GrantId, Page, Reason, RequestId};

use crate::{Client, Error};

impl Client {
    /// One request.
    pub async fn request(&self, id: RequestId) -> Result<AccessRequest, Error> {
        self.get(&["requests", &id.to_string()], &[]).await
    }

    /// The requests whose ids come after `after`, at most 500; `pending`: only those that wait for somebody.
    pub async fn requests(&self, after: Option<&str>, pending: bool) -> Result<Page<AccessRequest>, Error> {
        self.get(&["requests"], &narrowed(after, "pending", pending)).await
    }

    /// Approves a request in the caller's role.
    pub async fn approve(&self, id: RequestId, comment: &Comment) -> Result<AccessRequest, Error> {
        self.post(&["requests", &id.to_string(), "approval"], comment).await
    }

    /// Turns a request down.
    pub async fn reject(&self, id: RequestId, reason: &Reason) -> Result<AccessRequest, Error> {
        self.post(&["requests", &id.to_string(), "rejection"], reason).await
    }

    /// Takes a request back, for the team that made it.
    pub async fn withdraw(&self, id: RequestId) -> Result<AccessRequest, Error> {
        self.post(&["requests", &id.to_string(), "withdrawal"], &()).await
    }

    /// Asks anew for what was rejected, taken back or revoked.
    pub async fn renew(&self, id: RequestId) -> Result<AccessRequest, Error> {
        self.post(&["requests", &id.to_string(), "renewal"], &()).await
    }

    /// One grant.
    pub async fn grant(&self, id: GrantId) -> Result<Grant, Error> {
        self.get(&["grants", &id.to_string()], &[]).await
    }

    /// The grants whose ids come after `after`, at most 500; `live`: only those that permit something now.
    pub async fn grants(&self, after: Option<&str>, live: bool) -> Result<Page<Grant>, Error> {
        self.get(&["grants"], &narrowed(after, "live", live)).await
    }

    /// Takes a grant back.
    pub async fn revoke(&self, id: GrantId, reason: &Reason) -> Result<Grant, Error> {
        self.post(&["grants", &id.to_string(), "revocation"], reason).await
    }

    /// Asks for a grant to last longer.
    pub async fn extend(&self, id: GrantId, extension: &Extension) -> Result<AccessRequest, Error> {
        self.post(&["grants", &id.to_string(), "extension"], extension).await
    }
}

/// The query of a list that may be narrowed.
fn narrowed(after: Option<&str>, flag: &'static str, is_narrowed: bool) -> Vec<(&'static str, String)> {
    let mut query = vec![("limit", "500".to_owned()), (flag, is_narrowed.to_string())];
    query.extend(after.map(|after| ("after", after.to_owned())));
    query
}
