//! kube-vip on a host: whether it moves the virtual IP that clients look for, and
//! may ask the API server for it.

use super::fix::Fix;
use super::load_balancer::VirtualIps;
use super::manifests::name_of;
use super::tree::Tree;
use super::{Examined, Finding, Record, Rule, command, etcd_unit, load_balancer, place};
use crate::cluster::parse_port;
use crate::kube_vip::{KUBECONFIG, KubeVip, PodFault, PodFaultKind, Setting};
use crate::name::Quoted;
use crate::severity::Severity;
use crate::static_pod::Component;

/// As kpki and kube-vip's own page call it.
pub(super) const PATH: &str = "manifests/kube-vip.yaml";

/// The kubelet looks at its directory all the time.
const RESTARTS: &str = "the kubelet starts the pod again by itself";
/// Since 1.29 admin.conf may do nothing until the first host is set up.
const SUPER_ADMIN_CONF: &str = "super-admin.conf";

/// The manifest that runs it, and its path.
pub(super) fn find(tree: &Tree) -> Option<(&str, KubeVip)> {
    let mut files = tree.files.iter();
    files.find_map(|(path, file)| {
        name_of(path)?;
        let text = file.bytes()?;
        let has_its_name = || text.windows(8).any(|it| it == b"kube-vip");
        // Most manifests need not be read once more.
        let pod = has_its_name().then(|| KubeVip::parse(text).ok().flatten())??;
        Some((path.as_str(), pod))
    })
}

pub(super) fn check(examined: &Examined<'_>, record: &mut Record) {
    let Some((path, pod)) = find(examined.tree) else {
        if let Some(file) = examined.tree.get(PATH) {
            match file.bytes().map(KubeVip::parse) {
                Some(Err(error)) => {
                    let message = format!("cannot be read: {error}");
                    let fix = Fix::say("mend it, or write it again").and_say(RESTARTS);
                    let finding = Finding::new(Rule::ManifestMalformed, PATH, message, fix);
                    let line = error.position.map(|it| it.line);
                    record.fail(finding.at(place::of_line(line)));
                }
                Some(Ok(_)) => {
                    record.not_checked(PATH, "it is not a pod with kube-vip in it", None);
                }
                None => record.not_checked(PATH, etcd_unit::why_not(&file.content), None),
            }
        }
        return;
    };
    let checked = Checked {
        examined,
        path,
        pod: &pod,
    };
    checked.check_pod(record);
    if pod.has_withheld {
        record.not_checked(path, "flags of it stay on their host", None);
    } else {
        checked.check_modes(record);
        checked.check_command(record);
    }
    if !pod.has_withheld {
        checked.check_interface(record);
    }
    checked.check_address(record);
    checked.check_kubeconfig(record);
}

struct Checked<'a> {
    examined: &'a Examined<'a>,
    path: &'a str,
    pod: &'a KubeVip,
}

