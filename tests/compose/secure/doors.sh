# shellcheck shell=bash
#
# For ../secure.sh: who stands at a door without what it asks for.

# secret_of FILE: one of those that the job made, which still shows them.
secret_of() {
	docker cp -q "$(container secrets):/run/secure/$1" - | tar -xO
}

program_path() {
	printf '%s/tools/%s/%s' "${LAB_BUILD:-$LIVE_TREE/build}" "$1" "$1"
}

program() {
	"$(program_path "$1")" "${@:2}"
}

# ---- Kafka ----

# certificate_make NAME AUTHORITY FILE: key and certificate of CN=NAME.
certificate_make() {
	local work
	work=$(mktemp -d)
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
		-keyout "$work/key.pem" -out "$work/request.pem" 2>/dev/null
	openssl x509 -req -days 2 -in "$work/request.pem" -CA "$2/ca.pem" -CAkey "$2/ca.key" \
		-set_serial "0x$(openssl rand -hex 8)" -out "$work/certificate.pem" 2>/dev/null
	cat "$work/key.pem" "$work/certificate.pem" >"$3"
	rm -rf -- "$work"
}

# An authority that nobody knows, and by it a certificate with the brokers' own name.
stranger_make() {
	local folder=$LIVE_WORK/stranger
	mkdir -p "$folder"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=stranger \
		-keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
	certificate_make broker "$folder" "$folder/identity.pem"
}

# refused WORDS VARIABLE=VALUE...: lag, told so, ends with 5 and says WORDS.
refused() {
	local words=$1 said code=0
	said=$(env "${@:2}" "$(program_path lag)" --timeout-ms 3000 2>&1) || code=$?
	[[ $code == 5 && $said == *"$words"* ]] || { echo "$code: $said" && return 1; }
}

# refused_inside WORDS VARIABLE=VALUE...: the same where the processes are.
refused_inside() {
	local words=$1 said code=0
	said=$(inside order env "${@:2}" lag --timeout-ms 3000 2>&1) || code=$?
	[[ $code == 5 && $said == *"$words"* ]] || { echo "$code: $said" && return 1; }
}

not_ready_and_tells() {
	[[ $(curl -s -o /dev/null -m 2 -w '%{http_code}' "http://$1/readyz") == 503 ]] &&
		grep -q 'look at KAFKA_CERTIFICATE' "$LIVE_WORK/refused.log"
}

