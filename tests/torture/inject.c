/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject - run a command and make its Nth system call fail, kill it there, or stop at each change
 * of a file.
 *
 * The command runs under a seccomp filter that hands the calls of one set to us before they are
 * made (SECCOMP_RET_USER_NOTIF), in every process and thread that comes from it. We count them and
 * let them go on, but the Nth: that one fails with the errno that was asked for, or its caller or
 * the command itself is killed. The set is what the errno can come from: no kernel returns EMFILE
 * from rename(2). Nothing is counted before the command was executed.
 *
 * With --events each call that changes directories or asks for durability is told as a line, and
 * goes on when a byte came back: whoever reads it sees the files as a power cut would find them.
 *
 * We adopt what the command leaves (PR_SET_CHILD_SUBREAPER). The filter's descriptor hangs up when
 * no process has the filter any more; a process that is there a while after the command ended is a
 * leak.
 *
 * The report is one line: calls=N hit=CALL loader=0|1 status=EXIT signal=N leaked=0|1 hang=0|1
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define LEAK_MS	      15000 /* for what the command left to end by itself */
#define HANG_S	      120
#define UNAVAILABLE   77 /* exit code: this kernel or user can't be asked */
#define OURS	      99 /* exit code: our own mistake */
#define CHANNEL_FD    200

/* Which errors a call may return, and whether it changes what a power cut leaves. */
enum {
	CAN_IO = 1,    /* EIO */
	CAN_SPACE = 2, /* ENOSPC */
	CAN_FILES = 4, /* EMFILE */
	CAN_MEM = 8,   /* ENOMEM */
	CAN_INTR = 16, /* EINTR */
	CHANGES = 32,
	ALL_CALLS = 63,
};

#define CALL(call, mask)                                                                           \
	{                                                                                          \
		SYS_##call, (mask), #call                                                          \
	}
