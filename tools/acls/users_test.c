#include "users.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <testkit/testkit.h>
#include <unistd.h>

static struct users users;
static char top[] = "/tmp/acls-users-XXXXXX";

static void put_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	mkdir(path, 0700);
	if (text == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%s/password", top, name);
	file = fopen(path, "w");
	expect(file != NULL);
	fputs(text, file);
	fclose(file);
}

static void take_away(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s/password", top, name);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%s", top, name);
	rmdir(path);
}

/* The bytes are those of Python's hashlib.pbkdf2_hmac("sha512", ...). */
TEST(salts_as_rfc_5802_says)
{
	static const char wanted[] =
		"\xa3\x58\x10\xb9\x8e\x4c\xae\x59\x33\xcd\x0c\x92\x53\x19\x5b\x04"
		"\x14\x80\x6f\x27\x67\x94\x4c\xe5\x33\x9c\xf9\x6c\xb8\xa7\xd4\x21"
		"\xde\x07\x11\x51\x3c\xb5\xf8\x2b\x5e\xbe\xe5\x2f\xaa\x5a\xea\x00"
		"\x33\x5d\x4a\x83\xbd\x0d\x31\x5a\x90\xc4\xad\x09\x4b\x9f\x54\xc8";
	struct user user = {.name = "x"};

	memcpy(user.salt, "abcdefghijklmnopqrstuvwx", sizeof(user.salt));
	expect_ok(user_salt(&user, "pencil", 6));
	expect_bytes(user.salted, sizeof(user.salted), wanted, sizeof(wanted) - 1);
}

TEST(a_folder_with_a_password_is_a_user)
{
	struct user again = {{0}};

	expect(mkdtemp(top) != NULL);
	put_file("order", "s3cret\n");
	put_file("tools", NULL);
	expect_ok(users_read(top, &users));
	expect_int(users.count, 1);
	expect_text(users.list[0].name, "order");
	memcpy(again.salt, users.list[0].salt, sizeof(again.salt));
	expect_ok(user_salt(&again, "s3cret", 6));
	expect_bytes(
		again.salted, sizeof(again.salted), users.list[0].salted, sizeof(again.salted));
	/* No salt is used twice. */
	expect_ok(users_read(top, &users));
	expect(memcmp(again.salt, users.list[0].salt, sizeof(again.salt)) != 0);
	put_file("payment", "");
	expect_fault(users_read(top, &users), FAULT_INPUT);
	expect(strstr(fault_text(), "payment/password") != NULL);
	take_away("order");
	take_away("payment");
	take_away("tools");
	expect(rmdir(top) == 0);
	expect_fault(users_read(top, &users), FAULT_SYSTEM);
}

TESTS("acls users", TEST_CASE(salts_as_rfc_5802_says),
	TEST_CASE(a_folder_with_a_password_is_a_user))
