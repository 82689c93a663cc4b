//! Which flag of which component names which file of the catalog: one row each.

use crate::catalog::FileRole;
use crate::static_pod::Component;

/// A flag that names a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) component: Component,
    pub(crate) flag: &'static str,
    /// The row of the catalog.
    pub(crate) row: &'static str,
    pub(crate) role: FileRole,
    /// Of a CA the rows that have to verify with it.
    pub(crate) verifies: &'static [&'static str],
    /// What happens if it names another file, in the words of the logs.
    pub(super) otherwise: &'static str,
}

impl Use {
    const fn new(
        component: Component,
        flag: &'static str,
        row: &'static str,
        role: FileRole,
        otherwise: &'static str,
    ) -> Self {
        Self {
            component,
            flag,
            row,
            role,
            verifies: &[],
            otherwise,
        }
    }

    /// The row whose file it names where the members of etcd have a CA of their own.
    pub(crate) fn of_peers(&self) -> Option<&'static str> {
        (self.component == Etcd && self.flag == PEERS_AUTHORITY).then_some("etcd/peer-ca")
    }

    const fn verifying(self, verifies: &'static [&'static str]) -> Self {
        Self { verifies, ..self }
    }
}

use Component::{ApiServer, ControllerManager, Etcd, Scheduler};
use FileRole::{Certificate, Kubeconfig, PrivateKey, PublicKey};

/// The CA by which members of etcd know each other.
pub(super) const PEERS_AUTHORITY: &str = "peer-trusted-ca-file";

/// The common names by which members of etcd know each other.
pub(super) const ALLOWED_NAMES: &str = "peer-cert-allowed-cn";

/// Whose client certificates the API server checks.
const CLIENTS: &[&str] = &[
    "admin.conf",
    "super-admin.conf",
    "controller-manager.conf",
    "scheduler.conf",
    "kubelet.conf",
];
const ETCDS_CLIENTS: &[&str] = &["apiserver-etcd-client", "etcd/healthcheck-client"];

const NOT_STARTED: &str =
    "the component does not start: 'tls: private key does not match public key'";
const TOKENS: &str = "tokens are refused: 401 Unauthorized, 'invalid bearer token'";
const SIGNING: &str = "what the controller manager signs for kubelets is refused: 'x509: certificate signed by unknown authority'";
const FORBIDDEN: &str = "the component is another user than its rules are for, and logs 'is forbidden: User ... cannot'";

