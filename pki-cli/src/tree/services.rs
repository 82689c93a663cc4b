//! What belongs to the services beside kubeadm's pods: etcd's unit with its drop-ins
//! and environment, keepalived's and haproxy's configuration, and kubeadm's own.

use pki_core::{Obstacle, Tree, TreeContent, TreeFile};

use super::reader::{MOST_NAMES, Reader};

/// Drop-ins of one directory.
const MOST_DROP_INS: usize = 20;

impl Reader<'_> {
    /// Of another host no more than that they are there: what they say stays there.
    pub(super) fn read_services(&mut self) {
        let place = self.place;
        if let Some(kubernetes) = &place.kubernetes {
            for name in Tree::kubeadm_files() {
                self.read(kubernetes, name, name);
            }
        }
        let Some(host) = &place.host else { return };
        for path in Tree::service_files() {
            self.read(host, &path, &path);
        }
        // Drop-ins of a unit that stays on its host say nothing without it.
        let mut files = self.tree.files.iter();
        let is_unit = |(path, file): (&String, &TreeFile)| {
            path.ends_with("/etcd.service") && matches!(file.content, TreeContent::Bytes(_))
        };
        if files.any(is_unit) {
            for directory in Tree::drop_in_directories() {
                self.read_drop_ins(&directory);
            }
        }
        let named = self.tree.named_by_services();
        self.read_files(named);
    }

    fn read_drop_ins(&mut self, path: &str) {
        let Some(host) = &self.place.host else { return };
        let found = match host.enter(path) {
            Ok(Some(found)) => found,
            Ok(None) => return,
            Err(error) => return self.unlisted(path, Obstacle::Denied, error.to_string()),
        };
        let names = match found.names(MOST_NAMES) {
            Ok(names) => names,
            Err(error) => return self.unlisted(path, Obstacle::Denied, error.to_string()),
        };
        let names = names.iter().filter_map(|name| name.to_str());
        for (count, name) in names.filter(|name| name.ends_with(".conf")).enumerate() {
            if count == MOST_DROP_INS {
                let why = format!("it has more than {count} drop-ins, too many to look at");
                return self.unlisted(path, Obstacle::TooMany, why);
            }
            self.read(&found, name, &format!("{path}/{name}"));
        }
    }
}
