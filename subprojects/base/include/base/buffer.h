/*
 * A growable run of bytes with a bound.
 *
 * Data struct: read .data and .size freely, write through the functions. The
 * first append that would pass size_max marks the buffer failed and changes
 * nothing; later ones are ignored; so a writer appends all and checks once.
 * The bytes are always followed by a NUL that does not count.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	char *data;
	size_t size;
	size_t capacity;
	size_t size_max; /* 0 means no bound but memory */
	bool failed;
};

void buffer_init(struct buffer *buffer, size_t size_max);
void buffer_finish(struct buffer *buffer);
/* Empties it and clears the mark; keeps the memory. */
void buffer_reset(struct buffer *buffer);

void buffer_add(struct buffer *buffer, const void *bytes, size_t size);
void buffer_add_byte(struct buffer *buffer, uint8_t byte);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_format(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* All of a file. 0, or FAULT_SYSTEM, or FAULT_LIMIT when it does not fit; both name it. */
int buffer_add_file(struct buffer *buffer, const char *path);
/* Makes room for @size more bytes and returns where; NULL when failed. Add to .size oneself. */
char *buffer_reserve(struct buffer *buffer, size_t size);

/* 0, or FAULT_LIMIT naming @what when an append did not fit. */
int buffer_check(const struct buffer *buffer, const char *what);

#define BUFFER_CLEAN __attribute__((cleanup(buffer_finish)))
