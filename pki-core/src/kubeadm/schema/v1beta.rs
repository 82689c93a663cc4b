//! The configuration of kubeadm since 1.13.

use super::v1alpha::{API_ENDPOINT, EXTERNAL_ETCD, NETWORKING};
use super::{ApiVersion, Field, Kind, Shape, field};

pub(super) const V1BETA1: ApiVersion = ApiVersion {
    name: "v1beta1",
    first_reader: 13,
    last_reader: 20,
    kinds: &[
        Kind::read("InitConfiguration", INIT_1_13),
        Kind::read("ClusterConfiguration", CLUSTER_1_13),
        Kind::read("JoinConfiguration", JOIN_1_13),
        Kind::ignored("ClusterStatus"),
    ],
    cluster: "ClusterConfiguration",
    init: "InitConfiguration",
    control_plane_endpoint: "controlPlaneEndpoint",
    cert_sans: "apiServer.certSANs",
    etcd_is_split: true,
    node_name: "nodeRegistration.name",
    init_endpoint: "localAPIEndpoint",
    join_endpoint: "controlPlane.localAPIEndpoint",
};

pub(super) const V1BETA2: ApiVersion = ApiVersion {
    name: "v1beta2",
    first_reader: 15,
    last_reader: 26,
    kinds: &[
        Kind::read("InitConfiguration", INIT_1_15),
        Kind::read("ClusterConfiguration", CLUSTER_1_13),
        Kind::read("JoinConfiguration", JOIN_1_15),
        Kind::ignored("ClusterStatus"),
    ],
    ..V1BETA1
};

pub(super) const V1BETA3: ApiVersion = ApiVersion {
    name: "v1beta3",
    first_reader: 22,
    last_reader: 36,
    kinds: &[
        Kind::read("InitConfiguration", INIT_1_22),
        Kind::read("ClusterConfiguration", CLUSTER_1_22),
        Kind::read("JoinConfiguration", JOIN_1_22),
    ],
    ..V1BETA1
};

pub(super) const V1BETA4: ApiVersion = ApiVersion {
    name: "v1beta4",
    first_reader: 31,
    last_reader: 36,
    kinds: &[
        Kind::read("InitConfiguration", INIT_1_31),
        Kind::read("ClusterConfiguration", CLUSTER_1_31),
        Kind::read("JoinConfiguration", JOIN_1_31),
        Kind::ignored("ResetConfiguration"),
        Kind::ignored("UpgradeConfiguration"),
    ],
    ..V1BETA1
};

const INIT_1_13: &[Field] = &[
    field("bootstrapTokens", Shape::Anything),
    field("nodeRegistration", Shape::Object(NODE_1_13)),
    field("localAPIEndpoint", Shape::Object(API_ENDPOINT)),
];

const INIT_1_15: &[Field] = &[
    field("bootstrapTokens", Shape::Anything),
    field("nodeRegistration", Shape::Object(NODE_1_15)),
    field("localAPIEndpoint", Shape::Object(API_ENDPOINT)),
    field("certificateKey", Shape::Anything),
];

const INIT_1_22: &[Field] = &[
    field("bootstrapTokens", Shape::Anything),
    field("nodeRegistration", Shape::Object(NODE_1_15)),
    field("localAPIEndpoint", Shape::Object(API_ENDPOINT)),
    field("certificateKey", Shape::Anything),
    field("skipPhases", Shape::Anything),
    field("patches", Shape::Anything),
];

const INIT_1_31: &[Field] = &[
    field("bootstrapTokens", Shape::Anything),
    field("dryRun", Shape::Anything),
    field("nodeRegistration", Shape::Object(NODE_1_31)),
    field("localAPIEndpoint", Shape::Object(API_ENDPOINT)),
    field("certificateKey", Shape::Anything),
    field("skipPhases", Shape::Anything),
    field("patches", Shape::Anything),
    field("timeouts", Shape::Anything),
];

const CLUSTER_1_13: &[Field] = &[
    field("etcd", Shape::Object(ETCD_1_13)),
    field("networking", Shape::Object(NETWORKING)),
    field("kubernetesVersion", Shape::Version),
    field("controlPlaneEndpoint", Shape::Text),
    field("apiServer", Shape::Object(APISERVER_1_13)),
    field("controllerManager", Shape::Object(COMPONENT_1_13)),
    field("scheduler", Shape::Object(COMPONENT_1_13)),
    field("dns", Shape::Anything),
    field("certificatesDir", Shape::Text),
    field("imageRepository", Shape::Anything),
    field("useHyperKubeImage", Shape::Anything),
    field("featureGates", Shape::Flags),
    field("clusterName", Shape::Text),
];

const CLUSTER_1_22: &[Field] = &[
    field("etcd", Shape::Object(ETCD_1_13)),
    field("networking", Shape::Object(NETWORKING)),
    field("kubernetesVersion", Shape::Version),
    field("controlPlaneEndpoint", Shape::Text),
    field("apiServer", Shape::Object(APISERVER_1_13)),
    field("controllerManager", Shape::Object(COMPONENT_1_13)),
    field("scheduler", Shape::Object(COMPONENT_1_13)),
    field("dns", Shape::Anything),
    field("certificatesDir", Shape::Text),
    field("imageRepository", Shape::Anything),
    field("featureGates", Shape::Flags),
    field("clusterName", Shape::Text),
];

