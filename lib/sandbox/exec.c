/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. From the container's root to the user's program:
 *
 *   1. Working directory as root, since an image may have one that its user can't enter.
 *   2. Bounding set while CAP_SETPCAP is there; groups, group and user with kept capabilities.
 *   3. Capabilities, except that CAP_SYS_ADMIN stays until step 6 where a filter is to be installed
 *      without no_new_privs.
 *   4. The working directory must have a name in this root (CVE-2024-21626: a descriptor of the
 * host as working directory shows as "(unreachable)"); the program is looked up as the user.
 *   5. The death signal, which the change of ids has cleared, and then the last message to the
 *      supervisor: it fails when the supervisor has died before the signal was set.
 *   6. The filter comes last: with no_new_privs nothing but execveat(2) follows, without it only
 *      the final capset(2). A filter that forbids that much forbids starting anything.
 *   7. What is executed is onggi-init (init.h), which executes the program, or forks it and stays
 *      as pid 1. No file of the container is ever executed while /proc/self/exe is our binary.
 */
#include "sandbox/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "os/channel.h"
#include "os/fd.h"
#include "sandbox/apply.h"
#include "sandbox/init.h"

#define CAP_MKNOD_NUMBER     27
#define CAP_SYS_ADMIN_NUMBER 21

static char **environment(struct apply *a)
{
	const struct spec_process *p = &a->plan->spec->process;
	char **env = NULL;
	size_t n = 0;

	for (size_t i = 0; i < p->n_env; i++)
		arena_strv_add(&a->arena, &env, &n, p->env[i]);
	if (!env_get(env, "HOME"))
		arena_strv_add(&a->arena, &env, &n,
			       arena_printf(&a->arena, "HOME=%s",
					    a->user.home ? a->user.home : "/"));
	return env;
}

static char **arguments(struct apply *a)
{
	const struct spec_process *p = &a->plan->spec->process;
	char **argv = NULL;
	size_t n = 0;

	for (size_t i = 0; i < p->n_args; i++)
		arena_strv_add(&a->arena, &argv, &n, p->args[i]);
	return argv;
}

static int not_mapped(const char *what, uint32_t id, struct err *err)
{
	err_set(err, ERR_INVALID, "%s %u does not exist in the container's user namespace", what,
		id);
	return err_hint(err, PLAN_HINT_IDS);
}

/* Groups that are not mapped can't be had: with one id alone, none. */
static int set_groups(struct apply *a, struct err *err)
{
	gid_t *groups = arena_calloc(&a->arena, a->user.n_groups + 1, sizeof(*groups));
	size_t n = 0;

	for (size_t i = 0; i < a->user.n_groups; i++)
		if (plan_gid_mapped(a->plan, a->user.groups[i]))
			groups[n++] = a->user.groups[i];
	if (setgroups(n, groups) < 0 && !(errno == EPERM && a->plan->in_userns))
		return err_sys(err, "set %zu additional groups", n);
	return 0;
}

static int become_user(struct apply *a, struct err *err)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_sys(err, "keep capabilities");
	if (set_groups(a, err) < 0)
		return -1;
	if (setresgid(a->user.gid, a->user.gid, a->user.gid) < 0)
		return errno == EINVAL ? not_mapped("group", a->user.gid, err)
				       : err_sys(err, "become group %u", a->user.gid);
	if (setresuid(a->user.uid, a->user.uid, a->user.uid) < 0)
		return errno == EINVAL ? not_mapped("user", a->user.uid, err)
				       : err_sys(err, "become user %u", a->user.uid);
	return 0;
}

static int enter_cwd(const char *cwd, struct err *err)
{
	if (chdir(cwd) == 0)
		return 0;
	if (errno == ENOENT) {
		err_set(err, ERR_NOT_FOUND,
			"working directory '%s' does not exist in the container", cwd);
		return err_hint(err, "make it in the image, or choose another with --workdir");
	}
	return err_sys(err, "enter working directory '%s'", cwd);
}

static int check_cwd(const char *cwd, struct err *err)
{
	char name[PATH_MAX];

	/* The system call: what glibc makes of an unreachable directory is another error. */
	if (syscall(SYS_getcwd, name, sizeof(name)) < 0 || name[0] != '/')
		return err_set(err, ERR_DENIED,
			       "working directory '%s' lies outside the container's root", cwd);
	return 0;
}

static struct cap_sets final_caps(const struct apply *a)
{
	struct cap_sets c = a->plan->caps;
	uint64_t without = ~CAP_BIT(CAP_MKNOD_NUMBER);

	if (a->go.drop_mknod) {
		c.bounding &= without;
		c.effective &= without;
		c.permitted &= without;
		c.inheritable &= without;
		c.ambient &= without;
	}
	return c;
}

static int drop_privileges(struct apply *a, const struct cap_sets *caps, bool keep_admin,
			   struct err *err)
{
	struct cap_sets now = *caps;

	if (cap_limit_bounding(caps->bounding, err) < 0 || become_user(a, err) < 0)
		return -1;
	if (keep_admin) {
		now.permitted |= CAP_BIT(CAP_SYS_ADMIN_NUMBER);
		now.effective |= CAP_BIT(CAP_SYS_ADMIN_NUMBER);
	}
	if (cap_apply(&now, err) < 0)
		return -1;
	if (a->plan->spec->process.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "set no_new_privs");
	return 0;
}

/* Does not return on success. The program's own failure is the init's to report. */
static int execute(struct apply *a, const struct init_order *o, struct err *err)
{
	sigset_t set;

	/* An init takes its signals by waiting for them. */
	if (o->stay)
		sigfillset(&set);
	else
		sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	init_exec(a->init_fd, o);
	if (errno == E2BIG || errno == EAGAIN || errno == ENOMEM)
		return exec_failed(o->argv[0], errno, err);
	return err_sys(err, "execute the container's init");
}

int apply_exec(struct apply *a, const struct op *op, struct err *err)
{
	static const char stage = SANDBOX_STAGE_EXEC;
	const struct spec_process *p = &a->plan->spec->process;
	const struct seccomp_filter *filter = &a->plan->seccomp;
	const struct cap_sets caps = final_caps(a);
	bool keep_admin = filter->n_insns > 0 && !p->no_new_privileges;
	struct init_order order = {.stay = a->req->init,
				   .report_fd = a->report_fd,
				   .argv = arguments(a),
				   .env = environment(a)};
	bool entered = chdir(p->cwd) == 0;

	umask(a->plan->umask);
	if (drop_privileges(a, &caps, keep_admin, err) < 0)
		return -1;
	if ((!entered && enter_cwd(p->cwd, err) < 0) || check_cwd(p->cwd, err) < 0 ||
	    exec_find(op->path, env_get(order.env, "PATH"), &a->arena, &order.program, err) < 0)
		return -1;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys(err, "ask to end with the supervisor");
	if (fcntl(a->report_fd, F_SETFD, 0) < 0)
		return err_sys(err, "keep a descriptor");
	if (channel_send(a->channel, CHANNEL_READY, &stage, 1, err) < 0)
		return -1;
	if (filter->n_insns > 0 && seccomp_install(filter, err) < 0)
		return -1;
	/* The ambient ones are set: without privileges they are the same. */
	if (keep_admin && cap_apply_sets(&caps, err) < 0)
		return -1;
	return execute(a, &order, err);
}
