/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work that takes long: hashing blobs and comparing trees, the biggest first, on all
 * processors. Trees are inflated by threads of their own, so that one big layer alone keeps two
 * processors busy. All in one process inside the user's namespace, which sends a frame for each job
 * that found something.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "oci/digest.h"
#include "os/channel.h"
#include "store/check_private.h"
#include "store/layers.h"

#define PIECE	    ((size_t)256 << 10)
#define THREADS_MAX 16

struct crew {
	struct store *store;
	struct check_job *jobs;
	size_t n;
	const struct id_maps *maps;
	bool user;
	atomic_size_t next;
};

static int hash_fd(int fd, const struct digest *want, struct buf *wrong, struct err *err)
{
	_cleanup_free_ char *piece = xalloc(PIECE);
	_cleanup_(hash) struct hash *h = NULL;
	char hex[HASH_MAX_SIZE * 2 + 1];

	if (hash_new(want->alg, &h, err) < 0)
		return -1;
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	for (;;) {
		ssize_t n = read(fd, piece, PIECE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "read");
		if (n == 0)
			break;
		hash_update(h, piece, (size_t)n);
	}
	hash_final_hex(h, hex);
	if (strcmp(hex, want->hex) != 0)
		buf_addf(wrong, "its content has the digest %s:%.12s", digest_alg(want), hex);
	return 0;
}

static int open_file(struct store *s, const char *path, int *ret, struct err *err)
{
	_cleanup_fd_ int fd =
		openat(s->data_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "open");
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_CORRUPT, "it is no regular file");
	*ret = fd_take(&fd);
	return 0;
}

static int do_blob(const struct crew *c, const struct check_job *j, struct buf *wrong,
		   struct err *err)
{
	_cleanup_fd_ int fd = -1;
	struct digest want;

	if (digest_parse(j->digest, &want, err) < 0 || open_file(c->store, j->path, &fd, err) < 0)
		return -1;
	return hash_fd(fd, &want, wrong, err);
}

static int do_tree(const struct crew *c, const struct check_job *j, struct buf *wrong,
		   struct err *err)
{
	struct check_tree t = {.user = c->user};
	_cleanup_fd_ int tree = -1;
	_cleanup_fd_ int blob = -1;
	/* Released before what its thread reads is closed. */
	_cleanup_(source) struct source *tar = NULL;
	enum compression compression;

	tree = openat(c->store->data_fd, j->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (tree < 0)
		return err_sys(err, "open");
	if (open_file(c->store, j->blob, &blob, err) < 0 ||
	    source_inflate_auto(source_from_fd(blob), &compression, &tar, err) < 0)
		return err_ctx(err, "its blob");
	if (compression != COMPRESSION_NONE)
		tar = source_ahead(tar);
	t.fd = tree;
	/* A view has other owners on purpose. */
	t.maps = str_prefix(j->path, "layers/sha256/", NULL) ? c->maps : NULL;
	return check_tree(&t, tar, wrong, err);
}

static void *work(void *arg)
{
	struct crew *c = arg;
	size_t i;

	while ((i = atomic_fetch_add(&c->next, 1)) < c->n) {
		struct check_job *j = &c->jobs[i];
		_cleanup_(buf) struct buf wrong = BUF_INIT_MAX(CHECK_TEXT_MAX);
		struct err err = ERR_INIT;
		int r = j->blob ? do_tree(c, j, &wrong, &err) : do_blob(c, j, &wrong, &err);

		if (r < 0)
			j->wrong = xstrndup(err.text, strnlen(err.text, CHECK_TEXT_MAX));
		else if (wrong.len)
			j->wrong = buf_take(&wrong);
	}
	return NULL;
}

struct answer {
	size_t job;
	char text[CHECK_TEXT_MAX + 1];
};

static int send_answers(const struct crew *c, int channel, struct err *err)
{
	struct answer a;

	for (size_t i = 0; i < c->n; i++) {
		if (!c->jobs[i].wrong)
			continue;
		a.job = i;
		str_copy(a.text, sizeof(a.text), c->jobs[i].wrong);
		if (channel_send(channel, CHANNEL_DATA, &a,
				 offsetof(struct answer, text) + strlen(a.text) + 1, err) < 0)
			return -1;
	}
	return 0;
}

static void on_answer(void *arg, const void *data, size_t len)
{
	struct crew *c = arg;
	struct answer a = {.job = 0};

	if (len <= offsetof(struct answer, text) || len > sizeof(a))
		return;
	memcpy(&a, data, len);
	a.text[CHECK_TEXT_MAX] = '\0';
	if (a.job < c->n && !c->jobs[a.job].wrong)
		c->jobs[a.job].wrong = xstrdup(a.text);
}

static int work_all(void *arg, int channel, struct err *err)
{
	struct crew *c = arg;
	pthread_t threads[THREADS_MAX];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = 0;

	while (n + 1 < THREADS_MAX && (long)n + 1 < cpus && n + 1 < c->n &&
	       pthread_create(&threads[n], NULL, work, c) == 0)
		n++;
	work(c);
	while (n)
		pthread_join(threads[--n], NULL);
	return channel < 0 ? 0 : send_answers(c, channel, err);
}

/* A tree costs what inflating and reading it cost: more than hashing its blob. */
static uint64_t cost(const struct check_job *j)
{
	return j->blob ? j->size * 8 : j->size;
}

static int by_cost(const void *a, const void *b)
{
	const struct check_job *x = a, *y = b;

	return cost(x) < cost(y) ? 1 : cost(x) > cost(y) ? -1 : strcmp(x->path, y->path);
}

int check_jobs_run(struct store *s, struct check_job *jobs, size_t n, struct err *err)
{
	struct crew c = {.store = s, .jobs = jobs, .n = n, .user = store_overlay_user()};
	struct id_maps maps = ID_MAPS_INIT;
	int r;

	if (!n)
		return 0;
	if (id_maps_current_user(&maps, NULL, err) < 0)
		return -1;
	qsort(jobs, n, sizeof(*jobs), by_cost);
	c.maps = &maps;
	r = store_run_mapped(s, work_all, &c, on_answer, &c, err);
	id_maps_done(&maps);
	return r < 0 ? err_ctx(err, "verify blobs and layers") : 0;
}
