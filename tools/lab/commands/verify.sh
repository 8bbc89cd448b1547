# shellcheck shell=bash
#: check all invariants over databases and topics

command_help() {
	need build
	if [[ -x $LAB_BUILD/tools/verify/verify ]]; then
		exec "$LAB_BUILD/tools/verify/verify" --help
	fi
	say "./lab verify [OPTION]...: the checker tools/verify, once it is built (./lab up)"
}

command_run() {
	local name
	need ports supervisor
	running_check
	ports_load
	export GATEWAY_URL=http://127.0.0.1:${PORTS[gateway]} ORDER_URL=http://127.0.0.1:${PORTS[order]}
	export KAFKA_BOOTSTRAP=127.0.0.1:${PORTS[kafka]}
	for name in "${DATABASES[@]}"; do
		export "${name^^}_DATABASE_URL=postgresql://$name@127.0.0.1:${PORTS[postgres-$name]}/$name?sslmode=disable"
		export "${name^^}_PASSWORD_FILE=$LAB_RUN/secrets/$name.password"
	done
	exec "$LAB_BUILD/tools/verify/verify" "$@"
}
