# shellcheck shell=bash
#
# The stack as containers (deploy/kafka/compose.yaml): what supervisor.sh does with
# processes of this machine, done with docker compose. The same names, the same ports.

need ports images

readonly SECURE_FILE=$LAB_TREE/deploy/kafka/secure.yaml
# Where it is, the stack of this run is the secure one.
readonly SECURE_MARK=$LAB_RUN/compose.secure

# One stack a run directory; that of the default one has the name that compose.yaml gives.
COMPOSE_PROJECT=order-lab
if [[ $LAB_RUN != "$LAB_RUN_DEFAULT-compose" ]]; then
	COMPOSE_PROJECT=order-lab-$(basename "$LAB_RUN" | tr -c 'a-z0-9\n' -)
fi

compose_need() {
	local -a missing
	mapfile -t missing < <(docker_missing)
	((${#missing[@]} == 0)) || die "$EXIT_MISSING" "${missing[@]}"
}

# Every port of the block as the variable that compose.yaml reads: POSTGRES_ORDER_PORT.
compose_ports_export() {
	local name variable
	for name in "${!PORTS[@]}"; do
		variable=${name^^}_PORT
		export "${variable//-/_}=${PORTS[$name]}"
	done
}

# compose ARGUMENT...: docker compose on this run's stack.
compose() {
	local -a given=(-f "$COMPOSE_FILE")
	[[ ! -f $SECURE_MARK ]] || given+=(-f "$SECURE_FILE")
	[[ ! -s $LAB_RUN/kept.json ]] || given+=(-f "$LAB_RUN/kept.json")
	[[ ! -s $LAB_RUN/compose.env ]] || given+=(--env-file "$LAB_RUN/compose.env")
	(
		compose_ports_export
		exec docker compose -p "$COMPOSE_PROJECT" "${given[@]}" "$@"
	)
}

# container NAME: the id of the container of a process, on stdout; empty when there is none.
container() {
	docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$COMPOSE_PROJECT" \
		--filter "label=com.docker.compose.service=$1" 2>/dev/null
}

# containers_inspect FORMAT: "name TAB FORMAT", one a line, of every container of the stack.
containers_inspect() {
	local -a ids
	mapfile -t ids < <(docker ps -aq --filter "label=com.docker.compose.project=$COMPOSE_PROJECT" 2>/dev/null)
	((${#ids[@]} > 0)) || return 0
	docker inspect --format "{{index .Config.Labels \"com.docker.compose.service\"}}{{\"\\t\"}}$1" \
		"${ids[@]}" 2>/dev/null || true
}

# "name TAB state TAB pid TAB started", one a line, of every container of the stack.
containers() {
	containers_inspect '{{.State.Status}}{{"\t"}}{{.State.Pid}}{{"\t"}}{{.State.StartedAt}}'
}

# Brokers and members that only some stacks have are processes too.
compose_names_read() {
	local name rest
	while read -r name rest; do
		case $name in
		kafka-[2-9]) SERVERS+=("$name") ;;
		*-[2-9]) SERVICES+=("$name") ;;
		esac
	done < <(containers | sort)
}

lab_running() {
	[[ -n $(docker ps -q --filter "label=com.docker.compose.project=$COMPOSE_PROJECT" 2>/dev/null) ]]
}

# Volumes that were removed and made again have other passwords; the second is a secure stack's.
volume_made() {
	docker volume inspect --format '{{.CreatedAt}}' "${COMPOSE_PROJECT}_secrets-postgres" \
		"${COMPOSE_PROJECT}_client-tools" 2>/dev/null || true
}

# Whoever started the containers: ./lab goes on as they were started.
secure_adopt() {
	local kafka
	kafka=$(container kafka)
	[[ -n $kafka ]] || return 0
	if docker inspect --format '{{index .Config.Labels "com.docker.compose.project.config_files"}}' \
		"$kafka" | grep -q '/secure\.yaml'; then
		touch "$SECURE_MARK"
	else
		rm -f "$SECURE_MARK"
	fi
}

# kcat reads there how it comes in, whoever starts it.
kcat_tell() {
	[[ ! -f $SECURE_MARK || ! -f $LAB_RUN/secrets/kcat.conf ]] || export KCAT_CONFIG=$LAB_RUN/secrets/kcat.conf
}

# Whoever started the containers: our tools have the passwords of those that run.
lab_meet() {
	[[ ! -f $LAB_RUN/secrets/made || $(<"$LAB_RUN/secrets/made") != "$(volume_made)" ]] || return 0
	compose_directory_create
	secure_adopt
	secrets_fetch
}

processes_list() {
	local name state pid started seconds uptime
	while IFS=$'\t' read -r name state pid started; do
		in_names "$name" || continue
		uptime=-
		if [[ $state == running ]]; then
			seconds=$(($(date +%s) - $(date -d "$started" +%s)))
			uptime=$(printf '%d:%02d:%02d' $((seconds / 3600)) $((seconds / 60 % 60)) $((seconds % 60)))
		else
			pid=-
		fi
		printf '%s\t%s\t%s\t%s\n' "$name" "${state^^}" "$pid" "$uptime"
	done < <(containers)
}

# The container's first process, in this machine's numbers.
process_pid() {
	local pid
	pid=$(docker inspect --format '{{.State.Pid}}' "$(container "$1")" 2>/dev/null) || return 1
	((pid > 0)) || return 1
	printf '%s' "$pid"
}

process_state() {
	local state
	state=$(docker inspect --format '{{.State.Status}}' "$(container "$1")" 2>/dev/null) || return 1
	printf '%s\n' "${state^^}"
}

# As it was made, unless it was made with other settings than it is to have now.
process_start() {
	if [[ -f $LAB_RUN/once/$1 || $(settings_made "$1") != "$(settings_kept "$1")" ]]; then
		container_make "$1"
	else
		docker start "$(container "$1")" >/dev/null 2>&1
	fi
}

# The label of a container that was made with settings: "once", or which were kept.
settings_made() {
	docker inspect --format '{{index .Config.Labels "order-lab.settings"}}' "$(container "$1")"
}

settings_kept() {
	[[ ! -s $LAB_RUN/kept/$1 ]] || sha256sum <"$LAB_RUN/kept/$1" | cut -c1-16
}

# What compose.yaml does not say of processes that ./lab start --keep gave settings.
kept_write() {
	local file name
	for file in "$LAB_RUN"/kept/*; do
		name=${file##*/}
		[[ ! -s $file ]] || jq -Rn --arg name "$name" --arg kept "$(settings_kept "$name")" '{($name): {
			labels: {"order-lab.settings": $kept},
			environment: [inputs | gsub("[$]"; "$$")]}}' "$file"
	done | jq -s '{services: (add // {})}' >"$LAB_RUN/kept.json"
}

# once_write NAME: the settings for one start, which the program "once" of our image gives it.
once_write() {
	jq -Rn --arg name "$1" --arg id "$1-$EPOCHREALTIME" '{services: {($name): {
		labels: {"order-lab.settings": "once"},
		entrypoint: (["/usr/local/lib/order-lab/once", $id] + [inputs | gsub("[$]"; "$$")] + ["--"]),
		volumes: ["once:/run/once"]}}}' "$LAB_RUN/once/$1" >"$LAB_RUN/once.json"
	rm -f "$LAB_RUN/once/$1"
}

