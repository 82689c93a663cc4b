//! Who signed a certificate, and what stands in its other fields.

macro_rules! signatures {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)* "Signatures and chains" {
        WrongCa, "wrong-ca", Error,
            "the other side refuses the connection: 'x509: certificate signed by unknown authority', 'remote error: tls: bad certificate'",
            "Each leaf must be signed by one of the three CAs: etcd's files by etcd's, front-proxy-client by \
            the front proxy's, the rest by the cluster's. One that another CA signed is refused by the other \
            side: etcd logs 'rejected connection ... remote error: tls: bad certificate', the API server \
            'context deadline exceeded'. If the CA that did sign it is found in the tree, in a kubeconfig or \
            in an old copy, the message names it. Issue the leaf again with the right CA.";
        OtherCaSameName, "other-ca-same-name", Error,
            "the names fit and the keys do not: 'x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority certificate \"kubernetes\")'",
            "The leaf names the CA as its issuer, and the CA's key did not sign it: it is from another CA of \
            the same name. Every kubeadm calls its CA 'kubernetes' (up to 1.11 all three), so that leaves \
            from before a second kubeadm init or from another cluster look right to the eye. Go says \
            'possibly because of \"crypto/rsa: verification error\" while trying to verify candidate \
            authority certificate \"kubernetes\"', with an ECDSA key 'x509: ECDSA verification failure' in \
            its place. Issue the leaf again.";
        IssuerName, "issuer-name", Error,
            "Go and rustls compare names byte by byte: 'x509: certificate signed by unknown authority'; OpenSSL accepts it",
            "The CA's key signed this leaf, but the leaf spells the name of its issuer otherwise than the CA \
            spells its own: another string type (UTF8String instead of PrintableString), other capitals or \
            spaces, or another name. Go, and so Kubernetes and etcd, compares the bytes and says 'certificate \
            signed by unknown authority'; so does webpki, which rustls uses. OpenSSL overlooks the string type, \
            capitals and repeated spaces, so that openssl verify and curl find nothing as long as the CA has the \
            subjectKeyIdentifier it had, and refuses another name. It happens when a CA certificate was renewed with the same key by another tool. If it is \
            so with all that the CA signed, it is told once, of the CA: put back the certificate that it had. \
            Else issue the leaf again.";
        ChainOrder, "chain-order", Error,
            "the first certificate of the file must be that of the key: 'tls: private key does not match public key'",
            "A file with a chain starts with the leaf, followed by the intermediate that signed it. Go takes \
            the first certificate for the leaf, compares it with the key and says 'tls: private key does not \
            match public key', or 'private key type does not match public key type' where the kinds differ. \
            Bundles delivered by a CA are often the other way round. Put the leaf first.";
        IntermediateMissing, "intermediate-missing", Error,
            "the other side cannot build the chain: 'x509: certificate signed by unknown authority'",
            "The leaf was signed by an intermediate CA below the right one, and the intermediate is not in \
            the file. A TLS server or client must send it, as the other side knows the root only. The \
            message names the file in which the intermediate was found; append it to the leaf's file \
            (kubeadm reads such files from 1.21 on).";
        PathLength, "path-length", Error,
            "Go and OpenSSL refuse the chain: 'x509: too many intermediates for path length constraint'",
            "pathLenConstraint says how many CAs may stand between a CA and a leaf; 0 means that it signs \
            leaves only. Here more stand between them, and readers refuse the chain with 'too many \
            intermediates for path length constraint' or 'path length constraint exceeded'. cfssl writes 0 \
            for a CA whose 'pathlen' is 0 only with 'pathlenzero'. Have the leaf signed by the CA above, or \
            renew the CA with a longer path length.";
        NameConstraints, "name-constraints", Error,
            "the CA may not sign for this name: 'x509: a root or intermediate certificate is not authorized to sign for this name'",
            "A CA of the chain is limited by nameConstraints to certain domains or addresses, and the leaf has \
            a name outside of them. Go, OpenSSL and webpki refuse the whole certificate then, for its other \
            names as well. It is found when a company's CA signs for a cluster: 'kubernetes.default.svc' and \
            127.0.0.1 are in nobody's domain. Take the name out, or have the CA's constraints widened.";
        LeafIsCa, "leaf-is-ca", Error,
            "whoever has its key can make certificates for every user of the cluster",
            "A leaf with CA:TRUE can sign. Its key lies on a server, is read by a component, and makes \
            certificates that everybody accepts, for system:masters as well. 'openssl req -x509' and cfssl \
            profiles with is_ca make such leaves. Issue it again with a new key: the old certificate stays \
            able to sign until it ends.";
        AuthorityKeyIdentifier, "authority-key-identifier", Warning,
            "OpenSSL's clients (curl, nginx) refuse it: 'authority and subject key identifier mismatch'; Go's do not look",
            "authorityKeyIdentifier of a certificate should be the subjectKeyIdentifier of its CA. Here the \
            signature is right and the identifiers differ: mostly the CA was renewed with the same key by a \
            tool that computes the identifier in another way (SHA-1 or, newer, SHA-256 of the key). Go does \
            not look, OpenSSL's clients refuse it with 'authority and subject key identifier mismatch'. Issue \
            the leaf again, or renew the CA with the identifier it had.";
        UnknownCriticalExtension, "unknown-critical-extension", Error,
            "every reader must refuse it: 'x509: unhandled critical extension'",
            "A critical extension is one that a reader must either understand or refuse the certificate for \
            (RFC 5280 section 4.2). This one is unknown to Go, which says 'x509: unhandled critical \
            extension'. It comes from a CA's own policy. Have the certificate issued without it, or with the \
            extension not critical.";
        WeakSignature, "weak-signature", Error,
            "Go from 1.18 on (Kubernetes 1.24) refuses it: 'x509: cannot verify signature: insecure algorithm SHA1-RSA'",
            "SHA-1 and MD5 are broken: somebody else can make a certificate with the same signature. Go from \
            1.18 on, Kubernetes from 1.24, refuse them: 'x509: cannot verify signature: insecure algorithm \
            SHA1-RSA' or 'ECDSA-SHA1'. Old CAs and old OpenSSL configurations sign so. For a self-signed CA it is only noted, \
            as nobody checks the signature of what he trusts. Issue the certificate again.";
        SerialNumber, "serial-number", Warning,
            "strict readers refuse it (RFC 5280 section 4.1.2.2), and Go from 1.23 on a negative one: 'x509: negative serial number'",
            "A serial number is positive and has at most 20 octets. Go from 1.23 on (Kubernetes 1.32) does not \
            parse a certificate with a negative one, which makes that an error; longer ones are refused by \
            some readers, and zero only by a few (kubeadm before 1.28 gives zero to its self-signed CAs, of \
            which nothing is said). Scripts that take a random number for a serial without clearing its \
            first bit make negative ones. Issue it again.";
        SerialReused, "serial-reused", Warning,
            "a CA must not give a serial number twice (RFC 5280 section 4.1.2.2): a revocation hits both, and browsers and GnuTLS refuse the second",
            "Two different certificates of one CA have the same serial number. Go and OpenSSL do not care, but \
            etcd's revocation list is compared by serial number alone, so that revoking one revokes the \
            other, and Firefox refuses the second with SEC_ERROR_REUSED_ISSUER_AND_SERIAL. Scripts with a \
            fixed '-set_serial 01' do it, and a .srl file that was copied to several hosts. Issue one of them \
            again.";
        OldVersion, "old-version", Warning,
            "a certificate without extensions has no names and may be used for everything; strict readers refuse it: 'UnsupportedCertVersion'",
            "The certificate is of X.509 version 1, which has no extensions: no subjectAltName, no purposes, no \
            CA:FALSE. 'openssl x509 -req' without -extfile makes such certificates and drops what the request \
            asked for. Go accepts them for clients; servers fail for want of names, and rustls refuses all of \
            them. Issue it again with extensions.";
        SecondOpinion, "second-opinion", Warning,
            "a stricter reader than Go refuses the certificate",
            "Every chain without a finding is verified by webpki as well, which reads certificates more \
            strictly than Go. It found something that the checks here have no rule for, such as a field \
            issuerUniqueID that nobody has used for decades; its own word is in the message. Go may accept the certificate and other clients refuse it. Issue it again if any of \
            your clients is not written in Go.";
    } } };
}
pub(super) use signatures;