static const struct call {
	long nr;
	unsigned mask;
	const char *name;
} calls[] = {
	CALL(read, CAN_IO | CAN_INTR),
	CALL(pread64, CAN_IO | CAN_INTR),
	CALL(readv, CAN_IO | CAN_INTR),
	CALL(write, CAN_IO | CAN_SPACE | CAN_INTR),
	CALL(writev, CAN_IO | CAN_SPACE | CAN_INTR),
	CALL(pwrite64, CAN_IO | CAN_SPACE | CAN_INTR),
	CALL(copy_file_range, CAN_IO | CAN_SPACE | CAN_MEM),
	CALL(sendfile, CAN_IO | CAN_MEM),
	CALL(splice, CAN_MEM),
	CALL(ftruncate, CAN_IO | CAN_INTR),
	CALL(fallocate, CAN_IO | CAN_SPACE | CAN_INTR),
	CALL(fsync, CAN_IO | CAN_SPACE | CAN_INTR | CHANGES),
	CALL(fdatasync, CAN_IO | CAN_SPACE | CAN_INTR | CHANGES),
	CALL(openat, CAN_IO | CAN_SPACE | CAN_FILES | CAN_MEM | CAN_INTR),
	CALL(openat2, CAN_IO | CAN_SPACE | CAN_FILES | CAN_MEM | CAN_INTR),
	CALL(newfstatat, CAN_IO | CAN_MEM),
	CALL(statx, CAN_IO | CAN_MEM),
	CALL(fstat, CAN_IO | CAN_MEM),
	CALL(fstatfs, CAN_IO | CAN_MEM),
	CALL(faccessat, CAN_IO | CAN_MEM),
	CALL(faccessat2, CAN_IO | CAN_MEM),
	CALL(readlinkat, CAN_IO | CAN_MEM),
	CALL(getdents64, CAN_IO),
	CALL(mkdirat, CAN_IO | CAN_SPACE | CAN_MEM | CHANGES),
	CALL(mknodat, CAN_IO | CAN_SPACE | CAN_MEM | CHANGES),
	CALL(symlinkat, CAN_IO | CAN_SPACE | CAN_MEM | CHANGES),
	CALL(linkat, CAN_IO | CAN_SPACE | CAN_MEM | CHANGES),
	CALL(renameat, CAN_IO | CAN_SPACE | CAN_MEM | CHANGES),
	CALL(renameat2, CAN_IO | CAN_SPACE | CAN_MEM | CHANGES),
	CALL(unlinkat, CAN_IO | CAN_MEM | CHANGES),
	CALL(fchmod, CAN_IO | CAN_MEM),
	CALL(fchmodat, CAN_IO | CAN_MEM),
	CALL(fchownat, CAN_IO | CAN_MEM),
	CALL(fchown, CAN_IO | CAN_MEM),
	CALL(utimensat, CAN_IO | CAN_MEM),
	CALL(fsetxattr, CAN_IO | CAN_SPACE | CAN_MEM),
	CALL(lsetxattr, CAN_IO | CAN_SPACE | CAN_MEM),
	CALL(setxattr, CAN_IO | CAN_SPACE | CAN_MEM),
	CALL(flock, CAN_INTR | CAN_MEM),
	CALL(fchdir, CAN_IO | CAN_MEM),
	CALL(chdir, CAN_IO | CAN_MEM),
	CALL(dup3, CAN_FILES | CAN_INTR),
	CALL(fcntl, CAN_FILES),
	CALL(pipe2, CAN_FILES),
	CALL(eventfd2, CAN_FILES | CAN_MEM),
	CALL(signalfd4, CAN_FILES | CAN_MEM),
	CALL(timerfd_create, CAN_FILES | CAN_MEM),
	CALL(epoll_create1, CAN_FILES | CAN_MEM),
	CALL(epoll_ctl, CAN_MEM),
	CALL(epoll_wait, CAN_INTR),
	CALL(epoll_pwait, CAN_INTR),
	CALL(poll, CAN_INTR | CAN_MEM),
	CALL(ppoll, CAN_INTR | CAN_MEM),
	CALL(memfd_create, CAN_FILES | CAN_MEM),
	CALL(pidfd_open, CAN_FILES | CAN_MEM),
	CALL(socket, CAN_FILES | CAN_MEM),
	CALL(socketpair, CAN_FILES | CAN_MEM),
	CALL(connect, CAN_INTR | CAN_MEM),
	CALL(sendto, CAN_INTR | CAN_MEM),
	CALL(sendmsg, CAN_INTR | CAN_MEM),
	CALL(recvfrom, CAN_INTR | CAN_MEM),
	CALL(recvmsg, CAN_INTR | CAN_MEM),
	CALL(wait4, CAN_INTR),
	CALL(waitid, CAN_INTR),
	CALL(clone, CAN_MEM),
	CALL(clone3, CAN_MEM),
	CALL(vfork, CAN_MEM),
	CALL(execve, CAN_IO | CAN_MEM | CAN_FILES),
	CALL(execveat, CAN_IO | CAN_MEM | CAN_FILES),
	CALL(unshare, CAN_MEM),
	CALL(setns, CAN_MEM),
	CALL(mmap, CAN_MEM),
	CALL(mount, CAN_IO | CAN_MEM),
	CALL(umount2, CAN_MEM),
	CALL(pivot_root, CAN_MEM),
	CALL(move_mount, CAN_MEM),
	CALL(open_tree, CAN_MEM | CAN_FILES),
	CALL(fsopen, CAN_MEM | CAN_FILES),
	CALL(fsmount, CAN_MEM | CAN_FILES),
	CALL(fsconfig, CAN_MEM | CAN_IO),
	CALL(mount_setattr, CAN_MEM),
	CALL(seccomp, CAN_MEM),
};

static const struct fault {
	const char *name;
	int number;
	unsigned mask;
} faults[] = {
	{"EIO", EIO, CAN_IO},	     {"ENOSPC", ENOSPC, CAN_SPACE}, {"EMFILE", EMFILE, CAN_FILES},
	{"ENOMEM", ENOMEM, CAN_MEM}, {"EINTR", EINTR, CAN_INTR},
};

