//! Certificates that no tool of ours makes, and files that people edit.

use super::*;
use crate::key::SigningKey;

impl Trees {
    /// Issues a leaf again with the CA that was healthy.
    pub(super) fn issue(
        &self,
        tree: &mut Tree,
        name: &str,
        ca: &str,
        change: impl Fn(&mut CertificateParams),
    ) {
        let issuer = issuer(&self.good, &format!("pki/{ca}"));
        issue_by(tree, name, &issuer, change);
    }

    /// A file to change, put back first if another fault has removed it.
    pub(super) fn file<'a>(&self, tree: &'a mut Tree, path: &str) -> &'a mut TreeFile {
        let healthy = || copy(&self.running, path);
        tree.files.entry(path.to_owned()).or_insert_with(healthy)
    }

    /// A healthy kubeconfig with parts of it replaced.
    pub(super) fn edit(&self, tree: &mut Tree, path: &str, parts: &[(&str, &str)]) {
        put(tree, path, copy(&self.running, path));
        for (from, to) in parts {
            edit(tree, path, from, to);
        }
    }

    /// One line of a healthy kubeconfig.
    pub(super) fn line(&self, path: &str, field: &str) -> String {
        let text = String::from_utf8(text(&self.running, path)).unwrap();
        let line = text.lines().find(|line| line.contains(field)).unwrap();
        line.trim_start().to_owned()
    }
}

/// The text of a kubeconfig with a part of it replaced.
pub(super) fn edit(tree: &mut Tree, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(text(tree, path)).unwrap();
    assert!(text.contains(from), "{from}");
    put(tree, path, file(text.replace(from, to).as_bytes(), 0o600));
}

pub(super) fn own(tree: &mut Tree, path: &str, uid: u32, gid: u32) {
    for file in tree.files.values_mut() {
        file.owner.get_or_insert(ROOT);
    }
    tree.files.get_mut(path).unwrap().owner = Some(Owner { uid, gid });
}

pub(super) const ROOT: Owner = Owner { uid: 0, gid: 0 };

/// An extension with these names.
pub(super) fn names(names: &[&str]) -> Extension {
    let names: Vec<GeneralName> = names
        .iter()
        .map(|name| SubjectAltName::parse(name).unwrap().value.into())
        .collect();
    Extension::subject_alt_name(&names, false)
}

pub(super) fn without(params: &mut CertificateParams, extension: &Extension) {
    params.extensions.retain(|e| e.oid() != extension.oid());
}

pub(super) fn replace(params: &mut CertificateParams, extension: Extension) {
    without(params, &extension);
    params.extensions.push(extension);
}

/// A validity in seconds from now.
pub(super) fn valid(from: i64, to: i64) -> Validity {
    let at = |seconds| now().plus(seconds).unwrap();
    Validity::new(at(from), at(to)).unwrap()
}

pub(super) fn issuer(tree: &Tree, base: &str) -> Issuer {
    let authority = Certificate::from_pem(&text(tree, &format!("{base}.crt"))).unwrap();
    let key = KeyPair::from_pem(&text(tree, &format!("{base}.key"))).unwrap();
    Issuer::regardless_of_dates(authority, Box::new(key)).unwrap()
}

pub(super) fn ca_params(
    name: DistinguishedName,
    key: &KeyPair,
    by: Option<&Issuer>,
) -> CertificateParams {
    let request = CertificateRequest {
        subject: name,
        subject_alt_names: Vec::new(),
        public_key: key.public_key().clone(),
    };
    let validity = Validity::new(now(), now().plus(3650 * DAY).unwrap()).unwrap();
    let serial = SerialNumber::from_bytes(&[77]).unwrap();
    let profile = Profile::certificate_authority(KubernetesVersion::NEWEST);
    profile.params(&request, by, validity, serial).unwrap()
}

