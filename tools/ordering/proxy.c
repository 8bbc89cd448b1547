#include "proxy.h"

#include "frames.h"

#include <base/buffer.h>
#include <base/clock.h>
#include <base/fault.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINKS_MAX 16
#define POLL_MS 50
#define QUIET_US (1500 * US_PER_MS)
#define READ_SIZE 16384

/* One connection and its continuation. What is read waits until it is a frame. */
struct link {
	int client, broker;
	struct buffer requests, answers;
	bool opaque; /* not Kafka in clear: bytes pass as they come */
	bool struck; /* a request of it was swallowed */
	int32_t swallowed;
	int answers_left;
	int64_t heard_us;
};

struct proxy {
	pthread_t thread;
	pthread_mutex_t mutex; /* of the broker's address */
	struct sockaddr_storage broker;
	socklen_t broker_size;
	struct sockaddr_in here;
	int listener;
	struct link links[LINKS_MAX];
	size_t count;
	atomic_int armed_answers; /* 0: not armed */
	atomic_bool struck, stop;
};

static void link_close(struct link *link)
{
	close(link->client);
	close(link->broker);
	buffer_finish(&link->requests);
	buffer_finish(&link->answers);
}

static int connect_broker(struct proxy *proxy)
{
	struct sockaddr_storage broker;
	socklen_t size;
	int fd;

	pthread_mutex_lock(&proxy->mutex);
	broker = proxy->broker;
	size = proxy->broker_size;
	pthread_mutex_unlock(&proxy->mutex);
	fd = socket(broker.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&broker, size) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void no_delay(int fd)
{
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static void accept_link(struct proxy *proxy)
{
	int client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
	int broker = client >= 0 ? connect_broker(proxy) : -1;
	struct link *link;

	if (broker < 0 || proxy->count == LINKS_MAX) {
		if (client >= 0)
			close(client);
		if (broker >= 0)
			close(broker);
		return;
	}
	no_delay(client);
	no_delay(broker);
	link = &proxy->links[proxy->count++];
	*link = (struct link){.client = client, .broker = broker};
	buffer_init(&link->requests, FRAME_SIZE_MAX * 2);
	buffer_init(&link->answers, FRAME_SIZE_MAX * 2);
}

static bool send_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes += sent;
		size -= (size_t)sent;
	}
	return true;
}

static void drop_front(struct buffer *buffer, size_t size)
{
	memmove(buffer->data, buffer->data + size, buffer->size - size);
	buffer->size -= size;
}

/* True when this request is the one to lose. */
static bool swallows(struct proxy *proxy, struct link *link, const struct frame *frame)
{
	int answers;

	if (frame->api != FRAME_API_PRODUCE || link->struck)
		return false;
	answers = atomic_exchange(&proxy->armed_answers, 0);
	if (answers == 0)
		return false;
	link->struck = true;
	link->swallowed = frame->correlation;
	link->answers_left = answers;
	return true;
}

static bool pass_opaque(int to, struct buffer *buffer)
{
	bool passed = send_all(to, buffer->data, buffer->size);

	buffer_reset(buffer);
	return passed;
}

static bool pass_requests(struct proxy *proxy, struct link *link)
{
	struct frame frame;

	for (;;) {
		int r;

		if (link->opaque)
			return pass_opaque(link->broker, &link->requests);
		r = frame_request(link->requests.data, link->requests.size, &frame);
		if (r == FRAME_PARTIAL)
			return true;
		link->opaque = r < 0;
		if (link->opaque)
			continue;
		if (!swallows(proxy, link, &frame) &&
			!send_all(link->broker, link->requests.data, frame.size))
			return false;
		drop_front(&link->requests, frame.size);
	}
}

/* False when the connection is to be closed. */
static bool pass_answers(struct link *link)
{
	struct frame frame;

	for (;;) {
		int r;

		if (link->opaque)
			return pass_opaque(link->client, &link->answers);
		r = frame_answer(link->answers.data, link->answers.size, &frame);
		if (r == FRAME_PARTIAL)
			return true;
		link->opaque = r < 0;
		if (link->opaque)
			continue;
		if (!send_all(link->client, link->answers.data, frame.size))
			return false;
		if (link->struck && frame.correlation > link->swallowed &&
			--link->answers_left == 0)
			return false;
		drop_front(&link->answers, frame.size);
	}
}

