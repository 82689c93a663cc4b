# More about files that may have a key, where they are not all as expected. It is
# sent when it is needed.

# Tells what this host can make digests with: a tool counts if it knows that of
# nothing, for a name alone may be anybody's.
sha_tool() {
  for tool in sha256sum 'shasum -a 256' 'openssl dgst -sha256 -r'; do
    case $($tool </dev/null 2>/dev/null) in
      e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855*)
        printf '%s' "$tool"
        return
        ;;
    esac
  done
  case $(cksum </dev/null 2>/dev/null) in 4294967295*) printf 'cksum' ;; esac
}

# each FILE...: the tool, and then the digest of each, made in the same way; a checksum
# and the size are of the file alone.
each() {
  tool=$(sha_tool)
  [ -n "$tool" ] || fail 'no program' cksum ''
  printf 'tool %s\n' "$tool"
  for path in "$@"; do
    case $tool in
      cksum) cksum <"$path" ;;
      *)
        found=$({ printf '%s' "$nonce" && cat <"$path"; } | $tool)
        printf '%s\n' "${found%% *}"
        ;;
    esac
  done
}

# public_half PATH: of a private key, as DER; nothing if it cannot be had.
public_half() {
  openssl pkey -in "$1" -passin pass: -pubout -outform DER 2>/dev/null </dev/null
  printf '\n%s end\n' "$nonce"
}
