//! The rules: one row each, with the words that users see in logs when it is
//! broken.

use crate::rules::rules;

rules! {
    /// What is checked. New rules are added; the id of one never changes.
    Rule {
        Unreadable, "unreadable", Error,
            "what cannot be read is not checked, so nothing is known about it";
        FileMissing, "file-missing", Error,
            "the component that uses it does not start ('no such file or directory'), and clients see 'The connection to the server was refused'";
        NotAFile, "not-a-file", Error,
            "the component that opens it fails or waits for ever";
        TooLarge, "too-large", Error,
            "certificates and keys have a few kilobytes; whatever this is, it is none";
        Empty, "empty", Error,
            "an interrupted write or a full disk leaves such a file; Go says 'tls: failed to find any PEM data in certificate input'";
        NotPem, "not-pem", Error,
            "etcd and Kubernetes read PEM only: 'tls: failed to find any PEM data in certificate input'";
        ByteOrderMark, "byte-order-mark", Error,
            "Go does not see the first PEM block behind it: 'data does not contain any valid RSA or ECDSA certificates'";
        BrokenPem, "broken-pem", Error,
            "Go finds no block in it: 'tls: failed to find any PEM data', kubeadm: 'data does not contain any valid RSA or ECDSA certificates'";
        Malformed, "malformed", Error,
            "the component that reads it does not start";
        KeyEncrypted, "key-encrypted", Error,
            "Kubernetes and etcd cannot ask for a pass phrase: 'tls: failed to parse private key'";
        KeyMismatch, "key-mismatch", Error,
            "the server does not start: 'tls: private key does not match public key'";
        CaKeyMismatch, "ca-key-mismatch", Error,
            "whatever is signed from now on will not verify: 'x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\")'";
        SaKeyMismatch, "sa-key-mismatch", Error,
            "the API server refuses every token that the controller manager signs: 401 Unauthorized, 'invalid bearer token'";
        SaKeyForm, "sa-key-form", Warning,
            "kubeadm's upload-certs and kube-apiserver's --service-account-key-file cannot read an EC key in PKCS#8: 'unknown data found in Secret entry'";
        WrongCa, "wrong-ca", Error,
            "the other side refuses the connection: 'x509: certificate signed by unknown authority', 'remote error: tls: bad certificate'";
        OtherCaSameName, "other-ca-same-name", Error,
            "the names fit and the keys do not: 'x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority certificate \"kubernetes\")'";
        CaSignedNothing, "ca-signed-nothing", Error,
            "this is not the CA of the certificates beside it; every connection ends with 'x509: certificate signed by unknown authority'";
        CaReusedForFrontProxy, "front-proxy-ca-reused", Error,
            "whoever has a client certificate named front-proxy-client may claim to be any user, and other requests are sorted wrongly: 401 and 403 from aggregated APIs";
        CaReusedForEtcd, "etcd-ca-reused", Warning,
            "every client certificate of the cluster opens etcd, which holds all secrets";
        NotACa, "not-a-ca", Error,
            "nothing that it signed verifies: 'x509: invalid signature: parent certificate cannot sign this kind of certificate', 'certificate is not a CA'";
        LeafIsCa, "leaf-is-ca", Error,
            "whoever has its key can make certificates for every user of the cluster";
        CaBundleOrder, "ca-bundle-order", Warning,
            "kubeadm and the controller manager use the first CA only, so the next certificates are signed by the wrong one";
        ExternalCa, "external-ca", Note,
            "certificates of this CA can only be renewed where its key is";
        Expired, "expired", Error,
            "every connection with it fails: 'x509: certificate has expired or is not yet valid: current time ... is after ...'";
        NotYetValid, "not-yet-valid", Error,
            "every connection with it fails: 'x509: certificate has expired or is not yet valid: current time ... is before ...'";
        ExpiresSoon, "expires-soon", Warning,
            "afterwards every connection with it fails: 'x509: certificate has expired or is not yet valid'";
        OutlivesCa, "outlives-ca", Warning,
            "it stops to verify when its CA ends, though its own date looks fine";
        Subject, "subject", Error,
            "Kubernetes and etcd take the user and its groups from the subject: 'Forbidden: User ... cannot ...'";
        SanMissing, "san-missing", Error,
            "clients that use this name or address refuse the server: 'x509: certificate is valid for ..., not ...'";
        NoSan, "no-san", Error,
            "the common name is not looked at any more: 'x509: certificate relies on legacy Common Name field, use SANs instead'";
        Purpose, "purpose", Error,
            "the other side refuses it: 'x509: certificate specifies an incompatible key usage'";
        EtcdServerClientAuth, "etcd-server-client-auth", Warning,
            "etcd's own gateway uses the server certificate as a client: 'rejected connection ... x509: certificate specifies an incompatible key usage'";
        AuthorityKeyIdentifier, "authority-key-identifier", Warning,
            "OpenSSL's clients (curl, nginx) refuse it: 'authority and subject key identifier mismatch'; Go's do not look";
        UnknownCriticalExtension, "unknown-critical-extension", Error,
            "every reader must refuse it: 'x509: unhandled critical extension'";
        WeakSignature, "weak-signature", Error,
            "Go from 1.18 on (Kubernetes 1.24) refuses it: 'x509: cannot verify signature: insecure algorithm SHA1-RSA'";
        WeakKey, "weak-key", Error,
            "OpenSSL refuses it ('ee key too small'), Go does for less than 1024 bits, and it can be broken";
        UnknownKey, "unknown-key", Error,
            "Kubernetes and etcd read RSA, ECDSA on P-256, P-384 and P-521, and Ed25519: 'tls: unsupported certificate'";
        SecondOpinion, "second-opinion", Warning,
            "a stricter reader than Go refuses the certificate";
        KubeconfigCa, "kubeconfig-ca", Error,
            "its user does not trust the API server: 'x509: certificate signed by unknown authority', kubeadm: 'a kubeconfig file exists already but has got the wrong CA cert'";
        KubeconfigServer, "kubeconfig-server", Warning,
            "it talks to another API server than the one that is meant, or to none";
        KubeconfigClient, "kubeconfig-client", Warning,
            "without a client certificate nothing is known about who it is; kubeadm cannot renew it";
        KubeletConfEmbedded, "kubelet-conf-embedded", Warning,
            "nothing renews it there: a year after 'kubeadm init' the kubelet stops with 'part of the existing bootstrap client certificate is expired'";
        ManifestMalformed, "manifest-malformed", Warning,
            "the kubelet does not start the component: 'could not process manifest file', and what the manifest tells is not known here";
        ReadableByOthers, "readable-by-others", Error,
            "whoever has an account or a pod on the host may copy the key (CIS benchmark 1.1.13 to 1.1.21)";
        WritableByOthers, "writable-by-others", Error,
            "whoever has an account or a pod on the host may put another file in its place (CIS benchmark 1.1.13 to 1.1.20)";
        KeyInCertificateFile, "key-in-certificate-file", Error,
            "certificates are public and are copied around: the key goes along";
        StrayKey, "stray-key", Warning,
            "a copy of a key is as good as the key, and nobody watches or renews it";
        CaDiffers, "ca-differs", Error,
            "what one host's CA signed is refused by the others, behind a load balancer every other time: 'x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" ...)'";
        EtcdCaDiffers, "etcd-ca-differs", Error,
            "members of etcd refuse each other and their clients: 'rejected connection ... remote error: tls: bad certificate'";
        FrontProxyCaDiffers, "front-proxy-ca-differs", Error,
            "the aggregated APIs get the CA of one API server and refuse the others: 401 and 403 from metrics and webhooks, now and then; newer clusters hide it until that API server is gone";
        SaKeyDiffers, "sa-key-differs", Error,
            "a token that one control plane host made is refused by another: 401 Unauthorized, 'invalid bearer token', now and then behind a load balancer";
        CaCertificateDiffers, "ca-certificate-differs", Warning,
            "a CA was renewed with its key on some hosts only; the others go on until the old certificate ends, and then all at once refuse what it signed";
        CaBundleDiffers, "ca-bundle-differs", Warning,
            "a rotation of the CA that is half done: a certificate of the new CA is refused where only the old one is trusted, 'x509: certificate signed by unknown authority'";
        CaKeyOnSome, "ca-key-on-some", Warning,
            "where the key is not, certificates cannot be renewed and kubeadm cannot make missing ones; without that of the cluster's CA the controller manager there signs no kubelet's request";
        CaKeySpread, "ca-key-spread", Warning,
            "whoever breaks into one of these hosts can make certificates for all, and none of them needs the key to run";
        OtherHostsFiles, "other-hosts-files", Error,
            "a server shows another host's names: 'x509: certificate is valid for ..., not ...', members of etcd reject each other, and kubeadm join keeps such files";
        SerialReused, "serial-reused", Warning,
            "a CA must not give a serial number twice (RFC 5280 section 4.1.2.2): a revocation hits both, and browsers and GnuTLS refuse the second";
        LiveUnreachable, "live-unreachable", Error,
            "nothing is known about what this server serves, and its clients see the same: 'connection refused', 'i/o timeout', 'context deadline exceeded'";
        LiveNotTls, "live-not-tls", Error,
            "every client that speaks TLS fails: 'tls: first record does not look like a TLS handshake', 'http: server gave HTTP response to HTTPS client'";
        LiveHandshake, "live-handshake", Error,
            "no client gets further: 'remote error: tls: internal error', 'remote error: tls: handshake failure'";
        LiveNotRestarted, "live-not-restarted", Error,
            "the renewed file helps nobody: when the served certificate ends, clients see 'x509: certificate has expired or is not yet valid', though every check of the files is green";
        LiveOtherCertificate, "live-other-certificate", Error,
            "renewing the file changes nothing: the server uses another one, which nobody watches";
        LiveWrongName, "live-wrong-name", Error,
            "clients that use this name or address refuse the server: 'x509: certificate is valid for ..., not ...', 'x509: cannot validate certificate for ... because it doesn't contain any IP SANs'";
        LiveWrongCa, "live-wrong-ca", Error,
            "whoever trusts the CA of the tree refuses the server: 'x509: certificate signed by unknown authority'";
        LiveExpired, "live-expired", Error,
            "every connection fails: 'x509: certificate has expired or is not yet valid: current time ... is after ...'";
        LiveNotYetValid, "live-not-yet-valid", Error,
            "every connection fails: 'x509: certificate has expired or is not yet valid: current time ... is before ...'";
        LiveExpiresSoon, "live-expires-soon", Warning,
            "afterwards every connection fails: 'x509: certificate has expired or is not yet valid'";
        LiveClientRefused, "live-client-refused", Error,
            "the component that connects with this certificate fails in the same way: 'remote error: tls: bad certificate', 'context deadline exceeded'";
        LiveNoClientAuth, "live-no-client-auth", Error,
            "whoever reaches this port reads and writes all of etcd: every secret of the cluster";
        LiveClock, "live-clock", Error,
            "certificates that are valid here are refused there: 'x509: certificate has expired or is not yet valid'";
    }
}
