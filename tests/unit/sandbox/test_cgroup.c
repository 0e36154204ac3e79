/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole life of a container's cgroup on this machine, whichever mode it offers: run as root and
 * as a user, on hybrid and pure v2 machines, with and without systemd (tests/run --vm), it is a
 * different test each time.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/path.h"
#include "base/strv.h"
#include "os/process.h"
#include "sandbox/cgroup.h"
#include "sandbox/cgroup_internal.h"
#include "suites.h"

#define MEMORY_LIMIT ((int64_t)32 << 20)
#define PIDS_LIMIT   7

static struct cgroup_host host;

static void setup(void)
{
	cgroup_host_probe(&host);
}

static void teardown(void)
{
	cgroup_host_done(&host);
}

static const char *mode_name(enum cgroup_mode m)
{
	static const char *const names[] = {"none", "v1", "v2", "systemd"};

	return names[m];
}

static bool has(const char *controller)
{
	for (size_t i = 0; i < host.n_controllers; i++)
		if (str_eq(host.controllers[i], controller))
			return true;
	return false;
}

static char *make_id(void)
{
	return xasprintf("test%d", (int)getpid());
}

/* A child that waits for a byte, then runs fn and ends with its result. */
struct child {
	pid_t pid;
	int go;
};

static struct child child_start(int (*fn)(void))
{
	int fds[2];
	char c;
	struct child ret;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	ret.pid = fork();
	ck_assert_int_ge(ret.pid, 0);
	if (ret.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[1]);
		if (read(fds[0], &c, 1) != 1)
			_exit(99);
		_exit(fn());
	}
	close(fds[0]);
	ret.go = fds[1];
	return ret;
}

static int child_finish(struct child *c)
{
	int status;

	ck_assert_int_eq(write(c->go, "x", 1), 1);
	close(c->go);
	ck_assert_int_eq(waitpid(c->pid, &status, 0), c->pid);
	return status;
}

static int do_nothing(void)
{
	return 7;
}

static int hog_memory(void)
{
	size_t n = (size_t)MEMORY_LIMIT * 4;
	volatile char *p =
		mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; i < n; i += 4096)
		p[i] = 1;
	return 0;
}

/* How many children can be had at once? */
static int count_forks(void)
{
	int n = 0;

	for (; n < 50; n++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			pause();
			_exit(0);
		}
	}
	return n;
}

static void assert_gone(char *const *paths)
{
	strv_foreach (p, paths) {
		if (path_is_abs(*p))
			ck_assert_msg(access(*p, F_OK) < 0, "%s is left", *p);
	}
}

static void assert_member(pid_t pid, char *const *paths)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	char dir[32];

	snprintf(dir, sizeof(dir), "/proc/%d", (int)pid);
	ck_assert(cgroup_read(dir, "cgroup", &text));
	strv_foreach (p, paths) {
		const char *rel = *p + strlen(CGROUP_MOUNT);

		if (!path_is_abs(*p))
			continue;
		if (host.mode == CGROUP_V1) /* "/sys/fs/cgroup/memory/…" */
			rel = strchr(rel + 1, '/');
		ck_assert_msg(strstr(buf_str(&text), rel) != NULL, "%s is not in %s", rel,
			      buf_str(&text));
	}
}

START_TEST(reports_what_there_is)
{
	printf("cgroup mode: %s, parent %s, controllers:", mode_name(host.mode),
	       host.parent ? host.parent : "-");
	for (size_t i = 0; i < host.n_controllers; i++)
		printf(" %s", host.controllers[i]);
	printf("%s%s\n", host.bus ? ", bus " : "", host.bus ? host.bus : "");
	fflush(stdout);
	if (host.mode == CGROUP_NONE) {
		ck_assert_ptr_nonnull(host.why_none);
		ck_assert_ptr_nonnull(host.hint);
	}
	if (host.mode == CGROUP_V2)
		ck_assert_ptr_nonnull(host.parent);
	if (host.mode == CGROUP_SYSTEMD)
		ck_assert_ptr_nonnull(host.bus);
}
END_TEST

