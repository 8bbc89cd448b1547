# shellcheck shell=bash
#: psql on the database of a service

command_help() {
	cat <<-END
		./lab psql SERVICE [--superuser] [PSQL ARGUMENT]...

		Logs in as the service's own role; --superuser as PostgreSQL's.

		Examples:
		  ./lab psql order
		  ./lab psql payment -c 'TABLE payment LIMIT 5'
		  ./lab psql order --superuser -c 'TABLE pg_replication_slots'
	END
}

command_run() {
	local name=${1:-} user=${1:-} secret=${1:-}
	in_list "$name" "${DATABASES[@]}" ||
		usage_error "psql wants one of: ${DATABASES[*]}"
	shift
	if [[ ${1:-} == --superuser ]]; then
		user=postgres secret=postgres
		shift
	fi
	need ports processes
	running_check
	ports_load
	PGPASSWORD=$(<"$LAB_RUN/secrets/$secret.password")
	export PGPASSWORD PGSSLMODE=disable
	exec psql -h 127.0.0.1 -p "${PORTS[postgres-$name]}" -U "$user" -d "$name" "$@"
}
