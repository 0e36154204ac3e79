/* SPDX-License-Identifier: Apache-2.0 */
/*
 * onggi/hello: greets, and tells who and where it is as seen from within the container.
 *
 * It stands alone in its image: no libc, no loader, no files. So it asks the kernel by bare system
 * calls, reads /proc and /sys where they are mounted, and leaves out what it can't see. Text is
 * gathered in one buffer and written at the end; what doesn't fit is cut.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "base/bare.h"

#define OUT_MAX	    6144
#define FILE_MAX    4096
#define PATH_MAX_   256
#define LABEL_WIDTH 13
/* Mount points that are named; the others are counted. */
#define MOUNTS_SHOWN 8
/* From here on a limit of bytes is cgroup v1's way to say none: LONG_MAX, rounded down to pages. */
#define BYTES_NO_LIMIT ((uint64_t)1 << 62)

struct out {
	size_t len;
	char text[OUT_MAX];
};

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static bool has_prefix(const char *s, const char *prefix)
{
	while (*prefix && *s == *prefix) {
		s++;
		prefix++;
	}
	return !*prefix;
}

static void add_char(struct out *o, char c)
{
	if (o->len < sizeof(o->text))
		o->text[o->len++] = c;
}

static void add(struct out *o, const char *s)
{
	while (*s)
		add_char(o, *s++);
}

/* Up to the first of a blank, a tab and a newline. */
static const char *add_word(struct out *o, const char *s)
{
	while (*s && *s != ' ' && *s != '\t' && *s != '\n')
		add_char(o, *s++);
	return s;
}

static const char *skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

static void add_number(struct out *o, uint64_t v)
{
	char digits[21];
	size_t i = sizeof(digits) - 1;

	digits[i] = '\0';
	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	add(o, digits + i);
}

/* "label:" and blanks; each line of the table begins so. */
static void add_label(struct out *o, const char *label)
{
	size_t n = length(label);

	add(o, "  ");
	add(o, label);
	for (; n < LABEL_WIDTH; n++)
		add_char(o, ' ');
}

static uint64_t parse_number(const char *s)
{
	uint64_t v = 0;

	while (*s >= '0' && *s <= '9')
		v = v * 10 + (uint64_t)(*s++ - '0');
	return v;
}

/* At most size - 1 bytes of a file, and a NUL; false when there is no such file. */
static bool read_file(const char *path, char *text, size_t size)
{
	long fd = call4(__NR_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0);
	size_t n = 0;
	long r = 1;

	if (fd < 0)
		return false;
	while (n < size - 1 && r > 0) {
		r = call4(__NR_read, fd, (long)(text + n), (long)(size - 1 - n), 0);
		if (r > 0)
			n += (size_t)r;
	}
	call4(__NR_close, fd, 0, 0, 0);
	text[n] = '\0';
	return r >= 0;
}

/* Behind the next newline; NULL at the end. */
static const char *next_line(const char *s)
{
	while (*s && *s != '\n')
		s++;
	return *s && s[1] ? s + 1 : NULL;
}

/* The line of text that begins with prefix, behind it; NULL for none. */
static const char *find_line(const char *text, const char *prefix)
{
	for (const char *line = text; line; line = next_line(line)) {
		if (has_prefix(line, prefix))
			return line + length(prefix);
	}
	return NULL;
}

static void add_process(struct out *o)
{
	add_label(o, "process");
	add(o, "pid ");
	add_number(o, (uint64_t)call4(__NR_getpid, 0, 0, 0, 0));
	add(o, ", uid ");
	add_number(o, (uint64_t)call4(__NR_geteuid, 0, 0, 0, 0));
	add(o, ", gid ");
	add_number(o, (uint64_t)call4(__NR_getegid, 0, 0, 0, 0));
	add_char(o, '\n');
}

/* "inside outside count" lines of uid_map, as "0-65535 are 100000-165535 outside". */
static void add_map(struct out *o, const char *label, const char *path)
{
	char text[FILE_MAX];

	if (!read_file(path, text, sizeof(text)) || !*text)
		return;
	add_label(o, label);
	for (const char *line = text; line; line = next_line(line)) {
		const char *s = skip_blanks(line);

		if (line != text)
			add(o, ", ");
		s = skip_blanks(add_word(o, s));
		add(o, " is ");
		s = skip_blanks(add_word(o, s));
		add(o, " outside (");
		add_word(o, s);
		add(o, parse_number(s) == 1 ? " id)" : " ids)");
	}
	add_char(o, '\n');
}

