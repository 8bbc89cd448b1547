# shellcheck shell=bash
#
# The programs under tools/ as commands of ./lab: their help, and what of the lab they are
# told.

need build ports processes

# tool_help NAME WORDS: its own help; WORDS while it is not built.
tool_help() {
	local program=$LAB_BUILD/tools/$1/$1
	if [[ -x $program ]]; then
		exec "$program" --help
	fi
	say "$2, once it is built (./lab up)"
}

# Addresses and files of this run, as the shell's exports.
lab_environment() {
	local name
	printf 'export LAB_RUN=%q\n' "$LAB_RUN"
	printf 'export KAFKA_BOOTSTRAP=127.0.0.1:%s\n' "${PORTS[kafka]}"
	if [[ -n ${KCAT_CONFIG:-} ]]; then
		printf 'export KAFKA_CA=%q\n' "$LAB_RUN/secrets/kafka-ca.pem"
		printf 'export KAFKA_CERTIFICATE=%q\n' "$LAB_RUN/secrets/kafka-identity.pem"
		printf 'export KCAT_CONFIG=%q\n' "$KCAT_CONFIG"
	fi
	printf 'export REDIS_ADDRESS=127.0.0.1:%s\n' "${PORTS[redis]}"
	for name in "${SERVICES[@]}"; do
		printf 'export %s_URL=http://127.0.0.1:%s\n' "$(tr a-z- A-Z_ <<<"$name")" "${PORTS[$name]}"
	done
	if [[ $LAB_STACK == compose ]]; then
		# Answered when their profile is up.
		for name in prometheus grafana kafka-ui registry; do
			printf 'export %s_URL=http://127.0.0.1:%s\n' "$(tr a-z- A-Z_ <<<"$name")" "${PORTS[$name]}"
		done
	fi
	for name in "${DATABASES[@]}"; do
		printf 'export %s_DATABASE_URL=%q\n' "${name^^}" \
			"postgresql://$name@127.0.0.1:${PORTS[postgres-$name]}/$name?sslmode=disable"
		printf 'export %s_PASSWORD_FILE=%q\n' "${name^^}" "$LAB_RUN/secrets/$name.password"
	done
}

# tool_check NAME: containers are started without a build.
tool_check() {
	[[ -x $LAB_BUILD/tools/$1/$1 ]] ||
		die "$EXIT_MISSING" "the tool $1 is not built" "./lab build, which also installs what that needs"
}

# tool_run NAME ARGUMENT...: on the lab that runs.
tool_run() {
	tool_check "$1"
	running_check
	ports_load
	eval "$(lab_environment)"
	exec "$LAB_BUILD/tools/$1/$1" "${@:2}"
}
