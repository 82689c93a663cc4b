# What becomes of a copy that was interrupted when it had put some of its files in
# their places. It is sent where there is one.

# will_go_back DIRECTORY: "back", if the next run takes it back.
will_go_back() {
  dir=${1%/}
  stage=$dir/.kpki-copy
  know_backup
  if goes_back 2>/dev/null; then echo back; else echo gone; fi
}

# Sets old to the backup of an interrupted copy.
know_backup() {
  old=
  { IFS= read -r old <"$stage/backup"; } 2>/dev/null
  case $old in "$dir"/kpki-backup-*) ;; *) old= ;; esac
}

# Whether an interrupted copy was to replace something, and has put some of its files in
# their places and not all.
goes_back() {
  [ -s "$stage/numbers" ] && { [ -d "$stage/old" ] || [ -n "$old" ]; } || return 1
  begun='' left=''
  while read -r number path; do
    path=${path##*/.kpki-copy/new/}
    if [ "$(number_of "$dir/$path")" = "$number" ]; then
      begun=yes
    elif [ -e "$stage/new/$path" ]; then
      left=yes
    fi
  done <"$stage/numbers"
  [ -n "$begun" ] && [ -n "$left" ]
}

# Ends the script if a new file is in the place of one that is under no other name.
nothing_is_lost() {
  gone=
  while read -r number path; do
    path=${path##*/.kpki-copy/new/}
    [ "$(number_of "$dir/$path")" = "$number" ] || continue
    [ -e "$stage/new/$path" ] || [ -e "$stage/old/$path" ] || [ -e "${old:-/dev/null}/$path" ] || gone="$gone ./$path"
  done <"$stage/numbers"
  [ -z "$gone" ] || fail 'lost' "$stage" "${old:-$stage/old}$gone"
}

# What an interrupted copy has put in its place goes, and what it has replaced
# comes back. Can be repeated from any point.
restore() {
  back=0
  while read -r number path; do
    back=$((back + 1)) path=${path##*/.kpki-copy/new/}
    target=$dir/$path
    if [ "$(number_of "$target")" != "$number" ]; then
      continue
    elif [ -e "$stage/new/$path" ]; then
      attempt 'remove' "$target" rm -f "$target"
    elif [ -e "$stage/old/$path" ]; then
      attempt 'replace' "$target" mv -f "$stage/old/$path" "$target"
    elif [ -n "$old" ] && [ -e "$old/$path" ]; then
      attempt 'replace' "$target" mv -f "$old/$path" "$target"
    fi
  done <"$stage/numbers"
  save
  printf 'back %s\n' "$back"
}

# Takes back what has to be, and removes all that was left.
clear_away() {
  know_backup
  if goes_back; then
    nothing_is_lost
    restore
  fi
  if [ -n "$old" ]; then
    thin_out "$old"
    if [ -d "$old" ]; then printf 'earlier %s\n' "$old"; fi
  fi
  attempt 'remove' "$stage" rm -rf "$stage/all" "$stage/new" "$stage/old" "$stage/numbers" "$stage/backup"
}
