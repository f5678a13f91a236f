//! How a token may be signed.

use jsonwebtoken::AlgorithmFamily;
use serde::Deserialize;

/// A signature that a public key can check. One made with a shared secret cannot be written as this type, so a public key
/// is never mistaken for such a secret; nor can `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Algorithm(jsonwebtoken::Algorithm);

impl Algorithm {
    pub(super) fn inner(self) -> jsonwebtoken::Algorithm {
        self.0
    }
}

impl TryFrom<jsonwebtoken::Algorithm> for Algorithm {
    type Error = String;

    fn try_from(algorithm: jsonwebtoken::Algorithm) -> Result<Self, String> {
        match algorithm.family() {
            AlgorithmFamily::Rsa | AlgorithmFamily::Ec | AlgorithmFamily::Ed => Ok(Self(algorithm)),
            AlgorithmFamily::Hmac => {
                Err(format!("algorithm `{algorithm:?}` needs a secret that the issuer would have to share"))
            }
        }
    }
}

impl TryFrom<String> for Algorithm {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let algorithm = text.parse::<jsonwebtoken::Algorithm>().map_err(|_| format!("algorithm `{text}` is not known"));
        let right =
            "use those of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA that the issuer signs with";
        algorithm.and_then(Self::try_from).map_err(|why| format!("{why}; {right}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_signatures_that_a_public_key_can_check_are_possible() {
        let known = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
        assert!(known.iter().all(|name| Algorithm::try_from((*name).to_owned()).is_ok()));
        for name in ["none", "None", "", "HS256", "HS384", "HS512", "rs256"] {
            assert!(Algorithm::try_from(name.to_owned()).is_err(), "{name}");
        }
    }
}
