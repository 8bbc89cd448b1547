# shellcheck shell=bash
#
# What the makers of secrets share: files that are made once, whole or not at all.

# password: a new one, of letters and digits, on stdout.
password() {
	head -c 24 /dev/urandom | base64 | tr -d '+/=\n'
}

# keep FILE OWNER MODE: what comes on stdin becomes FILE.
keep() {
	cat >"$1.new"
	chmod "$3" "$1.new"
	chown "$2" "$1.new"
	mv "$1.new" "$1"
}
