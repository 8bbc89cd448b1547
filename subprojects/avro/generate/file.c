#include "model.h"

#include <base/fault.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_SIZE_MAX (1 << 20)

static int failed(const char *path)
{
	return fault(FAULT_SYSTEM, "%s: %s", path, strerror(errno));
}

int file_read(struct arena *arena, const char *path, const char **ret_text, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	struct stat about;
	char *text;
	int r = 0;

	if (file == NULL)
		return failed(path);
	if (fstat(fileno(file), &about) < 0 || about.st_size > FILE_SIZE_MAX) {
		r = fault(FAULT_LIMIT, "%s: larger than %d bytes", path, FILE_SIZE_MAX);
		goto out;
	}
	text = arena_alloc(arena, (size_t)about.st_size + 1);
	if (fread(text, 1, (size_t)about.st_size, file) != (size_t)about.st_size) {
		r = failed(path);
		goto out;
	}
	*ret_text = text;
	*ret_size = (size_t)about.st_size;
out:
	fclose(file);
	return r;
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
