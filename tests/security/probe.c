/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may the caller's process do? Asks the kernel itself, from within a container.
 *
 *	probe calls <REQUESTS       which system calls does the seccomp filter let through?
 *	probe real <REQUESTS        the same calls, executed: only for calls that must be refused
 *	probe session               the session keyring's description
 *	probe with-key NAME CMD...  run a command in a session keyring that holds this key
 *	probe find-key NAME         is a key of that name reachable from here?
 *	probe tiocsti               push a byte into the terminal's input on descriptors 0, 1 and 2
 *	probe signals               ignored and blocked signals
 *
 * A request is a line `ABI NUMBER [ARGUMENT...]`, numbers in C's notation, ABI one of x86_64, i386
 * (int 0x80) and x32; arguments that are left out are 0. Each is answered with
 * `ABI NUMBER ARGUMENT... VERDICT`: pass, EPERM, ENOSYS, killed:SIGNAL or another errno's number.
 *
 * `calls` executes nothing. It installs a second filter that hands each call to a supervisor, which
 * answers with an errno of our own. The kernel runs all filters and obeys the most restrictive
 * answer, in which an errno goes before a supervisor: so our errno comes back exactly where the
 * container's filter says "allow", and the container's verdict everywhere else. Any argument can be
 * tried, reboot's and clone's too. What the probing process calls between (its exit) is let
 *through.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS    6
#define REQUESTS_MAX 65536
#define PASSED	     4000 /* no errno of the kernel */
#define X32_BIT	     0x40000000u
#define LINE_MAX_LEN 512

enum abi { ABI_X86_64, ABI_I386, ABI_X32, ABI_COUNT };

static const char *const abi_names[ABI_COUNT] = {"x86_64", "i386", "x32"};

struct request {
	enum abi abi;
	uint32_t nr;
	uint64_t args[ARGUMENTS];
	int n_args;
	long result; /* of the call: an errno, negative */
	int signal;  /* that ended the process which made it */
};

/* Shared by the process that makes the calls and the one that supervises it. */
struct shared {
	volatile int listener;
	volatile uint32_t at;  /* the request that is being made */
	volatile bool probing; /* the call under way is the request's */
	uint32_t n;
	struct request requests[REQUESTS_MAX];
};

long probe_syscall(uint64_t nr, const uint64_t *args);
long probe_int80(uint64_t nr, const uint64_t *args);

__asm__(".text\n"
	".globl probe_syscall, probe_int80\n"
	"probe_syscall:\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %r11\n"
	"	mov (%r11), %rdi\n"
	"	mov 8(%r11), %rsi\n"
	"	mov 16(%r11), %rdx\n"
	"	mov 24(%r11), %r10\n"
	"	mov 32(%r11), %r8\n"
	"	mov 40(%r11), %r9\n"
	"	syscall\n"
	"	ret\n"
	"probe_int80:\n"
	"	push %rbx\n"
	"	push %rbp\n"
	"	mov %edi, %eax\n"
	"	mov %rsi, %r11\n"
	"	mov (%r11), %ebx\n"
	"	mov 8(%r11), %ecx\n"
	"	mov 16(%r11), %edx\n"
	"	mov 24(%r11), %esi\n"
	"	mov 32(%r11), %edi\n"
	"	mov 40(%r11), %ebp\n"
	"	int $0x80\n"
	"	pop %rbp\n"
	"	pop %rbx\n"
	"	movslq %eax, %rax\n"
	"	ret\n");

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	exit(1);
}

static _Noreturn void refuse(const char *what, const char *value)
{
	fprintf(stderr, "probe: %s: '%s'\n", what, value);
	exit(2);
}

static void parse_request(char *line, struct request *r)
{
	char *save = NULL, *end;
	const char *word = strtok_r(line, " \t\n", &save);

	for (r->abi = ABI_X86_64; r->abi < ABI_COUNT; r->abi++)
		if (word && !strcmp(word, abi_names[r->abi]))
			break;
	if (r->abi == ABI_COUNT)
		refuse("no such ABI", word ? word : "");
	for (int i = -1; (word = strtok_r(NULL, " \t\n", &save)); i++) {
		uint64_t v;

		errno = 0;
		v = strtoull(word, &end, 0);
		if (*end || errno || i >= ARGUMENTS || (i < 0 && v > UINT32_MAX))
			refuse("not a number, or too many of them", word);
		if (i < 0)
			r->nr = (uint32_t)v;
		else
			r->args[i] = v;
		r->n_args = i + 1;
	}
}

static struct shared *read_requests(void)
{
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char line[LINE_MAX_LEN];

	if (s == MAP_FAILED)
		die("mmap");
	while (fgets(line, sizeof(line), stdin)) {
		if (s->n == REQUESTS_MAX)
			refuse("too many requests at", line);
		parse_request(line, &s->requests[s->n++]);
	}
	return s;
}

static void make_call(struct request *r)
{
	if (r->abi == ABI_I386)
		r->result = probe_int80(r->nr, r->args);
	else
		r->result = probe_syscall(r->abi == ABI_X32 ? r->nr | X32_BIT : r->nr, r->args);
}

static int install_filter(void)
{
	struct sock_filter insns[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)};
	struct sock_fprog prog = {.len = sizeof(insns) / sizeof(insns[0]), .filter = insns};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &prog);
}

