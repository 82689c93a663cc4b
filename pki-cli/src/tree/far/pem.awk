# The public view of a PEM text: lines K with what stands for its keys, a line
# T, and the text. What is not known to be public does not pass, and every
# line keeps its number.
function out(line) { print " " line }
function pad(lines) { for (; lines > 0; lines--) out("") }

# What is open and has no end.
function leave() {
  if (kind == "key") { out("-----BEGIN PUBLIC HALF OF " label "-----"); pad(lines - 1) }
  kind = ""
}

# In DER a private key begins with a number of one octet, its version, and
# nothing else does that may pass.
function is_secret(data) {
  return data ~ /^MII..[AQgw]IB/ || data ~ /^MI[GH].AgE/ || data ~ /^M..CAQ/
}

!text && /^K / { half[++halves] = substr($0, 3); next }
!text && /^T$/ { text = 1; next }
{
  sub(/\r$/, ""); sub(/[ \t]+$/, "")
  if (!begun && substr($0, 1, 3) == "\357\273\277") { $0 = substr($0, 4); printf " \357\273\277\n" }
  begun = 1
}
/^-----BEGIN / {
  leave()
  label = substr($0, 12, length($0) - 16)
  if (label ~ /PRIVATE KEY$/) {
    kind = "key"; count++; lines = 1; octets = 0; is_bad = 0; is_over = 0; header = 0
  } else {
    kind = label ~ /^(CERTIFICATE|X509 CERTIFICATE|TRUSTED CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|X509 CRL|CERTIFICATE REQUEST|NEW CERTIFICATE REQUEST|EC PARAMETERS)$/ ? "public" : "other"
    is_first = 1; is_closed = 0
    out($0)
  }
  next
}
kind == "key" && /^-----END / {
  lines++
  out("-----BEGIN PUBLIC HALF OF " label "-----")
  if (header && lines > 5) { out("Proc-Type: 4,ENCRYPTED"); out(""); lines -= 2 }
  out(is_bad || octets % 4 || !octets ? "*" : half[count])
  out("-----END PUBLIC HALF OF " substr($0, 10))
  pad(lines - 3)
  kind = ""
  next
}
kind == "key" {
  lines++
  if (/^[A-Za-z-]+: /) { if (/^Proc-Type:.*ENCRYPTED/) header = 1 }
  else if (/[^A-Za-z0-9+\/=]/ || (is_over && length($0))) is_bad = 1
  else { octets += length($0); is_over = is_over || /=/ }
  next
}
/^-----END / { out($0); kind = ""; next }
kind == "public" {
  if (/[^A-Za-z0-9+\/=]/ || (is_first && length($0) && length($0) < 12)) { out("*"); is_closed = 1 }
  else if (is_first && is_secret($0)) { out("MAA="); is_closed = 1 }
  else out(is_closed ? "" : $0)
  if (length($0)) is_first = 0
  next
}
kind == "other" && is_first { out("MAA="); is_first = 0; next }
{ out("") }
END { leave() }