/// Every such flag. Where several name one file of the catalog, it is looked for
/// where the first of them says.
pub(crate) const USES: &[Use] = &[
    Use::new(
        ControllerManager,
        "cluster-signing-cert-file",
        "ca",
        Certificate,
        SIGNING,
    ),
    Use::new(
        ControllerManager,
        "cluster-signing-key-file",
        "ca",
        PrivateKey,
        "the controller manager does not sign: 'tls: private key does not match public key'",
    ),
    Use::new(
        ApiServer,
        "client-ca-file",
        "ca",
        Certificate,
        "the API server knows none of its clients: 'Unable to authenticate the request', 'x509: certificate signed by unknown authority', and kubectl says 'You must be logged in to the server (Unauthorized)'",
    )
    .verifying(CLIENTS),
    Use::new(
        ControllerManager,
        "root-ca-file",
        "ca",
        Certificate,
        "pods are given a CA that does not verify the API server: 'x509: certificate signed by unknown authority'",
    )
    .verifying(&["apiserver"]),
    Use::new(
        ControllerManager,
        "client-ca-file",
        "ca",
        Certificate,
        "clients of the controller manager itself, such as those who scrape its metrics, are refused: 'Unauthorized'",
    )
    .verifying(CLIENTS),
    Use::new(
        ApiServer,
        "tls-cert-file",
        "apiserver",
        Certificate,
        "clients refuse the API server: 'x509: certificate signed by unknown authority', or it does not start: 'tls: private key does not match public key'",
    ),
    Use::new(
        ApiServer,
        "tls-private-key-file",
        "apiserver",
        PrivateKey,
        NOT_STARTED,
    ),
    Use::new(
        ApiServer,
        "kubelet-client-certificate",
        "apiserver-kubelet-client",
        Certificate,
        "kubelets refuse the API server, so that logs and exec fail: 'Unauthorized', 'Forbidden (user=..., verb=get, resource=nodes, subresource=proxy)'",
    ),
    Use::new(
        ApiServer,
        "kubelet-client-key",
        "apiserver-kubelet-client",
        PrivateKey,
        NOT_STARTED,
    ),
    Use::new(
        ApiServer,
        "requestheader-client-ca-file",
        "front-proxy-ca",
        Certificate,
        "aggregated APIs refuse the API server, 401 and 403, and whom this CA signed may speak for every user",
    )
    .verifying(&["front-proxy-client"]),
    Use::new(
        ControllerManager,
        "requestheader-client-ca-file",
        "front-proxy-ca",
        Certificate,
        "whom this CA signed may speak for every user to the controller manager",
    )
    .verifying(&["front-proxy-client"]),
    Use::new(
        ApiServer,
        "proxy-client-cert-file",
        "front-proxy-client",
        Certificate,
        "aggregated APIs refuse the API server: 401 and 403, 'x509: certificate signed by unknown authority'",
    ),
    Use::new(
        ApiServer,
        "proxy-client-key-file",
        "front-proxy-client",
        PrivateKey,
        NOT_STARTED,
    ),
    Use::new(
        Etcd,
        "trusted-ca-file",
        "etcd/ca",
        Certificate,
        "etcd refuses its clients: 'tls: failed to verify client certificate: x509: certificate signed by unknown authority', and the API server waits for it: 'context deadline exceeded'",
    )
    .verifying(ETCDS_CLIENTS),
    Use::new(
        ApiServer,
        "etcd-cafile",
        "etcd/ca",
        Certificate,
        "the API server refuses etcd, waits and restarts: 'x509: certificate signed by unknown authority', 'context deadline exceeded'",
    )
    .verifying(&["etcd/server"]),
    Use::new(
        Etcd,
        PEERS_AUTHORITY,
        "etcd/ca",
        Certificate,
        "members refuse each other: 'rejected connection ... remote error: tls: bad certificate'",
    )
    .verifying(&["etcd/peer"]),
    Use::new(
        ApiServer,
        "etcd-certfile",
        "apiserver-etcd-client",
        Certificate,
        "etcd refuses the API server, which waits and restarts: 'context deadline exceeded', 'remote error: tls: bad certificate'",
    ),
    Use::new(
        ApiServer,
        "etcd-keyfile",
        "apiserver-etcd-client",
        PrivateKey,
        NOT_STARTED,
    ),
    Use::new(
        Etcd,
        "cert-file",
        "etcd/server",
        Certificate,
        "clients refuse etcd: 'x509: certificate signed by unknown authority', 'specifies an incompatible key usage', or it does not start: 'tls: private key does not match public key'",
    ),
    Use::new(Etcd, "key-file", "etcd/server", PrivateKey, NOT_STARTED),
    Use::new(
        Etcd,
        "peer-cert-file",
        "etcd/peer",
        Certificate,
        "members refuse each other: 'rejected connection ... remote error: tls: bad certificate'",
    ),
    Use::new(Etcd, "peer-key-file", "etcd/peer", PrivateKey, NOT_STARTED),
    Use::new(
        ControllerManager,
        "service-account-private-key-file",
        "sa",
        PrivateKey,
        TOKENS,
    ),
    Use::new(
        ApiServer,
        "service-account-signing-key-file",
        "sa",
        PrivateKey,
        TOKENS,
    ),
    Use::new(
        ApiServer,
        "service-account-key-file",
        "sa",
        PublicKey,
        TOKENS,
    ),
    Use::new(
        ControllerManager,
        "kubeconfig",
        "controller-manager.conf",
        Kubeconfig,
        FORBIDDEN,
    ),
    Use::new(
        Scheduler,
        "kubeconfig",
        "scheduler.conf",
        Kubeconfig,
        FORBIDDEN,
    ),
];

/// Flags that name a file beside those: it has to be there.
pub(super) const MORE: &[(Component, &str)] = &[
    (ControllerManager, "authentication-kubeconfig"),
    (ControllerManager, "authorization-kubeconfig"),
    (Scheduler, "authentication-kubeconfig"),
    (Scheduler, "authorization-kubeconfig"),
];

/// A certificate's flag and its key's: both or neither.
pub(super) struct Pair {
    pub(super) component: Component,
    pub(super) certificate: &'static str,
    pub(super) key: &'static str,
    /// What happens with one of them alone.
    pub(super) otherwise: &'static str,
}

/// Every such pair.
pub(super) const PAIRS: &[Pair] = &[
    Pair {
        component: ApiServer,
        certificate: "tls-cert-file",
        key: "tls-private-key-file",
        otherwise: "the API server does not start: 'missing filename for serving cert'",
    },
    Pair {
        component: ApiServer,
        certificate: "etcd-certfile",
        key: "etcd-keyfile",
        otherwise: "the API server does not start: 'KeyFile and CertFile must both be present'",
    },
    Pair {
        component: ApiServer,
        certificate: "kubelet-client-certificate",
        key: "kubelet-client-key",
        otherwise: "the API server shows kubelets no certificate, so that logs and exec fail: 'Unauthorized'",
    },
    Pair {
        component: ApiServer,
        certificate: "proxy-client-cert-file",
        key: "proxy-client-key-file",
        otherwise: "the API server shows aggregated APIs no certificate: 401 and 403",
    },
    Pair {
        component: Etcd,
        certificate: "cert-file",
        key: "key-file",
        otherwise: "etcd does not start: 'KeyFile and CertFile must both be present'",
    },
    Pair {
        component: Etcd,
        certificate: "peer-cert-file",
        key: "peer-key-file",
        otherwise: "etcd does not start: 'KeyFile and CertFile must both be present'",
    },
    Pair {
        component: ControllerManager,
        certificate: "cluster-signing-cert-file",
        key: "cluster-signing-key-file",
        otherwise: "kubelets get no certificates: 'Skipping CSR signer controller because no csr cert/key was specified'",
    },
];
