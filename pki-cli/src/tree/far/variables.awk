# What variables of a service are, behind line.awk and flags.awk. `used` are those
# that its flags ask for: other values are withheld.
BEGIN {
  count = split(used, words, ",")
  for (; count; count--) variables[words[count]] = 1
}

# The flag that a variable of etcd stands for.
function flag_of(name) {
  if (name !~ /^ETCD_/) return ""
  name = tolower(substr(name, 6))
  gsub(/_/, "-", name)
  return name
}

# What a variable is. $( ) is no value to whoever reads flags.
function valued(name, value, flag, count, words, at, said, whole) {
  if (value == "") return ""
  flag = flag_of(name)
  if (flag ~ /(-auth|auto-tls)$/) return value ~ /^(true|false)$/ ? value : "$(withheld)"
  if (flag in flags || name in variables) { if (!is_public(value)) refuse(); return value }
  # Flags in one variable.
  if (value !~ /^-/) return "$(withheld)"
  before = ""; whole = ""
  count = split(value, words, /[ \t]+/)
  for (at = 1; at <= count; at++) {
    said = word(words[at])
    whole = whole (at > 1 ? " " : "") (said == "withheld" ? "$(withheld)" : said)
  }
  return whole
}
