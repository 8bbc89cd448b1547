#include "mail.h"

#include <string.h>
#include <testkit/testkit.h>

static const char *address_of(const char *customer_id)
{
	static char address[MAIL_ADDRESS_SIZE];

	expect_ok(mail_address(customer_id, "example.org", address));
	return address;
}

static const char *written(const char *subject, const char *body)
{
	static char text[MAIL_SIZE_MAX];
	struct buffer out;
	struct mail mail = {.from = "orders@example.org",
		.to = "me@example.org",
		.domain = "example.org",
		.subject = subject,
		.body = body,
		.created_at_us = INT64_C(1795600001234567)};

	expect_ok(uuid_parse("01890000-0000-7000-8000-000000000001", 36, &mail.event_id));
	buffer_init(&out, MAIL_SIZE_MAX);
	mail_write(&mail, &out);
	expect_ok(buffer_check(&out, "mail"));
	memcpy(text, out.data, out.size + 1);
	buffer_finish(&out);
	return text;
}

/* The body as it goes over the wire. */
static const char *body_of(const char *body)
{
	return strstr(written("s", body), "\r\n\r\n") + 4;
}

TEST(a_plain_customer_is_an_address)
{
	expect_text(address_of("me"), "me@example.org");
	expect_text(address_of("a.b-c_7"), "a.b-c_7@example.org");
}

TEST(what_an_address_cannot_hold_is_written_in_hex)
{
	expect_text(address_of("me@home"), "me=40home@example.org");
	expect_text(address_of("a:b"), "a=3Ab@example.org");
	expect_text(address_of(".a..b."), "=2Ea.=2Eb=2E@example.org");
	expect_text(address_of("ü"), "=C3=BC@example.org");
	expect_text(address_of("a=40b"), "a=3D40b@example.org");
}

TEST(nobody_can_add_a_recipient_or_a_header)
{
	expect_text(
		address_of("x>\r\nRCPT TO:<y@z>"), "x=3E=0D=0ARCPT=20TO=3A=3Cy=40z=3E@example.org");
	expect_text(address_of("a\nBcc: b, c"), "a=0ABcc=3A=20b=2C=20c@example.org");
	expect_text(address_of("\"a b\" <c"), "=22a=20b=22=20=3Cc@example.org");
}

TEST(no_two_customers_share_an_address)
{
	const char *ids[] = {"a.b", "a:b", "a@b", "a=2Eb", "a=b", "a..b", "a. b", "A.b", "a_b"};
	const size_t count = sizeof(ids) / sizeof(ids[0]);
	char addresses[9][MAIL_ADDRESS_SIZE];

	for (size_t i = 0; i < count; i++) {
		expect_ok(mail_address(ids[i], "example.org", addresses[i]));
		for (size_t j = 0; j < i; j++)
			expect(strcmp(addresses[i], addresses[j]) != 0);
	}
}

TEST(an_id_that_makes_no_address_is_refused)
{
	char address[MAIL_ADDRESS_SIZE] = "untouched", id[MAIL_LOCAL_MAX + 2];

	expect_fault(mail_address("", "example.org", address), FAULT_INPUT);
	memset(id, 'a', sizeof(id));
	id[MAIL_LOCAL_MAX] = '\0';
	expect_int(strlen(address_of(id)), MAIL_LOCAL_MAX + strlen("@example.org"));
	id[0] = '@';
	expect_fault(mail_address(id, "example.org", address), FAULT_INPUT);
	memset(id, 'a', MAIL_LOCAL_MAX + 1);
	id[MAIL_LOCAL_MAX + 1] = '\0';
	expect_fault(mail_address(id, "example.org", address), FAULT_INPUT);
	expect_text(address, "untouched");
}

TEST(a_domain_is_labels_of_letters_digits_and_hyphens)
{
	const char *bad[] = {"", ".org", "org.", "a..b", "a b", "a\r\nb", "a@b", "-a", "a-", "a/b"};

	expect_ok(mail_check_domain("localhost"));
	expect_ok(mail_check_domain("mail-1.example.org"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_fault(mail_check_domain(bad[i]), FAULT_INPUT);
}

TEST(a_mail_says_who_when_and_which_event)
{
	expect_text(written("Order 1 is complete", "Dear customer,\n\nyes.\n"),
		"Date: Wed, 25 Nov 2026 09:46:41 +0000\r\n"
		"From: Order Lab <orders@example.org>\r\n"
		"To: <me@example.org>\r\n"
		"Subject: Order 1 is complete\r\n"
		"Message-ID: <01890000-0000-7000-8000-000000000001@example.org>\r\n"
		"Auto-Submitted: auto-generated\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n"
		"\r\n"
		"Dear customer,\r\n\r\nyes.\r\n");
}

TEST(a_body_is_quoted_where_mail_needs_it)
{
	expect_text(body_of("1 = 1"), "1 =3D 1\r\n");
	expect_text(body_of("für"), "f=C3=BCr\r\n");
	expect_text(body_of("blank \nend "), "blank=20\r\nend=20\r\n");
	expect_text(body_of("a\rb\tc"), "a=0Db=09c\r\n");
	expect_text(body_of("\n"), "\r\n");
}

TEST(no_line_of_a_body_is_longer_than_76)
{
	char body[400];
	const char *line;
	size_t letters = 0;

	memset(body, 'x', sizeof(body));
	for (size_t i = 70; i < 200; i += 7)
		body[i] = '=';
	body[sizeof(body) - 1] = '\0';
	line = body_of(body);
	while (*line) {
		size_t size = strcspn(line, "\r");

		expect(size <= 76);
		for (size_t i = 0; i < size; i++)
			letters += line[i] == 'x';
		line += size + 2;
	}
	expect_int(letters, sizeof(body) - 1 - 19);
}

TESTS("mail", TEST_CASE(a_plain_customer_is_an_address),
	TEST_CASE(what_an_address_cannot_hold_is_written_in_hex),
	TEST_CASE(nobody_can_add_a_recipient_or_a_header),
	TEST_CASE(no_two_customers_share_an_address),
	TEST_CASE(an_id_that_makes_no_address_is_refused),
	TEST_CASE(a_domain_is_labels_of_letters_digits_and_hyphens),
	TEST_CASE(a_mail_says_who_when_and_which_event),
	TEST_CASE(a_body_is_quoted_where_mail_needs_it),
	TEST_CASE(no_line_of_a_body_is_longer_than_76))
