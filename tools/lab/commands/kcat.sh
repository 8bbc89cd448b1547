# shellcheck shell=bash
#: kcat on the lab's broker

command_help() {
	cat <<-END
		./lab kcat KCAT ARGUMENT...: kcat with the broker's address filled in.

		Examples:
		  ./lab kcat -L
		  ./lab kcat -C -t order.events -o beginning -e -f '%p %o %k %h\n'
		  ./lab kcat -C -t dlq.order -o beginning -e -J | jq .headers
	END
}

command_run() {
	need ports processes
	running_check
	ports_load
	exec kcat -b "127.0.0.1:${PORTS[kafka]}" "$@"
}
