//! The public keys of an issuer, as it publishes them (RFC 7517).

use std::collections::HashMap;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::algorithm;

/// A public key, and what it is for.
#[derive(Clone, Debug)]
pub(super) struct Key {
    decoding: DecodingKey,
    algorithms: Vec<Algorithm>,
}

impl Key {
    /// Whether it is for signatures of this kind.
    pub(super) fn fits(&self, algorithm: algorithm::Algorithm) -> bool {
        self.algorithms.contains(&algorithm.inner())
    }

    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

/// The keys of a published set, by their ids. Keys that nobody here could use are left out: a set may have some for
/// encryption, or of kinds yet to be invented.
///
/// # Errors
/// It is no set of keys.
pub(super) fn read(text: &[u8]) -> Result<HashMap<String, Key>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let Set { keys } = serde_json::from_slice(text)?;
    Ok(keys.into_iter().filter_map(|key| usable(serde_json::from_value(key).ok()?)).collect())
}

fn usable(jwk: Jwk) -> Option<(String, Key)> {
    let Jwk { common, algorithm } = &jwk;
    if common.public_key_use.as_ref().is_some_and(|meant| *meant != PublicKeyUse::Signature) {
        return None;
    }
    let mut algorithms = suitable(algorithm).to_vec();
    if let Some(only) = common.key_algorithm {
        let only = Algorithm::try_from(only).ok()?;
        algorithms.retain(|algorithm| *algorithm == only);
    }
    if algorithms.is_empty() {
        return None;
    }
    Some((common.key_id.clone()?, Key { decoding: DecodingKey::from_jwk(&jwk).ok()?, algorithms }))
}

/// The algorithms that a key of this kind can be used with.
fn suitable(parameters: &AlgorithmParameters) -> &'static [Algorithm] {
    match parameters {
        AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa.algorithms(),
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => &[Algorithm::ES256],
            EllipticCurve::P384 => &[Algorithm::ES384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
        // Other curves, secrets, and kinds that this program does not know.
        _ => &[],
    }
}
