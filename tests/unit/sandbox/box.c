/* SPDX-License-Identifier: Apache-2.0 */
#include "box.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../skip.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/tree.h"

#define SPEC_MAX       ((size_t)1 << 20)
#define BOX_LAYERS_MAX 200
#define LONE_UID       54321 /* nobody's, without subordinate ids */
#define REMAP_COUNT    65536
#define BUSYBOX	       "/bin/busybox"
#define BUSYBOX_MAX    ((size_t)16 << 20)

static const char base_mounts[] =
	"{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
	"{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"nosuid\","
	"\"strictatime\",\"mode=755\",\"size=65536k\"]},"
	"{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\",\"options\":["
	"\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\",\"mode=0620\",\"gid=5\"]},"
	"{\"destination\":\"/dev/"
	"shm\",\"type\":\"tmpfs\",\"source\":\"shm\",\"options\":[\"nosuid\","
	"\"noexec\",\"nodev\",\"mode=1777\",\"size=65536k\"]},"
	"{\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\",\"source\":\"mqueue\",\"options\":["
	"\"nosuid\",\"noexec\",\"nodev\"]},"
	"{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\",\"options\":[\"nosuid\","
	"\"noexec\",\"nodev\",\"ro\"]},"
	"{\"destination\":\"/sys/fs/"
	"cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\",\"options\":["
	"\"nosuid\",\"noexec\",\"nodev\",\"relatime\",\"ro\"]}";
static const char base_namespaces[] =
	"[{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},"
	"{\"type\":\"mount\"},{\"type\":\"cgroup\"}]";
static const char base_caps[] = "[\"CAP_CHOWN\",\"CAP_DAC_OVERRIDE\",\"CAP_FOWNER\",\"CAP_KILL\","
				"\"CAP_SETGID\",\"CAP_SETUID\",\"CAP_NET_BIND_SERVICE\","
				"\"CAP_MKNOD\"]";
static const char base_paths[] =
	"\"maskedPaths\":[\"/proc/kcore\",\"/proc/keys\",\"/proc/acpi\",\"/sys/firmware\","
	"\"/proc/nosuchfile\"],\"readonlyPaths\":[\"/proc/sys\",\"/proc/sysrq-trigger\"]";

/*
 * Where files are made: an overlay can't be the upper layer of another, which /tmp is on some
 * virtual machines.
 */
static const char *base_dir(void)
{
	const char *dir = getenv("TMPDIR");
	struct statfs fs;

	if (!dir)
		dir = "/tmp";
	return statfs(dir, &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC ? "/dev/shm" : dir;
}

const char *box_dir(void)
{
	return getenv("ONGGI_TEST_DIR");
}

/* One file of the root. False on failure: Check's assertions work in tests only. */
static bool write_file(int dirfd, const char *name, const void *data, size_t len, mode_t mode)
{
	_cleanup_fd_ int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	return fd >= 0 && fd_write_full(fd, data, len) == 0;
}

static bool make_root(const char *dir)
{
	static const char *const dirs[] = {"rootfs",	 "rootfs/bin",	"rootfs/etc",
					   "rootfs/tmp", "rootfs/data", "rootfs/root"};
	static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
				     "mel:x:1000:1001:Mel:/home/mel:/bin/sh\n";
	static const char group[] = "root:x:0:\nmel:x:1001:\nwheel:x:10:root,mel\n";
	_cleanup_fd_ int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_fd_ int in = open(BUSYBOX, O_RDONLY | O_CLOEXEC);
	_cleanup_(buf) struct buf text = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdirat(dirfd, dirs[i], 0755) < 0)
			return false;
	/* For the upper layers of whoever a test becomes. */
	if (mkdirat(dirfd, "tmp", 01777) < 0)
		return false;
	return fd_read_all(in, BUSYBOX_MAX, BUSYBOX, &text, NULL) == 0 &&
	       write_file(dirfd, "rootfs/bin/busybox", text.data, text.len, 0755) &&
	       symlinkat("busybox", dirfd, "rootfs/bin/sh") == 0 &&
	       write_file(dirfd, "rootfs/etc/passwd", passwd, strlen(passwd), 0644) &&
	       write_file(dirfd, "rootfs/etc/group", group, strlen(group), 0644);
}

