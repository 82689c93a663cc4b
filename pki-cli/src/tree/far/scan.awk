# The private keys of a PEM text, a word for each: key, encrypted, or unended;
# odd if its lines are not those of PEM.
{
  sub(/\r$/, ""); sub(/[ \t]+$/, "")
  if (NR == 1 && substr($0, 1, 3) == "\357\273\277") $0 = substr($0, 4)
}
/-----BEGIN|-----END/ && !/^-----(BEGIN|END) [A-Z0-9 ]+-----$/ { print "odd"; exit }
/^-----BEGIN / {
  if (open) print "unended"
  open = /PRIVATE KEY-----$/
  encrypted = /ENCRYPTED/
  next
}
/^-----END / {
  if (open) print (encrypted ? "encrypted" : "key")
  open = 0
}
open && /^Proc-Type:.*ENCRYPTED/ { encrypted = 1 }
END { if (open) print "unended" }
