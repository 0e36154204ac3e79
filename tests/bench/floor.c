/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor: what the kernel itself charges for one container, paid with bare system calls.
 *
 * It does, in this order, what any tool must do for `run --rm IMAGE true` with docker's isolation
 * and nothing else: make upper and work directories, clone3 into new namespaces, write the id maps
 * (with newuidmap and newgidmap at the same time, when it isn't root), mount the overlay, docker's
 * file systems, devices, masks and read-only paths, pivot, bring up the loopback interface, drop
 * capabilities, install a seccomp filter as long as the default one, execute, wait, and remove what
 * it made. No option of the image is read, no record is written, no cgroup is made.
 *
 * The filter is a balanced tree over system call numbers, the shape that libseccomp's optimise
 * level 2 gives: a linear one of the same length costs 0.2 ms more, because the kernel runs it once
 * for each system call number when it is installed.
 *
 * With --times, the moments at which each phase ended are printed (in microseconds).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORDS     32
#define MAX_INSNS     4096
#define DEFAULT_INSNS 320
#define LAST_SYSCALL  462U

/* mount(2)'s flags; <sys/mount.h> and <linux/mount.h> can't both be included with Debian 12's libc.
 */
int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data);
int umount2(const char *target, int flags);
#define DETACH 2 /* MNT_DETACH */
#define SAFE   (MS_NOSUID | MS_NODEV | MS_NOEXEC)

enum phase {
	PHASE_DIRS,
	PHASE_CLONE,
	PHASE_MAPS,
	PHASE_OVERLAY,
	PHASE_MOUNTS,
	PHASE_PIVOT,
	PHASE_LOCK, /* interface, capabilities, seccomp */
	PHASE_EXEC, /* executed, ended and reaped */
	PHASE_REMOVE,
	N_PHASES,
};
static const char *const phase_names[N_PHASES] = {
	"directories", "clone3", "id maps",	   "overlay", "mounts and masks",
	"pivot",       "lock",	 "exec to reaped", "removal",
};

struct floor {
	char *lower; /* directories, top layer first, separated by colons */
	char *state; /* where upper and work are made */
	char *run;   /* where hosts, hostname and resolv.conf are made */
	char *uid_map[MAX_WORDS];
	char *gid_map[MAX_WORDS];
	char **argv;
	size_t insns;
	uint64_t *ends; /* of N_PHASES, and the length of the filter; shared with the child */
	char dir[256];
	char run_dir[256];
	int times;
	int rootless;
};

_Noreturn static void fail(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void mark(struct floor *f, enum phase phase)
{
	if (f->times)
		f->ends[phase] = now();
}

static void must_mount(const char *source, const char *target, const char *type,
		       unsigned long flags, const char *data)
{
	if (mount(source, target, type, flags, data) < 0)
		fail(target);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(path);
	close(fd);
}

static void make_dirs(struct floor *f)
{
	char path[512];

	snprintf(f->dir, sizeof(f->dir), "%s/floor-%d", f->state, (int)getpid());
	snprintf(f->run_dir, sizeof(f->run_dir), "%s/floor-run-%d", f->run, (int)getpid());
	if (mkdir(f->dir, 0700) < 0)
		fail(f->dir);
	snprintf(path, sizeof(path), "%s/upper", f->dir);
	if (mkdir(path, 0755) < 0)
		fail(path);
	snprintf(path, sizeof(path), "%s/work", f->dir);
	if (mkdir(path, 0700) < 0)
		fail(path);
	if (mkdir(f->run_dir, 0700) < 0)
		fail(f->run_dir);
	write_file(f->run_dir, "hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost\n");
	write_file(f->run_dir, "hostname", "floor\n");
	write_file(f->run_dir, "resolv.conf", "");
	mark(f, PHASE_DIRS);
}

/* Remove what the overlay and the bind mounts left; nothing else can be in there. */
static void remove_dirs(struct floor *f)
{
	static const char *const files[] = {"hosts", "hostname", "resolv.conf"};
	static const char *const upper[] = {"work/work", "work/index", "work", "upper"};
	char path[512];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->run_dir, files[i]);
		unlink(path);
	}
	rmdir(f->run_dir);
	for (size_t i = 0; i < sizeof(upper) / sizeof(upper[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, upper[i]);
		if (rmdir(path) < 0 && errno != ENOENT)
			fail(path);
	}
	if (rmdir(f->dir) < 0)
		fail(f->dir);
	mark(f, PHASE_REMOVE);
}

static void configure(int fs, const char *key, const char *value)
{
	unsigned cmd = value != NULL ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

	if (syscall(SYS_fsconfig, fs, cmd, key, value, 0) < 0)
		fail(key);
}

