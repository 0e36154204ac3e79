/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup file system: reading, writing, making, killing, removing. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strv.h"
#include "os/fd.h"
#include "sandbox/cgroup_internal.h"

#define RMDIR_NAPS     80 /* 1, 2, 4, … 64 ms, 64 ms: five seconds */
#define RMDIR_NAP_BITS 6
#define RMDIR_DEPTH    32 /* directories below one another that a container may have made */
#define KILL_ROUNDS    5000
#define NS_PER_MS      1000000L
#define KILL_ROUND_MS  1
#define FILE_PATH_SIZE (CGROUP_MAX_PATH + 256)

static bool file_path(const char *dir, const char *file, char *ret)
{
	int n = snprintf(ret, FILE_PATH_SIZE, "%s/%s", dir, file);

	return n > 0 && n < FILE_PATH_SIZE;
}

bool cgroup_read(const char *dir, const char *file, struct buf *ret)
{
	char path[FILE_PATH_SIZE];

	return file_path(dir, file, path) &&
	       file_read_all(AT_FDCWD, path, CGROUP_FILE_MAX, ret, NULL) == 0;
}

bool cgroup_has_word(const char *dir, const char *file, const char *word)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	size_t len = strlen(word);

	if (!cgroup_read(dir, file, &text))
		return false;
	for (const char *p = buf_str(&text); *p;) {
		size_t n = strcspn(p, " \n");

		if (n == len && memcmp(p, word, len) == 0)
			return true;
		p += n;
		p += strspn(p, " \n");
	}
	return false;
}

uint64_t cgroup_read_key(const char *dir, const char *file, const char *key)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	const char *rest;

	if (!cgroup_read(dir, file, &text))
		return 0;
	for (const char *line = buf_str(&text); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (str_prefix(line, key, &rest) && *rest == ' ')
			return strtoull(rest + 1, NULL, 10);
	}
	return 0;
}

int cgroup_write(const char *dir, const char *file, const char *text, struct err *err)
{
	char path[FILE_PATH_SIZE];

	if (!file_path(dir, file, path))
		return err_set(err, ERR_LIMIT, "cgroup path '%s' is too long", dir);
	return file_write_text(AT_FDCWD, path, text, err);
}

int cgroup_enter(const char *dir, pid_t pid, struct err *err)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	if (cgroup_write(dir, "cgroup.procs", text, err) < 0)
		return err_ctx(err, "move the container into its cgroup");
	return 0;
}

static const struct {
	const char *file;
	const char *words;
	bool bytes;
} names[] = {
	{"memory.max", "memory limit", true},
	{"memory.limit_in_bytes", "memory limit", true},
	{"memory.swap.max", "swap limit", true},
	{"memory.memsw.limit_in_bytes", "memory-swap limit", true},
	{"memory.low", "memory reservation", true},
	{"memory.soft_limit_in_bytes", "memory reservation", true},
	{"memory.swappiness", "memory swappiness", false},
	{"cpu.max", "CPU limit", false},
	{"cpu.cfs_quota_us", "CPU quota", false},
	{"cpu.cfs_period_us", "CPU period", false},
	{"cpu.weight", "CPU weight", false},
	{"cpu.shares", "CPU shares", false},
	{"cpuset.cpus", "CPUs", false},
	{"cpuset.mems", "memory nodes", false},
	{"pids.max", "pids limit", false},
	{"io.weight", "I/O weight", false},
	{"io.bfq.weight", "I/O weight", false},
	{"blkio.bfq.weight", "I/O weight", false},
	{"io.max", "I/O limit", false},
};

/* A quota and its period as a number of processors; NULL: they are none. */
static char *cpus_of(const char *value)
{
	char *end;
	unsigned long long quota = strtoull(value, &end, 10), period = strtoull(end, NULL, 10);

	if (end == value || !period)
		return NULL;
	return xasprintf("limit of %.4g CPUs", (double)quota / (double)period);
}

char *cgroup_setting_words(const struct cgroup_setting *s)
{
	static const char units[] = "bkmgt";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		unsigned long long n;
		size_t u = 0;
		char *cpus;

		if (!str_eq(names[i].file, s->file))
			continue;
		if (str_eq(s->file, "cpu.max") && (cpus = cpus_of(s->value)))
			return cpus;
		if (!names[i].bytes)
			return xasprintf("%s %s", names[i].words, s->value);
		n = strtoull(s->value, NULL, 10);
		for (; n >= 1024 && n % 1024 == 0 && units[u + 1]; u++)
			n /= 1024;
		return xasprintf("%s %llu%c", names[i].words, n, units[u]);
	}
	return xasprintf("%s=%s", s->file, s->value);
}

