//! Checkpoints: what the log was at some moment, signed. The format is C2SP's tlog-checkpoint.

use fanner_model::Digest;

use fanner_note::{NoteError, Signer, Verifier};

/// The name of the log, and of the key that signs for it.
pub const ORIGIN: &str = "fanner/audit";

/// A log of `size` entries, whose Merkle tree has this root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checkpoint {
    pub size: u64,
    pub root: Digest,
}

impl Checkpoint {
    /// The signed note.
    pub fn sign(&self, signer: &Signer) -> String {
        let Self { size, root } = self;
        signer.sign(&format!("{ORIGIN}\n{size}\n{root}\n"))
    }

    /// Reads a note that the key signed.
    ///
    /// # Errors
    /// The note is not believed, or it is not a checkpoint of this log.
    pub fn open(note: &str, verifier: &Verifier) -> Result<Self, NoteError> {
        let content = || NoteError::Content { origin: ORIGIN.to_owned() };
        let mut lines = verifier.open(note)?.lines();
        let (Some(ORIGIN), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(content());
        };
        let size = size.parse().map_err(|_| content())?;
        let root = root.parse().map_err(|_| content())?;
        Ok(Self { size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Frontier, leaf};

    #[test]
    fn a_checkpoint_is_three_lines_and_a_signature() {
        let signer = Signer::new(ORIGIN, &[1; 32]);
        let log: Frontier = ["one", "two"].iter().map(|entry| leaf(entry.as_bytes())).collect();
        let checkpoint = Checkpoint { size: log.size(), root: log.root() };
        let note = checkpoint.sign(&signer);
        assert_eq!(Checkpoint::open(&note, signer.verifier()), Ok(checkpoint));
        insta::assert_snapshot!(note, @r#"
        fanner/audit
        2
        T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=

        — fanner/audit enOAIxVwEyi1dHBl4EC5+T9lcoal5LnNo2O7soEhw0u/mcdU4RqmHq/RJHkV6NDM7b0HGVq1I31BwGbB2UZFUe2xJAE=
        "#);
    }

    #[test]
    fn another_note_of_the_same_key_is_not_a_checkpoint() {
        let signer = Signer::new(ORIGIN, &[1; 32]);
        let refused = Checkpoint::open(&signer.sign("rules\n2\n"), signer.verifier()).unwrap_err();
        assert_eq!(refused.to_string(), "it is signed, but is not a note of `fanner/audit`");
    }
}