/* The overlay, attached over the upper directory's parent: any existing directory does. */
static void mount_overlay(struct floor *f)
{
	char path[8192];
	int fs = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		fail("fsopen overlay");
	configure(fs, "lowerdir", f->lower);
	snprintf(path, sizeof(path), "%s/upper", f->dir);
	configure(fs, "upperdir", path);
	snprintf(path, sizeof(path), "%s/work", f->dir);
	configure(fs, "workdir", path);
	configure(fs, "index", "off");
	if (f->rootless)
		configure(fs, "userxattr", NULL);
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		fail("create the overlay");
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (fd < 0)
		fail("fsmount");
	snprintf(path, sizeof(path), "%s/upper", f->dir);
	if (syscall(SYS_move_mount, fd, "", -1, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		fail("move_mount");
	if (fchdir(fd) < 0)
		fail("fchdir");
	close(fs);
	close(fd);
	mark(f, PHASE_OVERLAY);
}

static void make_device(const struct floor *f, const char *name, unsigned minor_nr)
{
	char target[64], source[64];
	unsigned major_nr = strcmp(name, "tty") == 0 ? 5 : 1;
	int fd;

	snprintf(target, sizeof(target), "dev/%s", name);
	if (!f->rootless) {
		if (mknod(target, S_IFCHR | 0666, makedev(major_nr, minor_nr)) < 0)
			fail(target);
		return;
	}
	fd = open(target, O_CREAT | O_CLOEXEC | O_RDONLY, 0666);
	if (fd < 0)
		fail(target);
	close(fd);
	snprintf(source, sizeof(source), "/dev/%s", name);
	must_mount(source, target, NULL, MS_BIND, NULL);
}

static void fill_dev(const struct floor *f)
{
	static const char *const links[][2] = {
		{"/proc/self/fd", "dev/fd"},	   {"/proc/self/fd/0", "dev/stdin"},
		{"/proc/self/fd/1", "dev/stdout"}, {"/proc/self/fd/2", "dev/stderr"},
		{"/proc/kcore", "dev/core"},	   {"pts/ptmx", "dev/ptmx"},
	};

	must_mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
	if (mkdir("dev/pts", 0755) < 0 || mkdir("dev/mqueue", 0755) < 0 ||
	    mkdir("dev/shm", 0755) < 0)
		fail("mkdir in dev");
	must_mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		   f->rootless && f->gid_map[3] == NULL
			   ? "newinstance,ptmxmode=0666,mode=0620"
			   : "newinstance,ptmxmode=0666,mode=0620,gid=5");
	must_mount("mqueue", "dev/mqueue", "mqueue", SAFE, NULL);
	must_mount("shm", "dev/shm", "tmpfs", SAFE, "mode=1777,size=65536k");
	make_device(f, "null", 3);
	make_device(f, "zero", 5);
	make_device(f, "full", 7);
	make_device(f, "random", 8);
	make_device(f, "urandom", 9);
	make_device(f, "tty", 0);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i][0], links[i][1]) < 0)
			fail(links[i][1]);
}

/* docker's masked and read-only paths; those that this kernel has not are passed over, as docker
 * does. */
static void mask(void)
{
	static const char *const masked[] = {
		"proc/acpi",	   "proc/asound",      "proc/interrupts",
		"proc/kcore",	   "proc/keys",	       "proc/latency_stats",
		"proc/timer_list", "proc/timer_stats", "proc/sched_debug",
		"proc/scsi",	   "sys/firmware",     "sys/devices/virtual/powercap",
	};
	static const char *const readonly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys",
					       "proc/sysrq-trigger"};

	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
		if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) == 0 || errno == ENOENT)
			continue;
		if (errno != ENOTDIR)
			fail(masked[i]);
		must_mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "nr_blocks=1,nr_inodes=1");
	}
	for (size_t i = 0; i < sizeof(readonly) / sizeof(readonly[0]); i++) {
		if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) < 0) {
			if (errno == ENOENT)
				continue;
			fail(readonly[i]);
		}
		must_mount(NULL, readonly[i], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | SAFE, NULL);
	}
}

static void mount_all(struct floor *f)
{
	static const char *const files[] = {"hosts", "hostname", "resolv.conf"};
	char source[512], target[64];

	must_mount("proc", "proc", "proc", SAFE, NULL);
	fill_dev(f);
	must_mount("sysfs", "sys", "sysfs", SAFE | MS_RDONLY, NULL);
	if (mount("cgroup", "sys/fs/cgroup", "cgroup2", SAFE | MS_RDONLY, NULL) < 0 &&
	    errno != EPERM && errno != EBUSY)
		fail("sys/fs/cgroup");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(source, sizeof(source), "%s/%s", f->run_dir, files[i]);
		snprintf(target, sizeof(target), "etc/%s", files[i]);
		must_mount(source, target, NULL, MS_BIND, NULL);
	}
	mask();
	mark(f, PHASE_MOUNTS);
}

