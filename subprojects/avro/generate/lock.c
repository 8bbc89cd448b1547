#include "model.h"

#include <base/fault.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char lock_head[] =
	"# Schema ids, handed out once by avro-gen --assign: id, fingerprint, schema.\n"
	"# Lines are only ever added. An id in here may stand in a message for ever.\n";

struct lock {
	struct model *model;
	uint32_t id_max;
};

static struct version *find_version(struct model *model, const char *path)
{
	for (size_t i = 0; i < model->event_count; i++)
		for (size_t j = 0; j < model->events[i].version_count; j++)
			if (strcmp(model->events[i].versions[j].path, path) == 0)
				return &model->events[i].versions[j];
	return NULL;
}

static int take_entry(struct lock *lock, uint32_t id, uint64_t fingerprint, const char *path)
{
	struct version *version = find_version(lock->model, path);

	if (id <= lock->id_max)
		return fault(FAULT_INPUT,
			"ids.lock: id %" PRIu32 " (%s) is handed out twice or stands out of order. "
			"Restore the file; new ids come from avro-gen --assign.",
			id, path);
	lock->id_max = id;
	if (version == NULL)
		return fault(FAULT_INPUT,
			"ids.lock: id %" PRIu32 " belongs to %s.avsc, which is gone. Messages with "
			"that id may still lie in a topic: put the file back.",
			id, path);
	if (version->id != 0)
		return fault(FAULT_INPUT,
			"ids.lock: %s has two ids, %" PRIu32 " and %" PRIu32 ". Keep the first.",
			path, version->id, id);
	if (version->schema->fingerprint != fingerprint)
		return fault(FAULT_INPUT,
			"%s.avsc was changed after id %" PRIu32 " was given to it. Put it back as "
			"it was, make the change in the next version and run avro-gen --assign.",
			path, id);
	version->id = id;
	return 0;
}

static int take_line(struct lock *lock, const char *line)
{
	unsigned long id;
	unsigned long long fingerprint;
	char *end;
	const char *path;

	if (line[0] == '#')
		return 0;
	id = strtoul(line, &end, 10);
	fingerprint = strtoull(end, &end, 16);
	path = end + strspn(end, " ");
	if (id == 0 || id > UINT32_MAX || *end != ' ' || *path == '\0')
		return fault(FAULT_INPUT, "ids.lock: \"%s\" is no \"id fingerprint schema\"", line);
	return take_entry(lock, (uint32_t)id, fingerprint, path);
}

static int take_ids(struct lock *lock, const char *path)
{
	const char *text;
	char *rest = NULL;
	size_t size;
	int r;

	if (access(path, F_OK) < 0)
		return 0; /* the first run: nothing was handed out yet */
	r = file_read(lock->model->arena, path, &text, &size);
	if (r < 0)
		return r;
	for (char *line = strtok_r(arena_string_of(lock->model->arena, text, size), "\n", &rest);
		r == 0 && line != NULL; line = strtok_r(NULL, "\n", &rest))
		r = take_line(lock, line);
	return r;
}

static void assign_ids(struct lock *lock)
{
	for (size_t i = 0; i < lock->model->event_count; i++) {
		struct event *event = &lock->model->events[i];

		for (size_t j = 0; j < event->version_count; j++) {
			if (event->versions[j].id != 0)
				continue;
			event->versions[j].id = ++lock->id_max;
			printf("%s: id %" PRIu32 "\n", event->versions[j].path, lock->id_max);
		}
	}
}

static const struct version *version_of(const struct model *model, uint32_t id)
{
	for (size_t i = 0; i < model->event_count; i++)
		for (size_t j = 0; j < model->events[i].version_count; j++)
			if (model->events[i].versions[j].id == id)
				return &model->events[i].versions[j];
	return NULL;
}

static int write_ids(const struct lock *lock, const char *path)
{
	struct buffer text BUFFER_CLEAN;

	buffer_init(&text, 0);
	buffer_add_text(&text, lock_head);
	for (uint32_t id = 1; id <= lock->id_max; id++) {
		const struct version *version = version_of(lock->model, id);

		if (version != NULL)
			buffer_add_format(&text, "%" PRIu32 " %016" PRIx64 " %s\n", id,
				version->schema->fingerprint, version->path);
	}
	return file_write(path, &text);
}

static int require_ids(const struct model *model)
{
	for (size_t i = 0; i < model->event_count; i++)
		for (size_t j = 0; j < model->events[i].version_count; j++)
			if (model->events[i].versions[j].id == 0)
				return fault(FAULT_INPUT,
					"%s.avsc has no id yet. Hand one out: avro-gen --schemas "
					"%s "
					"--assign",
					model->events[i].versions[j].path, model->directory);
	return 0;
}

int model_lock(struct model *model, bool assign)
{
	const char *path = arena_format(model->arena, "%s/ids.lock", model->directory);
	struct lock lock = {.model = model};
	int r;

	r = take_ids(&lock, path);
	if (r < 0)
		return r;
	if (!assign)
		return require_ids(model);
	assign_ids(&lock);
	return write_ids(&lock, path);
}
