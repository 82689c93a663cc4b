//! What is beside the certificates on a host: etcd as a service, keepalived, and
//! kubeadm's configuration.

macro_rules! services {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)*
    "etcd as a service" {
        EtcdUnitVariable, "etcd-unit-variable", Error,
            "etcd does not start: 'expected IP in URL for binding (https://:2380)', or takes an empty name",
            "systemd puts the variables of EnvironmentFile= and Environment= into the flags of etcd.service, and \
            nothing in the place of one that is missing or empty. etcd then gets --name= or https://:2379 and ends \
            with 'expected IP in URL for binding (https://:2380)'. It comes about where a page of a guide lost its \
            variables (echo \"PEER_NAME=\" >> /etc/etcd.env), where a script wrote the file before the address was \
            known, or where the file was not copied. Write the literal value into the file, then systemctl \
            daemon-reload and restart etcd.";
        EtcdFlagAndVariable, "etcd-flag-and-variable", Error,
            "etcd does not start: 'conflicting environment variable \"ETCD_NAME\" is shadowed by corresponding command-line flag (either unset environment variable or disable flag)'",
            "etcd takes every flag as a variable as well, ETCD_NAME for --name. Since 3.4 it does not start if both \
            are there, even with the same value; before, it went by the flag. It comes about where the file of a \
            package, /etc/default/etcd, is kept beside a unit with flags. Take one of them away.";
        EtcdUnitFlag, "etcd-unit-flag", Error,
            "etcd does not start: 'flag provided but not defined: -...'",
            "etcd.service gives etcd a flag that no release from 3.2 to 3.6 knows: a slip of the keyboard, or _ for -, \
            which Kubernetes takes and etcd does not. etcd ends at once with 'flag provided but not defined', and systemd \
            starts it again and again. Everything else is judged as if the flag that is most likely meant were there. A flag \
            that is like none of them is a warning without a description of the set-up, as a newer etcd may know it. So is one that \
            the version in the description does not know, such as --enable-v2 since 3.6: another one may be installed.";
        EtcdUnitCommand, "etcd-unit-command", Error,
            "etcd does not start, or without its flags: 'Unknown key name ... in section Service, ignoring', 'Service has no ExecStart=... Refusing.'",
            "systemd does not run the command of etcd.service that is meant. A line without a backslash at its end ends the \
            command, and systemd passes over the flags behind it. A second ExecStart= beside the first one, mostly in a drop-in \
            without an empty ExecStart= before it, makes systemd refuse the unit. A unit without ExecStart= in [Service], one that \
            is masked on a member, and a slip in the name of the program run nothing. systemd-analyze verify shows most of it.";
        EtcdUnitSetting, "etcd-unit-setting", Error,
            "etcd does not start, is not reached, or makes a cluster of its own",
            "A flag of etcd.service is not there or does not fit the others. With TLS etcd wants a certificate and a key for each \
            port, with --listen-client-urls also --advertise-client-urls, and in --initial-advertise-peer-urls what --initial-cluster has for \
            the member, where the default is http://localhost:2380. Without --initial-cluster it makes a cluster of one member, which the \
            others refuse with 'request cluster ID mismatch'. What it gives out has to be where it listens, by address and port. \
            --initial-cluster-state knows new and existing alone. The message has the words with which etcd ends.";
        EtcdUnitConflict, "etcd-unit-conflict", Note,
            "systemd drops the setting: 'Dependency Conflicts=etcd.service is dropped'",
            "The unit is said to conflict with itself, as in the guides of 2018, where Conflicts=etcd.service meant \
            the unit of a package of the same name. systemd drops that and logs it at every reload. The service \
            runs all the same; systemd-analyze verify shows the line.";
        EtcdKeyUnreadable, "etcd-key-unreadable", Error,
            "etcd does not start: 'open /etc/kubernetes/pki/etcd/server.key: permission denied'",
            "The unit runs etcd as a user of its own, and the key belongs to root with a mode that lets nobody else \
            read it. Keys that were copied as root are so. etcd itself does not look at the modes, it only fails \
            to open the file. Give the key to the user, or let the unit run as root.";
        EtcdPeerAnyClient, "etcd-peer-any-client", Warning,
            "whoever has any client certificate of etcd's CA is let in on the peer port 2380, where he may read the members and act as one",
            "On its peer port etcd checks no more than that the certificate is of --peer-trusted-ca-file, and of one \
            without names in it not even the address. Where the same CA signs clients, as in the guides, the \
            certificate of an API server or of whoever looks after etcd does there as well: GET /members is \
            answered, and a program with it can take a member's place. Measured with etcd 3.4. Either all peer \
            certificates have one common name that --peer-cert-allowed-cn asks for, or peers have a CA of their own. \
            kubeadm's pods are open in the same way, which is not reported.";
        EtcdPeerAllowedCn, "etcd-peer-allowed-cn", Error,
            "the other members refuse this one: 'client certificate authentication failed', before 3.4 'CommonName authentication failed'",
            "--peer-cert-allowed-cn names the common names that members may have, and the peer certificate here has \
            another. The flag is the same on all members, so that this one is refused by each of them, and the \
            cluster goes on without it until one more is lost. It comes about where a certificate was made again \
            by a tool that puts the host's name there. Issue it with the name that is asked for.";
        EtcdMemberUrl, "etcd-member-url", Error,
            "members look for it where it is not, and a new cluster does not come up, or without it: 'dial tcp ...: connect: no route to host', 'first record does not look like a TLS handshake'",
            "An entry of --initial-cluster does not lead to its member. The address is neither in the description \
            nor in the URLs and the certificate that the member itself has, the port is another one than it listens \
            on, the URL is http:// where members speak TLS, or a member that the description has is left out. The list is often \
            the same wrong one on all hosts, so that comparing them shows nothing. Members read it when they have no \
            data: with the wrong one a new cluster does not come up, or without that member; the member itself ends with \
            '--initial-cluster has ... but missing from --initial-advertise-peer-urls'. Of a cluster that exists already, \
            --initial-cluster-state=existing, this is a note.";
    }
    "keepalived" {
        KeepalivedAuthPass, "keepalived-auth-pass", Warning,
            "the rest does not count: 'Truncating auth_pass to 8 characters'",
            "Of a password of VRRP eight characters go over the network, unencrypted, and keepalived cuts off the \
            rest and logs 'Truncating auth_pass to 8 characters'. The 32 digits that guides print are public, and \
            two clusters that copied them agree in what counts. Write eight characters of your own on every host.";
        KeepalivedScriptSecurity, "keepalived-script-security", Warning,
            "keepalived logs 'SECURITY VIOLATION - scripts are being executed but script_security not enabled', and runs what others may have changed",
            "Without enable_script_security keepalived runs its scripts, as root mostly, whoever may write to \
            them. It says so at every start. With enable_script_security and script_user root in global_defs it \
            refuses a script that others than root can change, or that lies in a directory of that kind.";
        KeepalivedScript, "keepalived-script", Error,
            "the check cannot be run, so that its host gives up the virtual IP or keepalived drops the check: 'WARNING - script ... is not executable'",
            "A script that keepalived goes by is missing, cannot be run, or can be changed by others than root. Of \
            a missing one keepalived says 'Script ... is not accessible' or 'not executable, disabling', and then \
            nothing looks after the API server any more. A copy without modes does this: the script needs 0755 \
            and root. A script with lines that end as those of Windows, with an interpreter that no system has, or \
            with no command in it checks nothing either.";
        KeepalivedCheckStatus, "keepalived-check-status", Warning,
            "the virtual IP stays with an API server that answers every request with an error",
            "curl without --fail takes an answer of HTTP 500 for success. An API server whose etcd is gone answers \
            so, and the check of the guides of 2018 finds nothing wrong with it. Ask \
            https://localhost:6443/healthz with curl --silent --fail --insecure --max-time 2. A script that ends well \
            whatever the API server does, or badly when it is well, is an error: '|| true', exit 0 behind a failure, \
            or a test that is turned around.";
        KeepalivedCheckAddress, "keepalived-check-address", Warning,
            "the check fails on hosts that do not have the virtual IP, as grep takes 10.0.0.10 for 10.0.0.1",
            "The script looks for the virtual IP with grep, to ask the API server by it where it is. Without -w \
            every address that begins with it is found, and a dot stands for any sign. The host then asks \
            another one by the virtual IP and is blamed for that one's failure. To ask this host's own API server is \
            enough.";
        KeepalivedSlow, "keepalived-slow", Warning,
            "for half a minute clients go on to an API server that is dead: 'connection refused'",
            "keepalived gives the virtual IP away after as many failed checks as fall says, each interval seconds \
            after the last. The guides have 3 and 10, and 32.5 seconds without an API server were measured with \
            that. With interval 1, timeout 3 and fall 2 it is 4 to 5 seconds, most of them those of VRRP itself.";
        KeepalivedRouterId, "keepalived-router-id", Error,
            "keepalived does not start the instance: 'VRID not valid - must be between 1 & 255'",
            "virtual_router_id tells one virtual router from others in a network. It is a number from 1 to 255, the \
            same on all hosts of a cluster and different from that of every other cluster beside it. With any other \
            value the instance is left out, and no host has the virtual IP.";
    }
    "kubeadm's configuration" {
        KubeadmConfigMalformed, "kubeadm-config-malformed", Warning,
            "kubeadm does not read it: kubeadm init --config and kubeadm join --config end with an error",
            "A kubeadm-config.yaml, kubeadm-join.yaml or config.yaml beside the certificates is one that kubeadm \
            refuses, which is an error, or has a field that it passes over, mostly a slip. A kind or a field that a newer kubeadm may \
            know is a warning. What runs does not depend on it; the next kubeadm command that is given it does. The message \
            has the line and the field.";
        KubeadmConfigName, "kubeadm-config-name", Warning,
            "kubeadm init keeps the certificate that is there and does not look at its names, and kubeadm join ends with 'certificate apiserver is invalid: x509: certificate is valid for ..., not ...'",
            "kubeadm's configuration on this host has an address or a name that the API server's certificate beside \
            it does not name: the advertised address, the endpoint of the control plane, or one of certSANs. kubeadm init phase \
            certs takes a certificate that exists and looks only at its CA and dates; kubectl then says \
            'x509: certificate is valid for ..., not 10.0.0.100'. Either the file is another host's, or the name \
            was added after the certificate was made.";
        KubeadmConfigFile, "kubeadm-config-file", Warning,
            "kubeadm ends with 'couldn't load external etcd's server certificate', or writes a manifest that names what is not there",
            "etcd.external of kubeadm's configuration names the CA, the certificate and the key with which the API \
            server reaches etcd. One of them is not there, or is an error: it is a file of another use, a CA or a pair that etcd \
            does not know. kubeadm checks them at the start, and an API server with \
            such flags stops at once: 'no such file or directory'.";
        KubeadmConfigCaHash, "kubeadm-config-ca-hash", Error,
            "kubeadm join refuses the cluster: 'cluster CA found in cluster-info ConfigMap is invalid: none of the public keys \"sha256:...\" are pinned'",
            "caCertHashes pins the keys of the CAs by which a host that joins knows the cluster. None of those in \
            the file is that of the CA on this host: the file is of another cluster, or older than the CA. kubeadm \
            join --config with it ends with 'none of the public keys are pinned'. kpki hash prints the right one.";
        KubeadmConfigEndpoint, "kubeadm-config-endpoint", Error,
            "kubeadm join waits for an API server that is not there, or finds another cluster: 'couldn't validate the identity of the API Server', 'context deadline exceeded'",
            "A file for kubeadm join names the API server to ask, apiServerEndpoint, and it is none of this cluster's: \
            neither the description nor the kubeconfigs, the API server's certificate or the files of other hosts have it. \
            kubeadm join waits for five minutes and ends with 'context deadline exceeded', or is refused by the cluster that does \
            answer there. Another port of the right address is a warning. Or the file that makes the cluster has no \
            controlPlaneEndpoint or another one than the description or the kubeconfigs beside it: kubeadm init then writes it \
            into the cluster, and without it no further host joins the control plane. Mostly the virtual IP \
            was changed and the file not rendered anew.";
        KubeadmConfigHost, "kubeadm-config-host", Error,
            "the host joins under another's name or address, or as a worker where it is to be of the control plane",
            "kubeadm's configuration on this host is another one's: nodeRegistration.name or advertiseAddress is not this host's, a file for \
            kubeadm join of a control plane host has no controlPlane, or one of a worker has it. Without controlPlane kubeadm join makes a \
            worker of the host, and with another's name the kubelet is 'not allowed to modify node' or takes that node's place. Mostly the \
            file was copied from one host to the next. Write what belongs to this one, or have kpki render write the files again.";
        KubeadmConfigEtcd, "kubeadm-config-etcd", Error,
            "the API server connects to an etcd that is not there: 'dial tcp ...: connect: connection refused', or has fewer members to go on with",
            "etcd.external.endpoints of kubeadm's configuration goes into --etcd-servers of every API server. An entry is no \
            member of etcd by the description or by the members' own list, or has another port: the API server tries it \
            first or second and logs 'context deadline exceeded'. A member that is left out is a warning, as the \
            API server goes on with the others until these are gone. Write the client URLs of all members.";
        KubeadmConfigRange, "kubeadm-config-range", Error,
            "services or pods get addresses that the certificates and the network of the others do not have: 'x509: certificate is valid for 10.96.0.1, ... not ...'",
            "serviceSubnet or podSubnet of kubeadm's configuration is another one than the cluster's. The first \
            address of services stands in the API server's certificate: pods on such a host call the API server by another \
            one and refuse it. kubeadm init on each host with different ranges, as the first guides had it, leaves API servers \
            that give out overlapping addresses. Write the same ranges on all hosts.";
        KubeadmConfigSetting, "kubeadm-config-setting", Error,
            "the API server listens on another port than clients ask, or kubeadm makes other certificates than those that lie there",
            "bindPort, certificatesDir or dnsDomain of kubeadm's configuration is another one than the description of the cluster \
            has, or without one, than the kubeconfigs and certificates beside it; kubernetesVersion or clusterName than the description has, \
            a warning, as what runs may be newer than the file. With another port the checks and load balancers in front of the API server find nobody; with another certificatesDir \
            kubeadm does not see the certificates that are there and makes its own, with a CA of its own; with another dnsDomain the API \
            server's certificate lacks the name that pods ask for. Write what the description has, or have kpki render write the file again.";
        SetUpFileMissing, "set-up-file-missing", Warning,
            "the host does not do its part: no member of etcd starts there, or the virtual IP never goes there",
            "A file of the set-up is not on this host, and other hosts of its kind have theirs: the unit of etcd, \
            keepalived's or haproxy's configuration, kube-vip's manifest, or what kubeadm init or kubeadm join is to read. The certificates \
            for it are there, so that nothing else shows it. With a description of the kind Setup that wants the file, on a host that has \
            others of the set-up already or where kube-apiserver runs, it is an error, but for kubeadm's configuration; on a host that was \
            not set up yet, or where nobody described it, a warning. kpki render writes the files again.";
    } } };
}
pub(super) use services;
