//! What kpki itself left beside the files: stages of runs that did not end, and
//! backups of what was replaced.

use std::collections::BTreeMap;

use pki_core::{Remains, RemainsKind};

use super::directory::Directory;
use super::reader::{MOST_BYTES, MOST_NAMES, MOST_OTHERS, Reader};
use crate::store::Activity;

impl Reader<'_> {
    /// Looks into the directories of kpki's own, but for a stage that is in use.
    pub(super) fn read_remains(&mut self) {
        let place = self.place;
        let is_kubeadms = |it: &&Directory| place.is_whole || it.path().ends_with("kubernetes");
        let kubernetes = place.kubernetes.as_ref().filter(is_kubeadms);
        let certificates = place.certificates.as_ref();
        let certificates = certificates.map(|(directory, prefix)| (directory, *prefix));
        let kubernetes = kubernetes.map(|directory| (directory, ""));
        let mut count = 0;
        for (directory, prefix) in kubernetes.into_iter().chain(certificates) {
            // Whoever reads the files in it tells why it cannot be listed.
            let names = directory.names(MOST_NAMES).unwrap_or_default();
            let names = names.iter().filter_map(|name| name.to_str());
            for name in names {
                if let Some(kind) = RemainsKind::of(name)
                    && !directory.is_link(name)
                {
                    self.read_one_of_ours(directory, prefix, name, kind, &mut count);
                }
            }
        }
    }

    fn read_one_of_ours(
        &mut self,
        above: &Directory,
        prefix: &str,
        name: &str,
        kind: RemainsKind,
        count: &mut usize,
    ) {
        let activity = match kind {
            RemainsKind::Backup => Activity::None,
            RemainsKind::Stage | RemainsKind::Copy => above.activity(name),
        };
        if activity == Activity::Running {
            return;
        }
        let directory = format!("{prefix}{name}");
        let mut remains = Remains {
            kind,
            files: BTreeMap::new(),
            unread: None,
            may_be_in_use: activity == Activity::Unknown,
            directory,
        };
        let listed = match above.enter(name) {
            // It went meanwhile, or is no directory, and nothing of ours.
            Ok(None) => return,
            Ok(Some(inside)) => inside.list().map(|listed| (inside, listed)),
            Err(error) => Err(error),
        };
        match listed {
            Ok((inside, listed)) => {
                if !listed.closed.is_empty() || !listed.odd.is_empty() {
                    remains.unread = Some("not all of it can be entered".to_owned());
                }
                for file in &listed.files {
                    *count += 1;
                    if *count > MOST_OTHERS || self.bytes > MOST_BYTES {
                        remains.unread = Some("there is too much to read in it".to_owned());
                        break;
                    }
                    let path = format!("{}/{file}", remains.directory);
                    if let Some(found) = self.look(&inside, file, &path) {
                        remains.files.insert(path, found);
                    }
                }
            }
            Err(error) => remains.unread = Some(error.to_string()),
        }
        self.tree.remains.push(remains);
    }
}