static _Noreturn void make_calls(struct shared *s, bool supervised)
{
	int fd = supervised ? install_filter() : 0;

	if (fd < 0)
		die("install a filter of one's own");
	s->listener = fd;
	for (; s->at < s->n; s->at++) {
		s->probing = true;
		make_call(&s->requests[s->at]);
		s->probing = false;
	}
	_exit(0);
}

/* Answer what has come; false when nobody can ask any more. */
static bool answer_one(const struct shared *s)
{
	struct seccomp_notif_resp resp = {.error = 0};
	struct seccomp_notif asked;

	memset(&asked, 0, sizeof(asked));
	if (ioctl(s->listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return errno == EINTR || errno == ENOENT;
	resp.id = asked.id;
	if (s->probing)
		resp.error = -PASSED;
	else
		resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	return ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) == 0 || errno == ENOENT;
}

/* Until the calling process has ended; returns its wait status. */
static int supervise(struct shared *s, pid_t pid)
{
	struct pollfd p = {.fd = -1, .events = POLLIN};
	int status;

	for (;;) {
		if (s->listener < 0) {
			sched_yield();
		} else {
			p.fd = s->listener;
			if (poll(&p, 1, 100) == 1 && (p.revents & POLLIN) && answer_one(s))
				continue;
		}
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
	}
	if (s->listener >= 0)
		close(s->listener);
	return status;
}

/* A process that dies of a call is followed by one that goes on behind it. */
static void probe_all(struct shared *s, bool supervised)
{
	while (s->at < s->n) {
		/* One table of descriptors, so that the listener is the supervisor's too. */
		long flags = (supervised ? CLONE_FILES : 0) | SIGCHLD;
		int status = 0;
		pid_t pid;

		s->listener = -1;
		s->probing = false;
		pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, 0);
		if (pid < 0)
			die("clone");
		if (pid == 0)
			make_calls(s, supervised);
		if (supervised)
			status = supervise(s, pid);
		else if (waitpid(pid, &status, 0) < 0)
			die("waitpid");
		if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
			exit(WEXITSTATUS(status));
		if (WIFSIGNALED(status)) {
			s->requests[s->at].signal = WTERMSIG(status);
			s->at++;
		}
	}
}

static void print_result(const struct request *r)
{
	printf("%s %" PRIu32, abi_names[r->abi], r->nr);
	for (int i = 0; i < r->n_args; i++)
		printf(" %#" PRIx64, r->args[i]);
	if (r->signal)
		printf(" killed:%s\n", sigabbrev_np(r->signal));
	else if (r->result == -PASSED)
		puts(" pass");
	else if (r->result == -EPERM)
		puts(" EPERM");
	else if (r->result == -ENOSYS)
		puts(" ENOSYS");
	else
		printf(" %ld\n", r->result);
}

static int probe_calls(bool supervised)
{
	struct shared *s = read_requests();

	fflush(stdout);
	probe_all(s, supervised);
	for (uint32_t i = 0; i < s->n; i++)
		print_result(&s->requests[i]);
	return 0;
}

static int show_session(void)
{
	char text[LINE_MAX_LEN] = "";
	long key = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);

	if (key < 0 || syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, text, sizeof(text) - 1) < 0)
		die("session keyring");
	printf("%ld %s\n", key, text);
	return 0;
}

static int run_with_key(const char *name, char **command)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
		die("join a session keyring");
	if (syscall(SYS_add_key, "user", name, "secret", 6, KEY_SPEC_SESSION_KEYRING) < 0)
		die("add a key");
	execvp(command[0], command);
	die(command[0]);
}

static int find_key(const char *name)
{
	puts(syscall(SYS_request_key, "user", name, NULL, 0) < 0 ? strerror(errno) : "found");
	return 0;
}

static int push_input(void)
{
	for (int fd = 0; fd < 3; fd++)
		printf("%d: %s\n", fd, ioctl(fd, TIOCSTI, "!") < 0 ? strerror(errno) : "pushed");
	return 0;
}

static int show_signals(void)
{
	sigset_t blocked;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int sig = 1; sig < 65; sig++) {
		struct sigaction act;

		if (sigaction(sig, NULL, &act) < 0)
			continue;
		if (act.sa_handler == SIG_IGN)
			printf("ignored %d\n", sig);
		if (sigismember(&blocked, sig) == 1)
			printf("blocked %d\n", sig);
	}
	return 0;
}

static int mode_calls(char **args)
{
	(void)args;
	return probe_calls(true);
}

static int mode_real(char **args)
{
	(void)args;
	return probe_calls(false);
}

static int mode_session(char **args)
{
	(void)args;
	return show_session();
}

static int mode_with_key(char **args)
{
	return run_with_key(args[0], args + 1);
}

static int mode_find_key(char **args)
{
	return find_key(args[0]);
}

static int mode_tiocsti(char **args)
{
	(void)args;
	return push_input();
}

static int mode_signals(char **args)
{
	(void)args;
	return show_signals();
}

static const struct {
	const char *name;
	int args; /* at least as many */
	int (*run)(char **args);
} modes[] = {
	{"calls", 0, mode_calls},	{"real", 0, mode_real},
	{"session", 0, mode_session},	{"with-key", 2, mode_with_key},
	{"find-key", 1, mode_find_key}, {"tiocsti", 0, mode_tiocsti},
	{"signals", 0, mode_signals},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(argv[1], modes[i].name) && argc - 2 >= modes[i].args)
			return modes[i].run(argv + 2);
	refuse("usage: probe calls|real|session|with-key NAME CMD...|find-key NAME|tiocsti|signals",
	       argc > 1 ? argv[1] : "");
}
