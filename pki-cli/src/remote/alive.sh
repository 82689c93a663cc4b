# Whether the process $pid lives, which began at $since if that is known.
is_alive() {
  case $pid in '' | *[!0-9]*) return 1 ;; esac
  kill -0 "$pid" 2>/dev/null || return 1
  case $since in '' | -) return 0 ;; esac
  know_birth "$pid"
  [ "$birth" = "$since" ]
}

# know_lock FILE: sets held to yes or no, for whether a kpki of this host holds this lock, or
# to unknown, and pid to whoever is named in it. The kernel holds it, and where nobody can ask
# for that the process counts. A shared lock for a moment is in nobody's way who asks as well.
know_lock() {
  held=no pid='' since=
  [ -e "$1" ] || return 0
  if ! [ -r "$1" ]; then
    held=unknown pid=hidden
    return 0
  fi
  holder=
  read -r holder 2>/dev/null <"$1"
  pid=${holder##*'"pid":'}
  pid=${pid%%[!0-9]*}
  if command -v flock >/dev/null 2>&1; then
    flock -s -n 0 2>/dev/null <"$1"
    [ $? -ne 1 ] || held=yes
  elif [ -z "$pid" ]; then
    held=unknown
  elif is_alive; then
    held=yes
  fi
}

# Sets birth to when a process began, where the system tells: numbers of processes
# come again. One that is dead and not buried has state Z and no birth.
know_birth() {
  process='' birth=-
  read -r process 2>/dev/null <"/proc/$1/stat"
  # Its name ends with the last bracket; the twentieth word from there is the time.
  set -- ${process##*\) }
  state=${1-}
  case $state in Z) return ;; esac
  if [ $# -ge 20 ]; then
    shift 19
    birth=$1
  fi
}