# A service that is refused: it stays, is not ready, and its log says what to look at.
service_refused() {
	local pid listen=127.0.0.1:$((${KAFKA_BOOTSTRAP##*:} + 3)) code=0
	HTTP_LISTEN=$listen SERVICE_INSTANCE=9 DATABASE_URL=$NOTIFICATION_DATABASE_URL \
		DATABASE_PASSWORD_FILE=$NOTIFICATION_PASSWORD_FILE KAFKA_CERTIFICATE=$LIVE_WORK/stranger/identity.pem \
		"${LAB_BUILD:-$LIVE_TREE/build}/services/notification/notification" >"$LIVE_WORK/refused.log" 2>&1 &
	pid=$!
	wait_for 20 not_ready_and_tells "$listen" || code=1
	kill -TERM "$pid" || code=1
	wait "$pid" || code=1
	((code == 0)) || tail -n 3 "$LIVE_WORK/refused.log"
	return "$code"
}

doors_of_kafka() {
	stranger_make
	check 'without TLS nobody comes in, and is told' refused 'if it wants TLS' KAFKA_CA= KAFKA_CERTIFICATE=
	check 'without a certificate nobody comes in' refused 'look at KAFKA_CERTIFICATE' KAFKA_CERTIFICATE=
	check "with another authority's certificate nobody comes in, whatever name it has" refused \
		'look at KAFKA_CERTIFICATE' KAFKA_CERTIFICATE="$LIVE_WORK/stranger/identity.pem"
	check 'a broker whose authority is not known is not talked to' refused 'look at KAFKA_CA' \
		KAFKA_CA="$LIVE_WORK/stranger/ca.pem"
	check 'among the processes nobody comes in without TLS' refused_inside 'if it wants TLS' KAFKA_USER= KAFKA_PASSWORD_FILE= KAFKA_CA=
	check 'nor without a password' refused_inside '' KAFKA_USER= KAFKA_PASSWORD_FILE=
	check 'nor with a wrong one' refused_inside 'look at KAFKA_USER' KAFKA_PASSWORD_FILE= KAFKA_PASSWORD=wrong
	check "nor under another's name" refused_inside 'look at KAFKA_USER' KAFKA_USER=payment
	check 'nor as a broker' refused_inside 'look at KAFKA_USER' KAFKA_USER=broker
	check 'a person does not by password' refused '' KAFKA_USER=order KAFKA_PASSWORD=order KAFKA_CERTIFICATE=
	check 'a service that is refused stays, is not ready, and tells' service_refused
}

# ---- Redis ----

redis_as() {
	redis-cli -h 127.0.0.1 -p "${REDIS_ADDRESS##*:}" "$@" 2>&1
}

# redis_says WORDS COMMAND...: as the gateway.
redis_says() {
	local said
	said=$(REDISCLI_AUTH=$(inside gateway cat /run/secrets/redis/password) redis_as --no-auth-warning --user gateway "${@:2}")
	[[ $said == *"$1"* ]] || { echo "$said" && return 1; }
}

redis_refuses() {
	[[ $(redis_as "${@:2}") == *"$1"* ]]
}

doors_of_redis() {
	check 'Redis answers nobody who has not logged in' redis_refuses NOAUTH GET lab:x
	check 'nor with a wrong password' redis_refuses WRONGPASS AUTH gateway wrong
	check "nor as Redis's default user" redis_refuses WRONGPASS AUTH default ''
	check 'the gateway sets what is its own' redis_says OK SET lab:test 1 PX 1000
	check 'and gets it' redis_says 1 GET lab:test
	check 'but no other key' redis_says NOPERM GET other
	check 'nor from a script' redis_says "can't access" EVAL "return redis.call('GET', 'other')" 0
	for command in FLUSHALL 'CONFIG GET save' 'KEYS lab:' 'ACL LIST' 'SCRIPT FLUSH' SHUTDOWN MONITOR 'REPLICAOF NO ONE'; do
		# shellcheck disable=SC2086 # words of a command
		check "the gateway may not $command" redis_says NOPERM $command
	done
	check "nor FLUSHALL from a script" redis_says "can't run this command" EVAL "return redis.call('FLUSHALL')" 0
}

# ---- PostgreSQL ----

readonly OWNERS=(order payment inventory notification analytics)

# login ROLE DATABASE SERVER: with ROLE's own password.
login() {
	local url=${3^^}_DATABASE_URL password=${1^^}_PASSWORD_FILE
	url=${!url}
	PGPASSWORD=$(<"${!password}") psql -X -w -Atc 'SELECT 1' \
		"postgresql://$1@${url#*@*}" -d "$2" 2>&1
}

login_as() {
	local url=${3^^}_DATABASE_URL password=${1^^}_PASSWORD_FILE port
	port=${!url#*:*:}
	PGPASSWORD=$(<"${!password}") PGSSLMODE=disable psql -X -w -Atc 'SELECT 1' -h 127.0.0.1 -p "${port%%/*}" -U "$1" -d "$2"
}

login_refused() {
	local said
	said=$("$@" 2>&1) && return 1
	[[ $said == *'password authentication failed'* || $said == *'no pg_hba.conf entry'* || $said == *'no password supplied'* ]] ||
		{ echo "$said" && return 1; }
}

doors_of_postgres() {
	local role server
	for role in "${OWNERS[@]}"; do
		check "$role comes in to its own database" login_as "$role" "$role" "$role"
		check "$role does not to the server's own" login_refused login_as "$role" postgres "$role"
		for server in "${OWNERS[@]}"; do
			[[ $role != "$server" ]] || continue
			check "$role does not come in to the database of $server" login_refused login_as "$role" "$server" "$server"
			check "$role does not reach the server of $server" reaches_not "$role" "postgres-$server" 5432
		done
		check 'the socket asks for a password' login_refused inside "postgres-$role" psql -w -U postgres -c 'SELECT 1'
		check 'so does TCP inside the container' login_refused inside "postgres-$role" psql -w -h 127.0.0.1 -U postgres -c 'SELECT 1'
	done
}

# ---- secrets ----

# The words that must be nowhere: every password, and of every key a line.
secret_words() {
	local name
	for name in "${OWNERS[@]}" postgres; do
		cat "$LAB_RUN/secrets/$name.password"
		echo
	done
	inside gateway cat /run/secrets/redis/password
	echo
	for name in order payment inventory notification analytics gateway relay-order relay-payment topics lag; do
		secret_of "user-$name/password"
		echo
	done
	for name in client-acls client-tools broker-1 broker-2 broker-3; do
		secret_of "$name/identity.pem" | sed -n 2p
	done
	secret_of authority/key.pem | sed -n 2p
}

# nowhere_in COMMAND...: none of the secrets is in what it prints.
nowhere_in() {
	! "$@" | grep -q -F -f "$LIVE_WORK/words"
}

inspect_all() {
	docker ps -aq --filter "label=com.docker.compose.project=$PROJECT" | xargs docker inspect
}

command_lines() {
	cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' '
}

logs_all() {
	local id
	for id in $(docker ps -aq --filter "label=com.docker.compose.project=$PROJECT"); do
		docker logs "$id" 2>&1
	done
}

# holds NAME FOLDER...: no other secrets are in the container.
holds() {
	same "$(inside "$1" ls /run/secrets | paste -sd' ')" "${*:2}"
}

secrets_stay() {
	secret_words >"$LIVE_WORK/words"
	check 'there are secrets to look for' within "$(grep -c . "$LIVE_WORK/words")" 19 100
	check 'no secret is in what docker inspect shows' nowhere_in inspect_all
	check 'no secret is in a command line' nowhere_in command_lines
	check 'no secret is in a log' nowhere_in logs_all
	check 'order has its own secrets alone' holds order kafka order
	check 'its relay too' holds relay-order kafka order
	check 'the gateway too' holds gateway kafka redis
	check "order's database has no key to Kafka" holds postgres-order order postgres
	check "what is in order's is a password and the authority" same \
		"$(inside order ls /run/secrets/kafka | paste -sd' ')" 'ca.pem password'
}
