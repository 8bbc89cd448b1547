# shellcheck shell=bash
#: run a service as several processes that share its partitions

command_help() {
	cat <<-END
		./lab scale NAME COUNT: COUNT processes of a service (1 to $MEMBERS_MAX) in one consumer group: each
		gets a share of the partitions, all use the service's one database. The first is called
		NAME and answers HTTP, the others NAME-2, NAME-3 and so on. Waits until every partition
		has its member again; a member that was taken away is missed after 6 s. What is scaled
		stays so until told otherwise, over ./lab down too.

		./lab scale NAME: shows who has how many partitions.

		NAME is one of: ${SCALABLE[*]}

		Examples:
		  ./lab scale payment 3 && ./lab orders --rate 100 --count 2000
		  ./lab kill payment-2
		  ./lab scale payment 1
	END
}

# members_of NAME COUNT: all of them, one a line.
members_of() {
	local member
	printf '%s\n' "$1"
	for ((member = 2; member <= $2; member++)); do
		printf '%s-%s\n' "$1" "$member"
	done
}

members_count() {
	local count
	count=$(awk -v name="$1" '$1 == name {print $2}' "$LAB_RUN/members" 2>/dev/null) || true
	printf '%s' "${count:-1}"
}

# members_keep NAME COUNT
members_keep() {
	{
		grep -v "^$1 " "$LAB_RUN/members" 2>/dev/null || true
		printf '%s %s\n' "$1" "$2"
	} >"$LAB_RUN/members.new"
	mv "$LAB_RUN/members.new" "$LAB_RUN/members"
}

# partitions_of PROCESS: how many are assigned to it; 0 when it does not say.
partitions_of() {
	local count
	count=$(curl -fs -m 2 "http://127.0.0.1:${PORTS[$1]}/metrics" 2>/dev/null |
		awk '$1 == "orderlab_partitions_assigned" {print $2}') || true
	printf '%s' "${count:-0}"
}

# partitions_shared NAME COUNT TOTAL: all are assigned, evenly.
partitions_shared() {
	local member count total=0 least=
	for member in $(members_of "$1" "$2"); do
		count=$(partitions_of "$member")
		total=$((total + count))
		[[ -n $least ]] && ((least <= count)) || least=$count
	done
	((total == $3 && least >= $3 / $2))
}

# One that has just started is ready before it is given its share.
partitions_known() {
	local member
	for member in $(members_of "$1" "$2"); do
		(($(partitions_of "$member") > 0)) || return 1
	done
}

# Partitions of all topics that a group of this service reads.
partitions_total() {
	local member total=0
	for member in $(members_of "$1" "$2"); do
		total=$((total + $(partitions_of "$member")))
	done
	printf '%s' "$total"
}

# supervisor_change NAME COUNT_BEFORE COUNT: new members are started, those too many stopped.
supervisor_change() {
	local member
	for ((member = $3 + 1; member <= $2; member++)); do
		supervisor_do stop "$1-$member" >/dev/null 2>&1 || true
	done
	supervisor_config >"$LAB_RUN/supervisord.conf"
	supervisor_do reread >/dev/null 2>&1 || true
	for ((member = 2; member <= MEMBERS_MAX; member++)); do
		((member > $2 && member > $3)) || supervisor_do update "$1-$member" >/dev/null 2>&1 || true
	done
	for ((member = $2 + 1; member <= $3; member++)); do
		supervisor_do start "$1-$member" >/dev/null 2>&1 || true
	done
}

scale_show() {
	local member
	printf '%s%-20s %10s%s\n' "$BOLD" MEMBER PARTITIONS "$PLAIN"
	for member in $(members_of "$1" "$2"); do
		printf '%-20s %10s\n' "$member" "$(partitions_of "$member")"
	done
}

scale_to() {
	local name=$1 count=$2 before total member
	before=$(members_count "$name")
	wait_until 20 partitions_known "$name" "$before" ||
		die "$EXIT_TIMEOUT" "a member of $name has no partitions after 20 s" \
			"./lab status tells whether it runs"
	total=$(partitions_total "$name" "$before")
	lock_take
	members_keep "$name" "$count"
	SERVICES=("${BASE_SERVICES[@]}")
	members_read
	step "$name: $before to $count" supervisor_change "$name" "$before" "$count"
	exec {lock_fd}>&-
	for ((member = before + 1; member <= count; member++)); do
		step "$name-$member is ready" wait_ready "$name-$member" process_ready "$name-$member"
	done
	wait_until 30 partitions_shared "$name" "$count" "$total" ||
		die "$EXIT_TIMEOUT" "the partitions of $name are not shared evenly after 30 s" \
			"./lab scale $name shows who has how many"
	scale_show "$name" "$count"
}

command_run() {
	local name=${1:-} count=${2:-}
	(($# == 1 || $# == 2)) || usage_error "scale wants a service and how many of it"
	in_list "$name" "${SCALABLE[@]}" ||
		usage_error "'$name' is none of: ${SCALABLE[*]}"
	need stack
	running_check
	ports_load
	if [[ -z $count ]]; then
		scale_show "$name" "$(members_count "$name")"
		return
	fi
	[[ $count =~ ^[1-$MEMBERS_MAX]$ ]] ||
		usage_error "'$count' is not a number from 1 to $MEMBERS_MAX"
	native_check scale
	scale_to "$name" "$count"
}
