# shellcheck shell=bash
#
# One PostgreSQL server per owning service, in $LAB_RUN/postgres/NAME. PostgreSQL
# refuses root, so root's lab runs it as the package's user `postgres`.

# The directory of the newest installed server's programs, on stdout.
postgres_bin() {
	local directory
	for directory in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr); do
		if [[ -x $directory/initdb ]]; then
			printf '%s' "$directory"
			return
		fi
	done
	if have initdb; then
		dirname "$(readlink -f "$(command -v initdb)")"
		return
	fi
	die "$EXIT_MISSING" "no PostgreSQL server was found in /usr/lib/postgresql or PATH" \
		"install one (Debian: postgresql)"
}

# postgres_become COMMAND...: replaces this process.
postgres_become() {
	if is_root; then
		exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"
	fi
	exec "$@"
}

# postgres_user_check: the server's user must reach the run directory.
postgres_user_check() {
	is_root || return 0
	id postgres >/dev/null 2>&1 ||
		die "$EXIT_MISSING" "there is no user 'postgres' to run PostgreSQL as" \
			"the distribution's package postgresql makes it; or run ./lab not as root"
	(postgres_become test -x "$LAB_RUN") ||
		die "$EXIT_USAGE" "the user 'postgres' cannot enter $LAB_RUN" \
			"set LAB_RUN to a directory below /var/tmp"
}

# postgres_create NAME: an empty cluster with its own system identifier.
postgres_create() {
	local name=$1 home=$LAB_RUN/postgres/$1 log=$LAB_RUN/logs/initdb-$1.log
	if [[ ! -f $home/data/PG_VERSION ]]; then
		rm -rf "$home"
		install -d -m 0700 "$home"
		# initdb reads the password from a file of the server's user.
		install -m 0600 "$LAB_RUN/secrets/postgres.password" "$home/password"
		! is_root || chown postgres:postgres "$home" "$home/password"
		(postgres_become "$(postgres_bin)/initdb" -D "$home/data" -U postgres --encoding=UTF8 \
			--locale=C --auth=scram-sha-256 --pwfile="$home/password" --no-sync) \
			>"$log" 2>&1 || {
			log_tail "$log"
			die "$EXIT_FAILED" "initdb could not make the cluster of '$name'"
		}
		rm "$home/password"
	fi
	cp "$LAB_NATIVE/postgresql.conf" "$home/data/postgresql.conf"
	! is_root || chown postgres:postgres "$home/data/postgresql.conf"
}

postgres_ready() {
	"$(postgres_bin)/pg_isready" -q -h 127.0.0.1 -p "${PORTS[postgres-$1]}" -t 2
}

# postgres_query NAME ARGUMENT...: psql as that server's superuser.
postgres_query() {
	local name=$1
	shift
	PGPASSWORD=$(<"$LAB_RUN/secrets/postgres.password") PGSSLMODE=disable \
		psql -X -q -h 127.0.0.1 -p "${PORTS[postgres-$name]}" -U postgres "$@"
}

# service_query NAME ARGUMENT...: psql as the service's own role in its database; bare rows.
service_query() {
	local name=$1
	shift
	PGPASSWORD=$(<"$LAB_RUN/secrets/$name.password") PGSSLMODE=disable \
		psql -X -q -A -t -h 127.0.0.1 -p "${PORTS[postgres-$name]}" -U "$name" -d "$name" "$@"
}

# postgres_role NAME: the service's role and database.
postgres_role() {
	local name=$1
	PASSWORD=$(<"$LAB_RUN/secrets/$name.password") \
		postgres_query "$name" -d postgres -v "name=$name" -f "$LAB_NATIVE/database.sql" \
		>"$LAB_RUN/logs/database-$name.log" 2>&1 || {
		log_tail "$LAB_RUN/logs/database-$name.log"
		die "$EXIT_FAILED" "the database of '$name' could not be made"
	}
}
