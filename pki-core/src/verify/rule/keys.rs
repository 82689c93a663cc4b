//! Whether keys fit their certificates and those who read them.

macro_rules! keys {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)* "Keys" {
        KeyEncrypted, "key-encrypted", Error,
            "Kubernetes and etcd cannot ask for a pass phrase: 'tls: failed to parse private key'",
            "The private key is protected by a pass phrase, which nobody can type when a static pod starts: \
            kube-apiserver and etcd say 'tls: failed to parse private key', kubeadm 'data does not contain a \
            valid RSA or ECDSA private key'. Many CAs and 'openssl genrsa -aes256' deliver keys so. Take the \
            pass phrase away and let file modes protect the key.";
        KeyMismatch, "key-mismatch", Error,
            "the server does not start: 'tls: private key does not match public key'",
            "The public key of the certificate is compared with that of the private key beside it. A server \
            whose pair does not fit stops with 'tls: private key does not match public key' or, where one is \
            RSA and the other ECDSA, 'tls: private key type does not match public key type', and in a \
            kubeconfig kubectl says the same. It comes about when only one file of a pair was copied or \
            renewed, or when keys were mixed up; kubeadm does not check it. If the key fits another \
            certificate of the tree, the message names that one, and putting both back is enough.";
        KeyShared, "key-shared", Warning,
            "whoever gets the key of the one has the other as well, and renewing one does not shut him out",
            "Two certificates of different duties have the same private key. Nothing fails, but a key that \
            leaks from the less guarded one opens the other, and a new key for one of them leaves the old in \
            use. Some installers link files of several components to one pair, and older clusters signed \
            service account tokens with the API server's key. For etcd's server and peer certificates on one \
            host, which have the same purposes, it is only noted. Issue one of them again with a key of its \
            own.";
        SaKeyMismatch, "sa-key-mismatch", Error,
            "the API server refuses every token that the controller manager signs: 401 Unauthorized, 'invalid bearer token'",
            "sa.key signs the tokens of service accounts and sa.pub checks them. If they are not halves of \
            one pair, the API server answers every pod with 401 Unauthorized and logs 'invalid bearer token'. \
            kubeadm never looks at sa.pub and does not make it anew. The right pair is the one that the \
            other control plane hosts have; if sa.key is right, sa.pub can be computed from it.";
        SaKeyForm, "sa-key-form", Warning,
            "kubeadm's upload-certs and kube-apiserver's --service-account-key-file cannot read an EC key in PKCS#8: 'unknown data found in Secret entry'",
            "An EC key in the form 'BEGIN PRIVATE KEY' (PKCS#8) is read by most of Kubernetes but not by the \
            code behind kubeadm's upload-certs and --service-account-key-file, which wants 'BEGIN EC PRIVATE \
            KEY' (SEC1). It shows when a control plane host joins: 'unknown data found in Secret entry'. \
            Besides, kubeadm join before 1.22.15, 1.23.12, 1.24.6 and 1.25.2 wants RSA here. 'openssl ec' \
            rewrites the same key in the other form, so that no token becomes invalid.";
        SaKeyKind, "sa-key-kind", Error,
            "kube-apiserver and the controller manager sign tokens with RSA or ECDSA only: 'is neither in RSA nor ECDSA format'",
            "Tokens of service accounts are signed with RS256 or an ECDSA algorithm; there is no code for \
            Ed25519, and kubeadm says 'is neither in RSA nor ECDSA format'. A new pair of RSA or ECDSA has \
            to be made on one host and copied to all others; every token that exists becomes invalid with \
            it.";
        KeyNotForKubeadm, "key-not-for-kubeadm", Warning,
            "kubeadm reads RSA and ECDSA only, so that join, renew and upgrade fail: 'is neither in RSA nor ECDSA format'",
            "Go's TLS serves with Ed25519, so a running cluster does not notice, but kubeadm of every version \
            refuses such a file ('the private key file ... is neither in RSA nor ECDSA format', 'data does \
            not contain a valid RSA or ECDSA private key'): the next join, renewal or upgrade stops there. \
            Files of an etcd that kubeadm does not run may have such keys. Issue the certificate again with \
            an RSA or ECDSA key.";
        WeakKey, "weak-key", Error,
            "OpenSSL refuses it ('ee key too small'), Go does for less than 1024 bits, and it can be broken",
            "RSA keys need 2048 bits or more, an odd modulus and an odd exponent above 1. OpenSSL at its usual \
            security level refuses less with 'ee key too small' or 'ca key too small', Go from 1.24 on \
            refuses less than 1024 bits (with 512 bits any Go says 'certificate RSA key size too small for \
            supported signature algorithms'), and 1024 bits are within reach of those who can pay. Such keys come \
            from old scripts with 'openssl genrsa 1024'. Issue the certificate again with a new key; if it \
            is a CA, everything below it as well.";
        HugeKey, "huge-key", Error,
            "Go refuses RSA keys over 8192 bits in a handshake: 'tls: server sent certificate containing RSA key larger than 8192 bits'",
            "Since 2023 Go refuses certificates with RSA keys over 8192 bits in a handshake, because checking \
            them is slow enough for a denial of service (CVE-2023-29409). 4096 bits are more than enough, \
            and ECDSA P-256 is as strong as RSA with 3072 bits and much faster. Issue it again with such a \
            key.";
        UnknownKey, "unknown-key", Error,
            "Kubernetes and etcd read RSA, ECDSA on P-256, P-384 and P-521, and Ed25519: 'tls: unsupported certificate'",
            "The public key is of a kind or on a curve that Go's TLS cannot use: DSA, secp256k1, P-224, \
            brainpool, a curve that is spelt out instead of named, a compressed point. With P-224 etcd \
            starts and no client can connect ('tls: unsupported certificate curve (P-224)'), with secp256k1 \
            it does not start ('x509: unsupported elliptic curve'). Issue the certificate again with RSA or ECDSA P-256.";
    } } };
}
pub(super) use keys;
