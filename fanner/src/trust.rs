//! Whose rules are believed: those signed with a key that somebody gave to this fanner, or, without one, with the first
//! key that it ever saw.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use fanner_model::{Revision, RuleSet, SignedRules};
use fanner_note::{Confirmation, KeyError, NoteError, Verifier};
use jiff::Timestamp;
use tracing::warn;

/// Whom a fanner believes.
#[derive(Debug)]
pub(crate) enum Trust {
    /// Several only while keys are being changed.
    Given(Vec<Verifier>),
    /// The key that was seen first, pinned in a file.
    FirstSeen { path: PathBuf, pinned: Option<Verifier> },
}

/// Rules that somebody signed whom the fanner believes.
#[derive(Debug)]
pub(crate) struct Believed {
    pub rules: RuleSet,
    /// When they were the newest, by the control plane's clock.
    pub issued_at: Timestamp,
}

impl Trust {
    /// Believes `keys`, or if there are none, the one that is pinned in `state_dir`.
    ///
    /// # Errors
    /// The pinned key cannot be read.
    pub(crate) fn new(keys: Vec<Verifier>, state_dir: &Path) -> Result<Self, PinError> {
        if !keys.is_empty() {
            return Ok(Self::Given(keys));
        }
        let path = state_dir.join("rules.key");
        let pinned = match fs::read_to_string(&path) {
            Ok(text) => Some(text.trim().parse().map_err(|source| PinError::Content { path: path.clone(), source })?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(source) => return Err(PinError::File { path, source }),
        };
        Ok(Self::FirstSeen { path, pinned })
    }

    /// What `signed` says, if it is believed.
    ///
    /// # Errors
    /// It is not believed, or says nothing that a fanner could obey.
    pub(crate) fn open(&self, signed: &SignedRules) -> Result<Believed, Disbelief> {
        let keys = match self {
            Self::Given(keys) => keys.as_slice(),
            Self::FirstSeen { pinned, .. } => pinned.as_slice(),
        };
        let opened = keys.iter().map(|key| open(key, signed));
        opened.reduce(Result::or).unwrap_or(Err(Disbelief::Note(NoteError::Unknown)))
    }

    /// The same, for what came from the control plane itself: the first key that is seen there is believed from then on.
    ///
    /// # Errors
    /// It is not believed, or the key cannot be pinned.
    pub(crate) fn open_or_pin(&mut self, signed: &SignedRules) -> Result<Believed, Disbelief> {
        let Self::FirstSeen { path, pinned: pinned @ None } = self else { return self.open(signed) };
        let key: Verifier = signed.key.parse()?;
        let believed = open(&key, signed)?;
        pin(path, &key).map_err(|source| Disbelief::Pin { path: path.clone(), source })?;
        warn!(%key, path = %path.display(), "no `--rules-key` was given; the first key that was seen is believed from now on");
        *pinned = Some(key);
        Ok(believed)
    }
}

fn open(key: &Verifier, signed: &SignedRules) -> Result<Believed, Disbelief> {
    let confirmation = Confirmation::open(&signed.note, key)?;
    if !confirmation.is_about(&signed.rules) {
        return Err(Disbelief::Altered);
    }
    Ok(Believed { rules: serde_json::from_str(&signed.rules)?, issued_at: confirmation.issued_at })
}

fn pin(path: &Path, key: &Verifier) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    writeln!(file, "{key}")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Why rules are not obeyed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Disbelief {
    #[error("{0}")]
    Note(#[from] NoteError),
    #[error("they were altered after they were signed")]
    Altered,
    #[error("{0}")]
    Key(#[from] KeyError),
    #[error("they cannot be read: {0}")]
    Content(#[from] serde_json::Error),
    #[error(
        "revision {offered} is older than {known}, which is in force; remove the file `rules` if the database was restored"
    )]
    Older { offered: Revision, known: Revision },
    #[error("their key cannot be pinned in `{}`: {source}", path.display())]
    Pin { path: PathBuf, source: io::Error },
}

/// A pinned key that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PinError {
    #[error("the pinned key in `{}` cannot be read", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("`{}` does not hold the key that was pinned; remove it to believe the next one, or give `--rules-key`", path.display())]
    Content { path: PathBuf, source: KeyError },
}

#[cfg(test)]
mod tests {
    use fanner_note::{RULES, Signer, digest};

    use super::*;

    #[test]
    fn a_key_that_was_given_is_believed_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let mut trust = Trust::new(vec![signer(1).verifier().clone()], dir.path()).unwrap();
        assert_eq!(trust.open_or_pin(&signed(1)).unwrap().rules.revision, Revision(7));
        assert_eq!(refusal(trust.open_or_pin(&signed(2))), "`fanner/rules` did not sign it with this key");
    }

    #[test]
    fn while_keys_are_changed_both_are_believed() {
        let dir = tempfile::tempdir().unwrap();
        let keys = [1, 2].map(|seed| signer(seed).verifier().clone());
        let trust = Trust::new(keys.into(), dir.path()).unwrap();
        assert!(trust.open(&signed(1)).is_ok() && trust.open(&signed(2)).is_ok() && trust.open(&signed(3)).is_err());
    }

    #[test]
    fn the_first_key_from_the_control_plane_is_pinned_over_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let mut trust = Trust::new(Vec::new(), dir.path()).unwrap();
        assert_eq!(refusal(trust.open(&signed(1))), "no key was given that could verify it");
        assert!(trust.open_or_pin(&signed(1)).is_ok());
        for mut trust in [trust, Trust::new(Vec::new(), dir.path()).unwrap()] {
            assert!(trust.open(&signed(1)).is_ok());
            assert_eq!(refusal(trust.open_or_pin(&signed(2))), "`fanner/rules` did not sign it with this key");
        }
    }

    #[test]
    fn a_pinned_key_that_cannot_be_read_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("rules.key"), "hello").unwrap();
        let error = Trust::new(Vec::new(), dir.path()).unwrap_err().to_string();
        assert!(error.ends_with("remove it to believe the next one, or give `--rules-key`"), "{error}");
    }

    #[test]
    fn rules_that_do_not_fit_their_note_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let trust = Trust::new(vec![signer(1).verifier().clone()], dir.path()).unwrap();
        let altered = SignedRules { rules: signed(1).rules.replace('7', "8"), ..signed(1) };
        assert_eq!(refusal(trust.open(&altered)), "they were altered after they were signed");
        let unsigned = SignedRules { note: String::new(), ..signed(1) };
        assert_eq!(refusal(trust.open(&unsigned)), "it is not a signed note");
    }

    fn refusal(refused: Result<Believed, Disbelief>) -> String {
        refused.unwrap_err().to_string()
    }

    fn signed(seed: u8) -> SignedRules {
        let (rules, signer) = (r#"{"revision":7,"destinations":{}}"#.to_owned(), signer(seed));
        let note = Confirmation { issued_at: Timestamp::UNIX_EPOCH, rules: digest(&rules) }.sign(&signer);
        SignedRules { rules, note, key: signer.verifier().to_string() }
    }

    fn signer(seed: u8) -> Signer {
        Signer::new(RULES, &[seed; 32])
    }
}
