#include <base/sha256.h>
#include <testkit/testkit.h>

#include <string.h>

static const char *digest_of(const char *text, char hex[static SHA256_TEXT_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	sha256_of(text, strlen(text), digest);
	return sha256_format(digest, hex);
}

/* The examples NIST publishes with FIPS 180-4. */
TEST(agrees_with_the_standards_examples)
{
	char hex[SHA256_TEXT_SIZE];

	expect_text(digest_of("", hex),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect_text(digest_of("abc", hex),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect_text(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", hex),
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	expect_text(digest_of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
			      "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
			    hex),
		"cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

TEST(agrees_with_the_example_of_a_million_letters_in_uneven_pieces)
{
	struct sha256 sha256;
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_TEXT_SIZE], letters[1000];
	size_t left = 1000000, piece = 1;

	memset(letters, 'a', sizeof(letters));
	sha256_init(&sha256);
	while (left > 0) {
		size_t size = piece < left ? piece : left;
		sha256_add(&sha256, letters, size);
		left -= size;
		piece = piece % sizeof(letters) + 1;
	}
	sha256_finish(&sha256, digest);
	expect_text(sha256_format(digest, hex),
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Around the block's end the padding takes one block or two. */
TEST(pads_right_around_the_end_of_a_block)
{
	static const struct {
		size_t size;
		const char *hex;
	} sizes[] = {
		{55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
		{56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
		{64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
	};
	char letters[64], hex[SHA256_TEXT_SIZE];
	uint8_t digest[SHA256_SIZE];

	memset(letters, 'a', sizeof(letters));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		sha256_of(letters, sizes[i].size, digest);
		expect_text(sha256_format(digest, hex), sizes[i].hex);
	}
}

TESTS("sha256", TEST_CASE(agrees_with_the_standards_examples),
	TEST_CASE(agrees_with_the_example_of_a_million_letters_in_uneven_pieces),
	TEST_CASE(pads_right_around_the_end_of_a_block))