bool box_setup(void)
{
	_cleanup_free_ char *dir = xasprintf("%s/onggi-sandbox-XXXXXX", base_dir());

	if (access(BUSYBOX, X_OK) < 0) {
		fprintf(stderr, "no %s (apt install busybox-static)\n", BUSYBOX);
		return false;
	}
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0) {
		perror(dir);
		return false;
	}
	setenv("ONGGI_TEST_DIR", dir, 1);
	umask(0);
	signal(SIGPIPE, SIG_IGN);
	return make_root(dir);
}

static int remove_dir(void *arg, int channel, struct err *err)
{
	(void)channel;
	return tree_remove(AT_FDCWD, arg, err);
}

/* What a user's container has made belongs to the user's subordinate ids. */
static int remove_in_userns(char *path, struct err *err)
{
	struct id_maps maps = ID_MAPS_INIT;
	struct userns_call call = {.maps = &maps, .join_fd = -1, .fn = remove_dir, .arg = path};
	const char *why;
	int r = id_maps_current_user(&maps, &why, err);

	if (r == 0)
		r = userns_run(&call, err);
	id_maps_done(&maps);
	return r;
}

void box_teardown(void)
{
	_cleanup_free_ char *dir = xstrdup(box_dir());
	struct err err = ERR_INIT;

	if (tree_remove(AT_FDCWD, dir, &err) < 0 && remove_in_userns(dir, &err) < 0 &&
	    tree_remove(AT_FDCWD, dir, &err) < 0)
		fprintf(stderr, "%s: %s\n", dir, err.text);
}

/* A user with subordinate ids, from /etc/subuid: any for root, else ourselves. */
static bool subid_user(struct passwd *ret)
{
	FILE *f = fopen("/etc/subuid", "re");
	bool found = false;
	char line[256];

	while (f && !found && fgets(line, sizeof(line), f)) {
		struct passwd *p;

		line[strcspn(line, ":")] = '\0';
		/* A user of test-os, which may run beside us, can be gone when we become it. */
		if (str_prefix(line, "onggi-unit-", NULL))
			continue;
		p = getpwnam(line);
		found = p && p->pw_uid != 0 && (geteuid() == 0 || geteuid() == p->pw_uid);
		if (found)
			*ret = *p;
	}
	if (f)
		(void)fclose(f);
	return found;
}

bool box_can_for(const char *test, enum box_who who)
{
	const char *why = NULL;
	struct passwd user;

	if (!box_dir())
		why = "no directory with " BUSYBOX " (apt install busybox-static)";
	else if (geteuid() != 0 && who != BOX_USER && who != BOX_ONE_ID)
		why = "needs root";
	else if (who == BOX_USER && !subid_user(&user))
		why = "nobody to be has subordinate ids in /etc/subuid";
	if (why)
		skip_tell(test, why);
	return !why;
}

void box_become(enum box_who who)
{
	struct passwd user = {.pw_uid = LONE_UID, .pw_gid = LONE_UID};

	if (geteuid() != 0 || (who != BOX_USER && who != BOX_ONE_ID))
		return;
	if (who == BOX_USER)
		ck_assert(subid_user(&user));
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(user.pw_gid, user.pw_gid, user.pw_gid), 0);
	ck_assert_int_eq(setresuid(user.pw_uid, user.pw_uid, user.pw_uid), 0);
	/* A change of ids leaves us undumpable, as no ordinary user's process is. */
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
}

static void json_text(struct buf *b, const char *s)
{
	struct json_writer w = JSON_WRITER_INIT(b, 0);

	json_write_string(&w, s);
}

