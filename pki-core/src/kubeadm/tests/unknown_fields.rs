//! Fields that a version does not have, and where they went.

use super::refusal;

#[test]
fn says_where_the_field_belongs() {
    for (version, kind, line, expected) in [
        (
            "v1beta2",
            "ClusterConfiguration",
            "certSANs: [a]",
            "3:1: certSANs: unknown field 'certSANs' of ClusterConfiguration -> apiServer.certSANs",
        ),
        (
            "v1beta3",
            "ClusterConfiguration",
            "apiServerCertSANs: [a]",
            "3:1: apiServerCertSANs: unknown field 'apiServerCertSANs' of ClusterConfiguration -> apiServer.certSANs",
        ),
        (
            "v1beta3",
            "ClusterConfiguration",
            "api: {}",
            "3:1: api: unknown field 'api' of ClusterConfiguration -> localAPIEndpoint of InitConfiguration",
        ),
        (
            "v1beta3",
            "InitConfiguration",
            "api: {}",
            "3:1: api: unknown field 'api' of InitConfiguration -> localAPIEndpoint",
        ),
        (
            "v1beta3",
            "InitConfiguration",
            "nodeName: m0",
            "3:1: nodeName: unknown field 'nodeName' of InitConfiguration -> nodeRegistration.name",
        ),
        (
            "v1beta3",
            "InitConfiguration",
            "kubernetesVersion: v1.30.0",
            "3:1: kubernetesVersion: unknown field 'kubernetesVersion' of InitConfiguration -> kubernetesVersion of ClusterConfiguration",
        ),
        (
            "v1beta3",
            "ClusterConfiguration",
            "localAPIEndpoint: {}",
            "3:1: localAPIEndpoint: unknown field 'localAPIEndpoint' of ClusterConfiguration -> localAPIEndpoint of InitConfiguration",
        ),
        (
            "v1beta3",
            "ClusterConfiguration",
            "apiServer: {certSans: [a]}",
            "3:13: apiServer.certSans: unknown field 'certSans' of ClusterConfiguration -> apiServer.certSANs",
        ),
        (
            "v1beta3",
            "ClusterConfiguration",
            "networking: {serviceSubnets: x}",
            "3:14: networking.serviceSubnets: unknown field 'serviceSubnets' of ClusterConfiguration -> networking.serviceSubnet",
        ),
        (
            "v1beta3",
            "ClusterConfiguration",
            "etcd: {endpoints: []}",
            "3:8: etcd.endpoints: unknown field 'endpoints' of ClusterConfiguration -> etcd.external.endpoints",
        ),
        (
            "v1beta3",
            "ClusterConfiguration",
            "encryptionAlgorithm: RSA-2048",
            "3:1: encryptionAlgorithm: unknown field 'encryptionAlgorithm' of ClusterConfiguration -> apiVersion kubeadm.k8s.io/v1beta4",
        ),
        (
            "v1alpha1",
            "MasterConfiguration",
            "apiServer: {certSANs: []}",
            "3:1: apiServer: unknown field 'apiServer' of MasterConfiguration -> apiServerCertSANs",
        ),
        (
            "v1alpha1",
            "MasterConfiguration",
            "certSANs: []",
            "3:1: certSANs: unknown field 'certSANs' of MasterConfiguration -> apiServerCertSANs",
        ),
        (
            "v1alpha1",
            "MasterConfiguration",
            "localAPIEndpoint: {}",
            "3:1: localAPIEndpoint: unknown field 'localAPIEndpoint' of MasterConfiguration -> api",
        ),
        (
            "v1alpha1",
            "MasterConfiguration",
            "controlPlaneEndpoint: x",
            "3:1: controlPlaneEndpoint: unknown field 'controlPlaneEndpoint' of MasterConfiguration -> api.controlPlaneEndpoint",
        ),
        (
            "v1alpha1",
            "MasterConfiguration",
            "nodeRegistration: {name: x}",
            "3:1: nodeRegistration: unknown field 'nodeRegistration' of MasterConfiguration -> nodeName",
        ),
        (
            "v1beta3",
            "ClusterConfiguration",
            "zzzzzzzzzz: 1",
            "3:1: zzzzzzzzzz: unknown field 'zzzzzzzzzz' of ClusterConfiguration",
        ),
        (
            "v1beta3",
            "ClusterConfiguration",
            "\"a\\u001bb\": 1",
            "3:1: 'a\\u{1b}b': unknown field 'a\\u{1b}b' of ClusterConfiguration",
        ),
    ] {
        let text = format!("apiVersion: kubeadm.k8s.io/{version}\nkind: {kind}\n{line}\n");
        assert_eq!(refusal(&text), expected);
    }
}
