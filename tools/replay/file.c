#include "file.h"

#include <base/fault.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int file_read(const char *path, struct arena *arena, const char **ret_text, size_t *ret_size)
{
	char *text;
	size_t size = 0;
	ssize_t got;
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return fault(FAULT_USAGE, "cannot read %s: %s", path, strerror(errno));
	text = arena_alloc(arena, FILE_SIZE_MAX + 1);
	do {
		got = read(file, text + size, FILE_SIZE_MAX + 1 - size);
		if (got > 0)
			size += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	close(file);
	if (got < 0)
		return fault(FAULT_USAGE, "cannot read %s: %s", path, strerror(errno));
	if (size > FILE_SIZE_MAX)
		return fault(FAULT_USAGE, "%s is larger than %d bytes: not a file of offsets", path,
			FILE_SIZE_MAX);
	*ret_text = text;
	*ret_size = size;
	return 0;
}

static int write_all(int file, const struct buffer *text)
{
	size_t done = 0;

	while (done < text->size) {
		ssize_t put = write(file, text->data + done, text->size - done);

		if (put < 0 && errno != EINTR)
			return -1;
		if (put > 0)
			done += (size_t)put;
	}
	return fsync(file);
}

int file_write_new(const char *path, const struct buffer *text)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int why;

	if (file < 0 && errno == EEXIST)
		return fault(FAULT_USAGE, "%s is there already: name another file", path);
	if (file < 0)
		return fault(FAULT_USAGE, "cannot write %s: %s", path, strerror(errno));
	why = write_all(file, text) < 0 ? errno : 0;
	if (close(file) < 0 && why == 0)
		why = errno;
	if (why == 0)
		return 0;
	unlink(path);
	return fault(FAULT_USAGE, "cannot write %s: %s", path, strerror(why));
}
