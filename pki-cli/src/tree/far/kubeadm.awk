# The public view of the configuration of kubeadm, behind line.awk and flags.awk:
# `names` are the fields whose values are read. Of others the name alone passes, if
# it looks like one.
BEGIN {
  count = split(names, words, " ")
  for (; count; count--) fields[words[count]] = 1
}
function is_open_text(text) { return text ~ /^[][A-Za-z0-9.:,=_\/$()*+-]*$/ && !is_long(text) }
# A list in one line.
function listed(text, count, words, at, item, whole) {
  text = substr(text, 2, length(text) - 2)
  whole = ""
  count = split(text, words, ",")
  for (at = 1; at <= count; at++) {
    item = words[at]
    gsub(/^[ ]+|[ ]+$/, "", item)
    if (item ~ /^"[^"]*"$/ || item ~ /^\047[^\047]*\047$/) item = substr(item, 2, length(item) - 2)
    if (!is_open_text(item) || item ~ /[][]/) refuse()
    whole = whole (at > 1 ? ", " : "") (is_shown ? "\"" item "\"" : "withheld")
  }
  return "[" whole "]"
}

{ sub(/\r$/, ""); sub(/[ \t]+$/, "") }
NR == 1 && substr($0, 1, 3) == "\357\273\277" { refuse() }
/^[ ]*$/ || /^[ ]*#/ { out(""); next }
/^(---|\.\.\.)$/ || /^[ ]*[][{}]+,?$/ { out($0); next }
/^[ ]*(- +)*"?[A-Za-z][A-Za-z0-9._\/-]*"?[ ]*:([ ]|$)/ {
  take()
  is_shown = name in fields
  if (!is_shown && (name !~ /^[A-Za-z0-9]+$/ || length(name) > 32)) {
    if (!(name in numbers)) numbers[name] = ++number
    mark = start ~ /"/ ? "\"" : ""
    sub(/[A-Za-z"].*$/, "", start)
    start = start mark "withheld-" numbers[name] mark ":"
  }
  if (is_plain()) { out(start (bare == "" ? "" : " " bare) comma); next }
  if (quote == "") sub(/[ ]+#.*$/, "", bare)
  if (bare ~ /^\[[^][{}#&*!|>]*\]$/) { out(start " " listed(bare) comma); next }
  follow()
  if (is_shown && !is_open_text(inner())) refuse()
  out(start " " quote (is_shown ? inner() : "withheld") quote comma)
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
  if (is_shown && !is_open_text(inner())) refuse()
  out(start quote (is_shown ? inner() : "withheld") quote comma)
  next
}
{ refuse() }
END { if (is_odd) print "odd" }
