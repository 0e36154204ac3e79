/* SPDX-License-Identifier: Apache-2.0 */
/* The machine, the user and what is installed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/dl.h"
#include "base/parse.h"
#include "base/strv.h"
#include "doctor/parts.h"
#include "os/caps.h"
#include "os/fd.h"
#include "os/idmap_user.h"
#include "os/mount_call.h"
#include "os/process.h"
#include "sandbox/sandbox.h"

#define FILE_MAX       ((size_t)1 << 20)
#define BINFMT_DIR     "/proc/sys/fs/binfmt_misc"
#define INITIAL_PID_NS 0xEFFFFFFCu /* PROC_PID_INIT_INO */
#define TUN_DEVICE     "/dev/net/tun"

/* Value of NAME= in a file of shell assignments, without quotes; "" where absent. */
static void assignment(const char *text, const char *name, char *ret, size_t size)
{
	_cleanup_strv_ char **lines = strv_split(text, '\n');

	strv_foreach (line, lines) {
		const char *value;

		if (!str_prefix(*line, name, &value) || *value != '=')
			continue;
		value++;
		value += strspn(value, "\"'");
		str_copy(ret, size, value);
		ret[strcspn(ret, "\"'")] = '\0';
		return;
	}
}

static bool in_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino != INITIAL_PID_NS;
}

/* Most say so somewhere; what has a root of layers and processes of its own is one, too. */
static void see_container(struct observe_host *h)
{
	static const struct {
		const char *file, *kind;
	} marks[] = {
		{"/run/.containerenv", "podman"},
		{"/.dockerenv", "docker"},
		{"/var/run/secrets/kubernetes.io", "kubernetes"},
		{"/proc/vz", "openvz"},
	};
	const char *env = getenv("container");
	struct statfs fs;

	if (!str_empty(env))
		str_copy(h->container_kind, sizeof(h->container_kind), env);
	else
		observe_text("/run/systemd/container", h->container_kind,
			     sizeof(h->container_kind));
	for (size_t i = 0; i < ARRAY_SIZE(marks) && !*h->container_kind; i++)
		if (access(marks[i].file, F_OK) == 0)
			str_copy(h->container_kind, sizeof(h->container_kind), marks[i].kind);
	if (!*h->container_kind && in_pid_namespace() && statfs("/", &fs) == 0 &&
	    fs.f_type == OVERLAYFS_SUPER_MAGIC)
		str_copy(h->container_kind, sizeof(h->container_kind), "of onggi, or alike");
	h->container = *h->container_kind;
}

/* The root directory of a process that is not the root of a mount is what a chroot(2) left. */
static bool in_chroot(void)
{
	struct statx st;

	if (statx(AT_FDCWD, "/", AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &st) < 0)
		return false;
	return (st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) &&
	       !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

void observe_host(const struct observe_request *r, struct observations *o)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct observe_host *h = &o->host;
	ssize_t n;

	(void)r;
	if (file_read_all(AT_FDCWD, "/etc/os-release", FILE_MAX, &text, NULL) == 0 ||
	    file_read_all(AT_FDCWD, "/usr/lib/os-release", FILE_MAX, &text, NULL) == 0) {
		assignment(buf_str(&text), "ID", h->distribution, sizeof(h->distribution));
		assignment(buf_str(&text), "ID_LIKE", h->like, sizeof(h->like));
	}
	h->systemd = access("/run/systemd/system", F_OK) == 0;
	h->grub = access("/etc/default/grub", F_OK) == 0;
	see_container(h);
	h->chroot = in_chroot();
	n = readlink("/proc/self/exe", h->program, sizeof(h->program) - 1);
	h->program[n > 0 ? n : 0] = '\0';
	h->now = time(NULL);
}

/* ---- the user ---- */

static uint64_t limit(rlim_t n)
{
	return n == RLIM_INFINITY ? UINT64_MAX : n;
}

