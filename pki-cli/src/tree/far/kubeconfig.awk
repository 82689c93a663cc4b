# The public view of a kubeconfig: lines S with what stands for the data of a
# line, a line T, and the text. Only fields that are known pass, others have
# a word in place of their value; a line of another form ends it all.
function out(line) { print " " line }
function refuse() { is_odd = 1; exit }

!text && /^S / { number = $2; data[number] = $3; has[number] = 1; next }
!text && /^T$/ { text = 1; next }
{
  line++
  sub(/\r$/, ""); sub(/[ \t]+$/, "")
  if (line == 1 && substr($0, 1, 3) == "\357\273\277") refuse()
}
/^[ ]*$/ || /^[ ]*#/ { out(""); next }
/^(---|\.\.\.)$/ || /^[ ]*[][{}]+,?$/ { out($0); next }
/^[ ]*(- +)*"?[A-Za-z][A-Za-z0-9._\/-]*"?[ ]*:([ ]|$)/ {
  start = $0
  sub(/:.*$/, ":", start)
  value = substr($0, length(start) + 1)
  sub(/^[ ]+/, "", value)
  name = start
  gsub(/[ ":]/, "", name)
  sub(/^(- *)+/, "", name); sub(/^-+/, "", name)
  comma = value ~ /,$/ ? "," : ""
  bare = value
  if (comma != "") bare = substr(value, 1, length(value) - 1)
  quote = bare ~ /^".*"$/ ? "\"" : ""
  if (bare ~ /^(|\{|\[|\{\}|\[\]|""|null|~|true|false)$/ || bare == "\047\047") { out($0); next }
  if (has[line]) { out(start " " quote data[line] quote comma); next }
  # Blocks, anchors, tags and flows go on in a way that is not followed here.
  if (bare ~ /^[|>&*!{[]/ || name ~ /-data$/) refuse()
  if (bare !~ /^["\047]/ && bare ~ /: | #/) refuse()
  if (bare ~ /^"/ && bare !~ /^"[^"]*"$/) refuse()
  if (bare ~ /^\047/ && bare !~ /^\047[^\047]*\047$/) refuse()
  if (name ~ /^(apiVersion|kind|current-context|name|cluster|user|namespace|server|certificate-authority|client-certificate|client-key|insecure-skip-tls-verify|tls-server-name|tokenFile)$/ && length(bare) < 500 && !(name == "server" && bare ~ /@/)) out($0)
  else out(start " " quote "withheld" quote comma)
  next
}
/^[ ]*- / { start = $0; sub(/-.*$/, "- ", start); out(start "withheld"); next }
/^[ ]*"[^"]*",?$/ { start = $0; sub(/".*$/, "", start); out(start "\"withheld\"" ($0 ~ /,$/ ? "," : "")); next }
{ refuse() }
END { if (is_odd) print "odd" }
