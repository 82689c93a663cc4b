# What lies under names. Nothing is changed, and no link is followed.
#
#   nothing
#   linked                                   it is a link, or behind one
#   unreadable REASON
#   entry PERMS LINKS UID GID SIZE MTIME     then, of a regular file that is not too large:
#     public    its content
#     secret    its digest, by the tool that was asked for

# look DIRECTORY BELOW public|secret TOOL
look() {
  if is_behind_a_link "$1" "$2"; then
    echo linked
    return
  fi
  at=$1/$2
  if ! look_at "$at"; then
    if is_nothing; then echo nothing; else unreadable "$reason"; fi
    return
  fi
  case $perms in
    l*)
      echo linked
      return
      ;;
    -*)
      [ -r "$at" ] || {
        unreadable "$(cat "$at" 2>&1 >/dev/null)"
        return
      }
      ;;
  esac
  modified=$(stat -c %Y "$at" 2>/dev/null || stat -f %m "$at" 2>/dev/null || echo -)
  printf 'entry %s %s %s %s %s %s\n' "$perms" "$links" "$uid" "$gid" "$size" "$modified"
  case $perms in -*) ;; *) return ;; esac
  [ "$size" -le 1048576 ] || return 0
  case $3 in
    public) content "$at" ;;
    secret) digest "$4" "$at" ;;
  esac
}

unreadable() {
  printf 'unreadable %s\n' "$(printf '%s' "$1" | tr '\n' ' ')"
}

# public_half PATH: of a private key, as DER; nothing if it cannot be had.
public_half() {
  openssl pkey -in "$1" -passin pass: -pubout -outform DER 2>/dev/null </dev/null
  printf '\n%s end\n' "$nonce"
}
