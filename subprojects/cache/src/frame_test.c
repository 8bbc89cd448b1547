#include "frame.h"

#include <string.h>
#include <testkit/testkit.h>

#define STAMP "01890a5d-ac96-774b-bcce-b302099a8057"
#define BODY "{\"status\":\"Completed\"}"

static struct buffer framed(const char *key, const char *stamp, const char *body)
{
	struct buffer out;

	buffer_init(&out, 0);
	frame_write(&out, key, stamp, body, strlen(body));
	return out;
}

static int read_back(const char *key, const struct buffer *data)
{
	struct frame frame;

	return frame_read(key, data->data, data->size, &frame);
}

TEST(reads_what_it_wrote)
{
	BUFFER_CLEAN struct buffer plain = framed("order:1", "", BODY);
	BUFFER_CLEAN struct buffer stamped = framed("product:tea", STAMP, BODY);
	BUFFER_CLEAN struct buffer empty = framed("k", "", "");
	struct frame frame;

	expect_int(frame_read("order:1", plain.data, plain.size, &frame), 0);
	expect_bytes(frame.bytes, frame.size, BODY, strlen(BODY));
	expect_text(frame.stamp, "");
	expect_int(frame_read("product:tea", stamped.data, stamped.size, &frame), 0);
	expect_bytes(frame.bytes, frame.size, BODY, strlen(BODY));
	expect_text(frame.stamp, STAMP);
	expect_int(frame_read("k", empty.data, empty.size, &frame), 0);
	expect_int(frame.size, 0);
}

TEST(takes_a_value_under_another_key_for_rubbish)
{
	BUFFER_CLEAN struct buffer data = framed("order:1", "", BODY);

	expect_int(read_back("order:2", &data), FRAME_RUBBISH);
	expect_int(read_back("order:", &data), FRAME_RUBBISH);
}

TEST(takes_every_changed_byte_for_rubbish)
{
	BUFFER_CLEAN struct buffer data = framed("k", STAMP, BODY);

	for (size_t i = 0; i < data.size; i++) {
		for (int bit = 0; bit < 8; bit++) {
			data.data[i] = (char)(data.data[i] ^ 1 << bit);
			expect_int(read_back("k", &data), FRAME_RUBBISH);
			data.data[i] = (char)(data.data[i] ^ 1 << bit);
		}
	}
	expect_int(read_back("k", &data), 0);
}

TEST(takes_every_cut_and_every_tail_for_rubbish)
{
	BUFFER_CLEAN struct buffer data = framed("k", "", BODY);
	struct frame frame;

	for (size_t size = 0; size < data.size; size++)
		expect_int(frame_read("k", data.data, size, &frame), FRAME_RUBBISH);
	buffer_add(&data, "\0", 1);
	expect_int(read_back("k", &data), FRAME_RUBBISH);
}

TESTS("cache frame", TEST_CASE(reads_what_it_wrote),
	TEST_CASE(takes_a_value_under_another_key_for_rubbish),
	TEST_CASE(takes_every_changed_byte_for_rubbish),
	TEST_CASE(takes_every_cut_and_every_tail_for_rubbish))
