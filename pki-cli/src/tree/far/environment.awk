# The public view of a file of variables, behind line.awk, flags.awk and
# variables.awk.
{ sub(/\r$/, "") }
/^[ \t]*([#;].*)?$/ { if (/\\$/) refuse(); out(""); next }
{
  if (/\\/) refuse()
  name = $0; sub(/=.*/, "", name); gsub(/^[ \t]+|[ \t]+$/, "", name)
  if (!/=/) { out(""); next }
  if (name !~ /^[A-Za-z_][A-Za-z0-9_]*$/) refuse()
  value = $0; sub(/^[^=]*=[ \t]*/, "", value); sub(/[ \t]+$/, "", value)
  mark = ""
  if (value ~ /^"[^"\047]*"$/ || value ~ /^\047[^"\047]*\047$/) {
    mark = substr(value, 1, 1)
    value = substr(value, 2, length(value) - 2)
  } else if (value ~ /["\047]/) refuse()
  out(name "=" mark valued(name, value) mark)
}
END { if (is_odd) print "odd" }
