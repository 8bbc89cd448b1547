#include "library.h"

#include <http/smtp.h>

#include <base/fault.h>

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL_MAX 256

struct smtp_client {
	CURL *easy;
	char url[URL_MAX];
	char reason[CURL_ERROR_SIZE]; /* libcurl writes it */
	char words[CURL_ERROR_SIZE + 64];
};

/* How much of a message is sent. */
struct reading {
	const struct smtp_mail *mail;
	size_t offset;
};

static size_t give(char *room, size_t size, size_t count, void *context)
{
	struct reading *reading = context;
	size_t left = reading->mail->size - reading->offset;

	size *= count;
	if (size > left)
		size = left;
	memcpy(room, reading->mail->message + reading->offset, size);
	reading->offset += size;
	return size;
}

/* "smtp://host:port" and nothing behind it. */
static bool is_server(const char *url)
{
	static const char scheme[] = "smtp://";
	const char *host = url + sizeof(scheme) - 1;
	const char *colon;

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0 || strlen(url) >= URL_MAX)
		return false;
	colon = strrchr(host, ':');
	if (!colon || colon == host || strcspn(host, "/?#@ \t\r\n") != strlen(host))
		return false;
	return colon[1] && strlen(colon + 1) <= 5 &&
		strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

static void set_up(struct smtp_client *client)
{
	curl_easy_setopt(client->easy, CURLOPT_URL, client->url);
	curl_easy_setopt(client->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(client->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(client->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(client->easy, CURLOPT_MAXCONNECTS, 1L);
	curl_easy_setopt(client->easy, CURLOPT_ERRORBUFFER, client->reason);
	curl_easy_setopt(client->easy, CURLOPT_READFUNCTION, give);
}

struct smtp_client *smtp_client_create(const char *url)
{
	struct smtp_client *client;

	if (!is_server(url))
		return NULL;
	library_start();
	client = calloc(1, sizeof(*client));
	/* A few bytes at the start of a process: nothing that could be answered sensibly. */
	if (!client || !(client->easy = curl_easy_init()))
		abort();
	(void)snprintf(client->url, sizeof(client->url), "%s", url);
	set_up(client);
	return client;
}

void smtp_client_destroy(struct smtp_client *client)
{
	if (!client)
		return;
	curl_easy_cleanup(client->easy);
	free(client);
}

const char *smtp_client_words(const struct smtp_client *client)
{
	return client->words;
}

/* What stands between < and > of a command. */
static bool is_address(const char *address)
{
	for (const char *at = address; *at; at++) {
		if (*at <= ' ' || *at > '~' || strchr("<>", *at))
			return false;
	}
	return strchr(address, '@') != NULL;
}

static CURLcode perform(struct smtp_client *client, const struct smtp_mail *mail, int timeout_ms)
{
	struct curl_slist *to = curl_slist_append(NULL, mail->to);
	struct reading reading = {.mail = mail};
	CURLcode code;

	if (!to)
		return CURLE_OUT_OF_MEMORY;
	curl_easy_setopt(client->easy, CURLOPT_MAIL_FROM, mail->from);
	curl_easy_setopt(client->easy, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(client->easy, CURLOPT_READDATA, &reading);
	curl_easy_setopt(client->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	code = curl_easy_perform(client->easy);
	curl_easy_setopt(client->easy, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(to);
	return code;
}

int smtp_client_send(struct smtp_client *client, const struct smtp_mail *mail, int timeout_ms)
{
	CURLcode code;
	long reply = 0;

	client->words[0] = client->reason[0] = '\0';
	if (!is_address(mail->from) || !is_address(mail->to))
		return fault(FAULT_INPUT, "%s or %s is no address", mail->from, mail->to);
	code = perform(client, mail, timeout_ms);
	(void)curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &reply);
	(void)snprintf(client->words, sizeof(client->words), "reply %ld%s%s", reply,
		code == CURLE_OK ? "" : ": ",
		code == CURLE_OK            ? ""
			: client->reason[0] ? client->reason
					    : curl_easy_strerror(code));
	if (code == CURLE_OK)
		return 0;
	if (reply >= 500 && reply < 600)
		return SMTP_REFUSED;
	return fault(FAULT_PEER, "%s: %s", client->url, client->words);
}
