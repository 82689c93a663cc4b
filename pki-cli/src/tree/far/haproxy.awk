# The public view of haproxy.cfg, behind line.awk, flags.awk and words.awk: where it
# listens, and where it connects to.
BEGIN {
  count = split("check check-ssl ssl verify none required inter fastinter downinter fall rise backup disabled weight " \
    "on-marked-down shutdown-sessions connect send meth uri GET HEAD expect status string ok OK ca-file crt interface transparent " \
    "v4v6 v6only tcp http tcplog httplog httpchk tcp-check ssl-hello-chk dontlognull redispatch roundrobin leastconn " \
    "send-proxy send-proxy-v2 source first client server tunnel queue check-sni port addr HTTP/1.0 HTTP/1.1 if unless TRUE FALSE", words, " ")
  for (; count; count--) known[words[count]] = 1
}
function is_name(text) { return text ~ /^[A-Za-z0-9._:-]+$/ && length(text) < 64 }
function is_place(text) { return text ~ /^(ipv[46]@)?[][A-Za-z0-9.:*_,-]+$/ && length(text) < 256 && !is_long(text) }
{
  sub(/\r$/, "")
  if (NR == 1 && substr($0, 1, 3) == "\357\273\277") refuse()
  rest = $0
  # A sign that takes the meaning of another one.
  if (rest ~ /\\/) { if (rest ~ /^[ \t]*(server|bind|backend|listen|frontend|default_backend|use_backend)/) refuse(); out("withheld"); next }
  sub(/#.*$/, "", rest)
  whole = ""; at = 0; first = ""
  while (match(rest, /[^ \t]+/)) {
    gap = substr(rest, 1, RSTART - 1)
    text = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    at++
    if (at == 1) {
      first = text
      if (text !~ /^(global|defaults|frontend|backend|listen|peers|resolvers|mailers|userlist|cache|program|ring|mode|bind|server|default-server|default_backend|use_backend|balance|option|http-check|timeout|retries)$/) { whole = whole gap "withheld"; first = ""; break }
    } else if (first ~ /^(global|defaults|frontend|backend|listen|peers|resolvers|mailers|userlist|cache|program|ring|default_backend|use_backend)$/) {
      if (at == 2 && !is_name(text)) refuse()
      if (at > 2) text = "withheld"
    } else if (at == 2 && first == "server") { if (!is_name(text)) refuse() }
    else if (at == 2 && first == "bind" || at == 3 && first == "server") { if (!is_place(text)) refuse() }
    else if (!(text in known || text ~ /^[0-9]+(us|ms|s|m|h|d)?$/ && length(text) < 9 || is_path(text) || text ~ /^\/[a-z0-9\/?&=-]*$/ && length(text) < 40)) text = "withheld"
    whole = whole gap text
  }
  out(whole)
}
END { if (is_odd) print "odd" }
