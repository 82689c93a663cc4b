//! Whom certificates name, and what for.

macro_rules! names {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)* "Names and purposes" {
        Subject, "subject", Error,
            "Kubernetes and etcd take the user and its groups from the subject: 'Forbidden: User ... cannot ...'",
            "The common name of a client certificate is the user, its organizations are the groups: \
            system:kube-scheduler, system:node:NAME in system:nodes, kubernetes-admin in system:masters or, \
            from 1.29 on, in kubeadm:cluster-admins. Another name is authenticated and then forbidden: \
            'Forbidden: User \"kubernetes-admin\" cannot list resource', 'node \"m2\" is not allowed to modify \
            node \"m1\"'. front-proxy-client must be in the API server's --requestheader-allowed-names. The \
            subjects of servers are read by nobody. Issue it again with the right subject.";
        SanMissing, "san-missing", Error,
            "clients that use this name or address refuse the server: 'x509: certificate is valid for ..., not ...'",
            "A client compares the name or address that it dialled with subjectAltName. apiserver.crt needs \
            the node's name, kubernetes, kubernetes.default, .svc, .svc.DOMAIN, the first service address, \
            the advertise address and the control plane endpoint; etcd's certificates need the host's name \
            and address, localhost and 127.0.0.1. Whoever uses the missing one says 'x509: certificate is \
            valid for ..., not ...', and a member of etcd of another one's peer certificate 'tls: \"...\" does \
            not match any of DNSNames': pods for the service address, kubectl for the endpoint, joining members \
            for an address of etcd. kubeadm certs renew keeps the names as they are; issue the certificate \
            again with all of them. A whole pki directory copied from another host looks like this, too.";
        NoSan, "no-san", Error,
            "the common name is not looked at any more: 'x509: certificate relies on legacy Common Name field, use SANs instead'",
            "Since Go 1.15 the common name of a server is not compared with anything; names and addresses \
            belong into subjectAltName. Clients say 'x509: certificate relies on legacy Common Name field, \
            use SANs instead' or 'cannot validate certificate for ... because it doesn't contain any IP \
            SANs'. Certificates from 'openssl x509 -req' without -extfile and from cfssl requests without \
            hosts look like this. Issue it again with names.";
        IpAsDnsName, "ip-as-dns-name", Error,
            "clients look for an address among the addresses only: 'x509: cannot validate certificate for ... because it doesn't contain any IP SANs'",
            "An address was written as a DNS name ('DNS:10.0.0.1'), and the same address is not there as an IP \
            address. Go and OpenSSL compare an address with entries of type IP only, so that this one is \
            never found. It comes from OpenSSL configurations with 'DNS.1 = 10.0.0.1' or from a blank behind \
            an address in cfssl's hosts. Issue it again with IP entries. A node whose name looks like an \
            address has both, which is right.";
        LoopbackOnly, "loopback-only", Warning,
            "no other host can use it: 'x509: certificate is valid for 127.0.0.1, not ...'",
            "The certificate names localhost and its addresses and nothing else. Other hosts of the cluster \
            dial this member by its address or name and refuse it; in an etcd of one member nobody notices \
            before a second one joins. kubeadm 1.10 to 1.13 gave a stacked etcd's server certificate such \
            names, of which nothing is said here. Issue it again with the host's name and address.";
        EtcdPeerByName, "etcd-peer-by-name", Note,
            "etcd looks the names up in the DNS for every connection of a peer: 'tls: \"10.0.0.12\" does not match any of DNSNames [...]'",
            "A member of etcd compares the source address of a connecting peer with the addresses in the \
            peer's certificate. If there are only names, it looks them up in the DNS, forwards and backwards, \
            and refuses the peer when the DNS does not answer or the packets come from another address; for a \
            wildcard it needs reverse DNS. Members that are dialled by address refuse it outright. It works as \
            long as the DNS does. Add the member's address to its peer certificate.";
        Purpose, "purpose", Error,
            "the other side refuses it: 'x509: certificate specifies an incompatible key usage'",
            "extendedKeyUsage says what a certificate may be used for: servers need serverAuth, clients \
            clientAuth, and etcd's peers both, as each of them is client and server. The other side says \
            'x509: certificate specifies an incompatible key usage'; an etcd whose peers lack one may still \
            call itself healthy, since one direction is enough, while its log fills. It comes from a cfssl \
            profile or an OpenSSL section for the wrong purpose. Issue it again.";
        EtcdServerClientAuth, "etcd-server-client-auth", Warning,
            "etcd's own gateway uses the server certificate as a client: 'rejected connection ... x509: certificate specifies an incompatible key usage'",
            "etcd's gRPC gateway dials etcd's own port with the server certificate as its client certificate. \
            Without clientAuth the gateway's calls fail and the log repeats 'rejected connection ... \
            certificate specifies an incompatible key usage'; etcdctl and the API server do not use the \
            gateway and go on. cfssl's usual 'server' profile has serverAuth alone. Issue it again with both \
            purposes, or give etcd from 3.5 on a --client-cert-file.";
        KeyUsage, "key-usage", Warning,
            "Go does not look at it; OpenSSL and BoringSSL (curl, nginx, envoy) refuse the handshake: 'unsuitable certificate purpose', 'KEY_USAGE_BIT_INCORRECT'",
            "With TLS 1.3 and with every suite that Go prefers in TLS 1.2, a certificate's key signs the \
            handshake, so that keyUsage, if it is there, must have digitalSignature. Go does not look, which \
            is why Kubernetes and etcd run on; OpenSSL wants it of clients, and BoringSSL of everybody. \
            keyEncipherment was for key exchanges that nobody uses any more and is not asked for. Issue the \
            certificate again with digitalSignature.";
    } } };
}
pub(super) use names;
