/*
 * DescribeAcls and CreateAcls, version 1, and AlterUserScramCredentials, version 0, in Kafka's
 * protocol, as bytes: librdkafka of Debian 12 knows no transactional ids as a resource, so it
 * can neither ask for nor make their rules, and no users. (Kafka protocol guide, API keys 29,
 * 30 and 51; KIP-140, KIP-290, KIP-554.)
 */
#pragma once

#include "rule.h"
#include "users.h"

#include <base/buffer.h>

#define WIRE_ANSWER_MAX (1 << 20)

/* Requests with their size in front; append to @out. */
void wire_ask_all(struct buffer *out);
void wire_ask_create(const struct rules *rules, struct buffer *out);
void wire_ask_users(const struct users *users, struct buffer *out);

/* Answers without their size. FAULT_INPUT: not one; FAULT_BUS_CONFIG: the broker refused. */
int wire_read_all(const char *bytes, size_t size, struct rules *ret_rules);
int wire_read_created(const char *bytes, size_t size, const struct rules *asked);
int wire_read_users(const char *bytes, size_t size, const struct users *asked);
