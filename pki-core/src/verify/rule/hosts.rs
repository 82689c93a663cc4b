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
        EtcdMembersDiffer, "etcd-members-differ", Error,
            "members that start with different lists make clusters of their own: 'request cluster ID mismatch', or do not find themselves: 'member ... has already been bootstrapped'",
            "--initial-cluster of the hosts' etcd.service is not the same, or leaves out a host that runs etcd. Each \
            member computes the identity of the cluster from the list, so that members with different ones refuse each \
            other: 'request sent was ignored (cluster ID mismatch)'. It comes about where the line is typed again on \
            every host. Write the same list everywhere; a member that has started with a wrong one needs an empty \
            data directory. Of a cluster that grew later, --initial-cluster-state=existing, this is a note.";
        EtcdMemberTwice, "etcd-member-twice", Error,
            "two hosts are one member: the second one does not start or takes the first one's place",
            "Two hosts have the same --name in their etcd.service, or one URL stands for two names. The list has room \
            for one of them only, and the other ends with 'couldn't find local name in the initial cluster configuration' \
            or with a conflict of its data. It is mostly an etcd.env that was copied and not edited.";
        EtcdTokenDiffers, "etcd-token-differs", Error,
            "members of different tokens are different clusters: 'request cluster ID mismatch'",
            "--initial-cluster-token goes into the identity of a cluster that is made, beside the list of members. \
            Hosts with different ones do not find together, and a data directory that was made with another token keeps \
            the old identity. Write one token everywhere, and start those with the wrong one with an empty data directory.";
        KeepalivedDiffers, "keepalived-differs", Error,
            "the hosts do not hear each other, so that two of them hold the virtual IP or none takes it over",
            "Hosts of one virtual router have the same virtual IP, virtual_router_id, auth_type, auth_pass and version of VRRP. With another \
            router id, password or version a host takes the others for absent and becomes MASTER as well: two hosts answer for one address, \
            and connections break as the switch changes its mind; the log has 'bogus VRRP packet' or 'authentication \
            failure'. With another virtual IP the packets do not agree in their addresses. Bring the same values to all; \
            passwords are compared here and never shown.";
        KeepalivedPriority, "keepalived-priority", Warning,
            "two hosts take the virtual IP at the same moment when the first one fails, and now and then the wrong one keeps it",
            "Hosts have the same priority. When the MASTER dies, both wait for the same time and take over together; the \
            higher address wins in the end, but if the other's ARP arrives last, clients go to a host without the address: \
            5 seconds instead of 0.6 were measured, in one run of eight. Two that are both MASTER with one priority do so at \
            every start, which is an error. Write 150, 140, 130, with a weight of the check larger than their spread.";
        KeepalivedWeight, "keepalived-weight", Error,
            "the virtual IP stays for ever with a host whose API server is dead, as it still has the highest priority",
            "A failed check lowers the priority by its weight. If that is not more than the spread between the highest and \
            the lowest priority, there is a host that keeps a higher one though it failed, and a healthy host below it \
            never takes over: steps of 1 with weight -2 do this to the second backup. Make the weight larger than the \
            spread: priorities 150, 140, 130 and weight -30.";
        HaproxyServerMissing, "haproxy-server-missing", Warning,
            "the load balancer of this host does not use an API server that is there, and none is left sooner than need be",
            "A backend of haproxy.cfg with API servers of this cluster lacks a host of the control plane. Requests that \
            reach this host never go there, and if the others fail, haproxy answers with nothing though an API server runs. \
            It is mostly a host that joined later. Add a server line for it on all hosts.";
        EndpointDiffers, "endpoint-differs", Warning,
            "hosts that join by one file look for the cluster elsewhere than those that join by another",
            "controlPlaneEndpoint of kubeadm's configuration is not the same on all hosts. It goes into the kubeconfigs, into \
            the API server's certificate and into the ConfigMap of the cluster; kubeadm init on each host, as the first \
            guides did, then leaves clusters whose kubelets go to different addresses. Write one endpoint everywhere, the \
            virtual IP or its name.";
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
