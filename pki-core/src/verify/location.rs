//! Where the files of a tree are, for whoever reads a finding or runs a command.

use std::borrow::Cow;

/// Where the paths of a tree lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeLocation {
    /// What the relative paths are below, where it was found. Empty if nobody
    /// knows.
    pub directory: String,
    /// The begin of the tree's paths that means `directory` itself: `pki/`, or
    /// `pki/etcd/` for an etcd that has the directory to itself. Empty if
    /// `directory` holds `pki`.
    pub prefix: &'static str,
    /// What the absolute paths are below: the root of a copied host. Empty for
    /// this machine's own.
    pub host_root: String,
    /// The host by which ssh reaches the tree, `root@m1` or `m1:2222`, if it lies on
    /// another: commands that mend it are for a shell there. Empty for this one.
    pub machine: String,
    /// The flags by which kpki reaches that host: of `--sudo` and `--ssh-config FILE`
    /// those that were given, as words for a shell. Empty for this machine.
    pub reach: String,
    /// What that host calls itself (`uname -n`), as far as it is plain. Empty for this
    /// machine.
    pub host_name: String,
    /// The certificates directory on its host, where that is not `pki` in the
    /// kubernetes directory; else empty. Its files have paths that begin with
    /// `pki/` all the same.
    pub certificates: String,
}

const CERTIFICATES: &str = "pki";
const KUBERNETES: &str = "/etc/kubernetes/";

impl TreeLocation {
    /// The path in the tree of a file on the host; `None` for one that is no
    /// absolute path or goes up again.
    #[must_use]
    pub fn path_of(&self, on_host: &str) -> Option<String> {
        let longest = on_host.len() <= 1024;
        let parts: Vec<&str> = on_host
            .strip_prefix('/')
            .filter(|path| longest && !path.contains(char::is_control))?
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        if parts.is_empty() || parts.contains(&"..") {
            return None;
        }
        let path = format!("/{}", parts.join("/"));
        if !self.certificates.is_empty()
            && let Some(below) = path.strip_prefix(self.certificates.trim_end_matches('/'))
            && below.starts_with('/')
        {
            return Some(format!("{CERTIFICATES}{below}"));
        }
        match path.strip_prefix(KUBERNETES) {
            // What lies there is not what the components use.
            Some(inside) if !self.certificates.is_empty() && is_certificates(inside) => Some(path),
            Some(inside) => Some(inside.to_owned()),
            None => Some(path),
        }
    }

    /// The path in the tree of a file that a kubeconfig of it names. client-go joins
    /// a relative one to the kubeconfig's directory in words, so that `..` takes the
    /// name before it away. `None` for an absolute one that goes up: behind a link
    /// nobody knows from the names where that leads.
    pub(crate) fn named_by_kubeconfig(&self, kubeconfig: &str, named: &str) -> Option<String> {
        if named.starts_with('/') {
            return self.path_of(named);
        }
        let on_host = self.on_host(kubeconfig);
        let directory = on_host.rsplit_once('/').map_or("", |(above, _)| above);
        let joined = format!("{directory}/{named}");
        let mut parts: Vec<&str> = Vec::new();
        for part in joined.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        self.path_of(&format!("/{}", parts.join("/")))
    }

    /// Where a file of a certificates directory is that is not called `pki`:
    /// below the kubernetes directory, or by its absolute path on the host.
    fn elsewhere(&self, path: &str) -> Option<String> {
        if self.certificates.is_empty() || !is_certificates(path) {
            return None;
        }
        let directory = self.certificates.trim_end_matches('/');
        let directory = directory.strip_prefix(KUBERNETES).unwrap_or(directory);
        let below = path.strip_prefix(CERTIFICATES).unwrap_or_default();
        Some(format!("{directory}{below}"))
    }

    /// Whether the certificates are outside of the kubernetes directory.
    pub(super) fn is_outside(&self) -> bool {
        !self.certificates.is_empty() && !self.certificates.starts_with(KUBERNETES)
    }

