# The public view of a kubeconfig, behind line.awk: lines S with what stands
# for the data of a line, a line T, and the text. Only fields that are known
# pass, others have a word in place of their value.
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
  take()
  if (is_plain()) { out($0); next }
  if (has[line]) { out(start " " quote data[line] quote comma); next }
  follow()
  if (name ~ /-data$/) refuse()
  if (name ~ /^(apiVersion|kind|current-context|name|cluster|user|namespace|server|certificate-authority|client-certificate|client-key|insecure-skip-tls-verify|tls-server-name|tokenFile)$/ && length(bare) < 500 && !(name == "server" && bare ~ /@/)) out($0)
  else out(start " " quote "withheld" quote comma)
  next
}
/^[ ]*- / { start = $0; sub(/-.*$/, "- ", start); out(start "withheld"); next }
/^[ ]*"[^"]*",?$/ { start = $0; sub(/".*$/, "", start); out(start "\"withheld\"" ($0 ~ /,$/ ? "," : "")); next }
{ refuse() }
END { if (is_odd) print "odd" }
