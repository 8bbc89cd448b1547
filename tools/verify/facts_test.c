#include "test_desk.h"

TEST(finds_what_it_was_given_however_many)
{
	struct desk *desk = desk_make();
	struct facts *facts = &desk->facts;

	for (int n = 1; n <= 60000; n++) {
		const struct uuid id = desk_id(n);

		facts_order(facts, &id)->total = n;
		facts_event(facts, &id)->offset = n;
	}
	expect_int(facts->orders_count, 60000);
	for (int n = 1; n <= 60000; n++) {
		const struct uuid id = desk_id(n);

		expect_int(facts_order(facts, &id)->total, n);
		expect_int(facts_find_event(facts, &id)->offset, n);
	}
	expect_int(facts->orders_count, 60000);
	expect_int(facts->events_count, 60000);
}

TEST(does_not_find_what_it_was_not_given)
{
	struct desk *desk = desk_make();
	const struct uuid id = desk_id(7);

	expect(facts_find_event(&desk->facts, &id) == NULL);
	expect_int(facts_event(&desk->facts, &id)->order, NO_ORDER);
	expect(facts_find_event(&desk->facts, &id) != NULL);
}

TEST(an_order_and_an_event_take_no_more_than_is_said)
{
	/* Two slots of four bytes each, half of them in use at the least. */
	expect(sizeof(struct order_fact) + 16 <= 250);
	expect(sizeof(struct event_fact) + 16 <= 60);
}

TEST(places_are_found_with_all_their_services)
{
	struct desk *desk = desk_make();
	struct places *places = &desk->facts.dead;

	places_add(places, &(struct place){.offset = 9, .partition = 1, .topic = 2, .services = 4});
	places_add(places, &(struct place){.offset = 5, .partition = 1, .topic = 2, .services = 1});
	places_add(places, &(struct place){.offset = 5, .partition = 1, .topic = 2, .services = 2});
	places_add(places, &(struct place){.offset = 5, .partition = 0, .topic = 2, .services = 8});
	expect_int(places_find(places, 2, 1, 5), 3);
	expect_int(places_find(places, 2, 1, 9), 4);
	expect_int(places_find(places, 2, 0, 5), 8);
	expect_int(places_find(places, 2, 1, 6), 0);
	expect_int(places_find(places, 1, 1, 5), 0);
	places_add(
		places, &(struct place){.offset = 6, .partition = 1, .topic = 2, .services = 16});
	expect_int(places_find(places, 2, 1, 6), 16);
	expect_int(places_find(&desk->facts.parked, 2, 1, 6), 0);
}

TEST(digests_tell_parts_apart_and_add_up_in_any_order)
{
	expect(digest_item("a", 2) + digest_item("b", 1) ==
		digest_item("b", 1) + digest_item("a", 2));
	expect(digest_item("a", 1) + digest_item("a", 1) == digest_item("a", 2));
	expect(digest_item("a", 2) != digest_item("b", 2));
	expect(digest_moment("paid", 1, 0, NULL) != digest_moment("paid", 2, 0, NULL));
	expect(digest_moment("paid", 1, 0, NULL) != digest_moment("refunded", 1, 0, NULL));
	expect(digest_moment("order", 1, 5, NULL) != digest_moment("order", 1, 6, NULL));
	expect(digest_moment("order", 1, 5, NULL) != digest_moment("order", 1, 5, ""));
	expect(digest_moment("order", 1, 5, "x") == digest_moment("order", 1, 5, "x"));
}

TEST(names_of_topics_and_services_are_known)
{
	expect_int(topic_of("payment.events", 14), TOPIC_PAYMENT_EVENTS);
	expect_int(topic_of("payment.eventsX", 15), TOPICS);
	expect_int(service_of("inventory,order", 9), SERVICE_INVENTORY);
	expect_int(service_of("gateway", 7), SERVICES);
}

TESTS("verify facts", TEST_CASE(finds_what_it_was_given_however_many),
	TEST_CASE(does_not_find_what_it_was_not_given),
	TEST_CASE(an_order_and_an_event_take_no_more_than_is_said),
	TEST_CASE(places_are_found_with_all_their_services),
	TEST_CASE(digests_tell_parts_apart_and_add_up_in_any_order),
	TEST_CASE(names_of_topics_and_services_are_known))
