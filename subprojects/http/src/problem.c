#include <http/server.h>

#include <base/json_writer.h>

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void http_reply_header(struct http_reply *reply, const char *name, const char *format, ...)
{
	size_t size = sizeof(reply->headers[0].value);
	char *value;
	va_list args;

	assert(reply->header_count < HTTP_HEADERS_MAX);
	assert(snprintf(NULL, 0, "%s", name) < (int)sizeof(reply->headers[0].name));
	(void)snprintf(reply->headers[reply->header_count].name, sizeof(reply->headers[0].name),
		"%s", name);
	value = reply->headers[reply->header_count].value;
	va_start(args, format);
	(void)vsnprintf(value, size, format, args);
	va_end(args);

	/* A line break in a value would be a header of the caller's choosing. */
	for (; *value != '\0'; value++) {
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			*value = ' ';
	}
	reply->header_count++;
}

static void add_request(struct json_writer *writer, const struct http_request *request)
{
	char trace_id[33];

	json_text(writer, "request_id", request->request_id);
	if (trace_is_set(&request->trace))
		json_text(writer, "trace_id", trace_format_id(&request->trace, trace_id));
}

void http_problem(struct http_reply *reply, int status, const char *slug, const char *title,
	const char *detail, const char *pointer)
{
	struct json_writer writer;
	char type[80];

	(void)snprintf(type, sizeof(type), "/problems/%s", slug);
	reply->status = status;
	reply->content_type = "application/problem+json";
	buffer_reset(&reply->body);
	json_writer_init(&writer, &reply->body);
	json_object_begin(&writer, NULL);
	json_text(&writer, "type", type);
	json_text(&writer, "title", title);
	json_int(&writer, "status", status);
	json_text(&writer, "detail", detail);
	if (pointer != NULL)
		json_text(&writer, "pointer", pointer);
	if (reply->request != NULL)
		add_request(&writer, reply->request);
	json_object_end(&writer);
}
