//! A part of a list.

use serde::{Deserialize, Serialize};

/// Up to `limit` items in the order of their key. Ask again with `after = next` for those that follow; without `next`
/// there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