struct inject {
	const char *report, *user;
	unsigned mask;	   /* of the calls that count */
	unsigned long nth; /* 0: only count */
	int error;
	bool kill_caller, kill_command;
	int tell, told; /* --events: where lines go to, and bytes come from; -1 */
	long hang_s;

	pid_t command;
	int notify;
	bool armed; /* the command was executed */
	unsigned long count;
	const char *hit;
	int status; /* of wait(2) */
	bool ended, leaked, hung;
	bool loader; /* the call was the dynamic loader's, whose failures are not ours to word */
};

static void __attribute__((noreturn)) die(int code, const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(code);
}

static const struct call *call_find(int nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].nr == nr)
			return &calls[i];
	return NULL;
}

/* ---- the command's side ---- */

/* sendmsg(2) to us passes, or we would wait for each other; execve(2) tells that it begins. */
static int filter_install(unsigned mask)
{
	struct sock_filter insns[8 + 2 * ARRAY_SIZE(calls)];
	struct sock_fprog prog = {.filter = insns};
	unsigned short n = 0;
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long fd;

#define INSN(...) insns[n++] = (struct sock_filter)__VA_ARGS__
	INSN(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	INSN(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 4));
	INSN(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])));
	INSN(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CHANNEL_FD, 0, 1));
	INSN(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	INSN(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		if (!(calls[i].mask & mask) && calls[i].nr != SYS_execve)
			continue;
		INSN(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].nr, 0, 1));
		INSN(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
	}
	INSN(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
#undef INSN
	prog.len = n;
	for (int i = 0; i < 4; i++) {
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
		if (fd >= 0)
			return (int)fd;
		if (errno == EINVAL)
			flags &= ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
		else if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			break;
	}
	return -1;
}

static void become(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (!pw || initgroups(user, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
	    setuid(pw->pw_uid) < 0)
		die(OURS, user);
}

static void __attribute__((noreturn)) command_run(const struct inject *in, char **argv)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.space = {0}};
	struct iovec byte = {.iov_base = (char[]){'.'}, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &byte,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	int fd = filter_install(in->mask);

	if (fd < 0)
		die(UNAVAILABLE, "seccomp");
	control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
					.cmsg_level = SOL_SOCKET,
					.cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (sendmsg(CHANNEL_FD, &msg, 0) != 1)
		die(OURS, "send the descriptor");
	close(fd);
	close(CHANNEL_FD);
	if (in->user)
		become(in->user);
	execvp(argv[0], argv);
	die(127, argv[0]);
}

