# Whether the process $pid lives, which began at $since if that is known.
is_alive() {
  case $pid in '' | *[!0-9]*) return 1 ;; esac
  kill -0 "$pid" 2>/dev/null || return 1
  case $since in '' | -) return 0 ;; esac
  know_birth "$pid"
  [ "$birth" = "$since" ]
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

