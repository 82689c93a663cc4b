# Behind password.awk: a key, and what counts of the password of this number, for
# a digest and for nobody else.
NR == 1 { key = $0; next }
password($0) != "" && ++count == number { printf "%s%s", key, substr(password($0), 1, 8); exit }
