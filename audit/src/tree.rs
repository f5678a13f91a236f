//! The Merkle tree of RFC 6962 over SHA-256, as far as appending needs it: its right edge.

use fanner_model::Digest;
use ring::digest::{Context, SHA256};

/// The hash of a leaf.
pub fn leaf(bytes: &[u8]) -> Digest {
    hash(&[&[0], bytes])
}

/// The hash of a node above two others.
pub fn parent(left: Digest, right: Digest) -> Digest {
    hash(&[&[1], left.as_bytes(), right.as_bytes()])
}

fn hash(parts: &[&[u8]]) -> Digest {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let digest = context.finish();
    Digest(digest.as_ref().try_into().expect("SHA-256 gives 32 bytes"))
}

/// Where a complete subtree is: its lowest leaves are `position << level` and the `(1 << level) - 1` that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    pub level: u32,
    pub position: u64,
}

/// All that is needed of a tree to append to it and to know its root: its complete subtrees, the largest first. There is
/// one for each bit of its size that is 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Digest>,
}

impl Frontier {
    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. Gives the subtrees that are complete now, the leaf itself first: stored, they are what every proof is
    /// made of.
    pub fn append(&mut self, leaf: Digest) -> Vec<(Node, Digest)> {
        let mut complete = vec![(Node { level: 0, position: self.size }, leaf)];
        let mut right = leaf;
        for level in 1..=self.size.trailing_ones() {
            let left = self.subtrees.pop().expect("each 1 in the size has a subtree");
            right = parent(left, right);
            complete.push((Node { level, position: self.size >> level }, right));
        }
        self.subtrees.push(right);
        self.size += 1;
        complete
    }

    /// The root of the tree.
    pub fn root(&self) -> Digest {
        join(&self.subtrees)
    }

    /// The frontier as bytes: the size, then the subtrees.
    pub fn to_bytes(&self) -> Vec<u8> {
        let subtrees = self.subtrees.iter().flat_map(|subtree| subtree.as_bytes());
        self.size.to_be_bytes().iter().chain(subtrees).copied().collect()
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    /// The number of subtrees does not fit the size.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TreeError> {
        let (size, subtrees) = bytes.split_first_chunk().ok_or(TreeError { bytes: bytes.len() })?;
        let size = u64::from_be_bytes(*size);
        let (subtrees, rest) = subtrees.as_chunks();
        if !rest.is_empty() || u32::try_from(subtrees.len()) != Ok(size.count_ones()) {
            return Err(TreeError { bytes: bytes.len() });
        }
        Ok(Self { size, subtrees: subtrees.iter().copied().map(Digest).collect() })
    }
}

impl FromIterator<Digest> for Frontier {
    fn from_iter<T: IntoIterator<Item = Digest>>(leaves: T) -> Self {
        let mut frontier = Self::default();
        leaves.into_iter().for_each(|leaf| drop(frontier.append(leaf)));
        frontier
    }
}

/// The root above subtrees that follow each other, each no larger than the one before it.
pub(crate) fn join(subtrees: &[Digest]) -> Digest {
    let joined = subtrees.iter().copied().rev().reduce(|right, left| parent(left, right));
    joined.unwrap_or_else(|| hash(&[]))
}

/// Bytes that are not a frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{bytes} bytes are not the right edge of a Merkle tree")]
pub struct TreeError {
    bytes: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_without_leaves_has_the_root_of_nothing() {
        assert_eq!(Frontier::default().root().to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn appending_tells_every_subtree_once() {
        let mut frontier = Frontier::default();
        let mut told: Vec<_> = (0..8_u8).flat_map(|n| frontier.append(leaf(&[n]))).map(|(node, _)| node).collect();
        told.sort_unstable();
        let expected = (0..=3).flat_map(|level| (0..8_u64 >> level).map(move |position| Node { level, position }));
        assert_eq!(told, expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_frontier_survives_its_bytes_and_nothing_else_does() {
        let frontier: Frontier = (0..11_u8).map(|n| leaf(&[n])).collect();
        let bytes = frontier.to_bytes();
        assert_eq!(Frontier::from_bytes(&bytes), Ok(frontier));
        let refused = Frontier::from_bytes(&bytes[..bytes.len() - 32]).unwrap_err().to_string();
        assert_eq!(refused, "72 bytes are not the right edge of a Merkle tree");
    }
}
