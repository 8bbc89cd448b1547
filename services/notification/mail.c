#include "mail.h"

#include <base/clock.h>
#include <base/fault.h>
#include <string.h>
#include <time.h>

#define QUOTED_LINE_MAX 76 /* RFC 2045 §6.7, without the CRLF */

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int mail_check_domain(const char *domain)
{
	size_t size = strlen(domain);

	if (size == 0 || size > MAIL_DOMAIN_MAX)
		return fault(FAULT_INPUT, "a domain has 1 to %d characters", MAIL_DOMAIN_MAX);
	for (size_t i = 0; i < size; i++) {
		bool inside = i > 0 && i + 1 < size && domain[i - 1] != '.' && domain[i + 1] != '.';

		if (!is_alphanumeric(domain[i]) && !(inside && strchr("-.", domain[i])))
			return fault(FAULT_INPUT, "%s is no domain", domain);
	}
	return 0;
}

/* Dots may stand inside, one at a time (RFC 5322 §3.2.3, dot-atom). */
static bool is_local_character(const char *id, size_t at, size_t size)
{
	if (id[at] == '.')
		return at > 0 && at + 1 < size && id[at - 1] != '.';
	return is_alphanumeric(id[at]) || id[at] == '-' || id[at] == '_';
}

int mail_address(
	const char *customer_id, const char *domain, char ret_address[static MAIL_ADDRESS_SIZE])
{
	static const char digits[] = "0123456789ABCDEF";
	size_t size = strlen(customer_id), length = 0;
	char local[3 * MAIL_LOCAL_MAX];

	if (size == 0 || size > MAIL_LOCAL_MAX)
		return fault(FAULT_INPUT, "a customer id of %zu bytes makes no address", size);
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)customer_id[i];

		if (is_local_character(customer_id, i, size)) {
			local[length++] = (char)byte;
			continue;
		}
		local[length++] = '=';
		local[length++] = digits[byte >> 4];
		local[length++] = digits[byte & 15];
	}
	if (length > MAIL_LOCAL_MAX)
		return fault(FAULT_INPUT, "the customer id makes an address of %zu bytes", length);
	memcpy(ret_address, local, length);
	ret_address[length] = '@';
	memcpy(ret_address + length + 1, domain, strlen(domain) + 1);
	return 0;
}

static void add_date(struct buffer *out, int64_t at_us)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t at = (time_t)(at_us / US_PER_S);
	struct tm utc;

	gmtime_r(&at, &utc);
	buffer_add_format(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[utc.tm_wday],
		utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
		utc.tm_sec);
}

/* One byte of a body; *column counts the line it goes to. */
static void add_quoted(struct buffer *out, const char *at, size_t *column)
{
	unsigned char byte = (unsigned char)*at;
	bool at_end = at[1] == '\n' || at[1] == '\0';
	bool plain = (byte > ' ' && byte <= '~' && byte != '=') || (byte == ' ' && !at_end);
	size_t size = plain ? 1 : 3;

	/* One column is kept for the "=" of a line that goes on. */
	if (*column + size > QUOTED_LINE_MAX - 1) {
		buffer_add_text(out, "=\r\n");
		*column = 0;
	}
	if (plain)
		buffer_add_byte(out, byte);
	else
		buffer_add_format(out, "=%02X", byte);
	*column += size;
}

static void add_body(struct buffer *out, const char *body)
{
	size_t column = 0;

	for (; *body; body++) {
		if (*body != '\n') {
			add_quoted(out, body, &column);
			continue;
		}
		buffer_add_text(out, "\r\n");
		column = 0;
	}
	if (column > 0)
		buffer_add_text(out, "\r\n");
}

void mail_write(const struct mail *mail, struct buffer *out)
{
	char id[UUID_TEXT_SIZE];

	add_date(out, mail->created_at_us);
	buffer_add_format(out, "From: Order Lab <%s>\r\nTo: <%s>\r\nSubject: %s\r\n", mail->from,
		mail->to, mail->subject);
	buffer_add_format(
		out, "Message-ID: <%s@%s>\r\n", uuid_format(&mail->event_id, id), mail->domain);
	/* RFC 3834 §5: nobody's holiday answers to this. */
	buffer_add_text(out,
		"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	add_body(out, mail->body);
}
