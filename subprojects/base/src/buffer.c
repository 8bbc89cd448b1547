#include <base/buffer.h>
#include <base/fault.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST ((size_t)256)

void buffer_init(struct buffer *buffer, size_t size_max)
{
	*buffer = (struct buffer){.size_max = size_max};
}

void buffer_finish(struct buffer *buffer)
{
	if (!buffer)
		return;
	free(buffer->data);
	*buffer = (struct buffer){0};
}

void buffer_reset(struct buffer *buffer)
{
	buffer->size = 0;
	buffer->failed = false;
	if (buffer->data)
		buffer->data[0] = '\0';
}

/* Makes room for @wanted bytes in all, the closing NUL included. */
static bool buffer_grow(struct buffer *buffer, size_t wanted)
{
	if (wanted <= buffer->capacity)
		return true;
	size_t capacity = buffer->capacity ? buffer->capacity : CAPACITY_FIRST;
	while (capacity < wanted)
		capacity *= 2;
	char *data = realloc(buffer->data, capacity);
	if (!data)
		return false;
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

char *buffer_reserve(struct buffer *buffer, size_t size)
{
	size_t bound = buffer->size_max ? buffer->size_max : SIZE_MAX / 4;

	if (buffer->failed)
		return NULL;
	if (size > bound - buffer->size || !buffer_grow(buffer, buffer->size + size + 1)) {
		buffer->failed = true;
		return NULL;
	}
	/* The caller fills what is reserved; the NUL behind it is ours to promise. */
	buffer->data[buffer->size + size] = '\0';
	return buffer->data + buffer->size;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t size)
{
	char *room = buffer_reserve(buffer, size);
	if (!room)
		return;
	if (size)
		memcpy(room, bytes, size);
	buffer->size += size;
}

void buffer_add_byte(struct buffer *buffer, uint8_t byte)
{
	buffer_add(buffer, &byte, 1);
}

void buffer_add_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_add_format(struct buffer *buffer, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (size < 0) {
		buffer->failed = true;
		return;
	}
	if ((size_t)size < sizeof(text)) {
		buffer_add(buffer, text, (size_t)size);
		return;
	}

	char *room = buffer_reserve(buffer, (size_t)size);
	if (!room)
		return;
	va_start(arguments, format);
	vsnprintf(room, (size_t)size + 1, format, arguments);
	va_end(arguments);
	buffer->size += (size_t)size;
}

int buffer_check(const struct buffer *buffer, const char *what)
{
	if (!buffer->failed)
		return 0;
	return fault(FAULT_LIMIT, "%s is larger than %zu bytes", what,
		buffer->size_max ? buffer->size_max : SIZE_MAX / 4);
}

int buffer_add_file(struct buffer *buffer, const char *path)
{
	FILE *file = fopen(path, "re");
	char block[4096];
	size_t size;
	int r = 0;

	if (!file)
		return fault(FAULT_SYSTEM, "%s: %s", path, strerror(errno));
	while ((size = fread(block, 1, sizeof(block), file)) > 0)
		buffer_add(buffer, block, size);
	if (ferror(file))
		r = fault(FAULT_SYSTEM, "%s: %s", path, strerror(errno));
	fclose(file);
	return r < 0 ? r : buffer_check(buffer, path);
}
