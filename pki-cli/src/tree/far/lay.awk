# JSON with each field on a line of its own, and # where a line of the file ends.
# What has escapes or another form stays in its line.
{
  sub(/\r$/, "")
  count = split($0, part, "\"")
  if (/\\/ || (count && count % 2 == 0) || count > 2000) { print; print "#"; next }
  laid = ""
  for (at = 1; at <= count; at++) {
    text = part[at]
    if (at % 2) {
      gsub(/[{[]/, "&\n", text); gsub(/,/, ",\n", text)
      gsub(/[]}]/, "\n&", text); gsub(/:/, ": ", text)
      # A comment is no JSON.
      gsub(/#/, "\n%\n", text)
    }
    laid = laid (at > 1 ? "\"" : "") text
  }
  count = split(laid, part, "\n")
  for (at = 1; at <= count; at++) {
    sub(/^[ \t]+/, "", part[at])
    if (part[at] != "") print part[at]
  }
  print "#"
}
