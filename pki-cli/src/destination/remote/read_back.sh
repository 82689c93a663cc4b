# What lies there after files were written.

# are_expected TOOL DIGESTS FILE...: ends the script if a file is another: a key that
# somebody put there since then is not fetched.
are_expected() {
  tool=$1 expected=$2
  shift 2
  for file in "$@"; do readable "$file"; done
  [ "$(digests "$tool" "$@")" != "$expected" ] || return 0
  for file in "$@"; do
    [ "$(digests "$tool" "$file")" = "${expected%%,*}," ] || fail 'other' "$file" ''
    expected=${expected#*,}
  done
}