# container_make NAME: anew, with the settings that it is to have now.
container_make() {
	local log=$LAB_RUN/logs/compose.log
	local -a once=()
	kept_write
	if [[ -f $LAB_RUN/once/$1 ]]; then
		once_write "$1"
		once=(-f "$LAB_RUN/once.json")
	fi
	docker logs "$(container "$1")" >>"$LAB_RUN/logs/$1.before" 2>&1 || true
	compose "${once[@]}" --progress plain up --detach --no-deps --no-build "$1" >"$log" 2>&1 || {
		log_tail "$log"
		die "$EXIT_FAILED" "the container of $1 could not be made anew" "all that was said: $log"
	}
}

process_stop() {
	docker stop "$(container "$1")" >/dev/null 2>&1 || true
}

# A container that was killed by hand stays down, unlike one whose process died; so the
# processes die.
process_kill() {
	docker exec "$(container "$1")" bash -c 'kill -KILL -1' >/dev/null 2>&1 || true
}

# Docker keeps the log of a container; with those before it, a file is made when somebody asks.
process_log() {
	local file=$LAB_RUN/logs/$1.log
	cat "$LAB_RUN/logs/$1.before" >"$file" 2>/dev/null || true
	docker logs "$(container "$1")" >>"$file" 2>&1 || true
	printf '%s' "$file"
}

