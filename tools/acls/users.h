/*
 * Who comes in to Kafka by password: a folder for each, DIRECTORY/NAME/password, and what a
 * broker keeps of it (SCRAM-SHA-512: RFC 5802, RFC 7677; KIP-554).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define USERS_MAX 64
#define USER_NAME_SIZE 80
#define SCRAM_SALT_SIZE 24
#define SCRAM_SALTED_SIZE 64
#define SCRAM_ROUNDS 8192 /* Kafka takes from 4096 to 16384 */

struct user {
	char name[USER_NAME_SIZE];
	unsigned char salt[SCRAM_SALT_SIZE];
	unsigned char salted[SCRAM_SALTED_SIZE]; /* as good as the password */
};

struct users {
	struct user list[USERS_MAX];
	size_t count;
};

/* RFC 5802's SaltedPassword of @password by .salt, into .salted. */
int user_salt(struct user *user, const char *password, size_t size);
/* Every folder in @directory that has a password; FAULT_SYSTEM or FAULT_INPUT names the file. */
int users_read(const char *directory, struct users *ret_users);