const CLUSTER_1_31: &[Field] = &[
    field("etcd", Shape::Object(ETCD_1_31)),
    field("networking", Shape::Object(NETWORKING)),
    field("kubernetesVersion", Shape::Version),
    field("controlPlaneEndpoint", Shape::Text),
    field("apiServer", Shape::Object(APISERVER_1_31)),
    field("controllerManager", Shape::Object(COMPONENT_1_31)),
    field("scheduler", Shape::Object(COMPONENT_1_31)),
    field("dns", Shape::Anything),
    field("proxy", Shape::Anything),
    field("certificatesDir", Shape::Text),
    field("imageRepository", Shape::Anything),
    field("featureGates", Shape::Flags),
    field("clusterName", Shape::Text),
    field("encryptionAlgorithm", Shape::Text),
    field("certificateValidityPeriod", Shape::Text),
    field("caCertificateValidityPeriod", Shape::Text),
];

const JOIN_1_13: &[Field] = &[
    field("nodeRegistration", Shape::Object(NODE_1_13)),
    field("caCertPath", Shape::Anything),
    field("discovery", Shape::Anything),
    field("controlPlane", Shape::Object(JOIN_CONTROL_PLANE)),
];

const JOIN_1_15: &[Field] = &[
    field("nodeRegistration", Shape::Object(NODE_1_15)),
    field("caCertPath", Shape::Anything),
    field("discovery", Shape::Anything),
    field("controlPlane", Shape::Object(JOIN_CONTROL_PLANE)),
];

const JOIN_1_22: &[Field] = &[
    field("nodeRegistration", Shape::Object(NODE_1_15)),
    field("caCertPath", Shape::Anything),
    field("discovery", Shape::Anything),
    field("controlPlane", Shape::Object(JOIN_CONTROL_PLANE)),
    field("skipPhases", Shape::Anything),
    field("patches", Shape::Anything),
];

const JOIN_1_31: &[Field] = &[
    field("dryRun", Shape::Anything),
    field("nodeRegistration", Shape::Object(NODE_1_31)),
    field("caCertPath", Shape::Anything),
    field("discovery", Shape::Anything),
    field("controlPlane", Shape::Object(JOIN_CONTROL_PLANE)),
    field("skipPhases", Shape::Anything),
    field("patches", Shape::Anything),
    field("timeouts", Shape::Anything),
];

const JOIN_CONTROL_PLANE: &[Field] = &[
    field("localAPIEndpoint", Shape::Object(API_ENDPOINT)),
    field("certificateKey", Shape::Anything),
];

const NODE_1_13: &[Field] = &[
    field("name", Shape::Text),
    field("criSocket", Shape::Anything),
    field("taints", Shape::Anything),
    field("kubeletExtraArgs", Shape::Map),
];

const NODE_1_15: &[Field] = &[
    field("name", Shape::Text),
    field("criSocket", Shape::Anything),
    field("taints", Shape::Anything),
    field("kubeletExtraArgs", Shape::Map),
    field("ignorePreflightErrors", Shape::Anything),
    field("imagePullPolicy", Shape::Anything),
];

const NODE_1_31: &[Field] = &[
    field("name", Shape::Text),
    field("criSocket", Shape::Anything),
    field("taints", Shape::Anything),
    field("kubeletExtraArgs", Shape::Objects(ARGUMENT)),
    field("ignorePreflightErrors", Shape::Anything),
    field("imagePullPolicy", Shape::Anything),
    field("imagePullSerial", Shape::Anything),
];

const APISERVER_1_13: &[Field] = &[
    field("extraArgs", Shape::Map),
    field("extraVolumes", Shape::List),
    field("certSANs", Shape::Texts),
    field("timeoutForControlPlane", Shape::Anything),
];

const APISERVER_1_31: &[Field] = &[
    field("extraArgs", Shape::Objects(ARGUMENT)),
    field("extraVolumes", Shape::List),
    field("extraEnvs", Shape::List),
    field("certSANs", Shape::Texts),
];

const COMPONENT_1_13: &[Field] = &[
    field("extraArgs", Shape::Map),
    field("extraVolumes", Shape::List),
];

const COMPONENT_1_31: &[Field] = &[
    field("extraArgs", Shape::Objects(ARGUMENT)),
    field("extraVolumes", Shape::List),
    field("extraEnvs", Shape::List),
];

const ARGUMENT: &[Field] = &[
    field("name", Shape::Anything),
    field("value", Shape::Anything),
];

const ETCD_1_13: &[Field] = &[
    field("local", Shape::Object(LOCAL_ETCD_1_13)),
    field("external", Shape::Object(EXTERNAL_ETCD)),
];

const LOCAL_ETCD_1_13: &[Field] = &[
    field("imageRepository", Shape::Anything),
    field("imageTag", Shape::Anything),
    field("dataDir", Shape::Anything),
    field("extraArgs", Shape::Map),
    field("serverCertSANs", Shape::Texts),
    field("peerCertSANs", Shape::Texts),
];

const ETCD_1_31: &[Field] = &[
    field("local", Shape::Object(LOCAL_ETCD_1_31)),
    field("external", Shape::Object(EXTERNAL_ETCD_1_31)),
];

const LOCAL_ETCD_1_31: &[Field] = &[
    field("imageRepository", Shape::Anything),
    field("imageTag", Shape::Anything),
    field("dataDir", Shape::Anything),
    field("extraArgs", Shape::Objects(ARGUMENT)),
    field("extraEnvs", Shape::List),
    field("serverCertSANs", Shape::Texts),
    field("peerCertSANs", Shape::Texts),
];

const EXTERNAL_ETCD_1_31: &[Field] = &[
    field("endpoints", Shape::Texts),
    field("httpEndpoints", Shape::Texts),
    field("caFile", Shape::Text),
    field("certFile", Shape::Text),
    field("keyFile", Shape::Text),
];
