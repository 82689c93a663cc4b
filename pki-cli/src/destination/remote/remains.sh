# What becomes of a copy that was interrupted when it had put some of its files in
# their places. It is sent where there is one.

# will_go_back DIRECTORY: "back", if the next run takes it back; "busy", if it was not
# interrupted at all.
will_go_back() {
  dir=${1%/}
  stage=$dir/.kpki-copy
  whose_stage
  if is_alive; then
    echo busy
    return
  fi
  know_earlier
  if goes_back 2>/dev/null; then echo back; else echo gone; fi
}

# Sets earlier to the backup of an interrupted copy. The directory may have had another
# path then.
know_earlier() {
  earlier=
  { IFS= read -r earlier <"$stage/backup"; } 2>/dev/null
  earlier=${earlier##*/}
  case $earlier in
    kpki-backup-*) earlier=$dir/$earlier ;;
    *) earlier= ;;
  esac
}

# Whether an interrupted copy was to replace something, and has put some of its files in
# their places and not all. New files come first: where all is replaced, one that is missing
# was removed later, and nothing goes back. Sets gone to what was replaced and is under no
# other name.
goes_back() {
  [ -s "$stage/numbers" ] && { [ -d "$stage/old" ] || [ -n "$earlier" ]; } || return 1
  begun='' left='' perhaps='' gone=''
  while read -r number path; do
    path=${path##*/.kpki-copy/new/}
    if [ "$(number_of "$dir/$path")" = "$number" ]; then
      begun=yes
      [ -e "$stage/new/$path" ] || is_kept || gone="$gone ./$path"
    elif ! [ -e "$stage/new/$path" ]; then
      continue
    elif is_kept; then
      left=yes
    elif [ -e "$dir/$path" ]; then
      perhaps=yes
    fi
  done <"$stage/numbers"
  # What was to be replaced has lost its second name as well.
  [ -z "$gone" ] || left=$left$perhaps
  [ -n "$begun" ] && [ -n "$left" ]
}

# Whether what path replaces has a second name.
is_kept() {
  [ -e "$stage/old/$path" ] || [ -e "${earlier:-/dev/null}/$path" ]
}

# What an interrupted copy has put in its place goes, and what it has replaced
# comes back. Can be repeated from any point.
take_back() {
  back=0
  while read -r number path; do
    back=$((back + 1))
  done <"$stage/numbers"
  printf 'back %s\n' "$back"
  while read -r number path; do
    path=${path##*/.kpki-copy/new/}
    target=$dir/$path
    if [ "$(number_of "$target")" != "$number" ]; then
      continue
    elif [ -e "$stage/new/$path" ]; then
      attempt 'remove' "$target" rm -f "$target"
    elif [ -e "$stage/old/$path" ]; then
      attempt 'replace' "$target" mv -f "$stage/old/$path" "$target"
    elif [ -n "$earlier" ] && [ -e "$earlier/$path" ]; then
      attempt 'replace' "$target" mv -f "$earlier/$path" "$target"
    fi
  done <"$stage/numbers"
  save
  echo 'is back'
}

# Takes back what has to be, and removes all that was left.
clear_away() {
  know_earlier
  if goes_back; then
    [ -z "$gone" ] || fail 'lost' "$stage" "${earlier:-$stage/old}$gone"
    take_back
  fi
  if [ -n "$earlier" ]; then
    thin_out "$earlier"
    if [ -d "$earlier" ]; then printf 'earlier %s\n' "$earlier"; fi
  fi
  attempt 'remove' "$stage" rm -rf "$stage/all" "$stage/new" "$stage/old" "$stage/numbers" "$stage/backup"
}
