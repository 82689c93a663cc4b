# What the views of YAML and JSON have in common: every line keeps its number,
# and one of a form that is not followed here ends it all.
function out(line) { print " " line }
function refuse() { is_odd = 1; exit }

# A field: what begins its line, its name, and its value without quotation
# marks, comma and comment.
function take() {
  start = $0
  sub(/:.*$/, ":", start)
  name = start
  gsub(/[ ":]/, "", name)
  sub(/^-+/, "", name)
  strip(substr($0, length(start) + 1))
}

function strip(value) {
  sub(/^[ ]+/, "", value)
  comma = value ~ /,$/ ? "," : ""
  bare = value
  if (comma != "") bare = substr(value, 1, length(value) - 1)
  quote = bare ~ /^".*"$/ ? "\"" : (bare ~ /^\047.*\047$/ ? "\047" : "")
}

function is_plain() { return bare ~ /^(|\{|\[|\{\}|\[\]|""|\047\047|null|~|true|false)$/ }

# Blocks, anchors, tags and flows go on in other lines, and so may a text.
function follow() {
  if (bare ~ /^[|>&*!{[?%@]/) refuse()
  if (bare !~ /^["\047]/ && bare ~ /: | #/) refuse()
  if (bare ~ /^"/ && bare !~ /^"[^"]*"$/) refuse()
  if (bare ~ /^\047/ && bare !~ /^\047[^\047]*\047$/) refuse()
}

# What is said, without quotation marks.
function inner() { return quote == "" ? bare : substr(bare, 2, length(bare) - 2) }
