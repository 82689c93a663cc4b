# How files come into the stage of publish.sh. It is sent where there are some.

# Makes the directories of all files, if these can go to their places.
prepare() {
  check_targets
  set --
  for directory in $directories; do
    make_directories "$dir${directory#.}"
    set -- "$@" "$stage/new${directory#.}"
    case $mended in '') ;; *) set -- "$@" "$stage/old${directory#.}" ;; esac
  done
  attempt 'make' "$stage" mkdir -p "$@"
}

# mends SHA-DIGESTS CHECKSUMS: ends the script unless the files of which nothing but mode or
# owner is mended have these: no backup has what they hold.
mends() {
  shas=$1 sums=$2
  set --
  for path in $mended; do
    set -- "$@" "$dir${path#.}"
  done
  have "$shas" "$sums" "$@" || fail 'changed' "$dir" ''
}

# receive SPLIT SIZES SHA-DIGESTS CHECKSUMS: what comes, as files of the stage; SPLIT has
# sed part it at lines, where it ends at ends of lines.
receive() {
  attempt 'write' "$dir" keep_all
  if [ -n "$1" ] && (cd "$stage" && sed -n "$1" all) >/dev/null 2>&1 && has_arrived "$3" "$4"; then return; fi
  divide "$2"
  if has_arrived "$3" "$4"; then return; fi
  sizes=$2
  for path in $all; do
    look_at "$stage/new${path#.}" || fail 'cannot look at' "$stage/new${path#.}" "$reason"
    [ "$size" -eq "${sizes%% *}" ] || fail 'cut' "$dir${path#.}" ''
    sizes=${sizes#* }
  done
  fail 'damaged' "$stage" ''
}

keep_all() {
  cat >"$stage/all"
}

has_arrived() {
  shas=$1 sums=$2
  set --
  for path in $all; do
    set -- "$@" "$stage/new${path#.}"
  done
  have "$shas" "$sums" "$@"
}

# divide SIZES: one file after the other, from where the one before it ended.
divide() {
  sizes=$1
  for path in $all; do
    take_part "$stage/new${path#.}" "${sizes%% *}"
    sizes=${sizes#* }
  done <"$stage/all"
}

take_part() {
  reason=$( { { [ "$2" -eq 0 ] || dd bs="$2" count=1; } >"$1"; } 2>&1) || fail 'cannot write' "$dir${path#.}" "$reason"
}

# inherit FILE: it belongs to whoever has the file that it replaces.
inherit() {
  target=$dir${1#.}
  look_at "$target" || fail 'cannot look at' "$target" "$reason"
  [ "$user" -ne 0 ] || attempt 'set the owner of' "$target" chown "$uid:$gid" "$stage/new${1#.}"
}

# mode MODE FILE...: some systems take bits away with the owner, so it comes after. Files
# are born with 600.
mode() {
  mode=$1
  shift
  for path in "$@"; do
    shift
    set -- "$@" "$stage/new${path#.}"
  done
  attempt 'set the mode of' "$dir${path#.}" chmod "$mode" "$@"
}
