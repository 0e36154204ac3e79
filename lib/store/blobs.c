/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs of the image layout: files named by the digest of their content. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/digest.h"
#include "os/fd.h"
#include "store/dirs.h"
#include "store/images.h"
#include "store/images_private.h"

const char *store_blob_path(const struct digest *d, char *buf)
{
	snprintf(buf, BLOB_PATH_MAX, "blobs/%s/%s", digest_alg(d), d->hex);
	return buf;
}

bool store_blob_exists(struct store *s, const struct digest *d)
{
	char path[BLOB_PATH_MAX];
	int images;

	if (store_dir_peek(s, STORE_IMAGES, &images, NULL) < 0 || images < 0)
		return false;
	/* One that can't be looked at is there: reading it tells why. */
	return fd_entry_exists(images, store_blob_path(d, path)) || errno != ENOENT;
}

int store_blob_begin(struct store *s, struct store_blob *ret, struct err *err)
{
	struct store_blob b = STORE_BLOB_INIT;
	_cleanup_fd_ int dirfd = -1;
	int images;

	if (store_images_dir(s, &images, err) < 0)
		return -1;
	dirfd = openat(images, "blobs/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return err_sys(err, "open '%s/images/blobs/sha256'", s->data_path);
	if (atomic_begin(dirfd, 0644, &b.file, err) < 0)
		return err_ctx(err, "begin a blob in '%s/images'", s->data_path);
	b.store = s;
	b.dirfd = fd_take(&dirfd);
	*ret = b;
	return 0;
}

/* A blob begins among the SHA-256 ones; one of another algorithm is named into the directory
 * beside. */
static int make_sibling(struct store *s, const char *alg, struct err *err)
{
	_cleanup_fd_ int blobs = openat(s->images_fd, "blobs", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (blobs < 0)
		return err_sys(err, "open '%s/images/blobs'", s->data_path);
	if (mkdirat(blobs, alg, store_dir_mode()) < 0 && errno != EEXIST)
		return err_sys(err, "make directory '%s/images/blobs/%s'", s->data_path, alg);
	return 0;
}

/* A file of another size than the one that has this content is damaged. */
static bool is_damaged(const struct store_blob *b, const char *path)
{
	struct stat have, want;

	return fstat(b->file.fd, &want) == 0 &&
	       fstatat(b->dirfd, path, &have, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (!S_ISREG(have.st_mode) || have.st_size != want.st_size);
}

static int commit(struct store_blob *b, const struct digest *d, bool replace, struct err *err)
{
	char path[BLOB_PATH_MAX + 3];
	struct err cause = ERR_INIT;
	enum durability durable = b->store->durable ? DURABLE_YES : DURABLE_NO;

	if (d->alg != HASH_SHA256 && make_sibling(b->store, digest_alg(d), err) < 0)
		return -1;
	if (d->alg == HASH_SHA256)
		snprintf(path, sizeof(path), "%s", d->hex);
	else
		snprintf(path, sizeof(path), "../%s/%s", digest_alg(d), d->hex);
	replace = replace || is_damaged(b, path);
	if (atomic_commit(&b->file, path, replace, durable, &cause) < 0 &&
	    cause.kind != ERR_EXISTS) {
		if (err)
			*err = cause;
		return err_ctx(err, "blob %s:%.12s", digest_alg(d), d->hex);
	}
	store_blob_done(b);
	return 0;
}

int store_blob_commit(struct store_blob *b, const struct digest *d, struct err *err)
{
	return commit(b, d, false, err);
}

void store_blob_done(struct store_blob *b)
{
	if (!b || b->dirfd < 0)
		return;
	atomic_done(&b->file);
	close(b->dirfd);
	*b = (struct store_blob)STORE_BLOB_INIT;
}

static bool has_content(struct store *s, const struct digest *d, const void *data, size_t len)
{
	_cleanup_(buf) struct buf have = BUF_INIT;
	_cleanup_fd_ int fd = -1;
	uint64_t size;

	return store_blob_open(s, d, &fd, &size, NULL) == 0 && size == len &&
	       fd_read_all(fd, len, d->hex, &have, NULL) == 0 && have.len == len &&
	       (!len || memcmp(have.data, data, len) == 0);
}

int store_blob_put_as(struct store *s, const void *data, size_t len, const struct digest *d,
		      struct err *err)
{
	_cleanup_(store_blob) struct store_blob b = STORE_BLOB_INIT;

	if (has_content(s, d, data, len))
		return 0;
	if (store_blob_begin(s, &b, err) < 0)
		return -1;
	if (fd_write_full(b.file.fd, data, len) < 0)
		return err_sys(err, "write blob %.12s", d->hex);
	return commit(&b, d, true, err);
}

int store_blob_put(struct store *s, const void *data, size_t len, struct digest *ret,
		   struct err *err)
{
	struct digest d;

	if (digest_of(data, len, &d, err) < 0 || store_blob_put_as(s, data, len, &d, err) < 0)
		return -1;
	*ret = d;
	return 0;
}

int store_blob_open(struct store *s, const struct digest *d, int *ret_fd, uint64_t *ret_size,
		    struct err *err)
{
	char path[BLOB_PATH_MAX];
	_cleanup_fd_ int fd = -1;
	struct stat st;
	int images;

	if (store_dir_peek(s, STORE_IMAGES, &images, err) < 0)
		return -1;
	if (images >= 0)
		fd = openat(images, store_blob_path(d, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && (images < 0 || errno == ENOENT))
		return err_set(err, ERR_NOT_FOUND, "blob %s:%.12s is not in the store",
			       digest_alg(d), d->hex);
	if (fd < 0)
		return err_sys(err, "open blob %s:%.12s", digest_alg(d), d->hex);
	if (fstat(fd, &st) < 0)
		return err_sys(err, "blob %s:%.12s", digest_alg(d), d->hex);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_CORRUPT, "blob %s:%.12s is no regular file", digest_alg(d),
			       d->hex);
	if (ret_size)
		*ret_size = (uint64_t)st.st_size;
	*ret_fd = fd_take(&fd);
	return 0;
}

int store_blob_get(struct store *s, const struct descriptor *d, size_t max, bool verify,
		   struct buf *out, struct err *err)
{
	char what[32];
	char hex[HASH_MAX_SIZE * 2 + 1];
	size_t before = out->len;
	_cleanup_fd_ int fd = -1;
	uint64_t size;

	if (store_blob_open(s, &d->digest, &fd, &size, err) < 0)
		return -1;
	snprintf(what, sizeof(what), "blob %.12s", d->digest.hex);
	if (size != d->size)
		return err_set(err, ERR_CORRUPT, "%s has %llu bytes, its descriptor says %llu",
			       what, (unsigned long long)size, (unsigned long long)d->size);
	if (fd_read_all(fd, max, what, out, err) < 0)
		return -1;
	if (!verify)
		return 0;
	if (hash_bytes_hex(d->digest.alg, out->data + before, out->len - before, hex, err) < 0)
		return -1;
	if (strcmp(hex, d->digest.hex) != 0)
		return err_set(err, ERR_CORRUPT, "%s has the digest %s:%.12s", what,
			       digest_alg(&d->digest), hex);
	return 0;
}
