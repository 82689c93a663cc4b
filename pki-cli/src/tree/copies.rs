//! Copies beside the certificates directory: `pki.bak`, what kubeadm keeps of an
//! upgrade in `tmp`, `admin.conf.2025`. Nobody uses them, and a key in them is as
//! good as the key.

use pki_core::Obstacle;

use super::directory::Directory;
use super::reader::{MOST_BYTES, MOST_NAMES, MOST_OTHERS, Reader};
use crate::store::is_ours;

impl Reader<'_> {
    /// Files of other directories than those that are in use, as many as there
    /// may be of what nobody uses.
    pub(super) fn read_copies(&mut self) {
        let place = self.place;
        let Some(kubernetes) = &place.kubernetes else {
            return;
        };
        // Only kubeadm's own directory is known to hold nothing else.
        let is_kubeadms = kubernetes.path().ends_with("kubernetes");
        if !is_kubeadms && !place.is_whole {
            return;
        }
        let names = match kubernetes.names(MOST_NAMES) {
            Ok(names) => names,
            Err(error) => return self.passed_over(".", error.to_string()),
        };
        let is_copy = |name: &&str| {
            let is_in_use = ["pki", "manifests"].contains(name) || is_ours(name);
            let looks_like_one = name.starts_with("pki") || name.contains(".conf");
            !is_in_use && (is_kubeadms || looks_like_one)
        };
        let mut count = 0;
        let names = names.iter().filter_map(|name| name.to_str());
        for name in names.filter(is_copy) {
            // A link is no copy, and may lead anywhere.
            if kubernetes.is_link(name) {
                continue;
            }
            match kubernetes.enter(name) {
                Ok(Some(directory)) => self.read_copy(&directory, name, &mut count),
                Ok(None) => self.read_one(kubernetes, name, name, &mut count),
                Err(error) => self.passed_over(name, error.to_string()),
            }
        }
    }

    /// A directory and all below it.
    fn read_copy(&mut self, directory: &Directory, name: &str, count: &mut usize) {
        let certificates = self.place.certificates.as_ref();
        if certificates.is_some_and(|(certificates, _)| certificates.is(directory)) {
            return;
        }
        let listing = match directory.list() {
            Ok(listing) => listing,
            Err(error) => return self.passed_over(name, error.to_string()),
        };
        if !listing.closed.is_empty() {
            let why = "directories in it cannot be entered".to_owned();
            self.passed_over(name, why);
        }
        for file in &listing.files {
            let file = file.as_str();
            let path = format!("{name}/{file}");
            if directory.is_link(file) {
                continue;
            }
            self.read_one(directory, file, &path, count);
            let reach = reach(directory, file);
            if let Some(read) = self.tree.files.get_mut(&path) {
                read.mode &= reach;
            }
        }
    }

    fn read_one(&mut self, directory: &Directory, file: &str, path: &str, count: &mut usize) {
        if self.tree.files.contains_key(path) {
            return;
        }
        *count += 1;
        if *count > MOST_OTHERS || self.bytes > MOST_BYTES {
            let top = path.split('/').next().unwrap_or(path);
            return self.passed_over(top, "there is too much to read in it".to_owned());
        }
        self.read(directory, file, path);
    }

    /// Nothing of it is in use, so that the check is whole without it.
    fn passed_over(&mut self, path: &str, why: String) {
        self.unlisted(path, Obstacle::TooManyOthers, why);
    }
}

/// The permission bits that the directories above a file let through.
fn reach(directory: &Directory, file: &str) -> u32 {
    let above = file.match_indices('/').map(|(end, _)| &file[..end]);
    let mut reach = 0o7777;
    for way in std::iter::once(".").chain(above) {
        let mode = match directory.enter(way) {
            Ok(Some(directory)) => directory.about().map(|about| about.mode),
            _ => continue,
        };
        let mode = mode.unwrap_or(0o777);
        for (enters, bits) in [(0o010, 0o070), (0o001, 0o007)] {
            if mode & enters == 0 {
                reach &= !bits;
            }
        }
    }
    reach
}
