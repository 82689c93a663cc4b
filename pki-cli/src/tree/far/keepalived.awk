# The public view of keepalived.conf, behind the others. `seals` are what stands
# for its passwords, one after the other.
BEGIN {
  split(seals, seal, " ")
  count = split("global_defs router_id enable_script_security script_user vrrp_script interval timeout fall rise weight " \
    "init_fail vrrp_instance state interface virtual_router_id priority advert_int authentication auth_type " \
    "unicast_src_ip unicast_peer virtual_ipaddress virtual_ipaddress_excluded track_script track_interface " \
    "accept no_accept strict_mode nopreempt preempt_delay version use_vmac mcast_src_ip vrrp_sync_group group dynamic_interfaces " \
    "garp_master_delay garp_master_refresh vrrp_version vrrp_strict vrrp_skip_check_adv_addr", words, " ")
  for (; count; count--) statements[words[count]] = 1
  # In these every line begins with an address or a name.
  count = split("virtual_ipaddress virtual_ipaddress_excluded unicast_peer track_script track_interface group", words, " ")
  for (; count; count--) lists[words[count]] = 1
}

# One word of a statement, whose first is `first`.
function said(text) {
  if (text ~ /^[$@~]/) return substr(text, 1, 1) "withheld"
  if (is_first) {
    is_first = 0; first = text
    # Its command is looked at where it has a line of its own.
    if (text == "script") refuse()
    is_known = text in statements || block[depth] in lists
    if (text ~ /^include[rmwb]?$/) return text
  }
  if (!is_known) return "withheld"
  if (text !~ /^[A-Za-z0-9_.:\/%+-]+$/ || length(text) > 64) refuse()
  return text
}

{
  sub(/\r$/, "")
  if (NR == 1 && substr($0, 1, 3) == "\357\273\277") refuse()
  if (password($0) != "") {
    start = $0; sub(/auth_pass.*$/, "auth_pass ", start)
    out(start seal[++sealed])
    next
  }
  rest = $0
  if (rest ~ /^[ \t]*script[ \t]/) {
    sub(/[ \t]*[#!][^"]*$/, "", rest)
    start = rest; sub(/script.*$/, "script", start)
    hides = 0
    out(start command_words(substr(rest, length(start) + 1)))
    next
  }
  sub(/[#!].*$/, "", rest)
  if (rest ~ /\\$/) refuse()
  whole = ""; is_first = 1
  while (match(rest, /[{}]|"[^"]*"|[^ \t{}"]+/)) {
    gap = substr(rest, 1, RSTART - 1)
    text = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    if (text == "{") { if (depth < 64) depth++; block[depth] = first; is_first = 1 }
    else if (text == "}") { if (depth > 0) depth--; is_first = 1 }
    else if (text ~ /^"/) text = "\"" said(substr(text, 2, length(text) - 2)) "\""
    else text = said(text)
    whole = whole gap text
  }
  if (rest ~ /"/) refuse()
  out(whole rest)
}
END { if (is_odd) print "odd" }
