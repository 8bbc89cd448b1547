# shellcheck shell=bash
#: remove the run directory; --build: the builds too

command_help() {
	cat <<-END
		./lab clean [--yes] [--build]: removes the run directory with all its data. Refuses
		while the lab runs; asks first unless told --yes.

		  --build   also build/, the test builds and Kafka's fetched jars

		Example:
		  ./lab down && ./lab clean --yes
	END
}

# clean_confirm WHAT
clean_confirm() {
	local answer
	[[ -t 0 ]] || die "$EXIT_USAGE" "clean asks before it removes, and there is nobody to ask" \
		"./lab clean --yes"
	read -r -p "remove $1 with all its data? [y/N] " answer
	[[ $answer == [yY]* ]] || die "$EXIT_FAILED" "nothing was removed"
}

command_run() {
	local yes='' build='' argument
	for argument in "$@"; do
		case $argument in
		--yes) yes=1 ;;
		--build) build=1 ;;
		*) usage_error "'$argument' is not an option of clean" ;;
		esac
	done
	need stack
	run_directory_check
	# What runs is meant, elsewhere; here nothing does.
	[[ -n $stack_said || ! -d $LAB_RUN_DEFAULT || ! -d $LAB_RUN_DEFAULT-compose ]] ||
		die "$EXIT_USAGE" "there are two labs, $LAB_RUN_DEFAULT and $LAB_RUN_DEFAULT-compose" \
			"./lab --stack native clean, or ./lab --stack compose clean"
	! lab_running || die "$EXIT_DOWN" "the lab in $LAB_RUN is running" "./lab down"
	if [[ -d $LAB_RUN ]]; then
		[[ -n $yes ]] || clean_confirm "$LAB_RUN"
		# Only what a lab made: a mistyped LAB_RUN must not cost a person's files.
		[[ -d $LAB_RUN/logs && -f $LAB_RUN/lock ]] ||
			die "$EXIT_USAGE" "$LAB_RUN was not made by ./lab up" "remove it yourself"
		[[ $LAB_STACK == compose ]] || orphans_end
		[[ $LAB_STACK == native ]] || compose_clean
		rm -rf -- "$LAB_RUN"
		say "removed $LAB_RUN"
	fi
	if [[ -n $build ]]; then
		rm -rf -- "$LAB_TREE"/build "$LAB_TREE"/build-* "$KAFKA_HOME/target"
		say "removed the builds and Kafka's jars"
	fi
}