static int notify_receive(int channel)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.space = {0}};
	char c;
	struct iovec byte = {.iov_base = &c, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &byte,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	int fd = -1;

	if (recvmsg(channel, &msg, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

/* ---- our side ---- */

/* "CALL PID DEV:INO:SIZE:MTIME-NS PATH": of the descriptor that is to be durable, else zeros. */
static void tell(const struct inject *in, const struct call *c, const struct seccomp_notif *req)
{
	char link[64], path[4096] = "-", line[4300];
	struct stat st = {.st_dev = 0};
	char byte;
	int n;

	snprintf(link, sizeof(link), "/proc/%u/fd/%d", req->pid, (int)req->data.args[0]);
	if (c->nr == SYS_fsync || c->nr == SYS_fdatasync) {
		ssize_t len = readlink(link, path, sizeof(path) - 1);

		path[len > 0 ? len : 0] = '\0';
		if (stat(link, &st) < 0)
			st = (struct stat){.st_dev = 0};
	}
	n = snprintf(line, sizeof(line), "%s %u %lu:%lu:%lld:%lld %s\n", c->name, req->pid,
		     st.st_dev, st.st_ino, (long long)st.st_size,
		     (long long)st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec, path);
	if (write(in->tell, line, (size_t)n) != n || read(in->told, &byte, 1) != 1)
		die(OURS, "--events");
}

/* Is an address in the code of ld.so? */
static bool in_loader(uint32_t pid, uint64_t address)
{
	char path[64], line[4400];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file)) {
		char *rest;
		unsigned long long from = strtoull(line, &rest, 16);
		unsigned long long to = *rest == '-' ? strtoull(rest + 1, &rest, 16) : 0;

		found = address >= from && address < to && strstr(rest, "/ld-");
	}
	if (file)
		fclose(file);
	return found;
}

/* Can this very call return the error? Of fcntl(2) only those that make a descriptor. */
static bool counts(const struct inject *in, const struct call *c, const struct seccomp_data *d)
{
	if (!c || !(c->mask & in->mask))
		return false;
	return c->nr != SYS_fcntl || in->mask == ALL_CALLS || d->args[1] == F_DUPFD ||
	       d->args[1] == F_DUPFD_CLOEXEC;
}

static void hit(struct inject *in, const struct call *c, const struct seccomp_notif *req,
		struct seccomp_notif_resp *resp)
{
	in->hit = c->name;
	in->loader = in_loader(req->pid, req->data.instruction_pointer);
	if (in->kill_caller || in->kill_command) {
		kill(in->kill_command ? in->command : (pid_t)req->pid, SIGKILL);
		return;
	}
	resp->flags = 0;
	resp->error = -in->error;
}

static void notified(struct inject *in)
{
	struct seccomp_notif req;
	struct seccomp_notif_resp resp;
	const struct call *c;

	memset(&req, 0, sizeof(req));
	if (ioctl(in->notify, SECCOMP_IOCTL_NOTIF_RECV, &req) < 0) {
		if (errno == ENOENT || errno == EINTR)
			return;
		die(OURS, "receive a call");
	}
	resp = (struct seccomp_notif_resp){.id = req.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
	c = call_find(req.data.nr);
	if (!in->armed) {
		in->armed = req.data.nr == SYS_execve;
	} else if (counts(in, c, &req.data)) {
		if (++in->count == in->nth)
			hit(in, c, &req, &resp);
		if (in->tell >= 0)
			tell(in, c, &req);
	}
	/* It may have been killed meanwhile. */
	if (ioctl(in->notify, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0 && errno != ENOENT)
		die(OURS, "answer a call");
}

static void reap(struct inject *in)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != in->command)
			continue;
		in->ended = true;
		in->status = status;
	}
}

/* Kill what we have adopted. */
static void kill_children(void)
{
	char path[64];
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (file)
		fclose(file);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void on_child(int signal)
{
	(void)signal;
}

/* Wait for a call, and see to it. Returns whether there is anybody left to make one. */
static bool serve(struct inject *in)
{
	const struct timespec tick = {.tv_nsec = 100000000};
	struct pollfd p = {.fd = in->notify, .events = POLLIN};
	sigset_t none;
	int n;

	sigemptyset(&none);
	n = ppoll(&p, 1, &tick, &none);
	if (n < 0 && errno != EINTR)
		die(OURS, "poll");
	if (n > 0 && (p.revents & POLLIN))
		notified(in);
	reap(in);
	return !in->ended || n <= 0 || (p.revents & POLLIN);
}

/* Until no process has the filter. */
static void supervise(struct inject *in)
{
	int64_t limit = now_ms() + in->hang_s * 1000;
	bool ended = false, late = false;

	while (serve(in)) {
		if (in->ended && !ended)
			limit = now_ms() + LEAK_MS;
		ended = in->ended;
		if (now_ms() < limit)
			continue;
		if (late && ended)
			return;
		/* What stays now stays: kill it, and give it time to go. */
		in->hung = in->hung || !ended;
		in->leaked = in->leaked || ended;
		late = true;
		kill_children();
		limit = now_ms() + LEAK_MS;
	}
}

static void report(const struct inject *in)
{
	FILE *file = in->report ? fopen(in->report, "we") : stderr;

	if (!file)
		die(OURS, in->report);
	fprintf(file, "calls=%lu hit=%s loader=%d status=%d signal=%d leaked=%d hang=%d\n",
		in->count, in->hit ? in->hit : "-", in->loader,
		WIFEXITED(in->status) ? WEXITSTATUS(in->status) : -1,
		WIFSIGNALED(in->status) ? WTERMSIG(in->status) : 0, in->leaked, in->hung);
	if (file != stderr)
		fclose(file);
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: inject [OPTION]... -- COMMAND [ARG]...\n"
	      "  --nth N          the call that fails; calls are only counted without it\n"
	      "  --errno NAME     EIO ENOSPC EMFILE ENOMEM EINTR\n"
	      "  --kill WHO       instead of an error: caller, or command\n"
	      "  --events OUT,IN  tell each change at descriptor OUT, and wait for a byte from IN\n"
	      "  --report FILE    write the report there, not to standard error\n"
	      "  --hang SECONDS   when to give up\n"
	      "  --user NAME      run the command as that user\n",
	      stderr);
	exit(OURS);
}

