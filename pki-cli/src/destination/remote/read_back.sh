# What lies there after files were written.

# readable PATH: ends the script unless a regular file is there.
readable() {
  if [ -f "$1" ] && ! [ -L "$1" ]; then return; fi
  look_at "$1" || fail 'cannot look at' "$1" "$reason"
  fail 'not a file' "$1" ''
}

# are_expected SHA-DIGESTS CHECKSUMS FILE...: ends the script if a file is another: a
# key that somebody put there since then is not fetched.
are_expected() {
  if have "$@"; then return; fi
  all_shas=$1 all_sums=$2
  shift 2
  for path in "$@"; do
    have "${all_shas%%,*}," "${all_sums%%,*}," "$path" || fail 'other' "$path" ''
    all_shas=${all_shas#*,} all_sums=${all_sums#*,}
  done
}