/// A CA's own certificate, made anew with its key and name.
pub(super) fn root(
    tree: &Tree,
    base: &str,
    change: impl Fn(&mut CertificateParams),
) -> Certificate {
    let old = Certificate::from_pem(&text(tree, &format!("{base}.crt"))).unwrap();
    let key = KeyPair::from_pem(&text(tree, &format!("{base}.key"))).unwrap();
    let name = DistinguishedName::from_der(old.subject_der()).unwrap();
    let mut params = ca_params(name, &key, None);
    change(&mut params);
    Certificate::self_signed(&params, &key).unwrap()
}

/// The same in its place.
pub(super) fn put_root(
    tree: &mut Tree,
    all: &Trees,
    base: &str,
    change: impl Fn(&mut CertificateParams),
) {
    let renewed = root(&all.good, base, change);
    put(
        tree,
        &format!("{base}.crt"),
        file(renewed.to_pem().as_bytes(), 0o644),
    );
}

/// An intermediate CA below one of the tree's.
pub(super) fn intermediate(tree: &Tree, base: &str) -> (Certificate, Issuer) {
    let above = issuer(tree, base);
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let params = ca_params(
        DistinguishedName::kubernetes(None, "middle"),
        &key,
        Some(&above),
    );
    let certificate = above.issue(&params).unwrap();
    let issuer = Issuer::new(certificate.clone(), Box::new(key), now()).unwrap();
    (certificate, issuer)
}

/// Replaces a leaf by one of an intermediate; returns both certificates.
pub(super) fn below_intermediate(
    tree: &mut Tree,
    all: &Trees,
    name: &str,
    base: &str,
) -> [Vec<u8>; 2] {
    let (middle, by) = intermediate(&all.good, base);
    issue_by(tree, name, &by, |_| ());
    let leaf = text(tree, &format!("pki/{name}.crt"));
    [leaf, middle.to_pem().into_bytes()]
}

/// Signs a healthy certificate again after a field of its signed part was replaced, or
/// taken out: fields are counted with the version.
pub(super) fn forge(
    tree: &mut Tree,
    all: &Trees,
    name: &str,
    ca: &str,
    change: impl Fn(&mut Vec<Vec<u8>>),
) {
    let path = format!("pki/{name}.crt");
    let old = Certificate::from_pem(&text(&all.good, &path)).unwrap();
    let key = KeyPair::from_pem(&text(&all.good, &format!("pki/{ca}.key"))).unwrap();
    let parts = asn1::children(asn1::SEQUENCE, old.to_der()).unwrap();
    let fields = asn1::children(asn1::SEQUENCE, parts[0]).unwrap();
    let mut fields: Vec<Vec<u8>> = fields.into_iter().map(<[u8]>::to_vec).collect();
    change(&mut fields);
    let slices: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    let signed = asn1::sequence(&slices);
    let signature = key.sign(SignatureAlgorithm::EcdsaSha256, &signed).unwrap();
    let der = asn1::sequence(&[&signed, parts[1], &asn1::bit_string(&signature)]);
    let pem = pem_text::encode("CERTIFICATE", &der);
    put(tree, &path, file(pem.as_bytes(), 0o644));
}

/// Puts another public key into a certificate, and a key that nobody reads
/// beside it.
pub(super) fn foreign_key(tree: &mut Tree, all: &Trees, name: &str, algorithm: &[u8], key: &[u8]) {
    let info = asn1::sequence(&[algorithm, &asn1::bit_string(key)]);
    forge(tree, all, name, "ca", |fields| fields[6] = info.clone());
    let unread = pem_text::encode("PRIVATE KEY", &[0x30, 0]);
    put(
        tree,
        &format!("pki/{name}.key"),
        file(unread.as_bytes(), 0o600),
    );
}

pub(super) fn rsa(tree: &mut Tree, all: &Trees, octets: usize, exponent: &[u8]) {
    let algorithm = asn1::sequence(&[
        &asn1::object_identifier(oid::RSA_ENCRYPTION),
        &[asn1::NULL, 0],
    ]);
    let modulus = asn1::unsigned(&vec![0xff; octets]);
    let key = asn1::sequence(&[&modulus, &asn1::unsigned(exponent)]);
    foreign_key(tree, all, "apiserver-kubelet-client", &algorithm, &key);
}