static void set_errno(struct inject *in, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(faults[i].name, name) != 0)
			continue;
		in->error = faults[i].number;
		in->mask = faults[i].mask;
	}
	if (!in->error)
		usage();
}

static void set_option(struct inject *in, int option)
{
	switch (option) {
	case 'n':
		in->nth = strtoul(optarg, NULL, 10);
		break;
	case 'e':
		set_errno(in, optarg);
		break;
	case 'k':
		in->mask = ALL_CALLS;
		in->kill_caller = strcmp(optarg, "caller") == 0;
		in->kill_command = !in->kill_caller;
		break;
	case 'v':
		in->mask = CHANGES;
		if (sscanf(optarg, "%d,%d", &in->tell, &in->told) != 2)
			usage();
		fcntl(in->tell, F_SETFD, FD_CLOEXEC);
		fcntl(in->told, F_SETFD, FD_CLOEXEC);
		break;
	case 'r':
		in->report = optarg;
		break;
	case 'h':
		in->hang_s = strtol(optarg, NULL, 10);
		break;
	case 'u':
		in->user = optarg;
		break;
	default:
		usage();
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"nth", 1, NULL, 'n'},	  {"errno", 1, NULL, 'e'},  {"kill", 1, NULL, 'k'},
		{"events", 1, NULL, 'v'}, {"report", 1, NULL, 'r'}, {"hang", 1, NULL, 'h'},
		{"user", 1, NULL, 'u'},	  {NULL, 0, NULL, 0},
	};
	struct inject in = {.mask = ALL_CALLS, .tell = -1, .told = -1, .hang_s = HANG_S};
	struct sigaction sa = {.sa_handler = on_child};
	sigset_t child, old;
	int channel[2], option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) >= 0)
		set_option(&in, option);
	if (optind >= argc)
		usage();
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (sigaction(SIGCHLD, &sa, NULL) < 0 || sigprocmask(SIG_BLOCK, &child, &old) < 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0)
		die(OURS, "prepare");
	in.command = fork();
	if (in.command < 0)
		die(OURS, "fork");
	if (in.command == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		if (dup3(channel[1], CHANNEL_FD, O_CLOEXEC) < 0)
			die(OURS, "dup");
		close(channel[0]);
		close(channel[1]);
		command_run(&in, argv + optind);
	}
	close(channel[1]);
	in.notify = notify_receive(channel[0]);
	close(channel[0]);
	if (in.notify < 0)
		return waitpid(in.command, &in.status, 0) > 0 && WIFEXITED(in.status)
			       ? WEXITSTATUS(in.status)
			       : OURS;
	supervise(&in);
	report(&in);
	return WIFEXITED(in.status) ? WEXITSTATUS(in.status) : 128 + WTERMSIG(in.status);
}
