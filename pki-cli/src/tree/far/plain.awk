# The public view of a manifest or of what configures the kubelet, behind
# line.awk. Only fields and flags that somebody here reads pass, if what they say
# has the form of addresses, names or paths; all else is withheld, names too.
BEGIN {
  count = split("kind spec containers command args env envFrom name image authentication x509 clientCAFile tlsCertFile tlsPrivateKeyFile", words, " ")
  for (; count; count--) fields[words[count]] = 1
  count = split("name advertise-address secure-port service-cluster-ip-range requestheader-allowed-names etcd-servers " \
    "listen-client-urls listen-peer-urls advertise-client-urls initial-advertise-peer-urls initial-cluster " \
    "client-cert-auth auto-tls peer-client-cert-auth peer-auto-tls " \
    "client-ca-file root-ca-file requestheader-client-ca-file trusted-ca-file peer-trusted-ca-file etcd-cafile " \
    "cluster-signing-cert-file cluster-signing-key-file tls-cert-file tls-private-key-file tls-sni-cert-key cert-dir " \
    "kubelet-client-certificate kubelet-client-key proxy-client-cert-file proxy-client-key-file " \
    "etcd-certfile etcd-keyfile cert-file key-file peer-cert-file peer-key-file " \
    "service-account-private-key-file service-account-signing-key-file service-account-key-file " \
    "kubeconfig authentication-kubeconfig authorization-kubeconfig " \
    "admission-control-config-file audit-webhook-config-file authentication-token-webhook-config-file " \
    "authorization-config authorization-webhook-config-file config config-file egress-selector-config-file", words, " ")
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
function is_public(text) { return text ~ /^[][A-Za-z0-9.:,=_\/$()*-]*$/ && !is_long(text) }
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
    if (is_path(text)) return text
    if (flag == "" && text ~ /^(kube-apiserver|kube-controller-manager|kube-scheduler|etcd|hyperkube|apiserver|controller-manager|scheduler)$/) return text
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
  return "--withheld" (equals ? "=" (is_path(said) ? said : "withheld") : "")
}

# What a field says.
function of_field(said) {
  if (name == "kind") return said ~ /^(Pod|KubeletConfiguration)$/
  if (name == "name") return said ~ /^(kube-apiserver|kube-controller-manager|kube-scheduler|etcd|ETCD_[A-Z0-9_]+)$/
  if (name == "image") return said ~ /^[a-z0-9.\/:@_-]+$/ && !is_long(said)
  if (name ~ /File$/) { if (!is_public(said)) refuse(); return 1 }
  return 0
}

{ sub(/\r$/, ""); sub(/[ \t]+$/, "") }
NR == 1 && substr($0, 1, 3) == "\357\273\277" { refuse() }
/^[ ]*$/ || /^[ ]*#/ { out(""); next }
/^(---|\.\.\.)$/ || /^[ ]*[][{}]+,?$/ { out($0); next }
/^[ ]*(- +)*"?[A-Za-z][A-Za-z0-9._\/-]*"?[ ]*:([ ]|$)/ {
  take()
  if (name != "args") before = ""
  if (!(name in fields)) {
    # The same for the same, so that what is there twice is seen.
    if (!(name in numbers)) numbers[name] = ++number
    mark = start ~ /"/ ? "\"" : ""
    sub(/[A-Za-z"].*$/, "", start)
    start = start mark "withheld-" numbers[name] mark ":"
  }
  if (is_plain()) { out(start (bare == "" ? "" : " " bare) comma); next }
  if (quote == "") sub(/[ ]+#.*$/, "", bare)
  follow()
  said = (name in fields) && of_field(inner()) ? inner() : "withheld"
  out(start " " quote said quote comma)
  next
}
/^[ ]*- / || /^[ ]*"[^"]*",?$/ {
  start = $0
  sub(/[^ ].*$/, "", start)
  rest = substr($0, length(start) + 1)
  if (rest ~ /^- /) { sub(/^- +/, "", rest); start = start "- " }
  strip(rest)
  if (quote == "") sub(/[ ]+#.*$/, "", bare)
  follow()
  out(start quote word(inner()) quote comma)
  next
}
{ refuse() }
END { if (is_odd) print "odd" }
