# shellcheck shell=bash
#
# What every command of ./lab shares: where things are, how it speaks, how it
# waits, its exit codes. Sourced by ./lab; starts and changes nothing itself.

# The exit codes, as ./lab help prints them.
readonly EXIT_FAILED=1  # it was tried and did not work
readonly EXIT_USAGE=2   # the command line or a setting is wrong
readonly EXIT_MISSING=3 # a package, program or right is missing
readonly EXIT_PORT=4    # a port is taken
readonly EXIT_DOWN=5    # needs a running lab, or a stopped one
readonly EXIT_TIMEOUT=6 # waited, and it did not come

# bash 5 is what EPOCHREALTIME and associative arrays below ask for.
if ((BASH_VERSINFO[0] < 5)); then
	echo "lab: bash 5 or newer is needed, this is $BASH_VERSION" >&2
	exit "$EXIT_MISSING"
fi

LAB_RUN_DEFAULT=/var/tmp/order-lab-$(id -un)
LAB_BUILD=${LAB_BUILD:-$LAB_TREE/build}
LAB_NATIVE=$LAB_TREE/deploy/native

# stack_find: the run directory, and what runs its lab: processes of this machine (native), or
# containers (compose). What was said (LAB_RUN, --stack) counts before what ./lab up wrote
# down, and that before what is found to run.
stack_find() {
	LAB_STACK=${LAB_STACK:-}
	stack_said=$LAB_STACK${LAB_RUN:-}
	if [[ -n ${LAB_RUN:-} ]]; then
		[[ -n $LAB_STACK || ! -f $LAB_RUN/stack ]] || LAB_STACK=$(<"$LAB_RUN/stack")
	elif [[ -z $LAB_STACK && ! -f $LAB_RUN_DEFAULT/supervisord.pid ]] &&
		[[ -n $(docker ps -q --filter label=com.docker.compose.project=order-lab 2>/dev/null) ]]; then
		LAB_STACK=compose
	fi
	LAB_STACK=${LAB_STACK:-native}
	[[ -n ${LAB_RUN:-} || $LAB_STACK == native ]] || LAB_RUN=$LAB_RUN_DEFAULT-compose
	LAB_RUN=${LAB_RUN:-$LAB_RUN_DEFAULT}
}
stack_find
export LAB_TREE LAB_RUN LAB_BUILD LAB_STACK

# What runs, in the order it is shown. A new process is a name here, a case in
# deploy/native/run-program, a section in supervisord.conf.in, a port in ports.env.
readonly -a DATABASES=(order payment inventory notification analytics)
SERVERS=(kafka postgres-order postgres-payment postgres-inventory postgres-notification postgres-analytics redis)
readonly -a BASE_SERVICES=(order payment inventory notification analytics gateway relay-order relay-payment)
SERVICES=("${BASE_SERVICES[@]}")
# Those whose group may have more members than one (./lab scale), and how many.
readonly -a SCALABLE=(order payment inventory notification analytics)
readonly MEMBERS_MAX=6 # as many as a topic has partitions
# What the further members of a group are called; no other name of a service ends so.
readonly MEMBER='-[2-9]$'

# members_read: the further members of this run, NAME-2 and so on, are services too.
members_read() {
	local name count member
	[[ -f $LAB_RUN/members ]] || return 0
	while read -r name count; do
		for ((member = 2; member <= count; member++)); do
			SERVICES+=("$name-$member")
		done
	done <"$LAB_RUN/members"
}
members_read

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
	BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
else
	BOLD='' DIM='' RED='' GREEN='' YELLOW='' PLAIN=''
fi
readonly BOLD DIM RED GREEN YELLOW PLAIN

step_open=

say() {
	printf '%s\n' "$*"
}

# warn WORDS: something a person should know, nothing that stops.
warn() {
	printf 'lab: %s\n' "$*" >&2
}

# die CODE WHAT [NEXT]...: the only way a command gives up. NEXT says what to do.
die() {
	local code=$1 line
	shift
	[[ -z $step_open ]] || printf '\n'
	step_open=
	printf 'lab: %s\n' "$1" >&2
	shift
	for line in "$@"; do
		printf '     %s\n' "$line" >&2
	done
	trap - ERR
	exit "$code"
}

