/*
 * A notification as a mail: its address and its message (RFC 5322). Pure: the
 * same notification makes the same bytes, however often it is sent.
 *
 * Whatever a customer or a reason is called, it cannot add a header, a recipient
 * or a line to the conversation: addresses are made of dot-atom characters alone,
 * and bodies are quoted-printable.
 */
#pragma once

#include <base/buffer.h>
#include <base/uuid.h>
#include <stdint.h>

#define MAIL_LOCAL_MAX 64 /* bytes before the @ (RFC 5321 §4.5.3.1.1) */
#define MAIL_DOMAIN_MAX 253
#define MAIL_ADDRESS_SIZE (MAIL_LOCAL_MAX + 1 + MAIL_DOMAIN_MAX + 1)
#define MAIL_SIZE_MAX (64 * 1024)

/* Labels of letters, digits and hyphens. 0 or FAULT_INPUT. */
int mail_check_domain(const char *domain);

/*
 * @customer_id@@domain. What a dot-atom cannot hold is written =XX, and so is "=",
 * so that no two customers share an address. 0; FAULT_INPUT when there is no such
 * address: an empty id, or one whose local part gets longer than MAIL_LOCAL_MAX.
 */
int mail_address(
	const char *customer_id, const char *domain, char ret_address[static MAIL_ADDRESS_SIZE]);

struct mail {
	struct uuid event_id; /* makes the Message-ID: who gets it twice can tell */
	const char *from;     /* addresses */
	const char *to;
	const char *domain;
	const char *subject;   /* printable ASCII, as templates are */
	const char *body;      /* UTF-8, lines ended by \n */
	int64_t created_at_us; /* of the notification, not of the attempt */
};

/* Headers and body, every line ended by CRLF, none longer than 998 bytes. */
void mail_write(const struct mail *mail, struct buffer *out);
