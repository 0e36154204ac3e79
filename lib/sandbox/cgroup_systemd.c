/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transient scope by systemd, for callers whose own cgroup is not writable: an ordinary login
 * session.
 *
 * The scope is made with the waiting process in it and Delegate=yes; after that, systemd leaves
 * everything below it alone. The container goes into a directory of its own inside, and limits are
 * written there rather than given as unit properties: a group with processes can't hand controllers
 * to children, a reload can't undo what systemd doesn't know, every setting of the spec can be
 * expressed, and limits read the same in all modes. systemd removes the scope when it is empty.
 *
 * The peer is the user's manager (or the system's for root), on D-Bus by libsystemd, opened here
 * and only here: a start without limits never comes this way.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "base/dl.h"
#include "base/path.h"
#include "base/strv.h"
#include "sandbox/cgroup_internal.h"

#define PIN_FDS		1024		   /* more than a command opens */
#define JOB_TIMEOUT_US	UINT64_C(25000000) /* D-Bus's own default for a call */
#define CALL_TIMEOUT_US UINT64_C(5000000)
#define DESTINATION	"org.freedesktop.systemd1"
#define MANAGER_PATH	"/org/freedesktop/systemd1"
#define MANAGER		"org.freedesktop.systemd1.Manager"

struct sd_bus_api {
	__typeof__(sd_bus_new) *bus_new;
	__typeof__(sd_bus_set_address) *set_address;
	__typeof__(sd_bus_set_bus_client) *set_bus_client;
	__typeof__(sd_bus_start) *start;
	__typeof__(sd_bus_flush_close_unref) *close;
	__typeof__(sd_bus_match_signal) *match_signal;
	__typeof__(sd_bus_process) *process;
	__typeof__(sd_bus_wait) *wait;
	__typeof__(sd_bus_call) *call;
	__typeof__(sd_bus_call_method) *call_method;
	__typeof__(sd_bus_error_free) *error_free;
	__typeof__(sd_bus_message_new_method_call) *new_call;
	__typeof__(sd_bus_message_append) *append;
	__typeof__(sd_bus_message_read) *read;
	__typeof__(sd_bus_message_unref) *unref;
};

static int api_load(struct sd_bus_api *api, struct err *err)
{
	const struct dl_symbol symbols[] = {
		{"sd_bus_new", &api->bus_new},
		{"sd_bus_set_address", &api->set_address},
		{"sd_bus_set_bus_client", &api->set_bus_client},
		{"sd_bus_start", &api->start},
		{"sd_bus_flush_close_unref", &api->close},
		{"sd_bus_match_signal", &api->match_signal},
		{"sd_bus_process", &api->process},
		{"sd_bus_wait", &api->wait},
		{"sd_bus_call", &api->call},
		{"sd_bus_call_method", &api->call_method},
		{"sd_bus_error_free", &api->error_free},
		{"sd_bus_message_new_method_call", &api->new_call},
		{"sd_bus_message_append", &api->append},
		{"sd_bus_message_read", &api->read},
		{"sd_bus_message_unref", &api->unref},
	};
	struct dl_library lib = {.soname = "libsystemd.so.0",
				 .package = "libsystemd0",
				 .symbols = symbols,
				 .n_symbols = ARRAY_SIZE(symbols)};

	return dl_load(&lib, err);
}

char *cgroup_systemd_bus(void)
{
	const char *run = getenv("XDG_RUNTIME_DIR"), *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	_cleanup_free_ char *dir = NULL, *manager = NULL, *bus = NULL;

	if (geteuid() == 0)
		return access("/run/systemd/private", F_OK) == 0 &&
				       access("/run/dbus/system_bus_socket", F_OK) == 0
			       ? xstrdup("unix:path=/run/dbus/system_bus_socket")
			       : NULL;
	dir = str_empty(run) ? xasprintf("/run/user/%u", geteuid()) : xstrdup(run);
	manager = path_join(dir, "systemd/private");
	if (access(manager, F_OK) < 0) /* no manager of this user's */
		return NULL;
	bus = path_join(dir, "bus");
	if (!str_empty(address))
		return xstrdup(address);
	return access(bus, R_OK | W_OK) == 0 ? xasprintf("unix:path=%s", bus) : NULL;
}

