# shellcheck shell=bash
#
# The build, and Kafka's jars. Both do nothing when there is nothing to do.

KAFKA_HOME=$LAB_TREE/deploy/kafka
KAFKA_LIBS=$KAFKA_HOME/target/libs

# build_ensure DIRECTORY [MESON OPTION]...: configured once, then ninja. An
# environment of CC and the like counts at the first time only, as Meson has it.
build_ensure() {
	local directory=$1 log=$1/lab-build.log
	shift
	mkdir -p "$directory"
	if [[ ! -f $directory/build.ninja ]]; then
		meson setup "$@" "$directory" "$LAB_TREE" >"$log" 2>&1 || {
			log_tail "$log"
			die "$EXIT_FAILED" "Meson could not configure ${directory#"$LAB_TREE/"}"
		}
	fi
	nice ninja -C "$directory" >"$log" 2>&1 || {
		grep -A 12 -m 1 -E 'error:|ERROR:' "$log" | cut -c1-300 >&2 || log_tail "$log"
		die "$EXIT_FAILED" "the build failed" "all of it: $log"
	}
}

kafka_jars_present() {
	[[ -f $KAFKA_LIBS/.complete && ! $KAFKA_HOME/pom.xml -nt $KAFKA_LIBS/.complete ]]
}

build_step() {
	step_watched "build" "$LAB_BUILD/lab-build.log" build_ensure "$LAB_BUILD"
}

# Fetched beside and moved into place, so that a broken fetch leaves no half; by one at a
# time, so that nobody's jars go while he starts.
kafka_jars_ensure() {
	! kafka_jars_present || return 0
	have mvn || die "$EXIT_MISSING" "there is no mvn to fetch Kafka's jars with" \
		"install Maven (Debian: maven)"
	mkdir -p "$KAFKA_HOME/target"
	(
		flock 9
		kafka_jars_present || kafka_jars_fetch
	) 9>"$KAFKA_HOME/target/.lock"
}

kafka_jars_fetch() {
	local fresh=$KAFKA_LIBS.new log=$KAFKA_HOME/target/fetch.log
	rm -rf "$fresh"
	mvn -q -B -Dstyle.color=never -f "$KAFKA_HOME/pom.xml" dependency:copy-dependencies -Dlibs="$fresh" \
		>"$log" 2>&1 || {
		grep -m 1 '\[ERROR\]' "$log" | cut -c1-400 >&2 || true
		die "$EXIT_FAILED" "Maven could not fetch Kafka's jars (deploy/kafka/pom.xml)" \
			"is there a network? all of it: $log"
	}
	touch "$fresh/.complete"
	rm -rf "$KAFKA_LIBS"
	mv "$fresh" "$KAFKA_LIBS"
}
