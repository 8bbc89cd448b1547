#include "loop.h"
#include "measure.h"
#include "tracing.h"

#include <base/backoff.h>
#include <base/clock.h>
#include <base/crash.h>
#include <base/fault.h>
#include <base/log.h>
#include <bus/options.h>
#include <pthread.h>
#include <runtime/answer.h>
#include <runtime/service.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <store/message.h>
#include <string.h>
#include <time.h>

#define SCRIPTS_MAX 8
#define HTTP_THREADS 4
#define CONNECT_TIMEOUT_MS 5000
#define STATEMENT_TIMEOUT_MS 15000
#define PAUSE_STEP_MS 50

struct runtime {
	const struct service *service;
	char member[96];
	struct store_config store;
	const char *scripts[SCRIPTS_MAX + 1];
	struct bus_options options;
	void *context;
	struct loop *loop;
	struct http_server *http;
	struct store *probe; /* /readyz looks at the database through this one */
	pthread_mutex_t probe_lock;
};

/* What the settings fill in; one process, one set. */
static const char *log_level_name, *listen_address, *database_url, *database_password;
static const char *bootstrap;
static int64_t instance, inbox_days, outbox_days;

static atomic_bool stop_asked;

/* clang-format off */
static const struct setting common_settings[] = {
	{"log.level", SETTING_TEXT, &log_level_name, "info", 0, 0, "debug, info, warning or error"},
	{"http.listen", SETTING_TEXT, &listen_address, "127.0.0.1:8080", 0, 0, "address:port of /livez /readyz /metrics and the API"},
	{"service.instance", SETTING_NUMBER, &instance, "1", 1, 999, "number of this member of its group"},
	{0},
};
static const struct setting database_settings[] = {
	{"database.url", SETTING_TEXT, &database_url, NULL, 0, 0, "libpq connection URI, without the password"},
	{"database.password", SETTING_SECRET, &database_password, "", 0, 0, "password of that role"},
	{0},
};
static const struct setting kafka_settings[] = {
	{"kafka.bootstrap", SETTING_TEXT, &bootstrap, NULL, 0, 0, "host:port of a broker, more by commas"},
	{0},
};
/* What comes again must still be in the inbox: the topics' retention (dead letters: 30 days) and a segment of 7. */
static const struct setting message_settings[] = {
	{"inbox.days", SETTING_NUMBER, &inbox_days, "45", 1, 3650, "days the inbox remembers; longer than any topic keeps a message"},
	{"outbox.days", SETTING_NUMBER, &outbox_days, "30", 1, 3650, "days the outbox is kept, and longer while the relay is not past them"},
	{0},
};
/* clang-format on */

bool runtime_stopping(void)
{
	return atomic_load_explicit(&stop_asked, memory_order_relaxed);
}

