# The public view of a manifest or of what configures the kubelet, behind
# line.awk and flags.awk. Only fields that somebody here reads pass; all else is
# withheld, names too.
BEGIN {
  count = split("apiVersion kind spec containers command args env envFrom name image volumes volumeMounts mountPath hostPath path authentication x509 clientCAFile tlsCertFile tlsPrivateKeyFile " \
    "hostNetwork hostAliases hostnames ip securityContext capabilities add privileged", words, " ")
  for (; count; count--) fields[words[count]] = 1
  # What kube-vip is told in its environment.
  count = split("address vip_address port vip_interface vip_subnet vip_cidr vip_arp cp_enable svc_enable " \
    "vip_leaderelection vip_leasename bgp_enable vip_routingtable cp_namespace vip_leaseduration vip_renewdeadline kubernetes_addr cp_detect", words, " ")
  for (; count; count--) vip[words[count]] = 1
}

# What a field says.
function of_field(said) {
  if (name == "kind") return said ~ /^([Pp][Oo][Dd]|KubeletConfiguration)$/
  if (name == "apiVersion") return said ~ /^[a-z0-9.]+(\/[a-z0-9]+)?$/ && length(said) < 50
  if (name == "name") return said in vip || said ~ /^(kube-apiserver|kube-controller-manager|kube-scheduler|kube-vip|etcd|ETCD_[A-Z0-9_]+)$/
  if (name ~ /^(mountPath|path)$/) return said ~ /^\/[A-Za-z0-9._\/:@+-]*$/ && !is_long(said)
  if (name == "value") return said ~ /^[A-Za-z0-9.:_-]+$/ && length(said) < 50
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
  is_vip = name == "value" && variable in vip
  if (name != "value") variable = name == "name" ? inner() : ""
  if (!(name in fields) && !is_vip) {
    # The same for the same, so that what is there twice is seen.
    if (!(name in numbers)) numbers[name] = ++number
    mark = start ~ /"/ ? "\"" : ""
    sub(/[A-Za-z"].*$/, "", start)
    start = start mark "withheld-" numbers[name] mark ":"
  }
  if (is_plain()) { out(start (bare == "" ? "" : " " bare) comma); next }
  if (quote == "") sub(/[ ]+#.*$/, "", bare)
  follow()
  said = "withheld"
  if ((name in fields || is_vip) && of_field(inner())) said = inner()
  # One name for the same, so that a mount finds its volume and no other.
  else if (name == "name") {
    if (!(inner() in names)) names[inner()] = ++named
    said = "withheld-" names[inner()]
  }
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
  said = inner()
  # Of capabilities those of the network and of the system: capabilities(7).
  if (name != "add" || said !~ /^(CAP_)?(ALL|NET_[A-Z]+|SYS_[A-Z]+)$/) said = word(said)
  out(start quote said quote comma)
  next
}
{ refuse() }
END { if (is_odd) print "odd" }
