# The public view of a script of a shell, behind line.awk, flags.awk and words.awk.
# How the lines end decides whether it runs.
/\r$/ { refuse() }
NR == 1 && /^#! ?\/[A-Za-z0-9\/_-]+( -[a-z]+)?$/ && length($0) < 60 { out($0); next }
# A comment, unless the line before goes on.
/^[ \t]*#/ && !goes_on { out(""); next }
{
  goes_on = /\\$/
  body = goes_on ? substr($0, 1, length($0) - 1) : $0
  if (length(body) > 2000) refuse()
  out(command_words(body) (goes_on ? "\\" : ""))
  if (!goes_on) hides = 0
}
END { if (is_odd) print "odd" }
