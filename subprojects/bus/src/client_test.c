#include "client.h"

#include <bus/options.h>
#include <librdkafka/rdkafka.h>
#include <string.h>
#include <testkit/testkit.h>

TEST(asks_for_an_abort_before_anything_else)
{
	expect_int(client_error_class(true, true, RD_KAFKA_RESP_ERR__FENCED), CLIENT_ABORT);
	expect_int(client_error_class(true, false, RD_KAFKA_RESP_ERR__TIMED_OUT), CLIENT_ABORT);
}

TEST(retries_what_is_retriable_and_gives_up_the_rest)
{
	expect_int(client_error_class(false, true, RD_KAFKA_RESP_ERR__TIMED_OUT), CLIENT_RETRY);
	expect_int(client_error_class(false, false, RD_KAFKA_RESP_ERR__TIMED_OUT), CLIENT_LOST);
	expect_int(client_error_class(false, false, RD_KAFKA_RESP_ERR__STATE), CLIENT_LOST);
}

TEST(knows_a_fence_by_each_of_its_names)
{
	expect_int(client_error_class(false, false, RD_KAFKA_RESP_ERR__FENCED), CLIENT_FENCED);
	expect_int(
		client_error_class(false, false, RD_KAFKA_RESP_ERR_PRODUCER_FENCED), CLIENT_FENCED);
	expect_int(client_error_class(false, false, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH),
		CLIENT_FENCED);
}

TEST(tells_what_a_person_must_mend_from_what_time_mends)
{
	expect_int(client_fault_kind(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN), FAULT_BUS);
	expect_int(client_fault_kind(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT), FAULT_BUS);
	expect_int(client_fault_kind(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION), FAULT_BUS);
	expect_int(
		client_fault_kind(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), FAULT_BUS_CONFIG);
	expect_int(client_fault_kind(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC), FAULT_BUS_CONFIG);
	expect_int(client_fault_kind(RD_KAFKA_RESP_ERR__AUTHENTICATION), FAULT_BUS_CONFIG);
	expect_int(client_fault_kind(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), FAULT_LIMIT);
	expect_int(client_fault_kind(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID), FAULT_STATE);
	expect_fault(client_fault(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "consume"), FAULT_BUS_CONFIG);
	expect(strstr(fault_text(), "consume: ") == fault_text());
}

static int configure(const char *const *extra)
{
	static struct client_watch watch;
	rd_kafka_conf_t *conf;
	int r = client_conf_create("127.0.0.1:1", "test", NULL, extra, &watch, &conf);

	if (r == 0)
		rd_kafka_conf_destroy(conf);
	return r;
}

TEST(names_the_option_that_is_wrong)
{
	expect_ok(configure((const char *const[]){"linger.ms=3", "client.rack=a=b", NULL}));
	expect_fault(configure((const char *const[]){"linger.msec=3", NULL}), FAULT_USAGE);
	expect(strstr(fault_text(), "linger.msec") != NULL);
	expect_fault(configure((const char *const[]){"linger.ms=soon", NULL}), FAULT_USAGE);
	expect_fault(configure((const char *const[]){"linger.ms", NULL}), FAULT_USAGE);
	expect_fault(configure((const char *const[]){"=3", NULL}), FAULT_USAGE);
}

TEST(splits_the_setting_into_options)
{
	struct bus_options options;
	char many[BUS_OPTIONS_MAX * 4 + 8] = "";

	expect_ok(bus_options_init(&options, &(struct bus_access){.options = "  a=1   b=2=3 "}));
	expect_text(options.list[0], "a=1");
	expect_text(options.list[1], "b=2=3");
	expect(options.list[2] == NULL);
	bus_options_finish(&options);
	expect_ok(bus_options_init(&options, &(struct bus_access){0}));
	expect(options.list[0] == NULL);
	bus_options_finish(&options);
	bus_options_finish(&options);
	expect_fault(
		bus_options_init(&options, &(struct bus_access){.options = "a=1 b"}), FAULT_USAGE);
	for (int i = 0; i <= BUS_OPTIONS_MAX; i++)
		memcpy(many + i * 4, "a=1 ", 4);
	expect_fault(
		bus_options_init(&options, &(struct bus_access){.options = many}), FAULT_USAGE);
}

