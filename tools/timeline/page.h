/*
 * The timeline as a page for people, and as JSON for programs. Pure.
 */
#pragma once

#include "hops.h"

#include <base/buffer.h>

#define PAGE_WIDTH_MIN 100

struct page_options {
	int width; /* columns; what is longer is cut with "…"; 0: nothing is */
	bool colour;
};

void page_write(const struct timeline *timeline, const struct hops *hops,
	const struct page_options *options, struct buffer *out);
void page_write_json(const struct timeline *timeline, const struct hops *hops, struct buffer *out);