    /// A path of the tree as it is below the directory.
    #[must_use]
    pub fn shown<'a>(&self, path: &'a str) -> Cow<'a, str> {
        match self.elsewhere(path) {
            Some(elsewhere) => Cow::Owned(elsewhere),
            None => Cow::Borrowed(self.below(path)),
        }
    }

    fn below<'a>(&self, path: &'a str) -> &'a str {
        match path.strip_prefix(self.prefix) {
            Some("") => ".",
            Some(below) => below,
            None if self.prefix.strip_suffix('/') == Some(path) => ".",
            None => path,
        }
    }

    /// The same for every path of the tree in a sentence. Paths begin where a
    /// word does: `/var/lib/kubelet/pki/kubelet.crt` is none of the tree's.
    #[must_use]
    pub fn shown_in(&self, sentence: &str) -> String {
        let ends = |c: char| c.is_whitespace() || "(),;:'\"".contains(c);
        let words = sentence.split_inclusive(ends);
        words
            .map(|word| {
                let path = word.trim_end_matches(ends);
                if path != CERTIFICATES
                    && let Some(elsewhere) = self.elsewhere(path)
                {
                    let end = word.strip_prefix(path).unwrap_or_default();
                    return Cow::Owned(format!("{elsewhere}{end}"));
                }
                Cow::Borrowed(match path {
                    path if self.prefix.is_empty() || path == self.prefix => word,
                    _ => word.strip_prefix(self.prefix).unwrap_or(word),
                })
            })
            .collect()
    }

    /// Where a file of the tree is.
    pub(super) fn path(&self, path: &str) -> String {
        let elsewhere = self.elsewhere(path);
        let path = elsewhere.as_deref().unwrap_or(path);
        if path.starts_with('/') {
            return format!("{}{path}", self.host_root.trim_end_matches('/'));
        }
        if self.directory.is_empty() {
            return path.to_owned();
        }
        let directory = self.directory.trim_end_matches('/');
        match self.below(path) {
            "." if self.prefix.is_empty() || path != "." => self.directory.clone(),
            below if path.starts_with(self.prefix) => format!("{directory}/{below}"),
            _ => {
                let up = "../".repeat(self.prefix.matches('/').count());
                format!("{directory}/{up}{path}")
            }
        }
    }

    /// Where the file is on a host of its own kind, as far as can be told.
    pub(super) fn on_host(&self, path: &str) -> String {
        const ETCD: &str = "/etc/etcd";
        let elsewhere = self.elsewhere(path);
        let path = elsewhere.as_deref().unwrap_or(path);
        if path.starts_with('/') {
            return path.to_owned();
        }
        let directory = self.directory.trim_end_matches('/');
        // An etcd that is a service has its directory to itself.
        let of_etcd = directory.rfind(ETCD).map(|at| directory.split_at(at).1);
        let of_etcd = of_etcd.filter(|found| {
            let below = found.strip_prefix(ETCD).unwrap_or_default();
            below.is_empty() || below.starts_with('/')
        });
        match (of_etcd, path.strip_prefix(self.prefix)) {
            (Some(of_etcd), Some(below)) if !self.prefix.is_empty() => {
                format!("{of_etcd}/{below}")
            }
            _ => format!("/etc/kubernetes/{path}"),
        }
    }

    /// The certificates directory, of which etcd's is `etcd`; `None` if there is
    /// none of this shape, or nobody knows where.
    pub(super) fn certificates_directory(&self) -> Option<String> {
        let directory = self.directory.trim_end_matches('/');
        match self.prefix {
            _ if self.directory.is_empty() => None,
            "pki/etcd/" => match directory.rsplit_once('/') {
                Some(("", "etcd")) => Some("/".to_owned()),
                Some((above, "etcd")) => Some(above.to_owned()),
                None if directory == "etcd" => Some(".".to_owned()),
                _ => None,
            },
            _ => Some(self.path("pki")),
        }
    }
}

