//! Merkle proofs as in RFC 6962, section 2.1: of which subtrees they consist, and what follows from them.

use fanner_model::Digest;

use crate::tree::{Node, join, parent};

/// Neighbouring leaves, `first` to before `end`, that make up one subtree of some tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    first: u64,
    end: u64,
}

impl Span {
    /// The complete subtrees that the span consists of, the largest first.
    pub fn nodes(self) -> Vec<Node> {
        let Self { mut first, end } = self;
        let mut nodes = Vec::new();
        while first < end {
            let level = (end - first).ilog2().min(first.trailing_zeros());
            nodes.push(Node { level, position: first >> level });
            first += 1 << level;
        }
        nodes
    }

    /// The hash of the span, from those of its nodes.
    pub fn hash(nodes: &[Digest]) -> Digest {
        join(nodes)
    }
}

/// What the proof consists of that leaf `index` is in the tree of `size`; `None`: it is not.
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Span>> {
    let mut spans = Vec::new();
    let (mut first, mut end) = (0, size);
    while index < end && 1 < end - first {
        let middle = first + split(end - first);
        if index < middle {
            spans.push(Span { first: middle, end });
            end = middle;
        } else {
            spans.push(Span { first, end: middle });
            first = middle;
        }
    }
    spans.reverse();
    (index < size).then_some(spans)
}

/// What the proof consists of that the tree of size `to` begins with the tree of size `from`; `None`: it does not.
pub fn consistency(from: u64, to: u64) -> Option<Vec<Span>> {
    if from == 0 || to < from {
        return None;
    }
    let mut spans = Vec::new();
    let (mut first, mut end) = (0, to);
    while from < end {
        let middle = first + split(end - first);
        if from <= middle {
            spans.push(Span { first: middle, end });
            end = middle;
        } else {
            spans.push(Span { first, end: middle });
            first = middle;
        }
    }
    // The old tree itself needs no proof; a part of it does.
    if first != 0 {
        spans.push(Span { first, end });
    }
    spans.reverse();
    Some(spans)
}

/// The root of the tree of `size` in which `leaf` stands at `index`, as the proof has it; `None`: the proof does not fit.
pub fn root_with(leaf: Digest, index: u64, size: u64, proof: &[Digest]) -> Option<Digest> {
    if size <= index {
        return None;
    }
    if size == 1 {
        return proof.is_empty().then_some(leaf);
    }
    let (&sibling, below) = proof.split_last()?;
    let middle = split(size);
    if index < middle {
        Some(parent(root_with(leaf, index, middle, below)?, sibling))
    } else {
        Some(parent(sibling, root_with(leaf, index - middle, size - middle, below)?))
    }
}

/// Whether the proof shows that the tree of size `to` with root `new` begins with the tree of size `from` with root `old`.
pub fn is_consistent((from, old): (u64, Digest), (to, new): (u64, Digest), proof: &[Digest]) -> bool {
    0 < from && from <= to && roots(from, to, Some(old), proof) == Some((old, new))
}

/// The roots of both trees as the proof has them. `old`: this part of the new tree is the whole old one, which the proof
/// leaves out.
fn roots(from: u64, to: u64, old: Option<Digest>, proof: &[Digest]) -> Option<(Digest, Digest)> {
    if from == to {
        return match (old, proof) {
            (Some(old), []) => Some((old, old)),
            (None, [part]) => Some((*part, *part)),
            _ => None,
        };
    }
    let (&sibling, below) = proof.split_last()?;
    let middle = split(to);
    if from <= middle {
        let (was, is) = roots(from, middle, old, below)?;
        Some((was, parent(is, sibling)))
    } else {
        let (was, is) = roots(from - middle, to - middle, None, below)?;
        Some((parent(sibling, was), parent(sibling, is)))
    }
}

/// How many leaves the left of the two subtrees has of a tree with `size` of them, at least 2: the largest power of two
/// that is less.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}
