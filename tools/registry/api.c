#include "api.h"

#include "find.h"

#include <base/json_writer.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REGISTRY_JSON "application/vnd.schemaregistry.v1+json"
#define QUERY_SIZE 256
#define MESSAGE_SIZE 400

/* Their rest/exceptions/Errors.java. */
enum error_code {
	NOT_FOUND = 404,
	SUBJECT_NOT_FOUND = 40401,
	VERSION_NOT_FOUND = 40402,
	SCHEMA_NOT_FOUND = 40403,
	SUBJECT_HAS_NO_COMPATIBILITY = 40408,
	SUBJECT_HAS_NO_MODE = 40409,
	INVALID_SCHEMA = 42201,
	INVALID_VERSION = 42202,
	READ_ONLY = 42205,
};

/* All clients of that API take both types; who asks for theirs gets theirs. */
static void begin(
	const struct http_request *request, struct http_reply *reply, struct json_writer *writer)
{
	const char *accept = http_request_header(request, "Accept");

	reply->content_type =
		accept && strstr(accept, REGISTRY_JSON) ? REGISTRY_JSON : "application/json";
	json_writer_init(writer, &reply->body);
}

/* The HTTP status is the first three digits of the code. Answers 0, for a handler's return. */
static int refuse(const struct http_request *request, struct http_reply *reply,
	enum error_code code, const char *format, ...) __attribute__((format(printf, 4, 5)));
