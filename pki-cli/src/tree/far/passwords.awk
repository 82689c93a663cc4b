# Behind password.awk: of each password whether more is there than counts.
{
  found = password($0)
  if (found == "odd ") { print "odd"; exit }
  if (found != "") print (length(found) > 8 ? "long" : "short")
}