static void see_limits(struct observe_user *u)
{
	struct rlimit l;
	pid_t pid;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		u->nofile_soft = limit(l.rlim_cur);
		u->nofile_hard = limit(l.rlim_max);
	}
	if (getrlimit(RLIMIT_NPROC, &l) == 0)
		u->nproc_soft = limit(l.rlim_cur);
	if (getrlimit(RLIMIT_MEMLOCK, &l) == 0)
		u->memlock_soft = limit(l.rlim_cur);
	pid = fork();
	if (pid == 0)
		_exit(0);
	u->can_fork = pid > 0;
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void see_account(struct observe_user *u)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	_cleanup_free_ char *name = id_user_name(u->uid);
	_cleanup_free_ char *line = NULL;
	const struct passwd *pw = getpwuid(u->uid);

	str_copy(u->name, sizeof(u->name), name ? name : "");
	str_copy(u->home, sizeof(u->home), pw && pw->pw_dir ? pw->pw_dir : "");
	if (!name || file_read_all(AT_FDCWD, "/etc/passwd", (size_t)64 << 20, &text, NULL) < 0)
		return;
	line = xasprintf("%s:", name);
	u->local = str_prefix(buf_str(&text), line, NULL);
	free(line);
	line = xasprintf("\n%s:", name);
	u->local |= strstr(buf_str(&text), line) != NULL;
}

static uint64_t bounding_set(void)
{
	uint64_t set = 0;

	for (int cap = 0; cap <= cap_last(); cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			set |= CAP_BIT(cap);
	return set;
}

static int seccomp_mode(void)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	const char *line;

	if (file_read_all(AT_FDCWD, "/proc/self/status", FILE_MAX, &text, NULL) < 0)
		return OBSERVE_UNKNOWN;
	line = strstr(buf_str(&text), "\nSeccomp:\t");
	return line ? line[strlen("\nSeccomp:\t")] - '0' : OBSERVE_UNKNOWN;
}

void observe_user(const struct observe_request *r, struct observations *o)
{
	struct observe_user *u = &o->user;
	struct sandbox_host host;

	(void)r;
	sandbox_host_probe(&host);
	u->uid = geteuid();
	u->gid = getegid();
	u->rootless = host.rootless;
	u->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	u->seccomp = seccomp_mode();
	u->effective = cap_current();
	u->bounding = bounding_set();
	observe_text("/proc/self/attr/apparmor/current", u->apparmor, sizeof(u->apparmor));
	see_limits(u);
	see_account(u);
}

/* ---- the kernel ---- */

/*
 * Each call with arguments that do nothing. An error other than that the call is missing (ENOSYS),
 * or that a filter forbids it where the kernel itself would not (EPERM), means that it is there.
 */
static void see_calls(int errors[OBSERVE_CALLS])
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	uint32_t action = SECCOMP_RET_ERRNO;
	/* An array, so that all are made in the same way. */
	long fds[OBSERVE_CALLS];
	int sys[OBSERVE_CALLS];

#define TRY(i, call) (errno = 0, fds[i] = (call), sys[i] = fds[i] < 0 ? errno : 0)
	TRY(OBSERVE_OPENAT2, syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof(how)));
	TRY(OBSERVE_CLONE3, syscall(SYS_clone3, NULL, (size_t)0));
	TRY(OBSERVE_PIDFD_OPEN, syscall(SYS_pidfd_open, getpid(), 0));
	TRY(OBSERVE_CLOSE_RANGE, syscall(SYS_close_range, ~0u, ~0u, 0));
	TRY(OBSERVE_SECCOMP, syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
#undef TRY
	for (size_t i = 0; i < OBSERVE_FSOPEN; i++) {
		errors[i] = sys[i] == ENOSYS || sys[i] == EPERM ? sys[i] : 0;
		if ((i == OBSERVE_OPENAT2 || i == OBSERVE_PIDFD_OPEN) && fds[i] >= 0)
			close((int)fds[i]);
	}
	errors[OBSERVE_SECCOMP] = sys[OBSERVE_SECCOMP];
}

