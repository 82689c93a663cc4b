//! The facts of a cluster, from the document that describes it.

use super::etcd;
use super::note::{ClusterNote, ClusterRemark};
use super::schema::ApiVersion;
use super::value::{Value, meant};
use crate::cfssl::GoDuration;
use crate::cluster::{Cluster, ControlPlaneEndpoint, KubernetesVersion, PodSubnet, ServiceSubnet};
use crate::document::DocumentError;
use crate::key::KeyAlgorithm;
use crate::name::{HostName, NameNote, Quoted, SubjectAltName};

/// Reads everything but the hosts; without a document these are kubeadm's
/// defaults.
pub(super) fn read(
    document: Option<&Value<'_>>,
    api_version: &'static ApiVersion,
    notes: &mut Vec<ClusterNote>,
) -> Result<Cluster, DocumentError> {
    let mut cluster = Cluster::new(Vec::new());
    cluster.kubernetes_version = kubernetes_version(document, api_version, notes)?;
    let Some(document) = document else {
        return Ok(cluster);
    };
    let version = cluster.kubernetes_version;
    if let Some(name) = document.at("clusterName") {
        cluster.name = cluster_name(&name)?;
    }
    if let Some(value) = document.at(api_version.control_plane_endpoint) {
        cluster.control_plane_endpoint = Some(control_plane_endpoint(&value, notes)?);
    }
    if let Some(value) = document.at("networking.serviceSubnet") {
        cluster.service_subnet = service_subnet(&value, document, version, notes)?;
    }
    if let Some(value) = document.at("networking.podSubnet") {
        cluster.pod_subnet = Some(pod_subnet(&value, &cluster.service_subnet)?);
    }
    if let Some(value) = document.at("networking.dnsDomain") {
        cluster.dns_domain = dns_domain(&value)?;
    }
    cluster.apiserver_cert_sans = etcd::cert_sans(document, api_version.cert_sans, notes)?;
    wildcards(document, api_version, version, notes);
    cluster.etcd = etcd::read(document, api_version, notes)?;
    algorithms(&mut cluster, document, notes)?;
    if let Some(value) = document.at("certificateValidityPeriod") {
        cluster.validity_seconds = validity(&value, Cluster::DEFAULT_VALIDITY_SECONDS, notes)?;
    }
    if let Some(value) = document.at("caCertificateValidityPeriod") {
        cluster.ca_validity_seconds =
            validity(&value, Cluster::DEFAULT_CA_VALIDITY_SECONDS, notes)?;
    }
    Ok(cluster)
}

fn kubernetes_version(
    document: Option<&Value<'_>>,
    api_version: &'static ApiVersion,
    notes: &mut Vec<ClusterNote>,
) -> Result<KubernetesVersion, DocumentError> {
    let assumed = format!(
        "1.{}",
        api_version
            .last_reader
            .min(KubernetesVersion::NEWEST.minor())
    );
    let assumed = match api_version.name {
        // 1.11, 1.12 and 1.14 read the older version only to convert it.
        "v1alpha1" => KubernetesVersion::OLDEST,
        "v1alpha2" => "1.11".parse().unwrap_or(KubernetesVersion::OLDEST),
        "v1alpha3" => "1.12".parse().unwrap_or(KubernetesVersion::OLDEST),
        _ => assumed.parse().unwrap_or(KubernetesVersion::NEWEST),
    };
    let Some(value) = document.and_then(|document| document.at("kubernetesVersion")) else {
        notes.push(ClusterNote {
            position: None,
            path: "kubernetesVersion".to_owned(),
            remark: ClusterRemark::VersionLabel {
                label: String::new(),
                assumed,
            },
        });
        return Ok(assumed);
    };
    let text = value.text();
    let plain = text.strip_prefix("ci/").unwrap_or(text);
    let plain = plain.strip_prefix("ci-cross/").unwrap_or(plain);
    if ["stable", "stable-1", "latest", "latest-1"].contains(&plain) {
        notes.push(value.note(ClusterRemark::VersionLabel {
            label: text.to_owned(),
            assumed,
        }));
        return Ok(assumed);
    }
    let version: KubernetesVersion = plain
        .strip_prefix("latest-")
        .unwrap_or(plain)
        .parse()
        .map_err(|error: crate::Error| value.refused(error))?;
    if !value.is_text() {
        notes.push(value.note(ClusterRemark::UnquotedVersion(text.to_owned())));
    }
    let minor = version.minor();
    if minor > KubernetesVersion::NEWEST.minor() {
        notes.push(value.note(ClusterRemark::UnknownVersion(version)));
    } else if !(api_version.first_reader..=api_version.last_reader).contains(&minor) {
        notes.push(value.note(ClusterRemark::ApiVersionNotRead {
            api_version: api_version.name,
            kubernetes_version: version,
        }));
    }
    Ok(version)
}

fn cluster_name(value: &Value<'_>) -> Result<String, DocumentError> {
    let name = value.text();
    match name.chars().any(char::is_control) {
        true => Err(value.error(format!("{} has a control character", Quoted(name)), None)),
        false => Ok(name.to_owned()),
    }
}

