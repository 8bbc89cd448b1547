# shellcheck shell=bash
#: place orders: the load generator, on this lab's gateway

command_help() {
	need build
	if [[ -x $LAB_BUILD/tools/orders/orders ]]; then
		exec "$LAB_BUILD/tools/orders/orders" --help
	fi
	say "./lab orders ARGUMENT...: the load generator tools/orders, once it is built (./lab up)"
}

command_run() {
	need ports supervisor
	running_check
	ports_load
	export GATEWAY_URL=http://127.0.0.1:${PORTS[gateway]} KAFKA_BOOTSTRAP=127.0.0.1:${PORTS[kafka]}
	exec "$LAB_BUILD/tools/orders/orders" "$@"
}
