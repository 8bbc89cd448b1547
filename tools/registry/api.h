/*
 * The schemas of this build as Confluent's Schema Registry tells them: its paths, its
 * replies, its error codes (docs.confluent.io, "Schema Registry API Reference"). What
 * would change something is refused as a registry in mode READONLY does.
 *
 * A subject is TOPIC-RECORD ("order.events-orderlab.order.OrderCreated"), as their
 * TopicRecordNameStrategy calls it: a topic of ours carries several records, each with
 * versions of its own.
 */
#pragma once

#include <http/server.h>

/* Ends with a NULL method; wants no context. */
extern const struct http_route api_routes[];
