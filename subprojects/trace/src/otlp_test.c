#include "otlp.h"

#include <stdio.h>
#include <string.h>
#include <testkit/testkit.h>

#define ROOM 700

static const struct trace example = {
	.trace_id = {0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e,
		0x0e, 0x47, 0x36},
	.span_id = {0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7},
	.parent_id = {0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18},
	.flags = 1,
};
#define START_US INT64_C(1764139800000001)

static const char *hex(const uint8_t *bytes, size_t size)
{
	static char text[4096];

	expect(size < sizeof(text) / 2);
	for (size_t i = 0; i < size; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return text;
}

/* The expected bytes were written by opentelemetry-proto's own classes for Python. */
TEST(a_span_is_the_message_that_protobufs_own_encoder_writes)
{
	struct uuid order = {{0x01, 0x99, 0xab, 0x00, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};
	struct span span = {
		.trace = example,
		.kind = SPAN_CONSUMER,
		.name = "process",
		.target = "order.events",
		.start_us = START_US,
		.end_us = START_US + 1999,
		.failed = true,
		.attributes = SPAN_ATTRIBUTES(SPAN_TEXT("messaging.system", "kafka"),
			SPAN_TEXT("left.out", NULL), SPAN_NUMBER("messaging.kafka.offset", 300),
			SPAN_UUID("order.id", &order), SPAN_NUMBER("n", -1)),
	};
	uint8_t bytes[ROOM];
	size_t size = otlp_span(&span, bytes, sizeof(bytes));

	expect_int(size, 3 + 220);
	/* ScopeSpans { spans = 2 }, 220 bytes. */
	expect_text(hex(bytes, 3), "12dc01");
	expect_text(hex(bytes + 3, size - 3),
		"0a104bf92f3577b34da6a3ce929d0e0e4736120800f067aa0ba902b722081112"
		"1314151617182a1470726f63657373206f726465722e6576656e7473300539e8"
		"f32021cd7b7b184180743f21cd7b7b184a1b0a106d6573736167696e672e7379"
		"7374656d12070a056b61666b614a1d0a166d6573736167696e672e6b61666b61"
		"2e6f6666736574120318ac024a320a086f726465722e696412260a2430313939"
		"616230302d303030302d373030302d383030302d303030303030303030303031"
		"4a100a016e120b18ffffffffffffffffff017a021802850101000000");
}

TEST(a_request_holds_the_resource_and_the_spans)
{
	static const uint8_t span[] = {0x12, 0x03, 0x2a, 0x01, 'x'};
	uint8_t resource[OTLP_RESOURCE_BYTES];
	size_t resource_size =
		otlp_resource(SPAN_ATTRIBUTES(SPAN_TEXT("service.name", "order")), resource);
	struct buffer spans, request;

	buffer_init(&spans, 0);
	buffer_init(&request, 0);
	buffer_add(&spans, span, sizeof(span));
	otlp_request(resource, resource_size, &spans, &request);
	expect_text(hex((const uint8_t *)request.data, request.size),
		"0a2f0a190a170a0c736572766963652e6e616d6512070a056f7264657212120a"
		"0b0a096f726465722d6c616212032a0178");
	buffer_finish(&spans);
	buffer_finish(&request);
}

TEST(a_root_names_no_parent)
{
	struct span span = {.trace = example, .kind = SPAN_INTERNAL, .name = "x"};
	uint8_t bytes[ROOM];
	size_t size;

	memset(span.trace.parent_id, 0, sizeof(span.trace.parent_id));
	size = otlp_span(&span, bytes, sizeof(bytes));
	/* Behind the ids comes the name: 0x2a, not the parent's 0x22. */
	expect_int(bytes[3 + 18 + 10], 0x2a);
	expect_int(size, 3 + 18 + 10 + 3 + 2 + 18 + 6);
}

TEST(time_never_runs_backwards)
{
	struct span late = {.trace = example, .kind = SPAN_INTERNAL, .name = "x", .start_us = 5};
	struct span same = late;
	uint8_t a[ROOM], b[ROOM];

	late.end_us = 4;
	same.end_us = 5;
	expect_bytes(a, otlp_span(&late, a, sizeof(a)), b, otlp_span(&same, b, sizeof(b)));
}

/* Of the bytes, so many times this text. */
static int occurrences(const uint8_t *bytes, size_t size, const char *text)
{
	int count = 0;

	for (size_t i = 0; i + strlen(text) <= size; i++)
		count += memcmp(bytes + i, text, strlen(text)) == 0;
	return count;
}

TEST(what_finds_no_room_is_left_out_and_told)
{
	char text[2 * SPAN_TEXT_MAX];
	struct span_attribute attributes[9] = {{0}};
	struct span span = {.trace = example, .name = "x", .attributes = attributes};
	uint8_t bytes[ROOM];
	size_t size;

	memset(text, 'v', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	span.name = span.target = text;
	for (int i = 0; i < 8; i++)
		attributes[i] = SPAN_TEXT("key", text);
	size = otlp_span(&span, bytes, sizeof(bytes));
	expect(size <= sizeof(bytes));
	/* A value is cut at SPAN_TEXT_MAX; three such find room. */
	expect_int(occurrences(bytes, size, "key"), 3);
	/* dropped_attributes_count = 10, then flags. */
	expect_text(hex(bytes + size - 8, 8), "5005850101000000");
}

TEST(bytes_beyond_ascii_are_not_passed_on)
{
	struct span span = {
		.trace = example,
		.name = "x",
		.attributes = SPAN_ATTRIBUTES(SPAN_TEXT("k", "a\xff\xc3\xa9z")),
	};
	uint8_t bytes[ROOM];
	size_t size = otlp_span(&span, bytes, sizeof(bytes));

	expect_int(occurrences(bytes, size, "a???z"), 1);
}

TEST(reads_how_many_the_collector_has_not_taken)
{
	/* rejected_spans 7 or 300, error_message "no"; by the same encoder. */
	static const uint8_t seven[] = {0x0a, 0x06, 0x08, 0x07, 0x12, 0x02, 'n', 'o'};
	static const uint8_t many[] = {0x0a, 0x07, 0x08, 0xac, 0x02, 0x12, 0x02, 'n', 'o'};
	static const uint8_t message_only[] = {0x0a, 0x04, 0x12, 0x02, 'n', 'o'};
	static const uint8_t cut[] = {0x0a, 0x60, 0x08, 0x07};

	expect_int(otlp_rejected(seven, sizeof(seven)), 7);
	expect_int(otlp_rejected(many, sizeof(many)), 300);
	expect_int(otlp_rejected(message_only, sizeof(message_only)), 0);
	expect_int(otlp_rejected(cut, sizeof(cut)), 0);
	expect_int(otlp_rejected("", 0), 0);
	expect_int(otlp_rejected("{\"partialSuccess\":{}}", 21), 0);
}

TESTS("trace otlp", TEST_CASE(a_span_is_the_message_that_protobufs_own_encoder_writes),
	TEST_CASE(a_request_holds_the_resource_and_the_spans), TEST_CASE(a_root_names_no_parent),
	TEST_CASE(time_never_runs_backwards), TEST_CASE(what_finds_no_room_is_left_out_and_told),
	TEST_CASE(bytes_beyond_ascii_are_not_passed_on),
	TEST_CASE(reads_how_many_the_collector_has_not_taken))
