//! Signed notes as in C2SP's signed-note: a text, an empty line, and a line for each signature. Ed25519 only.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// The byte before a public key that says Ed25519.
const ED25519_KEY: u8 = 1;

/// A name and the key that signs for it.
pub struct Signer {
    verifier: Verifier,
    pair: Ed25519KeyPair,
}

impl Signer {
    /// Signs as `name` with the key that grows from a seed.
    pub fn new(name: &str, seed: &[u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).expect("every 32 bytes are a seed");
        let key = pair.public_key().as_ref().try_into().expect("an Ed25519 key has 32 bytes");
        Self { verifier: Verifier { name: name.to_owned(), key }, pair }
    }

    /// What verifies its signatures.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The signed note of a text, which ends with a line's end.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let signature = [&self.verifier.id()[..], signature.as_ref()].concat();
        format!("{text}\n— {} {}\n", self.verifier.name, STANDARD.encode(signature))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier)
    }
}

/// A name and the key that verifies its signatures, written as `name+id+key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: [u8; 32],
}

impl Verifier {
    /// The text of a note that carries a good signature of this key. Signatures of others are ignored.
    ///
    /// # Errors
    /// It is not a note, this key did not sign it, or it was altered since.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let end = note.rfind("\n\n").ok_or(NoteError::Shape)?;
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        if !signatures.ends_with('\n') {
            return Err(NoteError::Shape);
        }
        let mut error = NoteError::NotSigned { name: self.name.clone() };
        for line in signatures.lines() {
            let (name, signature) =
                line.strip_prefix("— ").and_then(|line| line.split_once(' ')).ok_or(NoteError::Shape)?;
            let signature = STANDARD.decode(signature).map_err(|_| NoteError::Shape)?;
            match signature.strip_prefix(&self.id()) {
                Some(signature) if name == self.name => match self.verify(text, signature) {
                    true => return Ok(text),
                    false => error = NoteError::Forged { name: self.name.clone() },
                },
                Some(_) | None => {}
            }
        }
        Err(error)
    }

    fn verify(&self, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.key).verify(text.as_bytes(), signature).is_ok()
    }

    /// Tells keys of one name apart.
    fn id(&self) -> [u8; 4] {
        let named = [self.name.as_bytes(), b"\n", &[ED25519_KEY], &self.key].concat();
        let [a, b, c, d, ..] = *digest(&SHA256, &named).as_ref() else { unreachable!("SHA-256 gives 32 bytes") };
        [a, b, c, d]
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[ED25519_KEY], &self.key[..]].concat());
        write!(f, "{}+{:08x}+{key}", self.name, u32::from_be_bytes(self.id()))
    }
}

impl FromStr for Verifier {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let parsed = || {
            let [name, _, key] = text.splitn(3, '+').collect::<Vec<_>>()[..] else { return None };
            let key = STANDARD.decode(key).ok()?;
            let key = key.strip_prefix(&[ED25519_KEY])?.try_into().ok()?;
            let verifier = Self { name: name.to_owned(), key };
            (verifier.to_string() == text).then_some(verifier)
        };
        parsed().ok_or_else(|| KeyError(text.to_owned()))
    }
}

/// Why a note is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("no key was given that could verify it")]
    Unknown,
    #[error("it is not a signed note")]
    Shape,
    #[error("`{name}` did not sign it with this key")]
    NotSigned { name: String },
    #[error("the signature of `{name}` does not fit it")]
    Forged { name: String },
    /// It is signed, but says something else than was expected.
    #[error("it is signed, but is not a note of `{origin}`")]
    Content { origin: String },
}

/// A text that is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key `{0}` is not one; write it as it was shown, `name+id+key`")]
pub struct KeyError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_believed_only_as_it_was_signed_and_by_whom() {
        let signer = Signer::new("log", &[1; 32]);
        let note = signer.sign("log\n3\n");
        assert_eq!(signer.verifier().open(&note), Ok("log\n3\n"));
        let refused = |key: &Signer, note: &str| key.verifier().open(note).unwrap_err().to_string();
        assert_eq!(refused(&signer, &note.replace('3', "4")), "the signature of `log` does not fit it");
        assert_eq!(refused(&Signer::new("log", &[2; 32]), &note), "`log` did not sign it with this key");
        assert_eq!(refused(&Signer::new("gol", &[1; 32]), &note), "`gol` did not sign it with this key");
        assert_eq!(refused(&signer, "log\n3\n"), "it is not a signed note");
    }

    #[test]
    fn a_key_survives_its_text() {
        let signer = Signer::new("log", &[1; 32]);
        let text = signer.verifier().to_string();
        assert_eq!(text.parse().as_ref(), Ok(signer.verifier()));
        assert!(text.replace("log", "gol").parse::<Verifier>().is_err());
    }

    /// The key and the note are the example of the Go package `golang.org/x/mod/sumdb/note`.
    #[test]
    fn notes_of_others_can_be_read() {
        let key: Verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
        let text =
            "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let signature = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
        assert_eq!(key.open(&format!("{text}\n{signature}\n")), Ok(text));
    }
}
