//! What verify says of what is rendered in front of the API servers.

use super::*;
use crate::time::Timestamp;
use crate::verify::{Expectation, Finding, Tree, TreeContent, TreeFile, verify};

/// Nothing, on any host.
pub(super) fn are_in_order(cluster: &Cluster, setup: &Setup, rendering: &Rendering) {
    for index in 0..cluster.hosts.len() {
        let mut tree = Tree {
            has_host_root: true,
            ..Tree::default()
        };
        for file in &rendering.files {
            if file.place != RenderPlace::Host(index) {
                continue;
            }
            // keepalived would have connections begin at one with other bits than 128.
            let has_bits = file.kind == RenderedKind::Keepalived && file.content.contains("::100/");
            assert!(!has_bits, "{}", file.content.as_str());
            let path = format!("/{}", file.kind.path());
            let path = path
                .strip_prefix("/etc/kubernetes/")
                .unwrap_or(&path)
                .to_owned();
            let found = TreeFile {
                content: TreeContent::Bytes(file.content.as_bytes().to_vec().into()),
                mode: file.mode(),
                owner: None,
                links: 1,
                inode: None,
                link: None,
            };
            tree.files.insert(path, found);
        }
        let expectation = Expectation {
            cluster: Some((cluster.clone(), index)),
            setup: Some(setup.clone()),
            ..Expectation::default()
        };
        let report = verify(
            &tree,
            &expectation,
            Timestamp::from_unix(1_767_225_600).unwrap(),
        );
        let is_front = |it: &&Finding| {
            let mut starts = ["/etc/keepalived/", "/etc/haproxy/", "manifests/kube-vip"].iter();
            starts.any(|start| it.file.starts_with(start))
        };
        let found: Vec<_> = report.findings.iter().filter(is_front).collect();
        assert!(found.is_empty(), "{found:#?}");
        let listed = report.not_checked.iter().map(|it| it.what.as_str());
        let listed: Vec<_> = listed.filter(|it| it.contains("keepalived")).collect();
        assert_eq!(listed, [""; 0]);
    }
}