/// Whether a path of a tree is in the certificates directory, or that itself.
fn is_certificates(path: &str) -> bool {
    let below = path.strip_prefix(CERTIFICATES);
    below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(directory: &str, prefix: &'static str) -> TreeLocation {
        TreeLocation {
            directory: directory.to_owned(),
            prefix,
            host_root: "/copy/".to_owned(),
            machine: String::new(),
            reach: String::new(),
            host_name: String::new(),
            certificates: String::new(),
        }
    }

    #[test]
    fn files_are_where_they_were_found() {
        for (location, path, found) in [
            (at("", ""), "pki/ca.crt", "pki/ca.crt"),
            (at("/k/", ""), "pki/ca.crt", "/k/pki/ca.crt"),
            (at("/", ""), "admin.conf", "/admin.conf"),
            (at("k", ""), ".", "k"),
            (at("k", ""), "/etc/x.crt", "/copy/etc/x.crt"),
            (at("certs", "pki/"), "pki/ca.crt", "certs/ca.crt"),
            (at("certs", "pki/"), "pki", "certs"),
            (at("certs", "pki/"), "admin.conf", "certs/../admin.conf"),
            (
                at("/a/pki", "pki/"),
                "pki/etcd/ca.crt",
                "/a/pki/etcd/ca.crt",
            ),
            (at("/e", "pki/etcd/"), "pki/etcd/ca.crt", "/e/ca.crt"),
            (at("/e", "pki/etcd/"), "pki/etcd", "/e"),
            (at("/e", "pki/etcd/"), "pki/ca.crt", "/e/../../pki/ca.crt"),
        ] {
            assert_eq!(location.path(path), found, "{location:?} {path}");
        }
    }

    #[test]
    fn other_hosts_have_them_at_the_usual_place() {
        for (location, path, there) in [
            (at("/srv/k", ""), "pki/sa.pub", "/etc/kubernetes/pki/sa.pub"),
            (
                at("certs", "pki/"),
                "pki/sa.pub",
                "/etc/kubernetes/pki/sa.pub",
            ),
            (at("certs", "pki/"), "/etc/etcd/ca.pem", "/etc/etcd/ca.pem"),
            (
                at("m0/etc/etcd/pki", "pki/etcd/"),
                "pki/etcd/ca.pem",
                "/etc/etcd/pki/ca.pem",
            ),
            (
                at("/etc/etcd/", "pki/etcd/"),
                "pki/etcd/ca.pem",
                "/etc/etcd/ca.pem",
            ),
            (
                at("/etc/etcd-1", "pki/etcd/"),
                "pki/etcd/ca.pem",
                "/etc/kubernetes/pki/etcd/ca.pem",
            ),
        ] {
            assert_eq!(location.on_host(path), there, "{location:?} {path}");
        }
    }

    #[test]
    fn gen_is_told_the_directory_above_etcds() {
        for (location, found) in [
            (at("", ""), None),
            (at("k", ""), Some("k/pki")),
            (at("certs/", "pki/"), Some("certs/")),
            (at("/k/pki/etcd/", "pki/etcd/"), Some("/k/pki")),
            (at("etcd", "pki/etcd/"), Some(".")),
            (at("/etc/etcd/pki", "pki/etcd/"), None),
        ] {
            assert_eq!(
                location.certificates_directory().as_deref(),
                found,
                "{location:?}"
            );
        }
    }

    #[test]
    fn paths_on_the_host_are_paths_of_the_tree() {
        for (on_host, path) in [
            ("/etc/kubernetes/pki/ca.crt", Some("pki/ca.crt")),
            ("/etc/kubernetes//pki/./ca.crt", Some("pki/ca.crt")),
            ("/etc/etcd/ca.pem", Some("/etc/etcd/ca.pem")),
            ("/etc/kubernetes", Some("/etc/kubernetes")),
            ("/etc/kubernetes/../shadow", None),
            ("pki/ca.crt", None),
            ("/", None),
            ("/a\nb", None),
            ("", None),
        ] {
            assert_eq!(at("", "").path_of(on_host).as_deref(), path, "{on_host}");
        }
    }

    #[test]
    fn paths_of_kubeconfigs_are_joined_as_client_go_does() {
        for (kubeconfig, named, path) in [
            (
                "admin.conf",
                "/etc/kubernetes/pki/ca.crt",
                Some("pki/ca.crt"),
            ),
            ("admin.conf", "/var/a.pem", Some("/var/a.pem")),
            ("admin.conf", ".//pki/ca.crt", Some("pki/ca.crt")),
            ("pki/x.conf", "ca.crt", Some("pki/ca.crt")),
            ("/var/lib/x.conf", "a.pem", Some("/var/lib/a.pem")),
            ("admin.conf", "../a.pem", Some("/etc/a.pem")),
            ("admin.conf", "../kubernetes/pki/../a.pem", Some("a.pem")),
            ("admin.conf", "../../../../a", Some("/a")),
            ("admin.conf", "..", Some("/etc")),
            ("admin.conf", ".", Some("/etc/kubernetes")),
            ("admin.conf", "a\nb", None),
            ("admin.conf", "/etc/kubernetes/pki/../a.pem", None),
        ] {
            let found = at("", "").named_by_kubeconfig(kubeconfig, named);
            assert_eq!(found.as_deref(), path);
        }
    }

    #[test]
    fn the_certificates_may_be_elsewhere_on_the_host() {
        let location = TreeLocation {
            certificates: "/srv/k/pki".to_owned(),
            ..at("/copy/etc/kubernetes", "")
        };
        for (on_host, path) in [
            ("/srv/k/pki/etcd/ca.crt", "pki/etcd/ca.crt"),
            ("/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.crt"),
            ("/etc/kubernetes/admin.conf", "admin.conf"),
            ("/srv/k/pki2/ca.crt", "/srv/k/pki2/ca.crt"),
        ] {
            assert_eq!(location.path_of(on_host).as_deref(), Some(path));
            assert_eq!(location.on_host(path), on_host);
        }
        assert_eq!(location.path("pki/ca.crt"), "/copy/srv/k/pki/ca.crt");
        assert_eq!(location.shown("pki"), "/srv/k/pki");
        assert_eq!(
            location.shown_in("is not pki/ca.crt: see admin.conf"),
            "is not /srv/k/pki/ca.crt: see admin.conf"
        );
        let directory = location.certificates_directory();
        assert_eq!(directory.as_deref(), Some("/copy/srv/k/pki"));
        // Beside the usual place.
        let location = TreeLocation {
            certificates: "/etc/kubernetes/ssl".to_owned(),
            ..at("k", "")
        };
        let on_host = "/etc/kubernetes/ssl/etcd/ca.crt";
        let path = location.path_of(on_host);
        assert_eq!(path.as_deref(), Some("pki/etcd/ca.crt"));
        assert_eq!(location.on_host("pki/etcd/ca.crt"), on_host);
        assert_eq!(location.path("pki/etcd/ca.crt"), "k/ssl/etcd/ca.crt");
        assert_eq!(location.shown("pki/etcd/ca.crt"), "ssl/etcd/ca.crt");
    }

    #[test]
    fn only_whole_paths_are_shown_otherwise() {
        let certs = at("certs", "pki/");
        for (sentence, shown) in [
            (
                "is not in pki/ca.crt, or in 'pki/sa.pub'",
                "is not in ca.crt, or in 'sa.pub'",
            ),
            (
                "/var/lib/kubelet/pki/kubelet.crt",
                "/var/lib/kubelet/pki/kubelet.crt",
            ),
            (
                "put it to pki/ or certs/pki/x",
                "put it to pki/ or certs/pki/x",
            ),
        ] {
            assert_eq!(certs.shown_in(sentence), shown);
            assert_eq!(at("k", "").shown_in(sentence), sentence);
        }
        assert_eq!(certs.shown("pki"), ".");
        assert_eq!(certs.shown("admin.conf"), "admin.conf");
        assert_eq!(at("k", "").shown("pki"), "pki");
    }
}
