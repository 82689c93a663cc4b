//! The files that flags name and those that they could: who is who.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::super::chain::path_within;
use super::super::manifests::Manifests;
use super::super::role::usual_row;
use super::super::signer::Tries;
use super::super::tree::Tree;
use super::super::uses::{USES, Use};
use super::Misnamed;
use super::usual::{described, entry, is_authority, is_usual, may_be, usual};
use crate::catalog::{EntryKind, FileRole};
use crate::certificate::Certificate;

/// Why a file is the wrong one.
#[derive(Debug)]
pub(super) struct Fault {
    /// The file and what it is.
    pub(super) words: String,
    /// The right file.
    pub(super) wanted: String,
    /// Whether nothing outside of the tree could make it right.
    pub(super) is_certain: bool,
}

/// A look at what the flags name.
pub(super) struct Search<'a> {
    pub(super) manifests: &'a Manifests,
    pub(super) tree: &'a Tree,
    found: Vec<Misnamed>,
    judged: Vec<&'static Use>,
    count: usize,
    /// What was checked before: several flags name one file.
    signed: RefCell<BTreeMap<(String, String), Option<bool>>>,
    /// How many signatures may still be checked.
    left: Cell<usize>,
}

/// The certificates of a file, the leaf first.
pub(super) type Chain<'a> = &'a [Certificate];

/// Enough for every flag of a host several times over. Of a hundred CAs of one
/// name in each of ten files no signature of a certificate would have to be good.
const MOST_SIGNATURES: usize = 300;

impl<'a> Search<'a> {
    pub(super) fn new(manifests: &'a Manifests, tree: &'a Tree) -> Self {
        Self {
            manifests,
            tree,
            found: Vec::new(),
            judged: Vec::new(),
            count: 0,
            signed: RefCell::default(),
            left: Cell::new(MOST_SIGNATURES),
        }
    }

    /// Every flag that names the wrong file, and how many could be judged.
    pub(super) fn all(mut self) -> (Vec<Misnamed>, usize) {
        // CAs first, then certificates, then keys: each is judged by those before.
        let order = [
            FileRole::Certificate,
            FileRole::PrivateKey,
            FileRole::PublicKey,
            FileRole::Kubeconfig,
        ];
        for role in order {
            let of_role = || USES.iter().filter(|it| it.role == role);
            let is_authority = |it: &&Use| entry(it.row).is_some_and(is_authority);
            for of in of_role().filter(is_authority) {
                self.judge(of);
            }
            for of in of_role().filter(|it| !is_authority(it)) {
                self.judge(of);
            }
        }
        (self.found, self.count)
    }

    fn judge(&mut self, of: &'static Use) {
        let Some(named) = self.named(of) else {
            return;
        };
        if is_usual(of, &named) && !self.may_be_of_peers(of) {
            self.count += 1;
            return;
        }
        if let Some(fault) = self.of_slip(of, &named) {
            self.count += 1;
            self.found.push(Misnamed { of, fault });
            return;
        }
        if self.bytes(&named).is_none() {
            return;
        }
        let of_authority =
            of.role == FileRole::Certificate && entry(of.row).is_some_and(is_authority);
        self.count += usize::from(of_authority || usual_row(&named).is_some());
        let fault = match of.role {
            FileRole::Certificate if of_authority => self.of_authority(of, &named),
            // Files of other names are followed, whatever they are.
            _ if usual_row(&named).is_none() => None,
            FileRole::Certificate => self.of_leaf(of, &named),
            FileRole::PrivateKey => self.of_key(of, &named),
            FileRole::PublicKey => self.of_public_key(of, &named),
            FileRole::Kubeconfig => self.of_kubeconfig(of, &named),
        };
        if let Some(fault) = fault {
            self.found.push(Misnamed { of, fault });
        }
        self.judged.push(of);
    }

    /// A path that is not there, and the usual one, which it is nearly, is.
    fn of_slip(&self, of: &Use, named: &str) -> Option<Fault> {
        if !self.tree.lacks(named) {
            return None;
        }
        let rows = [Some(of.row), of.of_peers()].into_iter().flatten();
        let usual = rows.flat_map(|row| entry(row).into_iter().flat_map(|it| usual(it, of.role)));
        let mut there = usual.filter(|path| self.tree.has(path));
        const NEAR: usize = 2;
        let right = there.find(|path| strsim::damerau_levenshtein(path, named) <= NEAR)?;
        Some(Fault {
            words: format!("{named}, which is not there, and {right} is"),
            wanted: right,
            is_certain: true,
        })
    }

    /// Whether the host has a CA that may be meant instead of etcd's.
    fn may_be_of_peers(&self, of: &Use) -> bool {
        let row = of.of_peers();
        row.is_some_and(|row| !self.candidates(row, of.role).is_empty())
    }

