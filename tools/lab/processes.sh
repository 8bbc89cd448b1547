# shellcheck shell=bash
#
# The processes of the lab by their names, whatever runs them: the supervisor of a run
# directory, or Docker. Either file defines
#
#   lab_running          whether there is a lab at all
#   lab_meet             what commands need of one that runs is in the run directory
#   processes_list       "name TAB state TAB pid TAB uptime", one a line
#   process_pid NAME     on stdout, when it is alive
#   process_state NAME   on stdout
#   process_start NAME   asks for it, and is back soon
#   process_stop NAME    asks for it, and waits
#   process_kill NAME    SIGKILL
#   process_log NAME     the file that its log is in

case $LAB_STACK in
native) need supervisor ;;
compose)
	need compose
	compose_names_read
	;;
esac

process_alive() {
	process_pid "$1" >/dev/null
}

process_gone() {
	! process_pid "$1" >/dev/null
}

in_names() {
	in_list "$1" "${SERVERS[@]}" "${SERVICES[@]}"
}

name_check() {
	in_names "$1" || die "$EXIT_USAGE" "there is no process '$1'" \
		"there are: ${SERVERS[*]} ${SERVICES[*]}"
}

running_check() {
	lab_running || die "$EXIT_DOWN" "no lab is running in $LAB_RUN" \
		"./lab up starts one"
	lab_meet
}

# compose_check WHAT: what only containers have.
compose_check() {
	[[ $LAB_STACK == compose ]] || die "$EXIT_USAGE" "$1 is for containers, not for processes of this machine" \
		"./lab --stack compose ${command:-} means those"
}

# native_check WHAT: a command that only the processes of this machine have.
native_check() {
	[[ $LAB_STACK == native ]] || die "$EXIT_USAGE" "$1 is for processes of this machine, not for containers" \
		"./lab --stack native ${command:-} means those"
}
