# The public view of a unit of systemd, behind line.awk, flags.awk and
# variables.awk: what tells how etcd runs.
BEGIN {
  count = split("Type Restart RestartSec LimitNOFILE TimeoutStartSec TimeoutStopSec User Group DynamicUser", words, " ")
  for (; count; count--) plain[words[count]] = 1
  count = split("Conflicts After Before Wants Requires Requisite BindsTo PartOf Alias Also WantedBy RequiredBy", words, " ")
  for (; count; count--) units[words[count]] = 1
}

# A word without the quotation marks around it, which `mark` keeps.
function bared(text) {
  mark = ""
  if (text ~ /^"[^"\047]*"$/ || text ~ /^\047[^"\047]*\047$/) {
    mark = substr(text, 1, 1)
    return substr(text, 2, length(text) - 2)
  }
  if (text ~ /^--?[a-z-]+=("[^"\047]*"|\047[^"\047]*\047)$/) { gsub(/["\047]/, "", text); return text }
  if (text ~ /["\047]/) refuse()
  return text
}

# The rest of a line of a setting.
function of_setting(rest, at, gap, text, said, name, whole) {
  whole = ""
  while (match(rest, /[^ \t]+/)) {
    gap = substr(rest, 1, RSTART - 1)
    text = bared(substr(rest, RSTART, RLENGTH))
    rest = substr(rest, RSTART + RLENGTH)
    at++
    if (key == "ExecStart") {
      if (!has_program) {
        if (text !~ /^[@:+!|-]*[A-Za-z0-9._\/%-]+$/ || is_long(text)) refuse()
        has_program = 1; said = text
      } else if (text == ";") said = text
      else said = word(text)
    } else if (key == "Environment") {
      name = text; sub(/=.*/, "", name)
      if (name !~ /^[A-Za-z_][A-Za-z0-9_]*$/ || text !~ /=/) refuse()
      said = name "=" valued(name, substr(text, length(name) + 2))
    } else if (key == "EnvironmentFile") {
      if (text !~ /^-?\/[A-Za-z0-9._\/%@-]+$/ || is_long(text)) refuse()
      said = text
    } else if (key == "LoadCredential") {
      said = text ~ /^[A-Za-z0-9._-]+:\/[A-Za-z0-9._\/@-]+$/ && !is_long(text) ? text : "withheld"
    } else if (key in units) said = text ~ /^[A-Za-z0-9@._-]+\.(service|socket|target|mount|timer|slice|path|device)$/ ? text : "withheld"
    else if (key in plain) { if (text !~ /^[A-Za-z0-9._-]*$/ || length(text) > 40) refuse(); said = text }
    else said = "withheld"
    whole = whole gap mark said mark
  }
  return whole rest
}

{ sub(/\r$/, "") }
NR == 1 && substr($0, 1, 3) == "\357\273\277" { refuse() }
/^[ \t]*[#;]/ { out(""); next }
{
  goes_on = /\\$/
  body = $0
  if (goes_on) body = substr(body, 1, length(body) - 1)
  if (body ~ /\\/) refuse()
  start = ""
  if (!is_open) {
    key = ""
    if (body ~ /^[ \t]*\[[A-Za-z]+\][ \t]*$/) start = body
    else if (body ~ /=/) {
      key = body; sub(/=.*/, "", key); gsub(/^[ \t]+|[ \t]+$/, "", key)
      start = body; sub(/=.*/, "=", start)
      body = substr(body, length(start) + 1)
      if (!(key in plain) && !(key in units) && key !~ /^(ExecStart|Environment|EnvironmentFile|LoadCredential)$/) { key = ""; start = "withheld=" }
      has_program = 0; before = ""
    } else if (body ~ /[^ \t]/) start = "withheld"
    if (key == "" && start !~ /=$/) body = ""
  }
  out(start of_setting(body) (goes_on ? "\\" : ""))
  is_open = goes_on
}
END { if (is_odd) print "odd" }
