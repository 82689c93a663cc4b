//! How a kubelet is brought to the certificate that it renews itself.

use super::{path, quoted};
use crate::verify::fix::Fix;
use crate::verify::{Examined, tree};

/// Lets a kubelet's kubeconfig name the link that the kubelet moves.
pub(in crate::verify) fn link_kubelet(examined: &Examined<'_>, file: &str, user: &str) -> Fix {
    let link = tree::KUBELET_CLIENT;
    Fix::say(format!("if {link} is there and valid"))
        .and_run(format!(
            "kubectl config --kubeconfig {} set-credentials --client-certificate={link} --client-key={link} -- {}",
            path(examined.tree, file),
            quoted(user),
        ))
        .and_say("then restart the kubelet")
        .and(super::restart_kubelet())
}
