//! Roots and proofs of every small tree, beside those of an implementation that we did not write.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use fanner_audit::{Frontier, Node, leaf, proof};
use fanner_model::Digest;
use sha2_for_ct_merkle::Sha256;

const LARGEST: u64 = 70;

type Theirs = MemoryBackedTree<Sha256, Vec<u8>>;

/// Our tree: its frontier at every size, and every complete subtree.
struct Ours {
    roots: Vec<Digest>,
    nodes: std::collections::BTreeMap<Node, Digest>,
}

#[test]
fn every_root_is_theirs() {
    let ours = ours();
    for size in 0..=LARGEST {
        assert_eq!(ours.roots[at(size)].as_bytes()[..], theirs(size).root().as_bytes()[..], "{size}");
    }
}

#[test]
fn every_inclusion_proof_is_theirs_and_leads_to_the_root() {
    let ours = ours();
    for size in 1..=LARGEST {
        let theirs = theirs(size);
        for index in 0..size {
            let spans = proof::inclusion(index, size).expect("the leaf is in the tree");
            let hashes = ours.hashes(&spans);
            assert_eq!(flat(&hashes), theirs.prove_inclusion(at(index)).as_bytes(), "{index} in {size}");
            let root = proof::root_with(ours.leaf(index), index, size, &hashes);
            assert_eq!(root, Some(ours.roots[at(size)]), "{index} in {size}");
        }
    }
}

#[test]
fn every_consistency_proof_is_theirs_and_holds() {
    let ours = ours();
    for to in 1..=LARGEST {
        let theirs = theirs(to);
        for from in 1..=to {
            let spans = proof::consistency(from, to).expect("the one is in the other");
            let hashes = ours.hashes(&spans);
            assert_eq!(flat(&hashes), theirs.prove_consistency(at(to - from)).as_bytes(), "{from} in {to}");
            let (old, new) = ((from, ours.roots[at(from)]), (to, ours.roots[at(to)]));
            assert!(proof::is_consistent(old, new, &hashes), "{from} in {to}");
        }
    }
}

#[test]
fn a_proof_holds_for_nothing_else() {
    let ours = ours();
    let hashes = ours.hashes(&proof::consistency(21, 50).expect("the one is in the other"));
    let root = |size: u64| (size, ours.roots[at(size)]);
    assert!(proof::is_consistent(root(21), root(50), &hashes));
    assert!(!proof::is_consistent(root(20), root(50), &hashes));
    assert!(!proof::is_consistent(root(21), root(51), &hashes));
    assert!(!proof::is_consistent((21, ours.roots[20]), root(50), &hashes));
    assert!(!proof::is_consistent(root(21), root(50), &hashes[1..]));
    assert!(!proof::is_consistent((0, ours.roots[0]), root(50), &[]));
    let hashes = ours.hashes(&proof::inclusion(21, 50).expect("the leaf is in the tree"));
    assert_ne!(proof::root_with(ours.leaf(20), 21, 50, &hashes), Some(ours.roots[50]));
    assert_ne!(proof::root_with(ours.leaf(21), 20, 50, &hashes), Some(ours.roots[50]));
    assert_eq!(proof::root_with(ours.leaf(21), 21, 50, &hashes[1..]), None);
    assert_eq!(proof::inclusion(50, 50), None);
    assert_eq!(proof::consistency(51, 50), None);
}

impl Ours {
    fn leaf(&self, index: u64) -> Digest {
        self.nodes[&Node { level: 0, position: index }]
    }

    fn hashes(&self, spans: &[proof::Span]) -> Vec<Digest> {
        let hash = |span: &proof::Span| {
            let nodes: Vec<_> = span.nodes().iter().map(|node| self.nodes[node]).collect();
            proof::Span::hash(&nodes)
        };
        spans.iter().map(hash).collect()
    }
}

fn ours() -> Ours {
    let mut frontier = Frontier::default();
    let mut ours = Ours { roots: vec![frontier.root()], nodes: Default::default() };
    for n in 0..LARGEST {
        ours.nodes.extend(frontier.append(leaf(&n.to_be_bytes())));
        ours.roots.push(frontier.root());
    }
    ours
}

fn theirs(size: u64) -> Theirs {
    let mut tree = Theirs::new();
    (0..size).for_each(|n| tree.push(n.to_be_bytes().to_vec()));
    tree
}

fn flat(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

fn at(size: u64) -> usize {
    usize::try_from(size).expect("the tree is small")
}
