//! Whom a file says to trust, and what follows from it.

mod aws;
mod jwt;

use jiff::Timestamp;
use proptest::prelude::*;

use super::{Trust, TrustError};

const TRUST: &str = r#"
[issuers.ci]
issuer = "https://ci.example.com"
jwks_url = "https://ci.example.com/keys"
audience = "fanner"
algorithms = ["ES256"]
longest = "10m"

[[issuers.ci.callers]]
claims = { repository = "acme/fraud" }
writes_when = { phase = "apply" }
team = "fraud"

[[issuers.ci.callers]]
claims = { group = "platform", protected = true }
team = "platform"
role = "platform"

[aws]
server_id = "fanner.example.com"
hosts = ["sts.eu-west-1.amazonaws.com"]
accounts = ["123456789012"]

[[aws.callers]]
arn = "arn:aws:iam::123456789012:role/fraud-ci"
unique_id = "AROAEXAMPLE"
team = "fraud"
"#;

const NOW: i64 = 1_790_000_000;

#[test]
fn the_guide_shows_files_that_can_be_used() {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/callers.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let blocks: String = guide.split("```toml").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let Trust { issuers, aws } = blocks.parse().unwrap();
    assert_eq!((issuers.len(), aws.is_some()), (3, true));
}

#[test]
fn a_file_that_trusts_too_much_is_refused_with_its_line() {
    let words = |from: &str, to: &str| {
        assert!(TRUST.contains(from), "{from}");
        TRUST.replacen(from, to, 1).parse::<Trust>().unwrap_err().to_string()
    };
    let refused = [
        words("\"ES256\"", "\"HS256\""),
        words("https://ci.example.com/keys", "http://ci.example.com/keys"),
        words("https://ci.example.com/keys", "https://user:password@ci.example.com/keys"),
        words("10m", "2h"),
        words("{ repository = \"acme/fraud\" }", "{}"),
        words("audience = \"fanner\"", "audience = \"\""),
        words("team = \"fraud\"", "team = \"Fraud\""),
        words("audience", "audiense"),
        words("sts.eu-west-1.amazonaws.com", "sts.amazonaws.com.evil.example"),
        words("role/fraud-ci", "role/path/fraud-ci"),
        words("accounts = [\"123456789012\"]", "accounts = []"),
    ];
    insta::assert_snapshot!(refused.join("\n"));
}

proptest! {
    #[test]
    fn no_file_of_issuers_is_too_strange_to_be_refused(place in 0_usize..900, with in "[ -~\n]{0,5}") {
        let place = place % TRUST.len();
        let _: Result<Trust, TrustError> = format!("{}{with}{}", &TRUST[..place], &TRUST[place..]).parse();
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn trust() -> Trust {
    TRUST.parse().unwrap()
}