# compose_logs LINES [-F] -- NAME...
compose_logs() {
	local -a options=(--tail "$1")
	[[ $2 != -F ]] || options+=(--follow)
	while [[ $1 != -- ]]; do
		shift
	done
	shift
	if (($# == 1)); then
		docker logs "${options[@]}" "$(container "$1")"
	else
		compose --profile '*' logs --no-color "${options[@]}" "$@"
	fi
}

# ---- up and down ----

# secure_fetch FILE: of those that the stack made for our tools. The job that made them has
# ended, and its container still shows them.
secure_fetch() {
	docker cp -q "$(container secrets):/run/secure/client-tools/$1" - 2>/dev/null | tar -xO >"$LAB_RUN/secrets/kafka-$1"
}

# How our tools come in to Kafka, and kcat, which reads its own file.
identity_fetch() {
	(umask 077 && secure_fetch ca.pem && secure_fetch identity.pem) ||
		die "$EXIT_FAILED" "the certificate of our tools could not be read from the container 'secrets'" \
			"./lab down && ./lab up --secure makes that container again"
	cat >"$LAB_RUN/secrets/kcat.conf" <<-END
		security.protocol=ssl
		ssl.ca.location=$LAB_RUN/secrets/kafka-ca.pem
		ssl.certificate.location=$LAB_RUN/secrets/kafka-identity.pem
		ssl.key.location=$LAB_RUN/secrets/kafka-identity.pem
	END
	kcat_tell
}

# Passwords are made inside the stack; our tools read them here.
secrets_fetch() {
	local name
	install -d -m 0700 "$LAB_RUN/secrets"
	[[ ! -f $SECURE_MARK ]] || identity_fetch
	for name in postgres "${DATABASES[@]}"; do
		(umask 077 && docker exec "$(container "postgres-${name/#postgres/order}")" \
			cat "/run/secrets/$name/password" >"$LAB_RUN/secrets/$name.password") ||
			die "$EXIT_FAILED" "the password of $name could not be read from its container"
	done
	volume_made >"$LAB_RUN/secrets/made"
}

compose_directory_create() {
	run_directory_check
	install -d -m 0711 "$LAB_RUN" || die "$EXIT_FAILED" \
		"the run directory $LAB_RUN cannot be made" "LAB_RUN=DIRECTORY names another"
	install -d -m 0755 "$LAB_RUN/logs"
	install -d -m 0700 "$LAB_RUN/once" "$LAB_RUN/kept"
	printf 'compose\n' >"$LAB_RUN/stack"
}

# compose_up all|servers|ha|chaos [secure]
compose_up() {
	local what=$1 secure=${2:-} log
	local -a services=()
	compose_need
	build_step
	compose_directory_create
	lock_take
	case $what in
	servers) services=(kafka redis "${DATABASES[@]/#/postgres-}") ;;
	ha | chaos) cp "$LAB_TREE/deploy/kafka/$what.env" "$LAB_RUN/compose.env" ;;
	esac
	secure_adopt
	[[ -z $secure ]] || touch "$SECURE_MARK"
	if ! lab_running; then
		ports_check
		ports_keep
	fi
	log=$LAB_RUN/logs/compose.log
	step_watched "image order-lab" "$log" compose_logged "$log" build
	step_watched "containers are healthy" "$log" compose_upped "$log" "${services[@]}"
	images_prune
	[[ $what != servers ]] || step "topics" job_run topics
	step "passwords" secrets_fetch
	exec {lock_fd}>&-
}

# Compose names the container that stopped it; why is in that container's own log.
compose_upped() {
	local log=$1 name said
	shift
	compose_ran "$log" up --wait --wait-timeout 180 "$@" && return
	log_tail "$log" 3
	while read -r name said; do
		printf '     %s %s\n' "$name" "$said" >&2
		log_tail "$(process_log "$name")"
	done < <(containers_failed)
	die "$EXIT_FAILED" "docker compose up failed" "all of a container's log: ./lab --stack compose logs NAME"
}

# "name what happened", one a line, of containers that ended in an error or are unhealthy.
containers_failed() {
	containers_inspect '{{.RestartCount}} {{.State.ExitCode}} {{with .State.Health}}{{.Status}}{{end}}' | sort | awk '
		$2 > 0 {print $1, "ends by itself; restarts: " $2 ", exit code: " $3; next}
		$3 > 0 {print $1, "ended; exit code: " $3; next}
		$4 == "unhealthy" {print $1, "is unhealthy"}'
}

# Images of older builds that have no name any more; what containers use stays.
images_prune() {
	docker image prune --force --filter label=org.opencontainers.image.title=order-lab >/dev/null 2>&1 || true
}

# job_run NAME: one that ends, which no container that waits for it starts.
job_run() {
	compose_logged "$LAB_RUN/logs/compose.log" up --detach "$1"
	[[ $(docker wait "$(container "$1")") == 0 ]] || {
		log_tail "$(process_log "$1")"
		die "$EXIT_FAILED" "$1 failed"
	}
}

# compose_ran FILE ARGUMENT...: its words go there.
compose_ran() {
	local file=$1
	shift
	compose --progress plain "$@" >"$file" 2>&1 {lock_fd}>&-
}

# compose_logged FILE ARGUMENT...: its words are shown when it fails.
compose_logged() {
	local file=$1
	shift
	compose_ran "$file" "$@" || {
		log_tail "$file"
		die "$EXIT_FAILED" "docker compose $1 failed" "all that it said: $file"
	}
}

# Containers take their logs with them.
logs_save() {
	local name
	for name in "${SERVERS[@]}" "${SERVICES[@]}"; do
		[[ -z $(container "$name") ]] || process_log "$name" >/dev/null
	done
	rm -f "$LAB_RUN"/logs/*.before
}

compose_down() {
	[[ -d $LAB_RUN ]] || return 0
	lock_take
	logs_save
	! lab_running || step "stop everything" compose_logged "$LAB_RUN/logs/compose.log" --profile '*' down
	exec {lock_fd}>&-
}

# What ./lab clean removes beside the run directory.
compose_clean() {
	compose --profile '*' down --volumes >/dev/null 2>&1 ||
		die "$EXIT_FAILED" "docker compose down --volumes failed" "docker volume ls shows what is left"
}

kcat_tell