static void bring_up_loopback(void)
{
	struct ifreq r = {.ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(r.ifr_name, "lo", 3);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r) < 0)
		fail("bring up lo");
	close(fd);
}

/* docker's default capabilities: chown, dac_override, … setfcap */
#define DEFAULT_CAPS 0x00000000a80425fbULL

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{.effective = (uint32_t)DEFAULT_CAPS, .permitted = (uint32_t)DEFAULT_CAPS},
		{.effective = (uint32_t)(DEFAULT_CAPS >> 32),
		 .permitted = (uint32_t)(DEFAULT_CAPS >> 32)},
	};

	for (unsigned long cap = 0; cap < 64; cap++) {
		if ((DEFAULT_CAPS & (1ULL << cap)) != 0)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			break;
	}
	if (syscall(SYS_capset, &header, data) < 0)
		fail("capset");
}

struct program {
	struct sock_filter insns[MAX_INSNS];
	size_t n;
};

static void emit(struct program *p, struct sock_filter insn)
{
	if (p->n == MAX_INSNS) {
		errno = E2BIG;
		fail("filter");
	}
	p->insns[p->n++] = insn;
}

/*
 * A subtree over the numbers [low, high], `leaves` comparisons in all. Both halves are reached by a
 * JA where an 8-bit jump might not do.
 */
static void emit_tree(struct program *p, unsigned low, unsigned high, size_t leaves)
{
	unsigned middle = low + (high - low) / 2;
	size_t jump;

	if (leaves <= 4 || high - low < 4) {
		for (unsigned nr = low; nr <= high && nr < low + leaves; nr++)
			emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr + 1000,
							     0, 1)),
				emit(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
								     SECCOMP_RET_ERRNO | 1));
		emit(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
		return;
	}
	emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, middle, 0, 1));
	jump = p->n;
	emit(p, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	emit_tree(p, low, middle, leaves / 2);
	p->insns[jump].k = (uint32_t)(p->n - jump - 1);
	emit_tree(p, middle + 1, high, leaves - leaves / 2);
}

static size_t install_filter(size_t insns)
{
	static struct program p;
	struct sock_fprog prog;

	emit(&p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					      offsetof(struct seccomp_data, arch)));
	emit(&p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
	emit(&p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	emit(&p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					      offsetof(struct seccomp_data, nr)));
	/* a leaf of four comparisons is nine instructions and its share of inner nodes two */
	emit_tree(&p, 0, LAST_SYSCALL, insns * 4 / 11);
	prog = (struct sock_fprog){.len = (unsigned short)p.n, .filter = p.insns};
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		fail("seccomp");
	return p.n;
}

static void pivot(struct floor *f)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		fail("pivot_root");
	if (umount2(".", DETACH) < 0 || chdir("/") < 0)
		fail("leave the old root");
	mark(f, PHASE_PIVOT);
}

