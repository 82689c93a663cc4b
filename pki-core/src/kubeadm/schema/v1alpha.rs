//! The configuration of kubeadm 1.10 to 1.14.

use super::{ApiVersion, Field, Kind, Shape, field};

pub(super) const V1ALPHA1: ApiVersion = ApiVersion {
    name: "v1alpha1",
    first_reader: 10,
    last_reader: 11,
    kinds: &[
        Kind::read("MasterConfiguration", MASTER_1_10),
        Kind::ignored("NodeConfiguration"),
    ],
    cluster: "MasterConfiguration",
    init: "MasterConfiguration",
    control_plane_endpoint: "api.controlPlaneEndpoint",
    cert_sans: "apiServerCertSANs",
    etcd_is_split: false,
    node_name: "nodeName",
    init_endpoint: "api",
    join_endpoint: "",
};

pub(super) const V1ALPHA2: ApiVersion = ApiVersion {
    name: "v1alpha2",
    first_reader: 11,
    last_reader: 12,
    kinds: &[
        Kind::read("MasterConfiguration", MASTER_1_11),
        Kind::ignored("NodeConfiguration"),
    ],
    etcd_is_split: true,
    node_name: "nodeRegistration.name",
    ..V1ALPHA1
};

pub(super) const V1ALPHA3: ApiVersion = ApiVersion {
    name: "v1alpha3",
    first_reader: 12,
    last_reader: 14,
    kinds: &[
        Kind::read("InitConfiguration", INIT_1_12),
        Kind::read("ClusterConfiguration", CLUSTER_1_12),
        Kind::read("JoinConfiguration", JOIN_1_12),
        Kind::ignored("ClusterStatus"),
    ],
    cluster: "ClusterConfiguration",
    init: "InitConfiguration",
    control_plane_endpoint: "controlPlaneEndpoint",
    init_endpoint: "apiEndpoint",
    join_endpoint: "apiEndpoint",
    ..V1ALPHA2
};

const MASTER_1_10: &[Field] = &[
    field("api", Shape::Object(API)),
    field("kubeProxy", Shape::Anything),
    field("etcd", Shape::Object(ETCD_1_10)),
    field("kubeletConfiguration", Shape::Anything),
    field("networking", Shape::Object(NETWORKING)),
    field("kubernetesVersion", Shape::Version),
    field("cloudProvider", Shape::Anything),
    field("nodeName", Shape::Text),
    field("authorizationModes", Shape::Anything),
    field("noTaintMaster", Shape::Anything),
    field("privilegedPods", Shape::Anything),
    field("selfHosted", Shape::Anything),
    field("token", Shape::Anything),
    field("tokenTTL", Shape::Anything),
    field("tokenUsages", Shape::Anything),
    field("tokenGroups", Shape::Anything),
    field("criSocket", Shape::Anything),
    field("apiServerExtraArgs", Shape::Map),
    field("controllerManagerExtraArgs", Shape::Map),
    field("schedulerExtraArgs", Shape::Map),
    field("apiServerExtraVolumes", Shape::List),
    field("controllerManagerExtraVolumes", Shape::List),
    field("schedulerExtraVolumes", Shape::List),
    field("apiServerCertSANs", Shape::Texts),
    field("certificatesDir", Shape::Text),
    field("imageRepository", Shape::Anything),
    field("imagePullPolicy", Shape::Anything),
    field("ciImageRepository", Shape::Anything),
    field("unifiedControlPlaneImage", Shape::Anything),
    field("auditPolicy", Shape::Anything),
    field("featureGates", Shape::Flags),
    field("clusterName", Shape::Text),
];

const MASTER_1_11: &[Field] = &[
    field("bootstrapTokens", Shape::Anything),
    field("nodeRegistration", Shape::Object(NODE_REGISTRATION)),
    field("api", Shape::Object(API)),
    field("kubeProxy", Shape::Anything),
    field("etcd", Shape::Object(ETCD)),
    field("kubeletConfiguration", Shape::Anything),
    field("networking", Shape::Object(NETWORKING)),
    field("kubernetesVersion", Shape::Version),
    field("apiServerExtraArgs", Shape::Map),
    field("controllerManagerExtraArgs", Shape::Map),
    field("schedulerExtraArgs", Shape::Map),
    field("apiServerExtraVolumes", Shape::List),
    field("controllerManagerExtraVolumes", Shape::List),
    field("schedulerExtraVolumes", Shape::List),
    field("apiServerCertSANs", Shape::Texts),
    field("certificatesDir", Shape::Text),
    field("imageRepository", Shape::Anything),
    field("unifiedControlPlaneImage", Shape::Anything),
    field("auditPolicy", Shape::Anything),
    field("featureGates", Shape::Flags),
    field("clusterName", Shape::Text),
];