START_TEST(limits_and_removes)
{
	int64_t limit = MEMORY_LIMIT, swap = MEMORY_LIMIT;
	struct spec_memory memory = {.limit = &limit, .swap = &swap};
	struct spec_pids pids = {.limit = PIDS_LIMIT};
	struct spec_resources r = {.memory = has("memory") ? &memory : NULL,
				   .pids = has("pids") ? &pids : NULL};
	_cleanup_free_ char *id = make_id();
	struct cgroup *c = NULL;
	struct err err = ERR_INIT;
	struct child child;
	bool devices;
	int status;

	if (!r.memory || !r.pids)
		SKIP("no controllers for memory and pids");
	ck_assert_msg(cgroup_new(&host, id, NULL, &r, &c, &err) == 0, "%s (%s)", err.text,
		      err.hint);
	ck_assert_ptr_nonnull(c);
	child = child_start(count_forks);
	ck_assert_msg(cgroup_add(c, child.pid, false, &devices, &err) == 0, "%s (%s)", err.text,
		      err.hint);
	ck_assert(!devices);
	{
		_cleanup_strv_ char **paths = cgroup_paths(c);

		ck_assert_uint_gt(strv_len(paths), 0);
		assert_member(child.pid, paths);
		status = child_finish(&child);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), PIDS_LIMIT - 1);
		ck_assert(!cgroup_oom_killed(c));
		/* its children still wait: kill, then nothing may be left */
		ck_assert_msg(cgroup_kill(c, &err) == 0, "%s", err.text);
		cgroup_remove(c);
		assert_gone(paths);
	}
	cgroup_free(c);
}
END_TEST

