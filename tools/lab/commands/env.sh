# shellcheck shell=bash
#: the lab's addresses as shell variables

command_help() {
	cat <<-END
		./lab env: addresses and files of this lab, for other tools.

		Example:
		  eval "\$(./lab env)" && curl "\$GATEWAY_URL/products"
	END
}

command_run() {
	local name
	(($# == 0)) || usage_error "env takes no arguments"
	need ports
	ports_load
	printf 'export LAB_RUN=%q\n' "$LAB_RUN"
	printf 'export KAFKA_BOOTSTRAP=127.0.0.1:%s\n' "${PORTS[kafka]}"
	printf 'export REDIS_ADDRESS=127.0.0.1:%s\n' "${PORTS[redis]}"
	for name in "${SERVICES[@]}"; do
		printf 'export %s_URL=http://127.0.0.1:%s\n' "$(tr a-z- A-Z_ <<<"$name")" "${PORTS[$name]}"
	done
	for name in "${DATABASES[@]}"; do
		printf 'export %s_DATABASE_URL=%q\n' "${name^^}" \
			"postgresql://$name@127.0.0.1:${PORTS[postgres-$name]}/$name?sslmode=disable"
		printf 'export %s_PASSWORD_FILE=%q\n' "${name^^}" "$LAB_RUN/secrets/$name.password"
	done
}