const INIT_1_12: &[Field] = &[
    field("bootstrapTokens", Shape::Anything),
    field("nodeRegistration", Shape::Object(NODE_REGISTRATION)),
    field("apiEndpoint", Shape::Object(API_ENDPOINT)),
];

const CLUSTER_1_12: &[Field] = &[
    field("etcd", Shape::Object(ETCD)),
    field("networking", Shape::Object(NETWORKING)),
    field("kubernetesVersion", Shape::Version),
    field("controlPlaneEndpoint", Shape::Text),
    field("apiServerExtraArgs", Shape::Map),
    field("controllerManagerExtraArgs", Shape::Map),
    field("schedulerExtraArgs", Shape::Map),
    field("apiServerExtraVolumes", Shape::List),
    field("controllerManagerExtraVolumes", Shape::List),
    field("schedulerExtraVolumes", Shape::List),
    field("apiServerCertSANs", Shape::Texts),
    field("certificatesDir", Shape::Text),
    field("imageRepository", Shape::Anything),
    field("unifiedControlPlaneImage", Shape::Anything),
    field("auditPolicy", Shape::Anything),
    field("featureGates", Shape::Flags),
    field("clusterName", Shape::Text),
];

const JOIN_1_12: &[Field] = &[
    field("nodeRegistration", Shape::Object(NODE_REGISTRATION)),
    field("caCertPath", Shape::Anything),
    field("discoveryFile", Shape::Anything),
    field("discoveryToken", Shape::Anything),
    field("discoveryTokenAPIServers", Shape::Anything),
    field("discoveryTimeout", Shape::Anything),
    field("tlsBootstrapToken", Shape::Anything),
    field("token", Shape::Anything),
    field("clusterName", Shape::Anything),
    field("discoveryTokenCACertHashes", Shape::Anything),
    field("discoveryTokenUnsafeSkipCAVerification", Shape::Anything),
    field("controlPlane", Shape::Flag),
    field("apiEndpoint", Shape::Object(API_ENDPOINT)),
    field("featureGates", Shape::Anything),
];

const API: &[Field] = &[
    field("advertiseAddress", Shape::Text),
    field("controlPlaneEndpoint", Shape::Text),
    field("bindPort", Shape::Number),
];

pub(super) const API_ENDPOINT: &[Field] = &[
    field("advertiseAddress", Shape::Text),
    field("bindPort", Shape::Number),
];

pub(super) const NETWORKING: &[Field] = &[
    field("serviceSubnet", Shape::Text),
    field("podSubnet", Shape::Anything),
    field("dnsDomain", Shape::Text),
];

const NODE_REGISTRATION: &[Field] = &[
    field("name", Shape::Text),
    field("criSocket", Shape::Anything),
    field("taints", Shape::Anything),
    field("kubeletExtraArgs", Shape::Map),
];

const ETCD_1_10: &[Field] = &[
    field("endpoints", Shape::Texts),
    field("caFile", Shape::Text),
    field("certFile", Shape::Text),
    field("keyFile", Shape::Text),
    field("dataDir", Shape::Anything),
    field("extraArgs", Shape::Map),
    field("image", Shape::Anything),
    field("selfHosted", Shape::Anything),
    field("serverCertSANs", Shape::Texts),
    field("peerCertSANs", Shape::Texts),
];

const ETCD: &[Field] = &[
    field("local", Shape::Object(LOCAL_ETCD)),
    field("external", Shape::Object(EXTERNAL_ETCD)),
];

const LOCAL_ETCD: &[Field] = &[
    field("image", Shape::Anything),
    field("dataDir", Shape::Anything),
    field("extraArgs", Shape::Map),
    field("serverCertSANs", Shape::Texts),
    field("peerCertSANs", Shape::Texts),
];

pub(super) const EXTERNAL_ETCD: &[Field] = &[
    field("endpoints", Shape::Texts),
    field("caFile", Shape::Text),
    field("certFile", Shape::Text),
    field("keyFile", Shape::Text),
];
