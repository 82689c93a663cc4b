//! What the flags of static pods name.

macro_rules! flags {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)* "Flags of manifests" {
        FlagWrongFile, "flag-wrong-file", Error,
            "the component reads another file than it needs, of two that are both in order",
            "A flag of a static pod names a file that does not do what the flag is for, while another file of \
            the host does: etcd's --trusted-ca-file with the cluster's CA, an API server that shows kubelets \
            its certificate for etcd, a controller manager that uses the scheduler's kubeconfig. A line copied \
            and half edited does this. It is told by what the files are and not by their names: a CA is wrong \
            only if it signed nothing of what it should verify, a certificate if its CA, purpose or user is \
            another, a key if it belongs to another certificate. So one CA for everything, files of other \
            names and a CA of one's own for some of the clients are all right. What is seen in the logs \
            depends on the flag and stands with the finding. Name the right file in the manifest; the kubelet \
            restarts the component by itself.";
        FlagHalfPair, "flag-half-pair", Error,
            "a certificate is of no use without its key, nor a key without its certificate",
            "Of two flags that belong together, one for a certificate and one for its key, only one is there. \
            The API server's --tls-cert-file alone ends it with 'missing filename for serving cert', etcd's \
            and the API server's for etcd with 'KeyFile and CertFile must both be present'. Others start and \
            show no certificate, or do not sign: what happens stands with the finding. Add the other flag. \
            Not looked at where the environment or etcd's --config-file may say it.";
        ApiServerSelfSigned, "apiserver-self-signed", Error,
            "the API server makes itself a certificate that nobody trusts: 'Generated self-signed cert (/var/run/kubernetes/apiserver.crt, ...)', and clients say 'x509: certificate signed by unknown authority'",
            "The API server's manifest has neither --tls-cert-file nor --tls-private-key-file, so that \
            pki/apiserver.crt is not used, however right it is. The API server makes a self-signed certificate \
            at every start and logs 'Generated self-signed cert'; kubelets, kubectl and the other components \
            refuse it with 'x509: certificate signed by unknown authority'. Add both flags. With --cert-dir or \
            --tls-sni-cert-key nothing is said, as the certificate may come from there.";
    } } };
}
pub(super) use flags;
