//! kubeconfigs as kubeadm writes them, and as kubeadm, kubelet and people have
//! left them: one reading of the text, and three views of it. `current` is what
//! a program that uses the file goes by, `embedded` every certificate, and
//! `contents` the whole for people.

mod contents;
mod current;
mod document;
mod embedded;
mod field;
mod source;

#[cfg(test)]
mod tests;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::cluster::KubernetesVersion;
use crate::key::KeyPair;

pub(crate) use contents::{EmbeddedText, read};
pub use contents::{
    KubeconfigCluster, KubeconfigContents, KubeconfigContext, KubeconfigSource, KubeconfigUser,
};
pub(crate) use current::{ExistingKubeconfig, OtherProof, UNRESOLVED};
pub use embedded::EmbeddedKind;
pub(crate) use embedded::embedded;
pub(crate) use field::Field;

/// What a new kubeconfig says.
pub(crate) struct Kubeconfig<'a> {
    pub(crate) version: KubernetesVersion,
    pub(crate) cluster: &'a str,
    pub(crate) user: &'a str,
    pub(crate) server: &'a str,
    pub(crate) authority: &'a Certificate,
    pub(crate) certificate: &'a Certificate,
    pub(crate) key: &'a KeyPair,
}

impl Kubeconfig<'_> {
    /// The YAML text, keys in alphabetical order and all data embedded.
    pub(crate) fn to_yaml(&self) -> Zeroizing<String> {
        let cluster = scalar(self.cluster);
        let user = scalar(self.user);
        let context = scalar(&format!("{}@{}", self.user, self.cluster));
        // kubeadm writes the empty map until 1.33.
        let preferences = match self.version.is_at_least(34) {
            true => "",
            false => "preferences: {}\n",
        };
        let key = Zeroizing::new(BASE64_STANDARD.encode(self.key.to_pem().as_bytes()));
        let text = format!(
            "apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {authority}
    server: {server}
  name: {cluster}
contexts:
- context:
    cluster: {cluster}
    user: {user}
  name: {context}
current-context: {context}
kind: Config
{preferences}users:
- name: {user}
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
",
            authority = BASE64_STANDARD.encode(self.authority.to_pem()),
            server = scalar(self.server),
            certificate = BASE64_STANDARD.encode(self.certificate.to_pem()),
            key = key.as_str(),
        );
        Zeroizing::new(text)
    }
}

/// A YAML scalar: plain where no reader can take it for anything but a string,
/// else in JSON's quotes, which YAML 1.2 reads.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._@/".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let reserved = word.contains(&text.to_ascii_lowercase().as_str());
    // A colon inside is plain as long as no space follows.
    let colons = !text.ends_with(':')
        && text
            .chars()
            .all(|c| plain(c) || c == ':' || c == '[' || c == ']');
    match starts && colons && !reserved {
        true => text.to_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
}
