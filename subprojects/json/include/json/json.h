/*
 * Strict JSON reading for the edge (Jansson behind it).
 *
 * Refuses duplicate keys, real numbers, text that is not UTF-8 or holds U+0000,
 * more than JSON_DEPTH_MAX levels or JSON_MEMBERS_MAX members of one object,
 * numbers beyond int64, anything behind the value. Values are borrowed from the
 * document and live until json_destroy().
 *
 * Too slow for the event path (about 170,000 small documents a second): that
 * is Avro's.
 */
#pragma once

#include <base/uuid.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 16
#define JSON_MEMBERS_MAX 256
#define JSON_DETAIL_SIZE 256

struct json_document;
struct json_value; /* never defined: a borrowed value */

enum json_kind { JSON_NULL, JSON_BOOL, JSON_INT, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

/* 0, or FAULT_INPUT whose words give line, column and what was expected. */
int json_parse(const char *text, size_t size, struct json_document **ret_document);
void json_destroy(struct json_document *document);
void json_cleanup(struct json_document **document);
#define JSON_CLEAN __attribute__((cleanup(json_cleanup)))

const struct json_value *json_root(const struct json_document *document);
enum json_kind json_kind_of(const struct json_value *value);
const char *json_kind_name(enum json_kind kind);

/* Object: the member or NULL. Array: the element or NULL. */
const struct json_value *json_member(const struct json_value *object, const char *name);
const struct json_value *json_element(const struct json_value *array, size_t index);
size_t json_count(const struct json_value *value);
/* Members in the order written; NULL from json_count() on. */
const char *json_member_at(
	const struct json_value *object, size_t index, const struct json_value **ret_value);

/* Each asserts the kind. @ret_size may be NULL. */
const char *json_string(const struct json_value *text, size_t *ret_size);
int64_t json_number(const struct json_value *number);
bool json_truth(const struct json_value *value);