impl Checked<'_> {
    fn finding(&self, rule: Rule, line: usize, message: String, fix: impl Into<String>) -> Finding {
        self.finding_with(rule, line, message, Fix::say(fix))
    }

    fn finding_with(&self, rule: Rule, line: usize, message: String, fix: Fix) -> Finding {
        let fix = fix.and_say(RESTARTS);
        Finding::new(rule, self.path, message, fix).at(place::of_line(Some(line)))
    }

    /// What to write, with the command where a program can put it in the place of
    /// something else.
    fn rewrite(&self, line: usize, said: &str, (from, to): (&str, &str)) -> Fix {
        let tree = self.examined.tree;
        let mode = tree.get(self.path).map_or(0o600, |file| file.mode & 0o777);
        let command = command::replace(tree, self.path, line, (from, to), mode);
        command.into_iter().fold(Fix::say(said), Fix::and_run)
    }

    fn check_modes(&self, record: &mut Record) {
        let is_on = |setting: &Option<Setting>| setting.as_ref().is_some_and(Setting::is_true);
        let line = |setting: &Option<Setting>| {
            setting
                .as_ref()
                .map_or(self.pod.line, |setting| setting.line)
        };
        let pod = self.pod;
        // One for services alone has no address.
        let is_of_services = is_on(&pod.services) && pod.address.is_none();
        record.expect(is_on(&pod.control_plane) || is_of_services, || {
            let message = "does not have cp_enable \"true\": no host gets the virtual IP";
            let fix = "write the variable cp_enable with the value \"true\"";
            self.finding(
                Rule::KubeVipOff,
                line(&pod.control_plane),
                message.to_owned(),
                fix,
            )
        });
        let is_announced = [&pod.arp, &pod.bgp, &pod.routing_table]
            .into_iter()
            .any(is_on);
        record.expect(is_announced || !is_on(&pod.control_plane), || {
            let message =
                "has neither vip_arp nor bgp_enable \"true\": nobody hears of the virtual IP";
            let fix = "write the variable vip_arp with the value \"true\"";
            self.finding(Rule::KubeVipOff, line(&pod.arp), message.to_owned(), fix)
        });
        record.expect(pod.address.is_some() || !is_on(&pod.control_plane), || {
            let message = "has no address: no host gets the virtual IP";
            let fix = "write the variable address with the virtual IP";
            self.finding(Rule::KubeVipOff, pod.line, message.to_owned(), fix)
        });
        // Routes may lead to several hosts at once.
        if !is_on(&pod.arp) || !is_on(&pod.control_plane) {
            return;
        }
        record.expect(is_on(&pod.leader_election), || {
            let message = "does not have vip_leaderelection \"true\": every host takes the virtual IP at the same time";
            let fix = "write the variable vip_leaderelection with the value \"true\"";
            self.finding(Rule::KubeVipOff, line(&pod.leader_election), message.to_owned(), fix)
        });
    }

    /// Whether it does what is told here, and may keep its lease.
    fn check_command(&self, record: &mut Record) {
        let command = self.pod.command.as_ref();
        if let Some(command) = command.filter(|it| it.value != "manager") {
            let message = format!(
                "is told {}: only manager moves the virtual IP",
                Quoted(&command.value)
            );
            let said = "write manager as the first of args";
            let fix = self.rewrite(command.line, said, (&command.value, "manager"));
            record.fail(self.finding_with(Rule::KubeVipOff, command.line, message, fix));
        }
        /// kube-vip's own seconds.
        const USUAL: (u32, u32) = (5, 3);
        let number = |told: &Option<Setting>, usual| match told {
            Some(told) => told.value.parse::<u32>().ok(),
            None => Some(usual),
        };
        let (lease, renew) = (&self.pod.lease_duration, &self.pod.renew_deadline);
        for (name, told) in [("vip_leaseduration", lease), ("vip_renewdeadline", renew)] {
            let Some(told) = told else { continue };
            record.expect(told.value.parse::<i64>().is_ok(), || {
                let message = format!(
                    "{name} is {}, which is no number of seconds: kube-vip ends with 'invalid syntax'",
                    Quoted(&told.value)
                );
                let fix = "write a number of seconds there, without a unit";
                self.finding(Rule::KubeVipOff, told.line, message, fix)
            });
        }
        let (Some(duration), Some(deadline)) = (number(lease, USUAL.0), number(renew, USUAL.1))
        else {
            return;
        };
        record.expect(duration > deadline, || {
            let message = format!(
                "vip_leaseduration is {duration}, and vip_renewdeadline {deadline}: kube-vip ends with 'leaseDuration must be greater than renewDeadline'"
            );
            let fix = "write 5 for vip_leaseduration, 3 for vip_renewdeadline and 1 for vip_retryperiod";
            let line = lease.as_ref().or(renew.as_ref());
            let line = line.map_or(self.pod.line, |it| it.line);
            self.finding(Rule::KubeVipOff, line, message, fix)
        });
    }

    /// What the kubelet refuses, and what kube-vip cannot do without.
    fn check_pod(&self, record: &mut Record) {
        record.checked += 1;
        for fault in &self.pod.faults {
            let (message, said) = told(fault);
            let fix = match &fault.kind {
                PodFaultKind::OwnNetwork => self.rewrite(fault.line, &said, ("false", "true")),
                PodFaultKind::NotADirectory { written } => {
                    self.rewrite(fault.line, &said, (written, "File"))
                }
                PodFaultKind::Elsewhere { mounted } => {
                    self.rewrite(fault.line, &said, (mounted, KUBECONFIG))
                }
                _ => Fix::say(said),
            };
            let found = self.finding_with(Rule::KubeVipPod, fault.line, message, fix);
            // The host's own /etc/hosts may have the name.
            record.add(match fault.kind {
                PodFaultKind::NoAlias => found.with_severity(Severity::Warning),
                _ => found,
            });
        }
    }

    fn check_interface(&self, record: &mut Record) {
        let told = self.pod.interface.as_ref();
        let is_told = told.is_some_and(|told| !told.value.is_empty());
        record.expect(is_told, || {
            let message = "has no vip_interface: kube-vip takes the interface of the default route";
            let fix =
                "write the variable vip_interface with the interface that gets the virtual IP";
            let line = told.map_or(self.pod.line, |told| told.line);
            self.finding(Rule::KubeVipInterface, line, message.to_owned(), fix)
        });
    }

    /// Whether the virtual IP is that which clients look for.
    fn check_address(&self, record: &mut Record) {
        if let (Some(told), Some(address)) = (&self.pod.address, self.pod.virtual_ip()) {
            let found = VirtualIps {
                path: self.path,
                line: told.line,
                addresses: vec![address],
                reload: Fix::say(RESTARTS),
            };
            load_balancer::check_addresses(self.examined, found, record);
        }
        self.check_port(record);
    }

    /// Whether its port is that of the API server of its host, which it asks for its
    /// lease, whatever port clients connect to.
    fn check_port(&self, record: &mut Record) {
        let pod = self.pod;
        let is_on = |setting: &Option<Setting>| setting.as_ref().is_some_and(Setting::is_true);
        let is_asked = pod.asks_own_port && !pod.has_withheld && is_on(&pod.control_plane);
        let Some(port) = load_balancer::apiserver_port(self.examined).filter(|_| is_asked) else {
            return;
        };
        /// kube-vip's own.
        const USUAL: &str = "6443";
        let told = pod.port.as_ref();
        let word = told.map_or(USUAL, |it| it.value.as_str());
        record.expect(parse_port(word) == Some(port), || {
            // Without a lease nobody has to wait for one.
            let waits = is_on(&pod.leader_election);
            let (severity, gets) = match waits {
                true => (Severity::Error, "no host gets the virtual IP"),
                false => (Severity::Warning, "it hears nothing of the cluster"),
            };
            let message = format!(
                "the port is {}, and the API server of this host listens on {port}: kube-vip asks that one at kubernetes:{word}, 'connection refused', and {gets}",
                Quoted(word)
            );
            let fix = match told {
                Some(told) => {
                    let said = format!("write \"{port}\" there");
                    self.rewrite(told.line, &said, (word, &port.to_string()))
                }
                None => Fix::say(format!("write the variable port with the value \"{port}\"")),
            };
            let line = told.map_or(pod.line, |it| it.line);
            let found = self.finding_with(Rule::VirtualIpEndpoint, line, message, fix);
            found.with_severity(severity)
        });
    }

    fn check_kubeconfig(&self, record: &mut Record) {
        let Some(told) = &self.pod.kubeconfig else {
            return;
        };
        let examined = self.examined;
        let tree = examined.tree;
        let path = tree.location.path_of(&told.value);
        if let Some(path) = path.filter(|path| tree.is_in_reach(path)) {
            record.checked += 1;
            if tree.lacks(&path) {
                let message = format!(
                    "mounts {}, which is not on this host: the pod does not start",
                    Quoted(&told.value)
                );
                let fix = match told.value.ends_with(SUPER_ADMIN_CONF) {
                    true => {
                        "write /etc/kubernetes/admin.conf: only the first host has super-admin.conf"
                    }
                    false => "write /etc/kubernetes/admin.conf",
                };
                record.add(self.finding(Rule::KubeVipKubeconfig, told.line, message, fix));
                return;
            }
        }
        // What kubeadm init made lets admin.conf in.
        let runs = examined.manifests.of(Component::ApiServer).is_some();
        let is_super = told.value.ends_with(SUPER_ADMIN_CONF);
        if is_super && runs {
            let message =
                "goes on with super-admin.conf, which no RBAC limits, though the cluster runs";
            let fix = "write /etc/kubernetes/admin.conf";
            let found = self.finding(Rule::KubeVipKubeconfig, told.line, message.to_owned(), fix);
            record.fail(found.with_severity(Severity::Warning));
        }
        // The file is there since admin.conf may do nothing at first, and on the host
        // alone that runs kubeadm init.
        if tree.has(SUPER_ADMIN_CONF) && !is_super && !runs {
            let message = "goes to the API server with admin.conf, which has no rights before kubeadm init is done, and kubeadm init waits for the virtual IP";
            let fix = "write /etc/kubernetes/super-admin.conf, and admin.conf again when the cluster runs";
            record.fail(self.finding(Rule::KubeVipKubeconfig, told.line, message.to_owned(), fix));
        }
    }
}

