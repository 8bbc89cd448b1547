#include "attempt.h"

#include "mail.h"

#include <base/backoff.h>
#include <base/crash.h>
#include <base/fault.h>

static const char *const outcome_names[] = {
	[ATTEMPT_SENT] = "Sent",
	[ATTEMPT_SIMULATED] = "Simulated",
	[ATTEMPT_REFUSED] = "Refused",
	[ATTEMPT_UNREACHABLE] = "Unreachable",
};

const char *attempt_outcome_name(enum attempt_outcome outcome)
{
	return outcome_names[outcome];
}

static bool is_delivered(const struct attempt *attempt)
{
	return attempt->outcome == ATTEMPT_SENT || attempt->outcome == ATTEMPT_SIMULATED;
}

const char *attempt_status_name(const struct attempt *attempt)
{
	if (!attempt->ended)
		return "Pending";
	return is_delivered(attempt) ? outcome_names[attempt->outcome] : "Failed";
}

void attempt_settle(struct attempt *attempt, const struct attempt_rules *rules)
{
	struct backoff backoff = {.first_ms = rules->retry_first_ms,
		.pause_max_ms = rules->retry_pause_max_ms,
		.attempts = attempt->number - 1};

	attempt->ended =
		attempt->outcome != ATTEMPT_UNREACHABLE || attempt->number >= rules->attempts_max;
	attempt->pause_ms = attempt->ended ? 0 : backoff_next_ms(&backoff);
}

static enum attempt_outcome send_mail(struct attempt *attempt, const struct attempt_rules *rules,
	struct smtp_client *client, struct arena *arena)
{
	BUFFER_CLEAN struct buffer message;
	struct mail mail = {
		.event_id = attempt->event_id,
		.from = arena_format(arena, "orders@%s", rules->domain),
		.to = attempt->recipient,
		.domain = rules->domain,
		.subject = attempt->subject,
		.body = attempt->body,
		.created_at_us = attempt->created_at_us,
	};
	int r;

	buffer_init(&message, MAIL_SIZE_MAX);
	mail_write(&mail, &message);
	r = buffer_check(&message, "the mail");
	if (r == 0)
		r = smtp_client_send(client,
			&(struct smtp_mail){.from = mail.from,
				.to = mail.to,
				.message = message.data,
				.size = message.size},
			rules->timeout_ms);
	attempt->detail = arena_string(
		arena, r == 0 || r == SMTP_REFUSED ? smtp_client_words(client) : fault_text());
	if (r == FAULT_PEER)
		return ATTEMPT_UNREACHABLE;
	return r == 0 ? ATTEMPT_SENT : ATTEMPT_REFUSED;
}

void attempt_make(struct attempt *attempt, const struct attempt_rules *rules,
	struct smtp_client *client, struct arena *arena)
{
	char address[MAIL_ADDRESS_SIZE];

	if (mail_address(attempt->customer_id, rules->domain, address) < 0) {
		attempt->outcome = ATTEMPT_REFUSED;
		attempt->detail = arena_string(arena, fault_text());
	} else {
		attempt->recipient = arena_string(arena, address);
		crash_point("delivery.before_send");
		attempt->outcome =
			client ? send_mail(attempt, rules, client, arena) : ATTEMPT_SIMULATED;
		crash_point("delivery.after_send");
	}
	attempt_settle(attempt, rules);
}
