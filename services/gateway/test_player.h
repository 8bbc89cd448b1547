/*
 * A service that a test plays: it answers what it is told to, over real HTTP, and
 * keeps what it was asked last.
 */
#pragma once

#include <http/server.h>
#include <stdatomic.h>

/* In the Location of every 201. */
#define PLAYED_ID "01890a5d-ac96-774b-bcce-b302099a8057"

/* What a played service answers, and what it was asked. */
struct player {
	struct http_server *server;
	int status;
	const char *body;
	int pause_ms;
	atomic_int asked;
	char method[16], path[128], key[300], request_id[80], traceparent[80], type[64], heard[256];
};

/* @port 0: any. */
void player_start(struct player *player, int port);
void player_stop(struct player *player);
void url_of(const struct http_server *server, char url[static 40]);
