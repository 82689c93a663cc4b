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
        FrontProxyName, "front-proxy-name", Error,
            "aggregated APIs do not believe the API server: 'x509: subject with cn=front-proxy-client is not in the allowed list', 401 from kubectl top and webhooks",
            "The API server passes requests on to aggregated APIs, such as that of metrics, with the certificate of \
            --proxy-client-cert-file, and tells them in a ConfigMap (extension-apiserver-authentication) which \
            names such a certificate may have: those of --requestheader-allowed-names. If its own is not among \
            them, every aggregated API refuses every request: 'x509: subject with cn=front-proxy-client is not in \
            the allowed list'. Of guides of which one calls it aggregator and the other front-proxy-client, one half of each \
            does this. Allow the name that the certificate has. An empty list allows every name.";
        AdvertiseAddress, "advertise-address", Error,
            "pods are sent to another host's address by the service kubernetes: 'dial tcp 10.96.0.1:443: i/o timeout', 'connect: no route to host'",
            "kube-apiserver's --advertise-address goes into the endpoints of the service kubernetes, by which every \
            pod reaches the API server. Here it is an address that the API server's certificate does not have, \
            while the certificate has the host's, as the description gives it or as etcd's URLs and certificates on \
            this host agree on. A manifest copied from another host, or a digit too many, does this. The \
            component itself starts and says nothing; in pods 'dial tcp 10.96.0.1:443: i/o timeout' comes \
            up as often as the service picks this host. Mend the flag: the certificates are right. A host that \
            really got another address has certificates without it, and findings about those.";
        CertificatesDirectory, "certificates-dir", Note,
            "kubeadm commands that are given this file look for the certificates, renew them and make them in the other directory",
            "certificatesDir of kubeadm's configuration is another directory than the one that the flags of the \
            manifests name. The components go by their flags, and so does this check. kubeadm goes by the \
            file: kubeadm certs renew and kubeadm init phase certs with --config work in a directory that nobody \
            reads. It is mostly an old or a foreign configuration file. Write the directory of the flags into it.";
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
