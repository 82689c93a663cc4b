# A command of a shell, behind line.awk and flags.awk, in the words that tell
# what it asks and how: programs, options, addresses. All else is withheld.
BEGIN {
  count = split("if then elif else fi for in do done while until case esac local set return exit true false echo printf " \
    "test timeout sleep sudo exec nice env command kill killall pidof pgrep systemctl service is-active curl wget nc " \
    "ncat socat openssl ip addr address show ss netstat grep egrep fgrep awk sed head tail cut wc sh bash kubectl " \
    "etcdctl crictl docker haproxy keepalived kube-apiserver localhost GET HEAD ok break continue", words, " ")
  for (; count; count--) spoken[words[count]] = 1
  # Of these neither the value in the word nor the next word passes.
  secretive = "(pass|secret|token|key|cred|auth|user|pw|header|data|cookie)"
}

function is_number(text) { return text ~ /^[0-9.]+[smh]?$/ && length(text) < 6 }
function is_address(text) {
  return text ~ /^\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]*\]?(:[0-9]+|\/[0-9]+)?$/ && length(text) < 56 || \
    text ~ /^[0-9]+\\?\.[0-9]+\\?\.[0-9]+\\?\.[0-9]+(:[0-9]+|\/[0-9]+)?$/ && length(text) < 26
}
function is_url(text) {
  return text ~ /^https?:\/\/[][A-Za-z0-9.:${}_-]+(\/[A-Za-z0-9.\/_-]*)?(\?[a-z]+)?$/ && length(text) < 120
}
function is_said(text) {
  return text in spoken || is_number(text) || is_address(text) || is_url(text) || \
    text ~ /^\$([0-9#?*@$!]|[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\})$/ || \
    text ~ /^(\/(bin|sbin|dev)\/[A-Za-z0-9_.-]+|%\{(http|response)_code\}(\\n)?|[]![{}:=]|==|!=|-)$/ || \
    text ~ /^\/(usr|etc|var|run|opt|proc)\/[A-Za-z0-9._\/-]+$/ && length(text) < 100
}
# One word; `hides` says whether the one before it names what must not be seen.
function command_word(text, equals, name) {
  if (hides && text !~ /^-/) { hides = 0; return "withheld" }
  hides = 0
  if (text in functions) return functions[text]
  if (is_said(text)) return text
  equals = index(text, "=")
  name = equals ? substr(text, 1, equals - 1) : text
  if (name ~ /^--[a-z][a-z0-9-]*$/ && length(name) < 40) {
    hides = name ~ secretive
    if (!equals) return text
    if (hides) { hides = 0; return name "=withheld" }
    return name "=" (is_said(substr(text, equals + 1)) ? substr(text, equals + 1) : "withheld")
  }
  if (equals && name ~ /^[A-Za-z_][A-Za-z0-9_]*$/ && length(name) < 32) {
    text = substr(text, equals + 1)
    # What follows in quotation marks belongs to it.
    hides = text == "" && tolower(name) ~ secretive
    return name "=" (text == "" || tolower(name) !~ secretive && is_said(text) ? text : "withheld")
  }
  # Options of one letter; those that take what must not be seen are not among them.
  if (text ~ /^-[a-zA-Z0-9]+$/) {
    if (text ~ /^-[fksSLIqvwxEiFonmtgzerlcaN46]+$/ && length(text) < 6) return text
    hides = 1
    # No letter, lest it has a meaning.
    return "-?"
  }
  return "withheld"
}
function command_words(rest, whole) {
  whole = ""
  while (match(rest, /[^ \t;|&()<>`"\047]+/)) {
    whole = whole substr(rest, 1, RSTART - 1)
    text = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    # A sign between commands ends what hides.
    if (whole ~ /[;|&()<>`][ \t]*$/) hides = 0
    whole = whole command_word(text)
  }
  return whole rest
}
