/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring the store.
 *
 * First the units are listed: the directories that the store itself makes are read down to the
 * level of blobs, trees, containers' files and volumes. Then threads walk the units that are
 * directories. All of that happens in one process inside the user's namespace, which sends the
 * sizes, one record for each unit.
 */
#include "store/usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/channel.h"
#include "os/dir.h"
#include "os/tree_walk.h"
#include "store/layers.h"
#include "store/pair_set.h"

#define BLOCK	    512 /* stat(2), st_blocks */
#define THREADS_MAX 8

void store_usage_done(struct store_usage *u)
{
	map_done(&u->units);
	*u = (struct store_usage)STORE_USAGE_INIT;
}

uint64_t store_usage_of(const struct store_usage *u, const char *path)
{
	const uint64_t *bytes = map_get(&u->units, path);

	return bytes ? *bytes : 0;
}

/* ---- in the namespace: listing and walking ---- */

struct unit {
	char *path;
	uint64_t bytes;
	bool tree; /* to be walked */
};

struct measure {
	struct store *store;
	unsigned parts;
	struct store_usage *usage; /* where there is no channel */
	struct unit *units;
	size_t n;
	atomic_size_t next;
	pthread_mutex_t lock; /* of what follows */
	struct pair_set links;
	uint64_t unreadable;
	struct err err;
};

/* How deep the store's own directories go below each top one; what is below that is one unit. */
static const struct {
	const char *name;
	enum store_part part;
	unsigned depth;
} tops[] = {
	{"images", STORE_PART_IMAGES, 3},	  /* images/blobs/sha256/X */
	{"layers", STORE_PART_IMAGES, 2},	  /* layers/sha256/X */
	{"containers", STORE_PART_CONTAINERS, 2}, /* containers/ID/X */
	{"volumes", STORE_PART_VOLUMES, 1},	  {"seccomp-cache", STORE_PART_OTHER, 1},
};

static int top_of(const char *path)
{
	size_t len = strcspn(path, "/");

	for (size_t i = 0; i < ARRAY_SIZE(tops); i++)
		if (strlen(tops[i].name) == len && strncmp(tops[i].name, path, len) == 0)
			return (int)i;
	return -1;
}

static enum store_part part_of(const char *path)
{
	int i = top_of(path);

	return i < 0 ? STORE_PART_OTHER : tops[i].part;
}

/* Bytes of an entry: nothing for one that was met under another name. */
static uint64_t bytes_of(struct measure *m, const struct stat *st)
{
	bool first = true;

	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1) {
		pthread_mutex_lock(&m->lock);
		first = pair_set_add(&m->links, st->st_dev, st->st_ino);
		pthread_mutex_unlock(&m->lock);
	}
	return first ? (uint64_t)st->st_blocks * BLOCK : 0;
}

static void add_unit(struct measure *m, const char *path, uint64_t bytes, bool tree)
{
	if ((m->n & (m->n - 1)) == 0)
		m->units = xreallocarray(m->units, m->n ? m->n * 2 : 1, sizeof(*m->units));
	m->units[m->n++] = (struct unit){.path = xstrdup(path), .bytes = bytes, .tree = tree};
}

static int list_units(struct measure *m, const char *path, unsigned depth, struct err *err);

/* dir: "" for the store itself. depth: levels of the store's own directories below dir */
static int list_entry(struct measure *m, const char *dir, int fd, const char *name, unsigned depth,
		      struct err *err)
{
	_cleanup_free_ char *path = *dir ? path_join(dir, name) : xstrdup(name);
	struct stat st;
	bool is_dir;
	int top;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !(m->parts & (1u << part_of(path))))
		return 0;
	if (!*dir) {
		top = top_of(path);
		depth = top < 0 ? 0 : tops[top].depth;
	}
	is_dir = S_ISDIR(st.st_mode);
	add_unit(m, path, bytes_of(m, &st), is_dir && !depth);
	return is_dir && depth ? list_units(m, path, depth - 1, err) : 0;
}

/* List what is in a directory of the store, at most `depth` levels below it. */
static int list_units(struct measure *m, const char *path, unsigned depth, struct err *err)
{
	int fd = openat(m->store->data_fd, *path ? path : ".",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && (errno == EACCES || errno == ENOENT)) {
		m->unreadable += errno == EACCES;
		return 0;
	}
	if (!dir)
		return err_sys(err, "read '%s/%s'", m->store->data_path, path);
	for (const struct dirent *e = dir_next(dir); e; e = dir_next(dir)) {
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    list_entry(m, path, fd, e->d_name, depth, err) < 0)
			return -1;
	}
	return errno ? err_sys(err, "read '%s/%s'", m->store->data_path, path) : 0;
}

struct tally {
	struct measure *measure;
	uint64_t bytes;
};

static int count(void *arg, const struct tree_entry *e, struct err *err)
{
	struct tally *t = arg;

	(void)err;
	t->bytes += bytes_of(t->measure, e->st);
	return 0;
}