TEST(a_user_means_tls_and_scram_and_options_have_the_last_word)
{
	struct bus_options options;

	expect_ok(bus_options_init(&options,
		&(struct bus_access){.options = "sasl.mechanism=PLAIN",
			.user = "payment",
			.password = "with space=and sign",
			.ca = "/dev/null"}));
	expect_text(options.list[0], "security.protocol=sasl_ssl");
	expect_text(options.list[1], "ssl.ca.location=/dev/null");
	expect_text(options.list[2], "sasl.mechanism=SCRAM-SHA-512");
	expect_text(options.list[3], "sasl.username=payment");
	expect_text(options.list[4], "sasl.password=with space=and sign");
	expect_text(options.list[5], "sasl.mechanism=PLAIN");
	expect(options.list[6] == NULL);
	bus_options_finish(&options);
	/* Without an authority's file the machine's own are asked; TLS it is all the same. */
	expect_ok(bus_options_init(
		&options, &(struct bus_access){.user = "payment", .password = "x", .ca = ""}));
	expect_text(options.list[0], "security.protocol=sasl_ssl");
	expect_text(options.list[1], "sasl.mechanism=SCRAM-SHA-512");
	bus_options_finish(&options);
	expect_ok(bus_options_init(&options, &(struct bus_access){.ca = "/dev/null"}));
	expect_text(options.list[0], "security.protocol=ssl");
	expect(options.list[2] == NULL);
	bus_options_finish(&options);
	expect_ok(bus_options_init(&options, &(struct bus_access){.certificate = "/dev/null"}));
	expect_text(options.list[0], "security.protocol=ssl");
	expect_text(options.list[1], "ssl.certificate.location=/dev/null");
	expect_text(options.list[2], "ssl.key.location=/dev/null");
	expect(options.list[3] == NULL);
	bus_options_finish(&options);
}

TEST(what_is_missing_to_log_in_is_named_before_a_broker_is_asked)
{
	struct bus_options options;

	expect_fault(
		bus_options_init(&options, &(struct bus_access){.user = "payment"}), FAULT_USAGE);
	expect(strstr(fault_text(), "KAFKA_PASSWORD_FILE") != NULL);
	expect_fault(bus_options_init(&options, &(struct bus_access){.password = "s3cret"}),
		FAULT_USAGE);
	expect(strstr(fault_text(), "KAFKA_USER") != NULL);
	expect(strstr(fault_text(), "s3cret") == NULL);
	expect_fault(
		bus_options_init(&options, &(struct bus_access){.ca = "/nowhere"}), FAULT_USAGE);
	expect(strstr(fault_text(), "KAFKA_CA: cannot read '/nowhere'") != NULL);
	expect_fault(bus_options_init(&options, &(struct bus_access){.certificate = "/nowhere"}),
		FAULT_USAGE);
	expect(strstr(fault_text(), "KAFKA_CERTIFICATE: cannot read '/nowhere'") != NULL);
}

TEST(a_refusal_tells_what_to_look_at)
{
	struct client_watch watch = {0};

	client_note(&watch, NULL, RD_KAFKA_RESP_ERR__AUTHENTICATION, "broker: no");
	expect_int(watch.trouble, FAULT_BUS_CONFIG);
	expect(strstr(watch.words, "broker: no; look at KAFKA_USER and KAFKA_PASSWORD_FILE") ==
		watch.words);
	client_note(&watch, NULL, RD_KAFKA_RESP_ERR__SSL, "broker: no");
	expect(strstr(watch.words, "KAFKA_CA") != NULL);
	/* What else is said behind a refusal is no news. */
	client_note(&watch, NULL, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
	expect_int(watch.trouble, FAULT_BUS_CONFIG);
	watch = (struct client_watch){0};
	client_note(&watch, NULL, RD_KAFKA_RESP_ERR__TRANSPORT,
		"broker: Receive failed: tlsv13 alert certificate required: SSL alert number 116");
	expect_int(watch.trouble, FAULT_BUS_CONFIG);
	expect(strstr(watch.words, "look at KAFKA_CERTIFICATE") != NULL);
	expect_int(watch.disconnects, 1);
	/* Down without a failed connection: hung up on. */
	watch = (struct client_watch){0};
	client_note(&watch, NULL, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
	expect_int(watch.trouble, FAULT_BUS);
	expect(strstr(watch.words, "if it wants TLS") != NULL);
	watch = (struct client_watch){0};
	client_note(&watch, NULL, RD_KAFKA_RESP_ERR__TRANSPORT, "broker: Connection refused");
	client_note(&watch, NULL, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
	expect_text(watch.words, "1/1 brokers are down");
	expect_fault(client_fault(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "consume"),
		FAULT_BUS_CONFIG);
	expect(strstr(fault_text(), "ACL") != NULL);
}

TESTS("client", TEST_CASE(asks_for_an_abort_before_anything_else),
	TEST_CASE(retries_what_is_retriable_and_gives_up_the_rest),
	TEST_CASE(knows_a_fence_by_each_of_its_names),
	TEST_CASE(tells_what_a_person_must_mend_from_what_time_mends),
	TEST_CASE(names_the_option_that_is_wrong), TEST_CASE(splits_the_setting_into_options),
	TEST_CASE(a_user_means_tls_and_scram_and_options_have_the_last_word),
	TEST_CASE(what_is_missing_to_log_in_is_named_before_a_broker_is_asked),
	TEST_CASE(a_refusal_tells_what_to_look_at))