struct scope_job {
	struct sd_bus_api api;
	sd_bus *bus;
	const char *unit;
	pid_t pin;
	bool done;
	char result[32];
};

static int job_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct scope_job *j = data;
	const char *path, *unit, *result;
	uint32_t id;

	(void)error;
	if (j->api.read(m, "uoss", &id, &path, &unit, &result) < 0)
		return 0;
	if (str_eq(unit, j->unit)) {
		j->done = true;
		str_copy(j->result, sizeof(j->result), result);
	}
	return 0;
}

static int bus_error(const sd_bus_error *e, int rc, const char *what, struct err *err)
{
	errno = -rc;
	if (e && e->message)
		return err_set(err, ERR_SYSTEM, "%s: systemd says: %s", what, e->message);
	return err_sys(err, "%s", what);
}

static int connect_bus(struct scope_job *j, const char *address, struct err *err)
{
	int rc = j->api.bus_new(&j->bus);

	if (rc >= 0)
		rc = j->api.set_address(j->bus, address);
	if (rc >= 0)
		rc = j->api.set_bus_client(j->bus, 1);
	if (rc >= 0)
		rc = j->api.start(j->bus);
	if (rc < 0) {
		bus_error(NULL, rc, "connect to the D-Bus of systemd", err);
		return err_hint(err,
				"is '%s' the user's bus? log in rather than su, or run: "
				"loginctl enable-linger (onggi doctor systemd-user)",
				address);
	}
	return 0;
}

static int start_unit(struct scope_job *j, const char *slice, pid_t pid, struct err *err)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL, *reply = NULL;
	int rc = j->api.new_call(j->bus, &m, DESTINATION, MANAGER_PATH, MANAGER,
				 "StartTransientUnit");

	if (rc >= 0)
		rc = j->api.append(m, "ssa(sv)a(sa(sv))", j->unit, "fail", 5, "Description", "s",
				   "onggi container", "Slice", "s", slice, "Delegate", "b", 1,
				   "CollectMode", "s", "inactive-or-failed", "PIDs", "au", 2,
				   (uint32_t)pid, (uint32_t)j->pin, 0);
	if (rc >= 0)
		rc = j->api.call(j->bus, m, JOB_TIMEOUT_US, &e, &reply);
	if (rc < 0)
		bus_error(&e, rc, "make a systemd scope for the container", err);
	j->api.unref(reply);
	j->api.unref(m);
	j->api.error_free(&e);
	return rc < 0 ? -1 : 0;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int wait_job(struct scope_job *j, struct err *err)
{
	uint64_t end = now_us() + JOB_TIMEOUT_US, now;

	while (!j->done) {
		int rc = j->api.process(j->bus, NULL);

		if (rc < 0)
			return bus_error(NULL, rc, "wait for the systemd scope", err);
		if (rc > 0)
			continue;
		now = now_us();
		if (now >= end)
			return err_set(err, ERR_BUSY,
				       "scope '%s': systemd did not start it in %u s", j->unit,
				       (unsigned)(JOB_TIMEOUT_US / 1000000));
		rc = j->api.wait(j->bus, end - now);
		if (rc < 0 && rc != -EINTR)
			return bus_error(NULL, rc, "wait for the systemd scope", err);
	}
	if (!str_eq(j->result, "done"))
		return err_set(err, ERR_SYSTEM, "scope '%s': systemd ended its start with '%s'",
			       j->unit, j->result);
	return 0;
}

/* The process's v2 path, as an absolute path below the mount. */
static int process_dir(struct cgroup *c, pid_t pid, char **ret, struct err *err)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	char dir[32];
	const char *line, *rest;

	snprintf(dir, sizeof(dir), "/proc/%d", (int)pid);
	if (!cgroup_read(dir, "cgroup", &text))
		return err_sys(err, "read %s/cgroup", dir);
	line = strstr(buf_str(&text), "0::/");
	if (!line || !str_prefix(line, "0::", &rest))
		return err_set(err, ERR_UNSUPPORTED, "%s/cgroup names no cgroup v2", dir);
	*ret = arena_printf(&c->arena, CGROUP_MOUNT "%.*s", (int)strcspn(rest, "\n"), rest);
	return 0;
}