static void add_names(struct out *o)
{
	struct utsname uts;

	if (call4(__NR_uname, (long)&uts, 0, 0, 0) < 0)
		return;
	add_label(o, "host name");
	add(o, uts.nodename);
	add_char(o, '\n');
	add_label(o, "kernel");
	add(o, uts.sysname);
	add_char(o, ' ');
	add(o, uts.release);
	add_char(o, ' ');
	add(o, uts.machine);
	add_char(o, '\n');
}

/* Bytes with the largest unit that leaves a whole number. */
static void add_bytes(struct out *o, uint64_t v)
{
	static const char units[] = " kMGT";
	size_t unit = 0;

	while (v && v % 1024 == 0 && unit + 1 < sizeof(units) - 1) {
		v /= 1024;
		unit++;
	}
	add_number(o, v);
	add_char(o, ' ');
	if (unit)
		add_char(o, units[unit]);
	add(o, unit ? "iB" : "bytes");
}

/* Append to a path; false when it doesn't fit. */
static bool path_add(char *path, const char *s, char end)
{
	size_t n = length(path);

	while (*s && *s != end) {
		if (n + 1 >= PATH_MAX_)
			return false;
		path[n++] = *s++;
	}
	path[n] = '\0';
	return true;
}

/*
 * This process's cgroup in a hierarchy, as the line in /proc/self/cgroup names it; false for none.
 *
 * member  how the line goes on behind the hierarchy's number: "::" or ":memory:"
 */
static bool own_cgroup(const char *member, char *path)
{
	char all[FILE_MAX];

	if (!read_file("/proc/self/cgroup", all, sizeof(all)))
		return false;
	for (const char *line = all; line; line = next_line(line)) {
		while (*line >= '0' && *line <= '9')
			line++;
		if (has_prefix(line, member))
			return path_add(path, line + length(member), '\n');
	}
	return false;
}

/*
 * Read a file of this process's cgroup: below the path that it has, and else at the root of what is
 * mounted, which is the container's own cgroup when only that is bound there.
 *
 * controller  the directory below /sys/fs/cgroup: "" or "/memory"
 */
static bool read_cgroup(const char *member, const char *controller, const char *file, char *text)
{
	char path[PATH_MAX_], top[PATH_MAX_];

	path[0] = '\0';
	top[0] = '\0';
	if (path_add(path, "/sys/fs/cgroup", 0) && path_add(path, controller, 0) &&
	    own_cgroup(member, path) && path_add(path, file, 0) &&
	    read_file(path, text, PATH_MAX_) && *text)
		return true;
	return path_add(top, "/sys/fs/cgroup", 0) && path_add(top, controller, 0) &&
	       path_add(top, file, 0) && read_file(top, text, PATH_MAX_) && *text;
}

static void add_memory(struct out *o)
{
	char text[PATH_MAX_];

	if (!read_cgroup("::", "", "/memory.max", text) &&
	    !read_cgroup(":memory:", "/memory", "/memory.limit_in_bytes", text))
		return;
	add_label(o, "memory");
	if (has_prefix(text, "max") || parse_number(text) >= BYTES_NO_LIMIT)
		add(o, "no limit");
	else
		add_bytes(o, parse_number(text));
	add_char(o, '\n');
}

static void add_pids(struct out *o)
{
	char text[PATH_MAX_];

	if (!read_cgroup("::", "", "/pids.max", text) &&
	    !read_cgroup(":pids:", "/pids", "/pids.max", text))
		return;
	add_label(o, "processes");
	if (has_prefix(text, "max"))
		add(o, "no limit");
	else
		add_word(o, text);
	add_char(o, '\n');
}

/* A quota of microseconds in each period, as hundredths of a processor. */
static void add_processors(struct out *o, uint64_t quota, uint64_t period)
{
	uint64_t hundredths = period ? quota * 100 / period : 0;

	add_number(o, hundredths / 100);
	add_char(o, '.');
	add_char(o, (char)('0' + hundredths / 10 % 10));
	add_char(o, (char)('0' + hundredths % 10));
}

