//! What an error of the SDK means for the reconciler.

use aws_sdk_kinesis::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use crate::reconcile::Failure;

/// What a failed call means. `permission` is the one that the call needs.
pub(super) fn failure<E>(error: &SdkError<E>, permission: &str) -> Failure
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            refusal(
                service.err().code().unwrap_or_default(),
                service.err().message().unwrap_or_default(),
                status,
                permission,
            )
        }
        SdkError::ConstructionFailure(_) => Failure::Invalid { message: DisplayErrorContext(error).to_string() },
        _ => Failure::Unreachable { cause: DisplayErrorContext(error).to_string() },
    }
}

/// What AWS's answer means, by its code, its message and its HTTP status.
fn refusal(code: &str, message: &str, status: u16, permission: &str) -> Failure {
    match code {
        "ResourceNotFoundException" => Failure::Absent,
        "ResourceInUseException" => Failure::Busy,
        "LimitExceededException" => match limit(message) {
            Some(limit) => Failure::Quota { limit: limit.into() },
            None => Failure::Throttled,
        },
        "ThrottlingException"
        | "Throttling"
        | "RequestLimitExceeded"
        | "ProvisionedThroughputExceededException"
        | "KMSThrottlingException" => Failure::Throttled,
        "AccessDeniedException"
        | "AccessDenied"
        | "KMSAccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "ExpiredTokenException" => Failure::Denied {
            permission: if code == "KMSAccessDeniedException" { "kms:DescribeKey" } else { permission }.into(),
        },
        _ if 500 <= status => Failure::Unreachable { cause: format!("HTTP status {status}") },
        _ if message.is_empty() => Failure::Invalid { message: code.into() },
        _ => Failure::Invalid { message: message.into() },
    }
}

/// Which limit of the account or stream is used up, if waiting a moment does not help. Kinesis says "limit exceeded" for
/// too many calls as well, and only its words tell the two apart.
fn limit(message: &str) -> Option<&'static str> {
    let message = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    match () {
        () if says(&["rate exceeded", "in creating", "being created"]) => None,
        () if says(&["24 hour", "24 hr", "24-hour", "per day"]) => {
            Some("changes of a stream's capacity or encryption in 24 hours")
        }
        () if says(&["on-demand", "ondemand"]) => Some("on-demand streams"),
        () if says(&["shard"]) => Some("shards"),
        () if says(&["tag"]) => Some("tags of a stream"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_up_quotas_are_told_apart_from_too_many_calls() {
        let shards = "This request would exceed the shard limit for the account 123456789024 in eu-west-1. Current shard \
                      count for the account: 200. Limit: 200.";
        assert_eq!(exceeded(shards), Failure::Quota { limit: "shards".into() });
        let on_demand = "Account 123456789012 has reached its limit of 50 on-demand streams";
        assert_eq!(exceeded(on_demand), Failure::Quota { limit: "on-demand streams".into() });
        let often = "Stream fraud has been resharded 10 times within 24 hours";
        assert_eq!(
            exceeded(often),
            Failure::Quota { limit: "changes of a stream's capacity or encryption in 24 hours".into() }
        );
        assert_eq!(exceeded("Rate exceeded for stream fraud under account 123456789012."), Failure::Throttled);
        assert_eq!(exceeded("You can have no more than 5 streams in CREATING"), Failure::Throttled);
    }

    #[test]
    fn a_missing_permission_is_named() {
        let denied = refusal("AccessDeniedException", "User … is not authorized", 400, "kinesis:CreateStream");
        assert_eq!(denied, Failure::Denied { permission: "kinesis:CreateStream".into() });
    }

    #[test]
    fn a_server_error_says_nothing_about_the_effect() {
        assert_eq!(refusal("InternalFailure", "", 500, ""), Failure::Unreachable { cause: "HTTP status 500".into() });
    }

    #[test]
    fn other_refusals_are_passed_on_in_their_words() {
        let refused = refusal("KMSNotFoundException", "Key 'x' does not exist", 400, "");
        assert_eq!(refused, Failure::Invalid { message: "Key 'x' does not exist".into() });
    }

    fn exceeded(message: &str) -> Failure {
        refusal("LimitExceededException", message, 400, "")
    }
}
