//! What a request is for, by the name of its file: a guess.

/// What the certificate of a request will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A CA: `ca-csr.json`, `etcd-ca.json`, `root.csr.json`.
    Authority,
    /// A server, as a member of etcd has it: `server.json`, `etcd-csr.json`.
    EtcdServer,
    /// Another server: `kube-apiserver-csr.json`.
    Server,
    /// A client of etcd: `client.json`, `etcd-client-csr.json`.
    EtcdClient,
    /// Another client: `admin-csr.json`.
    Client,
    Unknown,
}

impl Role {
    pub(super) fn of_file(file: &str) -> Self {
        let name = file.rsplit('/').next().unwrap_or(file).to_ascii_lowercase();
        let words: Vec<_> = name.split(['-', '_', '.']).collect();
        let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
        match () {
            () if has(&["ca", "root", "intermediate"]) => Self::Authority,
            () if has(&["admin", "user", "proxy", "scheduler", "manager"]) => Self::Client,
            // The names of etcd's guides.
            () if has(&["client", "healthcheck"]) => Self::EtcdClient,
            () if has(&["apiserver", "webserver", "www", "registry"]) => Self::Server,
            () if has(&["server", "peer", "member", "etcd"]) => Self::EtcdServer,
            () => Self::Unknown,
        }
    }

    pub(super) fn is_server(self) -> bool {
        matches!(self, Self::EtcdServer | Self::Server)
    }

    pub(super) fn is_of_etcd(self) -> bool {
        matches!(self, Self::EtcdServer | Self::EtcdClient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_guides() {
        for (file, role) in [
            ("ca-csr.json", Role::Authority),
            ("/x/etcd-ca.json", Role::Authority),
            ("root.csr.json", Role::Authority),
            ("server.json", Role::EtcdServer),
            ("etcd-csr.json", Role::EtcdServer),
            ("member1.json", Role::Unknown),
            ("client.json", Role::EtcdClient),
            ("admin-csr.json", Role::Client),
            ("kube-proxy-csr.json", Role::Client),
            ("kube-apiserver-csr.json", Role::Server),
            ("kubernetes-csr.json", Role::Unknown),
            ("server/config.json", Role::Unknown),
            ("-", Role::Unknown),
            ("", Role::Unknown),
        ] {
            assert_eq!(Role::of_file(file), role, "{file}");
        }
    }
}
