//! What the name of an image says.

/// The tag of an image's name: `v1.36.0` of
/// `registry.k8s.io:443/kube-apiserver:v1.36.0@sha256:…`.
pub(crate) fn tag(image: &str) -> Option<&str> {
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rsplit('/').next().unwrap_or(name);
    let (_, tag) = last.split_once(':')?;
    (!tag.is_empty()).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn tags_are_told_from_ports_and_digests() {
        let cases = [
            ("registry.k8s.io/kube-apiserver:v1.36.0", Some("v1.36.0")),
            ("localhost:5000/etcd:3.5.1-0@sha256:ab:cd", Some("3.5.1-0")),
            ("localhost:5000/etcd", None),
            ("etcd@sha256:abcd", None),
            ("etcd:", None),
            ("", None),
        ];
        for (image, wanted) in cases {
            assert_eq!(tag(image), wanted, "{image}");
        }
    }
}
