# shellcheck shell=bash
#: run every test; the last line counts them

command_help() {
	cat <<-END
		./lab test [--only NAME[,NAME]...] [--compose] [--keep]

		Installs what is missing, builds three times (gcc; gcc with AddressSanitizer and
		UndefinedBehaviorSanitizer; clang, every warning an error) and runs, with servers of
		its own in a scratch run directory on free ports:

		  tidy       the rules of the code's shape, and shellcheck
		  unit contract flow    with the sanitizers; no server
		  interop live crash    against Kafka and PostgreSQL
		  system     tests/live/*.sh against the whole stack
		  compose    tests/compose/*.sh: the stack in containers. Skipped, and said so, where
		             there is no Docker or an image can neither be found nor pulled

		A lab that runs beside it is not touched. Nothing is left behind but images of Docker,
		also on Ctrl-C.
		The last line is "N passed, N failed"; exit code 0 only if none failed and some ran.

		  --only     of: build tidy unit contract flow interop live crash system compose, or
		             the name of one script of tests/live or tests/compose
		  --compose  the same as --only compose, and what would skip it fails
		  --keep     leave the scratch run directory (stopped) to look at

		Examples:
		  ./lab test
		  ./lab test --only unit,tidy
		  ./lab test --only paths
		  ./lab test --compose
	END
}

# Scripts that bring servers or labs of their own. They are long and mostly wait, so they
# run beside the others, in two lanes.
readonly -a OWN_SERVERS=(relay) OWN_LABS=(drill replay redrive verify)
readonly BUILD_CHECKED=$LAB_TREE/build-test
readonly BUILD_CLANG=$LAB_TREE/build-clang
readonly TEST_HOME=/var/tmp/order-lab-test.$$
test_only=
test_keep=
test_compose_must=
test_errors=2

test_options() {
	while (($# > 0)); do
		case $1 in
		--only)
			[[ -n ${2:-} ]] || usage_error "--only wants names"
			test_only=,$2,
			shift
			;;
		--compose) test_only=,compose, test_compose_must=1 ;;
		--keep) test_keep=1 ;;
		*) usage_error "'$1' is not an option of test" ;;
		esac
		shift
	done
}

# wanted NAME...: one of them was asked for, or nothing in particular was.
wanted() {
	local name
	[[ -n $test_only ]] || return 0
	for name in "$@"; do
		[[ $test_only != *,$name,* ]] || return 0
	done
	return 1
}

live_scripts() {
	local file name
	for file in "$LAB_TREE"/tests/live/*.sh; do
		name=$(basename "$file" .sh)
		! in_list "$name" lib "${OWN_SERVERS[@]}" "${OWN_LABS[@]}" || continue
		! wanted system "$name" || printf '%s\n' "$name"
	done
}

# scratch_up NAME ARGUMENT...: a lab of ours, quietly, in a run directory NAME.
scratch_up() {
	export LAB_RUN=$TEST_HOME/$1 LAB_PORT_BASE=auto
	shift
	child_run "$LAB_TREE/lab" up "$@" >"$TEST_HOME/up.out" 2>&1 && return
	sed 's/^/     | /' "$TEST_HOME/up.out"
	return 1
}

# labs_end DIRECTORY: stops every lab below a scratch directory.
labs_end() {
	local run
	for run in "$1"/*/; do
		[[ -f ${run}lock ]] || continue
		LAB_RUN=${run%/} "$LAB_TREE/lab" down >/dev/null 2>&1 || true
		# Volumes are not in the directory.
		[[ ! -f ${run}stack ]] || LAB_RUN=${run%/} "$LAB_TREE/lab" clean --yes >/dev/null 2>&1 || true
	done
}

# Whatever ends us, ends everything.
test_finish() {
	trap - EXIT
	trap '' INT TERM HUP
	children_end
	labs_end "$TEST_HOME"
	if [[ -n $test_keep ]]; then
		say "kept: $TEST_HOME"
	else
		rm -rf -- "$TEST_HOME"
	fi
}

# A signal may find our own output redirected, into a child's log.
test_interrupted() {
	printf '\nlab: interrupted; stopping what was started\n' >&"$test_errors"
	exit 130
}

