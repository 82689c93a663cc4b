# The private key of this number, for openssl and for nobody else; under
# another label if one is given.
{
  sub(/\r$/, ""); sub(/[ \t]+$/, "")
  if (NR == 1 && substr($0, 1, 3) == "\357\273\277") $0 = substr($0, 4)
}
/^-----BEGIN / { open = /PRIVATE KEY-----$/ && ++count == number }
open && /^-----(BEGIN|END) / && label != "" {
  print substr($0, 1, index($0, " ")) label "-----"
  if (/^-----END /) open = 0
  next
}
open { print }
/^-----END / { open = 0 }
