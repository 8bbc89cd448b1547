/*
 * Mail to a peer that answers each command as its test says.
 */
#include <base/fault.h>
#include <http/smtp.h>
#include <testkit/testkit.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMEOUT_MS 2000

struct peer {
	const char *to_rcpt, *to_data, *to_end; /* replies; NULL: the usual; "": none, ever */
	bool hangs_up;                          /* after each mail, without a word */
	int listener, port;
	atomic_int connections, mails;
	char told[4096]; /* every line that came, of all connections */
	size_t told_size;
	pthread_t thread;
};

/* Returns false when the client has closed. */
static bool read_line(FILE *in, struct peer *peer, char *line, int size)
{
	size_t length;

	if (!fgets(line, size, in))
		return false;
	length = strlen(line);
	if (peer->told_size + length < sizeof(peer->told)) {
		memcpy(peer->told + peer->told_size, line, length + 1);
		peer->told_size += length;
	}
	return true;
}

static void answer(FILE *out, const char *reply, const char *usual)
{
	fputs(reply ? reply : usual, out);
	fflush(out);
}

static bool begins(const char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0;
}

/* False when the peer hangs up. */
static bool take_command(struct peer *peer, FILE *out, const char *line, bool *ret_in_data)
{
	if (begins(line, "RCPT")) {
		answer(out, peer->to_rcpt, "250 ok\r\n");
	} else if (begins(line, "DATA")) {
		answer(out, peer->to_data, "354 go on\r\n");
		*ret_in_data = !peer->to_data;
	} else if (begins(line, "QUIT")) {
		answer(out, NULL, "221 bye\r\n");
		return false;
	} else {
		answer(out, NULL, "250 ok\r\n");
	}
	return true;
}

static void talk(struct peer *peer, int fd)
{
	FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
	char line[1024];
	bool in_data = false, goes_on = true;

	answer(out, NULL, "220 peer\r\n");
	while (goes_on && read_line(in, peer, line, sizeof(line))) {
		if (!in_data) {
			goes_on = take_command(peer, out, line, &in_data);
		} else if (strcmp(line, ".\r\n") == 0) {
			in_data = false;
			peer->mails++;
			answer(out, peer->to_end, "250 taken\r\n");
			goes_on = !peer->hangs_up;
		}
	}
	fclose(in);
	fclose(out);
}

static void *peer_run(void *context)
{
	struct peer *peer = context;
	int fd;

	while ((fd = accept(peer->listener, NULL, NULL)) >= 0) {
		peer->connections++;
		talk(peer, fd);
	}
	return NULL;
}

