# Whether the process $pid lives, which began at $since if that is known.
is_alive() {
  case $pid in '' | *[!0-9]*) return 1 ;; esac
  kill -0 "$pid" 2>/dev/null || return 1
  case $since in '' | -) return 0 ;; esac
  [ "$(begun "$pid")" = "$since" ]
}

# When a process began, where the system tells: numbers of processes come again.
begun() {
  process=
  read -r process 2>/dev/null <"/proc/$1/stat"
  # Its name ends with the last bracket; the twentieth word from there is the time.
  set -- ${process##*\) }
  # One that is dead and not buried counts as dead.
  case ${1-} in Z) set -- ;; esac
  if [ $# -ge 20 ]; then
    shift 19
    printf '%s' "$1"
  else
    printf -
  fi
}

