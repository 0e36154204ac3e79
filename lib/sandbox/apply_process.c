/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/rooted.h"
#include "os/tty.h"
#include "sandbox/apply.h"
#include "sandbox/init.h"

#define OOM_TEXT_MAX 16

/*
 * Raising is always allowed. Lowering below what we have is the privileged's: an ordinary user's
 * container stays at the caller's score then, which is the nearest that can be had (podman does the
 * same).
 */
int apply_oom_score(struct apply *a, const struct op *op, struct err *err)
{
	_cleanup_(buf) struct buf now = BUF_INIT;
	char text[OOM_TEXT_MAX];
	struct err why = ERR_INIT;
	int64_t have;

	if (a->oom_done)
		return 0;
	snprintf(text, sizeof(text), "%lld", (long long)op->number);
	if (file_write_text(AT_FDCWD, "/proc/self/oom_score_adj", text, &why) == 0)
		return 0;
	if (why.sys == EACCES && a->plan->in_userns &&
	    file_read_all(AT_FDCWD, "/proc/self/oom_score_adj", sizeof(text), &now, NULL) == 0) {
		now.data[strcspn(now.data, "\n")] = '\0';
		if (parse_int(buf_str(&now), -1000, 1000, &have, NULL) == 0 && have > op->number)
			return 0;
	}
	if (err)
		*err = why;
	if (why.sys == EACCES)
		err_hint(err,
			 "lowering the score needs CAP_SYS_RESOURCE; leave it out, or give one "
			 "that is not below the caller's");
	return err_ctx(err, "process.oomScoreAdj");
}

int apply_user(struct apply *a, const struct op *op, struct err *err)
{
	const struct spec_process *s = &a->plan->spec->process;
	bool needs_home = !env_get(s->env, "HOME");

	if (op->path)
		return user_lookup(a->root_fd, op->path, a->req->group_add, &a->arena, &a->user,
				   err);
	a->user.uid = s->user.uid;
	a->user.gid = s->user.gid;
	for (size_t i = 0; i < s->user.n_additional_gids; i++)
		*arena_push(&a->arena, a->user.groups, a->user.n_groups) =
			s->user.additional_gids[i];
	if (needs_home)
		a->user.home = user_home(a->root_fd, s->user.uid, &a->arena);
	return user_add_groups(a->root_fd, a->req->group_add, &a->arena, &a->user, err);
}

int apply_cwd(struct apply *a, const struct op *op, struct err *err)
{
	_cleanup_fd_ int fd = -1;

	if (rooted_mkdirs(a->root_fd, op->path, 0755, &fd, err) < 0)
		return err_ctx(err, "working directory");
	return 0;
}

int apply_personality(struct apply *a, const struct op *op, struct err *err)
{
	(void)a;
	if (personality(op->flags) < 0)
		return err_sys(err, "set personality %s", op->path);
	return 0;
}

int apply_io_priority(struct apply *a, const struct op *op, struct err *err)
{
	(void)a;
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, (int)op->number) < 0)
		return err_sys(err, "set I/O priority %s", op->path);
	return 0;
}

/* As runc: pipes and sockets of somebody else are given to the user, so that /dev/stdout opens. */
static void give_to_user(const struct apply *a, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_uid == a->user.uid)
		return;
	if (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode))
		return;
	if (fchown(fd, a->user.uid, (gid_t)-1) < 0)
		return; /* not ours to give: it works as a descriptor all the same */
}

