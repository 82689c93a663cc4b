# The variables that flags ask for in the public view of a unit, in one word.
{
  rest = $0
  if (!is_open && rest !~ /^[ \t]*ExecStart=/) next
  is_open = rest ~ /\\$/
  count = split(rest, words, /[ \t]+/)
  for (at = 1; at <= count; at++) {
    # What stays there stands in no flag that is shown.
    is_shown = words[at] !~ /^["\047]?--withheld/ && !(is_behind && words[at] !~ /^-/)
    is_behind = words[at] == "--withheld"
    if (is_shown) list(words[at])
  }
}
function list(rest, name) {
  while (match(rest, /\$(\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z_][A-Za-z0-9_]*)/)) {
    name = substr(rest, RSTART + 1, RLENGTH - 1)
    gsub(/[{}]/, "", name)
    printf "%s,", name
    rest = substr(rest, RSTART + RLENGTH)
  }
}
