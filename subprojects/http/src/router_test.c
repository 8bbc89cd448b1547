#include "router.h"

#include <testkit/testkit.h>

#include <string.h>

static const struct http_route routes[] = {
	{"GET", "/orders", NULL},
	{"POST", "/orders", NULL},
	{"GET", "/orders/{id}", NULL},
	{"GET", "/orders/{id}/timeline", NULL},
	{"GET", "/", NULL},
	{"GET", "/a/{b}/{c}", NULL},
	{NULL},
};

static int find(const char *method, const char *raw, struct router_match *match)
{
	static struct router_path path;
	int r = router_split(raw, &path);

	memset(match, 0, sizeof(*match));
	return r != 0 ? r : router_find(routes, method, &path, match);
}

TEST(finds_routes_and_their_params)
{
	struct router_match match;

	expect_int(find("GET", "/orders", &match), 0);
	expect(match.route == &routes[0]);
	expect_int(find("POST", "/orders", &match), 0);
	expect(match.route == &routes[1]);
	expect_int(find("GET", "/orders/17", &match), 0);
	expect(match.route == &routes[2]);
	expect_text(match.params[0], "17");
	expect_int(find("GET", "/orders/17/timeline", &match), 0);
	expect(match.route == &routes[3]);
	expect_int(find("GET", "/", &match), 0);
	expect(match.route == &routes[4]);
	expect_int(find("GET", "/a/x/y%20z", &match), 0);
	expect_text(match.params[0], "x");
	expect_text(match.params[1], "y z");
}

TEST(misses_what_is_no_route)
{
	static const char *const missing[] = {"/orders/", "/orders/1/", "/orders//timeline",
		"//orders", "/order", "/orderss", "/ORDERS", "/orders/1/timeline/x",
		"/1/2/3/4/5/6/7/8/9/10"};
	struct router_match match;

	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
		if (find("GET", missing[i], &match) != ROUTER_MISSING)
			fail_test("%s was found", missing[i]);
	}
}

TEST(names_the_methods_a_path_knows)
{
	struct router_match match;

	expect_int(find("DELETE", "/orders", &match), ROUTER_METHOD);
	expect_text(match.allow, "GET, POST");
	expect_int(find("HEAD", "/orders/1", &match), ROUTER_METHOD);
	expect_text(match.allow, "GET");
	expect_int(find("get", "/orders/1", &match), ROUTER_METHOD);
}

TEST(decodes_a_segment_after_splitting)
{
	struct router_match match;

	expect_int(find("GET", "/orders/a%2Fb", &match), 0);
	expect_text(match.params[0], "a/b");
	expect_int(find("GET", "/%6Frders/%c3%a4%E2%82%ac", &match), 0);
	expect_text(match.params[0], "ä€");
	/* Once and no more. */
	expect_int(find("GET", "/orders/%252e", &match), 0);
	expect_text(match.params[0], "%2e");
}

TEST(takes_no_dots_for_a_param)
{
	static const char *const dots[] = {"/orders/..", "/orders/.", "/orders/%2e%2e",
		"/orders/%2E", "/orders/.%2e", "/../orders", "/orders/../../etc/passwd"};
	struct router_match match;

	for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++) {
		if (find("GET", dots[i], &match) != ROUTER_MISSING)
			fail_test("%s was found", dots[i]);
	}
	expect_int(find("GET", "/orders/...", &match), 0);
}

TEST(refuses_what_is_no_path)
{
	static const char *const bad[] = {"", "orders", "*", "/%", "/%2", "/%zz", "/%2g", "/%00",
		"/a%00b", "/%0a", "/%7f", "/%1f", "/%ff", "/%c0%af", "/%ed%a0%80", "/%f5%80%80%80",
		"/%e2%82", "/%e2%28%a1", "/%f0%80%80%80", "/%f4%90%80%80"};
	struct router_match match;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (find("GET", bad[i], &match) != ROUTER_MALFORMED)
			fail_test("\"%s\" was taken", bad[i]);
	}
}

TEST(bounds_the_length)
{
	struct router_match match;
	char raw[HTTP_PATH_MAX + 2];

	memset(raw, '/', sizeof(raw));
	raw[HTTP_PATH_MAX + 1] = '\0';
	expect_int(find("GET", raw, &match), ROUTER_LONG);
	raw[HTTP_PATH_MAX] = '\0';
	expect_int(find("GET", raw, &match), ROUTER_MISSING);
}

TESTS("router", TEST_CASE(finds_routes_and_their_params), TEST_CASE(misses_what_is_no_route),
	TEST_CASE(names_the_methods_a_path_knows), TEST_CASE(decodes_a_segment_after_splitting),
	TEST_CASE(takes_no_dots_for_a_param), TEST_CASE(refuses_what_is_no_path),
	TEST_CASE(bounds_the_length))
