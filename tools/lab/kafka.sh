# shellcheck shell=bash
#
# The one broker of the lab: settings, storage, readiness, topics.

need build

# deploy/kafka/server.properties with this run's ports and directory.
kafka_properties() {
	local client=127.0.0.1:${PORTS[kafka]} controller=127.0.0.1:${PORTS[kafka-controller]}
	local behind=127.0.0.1:${PORTS[kafka-behind]} slow=127.0.0.1:${PORTS[kafka-slow]}
	local protocols=listener.security.protocol.map
	grep -vE '^(listeners|advertised\.listeners|log\.dirs|controller\.quorum\..*|'"$protocols"')=' \
		"$KAFKA_HOME/server.properties"
	cat <<-END

		# This run's place.
		listeners=PLAINTEXT://$client,SLOW://$behind,CONTROLLER://$controller
		advertised.listeners=PLAINTEXT://$client,SLOW://$slow
		$protocols=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SLOW:PLAINTEXT
		controller.quorum.voters=1@$controller
		log.dirs=$LAB_RUN/kafka/data
	END
}

# kafka_create: settings, and once the formatted storage.
kafka_create() {
	local log=$LAB_RUN/logs/kafka-format.log
	mkdir -p "$LAB_RUN/kafka"
	kafka_properties >"$LAB_RUN/kafka/server.properties"
	[[ ! -f $LAB_RUN/kafka/data/meta.properties ]] || return 0
	rm -rf "$LAB_RUN/kafka/data"
	java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$KAFKA_LIBS/*" \
		kafka.tools.StorageTool format -t "$(kafka_cluster_id)" \
		-c "$LAB_RUN/kafka/server.properties" >"$log" 2>&1 || {
		log_tail "$log"
		die "$EXIT_FAILED" "Kafka's storage could not be formatted in $LAB_RUN/kafka"
	}
}

# A random UUID as Kafka writes them; one that begins with '-' would be an option.
kafka_cluster_id() {
	head -c 16 /dev/urandom | base64 | tr '+/' 'AB' | tr -d '='
}

# kafka_ready NAME: a broker that is registered and not fenced: it is then in its own metadata. The
# port is tried first because kcat takes its whole time-out to say no.
kafka_ready() {
	port_open "${PORTS[$1]}" || return 1
	kcat -b "127.0.0.1:${PORTS[$1]}" -L -J -m 2 2>/dev/null |
		jq -e '.brokers | length > 0' >/dev/null
}

kafka_topics() {
	local log=$LAB_RUN/logs/topics.log
	KAFKA_BOOTSTRAP=127.0.0.1:${PORTS[kafka]} \
		"$LAB_BUILD/tools/topics/topics" --file "$KAFKA_HOME/topics.conf" >"$log" 2>&1 || {
		log_tail "$log"
		die "$EXIT_FAILED" "the topics of deploy/kafka/topics.conf are not as they should be"
	}
}
