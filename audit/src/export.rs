//! Files that leave the control plane: a signed note says what a file was called, and what was in it.

use fanner_model::Digest;
use ring::digest::{SHA256, digest};

use fanner_note::{NoteError, Signer, Verifier};

/// The first line of such a note. No checkpoint has it, so neither can be taken for the other.
const KIND: &str = "fanner/export";

/// The signed note about a file. A name has one line.
pub fn seal(signer: &Signer, name: &str, text: &str) -> String {
    signer.sign(&about(name, text))
}

/// Whether the key's owner gave out this text under this name.
///
/// # Errors
/// The note is not believed, or is about another file.
pub fn unseal(verifier: &Verifier, note: &str, name: &str, text: &str) -> Result<(), ExportError> {
    match verifier.open(note)? == about(name, text) {
        true => Ok(()),
        false => Err(ExportError::Other { name: name.to_owned() }),
    }
}

fn about(name: &str, text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    let digest = Digest(digest.as_ref().try_into().expect("SHA-256 gives 32 bytes"));
    format!("{KIND}\n{}\n{digest}\n", name.replace('\n', " "))
}

/// Why a file is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error("the note is signed, but not about `{name}` as it is here: it was altered or renamed")]
    Other { name: String },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Checkpoint, ORIGIN};

    #[test]
    fn a_file_is_believed_only_as_it_was_given_out() {
        let signer = Signer::new(ORIGIN, &[1; 32]);
        let note = seal(&signer, "a.csv", "x,y\n");
        assert_eq!(unseal(signer.verifier(), &note, "a.csv", "x,y\n"), Ok(()));
        let words = "the note is signed, but not about `a.csv` as it is here: it was altered or renamed";
        assert_eq!(unseal(signer.verifier(), &note, "a.csv", "x,z\n").unwrap_err().to_string(), words);
        assert!(unseal(signer.verifier(), &note, "b.csv", "x,y\n").is_err());
        assert!(unseal(Signer::new(ORIGIN, &[2; 32]).verifier(), &note, "a.csv", "x,y\n").is_err());
    }

    #[test]
    fn a_checkpoint_is_no_file_and_a_file_no_checkpoint() {
        let signer = Signer::new(ORIGIN, &[1; 32]);
        let note = seal(&signer, "3", "");
        assert!(Checkpoint::open(&note, signer.verifier()).is_err());
        let checkpoint = Checkpoint { size: 3, root: Digest([0; 32]) }.sign(&signer);
        assert!(unseal(signer.verifier(), &checkpoint, "3", "").is_err());
    }
}