static int walk_unit(struct measure *m, struct unit *u, struct err *err)
{
	struct tally t = {.measure = m};
	struct tree_walk walk = {.visit = count, .arg = &t};
	_cleanup_fd_ int fd =
		openat(m->store->data_fd, u->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(err, "open '%s'", u->path);
	if (tree_walk(&walk, fd, err) < 0)
		return err_ctx(err, "'%s'", u->path);
	u->bytes += t.bytes;
	if (walk.unreadable) {
		pthread_mutex_lock(&m->lock);
		m->unreadable += walk.unreadable;
		pthread_mutex_unlock(&m->lock);
	}
	return 0;
}

static void *work(void *arg)
{
	struct measure *m = arg;
	size_t i;

	while ((i = atomic_fetch_add(&m->next, 1)) < m->n) {
		struct err err = ERR_INIT;

		if (!m->units[i].tree || walk_unit(m, &m->units[i], &err) == 0)
			continue;
		pthread_mutex_lock(&m->lock);
		if (m->err.kind == ERR_NONE)
			m->err = err;
		pthread_mutex_unlock(&m->lock);
	}
	return NULL;
}

static void work_all(struct measure *m)
{
	pthread_t threads[THREADS_MAX];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t trees = 0, n = 0;

	for (size_t i = 0; i < m->n; i++)
		trees += m->units[i].tree;
	/* This thread works, too. */
	while (n + 1 < THREADS_MAX && (long)n + 1 < cpus && n + 1 < trees &&
	       pthread_create(&threads[n], NULL, work, m) == 0)
		n++;
	work(m);
	while (n)
		pthread_join(threads[--n], NULL);
}

/* ---- sizes on their way to the parent ---- */

static void take_unit(struct store_usage *u, const char *path, uint64_t bytes)
{
	uint64_t *sum = map_get(&u->units, path);

	if (!sum) {
		sum = xalloc(sizeof(*sum));
		map_set(&u->units, path, sum);
	}
	*sum += bytes;
}

struct record {
	uint64_t bytes, unreadable;
	char path[CHANNEL_MAX - 2 * sizeof(uint64_t)];
};

static int deliver(struct measure *m, int channel, struct err *err)
{
	struct record r;

	for (size_t i = 0; i < m->n; i++) {
		const struct unit *u = &m->units[i];

		if (channel < 0) {
			take_unit(m->usage, u->path, u->bytes);
			continue;
		}
		r.bytes = u->bytes;
		r.unreadable = 0;
		/* Two names of 255 bytes and the store's own fit. */
		if (!str_copy(r.path, sizeof(r.path), u->path))
			continue;
		if (channel_send(channel, CHANNEL_DATA, &r,
				 offsetof(struct record, path) + strlen(r.path) + 1, err) < 0)
			return -1;
	}
	if (channel < 0) {
		m->usage->unreadable += m->unreadable;
		return 0;
	}
	if (!m->unreadable)
		return 0;
	r = (struct record){.unreadable = m->unreadable};
	return channel_send(channel, CHANNEL_DATA, &r, offsetof(struct record, path) + 1, err);
}

static void on_record(void *arg, const void *data, size_t len)
{
	struct store_usage *u = arg;
	struct record r = {.bytes = 0};

	if (len <= offsetof(struct record, path) || len > sizeof(r))
		return;
	memcpy(&r, data, len);
	r.path[sizeof(r.path) - 1] = '\0';
	u->unreadable += r.unreadable;
	if (r.path[0])
		take_unit(u, r.path, r.bytes);
}

static int measure(void *arg, int channel, struct err *err)
{
	struct measure *m = arg;
	int r;

	pthread_mutex_init(&m->lock, NULL);
	r = list_units(m, "", 0, err);
	if (r == 0) {
		work_all(m);
		if (m->err.kind != ERR_NONE) {
			*err = m->err;
			r = -1;
		}
	}
	if (r == 0)
		r = deliver(m, channel, err);
	for (size_t i = 0; i < m->n; i++)
		free(m->units[i].path);
	free(m->units);
	pair_set_done(&m->links);
	pthread_mutex_destroy(&m->lock);
	return r;
}

/* A container's number is the sum of its parts. */
static void sum_up(struct store_usage *u)
{
	map_foreach (e, &u->units) {
		uint64_t bytes = *(uint64_t *)e->value;

		u->parts[part_of(e->key)] += bytes;
		u->total += bytes;
	}
	map_foreach (e, &u->units) {
		const char *slash = strrchr(e->key, '/');
		_cleanup_free_ char *container = NULL;

		if (!str_prefix(e->key, "containers/", NULL) || strchr(e->key, '/') == slash)
			continue;
		container = xstrndup(e->key, (size_t)(slash - e->key));
		if (map_get(&u->units, container))
			*(uint64_t *)map_get(&u->units, container) += *(uint64_t *)e->value;
	}
}

int store_usage_measure(struct store *s, unsigned parts, struct store_usage *ret, struct err *err)
{
	struct measure m = {.store = s, .parts = parts, .usage = ret};
	struct stat st;

	if (store_run_mapped(s, measure, &m, on_record, ret, err) < 0)
		return err_ctx(err, "measure '%s'", s->data_path);
	sum_up(ret);
	if ((parts & (1u << STORE_PART_OTHER)) && fstat(s->data_fd, &st) == 0) {
		ret->parts[STORE_PART_OTHER] += (uint64_t)st.st_blocks * BLOCK;
		ret->total += (uint64_t)st.st_blocks * BLOCK;
	}
	return 0;
}