    /// The file that a flag names.
    fn named(&self, of: &Use) -> Option<String> {
        let told = self.manifests.flag(of.component, of.flag)?;
        self.manifests.path_of(&told.flag.value)
    }

    fn is_misnamed(&self, of: &Use) -> bool {
        self.found.iter().any(|it| it.of == of)
    }

    /// Whether a flag names a file of this row.
    pub(super) fn is_in_use(&self, row: &str) -> bool {
        let mut uses = USES.iter().filter(|it| it.row == row);
        uses.any(|it| self.named(it).is_some())
    }

    /// The files that may be a row's: those that flags name, then the usual ones.
    pub(super) fn candidates(&self, row: &str, role: FileRole) -> Vec<String> {
        let uses = USES.iter().filter(|it| it.row == row && it.role == role);
        let named = uses.filter(|it| !self.is_misnamed(it)).filter_map(|it| {
            let is_judged = self.judged.contains(&it);
            self.named(it)
                .filter(|named| is_judged || may_be(it, named))
        });
        let usual = entry(row).into_iter().flat_map(|it| usual(it, role));
        named
            .chain(usual)
            .filter(|path| self.tree.has(path))
            .collect()
    }

    pub(super) fn bytes(&self, path: &str) -> Option<&'a [u8]> {
        self.tree.get(path)?.bytes()
    }

    pub(super) fn certificates(&self, path: &str) -> Chain<'a> {
        let file = self.tree.get(path);
        let read = file.and_then(|file| file.certificates());
        read.unwrap_or_default()
    }

    /// The certificate that a kubeconfig's user shows, with those behind it.
    fn client_chain(&self, path: &str) -> Chain<'a> {
        let file = self.tree.get(path);
        let read = file.and_then(|file| file.kubeconfig());
        read.map_or(&[], |it| it.chain())
    }

    pub(super) fn client(&self, path: &str) -> Option<&'a Certificate> {
        self.client_chain(path).first()
    }

    /// The certificates of a row with the file that they are in: of a
    /// kubeconfig its client's.
    pub(super) fn row(&self, row: &str) -> Option<(String, Chain<'a>)> {
        let is_kubeconfig = matches!(entry(row)?.kind, EntryKind::Kubeconfig(_));
        let role = match is_kubeconfig {
            true => FileRole::Kubeconfig,
            false => FileRole::Certificate,
        };
        let files = self.candidates(row, role).into_iter();
        let mut read = files.map(|path| {
            let found = match is_kubeconfig {
                true => self.client_chain(&path),
                false => self.certificates(&path),
            };
            (path, found)
        });
        read.find(|(_, found)| !found.is_empty())
    }

    /// Whether one of the CAs of a file signed the leaf of another, over the
    /// intermediates behind it: a CA that lies behind a leaf of another proves
    /// nothing. `None` if there is too much to try.
    pub(super) fn signed(
        &self,
        authorities: &str,
        (path, chain): (&str, Chain<'_>),
    ) -> Option<bool> {
        let pair = (authorities.to_owned(), path.to_owned());
        if let Some(known) = self.signed.borrow().get(&pair) {
            return *known;
        }
        let left = self.left.get();
        let mut tries = Tries::of_a_path(left);
        let authorities = self.certificates(authorities);
        let before = tries.left();
        let verdict = match path_within(&leaf_first(chain), authorities, &mut tries) {
            Some(_) => Some(true),
            None if tries.left() == 0 => None,
            None => Some(false),
        };
        self.left.set(left - (before - tries.left()));
        self.signed.borrow_mut().insert(pair, verdict);
        verdict
    }

    /// What is wrong with a file that does not do, if there is one that does;
    /// `does` is `None` where nobody can tell.
    pub(super) fn better(
        &self,
        of: &Use,
        named: &str,
        does: impl Fn(&str) -> Option<bool>,
    ) -> Option<Fault> {
        let (owner, role) = usual_row(named)?;
        if does(named) != Some(false) {
            return None;
        }
        let mut candidates = self.candidates(of.row, of.role).into_iter();
        let right = candidates.find(|path| path != named && does(path) == Some(true))?;
        let words = format!("{named}, {}", described(owner, role));
        Some(Fault {
            words,
            wanted: right,
            is_certain: true,
        })
    }
}

/// The chain as a server would have to show it: what signs others does not come
/// first.
fn leaf_first(chain: Chain<'_>) -> Vec<Certificate> {
    let mut chain = chain.to_vec();
    if let Some(leaf) = chain.iter().position(|found| !found.is_ca()) {
        chain.swap(0, leaf);
    }
    chain
}
