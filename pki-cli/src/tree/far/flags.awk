# The words of a command, behind line.awk. Only flags that somebody here reads
# pass, if what they say has the form of addresses, names or paths; all else is
# withheld.
BEGIN {
  count = split("name advertise-address secure-port bind-address service-cluster-ip-range requestheader-allowed-names etcd-servers " \
    "listen-client-urls listen-peer-urls advertise-client-urls initial-advertise-peer-urls initial-cluster " \
    "initial-cluster-state initial-cluster-token data-dir peer-cert-allowed-cn peer-cert-allowed-hostname " \
    "client-cert-auth auto-tls peer-client-cert-auth peer-auto-tls " \
    "client-ca-file root-ca-file requestheader-client-ca-file trusted-ca-file peer-trusted-ca-file etcd-cafile " \
    "cluster-signing-cert-file cluster-signing-key-file tls-cert-file tls-private-key-file tls-sni-cert-key cert-dir " \
    "kubelet-client-certificate kubelet-client-key proxy-client-cert-file proxy-client-key-file " \
    "etcd-certfile etcd-keyfile cert-file key-file peer-cert-file peer-key-file " \
    "service-account-private-key-file service-account-signing-key-file service-account-key-file " \
    "kubeconfig authentication-kubeconfig authorization-kubeconfig " \
    "admission-control-config-file audit-webhook-config-file authentication-token-webhook-config-file " \
    "authorization-config authorization-webhook-config-file config config-file egress-selector-config-file " \
    "controlplane services arp bgp table leaderElection leaderElectionType autodetectcp interface address vip port leaseName namespace leaseDuration leaseRenewDuration", words, " ")
  for (; count; count--) flags[words[count]] = 1
}

# Nothing that they say is so long without a break.
function is_long(rest) {
  while (match(rest, /[A-Za-z0-9+\/=_-]+/)) {
    if (RLENGTH > 150) return 1
    rest = substr(rest, RSTART + RLENGTH)
  }
  return 0
}
function is_public(text) { return text ~ /^[][A-Za-z0-9.:,=_\/${}()*-]*$/ && !is_long(text) }
# The name of a variable says nothing of what is in it.
function is_reference(text) { return text ~ /^\$([A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\})$/ }
# Which files of the tree are named counts, whatever names them.
function is_path(text) {
  return text ~ /^\/(etc|var|usr|srv|opt|run|home|root|data|mnt)\/[A-Za-z0-9._\/-]+$/ && !is_long(text)
}

# One word of a command.
function word(text, flag, equals, said) {
  if (text !~ /^-/) {
    flag = before; before = ""
    # A truth value needs no word, and has then no other behind it.
    if (flag ~ /(-auth|auto-tls)$/) return text ~ /^(true|false)$/ ? text : "withheld"
    if (flag in flags) { if (!is_public(text)) refuse(); return text }
    if (is_path(text) || is_reference(text)) return text
    if (flag == "" && text ~ /^(kube-apiserver|kube-controller-manager|kube-scheduler|etcd|hyperkube|apiserver|controller-manager|scheduler|kube-vip|manager|service)$/) return text
    return "withheld"
  }
  if (text == "--") return text
  equals = index(text, "=")
  flag = equals ? substr(text, 1, equals - 1) : text
  said = substr(text, length(flag) + 2)
  before = flag
  sub(/^--?/, "", before); gsub(/_/, "-", before)
  if (before in flags) {
    if (!equals) return text
    before = ""
    if (!is_public(said)) refuse()
    return text
  }
  before = equals ? "" : "withheld"
  return "--withheld" (equals ? "=" (is_path(said) || is_reference(said) ? said : "withheld") : "")
}
