# shellcheck shell=bash
#
# Whether Docker and the images of the stack in containers can be had here; for whoever asks
# before there is such a stack.

readonly COMPOSE_FILE=$LAB_TREE/deploy/kafka/compose.yaml

# docker_missing: what it lacks and, a line further, what to do; nothing when it is all there.
docker_missing() {
	if ! have docker; then
		printf 'docker was not found\ninstall Docker Engine with Compose 2.24 or newer\n'
	elif ! docker compose version >/dev/null 2>&1; then
		printf 'docker has no compose\ninstall the plugin docker-compose-plugin\n'
	elif ! docker info >/dev/null 2>&1; then
		printf 'the Docker daemon does not answer\nstart it, or join the group docker\n'
	fi
}

# compose_missing: why the stack cannot run here, on stdout; nothing when it can.
compose_missing() {
	local image
	local -a docker
	mapfile -t docker < <(docker_missing)
	if ((${#docker[@]} > 0)); then
		printf '%s\n' "${docker[0]}"
		return
	fi
	while read -r image; do
		docker image inspect "$image" >/dev/null 2>&1 || timeout 300 docker pull -q "$image" >/dev/null 2>&1 || {
			printf 'the image %s is not here and cannot be pulled\n' "$image"
			return
		}
	done < <(compose_images)
}

# What the tests start, the default stack, Prometheus and toxiproxy; our own image is built.
compose_images() {
	awk '$1 == "FROM" {print $2}' "$LAB_TREE/deploy/kafka/Dockerfile" | sort -u
	docker compose -f "$COMPOSE_FILE" config --images | grep -vx "${LAB_IMAGE:-order-lab}" | sort -u
	docker compose -f "$COMPOSE_FILE" --profile observe --profile chaos config --images | grep -E '^prom/|/toxiproxy:'
}
