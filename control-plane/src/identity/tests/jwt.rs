//! Tokens that are good, and every way in which one is not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fanner_model::Problem;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{NOW, TRUST, at, trust};
use crate::identity::jwt::Unproven;
use crate::identity::{Proven, Rejection, Trust, jwks};

#[test]
fn a_good_token_says_who_calls_and_how_much_it_may_do() {
    let judged = |change: Value| Maker::new().judge(&claims(change)).unwrap();
    let Proven { caller, team, role, scope, single, .. } = judged(json!({"phase": "apply"}));
    let who = format!("{caller} of {team} as {role}, {scope}");
    assert_eq!(who, "workload:ci:repo:acme/fraud of fraud as member, full");
    assert_eq!((single.times, single.until), (1, at(NOW + 300)));
    for phase in [json!("plan"), json!(null), json!(["apply"])] {
        assert_eq!(judged(json!({ "phase": phase })).scope.to_string(), "plan");
    }
}

#[test]
fn one_token_is_known_again_and_no_other_is_taken_for_it() {
    let id = |change: Value| Maker::new().judge(&claims(change)).unwrap().single.id;
    assert_eq!(id(json!({})), id(json!({"phase": "plan"})));
    assert_ne!(id(json!({})), id(json!({"jti": "2"})));
    assert_eq!(id(json!({"jti": null})), id(json!({"jti": null})));
    assert_ne!(id(json!({"jti": null})), id(json!({"jti": null, "iat": NOW - 1})));
}

