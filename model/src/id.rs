//! Identities that programs give: UUIDv7, so that they sort by the time they were made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id_type {
    ($(#[$doc:meta])* $Type:ident, $noun:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = "uuid"))]
        pub struct $Type(Uuid);

        impl $Type {
            /// A new identity, later than all before it.
            pub fn random() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl FromStr for $Type {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                match Uuid::try_parse(text) {
                    Ok(id) => Ok(Self(id)),
                    Err(_) => Err(IdError { noun: $noun, text: text.to_owned() }),
                }
            }
        }

        impl TryFrom<String> for $Type {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$Type> for String {
            fn from(id: $Type) -> String {
                id.to_string()
            }
        }

        impl fmt::Display for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id_type! {
    /// One incarnation of a stream: a stream deleted and created again under its old name has a new one.
    StreamId, "stream id"
}

id_type! {
    /// One subscription.
    SubscriptionId, "subscription id"
}

id_type! {
    /// One token, by which it can be listed and revoked without knowing its secret.
    TokenId, "token id"
}

id_type! {
    /// One request for access.
    RequestId, "request id"
}

id_type! {
    /// One grant. It survives being extended.
    GrantId, "grant id"
}

id_type! {
    /// One standing permission.
    PermissionId, "permission id"
}

id_type! {
    /// One quarantine.
    QuarantineId, "quarantine id"
}

id_type! {
    /// One campaign.
    CampaignId, "campaign id"
}

id_type! {
    /// One acknowledgement of a way around the fanner.
    BreakGlassId, "break-glass id"
}

/// A text that is not an identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{noun} `{text}` is not a UUID; write it like `018f6b1e-7c5a-7bd0-9d2c-0242ac120002`")]
pub struct IdError {
    noun: &'static str,
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_survives_its_text() {
        let id = StreamId::random();
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn other_texts_are_refused_in_the_callers_words() {
        let error = "fraud".parse::<SubscriptionId>().unwrap_err().to_string();
        assert_eq!(
            error,
            "subscription id `fraud` is not a UUID; write it like `018f6b1e-7c5a-7bd0-9d2c-0242ac120002`"
        );
    }
}
