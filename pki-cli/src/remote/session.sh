# What runs on the other host while it is talked to. Read from standard input
# by the command of ssh, so that no file of ours is left there and nothing of
# it is in the list of processes.
#
# To us:   NONCE                          once
#          LENGTH INPUT-LENGTH            for each script, then so many bytes; of a short
#                                         one LENGTH is 0, and its lines end with NONCE
# From us: NONCE ready                    once
#          what the script writes
#          NONCE errors                   and what it writes to standard error
#          NONCE STATUS
#
# Each line of ours follows a newline of its own. Whatever is written before
# the first of them, such as a greeting, was not asked for. Only what every
# POSIX system has is used. dd and the shell read single bytes, for what they would
# read ahead of need is lost to whoever reads next.
umask 077
exec 3>&1
# What others have set must not change what ls and stat say.
unset QUOTING_STYLE TIME_STYLE BLOCK_SIZE LS_BLOCK_SIZE
newline=$(printf '\n.')
newline=${newline%.}
# A connection that is cut ends scripts by this, and their own traps clean up.
trap 'exit 1' HUP INT TERM PIPE

# Sets script to what comes, of so many bytes or until the nonce.
take() {
  if [ "$1" -gt 0 ]; then
    script=$(dd ibs=1 obs=4096 count="$1" 2>/dev/null)
    return
  fi
  script='' line=''
  while IFS= read -r line && [ "$line" != "$nonce" ]; do
    script=$script$line$newline
  done
  [ "$line" = "$nonce" ] || exit 1
}

# Sets self to the number of this very process: in every subshell $$ is that of
# the first shell.
know_self() {
  read -r self rest 2>/dev/null </proc/self/stat || self=$(exec sh -c 'echo $PPID')
}

read -r nonce || exit 1
printf '\n%s ready\n' "$nonce"
while read -r length input; do
  take "$length"
  if [ "$input" -gt 0 ]; then
    # What a script leaves of its input is no script. The feeder can be ended by
    # one that has waited too long.
    errors=$({ { know_self && echo "$self" && exec dd ibs=1 obs=4096 count="$input" 2>/dev/null; } | {
      read -r feeder
      (eval "$script")
      result=$?
      # One that has done its work has taken all of it, as a rule.
      if [ $result -ne 0 ] || read -r rest; then cat >/dev/null; fi
      exit $result
    }; } 2>&1 >&3 3>&-)
  else
    errors=$( (eval "$script") 2>&1 >&3 3>&- </dev/null)
  fi
  result=$?
  printf '\n%s errors\n%s\n%s %d\n' "$nonce" "$errors" "$nonce" "$result"
done
