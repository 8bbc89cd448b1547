/*
 * Small files: read whole, and written so that they are on the disk and nothing is lost.
 */
#pragma once

#include <base/arena.h>
#include <base/buffer.h>
#include <stddef.h>

#define FILE_SIZE_MAX (1 << 20)

/* FAULT_USAGE names the file and why it cannot be read. */
int file_read(const char *path, struct arena *arena, const char **ret_text, size_t *ret_size);
/* Never over a file that is there. FAULT_USAGE names the file; a part of it does not stay. */
int file_write_new(const char *path, const struct buffer *text);