static void add_cpu(struct out *o)
{
	char text[PATH_MAX_], period[PATH_MAX_];
	const char *s = text;

	if (read_cgroup("::", "", "/cpu.max", text)) {
		while (*s && *s != ' ')
			s++;
		s = skip_blanks(s);
	} else if (read_cgroup(":cpu,cpuacct:", "/cpu,cpuacct", "/cpu.cfs_quota_us", text) &&
		   read_cgroup(":cpu,cpuacct:", "/cpu,cpuacct", "/cpu.cfs_period_us", period)) {
		s = period;
	} else if (read_cgroup(":cpu:", "/cpu", "/cpu.cfs_quota_us", text) &&
		   read_cgroup(":cpu:", "/cpu", "/cpu.cfs_period_us", period)) {
		s = period;
	} else {
		return;
	}
	add_label(o, "processors");
	if (has_prefix(text, "max") || text[0] == '-')
		add(o, "no limit");
	else
		add_processors(o, parse_number(text), parse_number(s));
	add_char(o, '\n');
}

static void add_files(struct out *o)
{
	struct {
		uint64_t soft, hard;
	} limit;

	if (call4(__NR_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit) < 0)
		return;
	add_label(o, "open files");
	add_number(o, limit.soft);
	add(o, ", at most ");
	add_number(o, limit.hard);
	add_char(o, '\n');
}

/* Each line of mounts: source, mount point, type, options. */
static void add_mounts(struct out *o)
{
	char text[4 * FILE_MAX];
	const char *root = NULL;
	unsigned n = 0;

	if (!read_file("/proc/self/mounts", text, sizeof(text)))
		return;
	for (const char *line = text; line; line = next_line(line)) {
		const char *s = line;

		while (*s && *s != ' ')
			s++;
		s = skip_blanks(s);
		if (has_prefix(s, "/ "))
			root = s + 2;
	}
	if (root) {
		add_label(o, "root");
		root = skip_blanks(add_word(o, root));
		add(o, has_prefix(root, "ro") ? ", read-only\n" : ", writable\n");
	}
	add_label(o, "mounts");
	for (const char *line = text; line; line = next_line(line), n++) {
		const char *s = line;

		while (*s && *s != ' ')
			s++;
		if (n >= MOUNTS_SHOWN)
			continue;
		if (n)
			add_char(o, ' ');
		add_word(o, skip_blanks(s));
	}
	if (n > MOUNTS_SHOWN) {
		add(o, " and ");
		add_number(o, n - MOUNTS_SHOWN);
		add(o, " more");
	}
	add_char(o, '\n');
}

static void add_security(struct out *o)
{
	char text[FILE_MAX];
	const char *s;

	if (!read_file("/proc/self/status", text, sizeof(text)))
		return;
	s = find_line(text, "Seccomp:\t");
	if (s) {
		add_label(o, "seccomp");
		add(o, *s == '2' ? "filtered\n" : *s == '1' ? "strict\n" : "off\n");
	}
	s = find_line(text, "NoNewPrivs:\t");
	if (s) {
		add_label(o, "privileges");
		add(o, *s == '1' ? "no new ones\n" : "may be gained\n");
	}
	s = find_line(text, "CapEff:\t");
	if (s) {
		add_label(o, "capabilities");
		add_word(o, s);
		s = find_line(text, "CapBnd:\t");
		if (s) {
			add(o, " of ");
			add_word(o, s);
		}
		add_char(o, '\n');
	}
}

static long write_all(const struct out *o)
{
	size_t at = 0;

	while (at < o->len) {
		long n = call4(__NR_write, 1, (long)(o->text + at), (long)(o->len - at), 0);

		if (n <= 0)
			return 1;
		at += (size_t)n;
	}
	return 0;
}

static void bare_main(char **stack)
{
	struct out o;

	(void)stack;
	o.len = 0;
	add(&o, "Hello from onggi!\n\n"
		"This program came with onggi, in an image of one file. No daemon started it, and "
		"when it\n"
		"ends nothing of it stays behind. This is what it sees of its container:\n\n");
	add_process(&o);
	add_map(&o, "user ids", "/proc/self/uid_map");
	add_map(&o, "group ids", "/proc/self/gid_map");
	add_names(&o);
	add_memory(&o);
	add_pids(&o);
	add_cpu(&o);
	add_files(&o);
	add_mounts(&o);
	add_security(&o);
	add(&o, "\nNext: onggi run --help\n");
	for (;;)
		call4(__NR_exit_group, write_all(&o), 0, 0, 0);
}
