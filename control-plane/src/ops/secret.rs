//! Secrets that callers present: random, recognisable, and kept only as a hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fanner_model::Secret;
use sha2::{Digest, Sha256};

/// How a token's secret begins, so that a leaked one is recognised for what it is.
pub(super) const TOKEN: &str = "fnr_";

/// How a session's secret begins.
pub(super) const SESSION: &str = "fns_";

/// How a login's secret begins.
pub(super) const LOGIN: &str = "fnl_";

/// How the secret begins of somebody who is on the way to an issuer.
pub(super) const JOURNEY: &str = "fnj_";

/// A new secret of 256 random bits.
pub(super) fn fresh(prefix: &str) -> Secret {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    Secret::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// What is stored of a secret. It has 256 random bits, so one round without salt is enough; and since it is looked up by
/// this hash, the time that takes tells nothing about the secret.
pub(super) fn hash(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_recognisable_and_never_the_same() {
        let (one, other) = (fresh(TOKEN), fresh(TOKEN));
        assert!(one.expose().starts_with("fnr_") && one.expose().len() == 47);
        assert_ne!(one.expose(), other.expose());
        assert_eq!(hash("fnr_x").len(), 64);
    }
}
