#include "users.h"

#include <base/fault.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PASSWORD_SIZE 256

int user_salt(struct user *user, const char *password, size_t size)
{
	if (PKCS5_PBKDF2_HMAC(password, (int)size, user->salt, sizeof(user->salt), SCRAM_ROUNDS,
		    EVP_sha512(), sizeof(user->salted), user->salted) != 1)
		return fault(FAULT_SYSTEM, "OpenSSL derives no key from a password");
	return 0;
}

/* The first line of a file; its size, or a fault. */
static int read_password(int directory, const char *name, char *password)
{
	char path[USER_NAME_SIZE + sizeof("/password")];
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "%s/password", name);
	fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : fault(FAULT_SYSTEM, "cannot read '%s': %m", path);
	size = read(fd, password, PASSWORD_SIZE);
	close(fd);
	if (size < 0)
		return fault(FAULT_SYSTEM, "cannot read '%s': %m", path);
	if (memchr(password, '\n', (size_t)size))
		size = (char *)memchr(password, '\n', (size_t)size) - password;
	if (size == 0 || size == PASSWORD_SIZE)
		return fault(
			FAULT_INPUT, "'%s': a password has 1 to %d bytes", path, PASSWORD_SIZE - 1);
	return (int)size;
}

static int read_user(int directory, const char *name, struct users *users)
{
	struct user *user = &users->list[users->count];
	char password[PASSWORD_SIZE];
	int size;

	if (strlen(name) >= USER_NAME_SIZE || users->count == USERS_MAX)
		return fault(FAULT_LIMIT, "more than %d users, or a name as long: '%s'", USERS_MAX,
			name);
	size = read_password(directory, name, password);
	if (size <= 0)
		return size;
	snprintf(user->name, sizeof(user->name), "%s", name);
	if (RAND_bytes(user->salt, sizeof(user->salt)) != 1)
		return fault(FAULT_SYSTEM, "OpenSSL has no random bytes");
	size = user_salt(user, password, (size_t)size);
	OPENSSL_cleanse(password, sizeof(password));
	users->count += size == 0;
	return size;
}

int users_read(const char *directory, struct users *ret_users)
{
	DIR *folder = opendir(directory);
	int r = 0;

	ret_users->count = 0;
	if (folder == NULL)
		return fault(FAULT_SYSTEM, "cannot read '%s': %m", directory);
	for (struct dirent *entry; r == 0 && (entry = readdir(folder)) != NULL;)
		if (entry->d_name[0] != '.')
			r = read_user(dirfd(folder), entry->d_name, ret_users);
	closedir(folder);
	return r;
}
