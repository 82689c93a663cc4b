//! What stands in front of the API servers: keepalived, haproxy, kube-vip.

macro_rules! virtual_ip {
    ($($before:tt)*) => { $crate::rules::joined! { $($before)*
    "The virtual IP" {
        KeepalivedBraces, "keepalived-braces", Error,
            "keepalived takes the rest for something else and runs without it: 'There are 1 missing '}'s or extra '{'s', 'Unknown keyword 'vrrp_instance''",
            "A block of keepalived.conf is not closed or not opened. keepalived does not refuse the file: it reads on \
            inside of the wrong block, and starts. Measured with 2.2.7: without the brace of vrrp_script there is no \
            instance, 'keepalived has no configuration to run'; without that of authentication the instance has no \
            virtual IP, 'No VIP specified; at least one is sensible'. keepalived -t says it and ends with 5. \
            Nothing else in the file is checked until it is mended.";
        KeepalivedValue, "keepalived-value", Warning,
            "keepalived goes on with another value than the file seems to say, mostly without a word",
            "A line of an instance does not mean what it says. Of 'interface eth0 eth1' the first word counts and \
            keepalived -t is silent; of an unknown state it takes BACKUP, of a priority outside of 1 to 255 it takes \
            100; it ignores authentication with VRRP version 3 or vrrp_strict, and an auth_type that it does not know; it clears nopreempt where the state is MASTER. \
            Of a misspelt word it says 'Unknown keyword', of 1s 'invalid number', and its default counts; behind the misspelt name of a block it loses the rest as well, which is an error. \
            With vrrp_strict or no_accept it drops what clients send to the virtual IP, although the address is there: an error. Without an interface ('Unknown interface!') it does not start, \
            and an instance without virtual_ipaddress moves nothing: those are errors.";
        KeepalivedNoCheck, "keepalived-no-check", Error,
            "the virtual IP stays with a host whose API server is dead: 'connection refused' until somebody notices",
            "No track_script of the instance names a check that is there, so that keepalived looks after nothing but \
            its own life. It gives the virtual IP away when the host or keepalived dies, and never when kube-apiserver \
            does. keepalived -t is silent if the block is missing, and says 'track script check_apiserver not found, \
            ignoring...' if it names another one, or if script_user is nobody on this system: 'Unable to set default user for vrrp script'. \
            A check with a weight alone has no effect where the instance has nopreempt, as measured with 2.2.7: the host whose check failed keeps the virtual IP with its lower priority; nor where the priority is 255. Write track_script with the name of the vrrp_script.";
        KeepalivedUnicast, "keepalived-unicast", Error,
            "two hosts hold the virtual IP at the same time, and connections break whenever the network changes its mind",
            "With unicast_peer a host writes to the addresses in the list and to nobody else. A host that the MASTER \
            leaves out hears nothing and becomes MASTER as well, which was measured with keepalived 2.2.7: 'Received \
            advert from 10.0.0.12 with lower priority 130, ours 150, forcing new election' once a second and the \
            address on both. The same happens where one host writes to a list and another to the multicast group. Every host lists all \
            others, and unicast_src_ip is its own address.";
        KeepalivedUnicastPeer, "keepalived-unicast-peer", Warning,
            "keepalived writes to whom nobody is: 'equal priority advert received from remote host with our IP address' every second, or no answer",
            "An address in unicast_peer is that of this host itself, or of no host of the control plane. Neither stops the \
            virtual IP from moving; the first fills the log. Mostly one list was copied to all hosts, or a host has \
            left or got another address, and then the one that is meant hears nothing.";
        VirtualIpEndpoint, "virtual-ip-endpoint", Error,
            "clients connect to an address that no host has: 'no route to host', or a timeout",
            "keepalived or kube-vip moves one address, and kubeadm's configuration or the kubeconfigs on the host have another, \
            which the API server's certificate names as well. kubelets and kubectl never find the cluster by it. kubeadm \
            init ends with 'timed out waiting for the condition' for the same reason. The port in kube-vip's manifest is that of \
            the API server, which kube-vip asks for its lease at kubernetes:PORT: with another one no host gets the \
            address, 'connection refused'. Clients' port is no matter of kube-vip.";
        KeepalivedCheckUrl, "keepalived-check-url", Error,
            "the check fails on every host however well the API server is, or succeeds though this host's is dead: either way the virtual IP does not follow it",
            "The script asks something else than the API server of its own host: another port, another host, or a path \
            that is answered with 403 to whoever shows no certificate, as / is, which --fail takes for a failure. Or curl does not know one of the options, and asks nobody. A \
            check that fails everywhere lowers all priorities alike, and nothing moves. Ask \
            https://localhost:6443/healthz, with the port of the API server, or of haproxy in front of it.";
        VirtualIpTwice, "virtual-ip-twice", Error,
            "two programs hold the virtual IP at the same time, mostly on two hosts, and connections break whenever the network changes its mind",
            "keepalived and kube-vip on this host move the same address. Each elects a host by a way of its own, so that keepalived \
            has it on one host and kube-vip on another. Mostly the one was tried and the other came later. The description says \
            which is meant; end the other on every host: systemctl disable --now keepalived, or take kube-vip's manifest away.";
        HaproxyRefused, "haproxy-refused", Error,
            "haproxy does not start, and a reload leaves it with what it had: 'unknown keyword', 'unable to find required default_backend', 'another server named'",
            "haproxy.cfg has a word that haproxy does not know, passes on to a backend that is not there, has two servers or two \
            backends with one name, an option of a server that there is not, or a bind without a port. haproxy refuses the whole file; haproxy -c says why. Nothing else in \
            the file is checked until it is mended.";
        HaproxyConnection, "haproxy-connection", Error,
            "the API server or its clients hear something else than TLS: 'first record does not look like a TLS handshake', or nobody is heard at all",
            "Clients speak TLS with the API server itself, which tells them by their certificates, so that haproxy passes bytes on. With ssl \
            on a server it speaks TLS around theirs, with ssl crt on bind it ends theirs, and with send-proxy it says something before them that \
            the API server does not know. A server that is disabled gets no connection; a warning unless all are. Of timeouts that are too short a \
            number without a unit is the usual cause, as it means milliseconds: that is a warning as well. haproxy -c is silent about all of it.";
        HaproxyPort, "haproxy-port", Error,
            "clients get 'connection refused' at the endpoint, or haproxy does not start: 'cannot bind socket (Address already in use)'",
            "haproxy takes connections on the port of the control plane's endpoint and passes them on to the API \
            servers, which have another one on the same hosts. Here no bind has the endpoint's port, or it has it at \
            127.0.0.1 or another address than the virtual IP alone, or a bind has the port \
            of the API server, which listens at every address unless --bind-address names one: only one of the two \
            programs can have it, at the virtual IP too. haproxy -c notices none of it.";
        HaproxyMode, "haproxy-mode", Error,
            "haproxy takes TLS for HTTP and closes every connection: BADREQ in its log, 'http: server gave HTTP response to HTTPS client' or EOF from kubectl",
            "The way to the API servers is in mode http, its own or that of defaults. Clients speak TLS with the API \
            server itself, as their certificates are checked there, so that haproxy sees no HTTP at all. haproxy -c \
            finds the file valid. Write mode tcp.";
        HaproxyCheck, "haproxy-check", Warning,
            "haproxy sends connections to an API server that is dead, or to none: 'backend has no server available'",
            "A server without check gets its share of connections whether it lives or not, and every third kubectl \
            hangs. A check that asks for a page without TLS ('option httpchk' without 'http-check connect ssl' or \
            check-ssl) gets HTTP 400 from each API server and takes all of them out, and one over TLS without 'verify \
            none' or ca-file keeps haproxy from starting: 'verify is enabled by default but no CA file specified'. \
            Those are errors, and so is a check that every API server fails: it asks for a page that needs a \
            certificate, as / does ('403 Forbidden'), or counts another status or text as good than the one that comes: 200 and ok.";
        HaproxyServer, "haproxy-server", Error,
            "some connections go where no API server is: 'connection refused', or the certificate of something else",
            "A backend has the API servers of this cluster and beside them a server that is none: an address that no \
            host of the control plane has, or a port that kube-apiserver does not listen on. A check takes such a server \
            out; without one every so many connections fail. It is mostly a host that left the cluster, or a port that \
            was typed again.";
        KubeVipOff, "kube-vip-off", Error,
            "no host has the virtual IP, and kube-vip ends with 'no features are enabled'; or all have it at once",
            "kube-vip moves the virtual IP only if it runs as manager and has an address, if cp_enable is true, and vip_arp or \
            another way to announce it is; only one host takes it if vip_leaderelection is true, with a lease that lasts \
            longer than vip_renewdeadline. All are false unless they are said. It takes them from flags such as \
            --controlplane, and from the environment of its pod, which counts more and where a name that is misspelt is passed over.";
        KubeVipPod, "kube-vip-pod", Error,
            "kube-vip does not run, or cannot reach the API server or the interface: 'cannot unmarshal bool into Go struct field EnvVar.value', 'operation not permitted'",
            "The manifest of kube-vip lacks what its pod cannot do without: values of variables that are texts (\"true\" in \
            quotation marks), hostNetwork, the capability NET_ADMIN, a volume for each mount, and the kubeconfig at \
            /etc/kubernetes/admin.conf. That the name kubernetes leads to this host, which hostAliases say, is a warning, \
            as /etc/hosts of the host may say it.";
        KubeVipInterface, "kube-vip-interface", Note,
            "kube-vip takes the interface of the default route, which need not be that of the other hosts",
            "vip_interface is not set, so kube-vip looks for the default gateway and takes its interface: 'auto-detecting default Interface'. \
            With several networks the virtual IP may come up in the wrong one. Write the interface.";
        KubeVipKubeconfig, "kube-vip-kubeconfig", Error,
            "the pod does not start: 'hostPath type check failed', or gets no lease: 'leases.coordination.k8s.io \"plndr-cp-lock\" is forbidden: User \"kubernetes-admin\"'",
            "kube-vip asks the API server for a lease with the kubeconfig that its manifest mounts. One that is not there keeps \
            the pod from starting. Since 1.29 admin.conf has no rights before kubeadm init has made \
            them, and kubeadm init waits for the virtual IP: the first host needs super-admin.conf until then \
            (kube-vip#684), the others have no such file. Once the cluster runs, admin.conf is enough, and \
            super-admin.conf, which no RBAC limits, should not be used any more: that is a warning.";
        KubeVipDiffers, "kube-vip-differs", Error,
            "the hosts do not take turns with one virtual IP: it answers at two addresses, or moves where nobody looks for it",
            "kube-vip's manifests name another virtual IP, or another lease, on some hosts. Hosts with one lease elect one of \
            them, which then takes the address of its own manifest; hosts with different ones both take theirs. Write the \
            same on all hosts.";
        LoadBalancerDiffers, "load-balancer-differs", Warning,
            "the host is set up otherwise than the description says, which the next kpki render would change",
            "The cluster file has a Setup document, and keepalived.conf, haproxy.cfg or kube-vip's manifest on the host says \
            something else: another virtual IP, auth_type or version of VRRP, which are errors, another interface, router id, password, or way to write \
            to each other. Either the file was changed by hand, or the description was changed and not rendered again. \
            Passwords are compared and never shown.";
    } } };
}
pub(super) use virtual_ip;