# A run that was killed outright may have left servers: end them.
stale_runs_end() {
	local directory pid
	for directory in /var/tmp/order-lab-test.*; do
		pid=${directory##*.}
		[[ -d $directory && -O $directory && ! -d /proc/$pid ]] || continue
		warn "removing what an earlier test run left: $directory"
		labs_end "$directory"
		rm -rf -- "$directory"
	done
}

# test_build NAME DIRECTORY MESON_OPTION...: counts as one test.
test_build() {
	local name=$1 start code=0
	shift
	now_us
	start=$REPLY
	child_run "$LAB_TREE/lab" build "$@" >"$TEST_HOME/logs/build-$name.out" 2>&1 || code=$?
	tests_count "build-$name" "$((code == 0))" "$((code != 0))" "$start"
	((code == 0)) || sed 's/^/     | /' "$TEST_HOME/logs/build-$name.out"
	return "$code"
}

# Under the sanitizers gcc sees null pointers that cannot be; the other two builds
# have the same warnings without them.
readonly SANITIZED=('-Db_sanitize=address,undefined' -Db_lundef=false -Dwerror=true
	"-Dc_args=-Wno-error=format-truncation -Wno-error=format-overflow -Wno-error=maybe-uninitialized")

test_builds() {
	test_build gcc "$LAB_BUILD" || return 1
	if wanted build; then
		CC=clang test_build clang "$BUILD_CLANG" -Dwerror=true || true
	fi
}

test_checked_suites() {
	local suite
	wanted unit contract flow build || return 0
	test_build sanitized "$BUILD_CHECKED" "${SANITIZED[@]}" || return 0
	export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	# The unit tests' programs mostly wait: for a time-out, a late answer, a dead peer.
	! wanted unit || meson_suite "$BUILD_CHECKED" unit --num-processes 4
	for suite in contract flow; do
		! wanted "$suite" || meson_suite "$BUILD_CHECKED" "$suite"
	done
	unset ASAN_OPTIONS UBSAN_OPTIONS
}

# What testkit.h asks for of a runner.
test_environment() {
	need postgres ports
	ports_load
	export TMPDIR=$TEST_HOME/tmp
	mkdir -p "$TMPDIR"
	local password
	password=$(<"$LAB_RUN/secrets/postgres.password")
	export TESTKIT_DATABASE_URL="postgresql://postgres:$password@127.0.0.1:${PORTS[postgres-order]}/postgres?sslmode=disable"
	export TESTKIT_BOOTSTRAP=127.0.0.1:${PORTS[kafka]}
	export TESTKIT_REDIS=127.0.0.1:${PORTS[redis]}
	export TESTKIT_KAFKA_PID_FILE=$LAB_RUN/pids/kafka
	export TESTKIT_KAFKA_START="$LAB_TREE/lab start kafka"
}

test_server_suites() {
	local suite start
	wanted interop live crash || return 0
	now_us
	start=$REPLY
	scratch_up servers --servers || {
		tests_count servers 0 1 "$start"
		return 0
	}
	test_environment
	for suite in interop live crash; do
		! wanted "$suite" || meson_suite "$LAB_BUILD" "$suite"
	done
	unset TMPDIR
	labs_end "$TEST_HOME"
}

# The whole stack, fresh: what the suites before did to their servers is not its start.
test_system() {
	local name start
	local -a names
	mapfile -t names < <(live_scripts)
	((${#names[@]} > 0)) || return 0
	now_us
	start=$REPLY
	scratch_up stack || {
		tests_count stack 0 1 "$start"
		return 0
	}
	tests_count stack 1 0 "$start"
	export LAB_LIVE=shared
	for name in "${names[@]}"; do
		script_run "$name" "$LAB_TREE/tests/live/$name.sh"
		lanes_go_on
	done
}

# compose_scripts: the names of those that were asked for.
compose_scripts() {
	local file name
	for file in "$LAB_TREE"/tests/compose/*.sh; do
		name=$(basename "$file" .sh)
		[[ $name != lib ]] || continue
		! wanted compose "$name" || printf '%s\n' "$name"
	done
}

# After everything else: containers, brokers and databases of its own for each script.
test_compose() {
	local name missing
	local -a names
	mapfile -t names < <(compose_scripts)
	((${#names[@]} > 0)) || return 0
	missing=$(compose_missing)
	if [[ -n $missing && -n $test_compose_must ]]; then
		now_us
		tests_count compose 0 1 "$REPLY"
		printf '     %s\n' "$missing"
		return 0
	elif [[ -n $missing ]]; then
		say "  compose                skipped: $missing"
		return 0
	fi
	for name in "${names[@]}"; do
		SERVERS_RUN=$TEST_HOME/compose-$name script_run "compose-$name" "$LAB_TREE/tests/compose/$name.sh"
	done
}

# lane_start_wanted LANE NAME...
lane_start_wanted() {
	local name
	local -a names=()
	for name in "${@:2}"; do
		! wanted system "$name" || names+=("$name")
	done
	((${#names[@]} == 0)) || lane_start "$1" "${names[@]}"
}

test_with_servers() {
	lane_start_wanted servers "${OWN_SERVERS[@]}"
	lane_start_wanted labs "${OWN_LABS[@]}"
	test_server_suites
	test_system
	lanes_finish
	test_compose
}

command_run() {
	test_options "$@"
	# The labs of the tests are of this machine, whatever runs beside them.
	LAB_STACK=native
	need stack testing images
	packages_ensure test
	java_check
	stale_runs_end
	exec {test_errors}>&2
	trap test_finish EXIT
	trap test_interrupted INT TERM HUP
	install -d -m 0711 "$TEST_HOME" "$TEST_HOME/logs"
	say "tests; servers of their own and all logs in $TEST_HOME"

	if test_builds; then
		! wanted tidy || script_run tidy "$LAB_TREE/tests/tidy/run"
		test_checked_suites
		test_with_servers
	fi
	test_finish
	tests_summary
	((TESTS_FAILED == 0 && TESTS_PASSED > 0)) || exit "$EXIT_FAILED"
}
