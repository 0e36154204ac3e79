/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled filters by digest. A filter decides what a container may do, so an entry is believed
 * only when it is a regular file of ours that nobody else may write, of exactly the length that it
 * states, for exactly this key, and with the digest of its own bytes at its end. Anything else is
 * compiled anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "codec/digest.h"
#include "os/atomic.h"
#include "os/fd.h"
#include "sandbox/seccomp.h"
#include "sandbox/seccomp_internal.h"

#define CACHE_MAGIC "ONGGIBP1"
#define DIGEST_LEN  64

struct cache_head {
	char magic[8];
	char key[DIGEST_LEN];
	uint32_t n_insns;
	uint32_t insn_size;
};

static int cache_key(const struct buf *key, char ret[HASH_MAX_SIZE * 2 + 1], struct err *err)
{
	return hash_bytes_hex(HASH_SHA256, key->data, key->len, ret, err);
}

static char *cache_name(const char *hex)
{
	return xasprintf("seccomp-%s", hex);
}

static bool file_is_ours(int fd, off_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)))
		return false;
	*ret_size = st.st_size;
	return true;
}

static bool entry_is_sound(const struct buf *data, const char *key, size_t *ret_n)
{
	struct cache_head head;
	char digest[HASH_MAX_SIZE * 2 + 1];
	size_t body;

	if (data->len < sizeof(head) + DIGEST_LEN)
		return false;
	memcpy(&head, data->data, sizeof(head));
	if (memcmp(head.magic, CACHE_MAGIC, sizeof(head.magic)) != 0 ||
	    memcmp(head.key, key, DIGEST_LEN) != 0 ||
	    head.insn_size != sizeof(struct sock_filter) || head.n_insns == 0 ||
	    head.n_insns > SECCOMP_MAX_INSNS)
		return false;
	body = sizeof(head) + head.n_insns * sizeof(struct sock_filter);
	if (data->len != body + DIGEST_LEN)
		return false;
	if (hash_bytes_hex(HASH_SHA256, data->data, body, digest, NULL) < 0 ||
	    memcmp(data->data + body, digest, DIGEST_LEN) != 0)
		return false;
	*ret_n = head.n_insns;
	return true;
}

bool seccomp_cache_get(int dirfd, const struct buf *key, struct buf *ret)
{
	char hex[HASH_MAX_SIZE * 2 + 1];
	_cleanup_free_ char *name = NULL;
	_cleanup_fd_ int fd = -1;
	_cleanup_(buf) struct buf data = BUF_INIT;
	off_t size;
	size_t n;

	if (dirfd < 0 || cache_key(key, hex, NULL) < 0)
		return false;
	name = cache_name(hex);
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || !file_is_ours(fd, &size))
		return false;
	if (fd_read_all(fd,
			sizeof(struct cache_head) + DIGEST_LEN +
				SECCOMP_MAX_INSNS * sizeof(struct sock_filter),
			name, &data, NULL) < 0 ||
	    !entry_is_sound(&data, hex, &n)) {
		log_debug("seccomp: cache entry %s is damaged and is made anew", name);
		return false;
	}
	buf_add(ret, data.data + sizeof(struct cache_head), n * sizeof(struct sock_filter));
	return true;
}

void seccomp_cache_put(int dirfd, const struct buf *key, const struct buf *insns)
{
	struct cache_head head = {.insn_size = sizeof(struct sock_filter)};
	char hex[HASH_MAX_SIZE * 2 + 1], digest[HASH_MAX_SIZE * 2 + 1];
	_cleanup_free_ char *name = NULL;
	_cleanup_(buf) struct buf data = BUF_INIT;
	struct err err = ERR_INIT;

	if (dirfd < 0 || cache_key(key, hex, NULL) < 0)
		return;
	name = cache_name(hex);
	memcpy(head.magic, CACHE_MAGIC, sizeof(head.magic));
	memcpy(head.key, hex, DIGEST_LEN);
	head.n_insns = (uint32_t)(insns->len / sizeof(struct sock_filter));
	buf_add(&data, &head, sizeof(head));
	buf_add(&data, insns->data, insns->len);
	if (hash_bytes_hex(HASH_SHA256, data.data, data.len, digest, NULL) < 0)
		return;
	buf_add(&data, digest, DIGEST_LEN);
	if (atomic_write(dirfd, name, &data, 0600, DURABLE_NO, &err) < 0)
		log_debug("seccomp: %s is not kept: %s", name, err.text);
}