void box_spec(const struct box *b, struct runtime_spec *ret)
{
	_cleanup_(buf) struct buf t = BUF_INIT_MAX(SPEC_MAX);
	struct err err = ERR_INIT;

	buf_adds(&t, "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":");
	json_text(&t, box_dir());
	t.len--;
	buf_addf(&t, "/rootfs\",\"readonly\":%s},\"mounts\":[", b->readonly ? "true" : "false");
	buf_adds(&t, base_mounts);
	buf_adds(&t, b->mounts);
	buf_adds(&t, "],\"process\":{\"cwd\":");
	json_text(&t, b->cwd ? b->cwd : "/");
	buf_adds(&t, ",\"user\":{\"uid\":0,\"gid\":0},\"env\":[\"PATH=/bin\"],");
	buf_addf(&t, "\"noNewPrivileges\":%s,\"args\":", b->new_privileges ? "false" : "true");
	if (b->args) {
		buf_adds(&t, b->args);
	} else {
		buf_adds(&t, "[\"sh\",\"-c\",");
		json_text(&t, b->script ? b->script : "");
		buf_addc(&t, ']');
	}
	buf_adds(&t, ",\"capabilities\":");
	if (b->caps)
		buf_adds(&t, b->caps);
	else
		buf_addf(&t, "{\"bounding\":%s,\"effective\":%s,\"permitted\":%s}", base_caps,
			 base_caps, base_caps);
	buf_adds(&t, b->process);
	buf_addf(&t, "},\"linux\":{%s,\"namespaces\":%s", base_paths,
		 b->namespaces ? b->namespaces : base_namespaces);
	buf_addf(&t, ",\"resources\":%s",
		 b->resources ? b->resources
			      : "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}");
	buf_adds(&t, b->linux_);
	buf_addc(&t, '}');
	buf_adds(&t, b->top);
	buf_addc(&t, '}');
	ck_assert(!t.overflow);
	if (runtime_spec_parse(buf_str(&t), t.len, "test", ret, &err) < 0)
		ck_abort_msg("%s\n%s", err.text, buf_str(&t));
}

static void make_maps(enum box_who who, struct id_maps *m)
{
	struct err err = ERR_INIT;
	const char *why;

	if (who == BOX_REMAPPED) {
		id_map_add(&m->uid, 0, BOX_REMAP_FIRST, REMAP_COUNT);
		id_map_add(&m->gid, 0, BOX_REMAP_FIRST, REMAP_COUNT);
	} else if (who == BOX_ONE_ID) {
		id_map_add(&m->uid, 0, geteuid(), 1);
		id_map_add(&m->gid, 0, getegid(), 1);
	} else if (id_maps_current_user(m, &why, &err) < 0) {
		ck_abort_msg("%s", err.text);
	}
}

static int open_dir(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	return fd;
}

/* A layer with one directory that no other has. */
static int make_layer(const char *dir, int i)
{
	_cleanup_free_ char *layer = xasprintf("%s/layer%d", dir, i);
	_cleanup_free_ char *layers = xasprintf("%s/layers", layer);
	_cleanup_free_ char *one = xasprintf("%s/%d", layers, i);

	ck_assert_int_eq(mkdir(layer, 0755), 0);
	ck_assert_int_eq(mkdir(layers, 0755), 0);
	ck_assert_int_eq(mkdir(one, 0755), 0);
	return open_dir(layer);
}

/* Upper and work directory of our own: the tests' directory belongs to root. */
static void make_overlay(const struct box *b, struct sandbox_rootfs *r, int *lower)
{
	_cleanup_free_ char *dir = xasprintf("%s/tmp/upper-XXXXXX", box_dir());
	_cleanup_free_ char *root = xasprintf("%s/rootfs", box_dir());
	_cleanup_free_ char *upper = NULL;
	_cleanup_free_ char *work = NULL;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	upper = xasprintf("%s/upper", dir);
	work = xasprintf("%s/work", dir);
	ck_assert_int_eq(mkdir(upper, 0755), 0);
	ck_assert_int_eq(mkdir(work, 0755), 0);
	if (b->who == BOX_REMAPPED) {
		ck_assert_int_eq(chmod(dir, 0711), 0);
		ck_assert_int_eq(chown(upper, BOX_REMAP_FIRST, BOX_REMAP_FIRST), 0);
		ck_assert_int_eq(chown(work, BOX_REMAP_FIRST, BOX_REMAP_FIRST), 0);
	}
	r->kind = ROOTFS_OVERLAY;
	for (int i = 0; i < b->layers; i++)
		lower[r->n_lower++] = make_layer(dir, i);
	if (b->lower)
		lower[r->n_lower++] = open_dir(b->lower);
	lower[r->n_lower++] = open_dir(root);
	r->lower_fds = lower;
	r->upper_fd = open_dir(upper);
	r->work_fd = open_dir(work);
}

/* What the container's ids made, its ids remove. */
static void remove_overlay(const struct sandbox_rootfs *r, const struct id_maps *maps)
{
	char link[32], path[4096];
	ssize_t n = readlink(fd_proc_path(r->upper_fd, link), path, sizeof(path) - 1);
	struct userns_call call = {.maps = maps, .join_fd = -1, .fn = remove_dir, .arg = path};
	struct err err = ERR_INIT;

	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	*strrchr(path, '/') = '\0';
	if (geteuid() == 0 || !maps->uid.n_ranges)
		ck_assert_msg(tree_remove(AT_FDCWD, path, &err) == 0, "%s", err.text);
	else
		ck_assert_msg(userns_run(&call, &err) == 0 ||
				      tree_remove(AT_FDCWD, path, &err) == 0,
			      "%s", err.text);
	rmdir(path);
	for (size_t i = 0; i < r->n_lower; i++)
		close(r->lower_fds[i]);
	close(r->upper_fd);
	close(r->work_fd);
}

static void read_output(int fd, struct box_result *r)
{
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(r->out) - 1 &&
	       (n = read(fd, r->out + have, sizeof(r->out) - 1 - have)) > 0)
		have += (size_t)n;
	r->out[have] = '\0';
}

