# The password of VRRP in a line of keepalived.conf: alone in its line, or odd.
function password(line, text) {
  if (line !~ /^[^#!]*auth_pass/) return ""
  if (line !~ /^[ \t]*auth_pass[ \t]+("[^"]*"|[^ \t"#!{}]+)[ \t\r]*([#!].*)?$/) return "odd "
  text = line
  sub(/^[ \t]*auth_pass[ \t]+/, "", text)
  if (text ~ /^"/) { text = substr(text, 2); sub(/".*$/, "", text) }
  else sub(/[ \t\r#!].*$/, "", text)
  return text
}
