//! Whether CAs are what they should be, and where their keys are.

macro_rules! authorities {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)* "CAs" {
        CaKeyMismatch, "ca-key-mismatch", Error,
            "whatever is signed from now on will not verify: 'x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\")'",
            "The key beside the CA's certificate is another one. What exists goes on working, but kubeadm, \
            kpki and the controller manager, which signs for kubelets, sign with the wrong key from now on, \
            and the result is refused with 'x509: certificate signed by unknown authority (possibly because \
            of \"crypto/rsa: verification error\")', with an ECDSA key 'x509: ECDSA verification failure'. It \
            happens when kubeadm init ran again or one of the two \
            files was copied from another cluster. Put back the pair that belongs together.";
        NotACa, "not-a-ca", Error,
            "nothing that it signed verifies: 'x509: invalid signature: parent certificate cannot sign this kind of certificate', 'certificate is not a CA'",
            "A CA certificate needs basicConstraints with CA:TRUE and, if it has keyUsage at all, keyCertSign \
            in it. Without them Go refuses whatever it signed: 'x509: invalid signature: parent certificate \
            cannot sign this kind of certificate'; kubeadm says 'certificate ca is not a CA'. 'openssl req \
            -x509' with a thin configuration makes such certificates, and so does copying a leaf over ca.crt. \
            A new certificate with the same key and name mends it without touching the leaves.";
        CaPurpose, "ca-purpose", Error,
            "what it signed is refused for other purposes: 'x509: certificate specifies an incompatible key usage'",
            "An extendedKeyUsage in a CA certificate limits all that is below it: Go, OpenSSL and webpki \
            demand that every certificate of the chain allows the purpose. A CA with serverAuth alone makes \
            every client certificate useless, though that one says clientAuth. kubeadm's CAs have no \
            extendedKeyUsage. Sign a new certificate for the CA with the same key and name and without it, \
            or with both purposes.";
        CaSignedNothing, "ca-signed-nothing", Error,
            "this is not the CA of the certificates beside it; every connection ends with 'x509: certificate signed by unknown authority'",
            "Not one of the leaves that this CA should have signed was signed by it, so that it is the CA and \
            not ten leaves that is wrong. It happens after a second kubeadm init, or when another cluster's \
            CA was copied over it. If a backup or another host has the CA that signed the leaves, put that \
            back; else issue all of them again. The leaves are listed below the finding and have none of \
            their own.";
        CaOverwritten, "ca-overwritten", Error,
            "what this CA signed does not verify with it, and what the other one signed does: every connection ends with 'x509: certificate signed by unknown authority', and the other CA's users are let in",
            "The file holds another CA of the same host: etcd's where the cluster's should be, the cluster's \
            where etcd's or the front proxy's should be. It is told by what each of them should have signed: this \
            one signed none of its certificates, while the other file has the same CA by right. A cp with one \
            name too few does this, or a script that takes one ca.crt for all. etcd and the API server read CAs \
            when they start, so that it shows at the next restart. The other file is in order and stays as it is; put \
            back the certificate of this one, and its key if that was copied over as well.";
        CaReusedForFrontProxy, "front-proxy-ca-reused", Error,
            "whoever has a client certificate named front-proxy-client may claim to be any user, and other requests are sorted wrongly: 401 and 403 from aggregated APIs",
            "The API server believes whom front-proxy-client names as the user of a request. If the front \
            proxy's CA is the cluster's CA, every client certificate of the cluster is checked against that \
            rule first: one named front-proxy-client may be anybody, and others are refused with 401 or 403. \
            The Kubernetes documentation warns not to reuse a CA in a different context. Make a CA of its own and \
            issue front-proxy-client again, on all hosts of the control plane, then restart kube-apiserver.";
        CaReusedForEtcd, "etcd-ca-reused", Warning,
            "every client certificate of the cluster opens etcd, which holds all secrets",
            "etcd lets everybody in whom its CA signed. If that is the cluster's CA, every kubelet and every \
            user with a client certificate can read and write all of etcd past the API server's rules, as far \
            as the network lets them. Nothing fails, so that only an audit finds it. Make a CA of its own \
            for etcd; while etcd's certificates change over, trust both.";
        CaBundleOrder, "ca-bundle-order", Warning,
            "kubeadm and the controller manager use the first CA only, so the next certificates are signed by the wrong one",
            "While a CA is rotated, ca.crt holds the old and the new one. Those who check read all of it; \
            those who sign, kubeadm and the controller manager's --cluster-signing-cert-file, take the first \
            and pair it with ca.key. If the key belongs to a later one, what they sign names the wrong \
            issuer and is refused. Put the CA that signs first.";
        CaBundle, "ca-bundle", Note,
            "everybody who is signed by any CA of the file is trusted, as long as it stays there",
            "A CA file may hold several CAs while one is rotated, and then all of them are trusted; kubeadm \
            from 1.24 on takes the first, older versions refuse such a file. What is noted is what has no \
            place in it any more: a CA that has expired, the same certificate twice, or a certificate that \
            is no CA. When every certificate of the old CA is replaced, take the old CA out, in \
            kubeconfigs as well.";
        CaNotRoot, "ca-not-root", Note,
            "Go takes any certificate of the file as the end of a chain, OpenSSL wants a root: 'unable to get issuer certificate'",
            "The CA was signed by another one, which is not in the file. Kubernetes and etcd, written in Go, \
            trust it all the same. OpenSSL's clients (curl, nginx) look for a self-signed end of the chain and \
            say 'unable to get issuer certificate', unless they are told to accept a partial chain \
            (X509_V_FLAG_PARTIAL_CHAIN, -partial_chain). Give such clients a file of their own with this CA and \
            the root behind it. Do not append the root to the file here: kube-apiserver and etcd would then let \
            in whomever any CA below that root has signed, and kubeadm before 1.24 refuses a file with two.";
        ExternalCa, "external-ca", Note,
            "certificates of this CA can only be renewed where its key is",
            "The CA's certificate is here and its key is not, which kubeadm calls an external CA. It accepts \
            that if everything which the key would be needed for exists already: apiserver and \
            apiserver-kubelet-client, front-proxy-client for its CA, all four etcd leaves for etcd's, and \
            the kubeconfigs (kubelet.conf and, from 1.29, super-admin.conf among them when kubeadm init \
            runs). The controller manager then signs no kubelet certificates. Renewal has to happen where \
            the key is. If the key should be here, copy it from another control plane host.";
        CaKeyHere, "ca-key-here", Warning,
            "whoever breaks into this host can make certificates for the whole cluster, and nothing here needs the key",
            "A member of etcd needs etcd's CA certificate to check its peers, a worker needs the cluster's, \
            and neither ever signs. The key of a CA on such a host, or sa.key, turns a break-in there into \
            the loss of the cluster. Guides that copy the whole directory to every host leave it behind; \
            kubeadm's guide for an etcd cluster says to remove ca.key from all hosts but the first, and which \
            host that is only a description of the cluster tells. On a worker, where pods of everybody run, it is \
            an error. Remove it once you are sure that it is kept somewhere else.";
        SecretHere, "secret-here", Error,
            "whoever breaks into this host acts for the control plane with it, and nothing here needs it",
            "A worker needs the cluster's CA certificate and its kubelet's own access, a member of etcd the \
            certificates of etcd. The API server's keys, the kubeconfigs of the controller manager and the \
            scheduler or the administrator's, on such a host, turn a break-in there into one into the control \
            plane; admin.conf alone is the whole cluster. A pki directory that was copied to every host, or a \
            host that was once part of the control plane, has them. Remove them; for kubectl keep a kubeconfig \
            in the home directory of whoever uses it.";
    } } };
}
pub(super) use authorities;
