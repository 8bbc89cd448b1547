# shellcheck shell=bash
#
# The ports of this run: deploy/native/ports.env, moved by LAB_PORT_BASE. A lab
# that was started keeps its block in $LAB_RUN/ports.base, so that later commands
# find it without being told again.

need processes

declare -gA PORTS=()
PORT_BASE=
PORT_SPAN=

ports_read() {
	local name value
	PORTS=()
	while IFS='=' read -r name value; do
		[[ -n $name && $name != \#* ]] || continue
		[[ $value =~ ^[0-9]+$ ]] ||
			die "$EXIT_USAGE" "$1: '$name=$value' is not a name and a number"
		case $name in
		PORT_BASE) PORT_BASE=$value ;;
		PORT_SPAN) PORT_SPAN=$value ;;
		*) PORTS[$name]=$value ;;
		esac
	done <"$1"
	ports_of_members
}

# A block's places from 40 on, ten for each service.
ports_of_members() {
	local i member
	for i in "${!SCALABLE[@]}"; do
		for ((member = 2; member <= MEMBERS_MAX; member++)); do
			PORTS[${SCALABLE[i]}-$member]=$((40 + 10 * i + member))
		done
	done
}

ports_move() {
	local name
	if ! [[ $1 =~ ^[0-9]{1,5}$ ]] || (($1 < 1024 || $1 + PORT_SPAN > 65535)); then
		die "$EXIT_USAGE" "LAB_PORT_BASE=$1 is not a port from 1024 to $((65535 - PORT_SPAN))"
	fi
	PORT_BASE=$1
	for name in "${!PORTS[@]}"; do
		PORTS[$name]=$((PORT_BASE + PORTS[$name]))
	done
}

# The block in use, or the one a start would use. While a lab runs, its own block
# counts whatever the environment says.
ports_load() {
	local kept=
	ports_read "$LAB_NATIVE/ports.env"
	[[ ! -f $LAB_RUN/ports.base ]] || kept=$(<"$LAB_RUN/ports.base")
	if [[ -n $kept ]] && lab_running; then
		ports_move "$kept"
	elif [[ ${LAB_PORT_BASE:-} == auto ]]; then
		ports_pick
		ports_move "$REPLY"
	else
		ports_move "${LAB_PORT_BASE:-${kept:-$PORT_BASE}}"
	fi
}

ports_keep() {
	printf '%s\n' "$PORT_BASE" >"$LAB_RUN/ports.base"
}

port_open() {
	(: </dev/tcp/127.0.0.1/"$1") 2>/dev/null
}

# The listening TCP ports of this machine, one a line, with their socket's inode.
ports_listening() {
	local file local_address state inode rest
	for file in /proc/net/tcp /proc/net/tcp6; do
		[[ -r $file ]] || continue
		while read -r _ local_address _ state _ _ _ _ _ inode rest; do
			[[ $state == 0A ]] && printf '%d %s\n' "0x${local_address##*:}" "$inode"
		done <"$file"
	done
	return 0
}

# "java (pid 4711)" for the owner of a socket inode, if we may see it.
ports_owner() {
	local link pid
	for link in /proc/[0-9]*/fd/*; do
		if [[ $(readlink "$link" 2>/dev/null) == "socket:[$1]" ]]; then
			pid=${link#/proc/}
			pid=${pid%%/*}
			printf '%s (pid %s)' "$(<"/proc/$pid/comm")" "$pid"
			return
		fi
	done
	printf 'another user'
}

# Dies with one sentence for every port of the block that is taken.
ports_check() {
	local port inode name
	local -A listening=()
	local -a taken=()
	while read -r port inode; do
		listening[$port]=$inode
	done < <(ports_listening)
	for name in "${!PORTS[@]}"; do
		inode=${listening[${PORTS[$name]}]:-}
		[[ -z $inode ]] ||
			taken+=("port ${PORTS[$name]} ($name) is taken by $(ports_owner "$inode")")
	done
	((${#taken[@]} == 0)) || die "$EXIT_PORT" "${taken[0]}" "${taken[@]:1}" \
		"end it, or give the lab another block: LAB_PORT_BASE=$((PORT_BASE + PORT_SPAN)) ./lab $command"
}

# ports_claim BASE: no other start picks this block until this process has ended; what it
# starts listens by then. A lock of another user's is one that we cannot open.
ports_claim() {
	local folder=/var/tmp/order-lab-ports
	[[ -d $folder ]] || install -d -m 1777 "$folder" 2>/dev/null || true
	{ exec {ports_fd}>"$folder/$1"; } 2>/dev/null || return 1
	flock -n "$ports_fd" || {
		exec {ports_fd}>&-
		return 1
	}
}

# A block nobody listens in or is about to, for a run beside another, in REPLY. It starts at
# a random place below the ephemeral ports.
ports_pick() {
	local attempt base port inode
	local -A listening=()
	while read -r port inode; do
		listening[$port]=$inode
	done < <(ports_listening)
	for ((attempt = 0; attempt < 100; attempt++)); do
		base=$((20000 + RANDOM % 120 * PORT_SPAN))
		for ((port = base; port < base + PORT_SPAN; port++)); do
			[[ -z ${listening[$port]:-} ]] || continue 2
		done
		ports_claim "$base" || continue
		REPLY=$base
		return
	done
	die "$EXIT_PORT" "no free block of $PORT_SPAN ports was found between 20000 and 32000"
}