# What is not expected is a defect of ./lab: say where, do not just vanish.
on_error() {
	local code=$1 where=$2 what=$3
	[[ -z $step_open ]] || printf '\n'
	printf 'lab: %s: "%s" failed (%s)\n' "${where#"$LAB_TREE/"}" "$what" "$code" >&2
}
set -E
trap 'on_error $? "${BASH_SOURCE[0]:-lab}:$LINENO" "$BASH_COMMAND"' ERR

usage_error() {
	die "$EXIT_USAGE" "$1" "./lab $command --help tells how it is used"
}

now_us() {
	REPLY=${EPOCHREALTIME/[.,]/}
}

# seconds_since START_US [END_US]: "3.1" in REPLY; until now without an end.
seconds_since() {
	now_us
	local tenths=$(((${2:-REPLY} - $1 + 50000) / 100000))
	REPLY=$((tenths / 10)).$((tenths % 10))
}

step_begin() {
	printf '  %-46s' "$1"
	step_open=1
}

# step_end START_US
step_end() {
	seconds_since "$1"
	printf '%s%7s s%s\n' "$DIM" "$REPLY" "$PLAIN"
	step_open=
}

# step LABEL COMMAND...: runs it and writes one line with the time it took.
step() {
	local label=$1 start
	shift
	now_us
	start=$REPLY
	step_begin "$label"
	"$@"
	step_end "$start"
}

# step_watched LABEL LOG COMMAND...: the same for what takes long; a terminal is
# shown the end of LOG meanwhile.
step_watched() {
	local label=$1 log=$2 start child
	shift 2
	if [[ ! -t 1 ]]; then
		step "$label" "$@"
		return
	fi
	now_us
	start=$REPLY
	step_begin "$label"
	"$@" &
	child=$!
	while kill -0 "$child" 2>/dev/null; do
		printf '\r\e[K  %-46s%s%.60s%s' "$label" "$DIM" \
			"$(tail -n 1 "$log" 2>/dev/null | tr -d '\r\e')" "$PLAIN"
		sleep 0.2
	done
	printf '\r\e[K  %-46s' "$label"
	# It has said what went wrong.
	wait "$child" || exit $?
	step_end "$start"
}

# wait_until SECONDS COMMAND...: until it succeeds. EXIT_TIMEOUT when it never did.
# A waiter may set wait_gave_up to end the wait early.
wait_until() {
	local end=$((SECONDS + $1))
	shift
	wait_gave_up=
	until "$@" >/dev/null 2>&1; do
		if [[ -n $wait_gave_up ]] || ((SECONDS >= end)); then
			return "$EXIT_TIMEOUT"
		fi
		sleep 0.05
	done
}

# log_tail FILE: its last lines on stderr, indented, for a failure.
log_tail() {
	[[ -s $1 ]] || return 0
	[[ -z $step_open ]] || printf '\n'
	step_open=
	printf '     the end of %s:\n' "$1" >&2
	tail -n "${2:-15}" "$1" | cut -c1-300 | sed 's/^/     | /' >&2
}

is_root() {
	[[ $EUID -eq 0 ]]
}

have() {
	command -v "$1" >/dev/null 2>&1
}

in_list() {
	local wanted=$1 item
	shift
	for item in "$@"; do
		[[ $item != "$wanted" ]] || return 0
	done
	return 1
}

# A library is loaded once, by whoever needs it.
declare -A lab_loaded=()
need() {
	local library
	for library in "$@"; do
		[[ -z ${lab_loaded[$library]:-} ]] || continue
		lab_loaded[$library]=1
		# shellcheck source=/dev/null
		source "$LAB_TREE/tools/lab/$library.sh"
	done
}

# run_directory_check: a place that is ours, short enough for a socket, plain
# enough for every configuration file it is written into.
run_directory_check() {
	[[ $LAB_RUN =~ ^/[A-Za-z0-9._/-]+$ && ${#LAB_RUN} -le 70 ]] ||
		die "$EXIT_USAGE" "LAB_RUN=$LAB_RUN is no usable run directory" \
			"an absolute path of letters, digits and ._- of at most 70 characters"
	[[ ! -e $LAB_RUN || (-d $LAB_RUN && -O $LAB_RUN) ]] ||
		die "$EXIT_USAGE" "$LAB_RUN exists and is not ours" "set LAB_RUN to another directory"
}
