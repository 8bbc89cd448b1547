# shellcheck shell=bash
#
# The distribution's packages: what is missing is installed, nothing else is
# touched. No daemon of the distribution is left running because of us: while
# apt works, a policy-rc.d refuses service starts and PostgreSQL is told not to
# make its own cluster; services that came with us are not started at boot.

# packages_listed run|test: names; test includes run.
packages_listed() {
	awk -v for_test="$([[ $1 == test ]] && echo 1 || echo 0)" \
		'!/^#/ && NF && ($2 == "run" || for_test) {print $1}' "$LAB_NATIVE/packages.txt"
}

# The listed packages that are not installed. A virtual or replaced name counts
# as there when something installed provides it.
packages_missing() {
	local -A present=()
	local name
	while read -r name; do
		[[ -z $name ]] || present[${name%%:*}]=1
	done < <(dpkg-query -W -f='${db:Status-Status} ${Package}\n${db:Status-Status} ${Provides}\n' |
		sed -n 's/^installed //p' | tr ',' '\n' | sed 's/^ *//; s/ .*//')
	while read -r name; do
		[[ -n ${present[$name]:-} ]] || printf '%s\n' "$name"
	done < <(packages_listed "$1")
}

packages_ensure() {
	local -a missing
	if ! have dpkg-query; then
		warn "this is no Debian or Ubuntu: deploy/native/packages.txt lists what must be there"
		return
	fi
	mapfile -t missing < <(packages_missing "$1")
	((${#missing[@]} > 0)) || return 0
	say "  missing packages: ${missing[*]}"
	if ! is_root && ! have sudo; then
		die "$EXIT_MISSING" "packages are missing and there is no sudo to install them with" \
			"as root: apt-get install --no-install-recommends ${missing[*]}"
	fi
	# A password is asked for here, not in the middle of the step.
	is_root || sudo -v
	packages_log=$(mktemp)
	step_watched "install them (a minute or two)" "$packages_log" packages_install "${missing[@]}"
	rm -f "$packages_log"
}

as_root() {
	if is_root; then
		"$@"
	else
		sudo "$@"
	fi
}

packages_install() {
	as_root bash "$LAB_TREE/tools/lab/install-packages" "$@" >"$packages_log" 2>&1 || {
		log_tail "$packages_log" 12
		die "$EXIT_MISSING" "apt-get could not install: $*" \
			"see above; is there a network, and does 'apt-get update' work?"
	}
}

# The Java that Kafka 4 asks for.
java_check() {
	local version major
	have java || die "$EXIT_MISSING" "there is no java, which Kafka's server needs" \
		"install a Java runtime of version 17 or newer (Debian: default-jre-headless)"
	version=$(java -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
	major=${version%%.*}
	if ! [[ $major =~ ^[0-9]+$ ]] || ((major < 17)); then
		die "$EXIT_MISSING" "Kafka needs Java 17 or newer, 'java' is ${version:-unknown}" \
			"install one (Debian: default-jre-headless) or put it first in PATH"
	fi
}