static bool receive(int fd, struct buffer *buffer)
{
	char *room = buffer_reserve(buffer, READ_SIZE);
	ssize_t size = room ? recv(fd, room, READ_SIZE, 0) : -1;

	if (size <= 0)
		return false;
	buffer->size += (size_t)size;
	return true;
}

static bool serve_link(struct proxy *proxy, struct link *link, const struct pollfd *fds)
{
	int64_t now_us = clock_monotonic_us();

	if (fds[0].revents || fds[1].revents || link->heard_us == 0)
		link->heard_us = now_us;
	if (fds[0].revents &&
		(!receive(link->client, &link->requests) || !pass_requests(proxy, link)))
		return false;
	if (fds[1].revents && (!receive(link->broker, &link->answers) || !pass_answers(link)))
		return false;
	return !link->struck || now_us - link->heard_us < QUIET_US;
}

static void serve(struct proxy *proxy)
{
	struct pollfd fds[1 + 2 * LINKS_MAX] = {{.fd = proxy->listener, .events = POLLIN}};
	size_t count = proxy->count;

	for (size_t i = 0; i < count; i++) {
		fds[1 + 2 * i] = (struct pollfd){.fd = proxy->links[i].client, .events = POLLIN};
		fds[2 + 2 * i] = (struct pollfd){.fd = proxy->links[i].broker, .events = POLLIN};
	}
	poll(fds, 1 + 2 * count, POLL_MS);
	/* From the last: the one that takes a closed link's place was served already. */
	for (size_t i = count; i-- > 0;) {
		struct link *link = &proxy->links[i];

		if (serve_link(proxy, link, &fds[1 + 2 * i]))
			continue;
		if (link->struck)
			atomic_store(&proxy->struck, true);
		link_close(link);
		*link = proxy->links[--proxy->count];
	}
	if (fds[0].revents)
		accept_link(proxy);
}

static void *run(void *argument)
{
	struct proxy *proxy = argument;

	while (!atomic_load(&proxy->stop))
		serve(proxy);
	return NULL;
}

static int listen_here(struct proxy *proxy)
{
	socklen_t size = sizeof(proxy->here);

	proxy->here = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (proxy->listener < 0)
		return fault(FAULT_SYSTEM, "no socket for the proxy: %m");
	if (bind(proxy->listener, (struct sockaddr *)&proxy->here, size) < 0 ||
		listen(proxy->listener, LINKS_MAX) < 0 ||
		getsockname(proxy->listener, (struct sockaddr *)&proxy->here, &size) < 0) {
		close(proxy->listener);
		return fault(FAULT_SYSTEM, "the proxy cannot listen on loopback: %m");
	}
	return 0;
}

int proxy_create(struct proxy **ret_proxy)
{
	struct proxy *proxy = calloc(1, sizeof(*proxy));
	int r = proxy ? listen_here(proxy) : fault(FAULT_SYSTEM, "no memory for the proxy");

	if (r < 0) {
		free(proxy);
		return r;
	}
	pthread_mutex_init(&proxy->mutex, NULL);
	if (pthread_create(&proxy->thread, NULL, run, proxy) != 0) {
		close(proxy->listener);
		free(proxy);
		return fault(FAULT_SYSTEM, "no thread for the proxy");
	}
	*ret_proxy = proxy;
	return 0;
}

void proxy_destroy(struct proxy *proxy)
{
	if (proxy == NULL)
		return;
	atomic_store(&proxy->stop, true);
	pthread_join(proxy->thread, NULL);
	for (size_t i = 0; i < proxy->count; i++)
		link_close(&proxy->links[i]);
	close(proxy->listener);
	pthread_mutex_destroy(&proxy->mutex);
	free(proxy);
}

struct sockaddr_storage proxy_detour(
	struct proxy *proxy, const struct sockaddr *broker, socklen_t size)
{
	struct sockaddr_storage here = {0};

	pthread_mutex_lock(&proxy->mutex);
	memcpy(&proxy->broker, broker, size);
	proxy->broker_size = size;
	pthread_mutex_unlock(&proxy->mutex);
	memcpy(&here, &proxy->here, sizeof(proxy->here));
	return here;
}

void proxy_arm(struct proxy *proxy, int answers)
{
	atomic_store(&proxy->armed_answers, answers);
}

bool proxy_has_struck(struct proxy *proxy)
{
	return atomic_load(&proxy->struck);
}
