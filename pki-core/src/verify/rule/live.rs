//! What running servers say.

macro_rules! live {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)* "Running servers" {
        LiveUnreachable, "live-unreachable", Error,
            "nothing is known about what this server serves, and its clients see the same: 'connection refused', 'i/o timeout', 'context deadline exceeded'",
            "No connection to the server's port came about, or it did not answer in time, so that nothing is \
            known about its certificate. 'connection refused' means that the process does not run, often \
            because it cannot read its files: look at crictl logs or journalctl -u etcd. A timeout means a \
            firewall, a wrong address or a process that hangs.";
        LiveNotTls, "live-not-tls", Error,
            "every client that speaks TLS fails: 'tls: first record does not look like a TLS handshake', 'http: server gave HTTP response to HTTPS client'",
            "Whatever listens on this port answers in another language than TLS. An etcd whose URLs begin with \
            http:// serves in the clear even if it has a certificate, and only warns 'scheme is HTTP while key \
            and cert files are present'; or another program has the port. Write https:// into every URL of \
            the server and its clients.";
        LiveHandshake, "live-handshake", Error,
            "no client gets further than the handshake, and whatever needs this server fails",
            "The server speaks TLS and breaks the handshake off: Go says 'remote error: tls: internal error' or \
            'remote error: tls: handshake failure'. etcd reads its files for every handshake, so \
            that a pair that does not fit or cannot be read shows like this; or the cipher suites of the \
            server do not fit its key, as RSA-only suites with an ECDSA certificate in TLS 1.2. The server's \
            own log has the reason.";
        LiveNotRestarted, "live-not-restarted", Error,
            "the renewed file helps nobody: when the served certificate ends, clients see 'x509: certificate has expired or is not yet valid', though every check of the files is green",
            "The file on disk is newer than the certificate that the server shows: it was renewed, and the \
            server was not restarted. kubeadm certs renew says so in its last line and does not do it. \
            Containers of static pods are restarted by stopping them with crictl; the kubelet starts them \
            again.";
        LiveOtherCertificate, "live-other-certificate", Error,
            "renewing the file changes nothing: the server uses another one, which nobody watches",
            "The server shows a certificate that is not the one of the tree, and is not an older one of it \
            either. Its flags name other files, a directory is mounted from elsewhere, or another process or a \
            load balancer answers on the port: one that shows the file of another server of this host is that \
            server, and the port is wrong. Compare the flags in its manifest or unit with the files that \
            were checked.";
        LiveWrongName, "live-wrong-name", Error,
            "clients that use this name or address refuse the server: 'x509: certificate is valid for ..., not ...', 'x509: cannot validate certificate for ... because it doesn't contain any IP SANs'",
            "The certificate that is served does not name the host or address by which the server was asked, \
            so that every client that uses it refuses the server. If the file has the name, the server was \
            not restarted; if not, issue it again with the name, and restart the server.";
        LiveWrongCa, "live-wrong-ca", Error,
            "whoever trusts the CA of the tree refuses the server: 'x509: certificate signed by unknown authority'",
            "The certificate that is served was not signed by the CA that the tree has for it. The server still \
            runs with files from before the CA was replaced, or it belongs to another cluster. Clients with the \
            new CA refuse it, those with the old CA go on until they are renewed.";
        LiveExpired, "live-expired", Error,
            "every connection fails: 'x509: certificate has expired or is not yet valid: current time ... is after ...'",
            "The server shows a certificate that has ended. If the file was renewed, a restart mends it at \
            once; if not, issue the file again first. Until then no client that checks the server can connect, \
            kubectl and the kubelets among them.";
        LiveNotYetValid, "live-not-yet-valid", Error,
            "every connection fails: 'x509: certificate has expired or is not yet valid: current time ... is before ...'",
            "The server shows a certificate that starts in the future: the clock of the host that issued it is \
            ahead, or this one is behind. Compare the clocks before issuing anything again; waiting mends it \
            as well.";
        LiveExpiresSoon, "live-expires-soon", Warning,
            "afterwards every connection fails: 'x509: certificate has expired or is not yet valid'",
            "The certificate that is served ends within 30 days. Renewing the file is not enough for a server \
            that reads it only when it starts: restart it afterwards and ask it again.";
        LiveClientRefused, "live-client-refused", Error,
            "the component that connects with this certificate fails in the same way: 'remote error: tls: bad certificate', 'context deadline exceeded'",
            "The server refused the client certificate that the tree has for it. It trusts another CA than the \
            one that signed it, wants another purpose, or checks names (--client-cert-allowed-hostname, \
            --peer-cert-allowed-cn); the alert on this side says little, the log of the server says which. \
            etcd reads the CA file only when it starts, so that a new CA needs a restart of every member.";
        LiveNoClientAuth, "live-no-client-auth", Error,
            "whoever reaches this port reads and writes all of etcd: every secret of the cluster",
            "etcd accepted a connection without a client certificate. It runs without --client-cert-auth and \
            without a trusted CA file, so that whoever reaches the port is let in. Give it --client-cert-auth \
            and --trusted-ca-file, for peers --peer-client-cert-auth and --peer-trusted-ca-file, and restart \
            it.";
        LiveClock, "live-clock", Error,
            "certificates that are valid here are refused there: 'x509: certificate has expired or is not yet valid'",
            "The server refused a client certificate as expired or not yet valid, and by the clock of this \
            host it is valid. TLS says no time of day, so this is all that shows: the clock of the server is \
            ahead by more than what is left of the certificate, or behind by more than its age. kubeadm from \
            1.28 on and kpki let certificates start five minutes early and no more. Compare the clocks of \
            both hosts with timedatectl and chronyc tracking.";
    } } };
}
pub(super) use live;
