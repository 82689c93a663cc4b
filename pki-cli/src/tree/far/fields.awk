# The data of a kubeconfig: the number of a line and what is in it.
{
  sub(/\r$/, "")
  sub(/^[ \t]*(- +)*/, "")
  if (match($0, /^"?(certificate-authority-data|client-certificate-data|client-key-data)"?[ \t]*:/)) {
    field = substr($0, 1, RLENGTH); value = substr($0, RLENGTH + 1)
    gsub(/[^a-z-]/, "", field); gsub(/[ \t",\047]/, "", value)
    if (value == "" || value == "null") next
    if (value ~ /[^A-Za-z0-9+\/=]/) { print NR, "odd"; next }
    print NR, field
  }
}
