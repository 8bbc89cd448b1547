# shellcheck shell=bash
#
# What the tests of the containers share, on top of what the live tests do.

export LAB_STACK=compose
source "$(dirname "${BASH_SOURCE[0]}")/../live/lib.sh"
unset LAB_LIVE

# stack_start [ARGUMENT OF UP]...: a stack of our own, of which PROJECT is the name.
stack_start() {
	live_start "$@"
	PROJECT=order-lab-$(basename "$LAB_RUN" | tr -c 'a-z0-9\n' -)
}

# container NAME: its id, also when it does not run.
container() {
	docker ps -aq --filter "label=com.docker.compose.project=$PROJECT" \
		--filter "label=com.docker.compose.service=$1"
}

# inspect NAME FORMAT
inspect() {
	docker inspect --format "$2" "$(container "$1")"
}

inside() {
	docker exec "$(inspect "$1" '{{.Id}}')" "${@:2}"
}

reaches() {
	inside "$1" timeout 3 bash -c "</dev/tcp/$2/$3" 2>/dev/null
}

reaches_not() {
	! reaches "$@"
}

# least_rights NAME: neither root nor a capability, nothing to write to, limits.
least_rights() {
	same "$(inspect "$1" '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}} {{.HostConfig.SecurityOpt}}')" \
		'lab true [ALL] [] [no-new-privileges:true]' &&
		same "$(inside "$1" bash -c 'id -u; touch /usr/x 2>/dev/null || echo read-only; grep -h CapEff /proc/self/status | cut -f2' | paste -sd' ')" \
			'10001 read-only 0000000000000000' &&
		[[ $(inspect "$1" '{{.HostConfig.Memory}}') -gt 0 && $(inspect "$1" '{{.HostConfig.PidsLimit}}') -gt 0 ]]
}
