# Looks at files and directories where they are, and answers with what is
# public of them: no private key, token or password leaves the host. Nothing
# is written, and no key is in an argument, a variable or a file of ours.
#
# To us:   key HEX                                by which passwords of VRRP are told apart
#          tree PATH                              a line for each
#          environment NAMES PATH                 values of the variables NAME,... are asked for
#          file | plain | kubeadm | unit | keepalived | haproxy | script PATH
# From us: clock SECONDS                          once, and which tools are there
#          node PATH                              and what is known of it:
#            absent | hidden DIRECTORY            there is no such name, or nobody can tell
#            self LS | target LS                  ls -ldni of it, and of what a link leads to
#            device NUMBER                        where that is
#            stray nowhere | circle | denied      why a link leads to nothing
#            closed | crowded | listed            of a directory of a tree
#            busy yes | unknown                   of a stage of kpki: a run is at work there
#            denied | large | spent | withheld WHY
#            empty | der | view                   its public view: lines after a space
# A tool that is not there or does not run is named on stderr, and the status is 4.
export LC_ALL=C
PATH=$PATH:/usr/bin:/bin:/usr/sbin:/sbin
newline='
'
for tool in awk sed ls dd od grep tr; do
  command -v "$tool" >/dev/null 2>&1 || { echo "it has no $tool" >&2; exit 4; }
done
# One that fails must not make a file look empty.
runs() { [ "$2" = A ] || { echo "its $1 does not run" >&2; exit 4; }; }
runs awk "$(echo AB | awk '{ print substr($0, 1, 1) }' 2>/dev/null)"
runs sed "$(echo B | sed 's/B/A/' 2>/dev/null)"
runs dd "$(echo A | dd bs=16 count=1 2>/dev/null)"
runs tr "$(echo A. | tr -d . 2>/dev/null)"
runs grep "$(echo A | grep -E 'A|B' 2>/dev/null)"
case $(echo A | od -A n -t x1 2>/dev/null) in *41*0a*) ;; *) runs od '' ;; esac
names=0
bytes=0
ours=
# Variables that the flags of units ask for.
used=
sealer=
openssl='' base64='' stat=''
openssl version >/dev/null 2>&1 && openssl=1
[ "$(echo QQ== | base64 -d 2>/dev/null)" = A ] && base64=1
stat -L -c %d / >/dev/null 2>&1 && stat=1
decode() {
  if [ "$base64" ]; then base64 -d 2>/dev/null; else openssl base64 -d -A 2>/dev/null; fi
}
encode() {
  if [ "$base64" ]; then base64; else openssl base64; fi | tr -d '\n'
}

# A file, JSON with a line for each field.
laid() {
  if [ "$json" ]; then awk "$lay_awk"; else cat; fi <"$1"
}
joined() {
  if [ "$json" ]; then awk "$join_awk"; else cat; fi
}

# The public half of the key of this number; $1 is the file, $2 the line of a
# field in it or nothing.
text() {
  if [ "$2" ]; then laid "$1" | awk -v number="$2" "$field_awk" | decode; else cat <"$1"; fi
}
half() {
  [ "$openssl" ] || { echo MAA=; return; }
  for label in '' 'PRIVATE KEY' 'EC PRIVATE KEY' 'RSA PRIVATE KEY'; do
    half=$(text "$1" "$2" | awk -v number="$3" -v label="$label" "$key_awk" |
      openssl pkey -pubout -passin pass: 2>/dev/null | awk '/^[A-Za-z0-9+\/=]+$/ { printf "%s", $0 }')
    [ "$half" ] && { echo "$half"; return; }
  done
  echo BQA=
}

# The public view of a PEM text, or nothing if there is no way.
pem() {
  keys=$(text "$1" "$2" | awk "$scan_awk")
  case $keys in *odd*) return ;; esac
  {
    number=0
    for key in $keys; do
      number=$((number + 1))
      [ "$number" -gt 20 ] && { echo 'K BQA='; continue; }
      case $key in
      key) printf 'K '; half "$1" "$2" "$number" ;;
      *) echo 'K MAA=' ;;
      esac
    done
    echo T
    text "$1" "$2"
  } | awk "$pem_awk"
}

