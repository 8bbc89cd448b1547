#include "ledger.h"

#include <base/clock.h>
#include <inttypes.h>

void ledger_write_head(FILE *file)
{
	fputs("n\tkey\tdue\tkind\tstatus\thttp\torder\tend\tanswered_us\tarrived_us\tended_us\t"
	      "cancel\n",
		file);
}

static void write_number(FILE *file, int64_t number, bool there)
{
	if (there)
		fprintf(file, "\t%" PRId64, number);
	else
		fputs("\t-", file);
}

void ledger_write(FILE *file, const struct ledger_line *line)
{
	static const char *const statuses[] = {"unsent", "ok", "fail", "unknown"};
	static const char *const ends[] = {"open", "completed", "cancelled"};
	const bool accepted = line->status == TALLY_OK;
	char due[CLOCK_TEXT_SIZE], id[UUID_TEXT_SIZE] = "-";

	if (accepted)
		uuid_format(&line->order_id, id);
	fprintf(file, "%" PRId64 "\t%s\t%s\t%s\t%s", line->n, line->key,
		clock_format(line->due_wall_us, due), line->kind, statuses[line->status]);
	write_number(file, line->http_status, line->http_status != 0);
	fprintf(file, "\t%s\t%s", id, accepted ? ends[line->end] : "-");
	write_number(file, line->answered_us, line->http_status != 0);
	write_number(file, line->arrived_us, line->end != TALLY_OPEN);
	write_number(file, line->ended_us, line->end != TALLY_OPEN);
	write_number(file, line->cancel_status, line->cancel_asked);
	fputc('\n', file);
}