/* As runc: through the host's /dev/null, its mode and owner could be changed by real root. */
static int use_own_null(int fd, struct err *err)
{
	_cleanup_fd_ int own = -1;
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return 0;
	own = open("/dev/null", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (own < 0 || fstat(own, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return 0; /* a root file system without one */
	if (dup2(own, fd) < 0)
		return err_sys(err, "put /dev/null on %d", fd);
	return 0;
}

static int place_stdio(const struct apply *a, struct err *err)
{
	int moved[3];

	for (int i = 0; i < 3; i++) {
		moved[i] = a->req->stdio[i];
		if (moved[i] < 0 || moved[i] == i)
			continue;
		/* Out of the way of 0, 1 and 2, which may be among those that are to move. */
		if (moved[i] < 3)
			moved[i] = fcntl(moved[i], F_DUPFD_CLOEXEC, 3);
		if (moved[i] < 0)
			return err_sys(err, "duplicate descriptor %d", a->req->stdio[i]);
	}
	for (int i = 0; i < 3; i++) {
		if (moved[i] < 0)
			continue;
		if (moved[i] == i ? fcntl(i, F_SETFD, 0) < 0 : dup2(moved[i], i) < 0)
			return err_sys(err, "put descriptor %d on %d", a->req->stdio[i], i);
	}
	for (int i = 0; i < 3; i++)
		if (use_own_null(i, err) < 0)
			return -1;
	return 0;
}

/* The kept descriptors become 3, 4, ...; all else closes when the program is executed. */
static int place_preserved(struct apply *a, struct err *err)
{
	size_t n = a->req->n_preserve_fds;
	int above = 3 + (int)n;
	int *moved = arena_calloc(&a->arena, n + 1, sizeof(*moved));
	int channel = fcntl(a->channel, F_DUPFD_CLOEXEC, above);
	int report = fcntl(a->report_fd, F_DUPFD_CLOEXEC, above);

	if (channel < 0 || report < 0)
		return err_sys(err, "move the channel");
	a->channel = channel;
	a->report_fd = report;
	for (size_t i = 0; i < n; i++) {
		moved[i] = fcntl(a->req->preserve_fds[i], F_DUPFD_CLOEXEC, above);
		if (moved[i] < 0)
			return err_sys(err, "preserve descriptor %d", a->req->preserve_fds[i]);
	}
	for (size_t i = 0; i < n; i++)
		if (dup2(moved[i], 3 + (int)i) < 0)
			return err_sys(err, "preserve descriptor %d", a->req->preserve_fds[i]);
	return 0;
}

int apply_stdio(struct apply *a, const struct op *op, struct err *err)
{
	(void)op;
	if (a->tty_fd >= 0) {
		if (tty_make_controlling(a->tty_fd, err) < 0)
			return -1;
	} else if (place_stdio(a, err) < 0) {
		return -1;
	} else {
		for (int i = 0; i < 3; i++)
			give_to_user(a, i);
	}
	if (a->req->n_preserve_fds > 0 && place_preserved(a, err) < 0)
		return -1;
	/*
	 * Everything else closes at execve(2). Closing now would take the channel, on which the
	 * error of execve(2) itself is to be reported.
	 */
	if (fd_cloexec_from(3 + (unsigned)a->req->n_preserve_fds, a->proc_fd, err) < 0)
		return -1;
	/* Before the limits on files and memory. */
	return init_open(&a->init_fd, err);
}

static int rlimit_refused(const struct op *op, const struct rlimit64 *have, struct err *err)
{
	char text[PLAN_RLIMIT_TEXT];

	err_set(err, ERR_DENIED,
		"%s: hard limit %s is above the caller's %llu, which it may not raise", op->path,
		plan_rlimit_text(op->rlimit.limit.rlim_max, text),
		(unsigned long long)have->rlim_max);
	return err_hint(err, "ask for at most %llu, or raise the caller's hard limit",
			(unsigned long long)have->rlim_max);
}

int apply_rlimit(struct apply *a, const struct op *op, struct err *err)
{
	struct rlimit64 limit = op->rlimit.limit;
	struct rlimit64 have;

	if (prlimit64(0, op->rlimit.resource, &limit, NULL) == 0)
		return 0;
	if (errno != EPERM || prlimit64(0, op->rlimit.resource, NULL, &have) < 0)
		return err_sys(err, "set %s", op->path);
	if (!a->req->rlimits_best_effort)
		return rlimit_refused(op, &have, err);
	if (limit.rlim_max > have.rlim_max)
		limit.rlim_max = have.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	if (prlimit64(0, op->rlimit.resource, &limit, NULL) < 0)
		return err_sys(err, "set %s", op->path);
	return 0;
}
