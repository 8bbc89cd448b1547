#include "test_player.h"

#include <poll.h>
#include <stdio.h>
#include <testkit/testkit.h>

static void note(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%s", text == NULL ? "" : text);
}

static int play(void *context, const struct http_request *request, struct http_reply *reply)
{
	struct player *player = context;

	note(player->method, sizeof(player->method), request->method);
	(void)snprintf(player->path, sizeof(player->path), "%s%s%s", request->path,
		request->query ? "?" : "", request->query ? request->query : "");
	note(player->heard, sizeof(player->heard), request->body);
	note(player->key, sizeof(player->key), http_request_header(request, "Idempotency-Key"));
	note(player->request_id, sizeof(player->request_id),
		http_request_header(request, "X-Request-Id"));
	note(player->traceparent, sizeof(player->traceparent),
		http_request_header(request, "traceparent"));
	note(player->type, sizeof(player->type), http_request_header(request, "Content-Type"));
	player->asked++;
	if (player->pause_ms != 0)
		(void)poll(NULL, 0, player->pause_ms);

	reply->status = player->status;
	buffer_add_text(&reply->body, player->body);
	if (player->status == 201) {
		http_reply_header(reply, "Location", "/orders/" PLAYED_ID);
		http_reply_header(reply, "Idempotency-Replayed", "true");
	} else if (player->status >= 400) {
		reply->content_type = "application/problem+json";
		http_reply_header(reply, "Retry-After", "7");
	}
	return 0;
}

static const struct http_route played[] = {
	{"POST", "/orders", play},
	{"GET", "/orders", play},
	{"GET", "/orders/{id}", play},
	{"GET", "/orders/{id}/timeline", play},
	{"POST", "/orders/{id}/cancellation", play},
	{"GET", "/products", play},
	{"GET", "/products/{id}", play},
	{"GET", "/stock", play},
	{"GET", "/stock/{id}", play},
	{0},
};

void player_start(struct player *player, int port)
{
	char listen[32];

	(void)snprintf(listen, sizeof(listen), "127.0.0.1:%d", port);
	expect_ok(http_server_start(
		&(struct http_server_config){
			.listen = listen, .threads = 4, .routes = played, .context = player},
		&player->server));
}

void player_stop(struct player *player)
{
	http_server_stop(player->server);
	player->server = NULL;
}

void url_of(const struct http_server *server, char url[static 40])
{
	(void)snprintf(url, 40, "http://127.0.0.1:%d", http_server_port(server));
}