/* Descriptors are closed, not inherited: a pipe would stay open as long as the pin lives. */
static void __attribute__((noreturn)) pin_main(pid_t maker)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "onggi-pin");
	if (getppid() != maker)
		_exit(0);
	/* One by one where a filter forbids it: its maker had few open. */
	if (close_range(0, ~0u, 0) < 0)
		for (int fd = 0; fd < PIN_FDS; fd++)
			close(fd);
	for (;;)
		pause();
}

static int pin_start(pid_t *ret, struct err *err)
{
	pid_t maker = getpid(), pid = fork();

	if (pid < 0)
		return err_sys(err, "fork the process that keeps the scope");
	if (pid == 0)
		pin_main(maker);
	*ret = pid;
	return 0;
}

void cgroup_systemd_unpin(struct cgroup *c)
{
	if (c->pin <= 0)
		return;
	kill(c->pin, SIGKILL);
	while (waitpid(c->pin, NULL, 0) < 0 && errno == EINTR)
		;
	c->pin = 0;
}

static int enter_pin(struct cgroup *c, const char *scope_dir, struct err *err)
{
	_cleanup_free_ char *dir = path_join(scope_dir, CGROUP_PIN);

	return cgroup_mkdirs(dir, err) < 0 ? -1 : cgroup_enter(dir, c->pin, err);
}

static int enter_leaf(struct cgroup *c, pid_t pid, struct err *err)
{
	char *scope_dir = NULL, *leaf;
	struct cgroup_dir *d;

	if (process_dir(c, pid, &scope_dir, err) < 0)
		return -1;
	if (!str_eq(path_base(scope_dir), c->scope))
		return err_set(err, ERR_SYSTEM, "scope '%s': the container is in '%s' instead",
			       c->scope, scope_dir);
	leaf = arena_printf(&c->arena, "%s/" CGROUP_LEAF, scope_dir);
	if (cgroup_mkdirs(leaf, err) < 0)
		return -1;
	d = arena_push(&c->arena, c->dirs, c->n_dirs);
	d->path = leaf;
	d->tasks_fd = -1;
	if (cgroup_enter(leaf, pid, err) < 0 || enter_pin(c, scope_dir, err) < 0)
		return -1;
	if (c->plan.n_settings > 0 && cgroup_v2_enable(scope_dir, &c->plan, err) < 0)
		return -1;
	return cgroup_apply(leaf, NULL, &c->plan, err);
}

int cgroup_systemd_add(struct cgroup *c, pid_t pid, struct err *err)
{
	struct scope_job j = {.unit = c->scope};
	int rc;

	if (api_load(&j.api, err) < 0)
		return -1;
	rc = pin_start(&c->pin, err);
	j.pin = c->pin;
	if (rc == 0)
		rc = connect_bus(&j, c->bus, err);
	if (rc == 0) {
		int matched = j.api.match_signal(j.bus, NULL, DESTINATION, MANAGER_PATH, MANAGER,
						 "JobRemoved", job_removed, &j);

		rc = matched < 0 ? bus_error(NULL, matched, "listen to systemd", err) : 0;
	}
	if (rc == 0)
		rc = start_unit(&j, c->slice, pid, err);
	if (rc == 0)
		rc = wait_job(&j, err);
	if (j.bus)
		j.api.close(j.bus);
	return rc < 0 ? -1 : enter_leaf(c, pid, err);
}

void cgroup_systemd_stop(const char *bus, const char *scope)
{
	struct scope_job j = {.unit = scope};
	sd_bus_error e = SD_BUS_ERROR_NULL;

	if (api_load(&j.api, NULL) < 0)
		return;
	if (connect_bus(&j, bus, NULL) == 0) {
		j.api.call_method(j.bus, DESTINATION, MANAGER_PATH, MANAGER, "StopUnit", &e, NULL,
				  "ss", scope, "fail");
		j.api.error_free(&e);
	}
	if (j.bus)
		j.api.close(j.bus);
}
