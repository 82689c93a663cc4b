//! What kubeconfigs say besides their certificates.

macro_rules! kubeconfigs {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)* "kubeconfigs and manifests" {
        KubeconfigCa, "kubeconfig-ca", Error,
            "its user does not trust the API server: 'x509: certificate signed by unknown authority', kubeadm: 'a kubeconfig file exists already but has got the wrong CA cert'",
            "A kubeconfig embeds the CA by which its user checks the API server. If that is not pki/ca.crt, \
            the user refuses the API server with 'x509: certificate signed by unknown authority', and kubeadm \
            stops with 'a kubeconfig file ... exists already but has got the wrong CA cert'. The file is from \
            before the CA was replaced, after kubeadm reset and init, say, or from another cluster, and its \
            client certificate is mostly of the old CA as well: issue it again. If it embeds another \
            certificate of the same CA, with the same key, as it does after the CA was renewed, its user goes on \
            until that one ends, and it is a warning until then: put the new one in with kubectl config \
            set-cluster. What several kubeconfigs have in the same way is one finding, about the CA.";
        KubeconfigServer, "kubeconfig-server", Warning,
            "it talks to another API server than the one that is meant, or to none",
            "admin.conf and kubelet.conf connect to the control plane endpoint, the controller manager and the \
            scheduler from 1.20 on to the API server of their own host. Another address works as long as that \
            server is there: a kubelet that talks to one master instead of the load balancer dies with it. \
            kubeadm only warns. Issue it again, or correct the line 'server:'.";
        KubeconfigServerName, "kubeconfig-server-name", Error,
            "its user refuses the API server: 'x509: certificate is valid for kubernetes, m1, not api.example.org'",
            "With 'tls-server-name' a kubeconfig says which name the server has to prove, whatever address is in \
            'server'. It is there for servers behind a tunnel or a load balancer without a name of its own. If \
            the API server's certificate does not have that name, every connection fails with 'x509: \
            certificate is valid for ..., not NAME', although the address itself may be named. Take it out, or \
            give the certificate that name (apiServer.certSANs). What 'insecure-skip-tls-verify' is set for is \
            not looked at.";
        KubeconfigTwice, "kubeconfig-twice", Error,
            "clients refuse the file: 'client-cert-data and client-cert are both specified for ...; client-cert-data will override'",
            "A CA, certificate or key stands in the kubeconfig as data, and a path of a file stands beside it. The \
            data would win, but kubectl, the kubelet and everything else that is made with client-go refuse \
            such a file: 'invalid configuration: client-cert-data and client-cert are both specified'. Editing by \
            hand does this; kubectl config set-credentials takes one away when it sets the other. Take \
            one of them out. What is said of the certificates is said of the data.";
        KubeconfigInsecure, "kubeconfig-insecure", Error,
            "whoever stands between can read and change everything, and take a token; over http no client certificate is sent: 'Client sent an HTTP request to an HTTPS server'",
            "The kubeconfig says 'insecure-skip-tls-verify: true', so that any server is believed, or its \
            server begins with http://, so that nothing is encrypted and no client certificate is sent. The \
            first is a common way around 'x509: certificate signed by unknown authority' or a missing name; \
            together with a CA, clients refuse it: 'specifying a root certificates file with the insecure flag \
            is not allowed'. Mend the certificate instead, and take the flag out.";
        KubeconfigContext, "kubeconfig-context", Error,
            "whoever uses the file has no server or no user: 'context was not found for specified context', 'The connection to the server localhost:8080 was refused'",
            "current-context names a context, which names a cluster and a user; one of the three is missing in \
            the file. kubectl says 'context was not found for specified context' or tries localhost:8080, \
            kubeadm 'the current context is invalid'. Edits by hand and merging of files do this. Set it with \
            kubectl config use-context, or issue the file again.";
        KubeconfigContexts, "kubeconfig-contexts", Note,
            "kubeadm and the components use the current context only; whoever has the file has all of them",
            "The file has more contexts than the one that is used. kubectl config and tools for cloud clusters \
            write theirs into whatever KUBECONFIG points to. Only the current context is checked here, and \
            kubeadm certs renew looks at nothing else. Keep personal contexts in ~/.kube/config.";
        KubeconfigCaBundle, "kubeconfig-ca-bundle", Note,
            "kubeadm before 1.30 compares all bytes with ca.crt: 'a kubeconfig file exists already but has got the wrong CA cert'",
            "The kubeconfig embeds other CAs beside the right one, as it should while the CA is rotated. \
            kubeadm from 1.30 on compares the first with ca.crt, earlier versions all of the bytes, and both \
            say 'has got the wrong CA cert' if they differ. When the rotation is over, issue it again, so that \
            the old CA is trusted no longer.";
        KubeconfigClient, "kubeconfig-client", Warning,
            "without a client certificate and its key nothing is known here of who it is; kubeadm cannot renew it",
            "The user of the current context has a client certificate without a key, a key without a certificate, \
            a token, a program that gets credentials, or nothing. A token or a program may be meant, which is a \
            note: their end and their rights cannot be seen from the file, and kubeadm certs renew fails on it. \
            A certificate without a key is an error, as clients refuse the file: 'client-key-data or client-key \
            must be specified'. With nothing, or with a password, which API servers took until 1.18, its user is \
            'system:anonymous'. kubeadm and kpki write client certificates into these files. Issue it again.";
        KubeletConfEmbedded, "kubelet-conf-embedded", Note,
            "the kubelet renews its certificate in /var/lib/kubelet/pki, and this file goes on using the old one until it ends: 'part of the existing bootstrap client certificate is expired'",
            "The kubelet renews its own client certificate and keeps it behind the link \
            /var/lib/kubelet/pki/kubelet-client-current.pem. kubelet.conf of the first control plane host is \
            made with an embedded certificate, and kubeadm before 1.17 never changed that (kubeadm#1753), so \
            that this kubelet stops after a year with 'part of the existing bootstrap client certificate is \
            expired' and 'unable to load bootstrap kubeconfig'. kubeadm certs check-expiration does not list \
            it. It is a warning where the kubelet's own file is there and unused; else it is noted once the \
            certificate is a month old, as a tree that was just made has to look so.";
        KubeletConfLink, "kubelet-conf-link", Warning,
            "the kubelet renews its certificate and moves the link; this file goes on using one that ends: 'x509: certificate has expired or is not yet valid'",
            "kubelet.conf names a file of the kubelet's directory, but not the link \
            kubelet-client-current.pem that always leads to the newest certificate. After the next rotation it \
            uses the old one until that ends. Point client-certificate and client-key to the link and restart \
            the kubelet.";
        KubeletClientCa, "kubelet-client-ca", Error,
            "the kubelet refuses the API server: kubectl logs and exec say 'the server has asked for the client to provide credentials'",
            "The kubelet's configuration, /var/lib/kubelet/config.yaml, names with clientCAFile the CAs whose \
            clients it lets in. The API server shows apiserver-kubelet-client.crt, which the cluster's CA signed. \
            If that CA is not in the file, as after it was replaced and a copy of the old one is still named, \
            kubectl logs, exec and top fail with 'the server has asked for the client to provide credentials', \
            while everything else goes on. Name the cluster's ca.crt, and restart the kubelet.";
        ManifestTwice, "manifest-twice", Warning,
            "two of a component take each other's ports: which of them runs, and with which certificates, is chance",
            "Two files in the directory of static pods run the same component. A copy from \
            before a change does this: the kubelet does not look at the ending, and runs every file there \
            whose name does not begin with a dot, kube-apiserver.yaml.bak as well. A copy with the same flags \
            waits its turn, and comes up with the old ones as soon as the other one is changed. The two fight over the \
            port ('bind: address already in use') or the name of the pod, and after a restart the old flags \
            may win. Keep copies in another directory.";
        ManifestMalformed, "manifest-malformed", Error,
            "the kubelet does not start the component: 'could not process manifest file', and what the manifest tells is not known here",
            "The manifests of static pods tell the addresses, ports and files of the API server and etcd, against \
            which certificates are checked. One that cannot be read as YAML is not started by the kubelet, \
            which logs 'could not process manifest file' and tries again; a pod that ran before is stopped. A \
            slip of an editor does this. What runs under another name is known by the lines that name a component. Of a \
            broken copy beside one that is read it is a warning. Mend the \
            YAML, or make it again with kubeadm init phase control-plane or etcd.";
        EtcdWithoutTls, "etcd-without-tls", Error,
            "everything in etcd, every secret included, goes over the network for all to read and change: 'scheme is HTTP while key and cert files are present; ignoring'",
            "A URL in etcd's flags or in the API server's --etcd-servers begins with http://. On such a URL etcd \
            passes over its certificates with 'scheme is HTTP while key and cert files are present; ignoring' \
            and lets everybody in who reaches the port; where it does speak TLS, whoever dials it with \
            http:// is refused: 'first record does not look like a TLS handshake'. People who could not get \
            the certificates to work leave it behind. A URL of this host alone (127.0.0.1) is a note: every \
            process of the host may use it. --listen-metrics-urls is not looked at. Write https://, and mend \
            the certificates.";
        EtcdAnyClient, "etcd-any-client", Error,
            "etcd lets everybody in who reaches its port, and the API server's secrets are theirs",
            "Without --trusted-ca-file and --client-cert-auth etcd encrypts, and asks nobody who it is: whoever \
            reaches the port reads and writes everything. The same flags with peer- are those of the port for \
            members, over which etcd's data can be taken and changed as well. --trusted-ca-file alone makes \
            etcd ask for certificates; --client-cert-auth alone makes it check them against the CAs of the \
            operating system, and then the API server is refused: 'certificate signed by unknown \
            authority'. Add both. Not looked at where the environment or --config-file may say it.";
        EtcdInitialCluster, "etcd-initial-cluster", Warning,
            "a member without data does not start: 'couldn't find local name ... in the initial cluster configuration', '--initial-cluster has ... but missing from --initial-advertise-peer-urls'",
            "A member that starts without data looks itself up in --initial-cluster by its --name, and compares \
            the URL there with --initial-advertise-peer-urls. It does not start if they differ: 'couldn't find \
            local name in the initial cluster configuration', '--initial-cluster has ... but missing from \
            --initial-advertise-peer-urls'. A member that has data does not look, so that the mistake shows \
            on the day when the data are lost or the member is added again. Make them agree.";
        EtcdAddress, "etcd-address", Error,
            "etcd does not start, or sends whoever asks to where nobody is: 'bind: cannot assign requested address', 'context deadline exceeded'",
            "One of etcd's URLs has an address that none of its others has, while they agree with each other, \
            with the API server's --advertise-address and with etcd's certificate. With a wrong \
            --listen-client-urls or --listen-peer-urls etcd ends at once: 'listen tcp ...: bind: cannot \
            assign requested address'. With a wrong --advertise-client-urls or \
            --initial-advertise-peer-urls clients and members are sent to an address where nobody is, or \
            somebody else. So it is where all of them have an address that etcd's certificates do not have, and the member's \
            entry in --initial-cluster or the description has the one of the certificates: mostly PRIVATE_IP of etcd.env. \
            A copied manifest and a slip of an editor look like this. Write the address that the others have.";
    } } };
}
pub(super) use kubeconfigs;