# What stands for the passwords of keepalived, a word for each: the same for what
# counts as the same, to whoever has the key that came with the questions, and
# longer than counts if they are.
digest() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum
  elif command -v shasum >/dev/null 2>&1; then shasum -a 256
  else openssl dgst -sha256 -r; fi 2>/dev/null
}
seals() { # FILE
  number=0
  for length in $(awk "$password_awk$passwords_awk" <"$1"); do
    number=$((number + 1))
    seal=
    if [ "$length" = odd ] || [ "$number" -gt 20 ]; then echo odd; return; fi
    if [ "$sealer" ]; then
      seal=$(echo "$sealer" | awk -v number="$number" "$password_awk$seal_awk" - "$1" | digest)
      seal=${seal%"${seal#????????}"}
    fi
    case $seal in *[!0-9a-f]* | '') seal=withheld ;; esac
    if [ "$length" = long ]; then seal=$seal+; fi
    echo "$seal"
  done
}

# The public view of a file of a service, or of what configures kubeadm.
service() { # FILE KIND NAMES
  case $2 in
  kubeadm) laid "$1" | awk -v names="$3" "$line_awk$flags_awk$kubeadm_awk" | joined ;;
  unit) awk -v used="$used" "$line_awk$flags_awk$variables_awk$unit_awk" <"$1" ;;
  environment) awk -v used="$3" "$line_awk$flags_awk$variables_awk$environment_awk" <"$1" ;;
  script) awk "$line_awk$flags_awk$words_awk$script_awk" <"$1" ;;
  haproxy) awk "$line_awk$flags_awk$haproxy_awk" <"$1" ;;
  keepalived)
    seals=$(seals "$1")
    case $seals in
    *odd*) echo odd ;;
    *)
      seals=$(printf '%s' "$seals" | tr '\n' ' ')
      awk -v seals="$seals" "$line_awk$flags_awk$words_awk$password_awk$keepalived_awk" <"$1"
      ;;
    esac
    ;;
  esac
}

# What stands for the data of a kubeconfig.
fields() {
  while read -r line field; do
    if [ "$field" = odd ]; then echo "S $line *"; continue; fi
    printf 'S %s ' "$line"
    view=$(pem "$1" "$line" | sed 's/^ //')
    if [ "$view" ]; then printf '%s\n' "$view" | encode; else printf 'bm9uZQo='; fi
    echo
  done
}

show() { # FILE KIND SIZE NAMES
  first=$(dd if="$1" bs=16 count=1 2>/dev/null | od -A n -t x1 | tr -d ' \n')
  case $first in
  '')
    case $3 in
    0) echo empty ;;
    *) echo 'withheld its host cannot read it, or it is changing' ;;
    esac
    return
    ;;
  3082????02010[013]* | 3081??02010[013]* | 30??02010[013]*)
    case $first in
    3082????020103* | 3081??020103* | 30??020103*) printf 'der\n MAMCAQM=\n' ;;
    *) printf 'der\n MAMCAQA=\n' ;;
    esac
    return
    ;;
  30*)
    if [ "$openssl" ] && openssl x509 -inform DER -noout -in "$1" 2>/dev/null; then
      echo der
      openssl x509 -inform DER -in "$1" 2>/dev/null | sed -n '/^-/d; s/^/ /; p'
    else
      printf 'der\n MAA=\n'
    fi
    return
    ;;
  feedfeed*) printf 'der\n /u3+7Q==\n'; return ;;
  esac
  case $first in 7b*) json=1 ;; *) json= ;; esac
  if [ "$2" = plain ]; then
    view=$(laid "$1" | awk "$line_awk$flags_awk$plain_awk" | joined)
  elif [ "$2" != file ]; then
    view=$(service "$1" "$2" "$4")
    if [ "$2" = unit ]; then
      used=$used$(printf '%s\n' "$view" | awk "$used_awk")
      # Its variables may stand before the flags that ask for them.
      case $view in *Environment=*) view=$(service "$1" "$2") ;; esac
    fi
  elif grep -q -e '-----BEGIN ' <"$1"; then
    view=$(pem "$1" '')
    # A kubeconfig has its own way, without such blocks.
    if grep -q current-context <"$1"; then view=odd; fi
  elif grep -q -E 'client-certificate-data|client-key-data|current-context' <"$1"; then
    if [ -z "$base64$openssl" ]; then echo 'withheld its host has neither base64 nor openssl'; return; fi
    view=$({ laid "$1" | awk "$fields_awk" | fields "$1"; echo T; laid "$1"; } |
      awk "$line_awk$kubeconfig_awk" | joined)
  else
    # No kind that anybody here reads: as many lines, and nothing in them.
    view=$(sed 's/.*/ /' <"$1")
  fi
  case $view in
  '' | odd | *"${newline}odd") echo 'withheld it has a form that is not passed on, lest a secret is in it' ;;
  *) printf 'view\n%s\n' "$view" ;;
  esac
}

