//! What an error of the SDK means for the reconciler.

use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::operation::RequestId;

use crate::reconcile::Failure;

/// What a failed call means. `permission` is the one that the call needs.
pub(super) fn failure<E>(error: &SdkError<E>, permission: &str) -> Failure
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let answer = Answer {
                code: service.err().code().unwrap_or_default(),
                message: service.err().message().unwrap_or_default(),
                status: service.raw().status().as_u16(),
                request: error.request_id(),
            };
            refusal(&answer, permission)
        }
        SdkError::ConstructionFailure(_) => Failure::Invalid { message: cause(error) },
        _ => Failure::Unreachable { cause: cause(error) },
    }
}

/// What lies at the bottom of an error. The SDK's own words show the whole answer, which is nobody's business.
pub(super) fn cause(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(error.source(), |error| error.source());
    chain.last().map_or_else(|| error.to_string(), ToString::to_string)
}

/// What AWS says of a call that it did not take.
struct Answer<'a> {
    code: &'a str,
    message: &'a str,
    /// The HTTP status.
    status: u16,
    /// By which AWS's support finds the call.
    request: Option<&'a str>,
}

/// What AWS's answer means. Kinesis and IAM have names of their own for the same.
fn refusal(answer: &Answer<'_>, permission: &str) -> Failure {
    match answer.code {
        "ResourceNotFoundException" | "NoSuchEntity" => Failure::Absent,
        "ResourceInUseException" | "EntityAlreadyExists" | "ConcurrentModification" => Failure::Busy,
        "LimitExceededException" => match limit(answer.message) {
            Some(limit) => Failure::Quota { limit: limit.into() },
            None => Failure::Throttled,
        },
        "LimitExceeded" => {
            Failure::Quota { limit: answer.message.rsplit("quota for ").next().unwrap_or_default().into() }
        }
        "ThrottlingException"
        | "Throttling"
        | "RequestLimitExceeded"
        | "ProvisionedThroughputExceededException"
        | "KMSThrottlingException" => Failure::Throttled,
        "AccessDeniedException"
        | "AccessDenied"
        | "KMSAccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "ExpiredTokenException"
        | "ExpiredToken" => Failure::Denied {
            permission: if answer.code == "KMSAccessDeniedException" { "kms:DescribeKey" } else { permission }.into(),
        },
        _ if 500 <= answer.status => Failure::Unreachable { cause: format!("HTTP status {}", answer.status) },
        _ => Failure::Invalid { message: answer.words() },
    }
}

impl Answer<'_> {
    /// Code, message and request, as far as there are any.
    fn words(&self) -> String {
        let said = [self.code, self.message].into_iter().filter(|words| !words.is_empty());
        let request = self.request.map(|request| format!(" (request {request})")).unwrap_or_default();
        format!("{}{request}", said.collect::<Vec<_>>().join(": "))
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
        for code in ["AccessDeniedException", "AccessDenied"] {
            let denied = refusal(&answer(code, "User … is not authorized", 400), "kinesis:CreateStream");
            assert_eq!(denied, Failure::Denied { permission: "kinesis:CreateStream".into() });
        }
    }

    #[test]
    fn a_server_error_says_nothing_about_the_effect() {
        let failed = refusal(&answer("InternalFailure", "", 500), "");
        assert_eq!(failed, Failure::Unreachable { cause: "HTTP status 500".into() });
    }

    #[test]
    fn other_refusals_are_passed_on_in_their_words_with_what_finds_them_again() {
        let refused = refusal(&answer("KMSNotFoundException", "Key 'x' does not exist", 400), "");
        let message = "KMSNotFoundException: Key 'x' does not exist (request 7)".into();
        assert_eq!(refused, Failure::Invalid { message });
        assert_eq!(refusal(&answer("Odd", "", 400), ""), Failure::Invalid { message: "Odd (request 7)".into() });
    }

    #[test]
    fn iam_has_names_of_its_own() {
        let of_iam = |code, message| refusal(&answer(code, message, 400), "");
        assert_eq!(of_iam("NoSuchEntity", "The role with name x cannot be found."), Failure::Absent);
        assert_eq!(of_iam("EntityAlreadyExists", "Role with name x already exists."), Failure::Busy);
        let full = of_iam("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000");
        assert_eq!(full, Failure::Quota { limit: "RolesPerAccount: 1000".into() });
    }

    fn exceeded(message: &str) -> Failure {
        refusal(&answer("LimitExceededException", message, 400), "")
    }

    fn answer<'a>(code: &'a str, message: &'a str, status: u16) -> Answer<'a> {
        Answer { code, message, status, request: Some("7") }
    }
}
