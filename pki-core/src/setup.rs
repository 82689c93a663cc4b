//! What a set-up needs besides certificates: the load balancer in front of the
//! API servers, the service of an external etcd, the pod network. Nothing here
//! is read from a machine.
//!
//! ```text
//! ClusterFile.setup, or by hand        what somebody said
//!   -> SetupDescription
//! Setup::resolve(cluster, description) everything else decided, or a question
//!   -> Setup                           what files are rendered from
//! ```
//!
//! The small types parse what they hold and cannot hold what a configuration
//! file, a unit or a shell would read as something else.

mod auth_pass;
mod description;
mod etcd_service;
mod etcd_version;
mod host_path;
mod interface;
mod keepalived;
mod load_balancer;
mod note;
mod pod_network;
mod pod_network_release;
mod question;
mod resolve;
mod virtual_ip;

pub use auth_pass::AuthPass;
pub use description::{
    EtcdServiceDescription, HostDescription, LoadBalancerDescription, SetupDescription,
};
pub use etcd_service::{ClusterToken, EtcdService, InitialClusterState, UserName};
pub use etcd_version::EtcdVersion;
pub use host_path::HostPath;
pub use interface::InterfaceName;
pub use keepalived::{Keepalived, KeepalivedMember, Priority, VirtualRouterId, VrrpState};
pub use load_balancer::{LoadBalancer, LoadBalancerKind};
pub use note::SetupNote;
pub use pod_network::PodNetwork;
pub use pod_network_release::PodNetworkRelease;
pub use question::SetupError;
pub use virtual_ip::VirtualIp;

/// Everything that files are rendered from besides the cluster itself: nothing
/// is left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// What stands in front of the API servers.
    pub load_balancer: LoadBalancer,
    /// How the members of an external etcd run; `None` for a stacked one.
    pub etcd: Option<EtcdService>,
    /// The network of the pods.
    pub pod_network: PodNetwork,
    /// What is worth knowing about the decisions.
    pub notes: Vec<SetupNote>,
}
