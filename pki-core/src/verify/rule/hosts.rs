//! What is wrong between several hosts.

macro_rules! hosts {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)* "Several hosts" {
        CaDiffers, "ca-differs", Error,
            "what one host's CA signed is refused by the others, behind a load balancer every other time: 'x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" ...)'",
            "The cluster's CA is the same on every control plane host and worker, compared by key and not by \
            name, as every kubeadm calls its CA 'kubernetes'. A host that made its own, because kubeadm init \
            ran there instead of kubeadm join, serves certificates that nobody else trusts: kubectl through \
            the load balancer fails every other time. Copy the CA of the majority to it and issue its leaves \
            and kubeconfigs again.";
        EtcdCaDiffers, "etcd-ca-differs", Error,
            "members of etcd refuse each other and their clients: 'rejected connection ... remote error: tls: bad certificate'",
            "All members of etcd and the API servers that use them trust one CA. A host with another one cannot \
            join, or drops out at its next restart, and the others log 'rejected connection ... remote error: \
            tls: bad certificate'. Copy etcd's CA certificate to it and issue its server and peer certificates \
            again; etcd reads the CA only when it starts.";
        FrontProxyCaDiffers, "front-proxy-ca-differs", Error,
            "the aggregated APIs get the CA of one API server and refuse the others: 401 and 403 from metrics and webhooks, now and then; newer clusters hide it until that API server is gone",
            "Each API server writes the CA of its front proxy into a ConfigMap that aggregated APIs read. With a \
            CA for each host one of them is missing there: kubectl top answers 401 or 403 now and then. From \
            1.17 on API servers add theirs to the others', which hides it. The guides of 2018 left this CA out \
            of the list of files to copy. Copy one to all hosts and issue front-proxy-client again.";
        SaKeyDiffers, "sa-key-differs", Error,
            "a token that one control plane host made is refused by another: 401 Unauthorized, 'invalid bearer token', now and then behind a load balancer",
            "The controller manager that leads signs the tokens of service accounts with its host's sa.key, and \
            every API server checks them with its own sa.pub. If a host has another pair, pods see 401 \
            Unauthorized whenever they reach its API server. Forgetting sa.* was the most reported mistake of \
            the first guides to several masters. Copy the pair of the majority and restart kube-apiserver and \
            kube-controller-manager.";
        CaCertificateDiffers, "ca-certificate-differs", Warning,
            "a CA was renewed with its key on some hosts only; the others go on until the old certificate ends, and then all at once refuse what it signed",
            "The hosts have different certificates for one and the same CA key. Both verify what it signed, so \
            that nothing fails before the older one ends. Copy the newer certificate to all hosts, and into \
            every kubeconfig.";
        CaBundleDiffers, "ca-bundle-differs", Warning,
            "a rotation of the CA that is half done: a certificate of the new CA is refused where only the old one is trusted, 'x509: certificate signed by unknown authority'",
            "While a CA is rotated, the old and the new one are trusted everywhere before the first leaf of the \
            new CA is issued. Some hosts trust one that others do not, so that connections between them depend \
            on which leaf they meet. Bring the same bundle to all hosts, with the CA that signs first.";
        CaKeyOnSome, "ca-key-on-some", Warning,
            "where the key is not, certificates cannot be renewed and kubeadm cannot make missing ones; without that of the cluster's CA the controller manager there signs no kubelet's request",
            "Some hosts of the control plane have the CA's key and others do not. kubeadm certs renew passes over \
            what it cannot sign ('Detected external ...'), and kubelets get no certificate while a controller \
            manager without the key leads. Either give it to all control plane hosts or keep it away from all \
            of them and renew elsewhere.";
        CaKeySpread, "ca-key-spread", Warning,
            "whoever breaks into one of these hosts can make certificates for all, and none of them needs the key to run",
            "The key of a CA lies on hosts that never sign: on more than one member of an etcd of its own, or on \
            workers. Guides that copy the whole directory do this. Keep it on one host, or on none of the \
            cluster, and remove the others.";
        OtherHostsFiles, "other-hosts-files", Error,
            "a server shows another host's names: 'x509: certificate is valid for ..., not ...', members of etcd reject each other, and kubeadm join keeps such files",
            "A certificate that every host has its own of is the one of another host here: the whole pki \
            directory was copied instead of the CAs and sa.* alone. Clients of this host say 'x509: certificate \
            is valid for 10.96.0.1, 192.168.10.11, not 192.168.10.12'. kubeadm join keeps such files, and \
            kubeadm init phase certs does not look at their names. Issue them again on this host.";
        OtherHost, "other-host", Error,
            "what is said here of names and addresses is said of another host, and commands that follow it make this host's files that one's",
            "The description is of one host, and the tree says throughout that it is of another: the flags of the \
            manifests, the certificates, and the kubelet. Mostly the directory is a wrong one, or the --host. \
            Everything else is checked as that of the host that the tree says; what would be wrong of the \
            described one is listed with this finding. If the host is to become the described one, \
            kubeadm reset and kubeadm join make it that.";
        HostClock, "host-clock", Warning,
            "what is issued on one host is not valid yet on another: 'x509: certificate has expired or is not yet valid: current time ... is before ...'",
            "The clock of this host and that of the host which checks it differ by more than a minute. Each \
            host judges certificates and tokens by its own clock: one that is behind refuses what was just \
            issued, one that is ahead refuses what others still take. kubeadm from 1.28 on and kpki let \
            certificates start five minutes early and no more. Etcd complains as well, 'the clock difference \
            against peer ... is too high'. See what chronyc tracking or timedatectl says on both.";
    } } };
}
pub(super) use hosts;
