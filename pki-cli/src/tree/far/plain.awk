# A manifest or what configures the kubelet, without the values of the
# environment; a line odd if there may be a secret in it.
/PRIVATE KEY|-----BEGIN|staticPodURLHeader|kind"?:[ ]*"?Secret/ { print "odd"; exit }
/(token|password|secret)=[^\/]/ { print "odd"; exit }
{
  rest = $0
  # Nothing that a flag, a path or an image says is so long without a break.
  while (match(rest, /[A-Za-z0-9+\/=]+/)) {
    if (RLENGTH > 150) { print "odd"; exit }
    rest = substr(rest, RSTART + RLENGTH)
  }
  if (/^[ ]*(- )?"?value"?:/) sub(/:.*$/, ": withheld")
  print " " $0
}