static struct smtp_client *start(struct peer *peer)
{
	struct sockaddr_in self = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(self);
	struct smtp_client *client;
	char url[64];

	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	expect_int(bind(peer->listener, (struct sockaddr *)&self, size), 0);
	expect_int(listen(peer->listener, 8), 0);
	expect_int(getsockname(peer->listener, (struct sockaddr *)&self, &size), 0);
	expect_int(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
	(void)snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", ntohs(self.sin_port));
	client = smtp_client_create(url);
	expect(client != NULL);
	return client;
}

static void stop(struct peer *peer, struct smtp_client *client)
{
	smtp_client_destroy(client);
	(void)shutdown(peer->listener, SHUT_RDWR);
	(void)pthread_join(peer->thread, NULL);
	(void)close(peer->listener);
}

static int mail(struct smtp_client *client, const char *message)
{
	return smtp_client_send(client,
		&(struct smtp_mail){.from = "orders@example.org",
			.to = "me@example.org",
			.message = message,
			.size = strlen(message)},
		TIMEOUT_MS);
}

TEST(hands_a_mail_over)
{
	struct peer peer = {0};
	struct smtp_client *client = start(&peer);

	expect_ok(mail(client, "Subject: hello\r\n\r\nbody\r\n"));
	expect_text(smtp_client_words(client), "reply 250");
	stop(&peer, client);
	expect(strstr(peer.told, "MAIL FROM:<orders@example.org>"));
	expect(strstr(peer.told, "RCPT TO:<me@example.org>\r\n"));
	expect(strstr(peer.told, "\r\nSubject: hello\r\n\r\nbody\r\n.\r\n"));
}

TEST(keeps_the_connection_for_the_next_mail)
{
	struct peer peer = {0};
	struct smtp_client *client = start(&peer);

	for (int i = 0; i < 3; i++)
		expect_ok(mail(client, "Subject: s\r\n\r\nb\r\n"));
	stop(&peer, client);
	expect_int(peer.mails, 3);
	expect_int(peer.connections, 1);
}

TEST(makes_a_new_connection_when_the_server_closed_the_old)
{
	struct peer peer = {.hangs_up = true};
	struct smtp_client *client = start(&peer);
	int sent = 0;

	/* Whether the client notices before or while it sends is a matter of luck. */
	for (int i = 0; i < 10 && sent < 3; i++)
		sent += mail(client, "Subject: s\r\n\r\nb\r\n") == 0;
	stop(&peer, client);
	expect_int(sent, 3);
	expect(peer.connections >= 3);
}

TEST(a_line_with_a_dot_alone_does_not_end_the_mail)
{
	struct peer peer = {0};
	struct smtp_client *client = start(&peer);

	expect_ok(mail(client, "Subject: s\r\n\r\n.\r\nRCPT TO:<other@example.org>\r\n.x\r\n"));
	stop(&peer, client);
	expect_int(peer.mails, 1);
	expect(strstr(peer.told, "\r\n..\r\nRCPT TO:<other@example.org>\r\n..x\r\n.\r\n"));
}

TEST(a_reply_of_5yz_is_a_refusal)
{
	struct peer peer = {.to_rcpt = "550 no such person\r\n"};
	struct smtp_client *client = start(&peer);

	expect_int(mail(client, "Subject: s\r\n\r\nb\r\n"), SMTP_REFUSED);
	expect(strstr(smtp_client_words(client), "550"));
	stop(&peer, client);

	peer = (struct peer){.to_end = "554 not this\r\n"};
	client = start(&peer);
	expect_int(mail(client, "Subject: s\r\n\r\nb\r\n"), SMTP_REFUSED);
	stop(&peer, client);
}

TEST(a_reply_of_4yz_is_a_fault_that_time_may_mend)
{
	struct peer peer = {.to_rcpt = "450 later\r\n"};
	struct smtp_client *client = start(&peer);

	expect_fault(mail(client, "Subject: s\r\n\r\nb\r\n"), FAULT_PEER);
	expect(strstr(fault_text(), "450"));
	stop(&peer, client);

	peer = (struct peer){.to_end = "451 later\r\n"};
	client = start(&peer);
	expect_fault(mail(client, "Subject: s\r\n\r\nb\r\n"), FAULT_PEER);
	stop(&peer, client);
}

TEST(a_server_that_says_nothing_is_given_up)
{
	struct peer peer = {.to_end = ""};
	struct smtp_client *client = start(&peer);

	expect_fault(mail(client, "Subject: s\r\n\r\nb\r\n"), FAULT_PEER);
	stop(&peer, client);
}

TEST(no_server_is_a_fault)
{
	struct smtp_client *client = smtp_client_create("smtp://127.0.0.1:1");

	expect_fault(mail(client, "Subject: s\r\n\r\nb\r\n"), FAULT_PEER);
	expect(strstr(fault_text(), "smtp://127.0.0.1:1"));
	smtp_client_destroy(client);
}

TEST(an_address_cannot_say_more_than_an_address)
{
	const char *bad[] = {"a@b>\r\nRCPT TO:<c@d", "a@b\r\nDATA", "a b@c", "<a@b", "nobody", ""};
	struct peer peer = {0};
	struct smtp_client *client = start(&peer);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct smtp_mail to = {.from = "a@b", .to = bad[i], .message = "", .size = 0};
		struct smtp_mail from = {.from = bad[i], .to = "a@b", .message = "", .size = 0};

		expect_fault(smtp_client_send(client, &to, TIMEOUT_MS), FAULT_INPUT);
		expect_fault(smtp_client_send(client, &from, TIMEOUT_MS), FAULT_INPUT);
	}
	stop(&peer, client);
	expect_int(peer.connections, 0);
}

TEST(a_url_names_a_host_and_a_port)
{
	const char *bad[] = {"", "smtp://", "smtp://host", "smtp://:25",
		"smtp://host:", "smtp://h:x", "http://host:25", "smtp://host:25/x",
		"smtp://me:secret@host:25", "smtp://h:123456"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(smtp_client_create(bad[i]) == NULL);
}

TESTS("smtp", TEST_CASE(hands_a_mail_over), TEST_CASE(keeps_the_connection_for_the_next_mail),
	TEST_CASE(makes_a_new_connection_when_the_server_closed_the_old),
	TEST_CASE(a_line_with_a_dot_alone_does_not_end_the_mail),
	TEST_CASE(a_reply_of_5yz_is_a_refusal),
	TEST_CASE(a_reply_of_4yz_is_a_fault_that_time_may_mend),
	TEST_CASE(a_server_that_says_nothing_is_given_up), TEST_CASE(no_server_is_a_fault),
	TEST_CASE(an_address_cannot_say_more_than_an_address),
	TEST_CASE(a_url_names_a_host_and_a_port))
