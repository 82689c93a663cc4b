//! When certificates are valid.

macro_rules! dates {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)* "Dates" {
        Expired, "expired", Error,
            "every connection with it fails: 'x509: certificate has expired or is not yet valid: current time ... is after ...'",
            "kubeadm's leaves are valid for a year and nothing in a running cluster renews them; kubeadm \
            upgrade does, which is why clusters that are upgraded never see it. After the end every new \
            connection fails: 'x509: certificate has expired or is not yet valid: current time ... is after \
            ...'. A client certificate in a kubeconfig shows as 'Unauthorized'. If a CA has expired, all that \
            it signed is refused at once; those files are listed below the finding. Renew on every host, and \
            restart what has read the old file.";
        NotYetValid, "not-yet-valid", Error,
            "every connection with it fails: 'x509: certificate has expired or is not yet valid: current time ... is before ...'",
            "The certificate starts in the future: the clock of the host that issued it was ahead, or this \
            host's is behind, or local time was taken for UTC. Until then connections fail with '... is \
            before ...'. kubeadm from 1.28 on and kpki let certificates start five minutes early for this \
            reason. Compare the clocks (chronyc tracking, timedatectl) before issuing anything again.";
        ExpiresSoon, "expires-soon", Warning,
            "afterwards every connection with it fails: 'x509: certificate has expired or is not yet valid'",
            "It ends within 30 days. Nobody notices before, and then all at once, as the certificates of a \
            cluster were made in one minute. Renewing takes a minute per host; the components must read the \
            new files afterwards. kubelet.conf is renewed by the kubelet only if it points to \
            /var/lib/kubelet/pki/kubelet-client-current.pem instead of embedding its certificate.";
        OutlivesCa, "outlives-ca", Warning,
            "it stops to verify when its CA ends, though its own date looks fine",
            "A chain is valid as long as all of its certificates are. The leaf's own end is later than that of \
            its CA, so that tools which look at the leaf alone say 'fine' until the day the CA ends. Neither \
            kubeadm nor cfssl cuts it. If all leaves of a CA outlive it, the CA is reported and they are \
            listed below. Renew the CA before it ends, with the same key and name, so that the leaves stay \
            valid.";
    } } };
}
pub(super) use dates;
