/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helper programs. posix_spawn(3) shares our memory until the exec, so that a start costs no copy
 * of the page tables: newuidmap and newgidmap are on the way of every rootless run.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/process.h"

#define STDERR_MAX   4096 /* bytes of a helper's message that we keep */
#define SPAWN_FAILED 127  /* as posix_spawn(3) has it */

char *spawn_lookup(const char *name)
{
	const char *path = getenv("PATH");
	_cleanup_free_ char *all = NULL;
	_cleanup_strv_ char **dirs = NULL;

	if (strchr(name, '/'))
		return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
	all = xasprintf("%s:/usr/bin:/bin:/usr/sbin:/sbin", str_empty(path) ? "/usr/bin" : path);
	dirs = strv_split(all, ':');
	strv_foreach (dir, dirs) {
		_cleanup_free_ char *file = NULL;

		if (!path_is_abs(*dir))
			continue;
		file = path_join(*dir, name);
		if (access(file, X_OK) == 0)
			return ptr_take(file);
	}
	return NULL;
}

/* 0 from /dev/null, 1 and 2 to the pipe. */
static int set_actions(posix_spawn_file_actions_t *actions, int write_fd)
{
	int e = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);

	if (!e)
		e = posix_spawn_file_actions_adddup2(actions, write_fd, 1);
	if (!e)
		e = posix_spawn_file_actions_adddup2(actions, write_fd, 2);
	return e;
}

/*
 * The same by hand. libc's own way is clone3(2), and where a filter refuses that with EPERM it does
 * not try another.
 */
static int run_cloned(const char *file, char *const *argv, char *const *env, int write_fd,
		      pid_t *ret_pid)
{
	struct process p = PROCESS_INIT;
	pid_t pid = process_clone(0, -1, NULL, &p, NULL);
	sigset_t none;

	if (pid < 0)
		return errno;
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

		sigemptyset(&none);
		signal(SIGPIPE, SIG_DFL);
		signal(SIGCHLD, SIG_DFL);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (null >= 0 && dup2(null, 0) == 0 && dup2(write_fd, 1) == 1 &&
		    dup2(write_fd, 2) == 2)
			execve(file, argv, env);
		/* The filter may not have been the reason: spawn_finish() tells this one. */
		dprintf(write_fd, "%s\n", strerrordesc_np(errno));
		_exit(SPAWN_FAILED);
	}
	process_done(&p);
	*ret_pid = pid;
	return 0;
}

static int run(const char *file, char *const *argv, int write_fd, pid_t *ret_pid)
{
	char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char locale[] = "LC_ALL=C";
	char *const env[] = {path, locale, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, defaults;
	int e;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGCHLD);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	e = set_actions(&actions, write_fd);
	if (!e)
		e = posix_spawn(ret_pid, file, &actions, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return e == EPERM ? run_cloned(file, argv, env, write_fd, ret_pid) : e;
}

int spawn_start(char *const *argv, struct spawned *ret, struct err *err)
{
	_cleanup_free_ char *file = spawn_lookup(argv[0]);
	_cleanup_fd_ int read_fd = -1;
	_cleanup_fd_ int write_fd = -1;
	int fds[2];
	pid_t pid;
	int e;

	if (!file)
		return err_set(err, ERR_NOT_FOUND, "program '%s' is not installed", argv[0]);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(err, "make a pipe for '%s'", argv[0]);
	read_fd = fds[0];
	write_fd = fds[1];
	e = run(file, argv, write_fd, &pid);
	if (e) {
		errno = e;
		return err_sys(err, "run '%s'", file);
	}
	*ret = (struct spawned){
		.process = {.pid = pid, .pidfd = (int)syscall(SYS_pidfd_open, pid, 0)},
		.stderr_fd = fd_take(&read_fd),
		.name = argv[0],
	};
	return 0;
}

/* Append what is readable to text (full: dropped). Returns false at the end. */
static bool read_some(int fd, char *text, size_t *len)
{
	char drop[512];
	size_t room = STDERR_MAX - *len;
	ssize_t r = room ? read(fd, text + *len, room) : read(fd, drop, sizeof(drop));

	if (r < 0)
		return errno == EINTR;
	if (r > 0 && room)
		*len += (size_t)r;
	return r > 0;
}

/*
 * Read the message until the helper has ended. A process that it left in the background may hold
 * the pipe open, so that the end of the pipe alone can't be waited for.
 */
static size_t collect(const struct spawned *s, char *text)
{
	struct pollfd p[2] = {
		{.fd = s->stderr_fd, .events = POLLIN},
		{.fd = s->process.pidfd, .events = POLLIN},
	};
	size_t len = 0;

	for (;;) {
		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		if (p[0].revents) {
			if (!read_some(s->stderr_fd, text, &len))
				break;
		} else if (p[1].revents) {
			break;
		}
	}
	return len;
}

/* The first line of a helper's message, without its own name in front. */
static const char *first_line(const struct spawned *s, char *text)
{
	size_t n = strlen(s->name);
	char *end = strchr(text, '\n');

	if (end)
		*end = '\0';
	if (strncmp(text, s->name, n) == 0 && text[n] == ':' && text[n + 1] == ' ')
		text += n + 2;
	return text;
}

int spawn_finish(struct spawned *s, struct err *err)
{
	char text[STDERR_MAX + 1];
	const char *line;
	int status;
	int r;

	text[s->stderr_fd >= 0 ? collect(s, text) : 0] = '\0';
	if (s->stderr_fd >= 0)
		close(fd_take(&s->stderr_fd));
	r = process_wait(&s->process, &status, err);
	process_done(&s->process);
	if (r < 0)
		return -1;
	if (WIFSIGNALED(status))
		return err_set(err, ERR_SYSTEM, "'%s' was killed by signal %d", s->name,
			       WTERMSIG(status));
	if (WEXITSTATUS(status) == 0)
		return 0;
	line = first_line(s, text);
	if (!line[0])
		return err_set(err, ERR_SYSTEM, "'%s' failed with status %d", s->name,
			       WEXITSTATUS(status));
	return err_set(err, ERR_SYSTEM, "'%s' failed: %s", s->name, line);
}
