//! What goes wrong, as RFC 9457 problem details with a code that programs can rely on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The body of every answer that is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:fanner:problem:<code>`; `docs/problems.md` has a section for each.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of problem this is, in a few words; the same for each problem of a code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    pub code: Code,
    /// What is wrong and what would be right, in the caller's own words.
    pub detail: String,
    /// Where it is wrong: the path of a field in the body that was sent, such as `retention_hours` or `events[2]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Problem {
    /// A problem of this code, in these words.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:fanner:problem:{code}"),
            title: code.title().into(),
            status: code.status(),
            code,
            detail: detail.into(),
            field: None,
        }
    }

    /// The same problem, found at `field`.
    pub fn at(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// Declares the closed list of codes: variant, its text, HTTP status and title.
macro_rules! codes {
    ($($(#[$doc:meta])* $Code:ident = $text:literal, $status:literal, $title:literal;)*) => {
        /// The closed list of what can go wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $Code,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$Code),*];

            /// The code as it stands in JSON.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Code => $text,)*
                }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> u16 {
                match self {
                    $(Self::$Code => $status,)*
                }
            }

            /// What kind of problem this is, in a few words.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$Code => $title,)*
                }
            }
        }
    };
}

codes! {
    /// The body is not JSON, or not the JSON that is asked for here.
    InvalidBody = "invalid_body", 400, "The body could not be read";
    /// A query parameter, a header or a part of the path is not what it must be.
    InvalidRequest = "invalid_request", 400, "The request could not be read";
    /// No token, or one that is unknown, expired or revoked.
    Unauthenticated = "unauthenticated", 401, "The caller is not known";
    /// The caller is known and may not do this.
    Forbidden = "forbidden", 403, "Not allowed";
    /// The team may not have one of the events.
    AccessDenied = "access_denied", 403, "The team may not have this event";
    /// There is no such thing.
    NotFound = "not_found", 404, "Not found";
    /// The address takes other methods.
    MethodNotAllowed = "method_not_allowed", 405, "Not possible here";
    /// What should be created is there already.
    AlreadyExists = "already_exists", 409, "It exists already";
    /// The stream is being deleted.
    Deleting = "deleting", 409, "It is being deleted";
    /// Deletion protection is on.
    Protected = "protected", 409, "Deletion protection is on";
    /// Something else still needs it.
    InUse = "in_use", 409, "It is in use";
    /// It was decided, or has ended.
    Closed = "closed", 409, "It is closed";
    /// It changed since the caller read it.
    Stale = "stale", 412, "It has changed meanwhile";
    /// The body is larger than any real one.
    TooLarge = "too_large", 413, "The body is too large";
    /// The body is not declared as JSON.
    UnsupportedMediaType = "unsupported_media_type", 415, "The body must be JSON";
    /// A field has a value that is not possible.
    InvalidField = "invalid_field", 422, "A value is not possible";
    /// An event that nobody declared.
    UnknownEvent = "unknown_event", 422, "The event is not declared";
    /// Too many callers from this address could not say who they are.
    TooManyRequests = "too_many_requests", 429, "Too many failed attempts";
    /// The token waits for as many answers as it may.
    TooManyWaits = "too_many_waits", 429, "Too many waits at once";
    /// Our fault; the log has the cause under the request's id.
    Internal = "internal", 500, "Something went wrong inside";
    /// The database or AWS is away; trying again later helps.
    Unavailable = "unavailable", 503, "Not available right now";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_an_rfc_9457_document_with_a_code() {
        let problem = Problem::new(Code::InvalidField, "12 hours of retention are not possible").at("retention_hours");
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            serde_json::json!({
                "type": "urn:fanner:problem:invalid_field",
                "title": "A value is not possible",
                "status": 422,
                "code": "invalid_field",
                "detail": "12 hours of retention are not possible",
                "field": "retention_hours",
            })
        );
    }

    #[test]
    fn every_code_is_written_in_json_as_it_prints() {
        for &code in Code::ALL {
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{code}\""));
        }
    }
}
