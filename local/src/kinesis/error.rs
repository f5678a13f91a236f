//! What a caller is told when a call fails: AWS's own name for it, and what was wrong.

use std::fmt;

use serde_json::json;

/// A refusal or a failure, as the API reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Error {
    kind: Kind,
    message: String,
}

/// The errors that AWS distinguishes, and we need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    AccessDenied,
    ExpiredIterator,
    ExpiredNextToken,
    InternalFailure,
    InvalidArgument,
    LimitExceeded,
    ProvisionedThroughputExceeded,
    ResourceInUse,
    ResourceNotFound,
    Serialization,
    UnknownOperation,
    Validation,
}

impl Error {
    pub(crate) fn access_denied(message: impl Into<String>) -> Error {
        Error::new(Kind::AccessDenied, message)
    }

    pub(crate) fn expired_iterator(message: impl Into<String>) -> Error {
        Error::new(Kind::ExpiredIterator, message)
    }

    pub(crate) fn expired_token(message: impl Into<String>) -> Error {
        Error::new(Kind::ExpiredNextToken, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Error {
        Error::new(Kind::InternalFailure, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Error {
        Error::new(Kind::InvalidArgument, message)
    }

    pub(crate) fn limit_exceeded(message: impl Into<String>) -> Error {
        Error::new(Kind::LimitExceeded, message)
    }

    pub(crate) fn throughput_exceeded(message: impl Into<String>) -> Error {
        Error::new(Kind::ProvisionedThroughputExceeded, message)
    }

    pub(crate) fn in_use(message: impl Into<String>) -> Error {
        Error::new(Kind::ResourceInUse, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Error {
        Error::new(Kind::ResourceNotFound, message)
    }

    /// The body is not JSON, or a field has the wrong type.
    pub(crate) fn serialization(message: impl Into<String>) -> Error {
        Error::new(Kind::Serialization, message)
    }

    pub(crate) fn unknown_operation(message: impl Into<String>) -> Error {
        Error::new(Kind::UnknownOperation, message)
    }

    /// A value breaks a rule that the API's model states: a length, a range, a pattern.
    pub(crate) fn validation(message: impl Into<String>) -> Error {
        Error::new(Kind::Validation, message)
    }

    fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into() }
    }

    /// AWS's name for the error.
    pub(crate) fn code(&self) -> &'static str {
        match self.kind {
            Kind::AccessDenied => "AccessDeniedException",
            Kind::ExpiredIterator => "ExpiredIteratorException",
            Kind::ExpiredNextToken => "ExpiredNextTokenException",
            Kind::InternalFailure => "InternalFailureException",
            Kind::InvalidArgument => "InvalidArgumentException",
            Kind::LimitExceeded => "LimitExceededException",
            Kind::ProvisionedThroughputExceeded => "ProvisionedThroughputExceededException",
            Kind::ResourceInUse => "ResourceInUseException",
            Kind::ResourceNotFound => "ResourceNotFoundException",
            Kind::Serialization => "SerializationException",
            Kind::UnknownOperation => "UnknownOperationException",
            Kind::Validation => "ValidationException",
        }
    }

    /// Whether the server, not the caller, is at fault: HTTP 500 rather than 400.
    pub(crate) fn is_internal(&self) -> bool {
        self.kind == Kind::InternalFailure
    }

    /// The body of the answer.
    pub(crate) fn to_json(&self) -> String {
        json!({ "__type": self.code(), "message": self.message }).to_string()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code(), self.message)
    }
}

/// A file could not be read or written. The caller hears no paths; the log does.
impl From<std::io::Error> for Error {
    fn from(cause: std::io::Error) -> Error {
        tracing::error!(%cause, "a file of a shard or stream failed");
        Error::internal("the server could not read or write its data")
    }
}
