# shellcheck shell=bash
#
# Whether Docker and the images of the stack in containers can be had here; for whoever asks
# before there is such a stack.

readonly COMPOSE_FILE=$LAB_TREE/deploy/kafka/compose.yaml

# compose_missing: why the stack cannot run here, on stdout; nothing when it can.
compose_missing() {
	local image
	if ! have docker || ! docker compose version >/dev/null 2>&1; then
		printf 'there is no docker with compose\n'
		return
	fi
	if ! docker info >/dev/null 2>&1; then
		printf 'the Docker daemon does not answer\n'
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