fn control_plane_endpoint(
    value: &Value<'_>,
    notes: &mut Vec<ClusterNote>,
) -> Result<ControlPlaneEndpoint, DocumentError> {
    let text = value.text();
    let endpoint: ControlPlaneEndpoint = text.parse().map_err(|error: crate::Error| {
        let mut error = value.refused(error);
        if let Some((_, rest)) = text.split_once("://") {
            error.suggestion = rest.split('/').next().map(str::to_owned);
        }
        error
    })?;
    let is_name = matches!(endpoint.host(), SubjectAltName::Dns(_));
    if is_name && text.chars().any(|c| c.is_ascii_uppercase()) {
        let remark = ClusterRemark::Name(NameNote::Lowercased(text.to_owned()));
        notes.push(value.note(remark));
    }
    Ok(endpoint)
}

fn service_subnet(
    value: &Value<'_>,
    document: &Value<'_>,
    version: KubernetesVersion,
    notes: &mut Vec<ClusterNote>,
) -> Result<ServiceSubnet, DocumentError> {
    let subnet = value
        .text()
        .parse()
        .map_err(|error: crate::Error| value.refused(error))?;
    let gate = document.at("featureGates.IPv6DualStack");
    let gate_is_on = gate.is_some_and(|gate| gate.is_true());
    if value.text().contains(',') && !version.is_at_least(21) && !gate_is_on {
        notes.push(value.note(ClusterRemark::DualStackGate));
    }
    Ok(subnet)
}

fn pod_subnet(value: &Value<'_>, services: &ServiceSubnet) -> Result<PodSubnet, DocumentError> {
    let subnet: PodSubnet = value
        .text()
        .parse()
        .map_err(|error: crate::Error| value.refused(error))?;
    match subnet.overlaps(services) {
        true => Err(value.error(
            format!(
                "{} overlaps the range of services, {services}: an address could be both a pod's and a service's",
                Quoted(value.text())
            ),
            None,
        )),
        false => Ok(subnet),
    }
}

/// kubeadm lowers node names and further names, but refuses this one.
fn dns_domain(value: &Value<'_>) -> Result<HostName, DocumentError> {
    let noted = HostName::parse(value.text()).map_err(|error| value.refused(error))?;
    match noted.notes.is_empty() {
        true => Ok(noted.value),
        false => Err(value.error(
            format!("{} must be in lower case", Quoted(value.text())),
            Some(noted.value.to_string()),
        )),
    }
}

fn wildcards(
    document: &Value<'_>,
    api_version: &ApiVersion,
    version: KubernetesVersion,
    notes: &mut Vec<ClusterNote>,
) {
    for value in document.items(api_version.cert_sans) {
        if value.text().starts_with("*.") {
            let what = "a wildcard as a further name";
            notes.extend(needs(15, what, version, &value));
        }
    }
}

fn needs(
    minor: u16,
    what: &'static str,
    kubernetes_version: KubernetesVersion,
    value: &Value<'_>,
) -> Option<ClusterNote> {
    let remark = ClusterRemark::NeedsLaterVersion {
        what,
        minor,
        kubernetes_version,
    };
    (!kubernetes_version.is_at_least(minor)).then(|| value.note(remark))
}

/// What kubeadm's `encryptionAlgorithm` may be.
const ALGORITHMS: [KeyAlgorithm; 5] = [
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcdsaP256,
    KeyAlgorithm::EcdsaP384,
];

fn algorithms(
    cluster: &mut Cluster,
    document: &Value<'_>,
    notes: &mut Vec<ClusterNote>,
) -> Result<(), DocumentError> {
    let version = cluster.kubernetes_version;
    let chosen = document.at("encryptionAlgorithm");
    if let Some(value) = &chosen {
        let names = ALGORITHMS.map(KeyAlgorithm::name);
        let known = ALGORITHMS
            .into_iter()
            .find(|known| known.name() == value.text());
        let algorithm = known.ok_or_else(|| {
            value.error(
                format!(
                    "unknown algorithm {}: kubeadm knows {}",
                    Quoted(value.text()),
                    names.join(", ")
                ),
                meant(value.text(), names).map(str::to_owned),
            )
        })?;
        if algorithm == KeyAlgorithm::EcdsaP384 {
            notes.extend(needs(34, "ECDSA-P384", version, value));
        }
        cluster.key_algorithm = algorithm;
        cluster.kubeconfig_key_algorithm = algorithm;
    }
    // The gate counts when it is there at all, on or off.
    if let Some(gate) = document.at("featureGates.PublicKeysECDSA") {
        let algorithm = match gate.is_true() {
            true => KeyAlgorithm::EcdsaP256,
            false => KeyAlgorithm::Rsa2048,
        };
        notes.extend(needs(
            19,
            "the feature gate PublicKeysECDSA",
            version,
            &gate,
        ));
        if let Some(value) = chosen
            && cluster.key_algorithm != algorithm
        {
            notes.push(value.note(ClusterRemark::GateOverAlgorithm(algorithm)));
        }
        cluster.key_algorithm = algorithm;
        cluster.kubeconfig_key_algorithm = match version.is_at_least(31) {
            true => algorithm,
            false => KeyAlgorithm::Rsa2048,
        };
    }
    Ok(())
}

fn validity(
    value: &Value<'_>,
    default: i64,
    notes: &mut Vec<ClusterNote>,
) -> Result<i64, DocumentError> {
    let text = value.text();
    let seconds = text
        .parse::<GoDuration>()
        .map_err(|error| value.error(error.to_string(), None))?
        .seconds();
    if seconds <= 0 {
        return Err(value.error(
            format!("{} would end before it starts", Quoted(text)),
            Some(format!("{}h0m0s", default / 3600)),
        ));
    }
    if seconds > default {
        notes.push(value.note(ClusterRemark::LongValidity(default)));
    }
    Ok(seconds)
}
