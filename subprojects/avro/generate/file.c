#include "model.h"

#include <base/fault.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_SIZE_MAX ((size_t)1 << 20)

static int failed(const char *path)
{
	return fault(FAULT_SYSTEM, "%s: %s", path, strerror(errno));
}

int file_read(struct arena *arena, const char *path, const char **ret_text, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t size;
	int r = 0;

	if (file == NULL)
		return failed(path);
	text = arena_alloc(arena, FILE_SIZE_MAX + 1);
	size = fread(text, 1, FILE_SIZE_MAX, file);
	if (ferror(file))
		r = failed(path);
	else if (size == FILE_SIZE_MAX)
		r = fault(FAULT_LIMIT, "%s: larger than %zu bytes", path, FILE_SIZE_MAX - 1);
	fclose(file);
	if (r < 0)
		return r;
	*ret_text = text;
	*ret_size = size;
	return 0;
}

int file_write(const char *path, const struct buffer *text)
{
	char beside[4096];
	FILE *file;
	bool written;

	if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
		return fault(FAULT_LIMIT, "%s: path too long", path);
	file = fopen(beside, "we");
	if (file == NULL)
		return failed(beside);
	written = fwrite(text->data, 1, text->size, file) == text->size;
	if (fclose(file) != 0 || !written)
		return failed(beside);
	if (rename(beside, path) < 0)
		return failed(path);
	return 0;
}