START_TEST(tells_of_oom)
{
	int64_t limit = MEMORY_LIMIT, swap = MEMORY_LIMIT;
	struct spec_memory memory = {.limit = &limit, .swap = &swap};
	struct spec_resources r = {.memory = &memory};
	_cleanup_free_ char *id = make_id();
	struct cgroup *c = NULL;
	struct err err = ERR_INIT;
	struct child child;
	bool devices;
	int status;

	if (!has("memory"))
		SKIP("no controller for memory");
	ck_assert_msg(cgroup_new(&host, id, NULL, &r, &c, &err) == 0, "%s", err.text);
	child = child_start(hog_memory);
	ck_assert_msg(cgroup_add(c, child.pid, false, &devices, &err) == 0, "%s", err.text);
	status = child_finish(&child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert(cgroup_oom_killed(c));
	cgroup_remove(c);
	cgroup_free(c);
}
END_TEST

/* What a dead supervisor left is found by the record's paths alone. */
START_TEST(removes_by_paths)
{
	struct spec_pids pids = {.limit = PIDS_LIMIT};
	struct spec_resources r = {.pids = &pids};
	_cleanup_free_ char *id = make_id();
	_cleanup_strv_ char **paths = NULL;
	struct cgroup *c = NULL;
	struct child child;
	bool devices;
	int status;

	if (!has("pids"))
		SKIP("no controller for pids");
	ck_assert_int_eq(cgroup_new(&host, id, NULL, &r, &c, NULL), 0);
	child = child_start(do_nothing);
	ck_assert_int_eq(cgroup_add(c, child.pid, false, &devices, NULL), 0);
	paths = cgroup_paths(c);
	cgroup_free(c);
	/* a directory that the container made in its own */
	if (host.mode != CGROUP_V1) {
		_cleanup_free_ char *below = path_join(paths[0], "nested");

		ck_assert_int_eq(mkdir(below, 0755), 0);
	}
	cgroup_remove_paths(paths);
	ck_assert_int_eq(waitpid(child.pid, &status, 0), child.pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(child.go);
	cgroup_remove_paths(paths);
	assert_gone(paths);
}
END_TEST

/* ... and without a record by the id, with a member that is still there. */
START_TEST(removes_by_id)
{
	struct spec_pids pids = {.limit = PIDS_LIMIT};
	struct spec_resources r = {.pids = &pids};
	_cleanup_free_ char *id = make_id(), *other = xasprintf("%sx", id);
	_cleanup_strv_ char **paths = NULL;
	struct cgroup *c = NULL;
	struct child child;
	bool devices;
	int status;

	if (!has("pids"))
		SKIP("no controller for pids");
	ck_assert_int_eq(cgroup_new(&host, id, NULL, &r, &c, NULL), 0);
	child = child_start(do_nothing);
	ck_assert_int_eq(cgroup_add(c, child.pid, false, &devices, NULL), 0);
	paths = cgroup_paths(c);
	cgroup_free(c);
	cgroup_remove_id(other);
	cgroup_remove_id("..");
	cgroup_remove_id("");
	ck_assert_int_eq(waitpid(child.pid, &status, WNOHANG), 0);
	cgroup_remove_id(id);
	ck_assert_int_eq(waitpid(child.pid, &status, 0), child.pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(child.go);
	cgroup_remove_id(id);
	assert_gone(paths);
}
END_TEST

START_TEST(ignores_foreign_paths)
{
	char *const paths[] = {(char[]){"/sys/fs/cgroup"}, (char[]){"/sys/fs/cgroup/../../../tmp"},
			       (char[]){"/tmp"}, NULL};

	cgroup_remove_paths(paths);
	ck_assert_int_eq(access("/tmp", F_OK), 0);
	ck_assert_int_eq(getpid() > 0, 1);
}
END_TEST

static int open_devices(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int result = (null >= 0 ? 1 : 0) | (zero < 0 && errno == EPERM ? 2 : 0);

	if (null >= 0)
		close(null);
	if (zero >= 0)
		close(zero);
	return result;
}

/* /dev/null yes, /dev/zero no; a user's policy can't be attached and that is said. */
START_TEST(keeps_devices_out)
{
	int64_t one = 1, three = 3;
	struct spec_device_rule rules[] = {
		{.allow = false, .access = (char[]){"rwm"}},
		{.allow = true,
		 .type = (char[]){"c"},
		 .major = &one,
		 .minor = &three,
		 .access = (char[]){"rwm"}},
	};
	struct spec_resources r = {.devices = rules, .n_devices = ARRAY_SIZE(rules)};
	_cleanup_free_ char *id = make_id();
	struct cgroup *c = NULL;
	struct err err = ERR_INIT;
	struct child child;
	bool devices = true;
	int status;

	ck_assert_msg(cgroup_new(&host, id, NULL, &r, &c, &err) == 0, "%s", err.text);
	if (host.mode == CGROUP_NONE || host.mode == CGROUP_SYSTEMD) {
		ck_assert_ptr_null(c); /* not worth a scope */
		return;
	}
	ck_assert_ptr_nonnull(c);
	child = child_start(open_devices);
	ck_assert_msg(cgroup_add(c, child.pid, false, &devices, &err) == 0, "%s", err.text);
	status = child_finish(&child);
	printf("device policy attached: %s\n", devices ? "yes" : "no");
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), devices ? 3 : 1);
	if (geteuid() != 0)
		ck_assert(!devices);
	if (host.mode == CGROUP_V1 && access(CGROUP_MOUNT "/devices", F_OK) == 0)
		ck_assert(devices);
	cgroup_remove(c);
	cgroup_free(c);
}
END_TEST

START_TEST(is_born_inside)
{
	struct spec_resources r = {.n_devices = 0};
	_cleanup_free_ char *id = make_id();
	_cleanup_strv_ char **paths = NULL;
	struct cgroup *c = NULL;
	struct process p = PROCESS_INIT;
	struct err err = ERR_INIT;
	bool inside = false, devices;
	int status;

	ck_assert_msg(cgroup_new(&host, id, NULL, &r, &c, &err) == 0, "%s", err.text);
	if (host.mode != CGROUP_V2) {
		ck_assert_ptr_null(c); /* nothing was asked for */
		return;
	}
	ck_assert_int_ge(cgroup_dir_fd(c), 0);
	if (process_clone(0, cgroup_dir_fd(c), &inside, &p, &err) == 0) {
		pause();
		_exit(0);
	}
	ck_assert_msg(inside, "clone3 refused the cgroup");
	paths = cgroup_paths(c);
	ck_assert_int_eq(cgroup_add(c, p.pid, inside, &devices, &err), 0);
	assert_member(p.pid, paths);
	ck_assert_int_eq(cgroup_kill(c, &err), 0);
	ck_assert_int_eq(process_wait(&p, &status, &err), 0);
	process_done(&p);
	cgroup_remove(c);
	assert_gone(paths);
	cgroup_free(c);
}
END_TEST

static struct cgroup *entering;

static int enter_and_tell(void)
{
	_cleanup_(buf) struct buf text = BUF_INIT;

	if (cgroup_enter_self(entering, NULL) < 0 || !cgroup_read("/proc/self", "cgroup", &text))
		return 1;
	return strstr(buf_str(&text), ":pids:/" CGROUP_OURS "/") ? 0 : 2;
}

START_TEST(goes_in_by_itself)
{
	struct spec_pids pids = {.limit = PIDS_LIMIT};
	struct spec_resources r = {.pids = &pids};
	_cleanup_free_ char *id = make_id();
	struct err err = ERR_INIT;
	struct child child;
	bool devices;

	ck_assert_int_eq(cgroup_enter_self(NULL, &err), 0);
	if (host.mode != CGROUP_V1 || !has("pids"))
		SKIP("no cgroup v1 controller for pids");
	ck_assert_msg(cgroup_new(&host, id, NULL, &r, &entering, &err) == 0, "%s", err.text);
	ck_assert(cgroup_enters_itself(entering));
	child = child_start(enter_and_tell);
	ck_assert_int_eq(cgroup_add(entering, child.pid, true, &devices, &err), 0);
	ck_assert_int_eq(child_finish(&child), 0);
	cgroup_remove(entering);
	cgroup_free(entering);
}
END_TEST

START_TEST(says_why_not)
{
	struct cgroup_host none = {.mode = CGROUP_NONE, .why_none = "WHY", .hint = "HINT"};
	int64_t limit = (int64_t)64 << 20;
	struct spec_memory memory = {.limit = &limit};
	struct spec_resources r = {.memory = &memory};
	struct cgroup *c = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(cgroup_new(&none, "x", NULL, &r, &c, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
	ck_assert_str_eq(err.text, "memory limit 64m: no cgroup is writable here (WHY)");
	ck_assert_str_eq(err.hint, "HINT (onggi doctor cgroups)");
	r.memory = NULL;
	ck_assert_int_eq(cgroup_new(&none, "x", NULL, &r, &c, &err), 0);
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(names_the_missing_controller)
{
	char *names[] = {(char[]){"memory"}, (char[]){"pids"}, NULL};
	struct cgroup_host some = {.mode = CGROUP_SYSTEMD,
				   .controllers = names,
				   .n_controllers = 2,
				   .why_none = "WHY",
				   .hint = "HINT"};
	int64_t quota = 50000;
	struct spec_cpu cpu = {.quota = &quota};
	struct spec_resources r = {.cpu = &cpu};
	struct cgroup *c = NULL;
	struct err err = ERR_INIT;

	ck_assert_int_eq(cgroup_new(&some, "x", NULL, &r, &c, &err), -1);
	ck_assert_str_eq(err.text, "CPU limit 50000: the cgroup controller 'cpu' is not available "
				   "here; there are: memory pids (WHY)");
	ck_assert_str_eq(err.hint, "HINT (onggi doctor cgroup-controllers)");
}
END_TEST

/* A limit that the kernel refuses leaves nothing behind. */
START_TEST(undoes_on_failure)
{
	struct spec_cpu cpu = {.cpus = (char[]){"9999"}};
	struct spec_resources r = {.cpu = &cpu};
	_cleanup_free_ char *id = make_id();
	_cleanup_free_ char *dir = NULL;
	struct cgroup *c = NULL;
	struct err err = ERR_INIT;

	if (host.mode != CGROUP_V1 || !has("cpuset"))
		SKIP("no cgroup v1 controller for cpuset");
	dir = xasprintf(CGROUP_MOUNT "/cpuset/" CGROUP_OURS "/%s", id);
	ck_assert_int_eq(cgroup_new(&host, id, NULL, &r, &c, &err), -1);
	ck_assert_ptr_null(c);
	ck_assert_msg(strstr(err.text, "CPUs 9999") != NULL, "%s", err.text);
	ck_assert_int_lt(access(dir, F_OK), 0);
}
END_TEST

Suite *suite_cgroup(void)
{
	Suite *s = suite_create("cgroup");
	TCase *t = tcase_create("cgroup");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, reports_what_there_is);
	tcase_add_test(t, limits_and_removes);
	tcase_add_test(t, tells_of_oom);
	tcase_add_test(t, removes_by_paths);
	tcase_add_test(t, removes_by_id);
	tcase_add_test(t, ignores_foreign_paths);
	tcase_add_test(t, keeps_devices_out);
	tcase_add_test(t, is_born_inside);
	tcase_add_test(t, goes_in_by_itself);
	tcase_add_test(t, says_why_not);
	tcase_add_test(t, names_the_missing_controller);
	tcase_add_test(t, undoes_on_failure);
	suite_add_tcase(s, t);
	return s;
}
