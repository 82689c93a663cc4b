# The public view of a script of a shell, behind line.awk, flags.awk and words.awk.
# How the lines end decides whether it runs.
/\r$/ { refuse() }
NR == 1 && /^#! ?\/(usr\/bin\/env [a-z]*sh|[A-Za-z0-9\/_-]+)( -[a-z]+)?$/ && length($0) < 60 { out($0); next }
# A comment, unless the line before goes on.
/^[ \t]*#/ && !goes_on { out(""); next }
{
  goes_on = /\\$/
  body = goes_on ? substr($0, 1, length($0) - 1) : $0
  if (length(body) > 2000) refuse()
  # Functions have names of ours, so that they are found where they are called.
  if (match(body, /^[ \t]*(function[ \t]+)?[A-Za-z_][A-Za-z0-9_]*[ \t]*\(\)/)) {
    name = substr(body, RSTART, RLENGTH)
    sub(/^[ \t]*(function[ \t]+)?/, "", name); sub(/[ \t]*\(\)$/, "", name)
    if (!(name in spoken || name in functions)) functions[name] = "function" (++defined)
  }
  out(command_words(body) (goes_on ? "\\" : ""))
  if (!goes_on) hides = 0
}
END { if (is_odd) print "odd" }