# Everything that is known of one name.
node() { # PATH KIND NAMES
  case $1 in *"$newline"*) printf 'odd %s\n' "$(printf '%s' "$1" | tr '\n' '?')"; return ;; esac
  printf 'node %s\n' "$1"
  if ! [ -e "$1" ] && ! [ -h "$1" ] || ! self=$(ls -ldni "$1" 2>/dev/null); then
    above=${1%/*}
    while [ "$above" ] && ! [ -d "$above" ]; do above=${above%/*}; done
    if [ -x "${above:-/}" ]; then echo absent; else printf 'hidden %s\n' "${above:-/}"; fi
    return
  fi
  case $self in *"$newline"*) echo 'withheld its link has no plain target'; return ;; esac
  printf 'self %s\n' "$self"
  if [ -h "$1" ]; then
    if ! target=$(ls -ldniL "$1" 2>&1); then
      case $target in
      *'oo many'*) echo 'stray circle' ;;
      *ermission*) echo 'stray denied' ;;
      *) echo 'stray nowhere' ;;
      esac
      return
    fi
    if ! [ -e "$1" ]; then echo 'stray nowhere'; return; fi
    printf 'target %s\n' "$(printf '%s' "$target" | tr '\n' '?')"
    self=$target
  fi
  [ "$stat" ] && printf 'device %s\n' "$(stat -L -c %d "$1" 2>/dev/null)"
  [ -f "$1" ] || return
  set -- "$1" "$2" "$3" $self
  if [ "$9" -gt 1048576 ] 2>/dev/null; then echo large; return; fi
  if ! [ -r "$1" ]; then echo denied; return; fi
  bytes=$((bytes + $9))
  if [ "$bytes" -gt 16777216 ] || [ "$names" -gt 3000 ]; then echo spent; return; fi
  show "$1" "$2" "$9" "$3"
}

walk() { # DIRECTORY DEPTH
  if ! [ -r "$1" ] || ! [ -x "$1" ] || [ "$2" -gt 8 ]; then echo closed; return; fi
  echo listed
  for found in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    [ -h "$found" ] || [ -e "$found" ] || continue
    names=$((names + 1))
    if [ "$names" -gt 5000 ]; then printf 'node %s\ncrowded\n' "$1"; return; fi
    case $found in
    "$top"/manifests/*) node "$found" plain ;;
    */etcd.service.d/*.conf) node "$found" unit ;;
    "$top"/kubeadm-config.yaml | "$top"/kubeadm-join.yaml | "$top"/config.yaml) node "$found" kubeadm "$kubeadm_names" ;;
    *) node "$found" file ;;
    esac
    if [ -d "$found" ] && ! [ -h "$found" ]; then
      case ${found##*/} in
      .kpki-stage | .kpki-copy | kpki-backup-*)
        # Last, so that nothing in use is too much beside it.
        case $found in *"$newline"*) ;; *) ours=$ours$found$newline ;; esac
        ;;
      *) walk "$found" $(($2 + 1)) ;;
      esac
    fi
  done
}

# Whether a kpki is at work in the directory of this stage of it.
busy() {
  know_lock "${1%/*}/.kpki.lock"
  if [ "$held" != no ]; then echo "busy $held"; return; fi
  for record in "${1%/*}"/.kpki-copy/pid*; do
    [ -f "$record" ] && read -r pid since token 2>/dev/null <"$record" || continue
    if is_alive; then echo 'busy yes'; return; fi
  done
}

# What kpki itself left in a tree.
walk_ours() {
  left=$ours ours=
  while [ "$left" ]; do
    own=${left%%"$newline"*}
    left=${left#*"$newline"}
    node "$own" file
    case ${own##*/} in .kpki-*) busy "$own" ;; esac
    walk "$own" 1
  done
}

printf 'clock %s\n' "$(date -u +%s)"
printf 'called %s\n' "$(uname -n)"
while IFS= read -r asked; do
  kind=${asked%% *} path=${asked#* }
  case $kind in
  key) sealer=$path ;;
  tree)
    top=$path
    if [ -d "$path" ]; then
      node "$path/." file
      walk "$path" 0
    else
      node "$path" file
    fi
    walk_ours
    ;;
  environment)
    asked=${path%% *}
    node "${path#* }" environment "$asked"
    ;;
  kubeadm) node "$path" kubeadm "$kubeadm_names" ;;
  file | plain | unit | keepalived | haproxy | script) node "$path" "$kind" ;;
  esac
done
echo end