static int refuse(const struct http_request *request, struct http_reply *reply,
	enum error_code code, const char *format, ...)
{
	struct json_writer writer;
	char message[MESSAGE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	reply->status = code < 1000 ? (int)code : (int)code / 100;
	begin(request, reply, &writer);
	json_object_begin(&writer, NULL);
	json_int(&writer, "error_code", code);
	json_text(&writer, "message", message);
	json_object_end(&writer);
	return 0;
}

static bool query_is_true(const struct http_request *request, const char *name)
{
	char value[QUERY_SIZE];

	return http_query_get(request, name, value, sizeof(value)) == 0 &&
		strcmp(value, "true") == 0;
}

static void write_version(struct json_writer *writer, const struct event_schema *schema)
{
	char subject[SUBJECT_SIZE];

	subject_write(schema, subject);
	json_object_begin(writer, NULL);
	json_text(writer, "subject", subject);
	json_int(writer, "version", schema->version);
	json_int(writer, "id", schema->schema_id);
	json_text(writer, "schemaType", "AVRO");
	json_text(writer, "schema", schema->text);
	json_object_end(writer);
}

/* ---- subjects ---- */

static int get_subjects(void *context, const struct http_request *request, struct http_reply *reply)
{
	char prefix[QUERY_SIZE] = "", subject[SUBJECT_SIZE];
	struct json_writer writer;
	size_t count;
	const struct event_schema *schemas = event_schemas(&count);

	(void)context;
	if (http_query_get(request, "subjectPrefix", prefix, sizeof(prefix)) < 0)
		prefix[0] = '\0';
	begin(request, reply, &writer);
	json_array_begin(&writer, NULL);
	for (size_t i = 0; i < count; i++) {
		subject_write(&schemas[i], subject);
		if (schemas[i].version == 1 && strncmp(subject, prefix, strlen(prefix)) == 0)
			json_text(&writer, NULL, subject);
	}
	json_array_end(&writer);
	return 0;
}

static int no_subject(const struct http_request *request, struct http_reply *reply)
{
	return refuse(
		request, reply, SUBJECT_NOT_FOUND, "Subject '%s' not found.", request->params[0]);
}

static int get_versions(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct event_schema *schema = schema_find(request->params[0], 1);
	struct json_writer writer;

	(void)context;
	if (!schema)
		return no_subject(request, reply);
	begin(request, reply, &writer);
	json_array_begin(&writer, NULL);
	for (int version = 1; schema_find(request->params[0], version); version++)
		json_int(&writer, NULL, version);
	json_array_end(&writer);
	return 0;
}

/* NULL when it has refused. */
static const struct event_schema *version_asked(
	const struct http_request *request, struct http_reply *reply)
{
	const char *subject = request->params[0], *asked = request->params[1];
	const struct event_schema *schema;
	int version = VERSION_LATEST;

	if (strcmp(asked, "latest") != 0 && strcmp(asked, "-1") != 0 &&
		!number_read(asked, &version)) {
		(void)refuse(request, reply, INVALID_VERSION,
			"The specified version '%s' is not a valid version id. Allowed values are "
			"between [1, 2^31-1] and the string \"latest\"",
			asked);
		return NULL;
	}
	schema = schema_find(subject, version);
	if (!schema && schema_find(subject, VERSION_LATEST))
		(void)refuse(request, reply, VERSION_NOT_FOUND, "Version %d not found.", version);
	else if (!schema)
		(void)no_subject(request, reply);
	return schema;
}

static int get_version(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct event_schema *schema = version_asked(request, reply);
	struct json_writer writer;

	(void)context;
	if (!schema)
		return 0;
	begin(request, reply, &writer);
	write_version(&writer, schema);
	return 0;
}

static int get_version_text(
	void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct event_schema *schema = version_asked(request, reply);
	struct json_writer writer;

	(void)context;
	if (!schema)
		return 0;
	begin(request, reply, &writer);
	buffer_add_text(&reply->body, schema->text);
	return 0;
}

/* Asks which version a schema is; registers nothing, so a registry in READONLY answers too. */
static int post_subject(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct event_schema *schema;
	struct json_writer writer;
	uint64_t fingerprint;

	(void)context;
	if (!schema_find(request->params[0], VERSION_LATEST))
		return no_subject(request, reply);
	if (!fingerprint_read(request->body, request->body_size, &fingerprint))
		return refuse(request, reply, INVALID_SCHEMA,
			"The body is not {\"schema\": \"…\"} with an Avro schema");
	schema = schema_find_by_fingerprint(request->params[0], fingerprint);
	if (!schema)
		return refuse(request, reply, SCHEMA_NOT_FOUND, "Schema not found");
	begin(request, reply, &writer);
	write_version(&writer, schema);
	return 0;
}

/* ---- schemas ---- */

/* NULL when it has refused. */
static const struct event_schema *id_asked(
	const struct http_request *request, struct http_reply *reply)
{
	const struct event_schema *schema = NULL;
	int id;

	if (!number_read(request->params[0], &id)) {
		(void)refuse(request, reply, NOT_FOUND, "HTTP 404 Not Found");
		return NULL;
	}
	schema = schema_find_by_id(id);
	if (!schema)
		(void)refuse(request, reply, SCHEMA_NOT_FOUND, "Schema %d not found", id);
	return schema;
}

static int get_id(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct event_schema *schema = id_asked(request, reply);
	struct json_writer writer;

	(void)context;
	if (!schema)
		return 0;
	begin(request, reply, &writer);
	json_object_begin(&writer, NULL);
	json_text(&writer, "schema", schema->text);
	json_text(&writer, "schemaType", "AVRO");
	if (query_is_true(request, "fetchMaxId"))
		json_int(&writer, "maxId", schema_id_max());
	json_object_end(&writer);
	return 0;
}

static int get_id_text(void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct event_schema *schema = id_asked(request, reply);
	struct json_writer writer;

	(void)context;
	if (!schema)
		return 0;
	begin(request, reply, &writer);
	buffer_add_text(&reply->body, schema->text);
	return 0;
}

static int get_id_subjects(
	void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct event_schema *schema = id_asked(request, reply);
	struct json_writer writer;
	char subject[SUBJECT_SIZE];

	(void)context;
	if (!schema)
		return 0;
	subject_write(schema, subject);
	begin(request, reply, &writer);
	json_array_begin(&writer, NULL);
	json_text(&writer, NULL, subject);
	json_array_end(&writer);
	return 0;
}

static int get_id_versions(
	void *context, const struct http_request *request, struct http_reply *reply)
{
	const struct event_schema *schema = id_asked(request, reply);
	struct json_writer writer;
	char subject[SUBJECT_SIZE];

	(void)context;
	if (!schema)
		return 0;
	subject_write(schema, subject);
	begin(request, reply, &writer);
	json_array_begin(&writer, NULL);
	json_object_begin(&writer, NULL);
	json_text(&writer, "subject", subject);
	json_int(&writer, "version", schema->version);
	json_object_end(&writer);
	json_array_end(&writer);
	return 0;
}

static int get_types(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct json_writer writer;

	(void)context;
	begin(request, reply, &writer);
	json_array_begin(&writer, NULL);
	json_text(&writer, NULL, "AVRO");
	json_array_end(&writer);
	return 0;
}

/* ---- config and mode ---- */

static int write_one(const struct http_request *request, struct http_reply *reply, const char *name,
	const char *value)
{
	struct json_writer writer;

	begin(request, reply, &writer);
	json_object_begin(&writer, NULL);
	if (name)
		json_text(&writer, name, value);
	json_object_end(&writer);
	return 0;
}

static int get_root(void *context, const struct http_request *request, struct http_reply *reply)
{
	(void)context;
	return write_one(request, reply, NULL, NULL);
}

/* What avro-gen holds every pair of versions to. */
static int get_config(void *context, const struct http_request *request, struct http_reply *reply)
{
	(void)context;
	return write_one(request, reply, "compatibilityLevel", "FULL_TRANSITIVE");
}

static int get_mode(void *context, const struct http_request *request, struct http_reply *reply)
{
	(void)context;
	return write_one(request, reply, "mode", "READONLY");
}

static int get_subject_config(
	void *context, const struct http_request *request, struct http_reply *reply)
{
	if (query_is_true(request, "defaultToGlobal"))
		return get_config(context, request, reply);
	return refuse(request, reply, SUBJECT_HAS_NO_COMPATIBILITY,
		"Subject '%s' does not have subject-level compatibility configured",
		request->params[0]);
}

static int get_subject_mode(
	void *context, const struct http_request *request, struct http_reply *reply)
{
	if (query_is_true(request, "defaultToGlobal"))
		return get_mode(context, request, reply);
	return refuse(request, reply, SUBJECT_HAS_NO_MODE,
		"Subject '%s' does not have subject-level mode configured", request->params[0]);
}

static int refuse_change(
	void *context, const struct http_request *request, struct http_reply *reply)
{
	(void)context;
	return refuse(request, reply, READ_ONLY,
		"This registry is in read-only mode: schemas are changed in avro-schemas/ and "
		"come with the next build");
}

/* clang-format off */
const struct http_route api_routes[] = {
	{"GET",    "/",                                               get_root},
	{"GET",    "/subjects",                                       get_subjects},
	{"POST",   "/subjects/{subject}",                             post_subject},
	{"DELETE", "/subjects/{subject}",                             refuse_change},
	{"GET",    "/subjects/{subject}/versions",                    get_versions},
	{"POST",   "/subjects/{subject}/versions",                    refuse_change},
	{"GET",    "/subjects/{subject}/versions/{version}",          get_version},
	{"DELETE", "/subjects/{subject}/versions/{version}",          refuse_change},
	{"GET",    "/subjects/{subject}/versions/{version}/schema",   get_version_text},
	{"GET",    "/schemas/types",                                  get_types},
	{"GET",    "/schemas/ids/{id}",                               get_id},
	{"GET",    "/schemas/ids/{id}/schema",                        get_id_text},
	{"GET",    "/schemas/ids/{id}/subjects",                      get_id_subjects},
	{"GET",    "/schemas/ids/{id}/versions",                      get_id_versions},
	{"GET",    "/config",                                         get_config},
	{"PUT",    "/config",                                         refuse_change},
	{"GET",    "/config/{subject}",                               get_subject_config},
	{"PUT",    "/config/{subject}",                               refuse_change},
	{"DELETE", "/config/{subject}",                               refuse_change},
	{"GET",    "/mode",                                           get_mode},
	{"PUT",    "/mode",                                           refuse_change},
	{"GET",    "/mode/{subject}",                                 get_subject_mode},
	{"PUT",    "/mode/{subject}",                                 refuse_change},
	{NULL},
};
/* clang-format on */
