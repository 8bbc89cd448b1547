#include <bus/message.h>
#include <librdkafka/rdkafka.h>

static rd_kafka_headers_t *headers_of(const struct bus_message *message)
{
	rd_kafka_headers_t *headers;

	if (rd_kafka_message_headers(message->handle, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return NULL;
	return headers;
}

bool bus_header_find(
	const struct bus_message *message, const char *name, struct bus_header *ret_header)
{
	rd_kafka_headers_t *headers = headers_of(message);
	const void *value;
	size_t size;

	if (headers == NULL ||
		rd_kafka_header_get_last(headers, name, &value, &size) !=
			RD_KAFKA_RESP_ERR_NO_ERROR)
		return false;
	*ret_header = (struct bus_header){.name = name, .value = value, .size = size};
	return true;
}

size_t bus_headers(const struct bus_message *message, struct bus_header *headers, size_t max)
{
	rd_kafka_headers_t *all = headers_of(message);
	size_t count = 0;
	const char *name;
	const void *value;
	size_t size;

	if (all == NULL)
		return 0;
	while (rd_kafka_header_get_all(all, count, &name, &value, &size) ==
		RD_KAFKA_RESP_ERR_NO_ERROR) {
		if (count < max)
			headers[count] = (struct bus_header){name, value, size};
		count++;
	}
	return count;
}
