# The view of what lay.awk laid apart, in its lines again.
/^ $/ { print " " line; line = ""; next }
/^ / { line = line substr($0, 2); next }
{ print }