static void on_signal(int number)
{
	(void)number;
	atomic_store(&stop_asked, true);
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void runtime_pause(int64_t pause_ms)
{
	const struct timespec step = {.tv_nsec = PAUSE_STEP_MS * 1000000};
	int64_t until_us = clock_monotonic_us() + pause_ms * US_PER_MS;

	while (!runtime_stopping() && clock_monotonic_us() < until_us)
		nanosleep(&step, NULL);
}

const struct store_config *runtime_store_config(const struct runtime *runtime)
{
	return &runtime->store;
}

const char *runtime_bootstrap(const struct runtime *runtime)
{
	(void)runtime;
	return bootstrap;
}

const char *runtime_member(const struct runtime *runtime)
{
	return runtime->member;
}

const char *const *runtime_bus_options(const struct runtime *runtime)
{
	return runtime->options.list;
}

static int read_settings(const struct service *service, int argc, char **argv)
{
	const struct setting *tables[8] = {common_settings, tracing_settings};
	size_t count = 2;

	if (service->needs_database)
		tables[count++] = database_settings;
	if (service->needs_kafka) {
		tables[count++] = kafka_settings;
		tables[count++] = bus_settings;
	}
	if (service->handler)
		tables[count++] = message_settings;
	if (service->settings)
		tables[count++] = service->settings;
	return settings_read(
		&(struct settings_program){
			.name = service->name,
			.purpose = service->purpose,
			.tables = tables,
		},
		argc, argv, NULL);
}

static int prepare(struct runtime *runtime, const struct service *service)
{
	size_t count = 0;

	runtime->service = service;
	snprintf(runtime->member, sizeof(runtime->member), "%s-%d", service->name, (int)instance);
	pthread_mutex_init(&runtime->probe_lock, NULL);
	for (; service->scripts && service->scripts[count]; count++) {
		if (count == SCRIPTS_MAX)
			return fault(FAULT_LIMIT, "more than %d statement files", SCRIPTS_MAX);
		runtime->scripts[count] = service->scripts[count];
	}
	runtime->store = (struct store_config){
		.url = database_url,
		.password = database_password && *database_password ? database_password : NULL,
		.application = service->name,
		.scripts = runtime->scripts,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.statement_timeout_ms = STATEMENT_TIMEOUT_MS,
	};
	return bus_options_init(&runtime->options, &bus_access);
}

static int migrate_all(struct runtime *runtime, struct store *store)
{
	const struct handler *handler = runtime->service->handler;
	int of_messages = 0, of_answers = 0, own = 0;
	int r = store_migrate(store, store_message_migrations, &of_messages);

	if (r == 0 && handler && handler->publish == PUBLISH_TRANSACTION)
		r = store_migrate(store, runtime_answer_migrations, &of_answers);
	if (r == 0)
		r = store_migrate(store, runtime->service->migrations, &own);
	if (r == 0 && runtime->service->slot)
		r = store_ensure_slot(store, runtime->service->slot);
	if (r == 0)
		log_info("database is ready",
			LOG_NUMBER("migrations_applied", of_messages + of_answers + own));
	return r;
}

static int migrate_once(struct runtime *runtime)
{
	struct store_config bare = runtime->store;
	struct store *store;
	int r;

	/* The statements name tables that may not be there yet. */
	bare.scripts = NULL;
	store = store_create(&bare);
	r = store_ready(store);
	if (r == 0)
		r = migrate_all(runtime, store);
	store_destroy(store);
	return r;
}

/* The database may come later than we do: for ever, with growing pauses. */
static int migrate(struct runtime *runtime)
{
	struct backoff backoff = {.first_ms = 100, .pause_max_ms = 3000};

	while (!runtime_stopping()) {
		int r = migrate_once(runtime);

		if (r == 0 || !fault_is_transient(r))
			return r;
		log_fault(LOG_WARNING, r, "waiting for the database");
		runtime_pause(backoff_next_ms(&backoff));
	}
	return 0;
}

static int probe_database(struct runtime *runtime)
{
	int r;

	pthread_mutex_lock(&runtime->probe_lock);
	r = store_ready(runtime->probe);
	if (r == 0)
		r = store_execute(runtime->probe, "SELECT 1");
	pthread_mutex_unlock(&runtime->probe_lock);
	return r;
}

/* /readyz: what this process needs itself, and never Redis. */
static int is_ready(void *argument)
{
	struct runtime *runtime = argument;
	int r = 0;

	if (runtime->probe)
		r = probe_database(runtime);
	if (r == 0 && runtime->loop)
		r = loop_ready(runtime->loop);
	if (r == 0 && runtime->service->ready)
		r = runtime->service->ready(runtime->context);
	return r;
}

static int open_loop(struct runtime *runtime)
{
	if (!runtime->service->handler)
		return 0;
	return loop_create(
		&(struct loop_config){
			.handler = runtime->service->handler,
			.service = runtime->service->name,
			.member = runtime->member,
			.bootstrap = bootstrap,
			.options = runtime->options.list,
			.store = &runtime->store,
			.inbox_days = (int)inbox_days,
			.outbox_days = (int)outbox_days,
			.sweep = runtime->service->sweep,
			.context = runtime->context,
			.stopping = runtime_stopping,
		},
		&runtime->loop);
}

static int start_http(struct runtime *runtime)
{
	static const struct http_route none[] = {{0}};
	const struct service *service = runtime->service;

	return http_server_start(
		&(struct http_server_config){
			.listen = listen_address,
			.threads = service->http_threads ? service->http_threads : HTTP_THREADS,
			.routes = service->routes ? service->routes : none,
			.context = runtime->context,
			.admit = service->admit,
			.served = tracing_served,
			.ready = is_ready,
			.ready_context = runtime,
		},
		&runtime->http);
}

static int start(struct runtime *runtime)
{
	const struct service *service = runtime->service;
	int r = 0;

	if (service->migrations)
		r = migrate(runtime);
	if (r == 0 && runtime_stopping())
		return 0;
	if (r == 0 && service->needs_database)
		runtime->probe = store_create(&runtime->store);
	if (r == 0 && service->start)
		r = service->start(runtime, &runtime->context);
	if (r == 0)
		r = open_loop(runtime);
	if (r == 0)
		r = start_http(runtime);
	return r;
}

static int run(struct runtime *runtime)
{
	const struct service *service = runtime->service;

	if (runtime_stopping())
		return 0;
	log_info("started", LOG_TEXT("listen", listen_address));
	if (service->run)
		return service->run(runtime, runtime->context);
	if (runtime->loop)
		return loop_run(runtime->loop);
	while (!runtime_stopping())
		runtime_pause(1000);
	return 0;
}

static void finish(struct runtime *runtime)
{
	http_server_stop(runtime->http);
	loop_destroy(runtime->loop);
	if (runtime->service->stop)
		runtime->service->stop(runtime->context);
	store_destroy(runtime->probe);
	bus_options_finish(&runtime->options);
	tracing_stop();
}

static int exit_code(int result, bool running)
{
	if (result == 0)
		return 0;
	log_fault(LOG_ERROR, result, "leaving");
	if (result == FAULT_USAGE)
		return EXIT_CODE_USAGE;
	return running && result == FAULT_STATE ? EXIT_CODE_FENCED : EXIT_CODE_REFUSED;
}

int service_main(const struct service *service, int argc, char **argv)
{
	struct runtime runtime = {0};
	enum log_level level;
	bool running;
	int r = read_settings(service, argc, argv);

	if (r == SETTINGS_EXIT)
		return 0;
	if (r == 0)
		r = log_level_parse(log_level_name, &level);
	if (r < 0) {
		fprintf(stderr, "%s: %s\nTry '%s --help'.\n", service->name, fault_text(),
			service->name);
		return EXIT_CODE_USAGE;
	}
	log_init(service->name, level);
	crash_init();
	catch_signals();
	measure_init();
	r = prepare(&runtime, service);
	if (r == 0)
		r = tracing_start(service->name, runtime.member);
	if (r == 0)
		r = start(&runtime);
	running = r == 0;
	if (running)
		r = run(&runtime);
	r = exit_code(r, running);
	finish(&runtime);
	log_info("stopped", LOG_NUMBER("exit_code", r));
	return r;
}