/// What a fault does, and what to write.
fn told(fault: &PodFault) -> (String, String) {
    match &fault.kind {
        PodFaultKind::NotAText { variable, value } => (
            format!(
                "the value of {} is {} without quotation marks, which is no text: the kubelet does not start the pod",
                Quoted(variable),
                Quoted(value)
            ),
            format!("write value: \"{value}\""),
        ),
        PodFaultKind::OwnNetwork => (
            "has no hostNetwork: true: the virtual IP comes up in the pod, and not on the host".to_owned(),
            "write hostNetwork: true in spec".to_owned(),
        ),
        PodFaultKind::NoVolume => (
            "mounts a volume that it does not have: the pod does not start".to_owned(),
            "give the mount and the volume the same name".to_owned(),
        ),
        PodFaultKind::Elsewhere { mounted } => (
            format!("mounts its kubeconfig at {}: kube-vip looks for /etc/kubernetes/admin.conf", Quoted(mounted)),
            "write mountPath: /etc/kubernetes/admin.conf".to_owned(),
        ),
        PodFaultKind::NoAlias => (
            "has no hostAliases: kube-vip asks for the API server at the name kubernetes, which nothing here tells".to_owned(),
            "write hostAliases in spec, with ip: 127.0.0.1 and the hostname kubernetes".to_owned(),
        ),
        PodFaultKind::NoCapability => (
            "does not add the capability NET_ADMIN: it may not put the virtual IP on the interface".to_owned(),
            "write securityContext with capabilities: add: [NET_ADMIN, NET_RAW]".to_owned(),
        ),
        PodFaultKind::NoImage => (
            "has no image: the kubelet does not start the pod".to_owned(),
            "write the image of kube-vip: kpki render -f FILE --out DIR has it".to_owned(),
        ),
        PodFaultKind::NotADirectory { written } => (
            format!(
                "has its kubeconfig, which is a file, of the type {}: 'hostPath type check failed'",
                Quoted(written)
            ),
            "write type: File".to_owned(),
        ),
    }
}
