//! What belongs to the services beside kubeadm's pods: etcd's unit with its drop-ins
//! and environment, keepalived's and haproxy's configuration, and kubeadm's own.

use pki_core::{Obstacle, ServiceFile, ServiceFileKind, Tree};

use super::reader::{MOST_NAMES, Reader};

/// Environments and scripts.
const MOST_TEXTS: usize = 100;
/// Drop-ins of one directory.
const MOST_DROP_INS: usize = 20;

impl Reader<'_> {
    /// Reads the files of the services, and those that they name.
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
        // Drop-ins say nothing without the unit.
        let mut files = self.tree.files.keys();
        if files.any(|path| path.ends_with("/etcd.service")) {
            for directory in Tree::drop_in_directories() {
                self.read_drop_ins(&directory);
            }
        }
        let named = self.tree.named_by_services();
        self.foresee_services(&named);
        self.read_files(named.into_iter().map(|file| file.path).collect());
    }

    /// Of those of another host it is said what they are, one question for each place.
    fn foresee_services(&self, named: &[ServiceFile]) {
        let place = self.place;
        let certificates = place.certificates.as_ref().map(|(directory, _)| directory);
        let places = [place.host.as_ref(), place.kubernetes.as_ref(), certificates];
        let texts = named
            .iter()
            .filter(|file| file.kind != ServiceFileKind::Material);
        let located = texts.filter_map(|file| Some((self.located(&file.path)?, &file.kind)));
        let located: Vec<_> = located.take(MOST_TEXTS).collect();
        for directory in places.into_iter().flatten() {
            let here = located.iter();
            let here = here.filter(|((place, _), _)| std::ptr::eq(*place, directory));
            let files: Vec<_> = here.map(|((_, name), kind)| (*name, *kind)).collect();
            directory.foresee_services(&files);
        }
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