/*
 * Those that mount want a privilege before they look at their arguments: tried in namespaces of
 * our own. Where nothing may be mounted at all, other findings say so.
 */
static void see_mount_calls(int errors[OBSERVE_CALLS])
{
	bool forbidden;

	if (unshare(CLONE_NEWNS) < 0)
		unshare(CLONE_NEWUSER | CLONE_NEWNS);
	forbidden = mount_forbidden();
	for (int i = OBSERVE_FSOPEN; i <= OBSERVE_MOUNT_SETATTR; i++) {
		int sys = mount_call_refused((enum mount_call)(i - OBSERVE_FSOPEN));

		errors[i] = sys == ENOSYS || !forbidden ? sys : 0;
	}
}

void observe_kernel(const struct observe_request *r, struct observations *o)
{
	struct observe_kernel *k = &o->kernel;
	struct utsname u;

	(void)r;
	if (uname(&u) == 0) {
		str_copy(k->release, sizeof(k->release), u.release);
		str_copy(k->machine, sizeof(k->machine), u.machine);
		if (sscanf(u.release, "%u.%u", &k->major, &k->minor) != 2)
			k->major = k->minor = 0;
	}
	see_calls(k->errors);
	see_mount_calls(k->errors);
}

/* ---- libraries and programs ---- */

void observe_libraries(const struct observe_request *r, struct observations *o)
{
	static const char *const names[OBSERVE_LIBRARY_COUNT] = {
		[OBSERVE_LIBCRYPTO] = "libcrypto.so.3",	  [OBSERVE_LIBCURL] = "libcurl.so.4",
		[OBSERVE_LIBISAL] = "libisal.so.2",	  [OBSERVE_LIBSLIRP] = "libslirp.so.0",
		[OBSERVE_LIBSYSTEMD] = "libsystemd.so.0",
	};
	_cleanup_free_ char *pasta = spawn_lookup("pasta");

	(void)r;
	str_copy(o->libraries.pasta, sizeof(o->libraries.pasta), pasta ? pasta : "");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct dl_library lib = {.soname = names[i], .package = ""};
		struct err err = ERR_INIT;

		o->libraries.library[i].found = dl_load(&lib, &err) == 0;
		str_copy(o->libraries.library[i].error, sizeof(o->libraries.library[i].error),
			 err.text);
	}
}

/* Names of the enabled handlers. */
static void see_emulators(struct observe_devices *d)
{
	_cleanup_dir_ DIR *dir = opendir(BINFMT_DIR);
	_cleanup_(buf) struct buf names = BUF_INIT_MAX(sizeof(d->emulators) - 1);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char path[sizeof(BINFMT_DIR) + NAME_MAX + 2], text[OBSERVE_WORD];

		snprintf(path, sizeof(path), BINFMT_DIR "/%s", e->d_name);
		if (!str_prefix(e->d_name, "qemu-", NULL) && !str_eq(e->d_name, "rosetta"))
			continue;
		if (observe_text(path, text, sizeof(text)) && str_eq(text, "enabled"))
			buf_addf(&names, "%s%s", names.len ? " " : "", e->d_name);
	}
	str_copy(d->emulators, sizeof(d->emulators), buf_str(&names));
}

void observe_devices(const struct observe_request *r, struct observations *o)
{
	struct observe_devices *d = &o->devices;
	_cleanup_fd_ int tun = open(TUN_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	(void)r;
	d->tun_errno = tun < 0 ? errno : 0;
	d->tun_exists = stat(TUN_DEVICE, &st) == 0 && S_ISCHR(st.st_mode);
	d->tun_mode = d->tun_exists ? st.st_mode & 07777 : 0;
	if (tun >= 0 && !d->tun_exists)
		d->tun_errno = ENODEV;
	d->binfmt = access(BINFMT_DIR "/status", F_OK) == 0;
	see_emulators(d);
}
