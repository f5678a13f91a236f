//! The note that confirms a rule set: its bearer knows which rules are the newest, and as of when.

use fanner_model::Digest;
use jiff::Timestamp;
use ring::digest::SHA256;

use crate::{NoteError, Signer, Verifier};

/// The name of the key that signs for rules.
pub const RULES: &str = "fanner/rules";

/// The rules with this digest were the newest at this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmation {
    pub issued_at: Timestamp,
    pub rules: Digest,
}

impl Confirmation {
    /// The signed note.
    pub fn sign(&self, signer: &Signer) -> String {
        let Self { issued_at, rules } = self;
        signer.sign(&format!("{RULES}\n{issued_at}\n{rules}\n"))
    }

    /// Reads a note that the key signed.
    ///
    /// # Errors
    /// The note is not believed, or it confirms no rules.
    pub fn open(note: &str, verifier: &Verifier) -> Result<Self, NoteError> {
        let content = || NoteError::Content { origin: RULES.to_owned() };
        let lines: Vec<_> = verifier.open(note)?.lines().collect();
        let [RULES, issued_at, rules] = lines[..] else { return Err(content()) };
        let issued_at = issued_at.parse().map_err(|_| content())?;
        let rules = rules.parse().map_err(|_| content())?;
        Ok(Self { issued_at, rules })
    }

    /// Whether it confirms these rules.
    pub fn is_about(&self, rules: &str) -> bool {
        self.rules == digest(rules)
    }
}

/// The SHA-256 digest of a text.
pub fn digest(text: &str) -> Digest {
    let digest = ring::digest::digest(&SHA256, text.as_bytes());
    Digest(digest.as_ref().try_into().expect("SHA-256 gives 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmation_is_three_lines_and_a_signature() {
        let signer = Signer::new(RULES, &[1; 32]);
        let confirmation = confirmation("{}");
        let note = confirmation.sign(&signer);
        assert_eq!(Confirmation::open(&note, signer.verifier()), Ok(confirmation));
        assert!(confirmation.is_about("{}") && !confirmation.is_about("{ }"));
        assert!(
            note.starts_with(
                "fanner/rules\n2026-11-21T03:00:00Z\nRBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=\n\n— fanner/rules "
            ),
            "{note}"
        );
    }

    #[test]
    fn another_note_of_the_same_key_confirms_nothing() {
        let signer = Signer::new(RULES, &[1; 32]);
        for text in ["fanner/rules\n", "fanner/audit\n2\nT1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=\n"] {
            let refused = Confirmation::open(&signer.sign(text), signer.verifier()).unwrap_err();
            assert_eq!(refused.to_string(), "it is signed, but is not a note of `fanner/rules`");
        }
    }

    #[test]
    fn a_confirmation_that_was_moved_in_time_is_not_believed() {
        let signer = Signer::new(RULES, &[1; 32]);
        let note = confirmation("{}").sign(&signer).replace("03:00", "09:00");
        let refused = Confirmation::open(&note, signer.verifier()).unwrap_err();
        assert_eq!(refused.to_string(), "the signature of `fanner/rules` does not fit it");
    }

    fn confirmation(rules: &str) -> Confirmation {
        Confirmation { issued_at: "2026-11-21T03:00:00Z".parse().unwrap(), rules: digest(rules) }
    }
}
