#include "model.h"

#include <base/fault.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct event *find_event(struct model *model, const char *name)
{
	for (size_t i = 0; i < model->event_count; i++)
		if (strcmp(model->events[i].name, name) == 0)
			return &model->events[i];
	return NULL;
}

static int add_event(struct model *model, const char *topic, const char *name)
{
	if (find_event(model, name) != NULL)
		return fault(FAULT_INPUT, "topics.conf: %s stands there twice", name);
	if (model->event_count == EVENTS_MAX)
		return fault(FAULT_LIMIT, "topics.conf: more than %d events", EVENTS_MAX);
	model->events[model->event_count++] = (struct event){.name = name, .topic = topic};
	return 0;
}

/* "topic event event …"; a comment from # on. */
static int load_topic(struct model *model, char *line)
{
	char *rest = NULL;
	const char *topic;

	line[strcspn(line, "#")] = '\0';
	topic = strtok_r(line, " \t", &rest);
	if (topic == NULL)
		return 0;
	for (const char *name; (name = strtok_r(NULL, " \t", &rest)) != NULL;) {
		int r = add_event(model, topic, name);
		if (r < 0)
			return r;
	}
	return 0;
}

static int load_topics(struct model *model)
{
	const char *path = arena_format(model->arena, "%s/topics.conf", model->directory);
	const char *text;
	char *rest = NULL;
	size_t size;
	int r;

	r = file_read(model->arena, path, &text, &size);
	if (r < 0)
		return r;
	for (char *line = strtok_r(arena_string_of(model->arena, text, size), "\n", &rest);
		r == 0 && line != NULL; line = strtok_r(NULL, "\n", &rest))
		r = load_topic(model, line);
	return r;
}

/* The namespace ends with the folder, so that a schema says who owns it wherever it is read. */
static int check_place(
	const struct avro_named *record, const char *path, const char *context, const char *name)
{
	const char *dot = strrchr(record->namespace, '.');

	if (strcmp(record->name, name) != 0)
		return fault(FAULT_INPUT, "%s.avsc: the record is named %s, the folder %s", path,
			record->name, name);
	if (strcmp(dot == NULL ? record->namespace : dot + 1, context) != 0)
		return fault(FAULT_INPUT, "%s.avsc: the namespace %s does not end with %s", path,
			record->namespace, context);
	return 0;
}

static int load_schema(struct model *model, const char *path, struct version *version)
{
	size_t size;
	int r;

	r = file_read(model->arena,
		arena_format(model->arena, "%s/%s.avsc", model->directory, path), &version->text,
		&size);
	if (r < 0)
		return r;
	r = avro_schema_parse(version->text, size, model->arena, &version->schema);
	if (r < 0)
		return fault(r, "%s.avsc: %s", path, arena_string(model->arena, fault_text()));
	return 0;
}

static int add_version(
	struct model *model, const char *path, const char *context, const char *name, int number)
{
	struct event *event = find_event(model, name);
	struct version *version;
	int r;

	if (event == NULL)
		return fault(FAULT_INPUT, "%s.avsc: %s is in no line of topics.conf", path, name);
	if (event->context != NULL && strcmp(event->context, context) != 0)
		return fault(FAULT_INPUT, "%s stands under both %s and %s", name, event->context,
			context);
	event->context = context;
	version = &event->versions[number - 1];
	r = load_schema(model, path, version);
	if (r < 0)
		return r;
	version->number = number;
	version->path = path;
	if ((size_t)number > event->version_count)
		event->version_count = (size_t)number;
	return check_place(version->schema->record, path, context, name);
}

/* @path is "order/OrderCreated/v1.avsc". */
static int load_version(struct model *model, const char *path)
{
	char *parts = arena_string(model->arena, path);
	char *rest = NULL;
	const char *context = strtok_r(parts, "/", &rest);
	const char *name = strtok_r(NULL, "/", &rest);
	const char *file = strtok_r(NULL, "/", &rest);
	char *end;
	long number = strtol(file + 1, &end, 10);

	if (number < 1 || number > VERSIONS_MAX || file[1] == '0' || strcmp(end, ".avsc") != 0)
		return fault(
			FAULT_INPUT, "%s: versions are v1.avsc to v%d.avsc", path, VERSIONS_MAX);
	return add_version(model,
		arena_string_of(model->arena, path, strlen(path) - strlen(".avsc")), context, name,
		(int)number);
}

static int check_complete(const struct model *model)
{
	for (size_t i = 0; i < model->event_count; i++) {
		const struct event *event = &model->events[i];

		if (event->version_count == 0)
			return fault(FAULT_INPUT, "topics.conf: %s has no schema", event->name);
		for (size_t j = 0; j < event->version_count; j++)
			if (event->versions[j].schema == NULL)
				return fault(FAULT_INPUT, "%s/%s/v%zu.avsc is missing",
					event->context, event->name, j + 1);
	}
	return 0;
}

int model_load(struct model *model)
{
	const char *pattern = arena_format(model->arena, "%s/*/*/v*.avsc", model->directory);
	glob_t found;
	int r;

	r = load_topics(model);
	if (r < 0)
		return r;
	if (glob(pattern, 0, NULL, &found) != 0)
		return fault(FAULT_INPUT, "%s: no schema found", pattern);
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
		r = load_version(model,
			arena_string(
				model->arena, found.gl_pathv[i] + strlen(model->directory) + 1));
	globfree(&found);
	return r < 0 ? r : check_complete(model);
}

bool model_reads(const struct model *model, const struct event *event, size_t reader, size_t writer)
{
	if (!model->backward || reader >= writer)
		return true;
	return avro_schema_resolve(
		       event->versions[reader].schema, event->versions[writer].schema) == 0;
}

static int check_pair(
	struct model const *model, const struct version *reader, const struct version *writer)
{
	int r = avro_schema_resolve(reader->schema, writer->schema);

	if (r == 0)
		return 0;
	return fault(r,
		"%s.avsc cannot read what %s.avsc writes: %s. Add fields with a default, keep what "
		"has none; anything else is a new event with a new name.",
		reader->path, writer->path, arena_string(model->arena, fault_text()));
}

static int check_key(const struct event *event)
{
	for (size_t i = 0; i < event->version_count; i++) {
		const struct avro_named *record = event->versions[i].schema->record;
		bool found = false;

		for (size_t j = 0; j < record->field_count; j++)
			found |= strcmp(record->fields[j].name, "orderId") == 0 &&
				record->fields[j].type.kind == AVRO_UUID &&
				!record->fields[j].type.nullable;
		if (!found)
			return fault(FAULT_INPUT,
				"%s.avsc: the key of every message is orderId, a uuid; it has none",
				event->versions[i].path);
	}
	return 0;
}

int model_check_versions(const struct model *model)
{
	for (size_t i = 0; i < model->event_count; i++) {
		const struct event *event = &model->events[i];
		int r = check_key(event);

		for (size_t reader = 0; r == 0 && reader < event->version_count; reader++)
			for (size_t writer = 0; r == 0 && writer < event->version_count; writer++)
				if (!model->backward || reader > writer)
					r = check_pair(model, &event->versions[reader],
						&event->versions[writer]);
		if (r < 0)
			return r;
	}
	return 0;
}
