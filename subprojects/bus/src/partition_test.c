#include <bus/message.h>
#include <librdkafka/rdkafka.h>
#include <string.h>
#include <testkit/testkit.h>

/* org.apache.kafka.common.utils.UtilsTest.testMurmur2 */
TEST(agrees_with_javas_published_vectors)
{
	static const struct {
		const char *key;
		int32_t hash;
	} vectors[] = {{"21", -973932308}, {"foobar", -790332482},
		{"a-little-bit-long-string", -985981536},
		{"a-little-bit-longer-string", -1486304829},
		{"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
		{"abc", 479470107}};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const char *key = vectors[i].key;
		int32_t positive = vectors[i].hash & 0x7fffffff;

		expect_int(bus_partition_of(key, strlen(key), INT32_MAX), positive % INT32_MAX);
		expect_int(bus_partition_of(key, strlen(key), 6), positive % 6);
	}
}

TEST(agrees_with_the_partitioner_that_produces)
{
	unsigned char key[48];
	uint32_t state = 12345;

	for (int round = 0; round < 20000; round++) {
		size_t size = (size_t)round % sizeof(key);
		int32_t partitions = 1 + round % 97;

		for (size_t i = 0; i < size; i++) {
			state = state * 1664525 + 1013904223;
			key[i] = (unsigned char)(state >> 24);
		}
		expect_int(bus_partition_of(key, size, partitions),
			rd_kafka_msg_partitioner_murmur2(NULL, key, size, partitions, NULL, NULL));
	}
}

TESTS("partition", TEST_CASE(agrees_with_javas_published_vectors),
	TEST_CASE(agrees_with_the_partitioner_that_produces))