_Noreturn static void child(struct floor *f, int go)
{
	char path[] = "PATH=/usr/bin:/bin";
	char *const env[] = {path, NULL};
	char byte;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		fail("PDEATHSIG");
	if (f->rootless && read(go, &byte, 1) != 1)
		_exit(125);
	close(go);
	if (f->rootless && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		fail("setresuid");
	must_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount_overlay(f);
	mount_all(f);
	pivot(f);
	if (sethostname("floor", 5) < 0)
		fail("sethostname");
	bring_up_loopback();
	if (setsid() < 0)
		fail("setsid");
	umask(0022);
	f->ends[N_PHASES] = install_filter(f->insns);
	drop_capabilities();
	mark(f, PHASE_LOCK);
	execve(f->argv[0], f->argv, env);
	fail(f->argv[0]);
}

static pid_t spawn_helper(const char *helper, char *pid, char *const *map)
{
	char *argv[MAX_WORDS + 3] = {(char *)(uintptr_t)helper, pid};
	char *env[] = {NULL};
	pid_t ret;
	size_t n = 2;

	while (*map != NULL)
		argv[n++] = *map++;
	errno = posix_spawn(&ret, helper, NULL, NULL, argv, env);
	if (errno != 0)
		fail(helper);
	return ret;
}

/* One id: a process may write that map itself, for its child too. */
static void write_map(pid_t pid, const char *file, char *const *map)
{
	char dir[64], text[128];

	snprintf(dir, sizeof(dir), "/proc/%d", (int)pid);
	snprintf(text, sizeof(text), "%s %s %s\n", map[0], map[1], map[2]);
	write_file(dir, file, text);
}

static void write_maps(struct floor *f, pid_t pid)
{
	char number[16], dir[64];
	pid_t helpers[2];
	int status;

	snprintf(number, sizeof(number), "%d", (int)pid);
	if (f->uid_map[3] == NULL) {
		snprintf(dir, sizeof(dir), "/proc/%d", (int)pid);
		write_file(dir, "setgroups", "deny");
		write_map(pid, "uid_map", f->uid_map);
		write_map(pid, "gid_map", f->gid_map);
		return;
	}
	helpers[0] = spawn_helper("/usr/bin/newuidmap", number, f->uid_map);
	helpers[1] = spawn_helper("/usr/bin/newgidmap", number, f->gid_map);
	for (size_t i = 0; i < 2; i++) {
		if (waitpid(helpers[i], &status, 0) < 0 || status != 0) {
			errno = EPERM;
			fail("newuidmap or newgidmap");
		}
	}
}

static int run(struct floor *f)
{
	int pidfd = -1, go[2];
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC |
			 CLONE_NEWCGROUP | CLONE_PIDFD | (f->rootless ? CLONE_NEWUSER : 0ULL),
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	siginfo_t info = {0};
	pid_t pid;

	make_dirs(f);
	if (pipe2(go, O_CLOEXEC) < 0)
		fail("pipe2");
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		fail("clone3");
	if (pid == 0) {
		close(go[1]);
		child(f, go[0]);
	}
	close(go[0]);
	mark(f, PHASE_CLONE);
	if (f->rootless)
		write_maps(f, pid);
	mark(f, PHASE_MAPS);
	if (f->rootless && write(go[1], "", 1) != 1)
		fail("let the child go");
	if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		fail("waitid");
	mark(f, PHASE_EXEC);
	remove_dirs(f);
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

/* "0 1000 1 1 100000 65536" → words, in place. */
static void split(char *text, char **words)
{
	char *save = NULL;
	size_t n = 0;

	for (char *w = strtok_r(text, " ", &save); w != NULL && n < MAX_WORDS - 1;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = w;
}

static void print_times(const struct floor *f, uint64_t start)
{
	/* Parent and child run at the same time: a phase begins where the latest other one before
	 * it ended. */
	for (size_t i = 0; i < N_PHASES; i++) {
		uint64_t before = start;

		for (size_t j = 0; j < N_PHASES; j++)
			if (f->ends[j] > before && f->ends[j] < f->ends[i])
				before = f->ends[j];
		printf("%-18s %6llu\n", phase_names[i],
		       (unsigned long long)(f->ends[i] - before) / 1000U);
	}
	printf("%-18s %6llu\n", "sum", (unsigned long long)(f->ends[PHASE_REMOVE] - start) / 1000U);
	printf("%-18s %6llu\n", "(instructions)", (unsigned long long)f->ends[N_PHASES]);
}

static int usage(void)
{
	fputs("usage: floor --lower DIR[:DIR]... --state DIR --run DIR [--uid-map 'IN OUT N ...']\n"
	      "             [--gid-map 'IN OUT N ...'] [--insns N] [--times] -- PROGRAM [ARG]...\n",
	      stderr);
	return 125;
}

/* One option, with its value where it takes one; how many words that were, 0: unknown. */
static int parse_option(struct floor *f, const char *name, char *value)
{
	if (strcmp(name, "--times") == 0) {
		f->times = 1;
		return 1;
	}
	if (value == NULL)
		return 0;
	if (strcmp(name, "--lower") == 0)
		f->lower = value;
	else if (strcmp(name, "--state") == 0)
		f->state = value;
	else if (strcmp(name, "--run") == 0)
		f->run = value;
	else if (strcmp(name, "--uid-map") == 0)
		split(value, f->uid_map);
	else if (strcmp(name, "--gid-map") == 0)
		split(value, f->gid_map);
	else if (strcmp(name, "--insns") == 0)
		f->insns = (size_t)strtoul(value, NULL, 10);
	else
		return 0;
	return 2;
}

int main(int argc, char **argv)
{
	struct floor f = {.insns = DEFAULT_INSNS, .rootless = geteuid() != 0};
	uint64_t start = now();
	int status, i = 1;

	while (i < argc && strcmp(argv[i], "--") != 0) {
		int words = parse_option(&f, argv[i], argv[i + 1]);

		if (words == 0)
			return usage();
		i += words;
	}
	if (f.lower == NULL || f.state == NULL || f.run == NULL || i + 1 >= argc)
		return usage();
	if (f.rootless && (f.uid_map[2] == NULL || f.gid_map[2] == NULL))
		return usage();
	f.argv = argv + i + 1;
	f.ends = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f.ends == MAP_FAILED)
		fail("mmap");
	status = run(&f);
	if (f.times)
		print_times(&f, start);
	return status;
}
