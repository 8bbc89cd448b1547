/*
 * An HTTP/1.1 server (civetweb behind it): routes, limits, problems, metrics.
 *
 * A handler gets a whole, bounded request and fills a reply; it runs on one of
 * the server's threads, several at once, on a stack of 100 KiB (civetweb's as
 * Debian builds it): large buffers belong on the heap. A handler's fault becomes
 * a 503 (what a retry may mend, FAULT_LIMIT too: nothing was done), a 504
 * (FAULT_DB_UNKNOWN: done, or not) or a 500 problem and is logged once, here.
 *
 * Done for every request, in one place: limits (head HTTP_HEAD_MAX, body
 * HTTP_BODY_MAX, path HTTP_PATH_MAX; 5 s for the head, 10 s for the body),
 * X-Request-Id, traceparent in and out, Transfer-Encoding and ambiguous lengths
 * refused, 404 and 405 problems, access metrics.
 *
 * Never touches the file system, never serves what is not a route.
 */
#pragma once

#include <base/buffer.h>
#include <base/trace.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX (16 * 1024)
#define HTTP_BODY_MAX (64 * 1024)
#define HTTP_REPLY_MAX (1024 * 1024)
#define HTTP_PATH_MAX 1024
#define HTTP_ROUTES_MAX 32 /* distinct method and pattern pairs in one process */
#define HTTP_PARAMS_MAX 4
#define HTTP_HEADERS_MAX 8
#define HTTP_REQUEST_ID_SIZE 65

struct http_server;

struct http_request {
	const char *method;
	const char *path;                    /* decoded, without the query */
	const char *query;                   /* raw, or NULL */
	const char *params[HTTP_PARAMS_MAX]; /* the {…} parts of the route, decoded */
	const char *body;                    /* NUL-terminated */
	size_t body_size;
	struct trace trace; /* the caller's child, or a new root */
	char request_id[HTTP_REQUEST_ID_SIZE];
	const char *client; /* the peer's address, as text without a port */
	void *handle;       /* the library's; NULL in a test without a server */
};

/* NULL when absent. Names without regard to case. */
const char *http_request_header(const struct http_request *request, const char *name);

enum { HTTP_QUERY_ABSENT = 1 };

/*
 * The value of parameter @name of the query, decoded as forms are (WHATWG URL, section 5:
 * "+" is a blank, "%2B" a plus). "name=" and "name" are the empty text.
 * 0; HTTP_QUERY_ABSENT; FAULT_INPUT in words for the client: given twice, a broken
 * escape, a NUL, or longer than @size less one.
 */
int http_query_get(
	const struct http_request *request, const char *name, char *ret_value, size_t size);
/* FAULT_INPUT when the query has a parameter that is not among @names (NULL-ended). */
int http_query_check(const struct http_request *request, const char *const *names);

struct http_reply {
	int status;                         /* 200 unless set */
	const char *content_type;           /* application/json unless set; static text */
	struct buffer body;                 /* the server's: at most HTTP_REPLY_MAX, freed by it */
	const struct http_request *request; /* what is answered; may be NULL */
	struct {
		char name[40];
		char value[200];
	} headers[HTTP_HEADERS_MAX];
	size_t header_count;
};

/* Values are cut at their bound; control characters become spaces. */
void http_reply_header(struct http_reply *reply, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * RFC 9457, replacing what was in the body: type ("/problems/@slug", relative to
 * the service), title, status, detail, and the members pointer (when there is one),
 * request_id and trace_id. @pointer is an RFC 6901 pointer, as a plain string,
 * to the field at fault, or NULL.
 */
void http_problem(struct http_reply *reply, int status, const char *slug, const char *title,
	const char *detail, const char *pointer);

typedef int http_handler(
	void *context, const struct http_request *request, struct http_reply *reply);

struct http_route {
	const char *method;
	const char *pattern; /* "/orders/{id}/timeline" */
	http_handler *handler;
};

/* A request that was answered. */
struct http_served {
	const struct http_request *request;
	const char *route; /* the pattern; NULL: none fits */
	int status;
	int64_t duration_us; /* from the whole head to the reply handed to the kernel */
};

struct http_server_config {
	const char *listen; /* "127.0.0.1:8080"; port 0 picks one */
	int threads;
	const struct http_route *routes; /* ends with a NULL method; lives as long as the process */
	void *context;                   /* handed to every handler */
	/*
	 * Asked before the handler of a route, never for /livez /readyz /metrics. False: it has
	 * filled the reply, and the handler is not asked. NULL: all are admitted.
	 */
	bool (*admit)(void *context, const struct http_request *request, struct http_reply *reply);
	/* After each reply, on its thread, never for /livez /readyz /metrics. May be NULL. */
	void (*served)(const struct http_served *served);
	/* /readyz: 0 or a fault whose words tell what is missing. NULL: always ready. */
	int (*ready)(void *ready_context);
	void *ready_context;
};

/* /livez, /readyz and /metrics are there without a route. FAULT_SYSTEM when the port is taken. */
int http_server_start(const struct http_server_config *config, struct http_server **ret_server);
/* Lets running requests end (at most 5 s). */
void http_server_stop(struct http_server *server);
int http_server_port(const struct http_server *server);