static void start_and_wait(const struct sandbox_request *req, int pipe_fds[2], int pid_fd,
			   struct box_result *r)
{
	_cleanup_(sandbox_plan) struct sandbox_plan *plan = NULL;
	struct sandbox s = SANDBOX_INIT;
	int status;

	r->code = -1;
	if (sandbox_plan_new(req, &plan, &r->err) < 0 ||
	    sandbox_start(req, plan, &s, &r->err) < 0) {
		close(pipe_fds[1]);
		return;
	}
	close(pipe_fds[1]);
	r->degraded = s.degraded_devices;
	if (pid_fd > 0)
		dprintf(pid_fd, "%d\n", (int)s.process.pid);
	read_output(s.console_fd >= 0 ? s.console_fd : pipe_fds[0], r);
	ck_assert_int_eq(process_wait(&s.process, &status, NULL), 0);
	sandbox_finish(&s, &r->oom);
	r->code = process_exit_code(status);
}

void box_run(const struct box *b, struct box_result *ret)
{
	struct runtime_spec spec = {.root = {.path = NULL}};
	struct sandbox_rootfs rootfs = {.upper_fd = -1, .work_fd = -1};
	struct sandbox_request req = b->req;
	struct id_maps maps = ID_MAPS_INIT;
	struct sandbox_host host;
	char id[32];
	int pipe_fds[2], lower[BOX_LAYERS_MAX];

	memset(ret, 0, sizeof(*ret));
	box_become(b->who);
	box_spec(b, &spec);
	sandbox_host_probe(&host);
	if (b->who != BOX_ROOT)
		make_maps(b->who, &maps);
	if (!b->dir)
		make_overlay(b, &rootfs, lower);
	ck_assert_int_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
	snprintf(id, sizeof(id), "test%d", (int)getpid());
	req.id = b->no_cgroup ? NULL : id;
	req.spec = &spec;
	req.rootfs = b->dir ? NULL : &rootfs;
	req.host = &host;
	req.maps = b->who == BOX_ROOT || b->join ? NULL : &maps;
	req.stdio[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	req.stdio[1] = req.stdio[2] = pipe_fds[1];
	start_and_wait(&req, pipe_fds, b->pid_fd, ret);
	close(pipe_fds[0]);
	close(req.stdio[0]);
	if (!b->dir)
		remove_overlay(&rootfs, &maps);
	id_maps_done(&maps);
	runtime_spec_done(&spec);
}

void box_expect(const struct box *b, const char *out)
{
	struct box_result r;

	box_run(b, &r);
	ck_assert_msg(r.code >= 0, "did not start: %s", r.err.text);
	ck_assert_msg(r.code == 0 && strcmp(r.out, out) == 0, "code %d, output:\n%s\nexpected:\n%s",
		      r.code, r.out, out);
}