int cgroup_apply(const char *dir, const char *controller, const struct cgroup_plan *p,
		 struct err *err)
{
	for (size_t i = 0; i < p->n_settings; i++) {
		const struct cgroup_setting *s = &p->settings[i];
		_cleanup_free_ char *words = NULL;

		if (controller && !str_eq(controller, s->controller))
			continue;
		if (cgroup_write(dir, s->file, s->value, err) == 0)
			continue;
		if (s->optional && errno == ENOENT) {
			err_clear(err);
			continue;
		}
		words = cgroup_setting_words(s);
		return err_ctx(err, "%s", words);
	}
	return 0;
}

int cgroup_mkdirs(const char *path, struct err *err)
{
	char partial[CGROUP_MAX_PATH];

	if (!str_copy(partial, sizeof(partial), path))
		return err_set(err, ERR_LIMIT, "cgroup path '%s' is too long", path);
	/* Mostly the parents are there. */
	if (mkdir(path, 0755) == 0)
		return 0;
	for (char *p = partial + strlen(CGROUP_MOUNT) + 1; errno == ENOENT && *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		if (mkdir(partial, 0755) < 0 && errno != EEXIST)
			return err_sys(err, "make cgroup '%s'", partial);
		errno = ENOENT;
		*p = '/';
	}
	if (mkdir(path, 0755) < 0)
		return err_sys(err, "make cgroup '%s'", path);
	return 0;
}

static void nap(long ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * NS_PER_MS};

	nanosleep(&t, NULL);
}

static bool rmdir_once(const char *path, unsigned depth)
{
	_cleanup_dir_ DIR *d = NULL;
	struct dirent *e;

	if (rmdir(path) == 0 || errno == ENOENT)
		return true;
	if (errno != EBUSY || depth == RMDIR_DEPTH)
		return false;
	d = opendir(path);
	if (!d)
		return false;
	while ((e = readdir(d)) != NULL) {
		_cleanup_free_ char *child = NULL;

		if (e->d_type != DT_DIR || str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
			continue;
		child = path_join(path, e->d_name);
		rmdir_once(child, depth + 1);
	}
	return rmdir(path) == 0 || errno == ENOENT;
}

bool cgroup_rmdir(const char *path)
{
	for (unsigned i = 0; i < RMDIR_NAPS; i++) {
		if (rmdir_once(path, 0))
			return true;
		/* A group stays busy until its last zombie is gone. */
		if (errno != EBUSY)
			return false;
		nap(1L << (i < RMDIR_NAP_BITS ? i : RMDIR_NAP_BITS));
	}
	return rmdir_once(path, 0);
}

/* Kill the members of one directory; returns how many there were, -1 on error. */
static int kill_members(const char *path)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	int n = 0;

	if (!cgroup_read(path, "cgroup.procs", &text))
		return errno == ENOENT || errno == ENODEV ? 0 : -1;
	for (const char *p = buf_str(&text); *p;) {
		char *end;
		long pid = strtol(p, &end, 10);

		if (end == p)
			break;
		/* 0 is a process of another pid namespace */
		if (pid > 1 && pid != getpid())
			kill((pid_t)pid, SIGKILL);
		n++;
		p = end + strspn(end, "\n");
	}
	return n;
}

static int kill_tree(const char *path, unsigned depth)
{
	_cleanup_dir_ DIR *d = opendir(path);
	struct dirent *e;
	int n = kill_members(path), below;

	while (n >= 0 && d && depth < RMDIR_DEPTH && (e = readdir(d)) != NULL) {
		_cleanup_free_ char *child = NULL;

		if (e->d_type != DT_DIR || str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
			continue;
		child = path_join(path, e->d_name);
		below = kill_tree(child, depth + 1);
		if (below < 0)
			return -1;
		n += below;
	}
	return n;
}

int cgroup_kill_dir(const char *path, struct err *err)
{
	if (cgroup_write(path, "cgroup.kill", "1", NULL) == 0)
		return 0;
	for (unsigned i = 0; i < KILL_ROUNDS; i++) {
		int n = kill_tree(path, 0);

		if (n == 0)
			return 0;
		if (n < 0)
			return err_sys(err, "kill the processes of cgroup '%s'", path);
		nap(KILL_ROUND_MS);
	}
	return err_set(err, ERR_BUSY, "cgroup '%s' still has processes after SIGKILL", path);
}