#[test]
fn a_token_that_is_not_good_here_says_what_would_be() {
    let words = |change: Value| match Maker::new().judge(&claims(change)) {
        Err(Rejection::Unacceptable(why)) => why,
        other => panic!("{other:?}"),
    };
    let refused = [
        words(json!({"aud": "other"})),
        words(json!({"aud": ["other", "fanners"]})),
        words(json!({"exp": NOW})),
        words(json!({"iat": NOW - 600, "exp": NOW + 9000})),
        words(json!({"iat": NOW + 31})),
        words(json!({"nbf": NOW + 31})),
        words(json!({"nbf": "soon"})),
        words(json!({"exp": null})),
        words(json!({"exp": 1e30})),
        words(json!({"sub": null})),
        words(json!({"sub": "x".repeat(400)})),
        words(json!({"repository": "acme/other"})),
        words(json!({"repository": ["acme/fraud"]})),
        words(json!({"group": "platform", "protected": true})),
        words(json!({"repository": null, "group": "platform", "protected": "true"})),
    ];
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn who_did_not_prove_anything_learns_nothing() {
    let maker = Maker::new();
    let token = maker.token(&claims(json!({})));
    let public = serde_json::to_vec(&maker.jwk()).unwrap();
    let shared = |algorithm, secret: &[u8]| {
        let header = Header { kid: Some("k1".into()), ..Header::new(algorithm) };
        encode(&header, &claims(json!({})), &EncodingKey::from_secret(secret)).unwrap()
    };
    let critical = Header { crit: Some(vec!["b64".into()]), ..maker.header() };
    let forged = [
        Maker::new().token(&claims(json!({}))),
        unsigned(&json!({"alg": "none", "kid": "k1"}), &claims(json!({}))),
        unsigned(&json!({"alg": "ES256", "kid": "k1"}), &claims(json!({}))),
        shared(Algorithm::HS256, &public),
        shared(Algorithm::HS512, b"secret"),
        maker.signed(&Header { kid: None, ..maker.header() }, &claims(json!({}))),
        maker.signed(&critical, &claims(json!({}))),
        changed(&token, &claims(json!({"repository": "acme/x"}))),
    ];
    for token in forged {
        let rejection = maker.judge_text(&token).unwrap_err();
        assert!(matches!(rejection, Rejection::Unproven(_)), "{rejection:?}");
        let problem = Problem::from(rejection);
        assert_eq!(problem.detail.split(';').next(), Some("nobody whom this control plane trusts made this proof"));
    }
}

#[test]
fn signatures_of_rsa_keys_are_checked_as_well() {
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let public = key.public_key();
    let (n, e) = (public.modulus(), public.exponent());
    let jwk = json!({
        "kty": "RSA", "kid": "r1", "alg": "RS256", "use": "sig",
        "n": part(n.big_endian_without_leading_zero()), "e": part(e.big_endian_without_leading_zero()),
    });
    let header = json!({"alg": "RS256", "kid": "r1"}).to_string();
    let signed = format!("{}.{}", part(header.as_bytes()), part(claims(json!({})).to_string().as_bytes()));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &aws_lc_rs::rand::SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    let issuer = TRUST.replace("ES256", "RS256").parse::<Trust>().unwrap().issuers.into_values().next().unwrap();
    let prove = |jwk: &Value, signature: &[u8]| {
        let keys = jwks::read(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap();
        let token = format!("{signed}.{}", part(signature));
        Unproven::read(&token).unwrap().prove(&issuer, &keys["r1"]).map(drop)
    };
    assert_eq!(prove(&jwk, &signature), Ok(()));
    let mut for_others = jwk.clone();
    for_others["alg"] = "RS512".into();
    assert!(prove(&for_others, &signature).is_err(), "the key is for another algorithm");
    signature[7] ^= 1;
    assert!(prove(&jwk, &signature).is_err());
}

#[test]
fn a_key_is_used_for_what_it_is_for_and_nothing_else() {
    let maker = Maker::new();
    let judged = |change: &[(&str, Value)]| {
        let mut jwk = serde_json::to_value(maker.jwk()).unwrap();
        change.iter().for_each(|(name, value)| jwk[name] = value.clone());
        maker.judge_with(&maker.token(&claims(json!({}))), &json!({"keys": [{"kty": "new"}, jwk]})).is_ok()
    };
    assert!(judged(&[]) && judged(&[("use", json!("sig"))]));
    assert!(!judged(&[("use", json!("enc"))]));
    assert!(!judged(&[("alg", json!("ES384"))]));
    assert!(!judged(&[("crv", json!("P-384"))]));
    assert!(!judged(&[("kid", json!("k2"))]));
}

#[test]
fn what_is_too_long_or_no_token_is_not_looked_at() {
    let words = |text: &str| Unproven::read(text).unwrap_err();
    assert_eq!(words(&"a.".repeat(4097)).to_string(), "the token is 8194 bytes long; none is longer than 8192");
    assert_eq!(
        words("fnr_secret").to_string(),
        "the token is not a JWT, which has three parts with a `.` between them"
    );
}

proptest! {
    #[test]
    fn no_text_is_taken_for_a_token(text in ".{0,200}", header in "[ -~]{0,60}", claims in "[ -~]{0,60}") {
        let token = [header.as_bytes(), claims.as_bytes(), b"x"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        for text in [text.clone(), token, format!("{text}..")] {
            prop_assert!(Maker::new().judge_text(&text).is_err());
        }
    }

    #[test]
    fn no_token_survives_a_change(place in 0_usize..600, with in "[A-Za-z0-9_.-]") {
        let maker = Maker::new();
        let token = maker.token(&claims(json!({})));
        let mut other = token.clone();
        let place = place % token.len();
        other.replace_range(place..=place, &with);
        prop_assert_eq!(maker.judge_text(&other).is_ok(), other == token);
    }
}

/// An issuer's key, `k1`.
struct Maker(EncodingKey);

impl Maker {
    fn new() -> Self {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        Self(EncodingKey::from_ec_der(&key.serialize_der()))
    }

    fn jwk(&self) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.0, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some("k1".into());
        jwk
    }

    fn header(&self) -> Header {
        Header { kid: Some("k1".into()), ..Header::new(Algorithm::ES256) }
    }

    fn signed(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.0).unwrap()
    }

    fn token(&self, claims: &Value) -> String {
        self.signed(&self.header(), claims)
    }

    fn judge(&self, claims: &Value) -> Result<Proven, Rejection> {
        self.judge_text(&self.token(claims))
    }

    fn judge_text(&self, token: &str) -> Result<Proven, Rejection> {
        self.judge_with(token, &json!({"keys": [self.jwk()]}))
    }

    fn judge_with(&self, token: &str, keys: &Value) -> Result<Proven, Rejection> {
        let (name, issuer) = trust().issuers.into_iter().next().unwrap();
        let keys = jwks::read(keys.to_string().as_bytes()).unwrap();
        let unproven = Unproven::read(token)?;
        let key = keys.get(unproven.key_id()).ok_or(Rejection::Unproven("no key".into()))?;
        unproven.prove(&issuer, key)?.judge(&name, &issuer, at(NOW))
    }
}

/// The claims of a good token, with some changed; `null` leaves one out.
fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": "https://ci.example.com", "aud": ["fanner"], "sub": "repo:acme/fraud", "jti": "1",
        "iat": NOW - 10, "nbf": NOW - 10, "exp": NOW + 300, "repository": "acme/fraud",
    });
    let all = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(all.remove(name)),
            value => drop(all.insert(name.clone(), value.clone())),
        }
    }
    claims
}

fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}.", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// A token with other claims under its old signature.
fn changed(token: &str, claims: &Value) -> String {
    let parts: Vec<_> = token.split('.').collect();
    [parts[0], &URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2]].join(".")
}
